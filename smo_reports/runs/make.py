"""Make a job's page, which may be done elsewhere; and publish it, or put its failure on record, which is done here."""

from __future__ import annotations

import datetime as dt
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from smo_reports.errors import AudienceError, ReportError, SmoError
from smo_reports.runs.concealed import conceal, concealed, message
from smo_reports.runs.exhibits import RestsOn, check_audience, rests_on
from smo_reports.runs.plan import Job
from smo_reports.runs.publish import digest, publish, withdraw
from smo_reports.runs.record import Record
from smo_reports.words import catalogue

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Made:
    """A page that may be published, its executed notebook, and what it rests on."""

    page: bytes = field(repr=False)
    executed: bytes = field(repr=False)
    evidence: RestsOn


@dataclass(frozen=True)
class Failed:
    """Why there is no page.

    Attributes
    ----------
    error : str
        One line.
    refused : bool
        Whether the page may not be had, as one that shows people to others than their lead.
    may_pass : bool
        Whether the same may succeed a little later.
    copy : bytes
        The notebook as far as it came; empty where it did not come to be executed.
    """

    error: str
    refused: bool = False
    may_pass: bool = False
    copy: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Place:
    """Another process that makes a page, as the ledger has it."""

    host: str
    pid: int


Begun = Callable[[Place | None], None]
"""Called whenever a process begins a page: this one (None) or another."""
Maker = Callable[[Job, threading.Event, Begun], Made | Failed]
"""Makes a page, here or elsewhere; it stops before its next cell once the event is set."""


def make_here(job: Job, stopped: threading.Event, begun: Begun) -> Made | Failed:
    """Make a page in this process and a kernel of its own.

    Raises
    ------
    OSError
        When the disk refuses.
    """
    begun(None)
    return make(job, stopped)


def make(job: Job, stopped: threading.Event) -> Made | Failed:
    """Execute, check and render; nothing is published.

    Parameters
    ----------
    job : Job
    stopped : threading.Event
        Once set, the run fails before its next cell.

    Raises
    ------
    OSError
        When the disk refuses.
    """
    try:
        return _made(job, stopped)
    except SmoError as error:
        copy = _copy(error, job)
        refused, may_pass = isinstance(error, AudienceError), bool(getattr(error, "may_pass", False))
        return Failed(message(str(error), _secrets(job)), refused, may_pass, copy)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  (a cell may show what neither notebook nor page can hold)
        return Failed(message(f"{job.name}: {unforeseen(error)}", _secrets(job)))


def _secrets(job: Job) -> dict[str, str]:
    """What nothing that the job leaves may say; what its notebook says in the clear is none."""
    public = job.notebook.read_text("utf-8", errors="replace") if job.notebook.is_file() else ""
    return concealed(job.root, job.subject.projects, public)


def unforeseen(error: Exception) -> str:
    """What nobody foresaw, in one line with the place where it came up."""
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    where = f"{Path(frame[0].filename).name}, line {frame[0].lineno}" if frame else "somewhere"
    if type(error).__name__ == "NotebookValidationError":
        said = str(error).strip().splitlines()[0]
        return f"a cell shows something that no notebook can hold ({said}); show text, or an exhibit"
    said = (str(error).strip().splitlines() or ["no message"])[0]
    return (
        f"{type(error).__name__}: {said} ({where}); if the notebook is as it was, report it as a fault of SMO Reports"
    )


def _made(job: Job, stopped: threading.Event) -> Made:
    # papermill and nbconvert take seconds to import, which a batch with nothing to do does not pay.
    from smo_reports.runs.execute import execute
    from smo_reports.runs.render import render_page

    notebook = execute(job, stopped)
    conceal(notebook, _secrets(job))
    check_audience(notebook, job.name)
    report = f"{job.report} ({catalogue(job.subject.language)('what if')})" if job.turned else job.report
    title = f"{job.subject.title}: {report}, {job.period_label}"
    page = render_page(notebook, job.root / "templates", title=title, language=job.subject.language, code=job.code)
    return Made(page.encode(), _as_json(notebook), rests_on(notebook, job.name))


def _copy(error: SmoError, job: Job) -> bytes:
    """What a run that failed had done, as far as its reader may see it."""
    from smo_reports.runs.execute import RunError

    if not isinstance(error, RunError):
        return b""
    conceal(error.notebook, _secrets(job))
    return _as_json(_presentable(error.notebook, job))


def publish_made(job: Job, started: float, made: Made) -> Record:
    """Put a page where readers look.

    Parameters
    ----------
    job : Job
    started : float
        When the run began, as ``time.monotonic`` has it.
    made : Made

    Returns
    -------
    Record
        As it was published, last.

    Raises
    ------
    OSError
        When the disk refuses; then nothing was replaced.
    """
    contents = {job.page.name: made.page, job.executed.name: made.executed}
    files = {name: digest(content) for name, content in contents.items()}
    record = _record(job, started, files=files, evidence=made.evidence)
    publish(job.folder, {**contents, job.record.name: record.to_json()})
    withdraw(job.folder, (job.failed_copy.name, job.failed_record.name))
    return record


def put_failure_on_record(job: Job, started: float, failed: Failed) -> None:
    """Leave the failed copy and its record beside the last good page, which stays."""
    contents = {}
    if failed.copy:
        contents[job.failed_copy.name] = failed.copy
    else:
        withdraw(job.folder, (job.failed_copy.name,))
    contents[job.failed_record.name] = _record(job, started, error=failed.error).to_json()
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
