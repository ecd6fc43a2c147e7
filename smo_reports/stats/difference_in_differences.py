"""What something did to one group: its change less the change of a group that it did not touch.

Each case-mix cell of each group has its own level, so that a mix that moves is no change. Labelers are clusters: their
rows resemble each other in every week and cell. What a whole group's weeks share, and no labeler explains, is measured
from week to week and added: a segment that swings by itself must not be taken for an action that worked.

References
----------
Bertrand, Duflo & Mullainathan (2004), Quarterly J. Economics 119:249-275 (why such errors must be clustered).
Liang & Zeger (1986), Biometrika 73:13-22 (the sandwich).
Bell & McCaffrey (2002), Survey Methodology 28:169-181; Pustejovsky & Tipton (2018), J. Business & Economic Statistics
36:672-683 (CR2 and the degrees of freedom for few clusters).
Agresti & Caffo (2000), The American Statistician 54:280-288 (rows that are all alike).
Donald & Lang (2007), Review of Economics and Statistics 89:221-233 (what a group's periods share).
DerSimonian & Laird (1986), Controlled Clinical Trials 7:177-188 (its moment estimate).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats as _distributions

from smo_reports.stats.clustered_fit import ClusteredFit
from smo_reports.stats.intervals import Floats
from smo_reports.stats.share_tallies import Codes
from smo_reports.stats.sums import sums
from smo_reports.stats.week_swing import week_swing
from smo_reports.stats.window_tally import Tally

LEAST = 30
"""Rows that each group needs in each window before its own trend is told apart from the others'."""

MOST_LOST = 0.1
"""The part of the group's rows that may be left without a comparison of their own trend."""

LEAST_DOUBT = 0.5
"""The variance is at least this part of what strangers' rows have: the clusters' own is an estimate, which varies by a
quarter with some dozens of labelers, and is nothing where no row differs."""


@dataclass(frozen=True)
class DifferenceInDifferences:
    """A difference of changes with its error.

    Attributes
    ----------
    value, error : float
        In shares; nan where a group has no rows in a window, and where it has none that can be compared.
    freedom : float
        Student's degrees of freedom, at least 1.
    before, after, other_before, other_after : int
        Rows of the group and of the comparison in each window.
    clusters : int
        Labelers behind the group's rows in the two windows.
    swing : float
        The standard deviation of what a week's rows of the group share; 0 where weeks differ by chance alone.
    """

    value: float
    error: float
    freedom: float
    before: int
    after: int
    other_before: int
    other_after: int
    clusters: int
    swing: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Student's interval; nan where nothing is known."""
        if not (math.isfinite(self.value) and math.isfinite(self.error)):
            return math.nan, math.nan
        half = float(_distributions.t.ppf((1 + level) / 2, self.freedom)) * self.error
        return self.value - half, self.value + half


def difference_in_differences(tally: Tally) -> DifferenceInDifferences:
    """The group's change from baseline to after, less the comparison's: δ of a weighted least-squares fit.

    The fit is outcome = level of the cell in its group + change of the trend after + δ of the group after. Cells with
    rows in one window only say nothing of a change and are left out. Trends of which either group has fewer than 30
    rows in either window are taken together; all are, if more than a tenth of the group's rows had no comparison.

    Parameters
    ----------
    tally : Tally
        Rows of ``weight`` 0 are left out.

    Returns
    -------
    DifferenceInDifferences
    """
    tally = tally.only(tally.weight > 0)
    before, after, other_before, other_after = (
        tally.rows(group, window) for group in (True, False) for window in (0, 1)
    )
    both = tally.only(tally.window >= 0)
    cell, cells = _cells(both)
    kept = _in_both_windows(both, cell, cells)
    clusters = len(np.unique(both.cluster[both.treated]))
    used, cell = both.only(kept), cell[kept]
    if not all(used.rows(group, window) for group in (True, False) for window in (0, 1)):
        return DifferenceInDifferences(
            math.nan, math.nan, math.nan, before, after, other_before, other_after, clusters, math.nan
        )
    trend = _trends(used)
    fit = _fit(used, cell, trend)
    variance, freedom = fit.of_last()
    variance = max(variance, LEAST_DOUBT * _of_strangers(used, cell))
    swing = week_swing(*_weekly(tally, used, cell, fit))
    shared = swing.variance * _concentration(used)
    whole = variance + shared
    loose = variance**2 / freedom + (shared**2 / swing.freedom if shared > 0 else 0.0)
    freedom = max(whole**2 / loose, 1.0) if loose > 0 else freedom
    return DifferenceInDifferences(
        fit.last,
        math.sqrt(whole),
        freedom,
        before,
        after,
        other_before,
        other_after,
        clusters,
        math.sqrt(swing.variance),
    )


