"""Plan a run: what to execute, with what, into which folder, and whether anything changed since then."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path

from smo_reports.errors import ParameterError, ReportError, nearest
from smo_reports.project import NAME, Project, Workspace
from smo_reports.runs.fingerprint import fingerprint, what_changed
from smo_reports.runs.parameters import ALWAYS, PERSON, PINS, check_parameters, read_parameters
from smo_reports.runs.person import check_person
from smo_reports.runs.publish import digest
from smo_reports.runs.record import Audience, read_record
from smo_reports.runs.subject import Subject, of_project
from smo_reports.runs.what_if import suffix, turned

TIMEOUT_S = 900.0
"""How long a report may run, in seconds, unless a job says otherwise."""

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Job:
    """One report for one period and audience, of one project, of several, or of one person.

    Attributes
    ----------
    report : str
    subject : Subject
        The project or projects.
    start, end : date or None
        The end is exclusive; None is unbounded.
    period_label : str
        The folder's name, such as ``2026-W46``.
    audience : {"stakeholder", "lead"}
    parameters : dict
        Checked, with project and period.
    root, folder : Path
        The workspace, and where the page goes.
    fingerprint : dict of str to str
        What the page will be made from, part by part.
    timeout : float
        Seconds.
    memory : int
        Bytes that the kernel may have, 0 for no limit.
    code : bool
        Show the notebook's code on the page.
    data_known : bool
        Whether the source can tell that its rows are the same as before.
    turned : dict
        The parameters that differ from the project's own: such a page stands beside the project's.
    """

    report: str
    subject: Subject
    start: dt.date | None
    end: dt.date | None
    period_label: str
    audience: Audience
    parameters: dict[str, object]
    root: Path
    folder: Path
    fingerprint: dict[str, str]
    timeout: float = TIMEOUT_S
    memory: int = 0
    code: bool = False
    data_known: bool = True
    turned: dict[str, object] = field(default_factory=dict)

    @property
    def notebook(self) -> Path:
        """The report's notebook."""
        return self.root / "notebooks" / f"{self.report}.ipynb"

    @property
    def stem(self) -> str:
        """The artefacts' common name: ``kpi``, ``kpi.lead``, ``kpi.what-if.weeks_8``, ``scorecard.P-JQ4CHM6W.lead``."""
        whose = [str(self.parameters[PERSON])] if PERSON in self.parameters else []
        other = [suffix(self.turned)] if self.turned else []
        return ".".join([self.report, *whose, *other, *([] if self.audience == "stakeholder" else [self.audience])])

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / f"{self.stem}.html"

    @property
    def executed(self) -> Path:
        """The executed copy of the notebook."""
        return self.folder / f"{self.stem}.ipynb"

    @property
    def record(self) -> Path:
        """The record of the last good run."""
        return self.folder / f"{self.stem}.json"

    @property
    def failed_copy(self) -> Path:
        """The executed copy of a run that failed later."""
        return self.folder / f"{self.stem}.failed.ipynb"

    @property
    def failed_record(self) -> Path:
        """The record of a run that failed later."""
        return self.folder / f"{self.stem}.failed.json"

    @property
    def name(self) -> str:
        """What messages call the job: ``kpi of demo, 2026-W46``."""
        return f"{self.stem} of {self.subject.name}, {self.period_label}"


def _check_names(root: Path, report: str, period_label: str, given: dict[str, object]) -> Path:
    folder = root / "notebooks"
    known = [path.stem for path in folder.glob("*.ipynb")]
    if not NAME.fullmatch(report) or report not in known:
        raise ReportError(f"no report {report!r} in {folder}; {nearest(report, known)}")
    if not _LABEL.fullmatch(period_label):
        raise ReportError(f"{period_label!r} cannot name a folder; use letters, digits, '.', '_' and '-'")
    for name in (*ALWAYS, *PINS):
        if name in given:
            raise ParameterError(f"report {report!r}: {name!r} is set by the run itself; leave it out")
    return folder / f"{report}.ipynb"


