"""Run reports when they are to be run: once each, whichever host gets to it first."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from smo_reports.commands.executor import makers
from smo_reports.commands.index import renew_index
from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.errors import ExecutorError, SmoError
from smo_reports.project import ALL_PROJECTS, Project, Workspace, find_workspace, load_project
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.ledger import Asked, open_ledger
from smo_reports.runs.ledger.leases import Leases
from smo_reports.runs.plan import Job
from smo_reports.runs.run import Outcome
from smo_reports.runs.slots import Line, Slot, coming, due, lines

LEASE_S = 120.0
"""How long a slot stays taken by a program that says no more, in seconds."""
TICK_S = 20.0
"""How often the clock and the files are looked at, in seconds."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 30.0, 1800.0
"""How long a slot that cannot be planned waits for the next try: twice as long each time."""

Tell = Callable[[str], None]
T = TypeVar("T")


class Scheduler:
    """Looks at the clock and runs what is due.

    Parameters
    ----------
    root : Path
        The workspace.
    tell : callable
        Takes one line for whoever reads the log.
    draining : threading.Event, optional
        Once set, nothing is begun any more; what runs is finished.
    lease : float, optional
        How long a slot stays taken by a program that says no more, in seconds; it is renewed six times as often.
    executor : str, optional
        Where reports are made; by default as ``smo.yaml`` says.
    """

    def __init__(
        self,
        root: Path,
        tell: Tell,
        draining: threading.Event | None = None,
        *,
        lease: float = LEASE_S,
        executor: str = "",
    ) -> None:
        self.root, self.tell, self.lease, self.executor = root, tell, lease, executor
        self.draining = draining or threading.Event()
        self.workspace = find_workspace(root)
        self.ledger = open_ledger(self.workspace)
        self.leases = Leases(self.ledger, f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}")
        self._projects: dict[str, Project] = {}
        self._said: dict[str, str] = {}
        self._waits: dict[str, tuple[dt.datetime, float]] = {}
        self._unfinished: set[str] = set()

    def run(self) -> None:
        """Tick until drained."""
        while not self.draining.is_set():
            self.tick(dt.datetime.now(dt.UTC))
            self.draining.wait(TICK_S)

    @property
    def troubled(self) -> bool:
        """Whether a file, the ledger or a plan stands in the way of something now."""
        return bool(self._said or self._waits)

    def lines(self) -> list[Line]:
        """Cron lines as the files have them now; a file that cannot be read counts as it was, and that is said once."""
        workspace = self._read("smo.yaml", lambda: find_workspace(self.root))
        self.workspace = workspace or self.workspace
        names = self.workspace.projects
        for name in names:
            project = self._read(f"params/{name}.yaml", functools.partial(load_project, name, self.workspace))
            if project is not None:
                self._projects[name] = project
        return lines(self.workspace, [self._projects[name] for name in names if name in self._projects])

    def _read(self, where: str, read: Callable[[], T]) -> T | None:
        try:
            found = read()
        except (SmoError, OSError) as error:
            if self._said.get(where) != str(error):
                self.tell(f"{where} cannot be read and counts as it was: {error}")
            self._said[where] = str(error)
            return None
        if self._said.pop(where, None):
            self.tell(f"{where} can be read again")
        return found

    def tick(self, now: dt.datetime) -> list[Outcome]:
        """Run what is due now; give how it ended."""
        self.ledger.catch_up()
        slots = due(self.lines(), now, dt.timedelta(hours=self.workspace.catch_up_hours))
        over = self.leases.done([slot.name for slot in slots])
        if over is None:
            self._once("the ledger cannot be reached: nothing is run until it can, so that nothing is run twice")
            return []
        self._said.pop("ledger", None)
        self._say_again(over)
        self._give_up(slots)
        open_still = [slot for slot in slots if slot.name not in over | self._unfinished]
        taken = [slot for slot in open_still if self._may(slot, now) and self._take(slot)]
        # Renewed from here on: to plan ninety reports may take longer than a lease.
        with self._renewed([slot.name for slot in taken]):
            planned = [(slot, jobs) for slot in taken if (jobs := self._plan(slot, now)) is not None]
            try:
                outcomes = self._run([job for _, jobs in planned for job in jobs])
            except ExecutorError as error:
                for slot, _ in planned:
                    self._later(slot, now, "run", error)
                return []
        for slot, jobs in planned:
            self._end(slot, [outcome for outcome in outcomes if outcome.job in jobs])
        if planned:
            renew_index(self.workspace, self.workspace.root / "reports", self.tell)
            self.leases.forget(now - dt.timedelta(hours=2 * self.workspace.catch_up_hours + 24))
        return outcomes

    def _say_again(self, over: set[str]) -> None:
        """Finish slots whose end could not be entered: their reports are made, and nobody is to make them again."""
        self._unfinished -= over
        self._unfinished -= {name for name in self._unfinished if self.leases.finish(name)}

    def _give_up(self, slots: Sequence[Slot]) -> None:
        """Say of slots that could not be run that they will not be any more."""
        for name in self._waits.keys() - {slot.name for slot in slots}:
            del self._waits[name]
            self.tell(f"{name.removeprefix('slot:')} could not be run and is given up: a later slot takes its place")

    def _once(self, said: str) -> None:
        if self._said.get("ledger") != said:
            self.tell(said)
        self._said["ledger"] = said

    def _may(self, slot: Slot, now: dt.datetime) -> bool:
        return now >= self._waits.get(slot.name, (now, 0.0))[0]

    def _take(self, slot: Slot) -> bool:
        return not self.draining.is_set() and self.leases.take(slot.name, self.lease)

    def _plan(self, slot: Slot, now: dt.datetime) -> list[Job] | None:
        """A slot's jobs, with the period that was the usual one at its time; None where they cannot be planned now."""
        projects = () if slot.subject == ALL_PROJECTS else (slot.subject,)
        wanted = Wanted(reports=(slot.report,), projects=projects, audiences=("stakeholder", "lead"))
        try:
            jobs = plan_reports(self.workspace, wanted, slot.at)
        except (SmoError, OSError) as error:
            self._later(slot, now, "planned", error)
            return None
        late = now - slot.at
        if late > dt.timedelta(minutes=5):
            self.tell(f"{slot.report} of {slot.subject}: {slot.at:%Y-%m-%d %H:%M %Z} was missed and is made up for")
        return jobs

    def _later(self, slot: Slot, now: dt.datetime, what: str, error: SmoError | OSError) -> None:
        """Give a slot back that cannot be run now, and try it again after a while."""
        wait = min(2 * self._waits.get(slot.name, (now, _FIRST_WAIT_S / 2))[1], _LONGEST_WAIT_S)
        self._waits[slot.name] = (now + dt.timedelta(seconds=wait), wait)
        self.leases.give_back(slot.name)
        self.tell(f"{slot.report} of {slot.subject} cannot be {what} and is tried again in {wait:g} s: {error}")

    def _run(self, jobs: Sequence[Job]) -> list[Outcome]:
        if not jobs:
            return []

        def tell(_job: Job, outcome: Outcome | None) -> None:
            if outcome is not None:
                self.tell(said(outcome))

        with makers(self.executor, self.workspace, jobs, None) as (maker, workers):
            return run_jobs(
                jobs,
                workers,
                tell,
                ledger=self.ledger,
                asked=Asked.here("schedule"),
                draining=self.draining,
                maker=maker,
            )

    def _end(self, slot: Slot, outcomes: Sequence[Outcome]) -> None:
        if any(outcome.outcome == "cancelled" for outcome in outcomes):
            self.leases.give_back(slot.name)
        else:
            self._waits.pop(slot.name, None)
            if not self.leases.finish(slot.name):
                self._unfinished.add(slot.name)

    @contextmanager
    def _renewed(self, names: Sequence[str]) -> Iterator[None]:
        """Keep leases while the block runs."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(self.lease / 6):
                for name in names:
                    self.leases.renew(name, self.lease)

        thread = threading.Thread(target=renew, name="leases", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def said(outcome: Outcome) -> str:
    """One outcome on one line of a log."""
    why = outcome.error.removeprefix(f"{outcome.job.name}: ") or outcome.reason
    return f"{outcome.outcome} after {outcome.seconds:.1f} s: {outcome.job.name}: {why}"


def next_slots(workspace: Workspace, now: dt.datetime, most: int) -> list[Slot]:
    """What is coming, in order.

    Raises
    ------
    SmoError
        When a project cannot be read.
    """
    projects = [load_project(name, workspace) for name in workspace.projects]
    return list(itertools.islice(coming(lines(workspace, projects), now), most))
