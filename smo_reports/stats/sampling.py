"""Shares and means from a sample: what the sampling design says, and what the labelers' spread says.

Both work on tallies, one per group, stratum and labeler, never on single rows:

* the *design* interval asks how far the audited rows may be from all rows of this period: strata, weights,
  and a finite population, so that it shrinks to nothing when everything was audited;
* the *cluster* interval asks how far this period may be from the next: labelers are drawn, and their rows go
  together.

How often both hold the truth, over a grid of designs, is in docs/coverage.md.

References
----------
Korn & Graubard (1998), Survey Methodology 24:193-201 (effective sample size, less where its variance is uncertain).
Dean & Pagano (2015), J. Survey Statistics & Methodology 3:484-503 (the effective size is kept at or below n).
Franco, Little, Louis & Slud (2019), J. Survey Statistics & Methodology 7:334-364 (which intervals then cover).
Burstein (1975), J. American Statistical Association 70 (a finite population shortens the distance to the ends).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.stats.clusters import clustered
from smo_reports.stats.intervals import Floats, normal_quantile, share_interval, student_quantile
from smo_reports.stats.share_tallies import Codes, ShareTallies, pairs
from smo_reports.stats.strata import strata_of, unseen
from smo_reports.stats.sums import sums

__all__ = ["Codes", "Interval", "ShareTallies", "cluster_interval", "cluster_mean_interval", "design_interval"]


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
    unless all of it was looked at; see :func:`smo_reports.stats.strata.unseen`. Without weights the population is not
    known and is taken as endless, which can only make the interval wider.

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
    strata = strata_of(tallies, p)
    weights = tallies.total(tallies.w)
    squared = np.where(weights > 0, weights, np.nan) ** 2
    variance = strata.spread + unseen(strata, p)
    endless = sums(strata.group, variance, tallies.groups) / squared
    finite = sums(strata.group, variance * (1 - strata.sampled), tallies.groups) / squared
    correction = np.divide(finite, endless, out=np.full(tallies.groups, np.nan), where=endless > 0)
    return _interval(tallies, p, _inverse_n(p, endless), correction, strata.freedom, level)


def cluster_interval(tallies: ShareTallies, level: float = 0.95) -> Interval:
    """Interval of each group's share for labelers like these: each labeler's rows go together.

    Returns
    -------
    Interval
        nan where a group has fewer than two labelers.
    """
    p = tallies.share
    inverse, first = pairs(tallies.group, tallies.labeler)
    residual = sums(inverse, tallies.wy - p[tallies.group] * tallies.w)
    weight, square = sums(inverse, tallies.w), sums(inverse, tallies.w2)
    found = clustered(tallies.group[first], residual, weight, square, p * (1 - p))
    # Without an error (or without a hit) the spread is 0 and says nothing: unequal weights still cost.
    weights = tallies.total(tallies.w)
    kish = np.divide(tallies.total(tallies.w2), weights**2, out=np.full(tallies.groups, np.nan), where=weights > 0)
    lone = np.isnan(found.variance)
    inverse_n = np.where(found.variance > 0, _inverse_n(p, found.variance), np.where(lone, np.nan, kish))
    return _interval(tallies, p, inverse_n, np.ones(tallies.groups), found.freedom, level)


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


def _inverse_n(p: Floats, variance: Floats) -> Floats:
    """One by the plain rows that a variance is worth; one of nothing but hits, or misses, is in that unit already."""
    unit = p * (1 - p)
    return np.divide(variance, unit, out=np.array(variance), where=unit > 0)


def _interval(
    tallies: ShareTallies, p: Floats, inverse_n: Floats, correction: Floats, freedom: Floats, level: float
) -> Interval:
    """The interval of a share on the effective number of rows, at most those there are.

    As few degrees of freedom as the variance has take from that number what they add to the quantile. A finite
    population draws the ends towards the share by the part of the standard error that it leaves: made of more rows
    instead, the interval would be too sure of the last errors.
    """
    count = tallies.total(tallies.n)
    plain = np.divide(1, inverse_n, out=np.full(tallies.groups, np.nan), where=inverse_n > 0)
    known = (normal_quantile(level) / student_quantile(freedom, level)) ** 2
    low, high = share_interval(p, np.minimum(plain * known, count), level)
    left = np.sqrt(correction)
    worth = np.minimum(plain, count)
    effective = np.divide(worth, correction, out=np.full(tallies.groups, np.inf), where=correction > 0)
    effective = np.where(np.isnan(worth) | np.isnan(correction), np.nan, effective)
    return Interval(p - (p - low) * left, p + (high - p) * left, effective)
