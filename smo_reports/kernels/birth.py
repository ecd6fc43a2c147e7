"""What makes a forked process a kernel of its own: all that an ordinary one would not have in common with others."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ipykernel_launcher  # type: ignore[import-untyped]
import zmq
from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from zmq.eventloop.zmqstream import ZMQStream

from smo_reports.kernels.app import WholeOutput
from smo_reports.kernels.linux import limit_memory, name_process
from smo_reports.kernels.wire import Request

_IDENTITY_BYTES, _KEY_BYTES = 16, 32


def become_kernel(request: Request, ready: int, imported: Mapping[str, str]) -> None:
    """Be the kernel that was asked for; returns when it was shut down.

    Parameters
    ----------
    request : Request
    ready : int
        Descriptor on which a byte is written when all message sockets are bound.
    imported : mapping
        Variables that modules set while they were imported.
    """
    name_process(Path(sys.executable).name)
    _take_over(request, imported)
    _forget()
    sys.argv = [str(ipykernel_launcher.__file__), *request.arguments]
    vars(kernelapp)["IOPubThread"] = _private_io(request.sockets)
    # Linux ends the kernel with its guardian; ipykernel's own watch is told of it for it stays silent only then.
    app = WholeOutput.instance(parent_handle=os.getppid())
    app.initialize(request.arguments)  # type: ignore[no-untyped-call]
    if "__mp_main__" in sys.modules:
        sys.modules["__mp_main__"] = sys.modules["__main__"]
    os.write(ready, b"+")
    os.close(ready)
    app.start()  # type: ignore[no-untyped-call]


def _take_over(request: Request, imported: Mapping[str, str]) -> None:
    """Stand where the client stands."""
    os.environ.clear()
    os.environ.update({**imported, **request.environment})
    time.tzset()
    os.umask(request.umask)
    os.chdir(request.folder)
    if request.memory:
        limit_memory(request.memory)


def _forget() -> None:
    """Lose what was drawn by chance or looked up before the fork, and is meant to differ between processes."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy:
        numpy.random.seed()
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing:
        multiprocessing.current_process().authkey = os.urandom(_KEY_BYTES)
    tempfile.tempdir = None


def _private_io(folder: str) -> type[IOPubThread]:
    """Make output of the kernel's own forked children come through a private socket: ipykernel listens on TCP."""

    class PrivateIOPubThread(IOPubThread):
        def _setup_pipe_in(self) -> None:
            self._pipe_uuid = os.urandom(_IDENTITY_BYTES)
            pulled = self.socket.context.socket(zmq.PULL)
            pulled.linger = 0
            pulled.bind(f"ipc://{folder}/children")
            self._pipe_in = ZMQStream(pulled, self.io_loop)
            self._pipe_in.on_recv(self._handle_pipe_msg)

        def _setup_pipe_out(self) -> tuple[Any, Any]:
            context = zmq.Context()  # a context does not survive a fork
            pushed = context.socket(zmq.PUSH)
            pushed.linger = 3000
            pushed.connect(f"ipc://{folder}/children")
            return context, pushed

    return PrivateIOPubThread
