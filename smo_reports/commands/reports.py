"""Which reports to run: of which projects or people, for which period, with which parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ByteSize, TypeAdapter, ValidationError

from smo_reports import sources
from smo_reports.errors import ParameterError, ReportError, SmoError, nearest
from smo_reports.period import Period, parse_period, planned_kind, usual_period
from smo_reports.project import Project, ReportPlan, Workspace, load_project, load_projects
from smo_reports.pseudonyms import pseudonym, who, workspace_key
from smo_reports.runs import parameters
from smo_reports.runs.ledger import Entry
from smo_reports.runs.parameters import ALWAYS, EVERY, PERSON, PINS, Parameter, read_parameters, shows_several
from smo_reports.runs.plan import Job, plan_job
from smo_reports.runs.record import Audience
from smo_reports.runs.run import Outcome
from smo_reports.runs.subject import Subject, of_project, of_workspace


@dataclass(frozen=True)
class Wanted:
    """What was asked for: reports, projects and how to run them; empty means all that is planned.

    Without ``audiences`` a person's page is made for their lead, and any other for stakeholders. ``jobs`` are at work
    at once; by default as many as ``smo.yaml`` says. ``memory`` is a size such as ``4GB``, by default the one
    there; so is ``executor``.
    """

    reports: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    period: str = ""
    audiences: tuple[Audience, ...] = ()
    parameters: Mapping[str, object] | None = None
    out: Path | None = None
    force: bool = False
    code: bool = False
    timeout: float = 900.0
    jobs: int | None = None
    memory: str = ""
    executor: str = ""


@dataclass(frozen=True)
class _Stored:
    """What a report reads: the version of its tables, and a text that changes with the rows, where that is known."""

    version: int | dict[str, int]
    data: str


def plan_reports(workspace: Workspace, wanted: Wanted, now: dt.datetime | None = None) -> list[Job]:
    """Plan every run that was asked for; nothing is executed.

    Raises
    ------
    SmoError
        When a name, the period, a parameter or a source is wrong; it says which was probably meant.
    """
    declared = {report: read_parameters(_notebook(workspace, report)) for report in wanted.reports}
    jobs = [*_of_workspace(workspace, wanted, declared, now), *_of_projects(workspace, wanted, declared, now)]
    if not jobs:
        raise ReportError(
            f"nothing to run: no project in {workspace.root / 'params'}; add one (see params/example.yaml)"
        )
    return jobs


def plan_what_can_be(workspace: Workspace, wanted: Wanted) -> tuple[list[Job], list[str]]:
    """Plan every run that was asked for; where that is all, a project that cannot be planned holds up no other.

    Returns
    -------
    jobs : list of Job
    problems : list of str
        What cannot be planned, and why.

    Raises
    ------
    SmoError
        When what was named cannot be planned.
    """
    if wanted.reports or wanted.projects:
        return plan_reports(workspace, wanted), []
    jobs: list[Job] = []
    problems: list[str] = []
    each = [_of_workspace(workspace, wanted, {}, None)]
    each += [_of_projects(workspace, replace(wanted, projects=(name,)), {}, None) for name in workspace.projects]
    for planned in each:
        try:
            jobs += planned
        except (SmoError, OSError) as error:
            problems.append(str(error))
    return (jobs, problems) if problems else (jobs or plan_reports(workspace, wanted), [])


def _of_workspace(
    workspace: Workspace, wanted: Wanted, declared: Mapping[str, dict[str, Parameter]], now: dt.datetime | None
) -> Iterator[Job]:
    """Reports that show several projects: those that were asked for, or where nothing was, those of ``smo.yaml``."""
    asked = [report for report, parameters in declared.items() if shows_several(parameters)]
    if not wanted.reports and not wanted.projects:
        asked = list(workspace_plans(workspace))
    if not asked:
        return
    projects = load_projects(",".join(wanted.projects) or EVERY, workspace)
    subject = of_workspace(workspace, projects, everything=not wanted.projects)
    stored = _stored_together(projects)
    for report in asked:
        yield from _jobs(workspace, subject, workspace.reports, report, stored, wanted, now)


def _of_projects(
    workspace: Workspace, wanted: Wanted, declared: Mapping[str, dict[str, Parameter]], now: dt.datetime | None
) -> Iterator[Job]:
    """Reports of one project, or of one person in it."""
    asked = [report for report, parameters in declared.items() if not shows_several(parameters)]
    if wanted.reports and not asked:
        return
    for name in wanted.projects or workspace.projects:
        project = load_project(name, workspace)
        version, data = sources.version(project), sources.fingerprint(project)
        for report in asked or project_plans(workspace, project):
            own = wanted
            if PERSON in read_parameters(_notebook(workspace, report)):
                own = _of_person(workspace, wanted, project, report)
            yield from _jobs(
                workspace, of_project(project), project.reports, report, _Stored(version, data), own, now
            )  # fmt: skip


def _jobs(
    workspace: Workspace,
    subject: Subject,
    plans: Mapping[str, ReportPlan],
    report: str,
    stored: _Stored,
    wanted: Wanted,
    now: dt.datetime | None,
) -> Iterator[Job]:
    """One report of one subject, for each audience."""
    here = (now or dt.datetime.now(dt.UTC)).astimezone(subject.zone)
    notebook = _notebook(workspace, report)
    period = _period(plans, report, notebook, wanted.period, here.date())
    for audience in wanted.audiences or ("stakeholder",):
        yield plan_job(
            workspace,
            subject,
            report,
            period.start,
            period.end,
            period.label,
            audience=audience,
            given=dict(wanted.parameters or {}),
            own=_own(plans.get(report), notebook),
            data_version=stored.version,
            data_fingerprint=_dated(stored.data, period, here),
            out=wanted.out,
            timeout=wanted.timeout,
            memory=_bytes(wanted.memory) if wanted.memory else workspace.report_memory,
            code=wanted.code,
        )


def _bytes(size: str) -> int:
    """Read a size such as ``4GB``."""
    try:
        return TypeAdapter(ByteSize).validate_python(size)
    except ValidationError:
        raise ParameterError(f"--memory {size!r} is no size; write it like 4GB") from None


def _notebook(workspace: Workspace, report: str) -> Path:
    return workspace.root / "notebooks" / f"{report}.ipynb"


def _period(plans: Mapping[str, ReportPlan], report: str, notebook: Path, asked: str, today: dt.date) -> Period:
    if asked:
        return parse_period(asked)
    return usual_period(planned_kind(plans, report, parameters.usual_period(notebook)), today)


def _dated(data: str, period: Period, here: dt.datetime) -> str | None:
    """What decides whether a page is due: its rows, and while its period runs the hour, since the page speaks of it."""
    if not data:
        return None
    over = period.end is not None and period.end <= here.date()
    return data if over else f"{data} {here:%Y-%m-%d %H}"


def _stored_together(projects: Sequence[Project]) -> _Stored:
    """Of several projects; one whose source cannot tell, or cannot be read now, makes the page due every time."""
    versions, data = {}, []
    for project in projects:
        try:
            versions[project.project] = sources.version(project)
            data.append(sources.fingerprint(project))
        except SmoError:
            # The page says which project could not be read, and shows the others.
            data.append("")
    return _Stored(versions, " ".join(data) if all(data) else "")


def _of_person(workspace: Workspace, wanted: Wanted, project: Project, report: str) -> Wanted:
    """The same wish with the person as their pseudonym, for their lead unless somebody else was named."""
    asked = dict(wanted.parameters or {})
    person = str(asked.get(PERSON, ""))
    audiences = wanted.audiences or ("lead",)
    if not person:
        return replace(wanted, audiences=audiences)
    if not wanted.projects and len(workspace.projects) > 1:
        raise ParameterError(f"report {report!r} is one person's in one project; say which: --project NAME")
    asked[PERSON] = pseudonym(who(project, sources.read_all(project), person), workspace_key(project.root))
    return replace(wanted, audiences=audiences, parameters=asked)


def project_plans(workspace: Workspace, project: Project) -> tuple[str, ...]:
    """The reports that a project plans, or the KPI report where it plans none.

    Raises
    ------
    ReportError
        When one has no notebook, shows several projects, or is a person's.
    """
    where = f"params/{project.project}.yaml"
    for report in project.reports:
        declared = _planned(workspace, report, where)
        if shows_several(declared):
            raise ReportError(f"{where}: report {report!r} shows several projects; plan it in smo.yaml")
        if PERSON in declared:
            raise ReportError(
                f"{where}: report {report!r} is one person's, so no plan can make it; "
                f"run it with: smo run {report} --project {project.project} -P {PERSON}=P-…"
            )
    return tuple(project.reports) or ("kpi",)


def workspace_plans(workspace: Workspace) -> tuple[str, ...]:
    """The reports of several projects that ``smo.yaml`` plans.

    Raises
    ------
    ReportError
        When one has no notebook, or shows one project.
    """
    for report in workspace.reports:
        if not shows_several(_planned(workspace, report, "smo.yaml")):
            raise ReportError(f"smo.yaml: report {report!r} shows one project; plan it in that project's YAML")
    return tuple(workspace.reports)


def _planned(workspace: Workspace, report: str, where: str) -> dict[str, Parameter]:
    known = sorted(path.stem for path in (workspace.root / "notebooks").glob("*.ipynb"))
    if report not in known:
        raise ReportError(f"{where}: no notebook for report {report!r} in notebooks/; {nearest(report, known)}")
    return read_parameters(_notebook(workspace, report))


def _own(plan: ReportPlan | None, notebook: Path) -> dict[str, object]:
    """What a project itself runs a report with: the plan's own split, where the report takes one."""
    # A split that nobody planned is the notebook's own.
    if plan and "by" in plan.model_fields_set and "by" in read_parameters(notebook):
        return {"by": list(plan.by)}
    return {}


