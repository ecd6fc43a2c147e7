"""What an import wrote, flushed to disk before its catalog is published.

Without it a power cut could leave a catalog, which is flushed, that names Parquet files which are not on disk.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import unquote

_LOG = "_delta_log"


def flush(root: Path, name: str, before: int | None, after: int) -> None:
    """Flush the files of one Delta table that were written since a version, and the folders they are in.

    Parameters
    ----------
    root : Path
        Of the warehouse.
    name : str
        The table.
    before : int or None
        The Delta version before the import; ``None`` when the table is new.
    after : int
        The Delta version that the catalog is going to name.
    """
    table = root / name
    since = -1 if before is None else before
    files = [path for path in (table / _LOG).iterdir() if _version(path) > since]
    for version in range(since + 1, after + 1):
        files += [table / path for path in _added(table / _LOG / f"{version:020d}.json")]
    folders = {path.parent for path in files} | {table, root}
    for path in [*dict.fromkeys(files), *sorted(folders)]:
        _sync(path)


def _version(path: Path) -> float:
    """The version that a log file speaks of; the pointer to the newest checkpoint is always written anew."""
    number = path.name.partition(".")[0]
    if path.name == "_last_checkpoint":
        return float("inf")
    return int(number) if number.isdigit() else -1


def _added(log: Path) -> list[str]:
    """The Parquet files that one commit added, as paths inside the table."""
    actions = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.strip()]
    return [unquote(action["add"]["path"]) for action in actions if "add" in action]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
