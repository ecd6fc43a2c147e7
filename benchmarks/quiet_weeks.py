"""Twenty-six weeks of a KPI, quiet or with a fall, that resemble each other or not, in many worlds at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from smo_reports.stats.control import Change, recent_change

WEEKS, BASELINE = 26, 20
Judge = Callable[[np.ndarray], "Change | None"]


def resembling(rng: np.random.Generator, worlds: int, correlation: float, weeks: int = WEEKS) -> np.ndarray:
    """Normal scores whose neighbours correlate so much; shape (worlds, weeks)."""
    score = rng.standard_normal((worlds, weeks))
    for week in range(1, weeks):
        score[:, week] = correlation * score[:, week - 1] + np.sqrt(1 - correlation**2) * score[:, week]
    return score


def shares(rng: np.random.Generator, worlds: int, n: int, p: float, wider: float, correlation: float) -> np.ndarray:
    """Shares of n, whose variance is ``wider`` times that of chance; what is beyond chance resembles itself."""
    chance = np.full((worlds, WEEKS), p)
    if wider > 1:
        # A beta's variance that makes that of n drawn from it so many times wider.
        inside = (n - 1) / (wider - 1) - 1
        chance = stats.beta.ppf(stats.norm.cdf(resembling(rng, worlds, correlation)), p * inside, (1 - p) * inside)
    return rng.binomial(n, chance) / n


def counts(rng: np.random.Generator, worlds: int, expected: float, wider: float, correlation: float) -> np.ndarray:
    """Counts, whose variance is ``wider`` times that of chance; what is beyond chance resembles itself."""
    level = np.full((worlds, WEEKS), expected)
    if wider > 1:
        shape = expected / (wider - 1)
        level = stats.gamma.ppf(stats.norm.cdf(resembling(rng, worlds, correlation)), shape, scale=wider - 1)
    return rng.poisson(level).astype(float)


def called(worlds: np.ndarray, judge: Judge) -> np.ndarray:
    """The direction that each world's chart shows: 1, -1 or 0."""
    return np.array([chart.direction if (chart := judge(weeks)) else 0 for weeks in worlds])


def with_known_errors(weeks: np.ndarray) -> Change | None:
    """The package's chart of means whose standard error is 1."""
    return recent_change(weeks, BASELINE, kind="mean", error=np.ones(len(weeks)))


def counted_in_full(weeks: np.ndarray) -> Change | None:
    """The package's chart of individuals."""
    return recent_change(weeks, BASELINE, kind="individual")


def of_shares(n: int) -> Judge:
    """The package's p′ chart."""
    return lambda weeks: recent_change(weeks, BASELINE, kind="share", worth=np.full(len(weeks), n))


def of_counts(weeks: np.ndarray) -> Change | None:
    """The package's u′ chart of counts."""
    return recent_change(weeks, BASELINE, kind="rate")


def standardised(worlds: np.ndarray, made_of: int) -> np.ndarray:
    """Scores as a textbook's chart of individuals has them: mean and moving range / 1.128 of the first points."""
    first = worlds[:, :made_of]
    sigma = np.abs(np.diff(first, axis=1)).mean(axis=1, keepdims=True) / 1.128
    return (worlds - first.mean(axis=1, keepdims=True)) / sigma


def page(flags: np.ndarray, charts: int) -> float:
    """The chance that at least one of so many unrelated charts is flagged, from worlds dealt to pages."""
    whole = len(flags) // charts * charts
    return float(flags[:whole].reshape(-1, charts).any(axis=1).mean())
