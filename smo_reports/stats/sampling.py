"""Shares and means from a sample: what the sampling design says, and what the labelers' spread says.

Both work on tallies, one per group, stratum and labeler, never on single rows:

* the *design* interval asks how far the audited rows may be from all rows of this period: strata, weights,
  and a finite population, so that it shrinks to nothing when everything was audited;
* the *cluster* interval asks how far this period may be from the next: labelers are drawn, and their rows go
  together.

References
----------
Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, ch. 5 (linearised ratio).
Korn & Graubard (1998), Survey Methodology 24:193-201 (effective sample size in a score interval).
Dean & Pagano (2015), Survey Methodology 41:387-408 (the effective size is kept at or below n).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats, student_quantile, wilson_from_share
from smo_reports.stats.sums import sums

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class ShareTallies:
    """Tallies of a yes/no outcome, one entry per (group, stratum, labeler).

    Attributes
    ----------
    group, stratum, labeler : ndarray of int, shape (t,)
        Codes from 0; ``stratum`` is coded across groups or within them, either does.
    n : ndarray, shape (t,)
        Rows.
    w, w2 : ndarray, shape (t,)
        Sum of the weights, and of their squares; equal to ``n`` where nothing is weighted.
    wy, w2y : ndarray, shape (t,)
        The same sums over the rows whose outcome is yes.
    groups : int
        How many groups there are.
    population_known : bool
        Whether weights are inverse sampling probabilities, so that their sum is the stratum's population.
    """

    group: Codes
    stratum: Codes
    labeler: Codes
    n: Floats
    w: Floats
    w2: Floats
    wy: Floats
    w2y: Floats
    groups: int
    population_known: bool = False

    def total(self, values: Floats) -> Floats:
        """Sum ``values`` within each group; shape (groups,)."""
        return sums(self.group, values, self.groups)

    @property
    def share(self) -> Floats:
        """The weighted share of each group; nan where a group has no weight."""
        weight = self.total(self.w)
        share: Floats = np.divide(self.total(self.wy), weight, out=np.full(self.groups, np.nan), where=weight > 0)
        return share


@dataclass(frozen=True)
class Interval:
    """An interval of each group, with the number of plain observations it is worth.

    Attributes
    ----------
    low, high, effective_n : ndarray, shape (groups,)
        nan where there is nothing to say.
    """

    low: Floats
    high: Floats
    effective_n: Floats


def design_interval(tallies: ShareTallies, level: float = 0.95) -> Interval:
    """Interval of each group's share in the population that was sampled.

    Strata with one row are pooled, since one row says nothing of its stratum's spread; a lone one is set
    against its whole group. Without weights the population is not known and is taken as endless, which can
    only make the interval wider.

    Parameters
    ----------
    tallies : ShareTallies
    level : float

    Returns
    -------
    Interval
        Zero width where every row of the population was looked at.
    """
    p = tallies.share
    residual = tallies.wy - p[tallies.group] * tallies.w
    square = _residual_squares(tallies, p)
    pair = _pairs(tallies.group, tallies.stratum)
    group, n, weight, total, squares = _by_pair(tallies, pair, residual, square)
    single = n == 1
    # Every group's single-row strata become one stratum, numbered after the real ones.
    merged = np.where(single, group, tallies.groups + np.arange(len(group)))
    group, n, weight, total, squares = _merge(merged, group, n, weight, total, squares)
    about = squares - total**2 / n
    # What is left of a difference of equal numbers is no spread.
    about = np.where(about > 1e-12 * squares, about, 0.0)
    spread = np.where(n > 1, n / np.maximum(n - 1, 1) * about, squares)
    sampled = np.clip(n / np.maximum(weight, n), 0.0, 1.0) if tallies.population_known else np.zeros_like(n)
    weights = tallies.total(tallies.w)
    squared = np.where(weights > 0, weights, np.nan) ** 2
    endless = sums(group, spread, tallies.groups) / squared
    finite = sums(group, spread * (1 - sampled), tallies.groups) / squared
    count = tallies.total(tallies.n)
    share_sampled = np.clip(count / np.maximum(weights, count), 0, 1) if tallies.population_known else 0 * count
    correction = np.divide(finite, endless, out=1 - share_sampled, where=endless > 0)
    freedom = count - np.bincount(group, minlength=tallies.groups)
    return _score_interval(tallies, p, endless, correction, freedom, level)


def cluster_interval(tallies: ShareTallies, level: float = 0.95) -> Interval:
    """Interval of each group's share for labelers like these: each labeler's rows go together.

    Returns
    -------
    Interval
        nan where a group has fewer than two labelers.
    """
    p = tallies.share
    residual = tallies.wy - p[tallies.group] * tallies.w
    pair = _pairs(tallies.group, tallies.labeler)
    inverse, first = _codes(pair)
    cluster = sums(inverse, residual)
    group = tallies.group[first]
    count = np.bincount(group, minlength=tallies.groups).astype(float)
    small = np.divide(count, count - 1, out=np.full(tallies.groups, np.nan), where=count > 1)
    weights = tallies.total(tallies.w)
    squared = np.where(weights > 0, weights, np.nan) ** 2
    variance = small * sums(group, cluster**2, tallies.groups) / squared
    return _score_interval(tallies, p, variance, np.ones(tallies.groups), count - 1, level)


def cluster_mean_interval(
    group: Codes, n: Floats, total: Floats, groups: int, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of a mean or a ratio whose rows come in clusters.

    Parameters
    ----------
    group : ndarray of int, shape (clusters,)
        The group that each cluster belongs to.
    n, total : ndarray, shape (clusters,)
        Denominator (rows, or hours) and numerator of each cluster.
    groups : int
    level : float

    Returns
    -------
    low, high : ndarray, shape (groups,)
        nan where a group has fewer than two clusters.
    """
    size = sums(group, n, groups)
    mean = np.divide(sums(group, total, groups), size, out=np.full(groups, np.nan), where=size > 0)
    count = np.bincount(group, minlength=groups).astype(float)
    small = np.divide(count, count - 1, out=np.full(groups, np.nan), where=count > 1)
    residual = total - mean[group] * n
    error = np.sqrt(small * sums(group, residual**2, groups)) / size
    half = student_quantile(count - 1, level) * error
    return mean - half, mean + half


