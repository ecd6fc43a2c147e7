"""The files of a Delta table at one version, listed once in each process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

_READ = frozenset({"partition.project", "path", "num_records"})
_NULLS = "null_count."


@dataclass(frozen=True)
class TableFile:
    """One Parquet file of a table.

    Attributes
    ----------
    project : str
    path : str
        In the table's folder.
    columns : frozenset of str
        Those that hold at least one value; ``project``, which is in the path, is always one.
    rows : int
    """

    project: str
    path: str
    columns: frozenset[str]
    rows: int


def table_files(folder: Path, version: int) -> tuple[TableFile, ...]:
    """List a table's files at one Delta version; reads no data, and the table's log only once.

    Parameters
    ----------
    folder : Path
    version : int
        What a version holds never changes; where its log is another file, the table was made anew.

    Raises
    ------
    deltalake.exceptions.DeltaError
        When there is no such table or version.
    """
    try:
        log = (folder / "_delta_log" / f"{version:020d}.json").stat()
    except FileNotFoundError:
        return _listed(folder, version)
    return _remembered(folder, version, (log.st_ino, log.st_mtime_ns, log.st_size))


# A report reads all tables many times, and to open one takes longer than most of its queries.
@lru_cache(maxsize=256)
def _remembered(folder: Path, version: int, _log: tuple[int, int, int]) -> tuple[TableFile, ...]:
    return _listed(folder, version)


def _listed(folder: Path, version: int) -> tuple[TableFile, ...]:
    # Not pa.table(), which imports pandas to see whether it was given one of its frames.
    found = DeltaTable(folder, version=version).get_add_actions(flatten=True)
    names = [name for name in found.schema.names if name in _READ or name.startswith(_NULLS)]
    columns = (pa.chunked_array(found.column(name)).to_pylist() for name in names)
    actions = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return tuple(
        TableFile(row["partition.project"], row["path"], _held(row), int(row["num_records"])) for row in actions
    )


def _held(action: dict[str, Any]) -> frozenset[str]:
    nulls = {name.removeprefix(_NULLS): count for name, count in action.items() if name.startswith(_NULLS)}
    return frozenset({"project", *(name for name, count in nulls.items() if count != action["num_records"])})
