"""What kind of cause a finding has: with the evidence, what was looked at and found innocent, and what would tell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from smo_reports.analyses import clues_of_labels as labels
from smo_reports.analyses import clues_of_measure as measure
from smo_reports.analyses import clues_of_work as work
from smo_reports.analyses.clues import Clue
from smo_reports.analyses.coincidence import Timing, timing
from smo_reports.analyses.finding import Finding
from smo_reports.analyses.judged_rows import Judged, judged
from smo_reports.analyses.weighed_clues import CANNOT_TELL, MIX, Weighed, is_clear, sides, weighed, with_verdicts
from smo_reports.errors import KpiError, nearest
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.sources import Rows
from smo_reports.sources.notes import finding_key
from smo_reports.stats.planned import rows_to_tell

TABLES = {"accuracy": ("audits", "gold_decisions"), "gold_accuracy": ("gold_decisions", "audits")}
"""What judges the decisions of each KPI that a finding may be of, and the other measure that it is held against."""

_SOURCES = ("auditor_id", "tool_version", "guideline_version", "overtime", "local_hour")
"""Columns that name a source: what they name is held against all others in the rest of the segment."""
_PEOPLE = ("cohort", "team", "vendor", "labeler_id")


@dataclass(frozen=True)
class Attribution:
    """A finding's kind of cause.

    Attributes
    ----------
    finding : Finding
    shown : dict of str to str
        The finding's segment, people as the project shows them.
    kind : str
        One of ``weighed_clues.KINDS``; it is also the key of the suggested action.
    subject : str
        The pair of labels, the version or the auditor (as the project shows people) that it is about.
    why : str
        Why it cannot be told; empty where it can.
    between : tuple of str
        The kinds that the clues speak for, where it is several.
    innocent, open : tuple of str
        Kinds that were looked at and cleared, and those that nothing was decided about.
    clues : tuple of Clue
    timing : Timing
    change, low, high : float
        The change of the share of errors in the scope that was looked at, with its 95 % interval.
    n : int
        Judged decisions looked at.
    needed : dict of str to float
        What would tell: ``audits`` a period, ``blind re-audits``, ``overlap items`` a period.
    """

    finding: Finding
    shown: Mapping[str, str]
    kind: str
    subject: str = ""
    why: str = ""
    between: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    clues: tuple[Clue, ...] = ()
    timing: Timing = field(default_factory=Timing)
    change: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    needed: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How ``smo note --finding`` names its finding."""
        return finding_key(self.shown)


def attribute(
    project: Project,
    finding: Finding,
    before: Rows,
    after: Rows,
    everything: Rows | None = None,
    kpi: str = "accuracy",
) -> Attribution:
    """Attribute a finding to a kind of cause, or say that it cannot be told.

    Parameters
    ----------
    project : Project
    finding : Finding
        Of accuracy by random audits, or by gold.
    before, after : Rows
        The two periods that were compared.
    everything : Rows, optional
        The project without a period: when people started, and events. Default: ``after``'s events, and nobody's start.
    kpi : str
        ``accuracy`` or ``gold_accuracy``.

    Returns
    -------
    Attribution
        *cannot tell* wherever the segment's own errors did not change clearly, the clues speak for several kinds, the
        measure cannot be cleared, or no clue decides. A finding of the mix is the work's, and is not looked into.

    Raises
    ------
    KpiError
        For a KPI whose rows have no verdict.
    """
    if kpi not in TABLES:
        raise KpiError(f"findings of {kpi!r} cannot be attributed; {nearest(kpi, TABLES)}")
    shown = _shown(finding.segment, project)
    if finding.kind == "mix":
        return Attribution(finding, shown, MIX)
    scope, named = _scope(finding)
    table, other = TABLES[kpi]
    found = judged(before, after, scope, table)
    if found is None:
        return Attribution(finding, shown, CANNOT_TELL, why="no rows")
    when = timing(project, found, everything or after, scope)
    clues = with_verdicts(_clues(found, before, after, everything, scope, named, (table, other)))
    if is_clear(found.change.above if found.sign > 0 else found.change.below):
        verdict = weighed(clues, when, "guideline_version" in named)
    else:
        verdict = Weighed(CANNOT_TELL, why="unclear change")
    clues = tuple(_with_shown_subject(clue, project) for clue in clues)
    cleared, undecided = sides(clues)
    low, high = found.change.interval()
    subject = verdict.subject
    if verdict.kind == measure.AUDITOR and subject:
        subject = next(clue.subject for clue in clues if clue.test == "auditors")
    return Attribution(
        finding, shown, verdict.kind, subject, verdict.why, verdict.between, cleared, undecided, clues, when,
        found.change.value, low, high, len(found.rows), _needed(found),
    )  # fmt: skip


def _scope(finding: Finding) -> tuple[dict[str, Any], dict[str, str]]:
    """The segment without the columns that name a source, and those."""
    apart = {*_SOURCES, *(_PEOPLE if finding.n_before == 0 else ())}
    scope = {name: value for name, value in finding.segment.items() if name not in apart}
    return scope, {name: str(value) for name, value in finding.segment.items() if name in apart}


def _clues(
    found: Judged,
    before: Rows,
    after: Rows,
    everything: Rows | None,
    scope: Mapping[str, Any],
    named: Mapping[str, str],
    measures: tuple[str, str],
) -> list[Clue]:
    """Everything that the tables can say, in the order in which a page tells it."""
    table, other = measures
    (pair,) = labels.confusion(found, before)
    good = labels.good_labelers(before)
    subject = pair.subject if pair.measured else ""
    moments = {name: value for name, value in named.items() if name in ("overtime", "local_hour")}
    own = [
        pair,
        labels.split(before, after, scope, subject, good),
        labels.alike(found, subject, good),
        work.technical(found),
        work.tool_version(found, named.get("tool_version", "")),
        work.repeated_from_model(found),
        work.load(found, before, after, scope, moments),
        work.newcomers(found, everything),
        measure.gold(found, before, after, scope, other),
    ]
    if table == "audits":
        return [*own, measure.severity(found, named.get("auditor_id", "")), measure.arbitration(found, before, after)]
    return [*own, measure.outdated_answers(found, after)]


def _needed(found: Judged) -> dict[str, float]:
    """How much of what would tell half of the change from none of it."""
    share = float(found.err[found.after].mean())
    size = abs(found.change.value)
    plain = min(max(share, 1 / len(found.rows)), 1 - 1 / len(found.rows))
    return {
        "audits": rows_to_tell(plain, size / 2),
        "blind re-audits": math.ceil(rows_to_tell(plain, size / 2) / 2) if size else math.inf,
        "overlap items": rows_to_tell(plain, size),
    }


def _shown(segment: Mapping[str, Any], project: Project) -> dict[str, str]:
    if not segment:
        return {}
    row = shown_people(pd.DataFrame([dict(segment)]), project).iloc[0]
    return {str(name): str(value) for name, value in row.items()}


def _with_shown_subject(clue: Clue, project: Project) -> Clue:
    if clue.test != "auditors" or not clue.subject:
        return clue
    return replace(clue, subject=_shown({"auditor_id": clue.subject}, project)["auditor_id"])
