"""The provisioner that Jupyter loads: forked kernels where they can be had, ordinary ones where not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Float, Integer, List, Unicode

from smo_reports.kernels.wire import RefusedError, Request

if TYPE_CHECKING:
    from smo_reports.kernels.parent import Parent


_LAUNCHERS = ("ipykernel_launcher", "ipykernel", f"{__package__}.app")
_KNOWN = {"env", "cwd", "stdin", "stdout", "stderr", "independent", "kernel_id", "extra_arguments"}
_SETTLE_S = 0.25
_HOPELESS_S = 300.0
"""How long nothing more is asked of a parent that could not be had, in seconds."""


def unavailable() -> str:
    """Why this system has no forked kernels; empty where it has."""
    if sys.platform != "linux":
        return f"forking a process that has imported libraries is not safe on {sys.platform}"
    if not hasattr(os, "pidfd_open"):
        return "this Linux or Python has no pidfd_open"
    return ""


class ForkedProvisioner(LocalProvisioner):
    """Gives kernels that were forked from a process that had imported their modules.

    Where that cannot be done the kernel is an ordinary one, and the log says why, once for each reason.
    """

    fork = Bool(True, help="Whether to fork; otherwise all kernels are ordinary ones.").tag(config=True)
    preload = List(Unicode(), help="Modules that kernels find imported.").tag(config=True)
    environment = List(
        Unicode(), help="Variables that these modules read while they are imported, besides the usual ones."
    ).tag(config=True)
    idle = Float(300.0, help="Seconds without a kernel after which the parent ends.").tag(config=True)
    start_timeout = Float(60.0, help="Seconds that importing and starting may take.").tag(config=True)
    memory = Integer(0, help="Bytes of private memory a kernel may have; 0: no limit of its own.").tag(config=True)
    runtime_dir = Unicode("", help="Private folder for sockets; by default in the user's runtime folder.").tag(
        config=True
    )

    process: Any = None
    _said: ClassVar[set[str]] = set()
    _hopeless: ClassVar[dict[str, tuple[str, float]]] = {}
    _folder: Path | None = None
    _folder_lock: int | None = None
    _forked = False

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose message sockets in a folder that only this user can enter."""
        if not unavailable() and self.parent is not None:
            try:
                self._choose_sockets(self.parent)
            except RefusedError as error:
                self._say(str(error))
        prepared: dict[str, Any] = await super().pre_launch(**kwargs)
        return prepared

    def _choose_sockets(self, manager: Any) -> None:
        from smo_reports.kernels.place import private_folder, sockets_folder  # what it needs is of Unix only

        if self._folder is None:
            self._folder, self._folder_lock = sockets_folder(private_folder(self.runtime_dir))
        self._folder.mkdir(mode=0o700, exist_ok=True)
        manager.transport = "ipc"
        manager.ip = str(self._folder / "s")
        manager.cache_ports = False

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel, or launch an ordinary one."""
        if self.fork:
            reason = unavailable() or self._unsuited(cmd, kwargs)
            if not reason:
                try:
                    return await self._fork(cmd, **kwargs)
                except RefusedError as error:
                    reason = str(error)
            self._say(reason)
        info: KernelConnectionInfo = await super().launch_kernel(cmd, **kwargs)
        self._forked = False
        self._limit()
        return info

    def _unsuited(self, cmd: Sequence[str], kwargs: dict[str, Any]) -> str:
        """Why this kernel cannot be forked; empty if it can."""
        if self._folder is None:
            return "there is no private folder for its sockets"
        if "-m" not in cmd or cmd[cmd.index("-m") + 1] not in _LAUNCHERS:
            return f"{' '.join(cmd[:3])} is not ipykernel started with -m"
        if os.path.realpath(shutil.which(cmd[0]) or cmd[0]) != os.path.realpath(sys.executable):
            return f"{cmd[0]} is another interpreter than this one"
        if kwargs.get("independent"):
            return "it shall outlive its client"
        odd = sorted(set(kwargs) - _KNOWN)
        if odd or subprocess.PIPE in (kwargs.get("stdin"), kwargs.get("stdout"), kwargs.get("stderr")):
            return f"it is started with {', '.join(odd) or 'pipes'}"
        return ""

    def parent_of(self, interpreter: Sequence[str], environment: dict[str, str], folder: str) -> Parent:
        """Describe the process that kernels with an environment and a folder are forked from."""
        from smo_reports.kernels.parent import Parent
        from smo_reports.kernels.place import private_folder

        return Parent.of(
            interpreter,
            self.preload,
            environment,
            folder,
            more=self.environment,
            runtime=private_folder(self.runtime_dir),
            idle=self.idle,
        )

    async def _fork(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        from smo_reports.kernels.client import fork
        from smo_reports.kernels.place import umask

        at = cmd.index("-m")
        environment = {**kwargs.get("env", os.environ), "JPY_PARENT_PID": str(os.getpid())}
        self.cwd = str(kwargs.get("cwd") or Path.cwd())
        parent = self.parent_of(cmd[:at], environment, self.cwd)
        why, until = self._hopeless.get(parent.key, ("", 0.0))
        if time.monotonic() < until:
            raise RefusedError(why)
        request = Request(
            arguments=[str(Path(one).expanduser()) if one.startswith("~") else one for one in cmd[at + 2 :]],
            environment=environment,
            folder=self.cwd,
            umask=umask(),
            client=os.getpid(),
            sockets=str(self._folder),
            memory=self.memory,
        )
        with contextlib.ExitStack() as opened:
            streams = _streams(kwargs, opened)
            try:
                self.process = await fork(parent, request, streams, self.start_timeout)
            except RefusedError as error:
                self._hopeless[parent.key] = str(error), time.monotonic() + _HOPELESS_S
                raise
        self._forked = True
        self.pid, self.pgid = self.process.pid, None  # without a group all signals go through the guardian
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel, and wait a moment: it is gone before Jupyter would look the first time."""
        await super().kill(restart=restart)
        until = time.monotonic() + _SETTLE_S
        while self._forked and self.process and self.process.poll() is None and time.monotonic() < until:
            await asyncio.sleep(0.002)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the sockets' folder."""
        await super().cleanup(restart=restart)
        if self._folder and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)
            if self._folder_lock is not None:
                os.close(self._folder_lock)
            self._folder = self._folder_lock = None

    def _limit(self) -> None:
        """Limit an ordinary kernel's memory, where the system can."""
        if not self.memory:
            return
        try:
            import resource

            _, most = resource.prlimit(self.process.pid, resource.RLIMIT_DATA)
            soft = self.memory if most == resource.RLIM_INFINITY else min(self.memory, most)
            resource.prlimit(self.process.pid, resource.RLIMIT_DATA, (soft, soft))
        except (ImportError, AttributeError):
            self._say(f"memory cannot be limited on {sys.platform} either")

    def _say(self, reason: str) -> None:
        if reason not in self._said:
            self._said.add(reason)
            self.log.warning("The kernel is an ordinary one, not forked: %s", reason)


def _streams(kwargs: dict[str, Any], opened: contextlib.ExitStack) -> list[int]:
    """Descriptors of the kernel's standard streams: no input, and the client's own output, unless told otherwise."""
    null = os.open(os.devnull, os.O_RDWR)
    ended, closed = os.pipe()
    os.close(closed)
    for number in (null, ended):
        opened.callback(os.close, number)
    chosen: list[int] = []
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        wanted = kwargs.get(name)
        if wanted == subprocess.STDOUT:
            chosen.append(chosen[1])
        elif wanted == subprocess.DEVNULL:
            chosen.append(null)
        elif wanted is None and number == 0:
            chosen.append(ended)
        elif wanted is None:
            chosen.append(number if _is_open(number) else null)
        else:
            chosen.append(wanted if isinstance(wanted, int) else wanted.fileno())
    return chosen


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
