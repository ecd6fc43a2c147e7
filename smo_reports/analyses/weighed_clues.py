"""From clues to one kind of cause, or to *cannot tell*: a wrong attribution costs more than none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smo_reports.analyses.clues import AGAINST, LEVEL, SUPPORTS, Clue, decided
from smo_reports.analyses.clues_of_labels import CONFUSION, GUIDELINE
from smo_reports.analyses.clues_of_measure import AUDITOR
from smo_reports.analyses.clues_of_work import LOAD, MODEL, RAMP, TOOL
from smo_reports.analyses.coincidence import Timing
from smo_reports.stats.multiple import holm

SLIPS, MIX, CANNOT_TELL = "slips", "mix", "cannot tell"
KINDS = (CONFUSION, SLIPS, GUIDELINE, AUDITOR, TOOL, MODEL, LOAD, RAMP, MIX, CANNOT_TELL)
"""The kinds of cause that a finding can be attributed to."""

OTHER_MEASURE = ("gold_decisions", "audits")
"""Clues that support the measure having moved when they moved less than it; against it when they moved as well."""

_SOURCES = (TOOL, MODEL, LOAD, RAMP, AUDITOR)
_BATTERY = ("pair", "technical errors", "tool version", "model labels", "load", "new people", "auditors",
            "arbitration", "outdated gold")  # fmt: skip
_BY_ITSELF = frozenset({"guideline", "gold", "sampling", "tool", "incident", "model"})
"""Kinds of events that may change errors all over a segment: slips are not called slips while one coincides."""


@dataclass(frozen=True)
class Weighed:
    """What the clues come to.

    Attributes
    ----------
    kind, subject : str
    why : str
        Why it is not known: *unclear change, several, measure, undecided*; empty where it is known.
    between : tuple of str
        The kinds that the clues speak for, where it is several.
    """

    kind: str
    subject: str = ""
    why: str = ""
    between: tuple[str, ...] = ()


def with_verdicts(clues: Sequence[Clue]) -> tuple[Clue, ...]:
    """Clues with verdicts: of the tests that may each name a cause, none by chance in nineteen of twenty findings."""
    asked = [clue for clue in clues if clue.test in _BATTERY and clue.measured]
    allowed = dict(zip((clue.test for clue in asked), holm([clue.supports for clue in asked]), strict=True))
    return tuple(decided(clue, allowed.get(clue.test)) for clue in clues)


def weighed(clues: Sequence[Clue], timing: Timing, named_guideline: bool) -> Weighed:
    """Attribute a clear change to one kind of cause.

    Parameters
    ----------
    clues : sequence of Clue
        With verdicts.
    timing : Timing
    named_guideline : bool
        The segment names a version of the guideline.
    """
    by_test = {clue.test: clue for clue in clues}
    # That another measure did not move says that this one did, but not by itself what moved it.
    asked = [clue for clue in clues if clue.test in _BATTERY and clue.kind in _SOURCES]
    hits = {clue.kind: clue for clue in asked if clue.verdict == SUPPORTS}
    real = any(_says(by_test, name, AGAINST) for name in OTHER_MEASURE)
    if len(hits) > 1:
        return Weighed(CANNOT_TELL, why="several", between=tuple(sorted(hits)))
    if hits:
        return _one(*next(iter(hits.items())), by_test, timing, real)
    return _pattern(by_test, timing, real, named_guideline)


def _one(kind: str, clue: Clue, by_test: Mapping[str, Clue], timing: Timing, real: bool) -> Weighed:
    """One source accounts for the change: unless something else speaks against that."""
    split = _says(by_test, "overlap", SUPPORTS)
    if kind == AUDITOR and real:
        return Weighed(CANNOT_TELL, why="measure", between=(AUDITOR,))
    if kind in (MODEL, RAMP, LOAD) and split:
        return Weighed(CANNOT_TELL, why="several", between=tuple(sorted((kind, GUIDELINE))))
    if kind == MODEL and _says(by_test, "pair", SUPPORTS) and "guideline" in timing.kinds:
        return Weighed(CANNOT_TELL, why="several", between=(GUIDELINE, MODEL))
    unmoved = any(_says(by_test, name, SUPPORTS) for name in OTHER_MEASURE)
    if kind != AUDITOR and unmoved and not _says(by_test, "auditors", AGAINST):
        return Weighed(CANNOT_TELL, why="measure", between=tuple(sorted((AUDITOR, kind))))
    return Weighed(kind, clue.subject)


def _pattern(by_test: Mapping[str, Clue], timing: Timing, real: bool, named_guideline: bool) -> Weighed:
    """No source accounts for it: one pair that repeats, slips all over, or nothing that can be told."""
    innocent = real or _says(by_test, "auditors", AGAINST)
    unmoved = any(_says(by_test, name, SUPPORTS) for name in OTHER_MEASURE)
    split = _says(by_test, "overlap", SUPPORTS)
    if _says(by_test, "pair", SUPPORTS):
        pair = by_test["pair"].subject
        if innocent and split:
            return Weighed(GUIDELINE, pair)
        if not innocent or unmoved:
            return Weighed(CANNOT_TELL, pair, "measure", (AUDITOR, CONFUSION))
        alone = timing.sharp and timing.kinds & _BY_ITSELF == {"guideline"}
        if _says(by_test, "good labelers", SUPPORTS) and (alone or named_guideline):
            return Weighed(GUIDELINE, pair)
        return Weighed(CONFUSION, pair)
    cleared = all(clue.verdict == AGAINST for clue in by_test.values() if clue.test in _BATTERY and _counts(clue))
    if by_test["pair"].verdict == AGAINST and innocent and not unmoved and cleared and not timing.kinds & _BY_ITSELF:
        return Weighed(SLIPS)
    return Weighed(CANNOT_TELL, why="undecided" if innocent else "measure")


def _counts(clue: Clue) -> bool:
    """Whether a clue could have spoken against its kind: most verdicts are never disputed, so arbitration cannot."""
    return clue.measured and clue.test != "arbitration"


def _says(by_test: Mapping[str, Clue], test: str, verdict: str) -> bool:
    return test in by_test and by_test[test].verdict == verdict


def sides(clues: Sequence[Clue]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds that were looked at and found innocent, and those that nothing was decided about."""
    tests = [clue for clue in clues if clue.test in _BATTERY or clue.test in OTHER_MEASURE]
    kinds = dict.fromkeys(clue.kind for clue in tests)
    said = {kind: {clue.verdict for clue in tests if clue.kind == kind and _counts(clue)} for kind in kinds}
    cleared = [kind for kind in kinds if said[kind] == {AGAINST}]
    supported = {clue.kind for clue in tests if clue.verdict == SUPPORTS}
    return tuple(cleared), tuple(kind for kind in kinds if kind not in cleared and kind not in supported)


def is_clear(change_above: float) -> bool:
    """Whether the segment's own errors changed clearly enough to look for a reason."""
    return change_above <= LEVEL
