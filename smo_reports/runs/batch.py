"""Run jobs side by side: each is executed, checked, rendered and published, or its failure is put on record.

Threads, not processes: a run's work happens in its kernel, which is a process of its own.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from smo_reports.errors import AudienceError, ReportError, SmoError
from smo_reports.runs.exhibits import check_audience
from smo_reports.runs.plan import Job, is_due
from smo_reports.runs.publish import digest, publish, withdraw
from smo_reports.runs.record import Record

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Outcome:
    """How one job ended.

    Attributes
    ----------
    job : Job
    outcome : {"succeeded", "unchanged", "failed"}
    reason : str
        Why it ran, or ``nothing changed``.
    seconds : float
    page : Path or None
        The page that can be read now; after a failure the last good one.
    error : str
        One line; empty unless it failed.
    """

    job: Job
    outcome: Literal["succeeded", "unchanged", "failed"]
    reason: str
    seconds: float
    page: Path | None
    error: str = ""


OnEvent = Callable[[Job, Outcome | None], None]
"""Called when a job starts (None) and when it has ended; never by two threads at once."""


def run_jobs(
    jobs: Sequence[Job], workers: int = 2, on_event: OnEvent | None = None, *, force: bool = False
) -> list[Outcome]:
    """Run jobs; one that fails does not stop the rest.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int, optional
        How many run at once, at least 1.
    on_event : callable, optional
        Hears when a job starts and ends.
    force : bool, optional
        Run also what has not changed.

    Returns
    -------
    list of Outcome
        In the order of ``jobs``.

    Raises
    ------
    ReportError
        When two jobs would write the same page; nothing is run then.
    """
    pages = [job.page for job in jobs]
    for number, page in enumerate(pages):
        if page in pages[:number]:
            raise ReportError(f"two jobs would write {page}; ask for {jobs[number].name} once")
    telling, stopped = threading.Lock(), threading.Event()

    def tell(job: Job, outcome: Outcome | None) -> None:
        if on_event is not None:
            with telling:
                on_event(job, outcome)

    def run(job: Job) -> Outcome:
        tell(job, None)
        outcome = run_job(job, force=force, stopped=stopped)
        tell(job, outcome)
        return outcome

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="run") as pool:
        futures: list[Future[Outcome]] = [pool.submit(run, job) for job in jobs]
        try:
            wait(futures)
        except BaseException:
            # Ctrl-C: what waits is not started, what runs ends with its current cell.
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def run_job(job: Job, *, force: bool = False, stopped: threading.Event | None = None) -> Outcome:
    """Run one job if it is due, and publish its page or put its failure on record.

    Parameters
    ----------
    job : Job
    force : bool, optional
        Run it even when nothing changed.
    stopped : threading.Event, optional
        Once set, the run fails before its next cell.

    Returns
    -------
    Outcome
        Errors of the report are told in it, never raised.
    """
    started = time.monotonic()
    due, reason = is_due(job)
    if not due and not force:
        return Outcome(job, "unchanged", reason, time.monotonic() - started, job.page)
    reason = reason if due else "asked for"
    try:
        try:
            _execute_and_publish(job, started, stopped or threading.Event())
        except SmoError as error:
            _put_failure_on_record(job, started, error)
            return _failure(job, reason, started, str(error))
    except OSError as error:
        return _failure(job, reason, started, f"{job.name}: {error}")
    return Outcome(job, "succeeded", reason, time.monotonic() - started, job.page)


def _failure(job: Job, reason: str, started: float, error: str) -> Outcome:
    page = job.page if job.page.is_file() else None
    return Outcome(job, "failed", reason, time.monotonic() - started, page, error)


def _execute_and_publish(job: Job, started: float, stopped: threading.Event) -> None:
    # papermill and nbconvert take seconds to import, which a batch with nothing to do does not pay.
    from smo_reports.runs.execute import execute
    from smo_reports.runs.render import render_page

    notebook = execute(job, stopped)
    check_audience(notebook, job.name)
    title = f"{job.subject.title}: {job.report}, {job.period_label}"
    page = render_page(notebook, job.root / "templates", title=title, language=job.subject.language, code=job.code)
    contents = {job.page.name: page.encode(), job.executed.name: _as_json(notebook)}
    files = {name: digest(content) for name, content in contents.items()}
    record = _record(job, started, files=files).to_json()
    publish(job.folder, {**contents, job.record.name: record})
    withdraw(job.folder, (job.failed_copy.name, job.failed_record.name))


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


def _record(job: Job, started: float, *, files: dict[str, str] | None = None, error: str = "") -> Record:
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
    )
