"""Run jobs side by side.

Threads, not processes: a run's work happens in its kernel, which is a process of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from smo_reports.errors import ReportError
from smo_reports.runs.ledger.ledger import Asked, Ledger
from smo_reports.runs.ledger.pulse import pulse
from smo_reports.runs.make import Maker, make_here
from smo_reports.runs.plan import Job
from smo_reports.runs.run import WAITS_S, Outcome, broken, not_begun, run_job

OnEvent = Callable[[Job, Outcome | None], None]
"""Called when somebody begins to make a page (None), and when a job has ended; never by two threads at once."""


def run_jobs(
    jobs: Sequence[Job],
    workers: int = 2,
    on_event: OnEvent | None = None,
    *,
    force: bool = False,
    ledger: Ledger | None = None,
    asked: Asked | None = None,
    draining: threading.Event | None = None,
    waits: Sequence[float] = WAITS_S,
    maker: Maker = make_here,
) -> list[Outcome]:
    """Run jobs; one that fails does not stop the rest.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int, optional
        How many run at once, at least 1.
    on_event : callable, optional
        Hears when a page is begun and when a job ends.
    force : bool, optional
        Run also what has not changed.
    ledger : Ledger, optional
        Where runs are entered.
    asked : Asked, optional
        Who asked for them. Default: whoever runs this program.
    draining : threading.Event, optional
        Once set, no further job is begun: those are *cancelled*.
    waits : sequence of float, optional
        Seconds before each further attempt at what may pass.
    maker : Maker, optional
        Who executes and renders them; by default this process.

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
        if draining is not None and draining.is_set():
            return not_begun(job)
        try:
            outcome = run_job(
                job,
                force=force,
                stopped=stopped,
                ledger=ledger,
                asked=asked,
                waits=waits,
                maker=maker,
                on_begin=lambda: tell(job, None),
            )
        except Exception as error:  # noqa: BLE001  (whatever it is, the reports beside it are made)
            outcome = broken(job, error)
        tell(job, outcome)
        return outcome

    with pulse(ledger), ThreadPoolExecutor(max_workers=workers, thread_name_prefix="run") as pool:
        futures: list[Future[Outcome]] = [pool.submit(run, job) for job in jobs]
        try:
            wait(futures)
        except BaseException:
            # Ctrl-C: what waits is not started, what runs ends with its current cell.
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]
