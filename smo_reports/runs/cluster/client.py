"""Ask the workers of a Dask cluster for pages."""

from __future__ import annotations

import contextlib
import queue
import re
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smo_reports.errors import ExecutorError
from smo_reports.project import Workspace
from smo_reports.runs.cluster import worker as there
from smo_reports.runs.cluster.parcel import pack
from smo_reports.runs.cluster.rows import sampled
from smo_reports.runs.make import Begun, Failed, Made, Place
from smo_reports.runs.plan import Job

LOCAL = "local"
CONNECT_S = 10.0
"""How long a scheduler that does not answer is waited for, in seconds."""
MOST_WORKERS = 3
"""How many workers may be lost while they make one page before it is given up."""
_ADDRESS = re.compile(r"dask://([^/\s:@]+|\[[0-9a-fA-F:]+\]):([0-9]{1,5})")
_LOOK_S = 0.2


def scheduler_address(executor: str) -> str:
    """The address of a scheduler as Dask has it; empty for this machine's own processes.

    >>> scheduler_address("dask://10.0.0.5:8786")
    'tcp://10.0.0.5:8786'
    >>> scheduler_address("local")
    ''

    Raises
    ------
    ExecutorError
        When it is neither.
    """
    if executor in ("", LOCAL):
        return ""
    found = _ADDRESS.fullmatch(executor)
    if found is None:
        raise ExecutorError(f"executor {executor!r} is no address; write it like dask://10.0.0.5:8786, or {LOCAL}")
    return f"tcp://{found[1]}:{found[2]}"


class Cluster:
    """Makes pages on the workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
    address : str
        The scheduler's.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._topic = f"smo-{secrets.token_hex(8)}"
        self._heard: dict[str, queue.SimpleQueue[Place | None]] = {}
        self._build = there.Build.here()
        client.subscribe_topic(self._topic, self._hear)

    def check(self, workspace: Workspace, jobs: Sequence[Job]) -> None:
        """Refuse a batch that not every worker could make as this program would; and pack what it needs.

        Raises
        ------
        ExecutorError
            When there is no worker, or one has another Python or package, or does not see the rows.
        """
        self._check_builds()
        projects = sorted({name for job in jobs for name in job.subject.projects})
        self._parcel, self._samples = pack(workspace.root, jobs), sampled(workspace, projects)
        self._projects = projects
        told = self._client.run(there.sees_rows, self._parcel, str(workspace.root), self._samples, on_error="return")
        for worker, said in sorted(told.items()):
            if said:
                raise ExecutorError(said if isinstance(said, str) else f"worker {worker}: {said}")

    def _check_builds(self) -> None:
        try:
            builds = {f"the scheduler {self._address}": self._client.run_on_scheduler(there.build)}
        except ImportError as error:
            builds = {f"the scheduler {self._address}": error}
        told = self._client.run(there.build, on_error="return")
        if not told:
            raise ExecutorError(f"no worker at {self._address}; start some: dask worker {self._address} --nthreads 1")
        builds |= {f"worker {address}": found for address, found in sorted(told.items())}
        for who, found in builds.items():
            if not isinstance(found, there.Build):
                cure = f"pip install 'smo-reports[dask]=={self._build.version}'"
                raise ExecutorError(f"{who} cannot load smo-reports ({found}); install it there: {cure}")
            if differs := self._build.differs(found, who):
                raise ExecutorError(differs)

    @property
    def threads(self) -> int:
        """How many reports its workers make at once."""
        count: int = sum(self._client.nthreads().values())
        return max(1, count)

    def _hear(self, event: tuple[float, Mapping[str, Any]]) -> None:
        """A worker begins a page; called by Dask's own thread, which must not wait for the ledger."""
        _, told = event
        heard = self._heard.get(told["key"])
        if heard is not None:
            heard.put(Place(told["host"], told["pid"]))

    def make(self, job: Job, stopped: threading.Event, begun: Begun) -> Made | Failed:
        """Have a page made on a worker, and on another one where that worker is lost."""
        from distributed.client import ClosedClientError

        key = f"{job.report}-{secrets.token_hex(8)}"
        heard = self._heard[key] = queue.SimpleQueue()
        samples = {name: self._samples[name] for name in job.subject.projects if name in self._samples}
        order = there.Order(job, self._parcel, samples, self._build, self._topic, key)
        try:
            future = self._client.submit(there.work, order, key=key, pure=False)
        except ClosedClientError:
            return self._gone(job)
        try:
            future.add_done_callback(lambda _: heard.put(None))
            return self._awaited(job, future, heard, stopped, begun)
        finally:
            future.release()
            del self._heard[key]

    def _awaited(
        self, job: Job, future: Any, heard: queue.SimpleQueue[Place | None], stopped: threading.Event, begun: Begun
    ) -> Made | Failed:
        lost: list[str] = []
        while True:
            # Looked at first: what was told before the end is heard before it.
            done = future.done()
            for place in _drained(heard):
                if len(lost) == MOST_WORKERS:
                    future.cancel(force=True)
                    return self._deadly(job, lost)
                lost.append(place.host)
                begun(place)
            if done:
                return self._result(job, future, lost)
            if stopped.is_set():
                future.cancel(force=True)
                return Failed(f"{job.name}: stopped")
            with contextlib.suppress(queue.Empty):
                if (place_or_end := heard.get(timeout=_LOOK_S)) is not None:
                    heard.put(place_or_end)

    def _result(self, job: Job, future: Any, tried: Sequence[str]) -> Made | Failed:
        from distributed import CancelledError, KilledWorker

        try:
            made: Made | Failed = future.result()
        except KilledWorker:
            return self._deadly(job, tried)
        except (CancelledError, OSError):
            return self._gone(job)
        return made

    def _deadly(self, job: Job, lost: Sequence[str]) -> Failed:
        return Failed(
            f"{job.name}: {len(lost)} workers were lost while they made it ({', '.join(lost)}); it may need more "
            "memory than they have: limit it with --memory, or give them more"
        )

    def _gone(self, job: Job) -> Failed:
        """The scheduler is away: it is tried again while Dask still looks for it."""
        away = self._client.status == "closed"
        said = f"the scheduler {self._address} is gone; start it and its workers, and run again what is missing"
        return Failed(f"{job.name}: {said}", may_pass=not away)


def _drained(heard: queue.SimpleQueue[Place | None]) -> Iterator[Place]:
    with contextlib.suppress(queue.Empty):
        while True:
            place = heard.get_nowait()
            if place is not None:
                yield place


@contextlib.contextmanager
def opened(executor: str, workspace: Workspace, jobs: Sequence[Job]) -> Iterator[Cluster | None]:
    """The cluster that an executor names, ready for a batch; None for this machine's own processes.

    Parameters
    ----------
    executor : str
        ``dask://host:port``, or ``local``.
    workspace : Workspace
        Its pseudonyms' key has been made.
    jobs : sequence of Job

    Raises
    ------
    ExecutorError
        When it cannot be used, and why; nothing was run.
    """
    address = scheduler_address(executor)
    if not address or not jobs:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise ExecutorError(f"executor {executor!r} needs the extra: pip install 'smo-reports[dask]'") from None
    try:
        client: Any = Client(  # type: ignore[no-untyped-call,unused-ignore]
            address, timeout=CONNECT_S, set_as_default=False, name="smo"
        )
    except (OSError, TimeoutError) as error:
        raise ExecutorError(f"no scheduler answers at {address} ({error}); start one: dask scheduler") from None
    with client:
        cluster = Cluster(client, address)
        cluster.check(workspace, jobs)
        yield cluster
