"""The KPI dictionary in words: what there is, what one asks and needs, and what a project's rows can answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from smo_reports import sources
from smo_reports.kpis import KPIS, Kpi, kpi_named
from smo_reports.kpis.estimate import frames_of, what_is_missing
from smo_reports.project import Project
from smo_reports.schema import TABLES
from smo_reports.sources import Rows

_MADE_OF = {"gold_decisions": ("decisions",), "audits": ("audits", "decisions")}
"""Canonical tables whose columns a table has, where it is not canonical itself or has more than its own."""


def dictionary(project: Project | None = None) -> Iterator[str]:
    """List every KPI with its title, by the module that it lives in; of a project, what it lacks there.

    Columns decide, nothing is counted: a table may still turn out to be empty.
    """
    rows = sources.read_all(project) if project else None
    by_module: dict[str, list[Kpi]] = {}
    for kpi in KPIS.values():
        by_module.setdefault(kpi.of.__module__, []).append(kpi)
    width = max(map(len, KPIS)) + 2
    for place, (module, found) in enumerate(sorted(by_module.items())):
        about = (sys.modules[module].__doc__ or module).splitlines()[0]
        yield from ([""] if place else [])
        yield about
        for kpi in sorted(found, key=lambda one: one.name):
            yield f"  {kpi.name:{width}}{_measured(kpi, rows) or kpi.title}"


def entry(name: str, project: Project | None = None) -> Iterator[str]:
    """Tell all about one KPI.

    Raises
    ------
    KpiError
        When there is none of that name.
    """
    kpi = kpi_named(name)
    yield f"{kpi.title}: {kpi.question}"
    needs = "; ".join(f"{table}: {', '.join(columns)}" for table, columns in kpi.needs.items())
    better = f"{kpi.better} is better" if kpi.better else "neither way is better"
    for title, said in (
        ("formula", kpi.formula),
        ("unit", f"{kpi.unit}; {better}"),
        ("n counts", kpi.counts),
        ("needs", needs),
        ("target", "may be held against one" if kpi.gradable else "none: it is shown and never graded"),
        ("people", _people(kpi)),
        ("source", kpi.source),
    ):
        yield f"{title}: {said}"
    if project:
        yield f"{project.project}: {_measured(kpi, sources.read_all(project))}"


def _measured(kpi: Kpi, rows: Rows | None) -> str:
    if rows is None:
        return ""
    missing = what_is_missing(kpi, frames_of(kpi, rows), ())
    return f"not measured: needs {missing}" if missing else "has the columns that it needs"


def _people(kpi: Kpi) -> str:
    """For which people a KPI may be split, in words."""
    if kpi.team_only:
        return "shown for teams only, never split by a person"
    tables = [table for table in kpi.needs if table not in kpi.beside]
    shared = set.intersection(*(_person_columns(table) for table in tables))
    return f"on leads' pages it may be split by {', '.join(sorted(shared))}" if shared else "speaks of no person"


def _person_columns(table: str) -> set[str]:
    canonical = _MADE_OF.get(table, (table.removesuffix("_open").removesuffix("_due"),))
    found = {column.name for name in canonical for column in TABLES[name].columns if column.person}
    return found | {"labeler_id"} if table == "work_hours" else found
