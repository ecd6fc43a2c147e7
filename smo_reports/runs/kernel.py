"""The kernel that executes a report: this interpreter's own whatever is installed, on private sockets.

It is forked from a process that has imported what reports use, so that it starts in a fraction of the time; an
ordinary one where that cannot be done, or when ``SMO_KERNELS`` is ``ordinary``.

papermill finds it as the engine ``smo``. The engine also keeps hold of the notebook, so that a kernel that
dies still leaves what it had done, and gives the report as a whole a deadline instead of each cell a timeout.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_core.utils import ensure_event_loop
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

from smo_reports.kernels.wire import RefusedError

ENGINE = "smo"
KERNEL = "python3"
ORDINARY = "SMO_KERNELS"
"""The variable that asks for ordinary kernels by being ``ordinary``."""
_PROVISIONER = "forked-provisioner"
# By the package's own entry point; named here too, for checkouts that were installed before it had one.
KernelProvisionerFactory.instance().provisioners.setdefault(
    _PROVISIONER,
    EntryPoint(_PROVISIONER, "smo_reports.kernels.provisioner:ForkedProvisioner", KernelProvisionerFactory.GROUP_NAME),
)
_STACK = [
    "IPython.core.pylabtools",
    "matplotlib.pyplot",
    "smo_reports.analyses",
    "smo_reports.kpis",
    "smo_reports.period",
    "smo_reports.present",
    "smo_reports.sources.duckdb",
    "smo_reports.warehouse",
    # What the libraries themselves import only when they are used; found by comparing sys.modules.
    "PIL.features",
    "holidays.countries",
    "matplotlib.backends.backend_svg",
    "narwhals._arrow.dataframe",
    "narwhals._arrow.series",
    "narwhals._duckdb.dataframe",
    "narwhals._duckdb.group_by",
    "narwhals._duckdb.namespace",
    "narwhals._duckdb.selectors",
    "narwhals._pandas_like.dataframe",
    "narwhals._pandas_like.group_by",
    "narwhals._pandas_like.namespace",
    "narwhals._pandas_like.series",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
]
"""What kernels find imported: named, as reports are, and never imported here."""
_OUTPUT_S = 60
_IDLE_S = 60.0
"""How long their parent stays after the last of them, in seconds."""
_LONGEST_SOCKET = 90
"""A unix socket's path may have 107 bytes; jupyter_client adds a number."""


class _ThisInterpreter(KernelSpecManager):
    """Knows one kernel: ipykernel of the interpreter that runs this, forked unless told otherwise.

    Parameters
    ----------
    memory : int
        Bytes that the kernel may have, 0 for no limit.
    """

    def __init__(self, memory: int) -> None:
        super().__init__()
        self._memory = memory

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "smo_reports.kernels.app", "-f", "{connection_file}"]
        fork = os.environ.get(ORDINARY) != "ordinary"
        config = {"fork": fork, "preload": _STACK, "idle": _IDLE_S, "memory": self._memory}
        metadata = {"kernel_provisioner": {"provisioner_name": _PROVISIONER, "config": config}}
        return KernelSpec(argv=command, display_name="Python 3", language="python", metadata=metadata)


class _WholeOutput(AsyncKernelClient):
    """Takes all that a kernel shows: beyond a thousand messages that wait ZeroMQ drops the rest unsaid."""

    def _context_default(self) -> zmq.asyncio.Context:
        context = super()._context_default()
        context.setsockopt(zmq.RCVHWM, 0)
        return context


def _sockets(folder: str) -> dict[str, str]:
    """Choose unix sockets in a folder: two runs that start at once can pick the same TCP port, and hang.

    Where they do not fit (Windows, a very long temporary folder) TCP is used all the same.
    """
    path = str(Path(folder) / "k")
    return {} if os.name != "posix" or len(path) > _LONGEST_SOCKET else {"transport": "ipc", "ip": path}


@contextlib.contextmanager
def _own_folder() -> Iterator[str]:
    """A private folder for what a kernel and its client share; a later run removes it where this program is killed."""
    try:
        from smo_reports.kernels.place import private_folder, sockets_folder  # what it needs is of Unix only

        folder, in_use = sockets_folder(private_folder())
    except (ImportError, RefusedError):
        with tempfile.TemporaryDirectory(prefix="smo-") as plain:
            yield plain
        return
    try:
        yield str(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(in_use)


class StoppedError(Exception):
    """The run was told to stop; raised between cells."""


class ReportEngine(Engine):  # type: ignore[misc]
    """papermill's engine for reports; ``keep`` receives the notebook that is being executed."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Execute a notebook; called by papermill."""
        keep: list[NotebookNode] = options["keep"]
        keep.append(nb_man.nb)
        deadline = time.monotonic() + options["seconds"]
        stopped: threading.Event = options["stopped"]

        def go_on(**_: Any) -> None:
            if stopped.is_set():
                raise StoppedError

        go_on()
        with _own_folder() as folder:
            manager = AsyncKernelManager(
                client_factory=_WholeOutput,
                kernel_name=kernel_name,
                kernel_spec_manager=_ThisInterpreter(options["memory"]),
                # Else it would lie among temporary files, for good where this program is killed.
                connection_file=str(Path(folder) / "connection.json"),
                **_sockets(folder),
            )
            client = PapermillNotebookClient(
                nb_man,
                km=manager,
                resources={"metadata": {"path": options["folder"]}},
                # nbclient takes 0 as "no timeout", so a deadline that has passed leaves a moment.
                timeout_func=lambda _: max(0.1, deadline - time.monotonic()),
                on_cell_start=go_on,
                startup_timeout=options["start_timeout"],
                # How long output may take to arrive once its cell is done.
                iopub_timeout=_OUTPUT_S,
                shutdown_kernel="immediate",
            )
            _execute(client)


def _execute(client: PapermillNotebookClient) -> None:
    loop = ensure_event_loop()
    try:
        # A kernel's own standard error is the debugger's advice and crash dumps; cells print to outputs.
        client.execute(cleanup_kc=True, stderr=subprocess.DEVNULL)
    finally:
        if threading.current_thread() is not threading.main_thread():
            loop.close()  # jupyter_client made it for this thread and would leave it open


papermill_engines.register(ENGINE, ReportEngine)
