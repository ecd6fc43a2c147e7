"""Two groups compared on the same mix of work: stratum by stratum, however few rows each stratum has.

A stratum in which only one of the two has rows says nothing and weighs nothing.

References
----------
Mantel & Haenszel (1959), J. Natl. Cancer Inst. 22:719-748; Cochran (1954), Biometrics 10:417-451 (the score).
Sato (1989), Biometrics 45:1323-1324 (variance of the common difference, for many rows or many strata).
Hirji (2006), Exact Analysis of Discrete Data, ch. 8 (exact conditional distribution; mid-p).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats as distributions
from scipy.special import gammaln

from smo_reports.stats.intervals import Floats


@dataclass(frozen=True)
class Trend:
    """How a difference between two groups changes with time.

    Attributes
    ----------
    value, error : float
        Change of the difference of shares in a unit of time, and its standard error; nan where times do not differ.
    score : float
        Normal score of the test that nothing changes.
    times, rows : int
        Times, and the first group's rows, in strata that count.
    """

    value: float
    error: float
    score: float
    times: int
    rows: int


@dataclass(frozen=True)
class Difference:
    """How much more often one group hits than another on the same work.

    Attributes
    ----------
    value, error : float
        Common difference of the shares and its standard error; nan where no stratum has rows of both.
    observed, expected : float
        Share that the first group hits, and would hit if it did as the other does, over its rows in strata that count.
    score : float
        Normal score of the first group's hits given the strata's totals, exact (mid-p).
    rows : int
        The first group's rows in strata that count.
    """

    value: float
    error: float
    observed: float
    expected: float
    score: float
    rows: int


def stratified_difference(
    hits: npt.ArrayLike, n: npt.ArrayLike, other_hits: npt.ArrayLike, other_n: npt.ArrayLike
) -> Difference:
    """Compare a group with another over strata.

    Parameters
    ----------
    hits, n, other_hits, other_n : array_like of int, shape (strata,)

    Returns
    -------
    Difference

    Examples
    --------
    >>> found = stratified_difference([2, 9], [10, 30], [8, 10], [20, 20])
    >>> print(f"{found.value:.4f} {found.expected:.4f} {found.rows}")
    -0.2000 0.4750 40
    """
    x, n1, y, n0 = (np.asarray(values, float) for values in (hits, n, other_hits, other_n))
    both = (n1 > 0) & (n0 > 0)
    x, n1, y, n0 = x[both], n1[both], y[both], n0[both]
    if not both.any():
        return Difference(np.nan, np.nan, np.nan, np.nan, np.nan, 0)
    whole = n1 + n0
    weight = n1 * n0 / whole
    value = float(((x * n0 - y * n1) / whole).sum() / weight.sum())
    observed, expected = float(x.sum() / n1.sum()), float((n1 * y / n0).sum() / n1.sum())
    error, score = _sato(x, n1, y, n0, value), exact_score(x, n1, x + y, whole)
    return Difference(value, error, observed, expected, score, int(n1.sum()))


def trend_difference(
    time: npt.ArrayLike, hits: npt.ArrayLike, n: npt.ArrayLike, other_hits: npt.ArrayLike, other_n: npt.ArrayLike
) -> Trend:
    """Whether the difference between a group and another grows or falls with time.

    The score test of a trend: what the first group hits above what the strata's totals give it, set against the time.

    Parameters
    ----------
    time : array_like of float, shape (strata,)
        Several strata may share a time.
    hits, n, other_hits, other_n : array_like of int, shape (strata,)

    Returns
    -------
    Trend

    References
    ----------
    Mantel (1963), JASA 58:690-700 (extension to ordered groups).
    """
    t, x, n1, y, n0 = (np.asarray(values, float) for values in (time, hits, n, other_hits, other_n))
    both = (n1 > 0) & (n0 > 0)
    t, x, n1, y, n0 = t[both], x[both], n1[both], y[both], n0[both]
    times, rows = len(np.unique(t)), int(n1.sum())
    if times < 2:
        return Trend(np.nan, np.nan, np.nan, times, rows)
    whole, all_hits, weight = n1 + n0, x + y, n1 * n0 / (n1 + n0)
    excess = x - n1 * all_hits / whole
    chance = weight * all_hits * (whole - all_hits) / (whole * np.maximum(whole - 1, 1))
    if not chance.any():
        return Trend(np.nan, np.nan, np.nan, times, rows)
    # The score is set against a steady difference, and the mean time of what could have gone either way.
    centre, steady = (chance * t).sum() / chance.sum(), excess.sum() / chance.sum()
    score = ((t - centre) * (excess - steady * chance)).sum() / np.sqrt(((t - centre) ** 2 * chance).sum())
    # The slope is the weighted least squares one of the strata's differences, excess / weight.
    away = t - (weight * t).sum() / weight.sum()
    lever = (away**2 * weight).sum()
    slope, error = (away * excess).sum() / lever, np.sqrt((away**2 * chance).sum()) / lever
    return Trend(float(slope), float(error), float(score), times, rows)


def _sato(x: Floats, n1: Floats, y: Floats, n0: Floats, value: float) -> float:
    whole = n1 + n0
    spread = (n1**2 * y - n0**2 * x + n1 * n0 * (n0 - n1) / 2) / whole**2
    mixed = (x * (n0 - y) + y * (n1 - x)) / (2 * whole)
    variance = (value * spread.sum() + mixed.sum()) / (n1 * n0 / whole).sum() ** 2
    return float(np.sqrt(max(variance, 0.0)))


def exact_score(hits: Floats, n: Floats, all_hits: Floats, whole: Floats) -> float:
    """Normal score (mid-p) of hits among ``n`` rows drawn from each stratum's ``whole`` rows.

    Parameters
    ----------
    hits, n, all_hits, whole : ndarray, shape (strata,)

    Returns
    -------
    float
        nan where the strata's totals leave nothing to chance.
    """
    chance, least = np.ones(1), 0
    for total, hit, drawn in zip(whole.astype(int), all_hits.astype(int), n.astype(int), strict=True):
        low, high = max(0, drawn + hit - total), min(drawn, hit)
        if high > low:
            chance = np.convolve(chance, _hypergeometric(total, hit, drawn, np.arange(low, high + 1)))
        least += low
    at = int(hits.sum()) - least
    if len(chance) == 1:
        return float("nan")
    below = float(chance[:at].sum() + chance[at] / 2)
    above = float(chance[at + 1 :].sum() + chance[at] / 2)
    # The smaller tail, since the larger one is rounded; beyond what the sums can tell from 0 all is alike.
    score = float(distributions.norm.isf(max(min(below, above), 1e-14)))
    return -score if below < above else score


def _hypergeometric(total: int, hit: int, drawn: int, count: npt.NDArray[np.int_]) -> Floats:
    """The chance of each count of hits among the rows drawn; scipy's own is many times slower."""
    ways = _log_choose(hit, count) + _log_choose(total - hit, drawn - count) - _log_choose(total, np.array([drawn]))
    return np.asarray(np.exp(ways), float)


def _log_choose(n: int, k: npt.NDArray[np.int_]) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), float)