def plan_job(
    workspace: Workspace,
    subject: Subject | Project,
    report: str,
    start: dt.date | None,
    end: dt.date | None,
    period_label: str,
    *,
    audience: Audience = "stakeholder",
    given: dict[str, object] | None = None,
    own: dict[str, object] | None = None,
    data_version: int | dict[str, int] = 0,
    data_fingerprint: str | None = "",
    out: Path | None = None,
    timeout: float = TIMEOUT_S,
    memory: int = 0,
    code: bool = False,
) -> Job:
    """Plan one run; nothing is executed and nothing is written.

    Parameters
    ----------
    workspace : Workspace
    subject : Subject or Project
        What the page is of.
    report : str
        Name of a notebook in the workspace's ``notebooks/``.
    start, end : date or None
        The period, its end exclusive; None is unbounded.
    period_label : str
        A folder's name.
    audience : {"stakeholder", "lead"}, optional
    given : dict, optional
        Further parameters by name; text is read as the declared type. A ``person`` is given by pseudonym. Where they
        differ from what the project itself runs with, the page is one beside the project's.
    own : dict, optional
        What the project itself runs with, where that is not the notebook's default.
    data_version : int or dict of str to int, optional
        The tables' version that the run reads; by project where the report shows several.
    data_fingerprint : str, optional
        Whatever changes when the rows that the report reads change; None where the source cannot tell, and the
        report is then always due.
    out : Path, optional
        Where pages go; default ``reports`` in the workspace.
    timeout : float, optional
        Seconds that the whole report may take.
    memory : int, optional
        Bytes that it may have; by default no limit.
    code : bool, optional
        Show the notebook's code on the page.

    Returns
    -------
    Job

    Raises
    ------
    ReportError
        When there is no such report or its parameters cell is malformed.
    ParameterError
        When a parameter is unknown, of the wrong type or out of bounds, or when a report of one person is not told
        whose.
    AudienceError
        When somebody else than a lead would get a person's page.
    """
    subject = of_project(subject) if isinstance(subject, Project) else subject
    notebook = _check_names(workspace.root, report, period_label, given or {})
    declared = read_parameters(notebook)
    check_person(report, declared, given or {}, audience)
    values: dict[str, object] = {
        "project": subject.parameter,
        "start": start.isoformat() if start else "",
        "end": end.isoformat() if end else "",
        **{name: data_version for name in PINS if name in declared},
    }
    parameters = check_parameters(notebook, {**values, **(own or {}), **(given or {})})
    return Job(
        report=report,
        subject=subject,
        start=start,
        end=end,
        period_label=period_label,
        audience=audience,
        parameters=parameters,
        root=workspace.root,
        folder=(out or workspace.root / "reports") / subject.name / report / period_label,
        fingerprint=fingerprint(workspace.root, notebook, subject.projects, parameters, data_fingerprint or "", code),
        timeout=timeout,
        memory=memory,
        code=code,
        data_known=data_fingerprint is not None,
        turned=turned(notebook, parameters, own or {}),
    )


def is_due(job: Job) -> tuple[bool, str]:
    """Say whether a job has to run, and why.

    Returns
    -------
    due : bool
    reason : str
        ``nothing changed``, ``first run``, ``the data changed``, ``the page is missing`` …
    """
    if job.failed_record.is_file():
        return True, "the last run failed"
    record = read_record(job.record)
    if record is None:
        return True, "first run"
    for path, what in ((job.page, "the page"), (job.executed, "the executed notebook")):
        if not path.is_file():
            return True, f"{what} is missing"
        if digest(path.read_bytes()) != record.files.get(path.name):
            return True, f"{what} is not the one that was published"
    if not job.data_known:
        return True, "the source cannot tell whether its rows changed"
    if changed := what_changed(record.fingerprint, job.fingerprint):
        return True, changed
    if record.has_grown_stale(dt.datetime.now(dt.UTC)):
        return True, "the data has become older than the project allows"
    return False, "nothing changed"
