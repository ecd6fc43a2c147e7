"""One kernel's guardian: forks it, passes signals on, reports its end, and leaves nothing of it behind.

It ends with its kernel, and the kernel with it: when the client hangs up or dies it kills the kernel; when it is
killed itself, Linux kills the kernel, and the parent of both whatever the kernel had started.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import socket
from collections.abc import Iterable

from smo_reports.kernels import wire
from smo_reports.kernels.linux import adopt_orphans, die_with, end_children, name_process, signal_group


def guard(connection: socket.socket) -> tuple[wire.Request, int]:
    """Read a request and fork its kernel.

    Gives, in the kernel, the request and the descriptor on which to say that it is ready; the guardian ends in here.
    """
    os.setsid()
    adopt_orphans()
    try:
        request, streams = wire.receive(connection)
    except (wire.GoneError, OSError):
        os._exit(0)
    heard, ready = os.pipe()
    guardian = os.getpid()
    kernel = os.fork()
    if not kernel:
        connection.close()
        os.close(heard)
        os.setsid()
        die_with(guardian)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        _close(streams)
        return request, ready
    name_process("kernel-guardian")
    os.close(ready)
    _close(streams)
    watcher = _Guardian(connection, kernel, heard, request)
    while True:
        watcher.watch()


def _close(numbers: Iterable[int]) -> None:
    for number in numbers:
        os.close(number)


class _Guardian:
    """Waits for the kernel's end and the client's."""

    def __init__(self, connection: socket.socket, kernel: int, heard: int, request: wire.Request) -> None:
        self._connection, self._kernel, self._heard, self._request = connection, kernel, heard, request
        self._lines = wire.Lines()
        self._abandoned = False
        self._client: int | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ, self._obey)
        self._selector.register(heard, selectors.EVENT_READ, self._forward)
        self._selector.register(os.pidfd_open(kernel), selectors.EVENT_READ, self._end)
        try:
            # Its end of the connection may be open in a child that it forked, and so outlive it.
            self._client = os.pidfd_open(request.client)
        except ProcessLookupError:
            self._abandon()
        else:
            self._selector.register(self._client, selectors.EVENT_READ, self._abandon)
        self._say(started=kernel)

    def watch(self) -> None:
        """Wait for what happens next, and do what it asks for."""
        for key, _ in self._selector.select():
            key.data()

    def _say(self, **said: object) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more; that is noticed by reading
            self._connection.sendall(wire.line(**said))

    def _forward(self) -> None:
        """Pass on that the kernel has bound its sockets."""
        if os.read(self._heard, 1):
            self._say(ready=True)
        self._selector.unregister(self._heard)
        os.close(self._heard)

    def _obey(self) -> None:
        try:
            received = self._connection.recv(4096)
        except OSError:
            received = b""
        if not received:
            self._selector.unregister(self._connection)
            self._abandon()
            return
        for said in self._lines.feed(received):
            signal_group(self._kernel, said["signal"])

    def _abandon(self) -> None:
        if not self._abandoned:
            self._abandoned = True
            signal_group(self._kernel, signal.SIGKILL)
        if self._client is not None:
            self._selector.unregister(self._client)
            os.close(self._client)
            self._client = None

    def _end(self) -> None:
        """Clear up after the kernel and tell how it ended."""
        _, status = os.waitpid(self._kernel, 0)
        end_children()
        if self._abandoned:
            shutil.rmtree(self._request.sockets, ignore_errors=True)
        self._say(ended=os.waitstatus_to_exitcode(status))
        os._exit(0)