def _cells(tally: Tally) -> tuple[Codes, int]:
    """The case-mix cell of each row, the two groups' apart."""
    names, codes = np.unique(2 * tally.cell + tally.treated, return_inverse=True)
    return codes.ravel().astype(np.intp), len(names)


def _in_both_windows(tally: Tally, cell: Codes, cells: int) -> np.ndarray:
    there = [sums(cell, np.where(tally.window == window, tally.n, 0.0), cells) > 0 for window in (0, 1)]
    both: np.ndarray = (there[0] & there[1])[cell]
    return both


def _trends(tally: Tally) -> Codes:
    """The trend that each row shares; those that too few rows tell of are one."""
    count = int(tally.trend.max()) + 1
    groups = [
        sums(tally.trend, np.where((tally.treated == group) & (tally.window == window), tally.n, 0.0), count)
        for group in (True, False)
        for window in (0, 1)
    ]
    alone = np.min(groups, axis=0) >= LEAST
    inside, outside = (np.array([group[~alone].sum() for group in some]) for some in (groups[:2], groups[2:]))
    # Rows of the group whose trend the others do not tell say nothing: where they are many, one trend serves for all.
    lost = outside.min() < LEAST and inside.sum() > MOST_LOST * np.sum(groups[:2])
    if lost or not alone.any():
        return np.zeros(len(tally.trend), np.intp)
    names = np.where(alone[tally.trend], tally.trend + 1, 0)
    return np.unique(names, return_inverse=True)[1].ravel().astype(np.intp)


def _fit(tally: Tally, cell: Codes, trend: Codes) -> ClusteredFit:
    """The fit, rows of one labeler, cell and window taken together: levels of the cells first, the effect last."""
    keys = np.stack([tally.cluster, cell, trend, tally.window, tally.treated], axis=1)
    rows, code = np.unique(keys, axis=0, return_inverse=True)
    code = code.ravel().astype(np.intp)
    weight, square, hits = (sums(code, values, len(rows)) for values in (tally.weight, tally.square, tally.hits))
    own, moved, after, group = rows[:, 1], rows[:, 2], rows[:, 3] == 1, rows[:, 4] == 1
    cells, trends = int(own.max()) + 1, int(moved.max()) + 1
    design = np.zeros((len(rows), cells + trends + 1))
    design[np.arange(len(rows)), own] = 1
    design[np.arange(len(rows)), cells + moved] = after
    design[:, -1] = after & group
    return ClusteredFit.of(design, hits / weight, weight, square / weight**2, rows[:, 0])


def _weekly(
    tally: Tally, used: Tally, cell: Codes, fit: ClusteredFit
) -> tuple[Floats, Floats, np.ndarray, Codes, Codes, Codes]:
    """Each row's residual from its cell's level, with weight, group, phase, cluster and week: what weeks differ by."""
    level = np.full(2 * int(tally.cell.max()) + 2, np.nan)
    level[2 * used.cell + used.treated] = fit.coefficients[cell]
    residual = tally.hits / tally.weight - level[2 * tally.cell + tally.treated]
    known = np.isfinite(residual)
    phase = (tally.window == 1).astype(np.intp)
    return (
        residual[known],
        tally.weight[known],
        tally.treated[known],
        phase[known],
        tally.cluster[known],
        tally.week[known],
    )


def _of_strangers(used: Tally, cell: Codes) -> float:
    """What the variance would be if no two rows resembled each other: it can hardly be less.

    Each window of each group counts one right and one wrong row more than it has (Agresti & Caffo 2000): rows that are
    all right have no residuals, and would leave no doubt.
    """
    found = 0.0
    for group in (True, False):
        for window in (0, 1):
            there = (used.treated == group) & (used.window == window)
            own, code = used.only(there), np.unique(cell[there], return_inverse=True)[1].ravel()
            weight, hits = sums(code, own.weight), sums(code, own.hits)
            within = float((hits * (1 - hits / weight)).sum() / weight.sum())
            n = float(weight.sum() ** 2 / own.square.sum())
            found += (within * n + (n + 1) / (n + 2)) / (n + 2) / n
    return found


def _concentration(used: Tally) -> float:
    """What the variance of a week's swing is multiplied by: Σ of squared shares of the weeks of each window."""
    found = 0.0
    for window in (0, 1):
        own = used.treated & (used.window == window)
        weeks = sums(used.week[own], used.weight[own])
        found += float((weeks**2).sum() / weeks.sum() ** 2)
    return found
