"""Write runs to the ledger, and read them: a database that is away for a while delays nothing and loses nothing."""

from __future__ import annotations

import datetime as dt
import functools
import getpass
import os
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, TypeVar

import psutil
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from smo_reports.runs.ledger.database import PATIENCE_S, Database
from smo_reports.runs.ledger.entry import Entry, Outcome, iso, new_id
from smo_reports.runs.ledger.tables import runs
from smo_reports.runs.ledger.unrecorded import Unrecorded

T = TypeVar("T")

BEAT_S = 10.0
"""How often a process says that it is still there, in seconds."""
LOST_S = 60.0
"""After so many seconds without a word from its process a run is taken as ended."""
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
    database : Database
    unrecorded : Unrecorded
        Where runs wait while the database cannot be reached.
    workspace : str, optional
        The name under which runs are entered, and by which they are found, where several workspaces share a database.
    """

    def __init__(self, database: Database, unrecorded: Unrecorded, workspace: str = "") -> None:
        self.database, self.unrecorded, self.workspace = database, unrecorded, workspace
        self._running: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def attempt(self, what: Callable[[sa.Engine], T], patience: float = PATIENCE_S) -> T | None:
        """Do something with the database; None where it cannot be done: see :meth:`Database.attempt`."""
        return self.database.attempt(what, patience)

    @property
    def engine(self) -> sa.Engine:
        """Of the database."""
        return self.database.engine

    @property
    def reachable(self) -> bool:
        """Whether the database answers now."""
        return bool(self.attempt(_answers, patience=0.0))

    def begin(self, entry: Entry) -> Entry:
        """Enter a run that starts."""
        entry = replace(entry, workspace=self.workspace)
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
        if self.attempt(functools.partial(_upsert, entry=entry)):
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
        for entry in self.unrecorded:
            # One by one: what cannot be entered keeps no other from it.
            if not self.attempt(functools.partial(_upsert, entry=entry)):
                break
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
        own = sa.select(runs).where(runs.c.workspace == self.workspace)
        wanted = own.order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(most)
        for column, names in ((runs.c.project, projects), (runs.c.report, reports), (runs.c.outcome, outcomes)):
            if listed := list(names):
                wanted = wanted.where(column.in_(listed))
        return self.attempt(functools.partial(_read, wanted=wanted)) or []

    def get(self, start: str) -> list[Entry]:
        """Runs whose id begins so: one, if it is told apart."""
        wanted = (
            sa.select(runs)
            .where(runs.c.workspace == self.workspace, runs.c.id.startswith(start, autoescape=True))
            .order_by(runs.c.id)
            .limit(20)
        )
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
            .where(
                runs.c.workspace == self.workspace,
                runs.c.outcome.in_(("succeeded", "stale")),
                runs.c.seconds.is_not(None),
            )
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


def _upsert(engine: sa.Engine, entry: Entry) -> bool:
    """Enter a run's newest state, whoever else enters it at the same time."""
    values = {name: _storable(value) for name, value in asdict(entry).items()}
    insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert
    # A run that has ended stays as it ended, whatever comes in late. Only a program that was taken for dead, for it was
    # silent for long, knows better.
    open_still = runs.c.outcome == "running"
    if entry.outcome != "running":
        open_still = sa.or_(open_still, runs.c.error == LOST)
    with engine.begin() as connection:
        mine = runs.update().where(runs.c.id == entry.id, open_still)
        if not connection.execute(mine.values(values)).rowcount:
            connection.execute(insert(runs).values(values).on_conflict_do_nothing(index_elements=["id"]))
    return True


def _storable(value: Any) -> Any:
    """The same without what no database holds as text: NUL, and halves of characters."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value


def _execute(engine: sa.Engine, statement: sa.Update) -> int:
    with engine.begin() as connection:
        return connection.execute(statement).rowcount


def _read(engine: sa.Engine, wanted: sa.Select[Any]) -> list[Entry]:
    with engine.connect() as connection:
        return [Entry(**row) for row in connection.execute(wanted).mappings()]


def _rows(engine: sa.Engine, wanted: sa.Select[Any]) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(wanted)]
