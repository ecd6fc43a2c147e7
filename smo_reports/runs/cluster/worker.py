"""What a worker does: it says what it is, and makes pages. Nothing that is slow to import is imported here."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from smo_reports import __version__
from smo_reports.errors import SmoError
from smo_reports.project import find_workspace
from smo_reports.runs.cluster.parcel import Parcel, Unpacked
from smo_reports.runs.cluster.rows import Sample, bring_in
from smo_reports.runs.fingerprint import code_fingerprint
from smo_reports.runs.make import Failed, Made, make
from smo_reports.runs.plan import Job

_LOOK_S = 0.5
"""How often a worker looks whether a page is still wanted, in seconds."""
_unpacked = Unpacked()
_bringing_in = threading.Lock()


@dataclass(frozen=True)
class Build:
    """What makes pages: pages made by another build are other pages."""

    python: str
    version: str
    code: str

    @classmethod
    def here(cls) -> Build:
        """The build of this process."""
        return cls(f"{sys.version_info[0]}.{sys.version_info[1]}", __version__, code_fingerprint())

    def differs(self, other: Build, who: str) -> str:
        """How another's build differs, and the cure; empty where it does not."""
        if self == other:
            return ""
        if self.python != other.python:
            return f"{who} has Python {other.python}, this program {self.python}; use the same on both"
        if self.version != other.version:
            cure = f"pip install smo-reports=={self.version}"
            return f"{who} has smo-reports {other.version}, this program {self.version}; install the same there: {cure}"
        return (
            f"{who} has other files of smo-reports {self.version} than this program; install the same wheel on both, "
            "and start the worker again"
        )


@dataclass(frozen=True)
class Order:
    """One page to be made; what it prints of itself says nothing."""

    job: Job = field(repr=False)
    parcel: Parcel = field(repr=False)
    samples: Mapping[str, Sample] = field(repr=False)
    build: Build = field(repr=False)
    topic: str = field(repr=False)
    key: str = field(repr=False)


def build(dask_worker: Any = None) -> Build:
    """What this worker, or the scheduler, would make pages with."""
    return Build.here()


def sees_rows(parcel: Parcel, home: str, samples: Mapping[str, Sample], dask_worker: Any) -> str:
    """Why this worker could not read a batch's rows; empty where it could."""
    try:
        with _unpacked.at(parcel, Path(dask_worker.local_directory)) as folder, _bringing_in:
            bring_in(find_workspace(folder), home, samples, _who(dask_worker))
    except (SmoError, OSError) as error:
        said = str(error)
        return said if said.startswith("worker") else f"worker {_who(dask_worker)}: {said}"
    return ""


def _who(worker: Any) -> str:
    return f"{socket.gethostname()} {worker.address}"


def work(order: Order) -> Made | Failed:
    """Make one page in a kernel of its own on this worker.

    Returns
    -------
    Made or Failed
        Errors of the report are told in it, never raised, so that no log of Dask's has them.
    """
    from distributed import get_worker

    worker, job, key = get_worker(), order.job, order.key
    worker.log_event(order.topic, {"key": key, "host": _who(worker), "pid": os.getpid()})
    try:
        # A worker that came while the batch ran was not asked before.
        if differs := order.build.differs(Build.here(), f"worker {_who(worker)}"):
            return Failed(f"{job.name}: {differs}")
        with _unpacked.at(order.parcel, Path(worker.local_directory)) as folder:
            with _bringing_in:
                bring_in(find_workspace(folder), str(job.root), order.samples, _who(worker))
            with _unwanted(worker, key) as stopped:
                made = make(replace(job, root=folder, folder=folder / "reports"), stopped)
            return _told_at_home(made, str(folder), str(job.root))
    except SmoError as error:
        return Failed(f"{job.name}: {error}")
    except OSError as error:
        return Failed(f"{job.name}: worker {_who(worker)}: {error}", may_pass=True)


def _told_at_home(made: Made | Failed, here: str, home: str) -> Made | Failed:
    """A failure's message with the workspace's own folder: this one is gone when it is read."""
    return replace(made, error=made.error.replace(here, home)) if isinstance(made, Failed) else made


@contextlib.contextmanager
def _unwanted(worker: Any, key: str) -> Iterator[threading.Event]:
    """An event that is set once nobody waits for the page any more: it was cancelled, or its scheduler is gone."""
    stopped, over = threading.Event(), threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_S):
            task = worker.state.tasks.get(key)
            if task is None or task.state == "cancelled" or worker.status.name in ("closing", "closed", "failed"):
                stopped.set()
                return

    thread = threading.Thread(target=look, name="wanted", daemon=True)
    thread.start()
    try:
        yield stopped
    finally:
        over.set()
        thread.join()
