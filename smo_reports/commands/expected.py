"""How long a batch should still take, from how long its pages took lately."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from smo_reports.runs.plan import Job


class Expected:
    """What is running, what waits, and how long that should take.

    Parameters
    ----------
    jobs : sequence of Job
    usual : mapping of (project, stem) to float
        Seconds that each page took lately, as the ledger has them. A page that was never made is taken to need what
        the same report usually needs elsewhere.
    workers : int
        How many run at once.
    clock : callable, optional
        Seconds, as ``time.monotonic`` has them.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        usual: Mapping[tuple[str, str], float],
        workers: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._usual, self._workers, self._clock = usual, workers, clock
        self._waiting = {job.page: self.seconds(job) for job in jobs}
        self._running: dict[Path, tuple[Job, float]] = {}
        self._changing = threading.Lock()  # a bar is drawn by a thread of its own

    def seconds(self, job: Job) -> float | None:
        """How long one page should take; None where nothing like it was ever made."""
        own = self._usual.get((job.subject.name, job.stem))
        if own is not None:
            return own
        alike = [seconds for (_, stem), seconds in self._usual.items() if stem == job.stem]
        return median(alike) if alike else None

    def begun(self, job: Job) -> None:
        """A job runs from now on."""
        with self._changing:
            self._waiting.pop(job.page, None)
            self._running[job.page] = (job, self._clock())

    def ended(self, job: Job) -> None:
        """A job is done, however it ended."""
        with self._changing:
            self._waiting.pop(job.page, None)
            self._running.pop(job.page, None)

    def what_runs(self) -> list[str]:
        """The running jobs, each with the time that it should take: ``kpi of demo, 2026-W46 (3 of some 9 s)``."""
        now = self._clock()
        with self._changing:
            return [self._one(job, now - since) for job, since in self._running.values()]

    def _one(self, job: Job, for_s: float) -> str:
        usual = self.seconds(job)
        return f"{job.name} ({for_s:.0f} s)" if usual is None else f"{job.name} ({for_s:.0f} of some {usual:.0f} s)"

    def left(self) -> float | None:
        """Seconds until all is done, at least as long as the longest needs; None while any job's time is unknown."""
        now = self._clock()
        with self._changing:
            each = [*self._waiting.values(), *(self._of(job, now - since) for job, since in self._running.values())]
        known = [seconds for seconds in each if seconds is not None]
        return None if not known or len(known) < len(each) else max(sum(known) / self._workers, *known)

    def _of(self, job: Job, for_s: float) -> float | None:
        usual = self.seconds(job)
        return None if usual is None else max(usual - for_s, 0.0)
