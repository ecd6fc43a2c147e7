"""Clues: whether one source accounts for a change of the errors in a segment, or clearly does not.

Every test asks the same: is most of the change the source's? Its part is held against a bar of half of the change, or
more where the source usually has much of the errors (or of the work) anyway. Above it clearly: the clue *supports*;
below it clearly: it speaks *against*; otherwise it is *undecided*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from smo_reports.analyses.judged_rows import Bools, Floats, Judged
from smo_reports.analyses.small_cells import FEWEST_SHOWN
from smo_reports.stats.contrast import Contrast

SUPPORTS, AGAINST, UNDECIDED, NOT_MEASURED = "supports", "against", "undecided", "not measured"
"""What a clue says of its source."""

LEVEL = 0.05
"""How often a clue may speak by chance."""

FEWEST = 10
"""Rows that a source needs in a period to be looked at by itself."""


@dataclass(frozen=True)
class Clue:
    """What one test found.

    Attributes
    ----------
    test, kind : str
        What was looked at, and the kind of cause that it bears on.
    subject : str
        Which pair of labels, auditor, version or event; empty where there is only one.
    before, after : float
        The shares compared; nan where there is none.
    value, low, high : float
        How much of the change of the share of errors is the source's, signed as errors are: 0.02 is two points more
        errors; with its 95 % interval.
    whole : float
        The whole change of the share of errors.
    n : int
        Rows behind it.
    supports, against : float
        The chance of a clue as strong as this by chance, either way; 1 where nothing can be said.
    verdict : str
        *supports, against, undecided* or *not measured*.
    note : str
        ``not measured: needs X``, or empty.
    few : bool
        The numbers are of one or two people: for their lead only. The verdict is not.
    """

    test: str
    kind: str
    subject: str = ""
    before: float = math.nan
    after: float = math.nan
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    whole: float = math.nan
    n: int = 0
    supports: float = 1.0
    against: float = 1.0
    verdict: str = UNDECIDED
    note: str = ""
    few: bool = False

    @property
    def measured(self) -> bool:
        """Whether there was anything to look at."""
        return math.isfinite(self.value)


def missing(test: str, kind: str, needs: str) -> Clue:
    """A clue that the tables do not give."""
    return Clue(test, kind, verdict=NOT_MEASURED, note=f"not measured: needs {needs}")


def decided(clue: Clue, supports: float | None = None) -> Clue:
    """The clue with its verdict; ``supports`` is its chance allowing for the other tests, if it is another."""
    if clue.verdict == NOT_MEASURED:
        return clue
    chance = clue.supports if supports is None else supports
    verdict = SUPPORTS if chance <= LEVEL else AGAINST if clue.against <= LEVEL else UNDECIDED
    return replace(clue, verdict=verdict)


def of_errors(found: Judged, test: str, kind: str, flag: Bools, usual: float, subject: str = "") -> Clue:
    """Whether errors of one sort account for the change.

    Parameters
    ----------
    found : Judged
    test, kind, subject : str
    flag : ndarray of bool
        Rows whose error, if they are wrong, is of that sort.
    usual : float in [0, 1]
        What share of errors is of that sort when nothing changed.
    """
    bar = _bar(usual)
    own = found.told(flag * found.err, found.after, (-1, 1))
    test_of = found.told(found.sign * (flag - bar) * found.err, found.after, (-1, 1))
    low, high = own.interval()
    first, last = (_share(found, flag * found.err, found.after == side) for side in (False, True))
    return Clue(
        test, kind, subject, first, last, own.value, low, high, found.change.value, own.n, test_of.above, test_of.below,
        few=few_people(found),
    )  # fmt: skip


def of_work(found: Judged, test: str, kind: str, flag: Bools, *, own_past: bool, subject: str = "") -> Clue:
    """Whether rows made under one circumstance account for the change, against all others at the same time.

    Parameters
    ----------
    found : Judged
    test, kind, subject : str
    flag : ndarray of bool
        Rows made under the circumstance.
    own_past : bool
        Hold each side against its own past (an auditor's own verdicts); else both against the common past, so that
        the circumstance having become commoner counts too (newcomers, overtime).
    """
    weight = found.rows["weight"].to_numpy(float)
    size = {side: int((flag & (found.after == side)).sum()) for side in (False, True)}
    others = int((~flag & found.after).sum())
    if size[True] < FEWEST or others < FEWEST or (own_past and size[False] < FEWEST):
        return Clue(test, kind, subject, n=size[True], whole=found.change.value)
    part = float(weight[flag & found.after].sum() / weight[found.after].sum())
    past = (flag if own_past else np.zeros(len(flag), bool)).astype(np.intp)
    # Cells: the past of the others (or of all), the past of the flagged, the others now, the flagged now.
    cell = np.where(found.after, 2 + flag, past)
    before = (-(1.0 if not own_past else 0.0), -(1.0 if own_past else 0.0))
    own = found.told(found.err, cell, (*before, 0, 1))
    # (1 - bar)·part·(own change) less bar·(1 - part)·(the others' change): above 0 where its part is above the bar.
    bar = _bar(part)
    mine, theirs = (1 - bar) * part, bar * (1 - part)
    coefficients = (theirs, -mine, -theirs, mine) if own_past else (theirs - mine, 0.0, -theirs, mine)
    test_of = found.told(found.sign * found.err, cell, coefficients)
    worse = found.told(found.sign * found.err, cell, (*before, 0, 1))
    low, high = own.interval()
    others_too = found.told(found.sign * found.err, cell, (-1, 0, 1, 0)).above
    small = found.sign * part * own.value < bar * abs(found.change.value)
    # Who has a past of their own is cleared where the others came to see it too, and more than half of it is theirs.
    against = others_too if own_past and small else test_of.below
    past_rows = ~found.after & flag if own_past else ~found.after
    first, last = _share(found, found.err, past_rows), _share(found, found.err, found.after & flag)
    return Clue(
        test, kind, subject, first, last, part * own.value, part * low, part * high, found.change.value,
        size[True] + size[False], max(test_of.above, worse.above), against,
        few=any(few_people(found, rows) for rows in ((flag & found.after), past_rows)),
    )  # fmt: skip


def few_people(found: Judged, rows: Bools | None = None) -> bool:
    """Whether fewer than three labelers made these rows."""
    made = found.rows["labeler"] if rows is None else found.rows.loc[rows, "labeler"]
    return bool(made.nunique() < FEWEST_SHOWN)


def strongest(clues: Sequence[Clue], *, apart: bool) -> Clue:
    """The clue that speaks loudest of several of one test, at a chance that allows for having chosen it.

    Of sources that share the change between them (``apart``) no more than two can have half of it each, so that only
    two could be taken for most of it by mere chance. Nothing speaks against the test as a whole unless it speaks
    against each source: its weakest denial is the whole's.
    """
    best = min(clues, key=lambda clue: (clue.supports, -abs(clue.value) if clue.measured else 0.0))
    allowed = min(1.0, best.supports * (min(len(clues), 2) if apart else len(clues)))
    return replace(best, supports=allowed, against=max(clue.against for clue in clues))


def half_as_much(other: Contrast, change: Contrast, test: Contrast, kind: str, name: str) -> Clue:
    """A clue from another measure's change: whether it is more, or less, than half of this one's."""
    low, high = other.interval()
    return Clue(
        name, kind, value=other.value, low=low, high=high, whole=change.value, n=other.n, supports=test.above,
        against=test.below,
    )  # fmt: skip


def _bar(usual: float) -> float:
    """What part of a change is most of it, for a source that has so much of the errors or of the work anyway.

    >>> [_bar(usual) for usual in (0.1, 0.4, 0.8)]  # half; half as much again as usual; half of what is not usual
    [0.5, 0.6000000000000001, 0.9]
    """
    return max(0.5, min(1.5 * usual, (1 + usual) / 2))


def _share(found: Judged, value: Floats, rows: Bools) -> float:
    weight = found.rows["weight"].to_numpy(float)[rows]
    return float(weight @ value[rows] / weight.sum()) if weight.sum() else math.nan
