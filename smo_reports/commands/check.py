"""Check a workspace before it is scheduled: every project, its targets and its reports, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from smo_reports import sources
from smo_reports.commands.reports import project_plans, workspace_plans
from smo_reports.errors import SmoError, nearest
from smo_reports.kpis import KPIS
from smo_reports.kpis.tally import columns
from smo_reports.project import Project, Target, Workspace, load_project
from smo_reports.runs.notebook_rules import broken_rules
from smo_reports.runs.parameters import read_parameters, usual_period


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    level : {"error", "note"}
        An error stops a run; a note is something to know.
    where, what : str
    """

    level: Literal["error", "note"]
    where: str
    what: str


def check_workspace(workspace: Workspace, projects: tuple[str, ...] = ()) -> list[Finding]:
    """Check notebooks and projects; without an error in the list everything can run."""
    found = []
    for notebook in sorted((workspace.root / "notebooks").glob("*.ipynb")):
        try:
            read_parameters(notebook)
            usual_period(notebook)
            found += [Finding("note", f"notebooks/{notebook.name}", said) for said in broken_rules(notebook)]
        except SmoError as error:
            found.append(Finding("error", f"notebooks/{notebook.name}", str(error)))
    try:
        workspace_plans(workspace)
    except SmoError as error:
        found.append(Finding("error", "smo.yaml", str(error).removeprefix("smo.yaml: ")))
    if not workspace.projects:
        found.append(Finding("error", "params/", "no project yet; add one as params/NAME.yaml"))
    for name in projects or workspace.projects:
        where = f"params/{name}.yaml"
        try:
            project = load_project(name, workspace)
            found += [Finding(level, where, what) for level, what in _project(workspace, project)]
        except SmoError as error:
            found.append(Finding("error", where, str(error)))
    return found


def _target(target: Target, known: set[str]) -> Iterator[str]:
    """What is wrong with one target."""
    if target.kpi not in KPIS:
        yield f"unknown KPI {target.kpi!r}; {nearest(target.kpi, KPIS)}"
    elif not KPIS[target.kpi].gradable:
        yield (
            f"{target.kpi}: this KPI is shown and never graded, so it would be neither met nor missed; "
            "set it for another KPI"
        )
    for column in target.where:
        if column not in known:
            yield f"{target.kpi}: no column {column!r}; {nearest(column, known)}"


def _project(workspace: Workspace, project: Project) -> list[tuple[Literal["error", "note"], str]]:
    found: list[tuple[Literal["error", "note"], str]] = []
    try:
        project_plans(workspace, project)
    except SmoError as error:
        found.append(("error", str(error).removeprefix(f"params/{project.project}.yaml: ")))
    rows = sources.read_all(project)
    known = set().union(*(columns(rows[table]) for table in ("decisions", "audits") if table in rows))
    for target in project.targets:
        found += [("error", f"target of {what}") for what in _target(target, known)]
    for report, plan in project.reports.items():
        for column in plan.by:
            # The split that no YAML names is a suggestion, which rows need not have.
            if column not in known and "by" in plan.model_fields_set:
                found.append(("error", f"report {report!r}: by: no column {column!r}; {nearest(column, known)}"))
    if not project.labels.known:
        found.append(("note", "labels: is empty, so false-positive and false-negative rates are not measured"))
    if project.deliver:
        found.append(("note", "deliver: is kept, but this version writes pages and sends nothing"))
    return found
