"""Write runs to the ledger, and read them: a database that is away for a while delays nothing and loses nothing."""

from __future__ import annotations

import datetime as dt
import functools
import getpass
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, TypeVar

import psutil
import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from smo_reports.runs.ledger.entry import Entry, Outcome, iso, new_id
from smo_reports.runs.ledger.tables import runs
from smo_reports.runs.ledger.unrecorded import Unrecorded

T = TypeVar("T")

BEAT_S = 10.0
"""How often a process says that it is still there, in seconds."""
LOST_S = 60.0
"""After so many seconds without a word from its process a run is taken as ended."""
_PATIENCE_S = 8.0
"""How long a database that is away is waited for, in seconds."""
_AWAY_S = 30.0
"""For so long after it was waited for in vain it is only tried, in seconds."""
_LATELY = 5
"""Of how many good runs a page's usual time is the median."""

LOST = "the program that ran it ended before the run did; run it again"


@dataclass(frozen=True)
class Asked:
    """Who asked for a run, and through what: ``command``, ``schedule``, ``rerun``."""

    by: str
    through: str = "command"

    @classmethod
    def here(cls, through: str = "command") -> Asked:
        """Whoever runs this program."""
        try:
            return cls(getpass.getuser(), through)
        except (KeyError, OSError):
            # A container may run under a number that no account has.
            return cls(f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown", through)


class Ledger:
    """Runs in a database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    unrecorded : Unrecorded
        Where runs wait while the database cannot be reached.
    """

    def __init__(self, engine: sa.Engine, unrecorded: Unrecorded) -> None:
        self.engine, self.unrecorded = engine, unrecorded
        self._running: dict[str, Entry] = {}
        self._lock = threading.Lock()
        self._away_until = 0.0

    def attempt(self, what: Callable[[sa.Engine], T], patience: float = _PATIENCE_S) -> T | None:
        """Do something with the database, several times if it is away; None where it stays away."""
        if time.monotonic() < self._away_until:
            # It was waited for a moment ago: ninety reports are not to wait ninety times.
            patience = 0.0
        retrying = Retrying(
            retry=retry_if_exception_type((sa.exc.OperationalError, sa.exc.InterfaceError)),
            wait=wait_random_exponential(0.1, max=1.0),
            stop=stop_after_delay(patience),
            reraise=True,
        )
        try:
            return retrying(what, self.engine)
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            self._away_until = time.monotonic() + _AWAY_S
            return None

    @property
    def reachable(self) -> bool:
        """Whether the database answers now."""
        return bool(self.attempt(_answers, patience=0.0))

    def begin(self, entry: Entry) -> Entry:
        """Enter a run that starts."""
        with self._lock:
            self._running[entry.id] = entry
        self._write(entry)
        return entry

    def end(self, entry: Entry, outcome: Outcome, **facts: Any) -> Entry:
        """Enter how a run ended.

        Parameters
        ----------
        entry : Entry
            As :meth:`begin` gave it.
        outcome : Outcome
        facts
            ``error, files, rows_used, data_as_of``.
        """
        now = dt.datetime.now(dt.UTC)
        seconds = (now - dt.datetime.fromisoformat(entry.started_at)).total_seconds()
        ended = replace(entry, outcome=outcome, ended_at=iso(now), beat_at=iso(now), seconds=round(seconds, 3), **facts)
        with self._lock:
            self._running.pop(entry.id, None)
        self._write(ended)
        return ended

    def _write(self, entry: Entry) -> None:
        if self.attempt(functools.partial(_upsert, entries=[entry])):
            # Or an older state of it would be entered later.
            self.unrecorded.drop(entry)
        else:
            self.unrecorded.keep(entry)

    def beat(self) -> None:
        """Say that this process is still there; a database that is away is not waited for."""
        with self._lock:
            mine = list(self._running)
        if mine:
            now = iso(dt.datetime.now(dt.UTC))
            said = runs.update().where(runs.c.id.in_(mine), runs.c.outcome == "running").values(beat_at=now)
            self.attempt(functools.partial(_execute, statement=said), patience=0.0)

    def catch_up(self) -> int:
        """Record what waited, and close runs whose program ended without a word; how many were closed."""
        waiting = list(self.unrecorded)
        recorded = self.attempt(lambda engine: _upsert(engine, waiting)) if waiting else None
        for entry in waiting if recorded else ():
            self.unrecorded.drop(entry)
        lost = [entry for entry in self.find(outcomes=("running",), most=10_000) if self._is_lost(entry)]
        now = iso(dt.datetime.now(dt.UTC))
        # Only where it still runs: its program may have ended it between the look and this.
        for entry in lost:
            closed = (
                runs.update()
                .where(runs.c.id == entry.id, runs.c.outcome == "running", runs.c.beat_at == entry.beat_at)
                .values(outcome="failed", error=LOST, ended_at=now)
            )
            self.attempt(functools.partial(_execute, statement=closed))
        return len(lost)

    def _is_lost(self, entry: Entry) -> bool:
        if entry.id in self._running:
            return False
        started = dt.datetime.fromisoformat(entry.started_at)
        if entry.host == socket.gethostname():
            try:
                # The number may have gone to a program that began later.
                return bool(psutil.Process(entry.pid).create_time() > started.timestamp() + 1)
            except psutil.NoSuchProcess:
                return True
            except psutil.AccessDenied:
                return False
        silent = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(entry.beat_at)
        return silent.total_seconds() > LOST_S

    def find(
        self,
        *,
        projects: Iterable[str] = (),
        reports: Iterable[str] = (),
        outcomes: Iterable[str] = (),
        most: int = 50,
    ) -> list[Entry]:
        """Runs, newest first, of these projects, reports and outcomes; of all where none is named."""
        wanted = sa.select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(most)
        for column, names in ((runs.c.project, projects), (runs.c.report, reports), (runs.c.outcome, outcomes)):
            if listed := list(names):
                wanted = wanted.where(column.in_(listed))
        return self.attempt(functools.partial(_read, wanted=wanted)) or []

    def get(self, start: str) -> list[Entry]:
        """Runs whose id begins so: one, if it is told apart."""
        wanted = sa.select(runs).where(runs.c.id.startswith(start, autoescape=True)).order_by(runs.c.id).limit(20)
        return self.attempt(functools.partial(_read, wanted=wanted)) or []

    def usual_seconds(self) -> dict[tuple[str, str], float]:
        """How long each page took lately: the median of its last five good runs, by project and stem.

        Pages that were never made are not in it; without a database nothing is.
        """
        latest = sa.func.row_number().over(
            partition_by=(runs.c.project, runs.c.stem), order_by=runs.c.started_at.desc()
        )
        good = (
            sa.select(runs.c.project, runs.c.stem, runs.c.seconds, latest.label("number"))
            .where(runs.c.outcome.in_(("succeeded", "stale")), runs.c.seconds.is_not(None))
            .subquery()
        )
        wanted = sa.select(good.c.project, good.c.stem, good.c.seconds).where(good.c.number <= _LATELY)
        took: dict[tuple[str, str], list[float]] = {}
        for project, stem, seconds in self.attempt(functools.partial(_rows, wanted=wanted), patience=0.0) or []:
            took.setdefault((project, stem), []).append(seconds)
        return {page: median(seconds) for page, seconds in took.items()}


def entry_of(job_facts: dict[str, Any], asked: Asked, reason: str, attempt: int = 1) -> Entry:
    """Make the entry of a run that starts now on this host."""
    now = dt.datetime.now(dt.UTC)
    return Entry(
        id=new_id(now),
        reason=reason,
        asked_by=asked.by,
        asked_through=asked.through,
        host=socket.gethostname(),
        pid=os.getpid(),
        started_at=iso(now),
        beat_at=iso(now),
        attempt=attempt,
        **job_facts,
    )


def _answers(engine: sa.Engine) -> bool:
    with engine.connect():
        return True


def _upsert(engine: sa.Engine, entries: Iterable[Entry]) -> bool:
    with engine.begin() as connection:
        for entry in entries:
            values = asdict(entry)
            # A run that has ended stays as it ended, whatever comes in late.
            mine = runs.update().where(runs.c.id == entry.id, runs.c.outcome == "running")
            if connection.execute(mine.values(values)).rowcount:
                continue
            if connection.execute(sa.select(runs.c.id).where(runs.c.id == entry.id)).first() is None:
                connection.execute(runs.insert().values(values))
    return True


def _execute(engine: sa.Engine, statement: sa.Update) -> int:
    with engine.begin() as connection:
        return connection.execute(statement).rowcount


def _read(engine: sa.Engine, wanted: sa.Select[Any]) -> list[Entry]:
    with engine.connect() as connection:
        return [Entry(**row) for row in connection.execute(wanted).mappings()]


def _rows(engine: sa.Engine, wanted: sa.Select[Any]) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(wanted)]
