"""A PostgreSQL server of the study's own, which it may stop and start as it likes."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "postgres"
"""Who runs it where the study is run by root, whom it refuses."""


@dataclass(frozen=True)
class Server:
    """A server in a folder."""

    folder: Path
    port: int

    @property
    def address(self) -> str:
        """As ``smo.yaml`` takes it."""
        return f"postgresql://chaos@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._do("pg_ctl", "-D", self._rows, "-w", "-l", str(self.folder / "log"), "-o", settings, "start")

    def stop(self) -> None:
        """Stop it as a crash would."""
        self._do("pg_ctl", "-D", self._rows, "-w", "-m", "immediate", "stop")

    def make(self) -> None:
        """Make its database."""
        self._do("initdb", "-D", self._rows, "-U", "chaos", "-A", "trust", "--no-sync")

    @property
    def _rows(self) -> str:
        return str(self.folder / "rows")

    def _do(self, program: str, *more: str) -> None:
        account = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run([program, *more], cwd="/", capture_output=True, text=True, **account)  # type: ignore[call-overload]
        if done.returncode:
            raise SystemExit(f"{program} failed: {done.stderr or done.stdout}")


def why_not() -> str:
    """Why there can be no server here; empty where there can."""
    if not shutil.which("initdb") or not shutil.which("pg_ctl"):
        return "initdb and pg_ctl are not on PATH"
    if os.geteuid() == 0 and ACCOUNT not in {one.pw_name for one in pwd.getpwall()}:
        return f"it refuses root, and there is no account {ACCOUNT}"
    return ""


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A server that runs; it is stopped at the end."""
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Server(folder, free.getsockname()[1])
    made.make()
    made.start()
    try:
        yield made
    finally:
        made.stop()
