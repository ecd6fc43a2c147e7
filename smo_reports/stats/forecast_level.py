"""The level of the weeks to come: several memories, each weighed by how well it forecast this series before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

HALF_LIVES = (1.0, 2.0, 4.0, 8.0, 16.0, 64.0)
"""Weeks after which a week counts half, of the levels that are tried."""

_TRENDS = ((1, 3), (2, 4))
"""Pairs of half-lives whose difference is a trend: of two and eight weeks, and of four and sixteen."""

_DAMPING = 0.9
_PRIOR_ERROR = np.array([1.3, 1.1, 1.0, 1.0, 1.1, 1.3, 1.6, 1.6]) * 0.1**2
_PRIOR_ORIGINS = 2.0
_SHARPNESS = 6.0


@dataclass(frozen=True)
class Levels:
    """Levels forecast, and what they would have been before.

    Attributes
    ----------
    ahead : ndarray, shape (series, horizon)
        Items on a mean open day, in each week to come.
    past : ndarray, shape (series, weeks, horizon)
        The same as it would have been said at the end of each past week; nan where too little was known.
    error : ndarray, shape (series, weeks, horizon)
        The symmetric relative error of ``past``; nan where it is not known yet, or a level shift lies between.
    """

    ahead: Floats
    past: Floats
    error: Floats


def forecast_levels(items: Floats, base: Floats, first: Ints, horizon: int) -> Levels:
    """Forecast weekly levels from every past week's end, and from the last.

    Parameters
    ----------
    items, base : ndarray, shape (series, weeks)
        Sums of the known days: of the counts, and of what a level of 1 would give.
    first : ndarray of int, shape (series,)
        The first week of the newest level (:func:`smo_reports.stats.forecast_shift.last_shifts`); older ones are
        forgotten.
    horizon : int
        Weeks ahead.

    Notes
    -----
    A level is the ratio of two exponentially weighted sums, so that days which are not known drop out of both. The
    candidates are six half-lives and two damped trends; each weighs as the inverse cube of its mean squared error over
    all past origins and horizons, of which four as usual are assumed beforehand (Bates & Granger 1969, Operational
    Research Quarterly 20:451-468; Gardner & McKenzie 1985, Management Science 31:1237-1246, on damping).
    """
    weeks = np.arange(items.shape[1])
    actual = _later(np.divide(items, base, out=np.full(items.shape, np.nan), where=base > 0), horizon)
    flat, trend = _candidates(items, base, horizon)
    stepped = first > 0
    if stepped.any():
        newer = weeks >= first[:, None]
        again = _candidates(items * newer, base * newer, horizon)
        flat, trend = np.where(newer, again[0], flat), np.where(newer[:, :, None], again[1], trend)
        target = weeks[:, None] + 1 + np.arange(horizon)
        across = (weeks[:, None] < first[:, None, None]) & (target >= first[:, None, None])
        actual = np.where(across, np.nan, actual)
    weight = _weights(actual, flat, trend)
    flats = len(HALF_LIVES)
    past = np.einsum("cb,cbw->bw", weight[:flats], flat)[:, :, None]
    past = past + np.einsum("cb,cbwh->bwh", weight[flats:], trend)
    return Levels(past[:, -1], past, relative(actual, past))


def _weights(actual: Floats, flat: Floats, trend: Floats) -> Floats:
    """What each candidate counts for, by its mean squared error; shape (candidates, series)."""
    # A fiftieth of the mean level keeps weeks of nothing within the logarithm.
    least = 0.02 * np.nan_to_num(np.nanmax(flat[-1], axis=1, initial=0.0)) + 1e-9
    log = np.log(actual + least[:, None, None])
    known = ~np.isnan(log) & ~np.isnan(flat[-1])[:, :, None]
    log = np.where(known, log, 0.0)
    n, total, square = known.sum(2), log.sum(2), (log**2).sum(2)
    # Flat candidates say the same for every horizon: their squares need no array of all horizons.
    said = np.where(np.isnan(flat), 0.0, np.log(flat + least[:, None]))
    of_flat = (square - 2 * said * total + n * said**2).sum(2)
    of_trend = np.where(known, log - np.log(trend + least[:, None, None]), 0.0) ** 2
    horizon = actual.shape[2]
    sums = np.concatenate([of_flat, of_trend.sum((2, 3))]) / horizon
    mse = (sums + _PRIOR_ORIGINS * _PRIOR_ERROR[:, None]) / (n.sum(1) / horizon + _PRIOR_ORIGINS)
    weight = mse**-_SHARPNESS
    found: Floats = weight / weight.sum(0)
    return found


def relative(actual: Floats, said: Floats) -> Floats:
    """Symmetric relative error, 2 (a - f) / (a + f): nearly that of the logarithms, and fit for zeros."""
    whole = actual + said
    found: Floats = 2 * (actual - said) / np.where(whole == 0, 1.0, whole)
    return found


def _later(level: Floats, horizon: int) -> Floats:
    """What became of the weeks after each; shape (series, weeks, horizon)."""
    padded = np.full((level.shape[0], level.shape[1] + horizon), np.nan)
    padded[:, : level.shape[1]] = level
    return np.lib.stride_tricks.sliding_window_view(padded, horizon, axis=1)[:, 1 : level.shape[1] + 1]


def _candidates(items: Floats, base: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Levels that stay, shape (half-lives, series, weeks), and trends, shape (trends, series, weeks, horizon)."""
    level, age = [], []
    for half_life in HALF_LIVES:
        keep = 0.5 ** (1 / half_life)
        top, bottom = (lfilter([1.0], [1.0, -keep], part, axis=1) for part in (items, base))
        aged = lfilter([0.0, keep], [1.0, -keep], bottom, axis=1)
        level.append(np.divide(top, bottom, out=np.full(items.shape, np.nan), where=bottom > 0))
        age.append(np.divide(aged, bottom, out=np.zeros(items.shape), where=bottom > 0))
    damped = np.cumsum(_DAMPING ** np.arange(1, horizon + 1))
    trends = []
    for short, long in _TRENDS:
        apart = age[long] - age[short]
        # Until the two memories differ by a week there is no trend to be seen.
        slope = np.divide(level[short] - level[long], apart, out=np.zeros(items.shape), where=apart > 1)
        found = level[short][:, :, None] + slope[:, :, None] * (age[short][:, :, None] + damped)
        near = level[short][:, :, None]
        trends.append(np.minimum(np.maximum(found, 0.5 * near), 2 * near))
    return np.stack(level), np.stack(trends)
