"""Put finished files where readers look, never half of one.

Every file is written aside in the same folder, flushed to the disk and renamed into place. A batch of renames
is not atomic as a whole: the record, renamed last, says which contents belong together.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path


def digest(content: bytes) -> str:
    """Hash some content: SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _write_aside(aside: Path, content: bytes) -> None:
    # O_EXCL: never follow a link that lies there. 0o666: the umask decides who may read, as for any file.
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut, where the system can (Windows cannot open a folder)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def publish(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Replace files of one folder.

    Parameters
    ----------
    folder : Path
        Made when absent.
    contents : mapping of str to bytes
        By file name; replaced in this order, so the record goes last.

    Raises
    ------
    OSError
        When the disk refuses. Nothing was replaced when writing failed, and nothing is left aside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside: dict[Path, Path] = {}
    try:
        for name, content in contents.items():
            aside[folder / name] = folder / f".{name}.{secrets.token_hex(4)}.part"
            _write_aside(aside[folder / name], content)
        for path, written in aside.items():
            written.replace(path)
    finally:
        for written in aside.values():
            with contextlib.suppress(FileNotFoundError):
                written.unlink()
    _flush_folder(folder)


def clear_aside(folder: Path, names: Iterable[str]) -> None:
    """Remove what a program that was killed had written aside of some files; only for who alone may write them."""
    for name in names:
        for path in folder.glob(f".{glob.escape(name)}.????????.part"):
            path.unlink(missing_ok=True)


def withdraw(folder: Path, names: tuple[str, ...]) -> None:
    """Remove files of one folder; absent ones are fine."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
