"""Whether an action did what was expected of it: a verdict on a difference in differences."""

from __future__ import annotations

import math
from dataclasses import dataclass

from smo_reports.stats.difference_in_differences import LEAST, DifferenceInDifferences

EFFECTIVE, PARTLY, NOT_EFFECTIVE, VERDICT_OPEN = "effective", "partly effective", "not effective", "undecided"
LEAST_LABELERS = 5
"""Fewer rows than ``LEAST``, or fewer labelers than these, tell nothing that should be defended."""

ENOUGH = 0.5
"""The part of the expected effect that counts as having kept the promise, at least."""

REACH = 20
"""More than so many times the audits that there were are not to be had: the effect is too small to be told."""

NO_COMPARISON, NO_ROWS, FEW_AUDITS, TOO_WIDE = "no comparison", "no rows", "too few", "too wide"


@dataclass(frozen=True)
class Verdict:
    """What is said of an action when its window has closed.

    Attributes
    ----------
    verdict : {"effective", "partly effective", "not effective", "undecided"}
    reason : str
        Why it is undecided; empty otherwise.
    value, low, high : float
        What changed in the action's segment beyond what changed elsewhere, in the KPI's unit; nan where unknown.
    needed : int
        About how many more audits of the segment would decide it, if the estimate stays; 0 where as many as would
        are not to be had.
    """

    verdict: str
    reason: str
    value: float
    low: float
    high: float
    needed: int = 0


def verdict_of(found: DifferenceInDifferences, expected: float) -> Verdict:
    """Hold what was measured against what was expected.

    *Effective*: the 95 % interval lies on the expected side of 0 and reaches half of the expected effect. *Partly
    effective*: it lies on that side, all of it short of half. *Not effective*: it holds 0 or lies on the other side,
    all of it short of half. Otherwise *undecided*: it holds both 0 and half of what was expected.

    Parameters
    ----------
    found : DifferenceInDifferences
    expected : float
        Signed, in the same unit; not 0.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> measured = DifferenceInDifferences(0.02, 0.005, 40.0, 400, 400, 900, 900, 20, 0.0)
    >>> verdict_of(measured, 0.015).verdict
    'effective'
    >>> verdict_of(measured, 0.08).verdict, verdict_of(measured, -0.01).verdict
    ('partly effective', 'not effective')
    """
    sides = {NO_ROWS: (found.before, found.after), NO_COMPARISON: (found.other_before, found.other_after)}
    for reason, counts in sides.items():
        if not all(counts):
            return Verdict(VERDICT_OPEN, reason, math.nan, math.nan, math.nan)
    low, high = found.interval()
    if math.isnan(low):
        return Verdict(VERDICT_OPEN, NO_COMPARISON, math.nan, math.nan, math.nan)
    least = min(found.before, found.after, found.other_before, found.other_after)
    if least < LEAST or found.clusters < LEAST_LABELERS:
        return Verdict(VERDICT_OPEN, FEW_AUDITS, found.value, low, high, max(LEAST - least, 0))
    towards, gained = (low, found.value) if expected > 0 else (-high, -found.value)
    furthest = high if expected > 0 else -low
    if towards > 0:
        whole = furthest >= ENOUGH * abs(expected)
        return Verdict(EFFECTIVE if whole else PARTLY, "", found.value, low, high)
    if furthest < ENOUGH * abs(expected):
        return Verdict(NOT_EFFECTIVE, "", found.value, low, high)
    # The interval that would decide: it ends short of 0, or short of half of what was expected.
    wanted = max(gained, ENOUGH * abs(expected) - gained)
    rows = found.before + found.after
    needed = math.ceil(rows * ((furthest - gained) / wanted) ** 2) - rows
    needed = max(needed, 1) if needed <= REACH * rows else 0
    return Verdict(VERDICT_OPEN, TOO_WIDE, found.value, low, high, needed)
