"""Which versions of the Delta tables belong together: the file whose appearance *is* an import's commit.

An import writes several Delta tables, each of which commits alone. Readers therefore never look for a table's
newest version: they take the newest catalog, ``_catalog/00000012.json``, and the table versions that it
names. A catalog is written aside, flushed to disk and then published under its final name by a hard link,
which either succeeds whole or fails because the name is taken. Whatever a killed import left behind is in no
catalog, so nobody reads it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import filelock

from smo_reports.errors import WarehouseError

FOLDER = "_catalog"
_NAME = re.compile(r"(\d{8,})\.json")


@dataclass(frozen=True)
class Catalog:
    """One version of the warehouse.

    Attributes
    ----------
    version : int
        0 is the empty warehouse, which has no file.
    previous : int or None
    at : str
        When it was published, ISO 8601, UTC.
    tables : dict of str to int
        The Delta version of every table.
    zones : dict of str to str
        The time zone that each project's local dates and hours were made in.
    """

    version: int = 0
    previous: int | None = None
    at: str = ""
    tables: dict[str, int] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)

    def next(self, tables: dict[str, int], zones: dict[str, str]) -> Catalog:
        """Make the following version, with some tables' versions and projects' zones replaced."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
        return Catalog(self.version + 1, self.version, at, {**self.tables, **tables}, {**self.zones, **zones})


def newest(root: Path) -> int:
    """Give the warehouse's newest version; 0 when nothing was ever imported."""
    folder = root / FOLDER
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return max((int(match[1]) for name in names if (match := _NAME.fullmatch(name))), default=0)


def load(root: Path, version: int | None = None) -> Catalog:
    """Read one version of the catalog (default: the newest).

    Raises
    ------
    WarehouseError
        When there is no such version, or its file is damaged.
    """
    wanted = newest(root) if version is None else version
    if wanted == 0:
        return Catalog()
    path = root / FOLDER / f"{wanted:08d}.json"
    try:
        return Catalog(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise WarehouseError(f"{root}: no version {wanted}; the newest is {newest(root)}") from None
    except (ValueError, TypeError) as error:
        raise WarehouseError(f"{path}: not a catalog ({error}); restore it from a backup") from None


def publish(root: Path, catalog: Catalog) -> None:
    """Make a catalog the newest one, whole or not at all.

    Raises
    ------
    WarehouseError
        When its version exists already: somebody published without the lock.
    """
    folder = root / FOLDER
    aside = folder / f".{uuid.uuid4().hex}.tmp"
    final = folder / f"{catalog.version:08d}.json"
    try:
        with aside.open("x", encoding="utf-8") as file:
            json.dump(asdict(catalog), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, final)
    except FileExistsError:
        raise WarehouseError(f"{final} exists already; import again") from None
    finally:
        aside.unlink(missing_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def writing(root: Path, timeout: float) -> Iterator[None]:
    """Hold the warehouse's only writing place.

    Raises
    ------
    WarehouseError
        When another writer has held it for ``timeout`` seconds; it names the lock file.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / "writer.lock", timeout=timeout)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise WarehouseError(
            f"another import has held {lock.lock_file} for {timeout:g} seconds; wait for it to end and import again"
        ) from None
    try:
        for left in folder.glob(".*.tmp"):
            left.unlink(missing_ok=True)
        yield
    finally:
        lock.release()
