"""Make a job's page, or put its failure on record beside the last good one."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import TYPE_CHECKING

from smo_reports.errors import AudienceError, ReportError, SmoError
from smo_reports.runs.concealed import conceal, concealed, without
from smo_reports.runs.exhibits import RestsOn, check_audience, rests_on
from smo_reports.runs.plan import Job
from smo_reports.runs.publish import digest, publish, withdraw
from smo_reports.runs.record import Record
from smo_reports.words import catalogue

if TYPE_CHECKING:
    from nbformat import NotebookNode


def make_page(job: Job, started: float, stopped: threading.Event) -> Record:
    """Execute, check, render and publish.

    Parameters
    ----------
    job : Job
    started : float
        When the run began, as ``time.monotonic`` has it.
    stopped : threading.Event
        Once set, the run fails before its next cell.

    Returns
    -------
    Record
        As it was published, last.

    Raises
    ------
    SmoError
        When the report fails or may not be had.
    OSError
        When the disk refuses; then nothing was replaced.
    """
    # papermill and nbconvert take seconds to import, which a batch with nothing to do does not pay.
    from smo_reports.runs.execute import execute
    from smo_reports.runs.render import render_page

    secrets = concealed(job.root, job.subject.projects)
    try:
        notebook = execute(job, stopped)
    except SmoError as error:
        error.args = tuple(without(str(one), secrets) for one in error.args)
        raise
    conceal(notebook, secrets)
    check_audience(notebook, job.name)
    report = f"{job.report} ({catalogue(job.subject.language)('what if')})" if job.turned else job.report
    title = f"{job.subject.title}: {report}, {job.period_label}"
    page = render_page(notebook, job.root / "templates", title=title, language=job.subject.language, code=job.code)
    contents = {job.page.name: page.encode(), job.executed.name: _as_json(notebook)}
    files = {name: digest(content) for name, content in contents.items()}
    record = _record(job, started, files=files, evidence=rests_on(notebook, job.name))
    publish(job.folder, {**contents, job.record.name: record.to_json()})
    withdraw(job.folder, (job.failed_copy.name, job.failed_record.name))
    return record


def put_failure_on_record(job: Job, started: float, error: SmoError) -> None:
    """Leave the failed copy and its record beside the last good page, which stays."""
    from smo_reports.runs.execute import RunError

    contents = {}
    if isinstance(error, RunError):
        conceal(error.notebook, concealed(job.root, job.subject.projects))
        contents[job.failed_copy.name] = _as_json(_presentable(error.notebook, job))
    else:
        withdraw(job.folder, (job.failed_copy.name,))
    contents[job.failed_record.name] = _record(job, started, error=str(error)).to_json()
    publish(job.folder, contents)


def _as_json(notebook: NotebookNode) -> bytes:
    import nbformat

    return str(nbformat.writes(notebook)).encode()  # type: ignore[no-untyped-call]


def _presentable(notebook: NotebookNode, job: Job) -> NotebookNode:
    """Return a failed run's copy, without outputs where it showed a person's figures to the wrong reader."""
    try:
        check_audience(notebook, job.name)
    except (AudienceError, ReportError):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
    return notebook


def _record(
    job: Job,
    started: float,
    *,
    files: dict[str, str] | None = None,
    error: str = "",
    evidence: RestsOn | None = None,
) -> Record:
    found = evidence or RestsOn()
    return Record(
        report=job.report,
        project=job.subject.name,
        title=job.subject.title,
        language=job.subject.language,
        time_zone=job.subject.time_zone,
        start=job.start.isoformat() if job.start else "",
        end=job.end.isoformat() if job.end else "",
        period_label=job.period_label,
        audience=job.audience,
        parameters=job.parameters,
        fingerprint=job.fingerprint,
        finished_at=dt.datetime.now(job.subject.zone).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 3),
        files=files or {},
        error=error,
        rows_used=found.rows_used,
        data_as_of=found.data_as_of,
        freshness_hours=found.freshness_hours,
        stale=found.stale,
    )
