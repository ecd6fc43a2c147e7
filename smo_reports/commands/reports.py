"""Which reports to run: of which projects, for which period, with which parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from smo_reports import sources
from smo_reports.errors import ReportError, nearest
from smo_reports.period import default_period
from smo_reports.project import Project, Workspace, load_project
from smo_reports.runs.batch import Outcome
from smo_reports.runs.parameters import read_parameters
from smo_reports.runs.plan import Job, plan_job
from smo_reports.runs.record import Audience


@dataclass(frozen=True)
class Wanted:
    """What was asked for: reports, projects and how to run them; empty means all that a project plans."""

    reports: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    period: str = ""
    audiences: tuple[Audience, ...] = ("stakeholder",)
    parameters: Mapping[str, object] | None = None
    out: Path | None = None
    force: bool = False
    code: bool = False
    timeout: float = 900.0


def plan_reports(workspace: Workspace, wanted: Wanted, now: dt.datetime | None = None) -> list[Job]:
    """Plan every run that was asked for; nothing is executed.

    Raises
    ------
    SmoError
        When a name, the period, a parameter or a source is wrong; it says which was probably meant.
    """
    jobs = []
    for name in wanted.projects or workspace.projects:
        project = load_project(name, workspace)
        data = sources.fingerprint(project)
        version = sources.version(project)
        for report in wanted.reports or _planned(workspace, project):
            period = default_period(project, report, wanted.period, now)
            today = (now or dt.datetime.now(dt.UTC)).astimezone(project.zone).date()
            # A page of a period that is not over says so, and says it of a day.
            running = period.end is None or period.end > today
            dated = f"{data} {today}" if data and running else data or None
            for audience in wanted.audiences:
                jobs.append(
                    plan_job(
                        workspace,
                        project,
                        report,
                        period.start,
                        period.end,
                        period.label,
                        audience=audience,
                        given=_given(workspace, project, report, wanted.parameters),
                        data_version=version,
                        data_fingerprint=dated,
                        out=wanted.out,
                        timeout=wanted.timeout,
                        code=wanted.code,
                    )
                )
    if not jobs:
        raise ReportError(
            f"nothing to run: no project in {workspace.root / 'params'}; add one (see params/example.yaml)"
        )
    return jobs


def _planned(workspace: Workspace, project: Project) -> Sequence[str]:
    """The reports that a project plans, or the KPI report where it plans none."""
    known = sorted(path.stem for path in (workspace.root / "notebooks").glob("*.ipynb"))
    for name in project.reports:
        if name not in known:
            raise ReportError(
                f"params/{project.project}.yaml: no notebook for report {name!r} in notebooks/; {nearest(name, known)}"
            )
    return tuple(project.reports) or ("kpi",)


def _given(
    workspace: Workspace, project: Project, report: str, parameters: Mapping[str, object] | None
) -> dict[str, object]:
    """Parameters from the command line, and the project's own split where the report takes one."""
    given: dict[str, object] = dict(parameters or {})
    plan = project.reports.get(report)
    notebook = workspace.root / "notebooks" / f"{report}.ipynb"
    if plan and "by" not in given and notebook.is_file() and "by" in read_parameters(notebook):
        given["by"] = list(plan.by)
    return given


def failures(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The runs that failed."""
    return [outcome for outcome in outcomes if outcome.outcome == "failed"]
