"""Run one job: it is executed, checked, rendered and published, or its failure is put on record."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from smo_reports.errors import AudienceError, ReportError, SmoError
from smo_reports.runs.exhibits import RestsOn, check_audience, rests_on
from smo_reports.runs.held import held
from smo_reports.runs.ledger.ledger import Asked, Ledger, entry_of
from smo_reports.runs.plan import Job, is_due
from smo_reports.runs.publish import digest, publish, withdraw
from smo_reports.runs.record import Record, read_record
from smo_reports.words import catalogue

if TYPE_CHECKING:
    from nbformat import NotebookNode

CANCELLED = "stopped before it was done; run it again"


@dataclass(frozen=True)
class Outcome:
    """How one job ended.

    Attributes
    ----------
    job : Job
    outcome : {"succeeded", "stale", "unchanged", "failed", "refused", "cancelled"}
        *stale*: there is a page, and it says that its data is older than the project allows. *refused*: the page may
        not be had, as one that shows people to others than their lead.
    reason : str
        Why it ran, or ``nothing changed``.
    seconds : float
    page : Path or None
        The page that can be read now; after a failure the last good one.
    error : str
        One line; empty unless it failed.
    """

    job: Job
    outcome: Literal["succeeded", "stale", "unchanged", "failed", "refused", "cancelled"]
    reason: str
    seconds: float
    page: Path | None
    error: str = ""

    @property
    def good(self) -> bool:
        """Whether all is as it should be: the page is there, and what it says is fresh."""
        return self.outcome in ("succeeded", "unchanged")


def not_begun(job: Job) -> Outcome:
    """How a job ended that was not begun any more."""
    page = job.page if job.page.is_file() else None
    return Outcome(job, "cancelled", "", 0.0, page, f"{job.name}: not begun, since the program was being stopped")


def run_job(
    job: Job,
    *,
    force: bool = False,
    stopped: threading.Event | None = None,
    ledger: Ledger | None = None,
    asked: Asked | None = None,
) -> Outcome:
    """Run one job if it is due, and publish its page or put its failure on record.

    Parameters
    ----------
    job : Job
    force : bool, optional
        Run it even when nothing changed.
    stopped : threading.Event, optional
        Once set, the run fails before its next cell.
    ledger : Ledger, optional
    asked : Asked, optional

    Returns
    -------
    Outcome
        Errors of the report are told in it, never raised.
    """
    started = time.monotonic()
    stopped = stopped or threading.Event()
    try:
        # Two programs that make the same page at once would mix their files; the second finds it made.
        with held(job.root, job.page):
            due, reason = is_due(job)
            if not due and not force:
                return _unchanged(job, reason, started)
            reason = reason if due else "asked for"
            entry = None if ledger is None else ledger.begin(entry_of(_facts(job), asked or Asked.here(), reason))
            outcome, facts = _made(job, reason, started, stopped)
            if ledger is not None and entry is not None:
                ledger.end(entry, _entered(outcome), error=outcome.error, **facts)
    except OSError as error:
        return _failure(job, "the disk", started, f"{job.name}: {error}")
    return outcome


def _made(job: Job, reason: str, started: float, stopped: threading.Event) -> tuple[Outcome, dict[str, Any]]:
    """Execute and publish; the outcome, and what the ledger wants to know of it."""
    try:
        try:
            record = _execute_and_publish(job, started, stopped)
        except SmoError as error:
            if stopped.is_set():
                return _failure(job, reason, started, f"{job.name}: {CANCELLED}", "cancelled"), {}
            _put_failure_on_record(job, started, error)
            refused = isinstance(error, AudienceError)
            return _failure(job, reason, started, str(error), "refused" if refused else "failed"), {}
    except OSError as error:
        return _failure(job, reason, started, f"{job.name}: {error}"), {}
    facts = {"files": record.files, "rows_used": record.rows_used, "data_as_of": record.data_as_of}
    return _outcome(job, record, reason, started), facts


def _outcome(job: Job, record: Record, reason: str, started: float) -> Outcome:
    made = time.monotonic() - started
    if record.stale:
        return Outcome(job, "stale", reason, made, job.page, "its data is older than the project allows")
    return Outcome(job, "succeeded", reason, made, job.page)


def _unchanged(job: Job, reason: str, started: float) -> Outcome:
    """Nothing to do; a page that says that its data is stale is none that is as it should be."""
    record = read_record(job.record)
    if record is not None and record.stale:
        said = "its data is still older than the project allows"
        return Outcome(job, "stale", reason, time.monotonic() - started, job.page, said)
    return Outcome(job, "unchanged", reason, time.monotonic() - started, job.page)


def _entered(outcome: Outcome) -> Literal["succeeded", "stale", "failed", "refused", "cancelled"]:
    """As the ledger has it: what is unchanged is no run."""
    return "succeeded" if outcome.outcome == "unchanged" else outcome.outcome


def _failure(
    job: Job,
    reason: str,
    started: float,
    error: str,
    outcome: Literal["failed", "refused", "cancelled"] = "failed",
) -> Outcome:
    page = job.page if job.page.is_file() else None
    return Outcome(job, outcome, reason, time.monotonic() - started, page, error)


def _facts(job: Job) -> dict[str, Any]:
    """What the ledger has of a job; the folder as seen from the workspace, which may lie elsewhere on another host."""
    inside = job.folder.is_relative_to(job.root)
    return {
        "report": job.report,
        "project": job.subject.name,
        "stem": job.stem,
        "period_label": job.period_label,
        "period_start": job.start.isoformat() if job.start else "",
        "period_end": job.end.isoformat() if job.end else "",
        "audience": job.audience,
        "parameters": job.parameters,
        "fingerprint": job.fingerprint,
        "folder": (job.folder.relative_to(job.root) if inside else job.folder).as_posix(),
    }


def _execute_and_publish(job: Job, started: float, stopped: threading.Event) -> Record:
    # papermill and nbconvert take seconds to import, which a batch with nothing to do does not pay.
    from smo_reports.runs.execute import execute
    from smo_reports.runs.render import render_page

    notebook = execute(job, stopped)
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


def _put_failure_on_record(job: Job, started: float, error: SmoError) -> None:
    from smo_reports.runs.execute import RunError

    contents = {}
    if isinstance(error, RunError):
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
