"""Shares and means from a sample: what the sampling design says, and what the labelers' spread says.

Both work on tallies, one per group, stratum and labeler, never on single rows:

* the *design* interval asks how far the audited rows may be from all rows of this period: strata, weights,
  and a finite population, so that it shrinks to nothing when everything was audited;
* the *cluster* interval asks how far this period may be from the next: labelers are drawn, and their rows go
  together.

References
----------
Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, ch. 5 (linearised ratio) and 10 (domains).
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
    stratum_n, stratum_w : ndarray, shape (t,), optional
        Rows and weight of all of the tally's stratum as it was sampled, also of rows that are in no group: how many
        of a stratum's rows fall into a group is chance as well. Default: strata lie within the groups.
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
    stratum_n: Floats | None = None
    stratum_w: Floats | None = None

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
    against its whole group. A stratum whose sample is all hits or all misses is not taken to be known for that,
    unless all of it was looked at. Without weights the population is not known and is taken as endless, which
    can only make the interval wider.

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
    strata = _strata(tallies, p)
    weights = tallies.total(tallies.w)
    squared = np.where(weights > 0, weights, np.nan) ** 2
    pq = p * (1 - p)
    # Both in units of p (1 − p), so that they also mean something where nothing, or everything, is a hit.
    seen = np.divide(strata.spread, pq[strata.group], out=np.zeros_like(strata.spread), where=pq[strata.group] > 0)
    unseen = _unseen(strata, pq) * strata.w2
    endless = sums(strata.group, seen + unseen, tallies.groups) / squared
    finite = sums(strata.group, (seen + unseen) * (1 - strata.sampled), tallies.groups) / squared
    correction = np.divide(finite, endless, out=np.full(tallies.groups, np.nan), where=endless > 0)
    return _score_interval(tallies, p, endless, correction, strata.freedom, level)


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
    weight2 = tallies.total(tallies.w2)
    # Without an error (or without a hit) the spread is 0 and says nothing: unequal weights still cost.
    kish = np.where(np.isnan(variance), np.nan, weight2 / squared)
    inverse_n = np.divide(variance, p * (1 - p), out=kish, where=variance > 0)
    return _score_interval(tallies, p, inverse_n, np.ones(tallies.groups), count - 1, level)


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


@dataclass(frozen=True)
class _Strata:
    """What the design interval asks of each stratum within each group, shape (strata,).

    ``n``, ``w2`` and ``share`` are of the group's own rows; ``spread`` is the estimated variance of the stratum's
    sum of residuals as if from an endless population, and ``sampled`` the part of it that was looked at.
    ``freedom``, shape (groups,), is Student's.
    """

    group: Codes
    n: Floats
    w2: Floats
    share: Floats
    spread: Floats
    sampled: Floats
    freedom: Floats


def _strata(tallies: ShareTallies, p: Floats) -> _Strata:
    """Gather the tallies by stratum; rows of a stratum that are not the group's count as residuals of 0."""
    own = p[tallies.group]
    residual = tallies.wy - own * tallies.w
    # Σ w² (y − p)² within each tally; y is 0 or 1, so y² is y.
    square = np.maximum(tallies.w2y * (1 - 2 * own) + own**2 * tallies.w2, 0.0)
    inverse, first = _codes(_pairs(tallies.group, tallies.stratum))
    group, size, population = tallies.group[first], *_whole_strata(tallies, inverse, first)
    parts = [sums(inverse, values) for values in (tallies.n, tallies.w, tallies.w2, tallies.wy, residual, square)]
    freedom = _freedom(group, parts[0], tallies.groups)
    # Every group's single-row strata become one stratum, numbered after the real ones.
    merged, first = _codes(np.where(size == 1, group, tallies.groups + np.arange(len(group))).astype(np.intp))
    group, size, population = group[first], sums(merged, size), sums(merged, population)
    n, w, w2, wy, total, squares = (sums(merged, values) for values in parts)
    about = squares - total**2 / size
    # What is left of a difference of equal numbers is no spread.
    about = np.where(about > 1e-12 * squares, about, 0.0)
    spread = np.where(size > 1, size / np.maximum(size - 1, 1) * about, squares)
    sampled = np.clip(size / np.maximum(population, size), 0, 1) if tallies.population_known else np.zeros_like(size)
    return _Strata(group, n, w2, wy / w, spread, sampled, freedom)


def _whole_strata(tallies: ShareTallies, inverse: Codes, first: Codes) -> tuple[Floats, Floats]:
    """Rows and weight of each stratum, the group's and all others'."""
    if tallies.stratum_n is None or tallies.stratum_w is None:
        return sums(inverse, tallies.n), sums(inverse, tallies.w)
    return tallies.stratum_n[first], tallies.stratum_w[first]


def _freedom(group: Codes, n: Floats, groups: int) -> Floats:
    """Rows less strata; those with one row count as one stratum."""
    strata = sums(group, n > 1, groups) + (sums(group, n == 1, groups) > 0)
    return sums(group, n, groups) - strata


def _unseen(strata: _Strata, pq: Floats) -> Floats:
    """The variance of a row, in units of the group's ``p (1 − p)``, that a stratum's sample did not show.

    Ninety flawless rows do not make their stratum flawless: its rows are taken to vary as the group's do, or as
    one more hit and one more miss would make them, whichever is less.
    """
    uniform = (strata.share < 1e-9) | (strata.share > 1 - 1e-9)
    smoothed = (strata.n + 1) / (strata.n + 2) ** 2
    groups = pq[strata.group]
    ratio = np.divide(smoothed, groups, out=np.ones_like(smoothed), where=groups > smoothed)
    return np.where(uniform, ratio, 0.0)


def _pairs(group: Codes, other: Codes) -> Codes:
    return np.asarray(group * (int(other.max(initial=0)) + 1) + other, np.intp)


def _codes(values: Codes) -> tuple[Codes, Codes]:
    """Codes from 0 for ``values``, and the first position of each."""
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return np.asarray(inverse, np.intp).ravel(), np.asarray(first, np.intp)


def _score_interval(
    tallies: ShareTallies, p: Floats, inverse_n: Floats, correction: Floats, freedom: Floats, level: float
) -> Interval:
    """Wilson's interval on the effective number of rows, at most those there are, with Student's quantile."""
    count = tallies.total(tallies.n)
    worth = np.divide(1, inverse_n, out=np.full(tallies.groups, np.nan), where=inverse_n > 0)
    worth = np.minimum(worth, count)
    effective = np.divide(worth, correction, out=np.full(tallies.groups, np.inf), where=correction > 0)
    effective = np.where(np.isnan(worth) | np.isnan(correction), np.nan, effective)
    low, high = wilson_from_share(p, effective, student_quantile(freedom, level))
    return Interval(low, high, effective)
