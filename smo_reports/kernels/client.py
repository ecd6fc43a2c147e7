"""The client's side of a forked kernel: ask for it, and keep hold of it as of a process."""

from __future__ import annotations

import asyncio
import contextlib
import select
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence

from smo_reports.kernels.parent import PAUSE_S, Parent
from smo_reports.kernels.wire import GoneError, Lines, RefusedError, Request

_ATTEMPTS = 4
"""A parent may end, or find itself outdated, between being found and being asked."""


class ForkedKernel:
    """A kernel's process as :class:`subprocess.Popen` would show it; its guardian does what is asked.

    Parameters
    ----------
    connection : socket.socket
        To the guardian; closing it ends the kernel.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._lines = Lines()
        self.pid = 0
        self.returncode: int | None = None
        self._ready = False

    async def ask(self, request: Request, streams: Sequence[int], until: float) -> None:
        """Send a request and wait until the kernel has bound its sockets or ended.

        Raises
        ------
        GoneError, ConnectionError
            When the parent ended, or retires because its code has changed.
        RefusedError
            When it cannot fork, or time is up.
        """
        packed = request.packed()
        sent = socket.send_fds(self._connection, [packed], streams)
        await asyncio.get_running_loop().sock_sendall(self._connection, packed[sent:])
        while self.poll() is None and not self._ready:
            if time.monotonic() > until:
                raise RefusedError("it did not start in time")
            await asyncio.sleep(PAUSE_S)
        if not self.pid:
            raise GoneError

    def poll(self) -> int | None:
        """Exit code, negative for a signal; None while the kernel runs.

        Raises
        ------
        RefusedError
            While it starts, when the parent cannot fork.
        """
        while self.returncode is None:
            try:
                received = self._connection.recv(4096)
            except BlockingIOError:
                break
            except OSError:
                received = b""
            if not received:
                self.returncode = -signal.SIGKILL  # its guardian was killed, and it with it
            for said in self._lines.feed(received):
                self._hear(said)
        if self.returncode is not None:
            self._connection.close()
        return self.returncode

    def _hear(self, said: Mapping[str, object]) -> None:
        if "refused" in said:
            self.close()
            raise RefusedError(str(said["refused"]))
        self.pid = int(str(said.get("started", self.pid)))
        self._ready = self._ready or "ready" in said
        if "ended" in said:
            self.returncode = int(str(said["ended"]))

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and that of all that the kernel had started.

        Raises
        ------
        subprocess.TimeoutExpired
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired("forked kernel", timeout or 0.0)
            select.select([self._connection], [], [], left)
        return code

    def send_signal(self, number: int) -> None:
        """Signal the kernel's process group, unless it ended."""
        if self.poll() is None:
            with contextlib.suppress(OSError):  # it ends right now
                self._connection.sendall(b'{"signal": %d}\n' % number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Hang up, which ends a kernel that runs."""
        self._connection.close()


async def fork(parent: Parent, request: Request, streams: Sequence[int], seconds: float) -> ForkedKernel:
    """Fork a kernel, and wait until its message sockets are bound or it ended.

    Parameters
    ----------
    parent : Parent
        Started on the way when it does not run.
    request : Request
    streams : sequence of int
        Three descriptors, its standard streams.
    seconds : float
        How long the parent may import and the kernel start.

    Raises
    ------
    RefusedError
        When the parent cannot be started, cannot fork, or takes too long.
    """
    until = time.monotonic() + seconds
    for _ in range(_ATTEMPTS):
        kernel = ForkedKernel(await parent.connect(until))
        try:
            await kernel.ask(request, streams, until)
        except (ConnectionError, GoneError):
            kernel.close()
        except BaseException:
            kernel.close()
            raise
        else:
            return kernel
    raise RefusedError(f"its parent ended: {parent.last_words()}")