def plan_again(workspace: Workspace, entry: Entry) -> tuple[Wanted, list[Job]]:
    """Plan what a run was, with the rows that are there now.

    Raises
    ------
    SmoError
        When its report, project or a parameter is no longer there.
    """
    project = str(entry.parameters["project"])
    own = {name: value for name, value in entry.parameters.items() if name not in (*ALWAYS, *PINS)}
    wanted = Wanted(
        reports=(entry.report,),
        projects=() if project == EVERY else tuple(project.split(",")),
        period=_again(entry),
        audiences=("lead",) if entry.audience == "lead" else ("stakeholder",),
        parameters=own,
        out=(workspace.root / entry.folder).parents[2],
        force=True,
    )
    return wanted, plan_reports(workspace, wanted)


def _again(entry: Entry) -> str:
    """A run's period as a person would ask for it."""
    dates = f"{entry.period_start}/{entry.period_end}" if entry.period_start and entry.period_end else "all"
    try:
        named = parse_period(entry.period_label)
    except SmoError:
        return dates
    same = (str(named.start), str(named.end)) == (entry.period_start, entry.period_end)
    return entry.period_label if same else dates


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """0 only if all is as it should be; 3 where the worst is a page whose data is stale; 1 where something failed."""
    found = {outcome.outcome for outcome in outcomes if not outcome.good}
    if not found:
        return 0
    return 3 if found == {"stale"} else 1


def told(outcome: Outcome) -> dict[str, object]:
    """One outcome for machines: plain JSON values."""
    job = outcome.job
    return {
        "report": job.report,
        "project": job.subject.name,
        "period": job.period_label,
        "audience": job.audience,
        "outcome": outcome.outcome,
        "reason": outcome.reason,
        "error": outcome.error,
        "seconds": round(outcome.seconds, 3),
        "page": str(outcome.page) if outcome.page else None,
        "failed_notebook": str(job.failed_copy) if job.failed_copy.is_file() else None,
    }