def _residual_squares(tallies: ShareTallies, p: Floats) -> Floats:
    """Sum of ``w² (y − p)²`` within each tally; y is 0 or 1, so y² is y."""
    own = p[tallies.group]
    return np.maximum(tallies.w2y * (1 - 2 * own) + own**2 * tallies.w2, 0.0)


def _pairs(group: Codes, other: Codes) -> Codes:
    return np.asarray(group * (int(other.max(initial=0)) + 1) + other, np.intp)


def _codes(values: Codes) -> tuple[Codes, Codes]:
    """Codes from 0 for ``values``, and the first position of each."""
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return np.asarray(inverse, np.intp).ravel(), np.asarray(first, np.intp)


def _by_pair(
    tallies: ShareTallies, pair: Codes, residual: Floats, square: Floats
) -> tuple[Codes, Floats, Floats, Floats, Floats]:
    return _merge(pair, tallies.group, tallies.n, tallies.w, residual, square)


def _merge(
    key: Codes, group: Codes, n: Floats, weight: Floats, total: Floats, squares: Floats
) -> tuple[Codes, Floats, Floats, Floats, Floats]:
    inverse, first = _codes(key)
    return (
        group[first],
        sums(inverse, n),
        sums(inverse, weight),
        sums(inverse, total),
        sums(inverse, squares),
    )


def _score_interval(
    tallies: ShareTallies, p: Floats, variance: Floats, correction: Floats, freedom: Floats, level: float
) -> Interval:
    """Wilson's interval on the effective number of rows, with Student's quantile."""
    count = tallies.total(tallies.n)
    weight, weight2 = tallies.total(tallies.w), tallies.total(tallies.w2)
    kish = np.divide(weight**2, weight2, out=np.full(tallies.groups, np.nan), where=weight2 > 0)
    # Without an error (or without a hit) the spread is 0 and says nothing: unequal weights still cost.
    worth = np.divide(p * (1 - p), variance, out=kish.copy(), where=variance > 0)
    worth = np.where(np.isnan(variance), np.nan, np.minimum(worth, count))
    effective = np.divide(worth, correction, out=np.full(tallies.groups, np.inf), where=correction > 0)
    low, high = wilson_from_share(p, effective, student_quantile(freedom, level))
    return Interval(low, high, effective)
