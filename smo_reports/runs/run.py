"""Run one job: it is executed, checked, rendered and published, or its failure is put on record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from smo_reports.runs.attempts import Attempts
from smo_reports.runs.held import held
from smo_reports.runs.ledger.ledger import Asked, Ledger
from smo_reports.runs.make import Failed, Maker, make_here, publish_made, put_failure_on_record, unforeseen
from smo_reports.runs.plan import Job, is_due
from smo_reports.runs.publish import clear_aside
from smo_reports.runs.record import Record, read_record

WAITS_S = (5.0, 20.0)
"""How long to wait before the second and the third attempt, in seconds."""
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
    may_pass : bool
        Whether what it failed of may be over a little later.
    """

    job: Job
    outcome: Literal["succeeded", "stale", "unchanged", "failed", "refused", "cancelled"]
    reason: str
    seconds: float
    page: Path | None
    error: str = ""
    may_pass: bool = False

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
    waits: Sequence[float] = WAITS_S,
    maker: Maker = make_here,
    on_begin: Callable[[], None] | None = None,
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
    waits : sequence of float, optional
        Seconds before each further attempt, where what went wrong may pass; nothing else is tried twice.
    maker : Maker, optional
        Who executes and renders it; by default this process. Publishing is always done here.
    on_begin : callable, optional
        Called once, when somebody begins to make the page: never where nothing changed.

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
            clear_aside(job.folder, _files(job))
            due, reason = is_due(job)
            if not due and not force:
                return _unchanged(job, reason, started)
            reason = reason if due else "asked for"
            attempts = Attempts(_facts(job), reason, ledger, asked or Asked.here(), on_begin)
            for wait in (*waits, None):
                outcome = _tried(job, reason, stopped, attempts, maker)
                if wait is None or not outcome.may_pass or stopped.wait(wait):
                    break
            outcome = replace(outcome, seconds=time.monotonic() - started)
    except OSError as error:
        return _failure(job, "the disk", started, f"{job.name}: {error}")
    return outcome


def _files(job: Job) -> list[str]:
    """Names of all that a run may leave."""
    return [path.name for path in (job.page, job.executed, job.record, job.failed_copy, job.failed_record)]


def broken(job: Job, error: Exception) -> Outcome:
    """How a job ended of something that nobody foresaw, which must not end the jobs beside it."""
    return _failure(job, "", time.monotonic(), f"{job.name}: {unforeseen(error)}")


def _tried(job: Job, reason: str, stopped: threading.Event, attempts: Attempts, maker: Maker) -> Outcome:
    """One attempt, and its entry in the ledger."""
    try:
        outcome, facts = _made(job, reason, stopped, attempts, maker)
    except Exception as error:
        attempts.end("failed", error=unforeseen(error))
        raise
    attempts.end(_entered(outcome), error=outcome.error, **facts)
    return outcome


def _made(
    job: Job, reason: str, stopped: threading.Event, attempts: Attempts, maker: Maker
) -> tuple[Outcome, dict[str, Any]]:
    """Make and publish; the outcome, and what the ledger wants to know of it."""
    started = time.monotonic()
    try:
        made = maker(job, stopped, attempts.begin)
        if isinstance(made, Failed):
            if stopped.is_set():
                return _failure(job, reason, started, f"{job.name}: {CANCELLED}", "cancelled"), {}
            put_failure_on_record(job, started, made)
            failed = _failure(job, reason, started, made.error, "refused" if made.refused else "failed")
            return replace(failed, may_pass=made.may_pass), {}
        record = publish_made(job, started, made)
    except OSError as error:
        # A full disk, or one that is away.
        return replace(_failure(job, reason, started, f"{job.name}: {error}"), may_pass=True), {}
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
