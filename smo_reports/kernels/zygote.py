"""The parent of forked kernels: imports a stack once, then forks for whoever asks on its socket.

It is a process of its own, ``python -m <this module>``, and never uses what it imports: it has one thread, no open
file, and no socket but the one that it was given. A check of all three comes before the first fork. For each
connection it forks a guardian, which reads the request and forks the kernel; so nothing that one client sends is
ever held here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import selectors
import signal
import socket
import struct
import sys
import time
from pathlib import Path

from smo_reports.kernels import wire
from smo_reports.kernels.birth import become_kernel
from smo_reports.kernels.guardian import guard
from smo_reports.kernels.linux import adopt_orphans, end_children, name_process
from smo_reports.kernels.stack import UnfitError, preload, settle

_CREDENTIALS = struct.Struct("3i")
_CHANGED = (-1, -1)
_ANSWER_S = 2.0
"""How long a parent that cannot serve waits for clients to tell them so, in seconds."""


def _sources(since: float) -> dict[str, tuple[int, int]]:
    """Time and size of every file that a module came from.

    A file that was written since importing began may have been imported before that: it counts as changed.
    """
    now = time.time()
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    found = {file: _stamp(file) for file in files if isinstance(file, str)}
    return {file: _CHANGED if since * 1e9 <= stamp[0] <= now * 1e9 else stamp for file, stamp in found.items()}


def _stamp(file: str) -> tuple[int, int]:
    try:
        status = os.stat(file)  # noqa: PTH116 - thousands of them before each fork
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


class Zygote:
    """Answers connections with guardians until nobody has needed it for a while.

    Parameters
    ----------
    listener : socket.socket
        Listening on a unix socket.
    idle : float
        Seconds without a kernel after which to end.
    since : float
        When importing began, in seconds since the epoch.
    """

    def __init__(self, listener: socket.socket, idle: float, since: float) -> None:
        self._listener: socket.socket | None = listener
        self._path = listener.getsockname()
        self._idle = idle
        self._guardians: dict[int, int] = {}
        self._sources = _sources(since)
        self._selector = selectors.DefaultSelector()
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)

    def serve(self) -> socket.socket:
        """Fork a guardian for every connection. Gives the connection, in the guardian; the parent ends in here."""
        while self._listener or self._guardians:
            events = self._selector.select(None if self._guardians else self._idle)
            for key, _ in events:
                if isinstance(key.fileobj, socket.socket):
                    connection = self._answer(key.fileobj)
                    if connection:
                        return connection
                elif isinstance(key.fileobj, int):
                    self._bury(key.fileobj)
            if not events:
                self._retire()
        os._exit(0)

    def _answer(self, listener: socket.socket) -> socket.socket | None:
        """Accept a connection and fork; gives the connection in the guardian only."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = listener.accept()
            with connection:
                if _owner(connection) != os.getuid():
                    return None
                if any(_stamp(file) != stamp for file, stamp in self._sources.items()):
                    self._retire()  # who hears nothing asks again, and finds nobody
                    return None
                return self._fork(connection)
        return None

    def _fork(self, connection: socket.socket) -> socket.socket | None:
        try:
            child = os.fork()
        except OSError as error:
            connection.sendall(wire.line(refused=f"no further process can be started ({error.strerror})"))
            return None
        if child:
            pidfd = os.pidfd_open(child)
            self._guardians[pidfd] = child
            self._selector.register(pidfd, selectors.EVENT_READ)
            return None
        return self._leave(connection)

    def _leave(self, connection: socket.socket) -> socket.socket:
        """Give up, in the guardian, all that is the parent's."""
        mine = connection.dup()
        self._selector.close()
        for pidfd in self._guardians:
            os.close(pidfd)
        if self._listener:
            self._listener.close()
        return mine

    def _bury(self, pidfd: int) -> None:
        self._selector.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(self._guardians.pop(pidfd), 0)
        if status:
            # The guardian was killed and so, with it, its kernel: what the kernel had started is ours now.
            end_children(but=self._guardians.values())

    def _retire(self) -> None:
        """Take no more connections; a client that is refused starts a new parent."""
        if self._listener:
            # Before it is closed: as long as it answers, nobody puts another in its place.
            Path(self._path).unlink(missing_ok=True)
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None


def _owner(connection: socket.socket) -> int:
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def _refuse(listener: socket.socket, reason: str) -> None:
    """Tell the clients that wait why no kernel will come."""
    until = time.monotonic() + _ANSWER_S
    listener.settimeout(_ANSWER_S / 4)
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.sendall(wire.line(refused=reason))


def _detach() -> None:
    """Leave the client that started this: it may end sooner, and has to wait for none of it."""
    if os.fork():
        os._exit(0)
    os.setsid()


def main() -> None:
    """Preload, check and serve; in the forked processes, guard a kernel or be one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listener", type=int, required=True)
    parser.add_argument("--idle", type=float, required=True)
    parser.add_argument("modules", nargs="*")
    options = parser.parse_args()
    _detach()
    sys.path.pop(0)  # the folder this was started in, which "python -m" puts there
    listener = socket.socket(fileno=options.listener)
    since, before = time.time(), dict(os.environ)
    try:
        preload(options.modules)
        settle(options.listener)
    except UnfitError as error:
        _refuse(listener, str(error))
        return
    name_process("kernel-zygote")
    adopt_orphans()
    connection = Zygote(listener, options.idle, since).serve()
    request, ready = guard(connection)
    become_kernel(request, ready, {name: value for name, value in os.environ.items() if before.get(name) != value})


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a client may have ignored it: then nobody could be waited for
    main()
