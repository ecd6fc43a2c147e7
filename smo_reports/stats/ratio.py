"""Ratios and means from a sample: what the sampling design says, and what the labelers' spread says.

As :mod:`smo_reports.stats.sampling` has it for shares: tallies go in, one per group, stratum and labeler; the *design*
interval is of the population that was sampled, the *cluster* interval of labelers like these.

References
----------
Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, ch. 5.6 (ratio by linearisation), 10 (domains).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats, student_quantile
from smo_reports.stats.sampling import cluster_mean_interval
from smo_reports.stats.sums import sums

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class RatioTallies:
    """Tallies of two numbers of each row, x and y, one entry per (group, stratum, labeler).

    Attributes
    ----------
    group, stratum, labeler : ndarray of int, shape (t,)
        Codes from 0; strata are coded across groups.
    n : ndarray, shape (t,)
        Rows.
    wx, wy : ndarray, shape (t,)
        Sums of weight times x and y; for a mean x is 1.
    w2xx, w2xy, w2yy : ndarray, shape (t,)
        Sums of the squared weight times x², xy and y².
    groups : int
        How many groups there are.
    population_known : bool
        Whether weights are inverse sampling probabilities and x is 1, so that the sum of ``wx`` over a stratum, all
        its groups taken together, is its population.
    """

    group: Codes
    stratum: Codes
    labeler: Codes
    n: Floats
    wx: Floats
    wy: Floats
    w2xx: Floats
    w2xy: Floats
    w2yy: Floats
    groups: int
    population_known: bool = False

    def total(self, values: Floats) -> Floats:
        """Sum ``values`` within each group; shape (groups,)."""
        return sums(self.group, values, self.groups)

    @property
    def ratio(self) -> Floats:
        """Σ w·y / Σ w·x of each group; nan where a group has no x."""
        whole = self.total(self.wx)
        ratio: Floats = np.divide(self.total(self.wy), whole, out=np.full(self.groups, np.nan), where=whole != 0)
        return ratio


def design_ratio_interval(tallies: RatioTallies, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of each group's ratio in the population that was sampled, by linearisation.

    A group is a domain: the rows of its strata that are in other groups count as residuals of nothing. Strata of
    which one row was drawn are taken together within the group.

    Returns
    -------
    low, high : ndarray, shape (groups,)
        Student's interval; as wide as nothing where the whole population was looked at, nan where there are no
        degrees of freedom.

    Examples
    --------
    >>> one = np.zeros(1, np.intp)  # the mean of 1, 2 and 6: 3, with a standard error of √(14/2 / 3)
    >>> low, high = design_ratio_interval(RatioTallies(one, one, one, *np.array([[3], [3], [9], [3], [9], [41.0]]), 1))
    >>> print(f"{low[0]:.4f} {high[0]:.4f}")
    -3.5724 9.5724
    """
    ratio = tallies.ratio[tallies.group]
    residual = tallies.wy - ratio * tallies.wx
    square = np.maximum(tallies.w2yy - 2 * ratio * tallies.w2xy + ratio**2 * tallies.w2xx, 0.0)
    whole_n = sums(tallies.stratum, tallies.n)[tallies.stratum]
    whole_x = sums(tallies.stratum, tallies.wx)[tallies.stratum]
    # Strata with one row become one stratum of their group, numbered after the real ones.
    alone = int(tallies.stratum.max(initial=-1)) + 1
    layer = np.where(whole_n == 1, alone, tallies.stratum)
    pair, first, inverse = np.unique(tallies.group * (alone + 1) + layer, return_index=True, return_inverse=True)
    inverse, group = inverse.ravel(), tallies.group[first]
    lonely = pair % (alone + 1) == alone
    size = np.where(lonely, sums(inverse, whole_n), whole_n[first])
    population = np.where(lonely, sums(inverse, whole_x), whole_x[first])
    spread = np.maximum(sums(inverse, square) - sums(inverse, residual) ** 2 / size, 0.0)
    spread = np.divide(size, size - 1, out=np.ones_like(size), where=size > 1) * spread
    # A lone row is all that is known of its stratum: its distance from the group's ratio stands for the spread.
    spread = np.where(size > 1, spread, sums(inverse, square))
    sampled = np.clip(size / np.maximum(population, size), 0, 1) if tallies.population_known else np.zeros_like(size)
    variance = sums(group, spread * (1 - sampled), tallies.groups)
    freedom = tallies.total(tallies.n) - np.bincount(group, minlength=tallies.groups)
    return _student(tallies, variance, freedom, level)


def cluster_ratio_interval(tallies: RatioTallies, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of each group's ratio for labelers like these: each labeler's rows go together.

    Returns
    -------
    low, high : ndarray, shape (groups,)
        nan where a group has fewer than two labelers.
    """
    labelers = int(tallies.labeler.max(initial=0)) + 1
    _, first, inverse = np.unique(tallies.group * labelers + tallies.labeler, return_index=True, return_inverse=True)
    x, y = (sums(inverse.ravel(), values) for values in (tallies.wx, tallies.wy))
    return cluster_mean_interval(tallies.group[first], x, y, tallies.groups, level)


def _student(tallies: RatioTallies, variance: Floats, freedom: Floats, level: float) -> tuple[Floats, Floats]:
    whole = np.abs(tallies.total(tallies.wx))
    error = np.divide(np.sqrt(variance), whole, out=np.full(tallies.groups, np.nan), where=whole > 0)
    half = student_quantile(freedom, level) * error
    return tallies.ratio - half, tallies.ratio + half
