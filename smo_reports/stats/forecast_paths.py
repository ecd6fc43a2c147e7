"""Whole sampled futures: levels that wander together, days that differ, and single intervals within a day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from smo_reports.stats.forecast_spread import Spread, count_at

Floats = npt.NDArray[np.float64]


def sample_days(
    expected: Floats,
    spread: Spread,
    season: int,
    extra: Floats,
    alike: npt.NDArray[np.intp],
    paths: int,
    rng: np.random.Generator,
) -> Floats:
    """Sample futures of one series, day by day.

    Parameters
    ----------
    expected : ndarray, shape (horizon,)
    spread : Spread
        Of one series.
    season : int
        Days of a week.
    extra : ndarray, shape (horizon,)
        Further relative variance of single days (holidays).
    alike : ndarray of int, shape (horizon,)
        Days of one number of 0 or more are off by the same: what is not known of a kind of day that was never seen is
        not known of any of them. Others are off each by its own.
    paths : int
    rng : Generator

    Returns
    -------
    ndarray, shape (paths, horizon)
        Whole counts, never negative.

    Notes
    -----
    Every day's count has the gamma distribution from which the bands are taken. What days of a path have in common is
    the level: off by one amount from the start, and wandering as a random walk from there; the rest is each day's own
    (a Gaussian copula: Nelsen 2006, An Introduction to Copulas). So the sum of a path's week is as uncertain as a
    week is, which sums of daily bands are not.
    """
    horizon = len(expected)
    ahead = (np.arange(horizon) + 0.5) / season + 0.5
    steps = np.diff(ahead, prepend=0.0)
    walk = np.cumsum(rng.standard_normal((paths, horizon)) * np.sqrt(steps), axis=1)
    start = rng.standard_normal((paths, 1))
    own = spread.day[0] + 1 / np.maximum(expected, 1e-3) + extra
    whole = spread.start[0] + spread.step[0] * ahead + own
    normal = np.sqrt(spread.start[0]) * start + np.sqrt(spread.step[0]) * walk
    single = np.sqrt(own - np.where(alike >= 0, extra, 0.0)) * rng.standard_normal((paths, horizon))
    if (alike >= 0).any():
        common = rng.standard_normal((paths, int(alike.max()) + 1))
        single += np.where(alike >= 0, np.sqrt(extra), 0.0) * common[:, np.maximum(alike, 0)]
    normal = (normal + single) / np.sqrt(whole)
    variance = spread.variance(expected[None, :], season, extra[None, :])
    return count_at(normal, expected, variance)
