"""The variance of a ratio whose rows come in clusters, and how well so few clusters tell it.

Residuals of a cluster that is much of the whole are small because it drew the whole its way; each is put back to what
it would be if clusters vary as the sample's own clustering says. Clusters that are few, or of which few do most of the
work, make the variance itself uncertain: the degrees of freedom say how much.

Where weights differ within a cluster its total is put back, not each row: that is unbiased under the same model, and
CR2 only where they do not differ.

References
----------
Bell & McCaffrey (2002), Survey Methodology 28:169-181 (bias-reduced linearisation, degrees of freedom).
Pustejovsky & Tipton (2018), J. Business & Economic Statistics 36:672-683 (the same under a working model).
Satterthwaite (1946), Biometrics Bulletin 2:110-114.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.stats.intervals import Floats
from smo_reports.stats.share_tallies import Codes
from smo_reports.stats.sums import sums

_ROUNDS = 3
"""How often the likeness is made again from the variance that it gave; a fourth round hardly moves it."""


@dataclass(frozen=True)
class Clustered:
    """The variance of each group's ratio, shape (groups,); nan where a group has fewer than two clusters.

    Attributes
    ----------
    variance : ndarray
    freedom : ndarray
        Satterthwaite's degrees of freedom, at least 1.
    """

    variance: Floats
    freedom: Floats


def clustered(group: Codes, residual: Floats, weight: Floats, square: Floats, unit: Floats) -> Clustered:
    """Variance of each group's ratio Σ numerator / Σ weight over clusters.

    Parameters
    ----------
    group : ndarray of int, shape (clusters,)
    residual : ndarray, shape (clusters,)
        The cluster's numerator less the group's ratio times its weight.
    weight : ndarray, shape (clusters,)
        The cluster's sum of weights.
    square : ndarray, shape (clusters,)
        The cluster's sum of squared weights: what its residual would vary by, in units of ``unit``, if its rows were
        strangers to each other.
    unit : ndarray, shape (groups,)
        Variance of one row.
    """
    groups = len(unit)
    whole, squares = sums(group, weight, groups), sums(group, square, groups)
    part = weight / whole[group]
    alike = sums(group, weight**2, groups) - squares
    count = np.bincount(group, minlength=groups)
    found = sums(group, residual**2 / np.maximum(1 - part, 1e-9), groups)
    for _ in range(_ROUNDS):
        # How alike a cluster's rows are is what its variance exceeds that of strangers by.
        above = np.divide(found, unit, out=squares.copy(), where=unit > 0) - squares
        likeness = np.clip(np.divide(above, alike, out=np.zeros(groups), where=alike > 1e-9 * squares), 0.0, 1.0)
        model = square + likeness[group] * (weight**2 - square)
        total = sums(group, model, groups)
        own = model * (1 - 2 * part) + part**2 * total[group]
        raised = np.divide(model, own, out=np.ones_like(own), where=own > 1e-12 * total[group])
        found = sums(group, raised * residual**2, groups)
    freedom = _freedom(group, part, model, raised, total)
    few = count < 2
    variance = np.divide(found, whole**2, out=np.full(groups, np.nan), where=whole > 0)
    return Clustered(np.where(few, np.nan, variance), np.where(few, np.nan, np.maximum(freedom, 1.0)))


def _freedom(group: Codes, part: Floats, model: Floats, raised: Floats, total: Floats) -> Floats:
    """Twice the squared mean of the variance's estimate by its own variance, if residuals are normal.

    Residuals covary by -h s' - s h' + S h h' beside their own variances (h parts, s the model's variances, S their
    sum); the sum over all pairs is taken apart into sums over clusters.
    """
    groups = len(total)

    def of_all(values: Floats) -> Floats:
        return sums(group, values, groups)

    hh, ss, hs = (of_all(raised * one) for one in (part**2, model**2, part * model))
    everything = 2 * hh * ss + total**2 * hh**2 + 2 * hs**2 - 4 * total * hh * hs
    diagonal = of_all((raised * (2 * part * model - total[group] * part**2)) ** 2)
    spread = everything - diagonal + of_all(model**2)
    freedom: Floats = np.divide(total**2, spread, out=np.full(groups, np.nan), where=spread > 0)
    return freedom
