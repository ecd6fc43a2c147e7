"""The process that kernels are forked from, as its clients see it: found by what it is, started when it is missing."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from smo_reports.kernels.place import key_of, read_at_import, start_folder
from smo_reports.kernels.wire import RefusedError

PAUSE_S = 0.005
"""Between two looks at something that another process does, in seconds."""
_BACKLOG = 128
_LOG_TAIL = 300


@dataclass(frozen=True)
class Parent:
    """What a parent is started with and known by.

    Parameters
    ----------
    interpreter : sequence of str
        The kernel's interpreter and its options.
    modules : sequence of str
        To import.
    environment : mapping
        From :func:`read_at_import`.
    started_in : str
        From :func:`start_folder`.
    runtime : Path
        A private folder.
    idle : float
        Seconds without a kernel after which it ends.
    """

    interpreter: Sequence[str]
    modules: Sequence[str]
    environment: Mapping[str, str]
    started_in: str
    runtime: Path
    idle: float
    key: str = field(init=False)

    def __post_init__(self) -> None:
        key = key_of([*self.interpreter, *self.modules, str(self.idle)], self.environment, self.started_in)
        object.__setattr__(self, "key", key)

    @classmethod
    def of(
        cls,
        interpreter: Sequence[str],
        modules: Sequence[str],
        environment: Mapping[str, str],
        folder: str,
        *,
        more: Sequence[str] = (),
        runtime: Path,
        idle: float,
    ) -> Parent:
        """Describe the parent of kernels with an environment and a folder."""
        chosen = read_at_import(environment, more)
        return cls(interpreter, modules, chosen, start_folder(environment, folder), runtime, idle)

    @property
    def address(self) -> Path:
        """Its socket."""
        return self.runtime / f"{self.key}.sock"

    @property
    def log(self) -> Path:
        """What it printed while it imported."""
        return self.runtime / f"{self.key}.log"

    async def connect(self, until: float) -> socket.socket:
        """Connect to it, once it was started if it does not run; whoever comes while it imports waits in line.

        Raises
        ------
        RefusedError
            When that takes too long.
        """
        with contextlib.suppress(ConnectionError, FileNotFoundError):
            return await _connected(self.address, until)
        async with _locked(self.runtime / f"{self.key}.lock"):
            with contextlib.suppress(ConnectionError, FileNotFoundError):
                return await _connected(self.address, until)
            self.address.unlink(missing_ok=True)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(self.address))
                listener.listen(_BACKLOG)
                await self._launch(listener)
                return await _connected(self.address, until)

    async def _launch(self, listener: socket.socket) -> None:
        number = listener.fileno()
        module = ["-m", f"{__package__}.zygote", "--listener", str(number), "--idle", str(self.idle), "--"]
        with open(self.log, "wb", opener=_privately) as log:
            process = subprocess.Popen(  # noqa: S603 - the interpreter that the specification names
                [*self.interpreter, *module, *self.modules],
                env=dict(self.environment),
                cwd=self.started_in,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(number,),
                start_new_session=True,
            )
        while process.poll() is None:  # it leaves a detached child and ends: no process of ours to wait for later
            await asyncio.sleep(PAUSE_S)

    def last_words(self) -> str:
        """The end of its log."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").strip().splitlines()
            return lines[-1][:_LOG_TAIL] if lines else "it said nothing"
        return "it left no log"


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


@contextlib.asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Let one client at a time start the parent."""
    with open(path, "wb", opener=_privately) as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(PAUSE_S)
        yield


async def _connected(address: Path, until: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.setblocking(False)
        while True:
            try:
                connection.connect(str(address))
            except BlockingIOError:  # the line is full
                if time.monotonic() > until:
                    raise RefusedError("too many kernels wait to be started") from None
                await asyncio.sleep(PAUSE_S)
            else:
                return connection
    except BaseException:
        connection.close()
        raise
