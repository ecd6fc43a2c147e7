"""Why a project's KPI moved between two periods: its random audits explained, with the mix of all decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from smo_reports.analyses.attribution import TABLES as ATTRIBUTED
from smo_reports.analyses.attribution import Attribution, attribute
from smo_reports.analyses.change import ABOUT
from smo_reports.analyses.compared_rows import COUNT, MIXED, PERIOD, all_work, audits_of, mix_of, unaudited_work
from smo_reports.analyses.explain import explain
from smo_reports.analyses.explanation import Explanation
from smo_reports.analyses.finding import Finding, named
from smo_reports.errors import KpiError, nearest
from smo_reports.kpis import kpi_named
from smo_reports.kpis.tally import columns
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.schema import PERSON_COLUMNS
from smo_reports.sources import Rows

LOOKED_AT = (
    "policy",
    "market",
    "queue",
    "language",
    "content_type",
    "severity",
    "vendor",
    "team",
    "cohort",
    "tool_version",
    "model_version",
    "auditor_id",
)
"""Columns that a search looks at, where the audits have them; labelers are always looked at. Every further column makes
all others harder to find: hours and overtime are looked at when a finding is attributed, a version of the guideline by
its event."""

FEWEST_AUDITS = 100
"""With fewer audits in either period nothing is searched: no cause of a few points could be told from chance."""


@dataclass(frozen=True)
class Causes:
    """Why a KPI moved.

    Attributes
    ----------
    kpi, title, unit : str
    explanation : Explanation or None
        None where it could not be looked for.
    note : str
        Why it could not; empty where it could.
    findings : tuple of Finding
        With every value as text; people by their ids.
    shown : tuple of dict of str to str
        Each finding's segment, people as the project shows them.
    looked_at : tuple of str
        The columns.
    nearest : dict of str to str
        Where nothing was found: the segment that came nearest, people as the project shows them.
    estimates : DataFrame
        The parts and the findings as estimates: ``place, kind, kpi, unit, value, low, high, n``; people as shown.
    """

    kpi: str
    title: str
    unit: str
    explanation: Explanation | None
    note: str
    findings: tuple[Finding, ...]
    shown: tuple[Mapping[str, str], ...]
    looked_at: tuple[str, ...]
    nearest: Mapping[str, str]
    estimates: pd.DataFrame

    def shown_explanation(self, before: str, after: str) -> Explanation:
        """The explanation as anybody may print it: people as the project shows them, periods by name.

        Raises
        ------
        KpiError
            When there is none.
        """
        if self.explanation is None:
            raise KpiError(f"{self.kpi} was not explained: {self.note}")
        named = [replace(one, segment=shown, also=()) for one, shown in zip(self.findings, self.shown, strict=True)]
        near = self.explanation.nearest
        return replace(
            self.explanation,
            outcome=self.title,
            before=before,
            after=after,
            findings=tuple(named),
            nearest=None if near is None else replace(near, segment=self.nearest, also=()),
        )

    @property
    def first_place(self) -> Mapping[str, str]:
        """The segment of the first finding that names nobody; everywhere where there is none."""
        return next((one.segment for one in self.findings if not one.people), {})


def root_causes(
    project: Project, before: Rows, after: Rows, kpi: str = "accuracy", looked_at: Iterable[str] = ()
) -> Causes:
    """Look for what moved a KPI.

    Parameters
    ----------
    project : Project
        Its ``materiality`` is the smallest effect that is named.
    before, after : Rows
        The two periods.
    kpi : str
        A share of random audits.
    looked_at : iterable of str
        Columns to search, beside labelers. Default: those of ``LOOKED_AT`` that the audits have.

    Raises
    ------
    KpiError
        When the KPI is no share of audits, or a column is none of theirs.
    """
    if kpi not in ABOUT:
        raise KpiError(f"causes of {kpi!r} cannot be looked for; {nearest(kpi, ABOUT)}")
    title, unit = kpi_named(kpi).title, kpi_named(kpi).unit
    nothing = Causes(kpi, title, unit, None, "", (), (), (), {}, pd.DataFrame())
    if "audits" not in after or "audits" not in before:
        return replace(nothing, note="not measured: needs audits")
    asked = list(looked_at) or list(LOOKED_AT)
    have = columns(after.whole("audits")) | ({"cohort"} if "people" in after else set())
    for column in looked_at:
        if column not in have:
            raise KpiError(f"audits have no column {column!r}; {nearest(column, have)}")
    audits = [audits_of(rows, kpi, asked) for rows in (before, after)]
    if min(map(len, audits)) < FEWEST_AUDITS:
        fewer = min(map(len, audits))
        return replace(nothing, note=f"too few: {fewer} random audits in a period; {FEWEST_AUDITS} are needed")
    rows = pd.concat(audits, keys=["before", "after"], names=[PERIOD]).reset_index(PERIOD).reset_index(drop=True)
    known = [name for name in asked if name in rows and rows[name].nunique(dropna=False) > 1]
    mixed = [name for name in MIXED if name in known]
    weighted = "weight" in rows
    work = all_work(before, after, kpi)
    found = explain(
        rows,
        ABOUT[kpi][0],
        PERIOD,
        "before",
        "after",
        known,
        "labeler_id",
        "weight" if weighted else None,
        None if work is None else mix_of(work, mixed),
        population_weight=COUNT,
        material=project.materiality,
    )
    if work is not None:
        found = replace(found, unaudited=unaudited_work(rows, work))
    findings = tuple(_as_text(one) for one in found.findings)
    shown = tuple(_shown(one, project) for one in findings)
    near = {} if found.nearest is None else _shown(_as_text(found.nearest), project)
    table = _estimates(kpi, found, findings, shown)
    return Causes(kpi, title, unit, found, "", findings, shown, tuple(known), near, table)


def attributions(
    project: Project, found: Causes, before: Rows, after: Rows, everything: Rows | None = None, most: int = 5
) -> tuple[Attribution, ...]:
    """What kind of cause each finding has, as far as its KPI's decisions were judged.

    The largest ``most`` that name nobody, and as many that name a person.

    Returns
    -------
    tuple of Attribution
        In the order of the findings; empty for a KPI whose findings cannot be attributed.
    """
    if found.kpi not in ATTRIBUTED:
        return ()
    told = {True: 0, False: 0}
    attributed = []
    for one in found.findings:
        told[one.people] += 1
        if told[one.people] <= most:
            attributed.append(attribute(project, one, before, after, everything, found.kpi))
    return tuple(attributed)


def _as_text(finding: Finding) -> Finding:
    """The finding with its values as the pages and the other analyses have them."""
    # Other names of the same rows are for everybody, and no person is.
    also = tuple(_text(other) for other in finding.also if not set(other) & PERSON_COLUMNS)
    return replace(finding, segment=_text(finding.segment), also=also)


def _text(segment: Mapping[str, object]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in segment.items()}


def _shown(finding: Finding, project: Project) -> dict[str, str]:
    table = shown_people(pd.DataFrame([dict(finding.segment)]), project)
    return {name: str(table[name].iloc[0]) for name in finding.segment}


def _estimates(
    kpi: str, found: Explanation, findings: tuple[Finding, ...], shown: tuple[Mapping[str, str], ...]
) -> pd.DataFrame:
    rows = [
        (part.name, "part", kpi, "points", part.value, part.low, part.high, found.n_after, part.note)
        for part in found.parts.values()
    ]
    for one, place in zip(findings, shown, strict=True):
        # A person's figures are for their lead only: not in what index and e-mail read.
        if not set(one.segment) & PERSON_COLUMNS:
            where = ", ".join(named(name, value) for name, value in place.items()) or "everywhere"
            rows.append((where, one.kind, kpi, "points", one.effect, one.low, one.high, one.n_after, ""))
    return pd.DataFrame(rows, columns=["place", "kind", "kpi", "unit", "value", "low", "high", "n", "note"])
