"""Numpy arrays in, canonical Arrow tables out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from smo_reports.schema import Kind, table
from smo_reports.world.moments import day_number
from smo_reports.world.operation import Bools, Ints

NEVER = np.iinfo(np.int64).min
"""In an array of times or days: no such moment."""

TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "real": pa.float64(),
    "int": pa.int64(),
    "bool": pa.bool_(),
}


def ids(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Make ``prefix`` + zero-padded number for each number.

    Built as one block of bytes: formatting 100 million ids one by one would take minutes.
    """
    lead = np.frombuffer(prefix.encode(), np.uint8)
    text = np.empty((len(numbers), len(lead) + width), np.uint8)
    text[:, : len(lead)] = lead
    rest = numbers
    for place in range(len(lead) + width - 1, len(lead) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + 48
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * np.int32(text.shape[1])
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text))


def _bitmap(bits: npt.ArrayLike) -> pa.Buffer:
    """Pack bits as Arrow has them, zeros after the last: Arrow reads whole words, and writes what it finds there."""
    packed = np.packbits(np.asarray(bits, np.bool_), bitorder="little")
    padded = np.zeros(-(-len(packed) // 64) * 64, np.uint8)
    padded[: len(packed)] = packed
    return pa.py_buffer(padded)


def _flat(kind: pa.DataType, values: np.ndarray[Any, Any], missing: Bools | None = None) -> pa.Array:
    """Wrap a numpy array without a copy; ``pa.array`` would import pandas, dearer than a small world."""
    stored = _bitmap(values) if pa.types.is_boolean(kind) else pa.py_buffer(np.ascontiguousarray(values))
    valid = _bitmap(~missing) if missing is not None and missing.any() else None
    return pa.Array.from_buffers(kind, len(values), [valid, stored])


def text(values: Sequence[str | None]) -> pa.Array:
    """Make a plain text array; None is null."""
    parts = [(value or "").encode() for value in values]
    offsets = np.cumsum([0, *(len(part) for part in parts)]).astype(np.int32)
    valid = _bitmap([value is not None for value in values])
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(pa.string(), len(parts), buffers)


@lru_cache(maxsize=1024)
def _vocabulary(names: tuple[str, ...]) -> pa.Array:
    return text(names)


def words(vocabulary: Sequence[str], codes: Ints) -> pa.Array:
    """Spell codes out, as a dictionary array; a negative code is null."""
    indices = _flat(pa.int32(), codes.astype(np.int32), codes < 0)
    return pa.DictionaryArray.from_arrays(indices, _vocabulary(tuple(vocabulary)))


def _column(kind: Kind, values: Any) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if kind == "text":
        return text(values)
    if kind in ("time", "date"):
        moments = _moments(values)
        missing = moments == NEVER
        stored = np.where(missing, 0, moments).astype(np.int64 if kind == "time" else np.int32)
        return _flat(TYPES[kind], stored, missing)
    if kind == "real":
        numbers = np.asarray(values, np.float64)
        return _flat(TYPES[kind], numbers, np.isnan(numbers))
    return _flat(TYPES[kind], np.asarray(values, np.int64 if kind == "int" else np.bool_))


def _moments(values: Any) -> Ints:
    """Turn moments into numbers: times as given, dates as days since 1970, None as ``NEVER``."""
    if isinstance(values, np.ndarray):
        return values
    plain = [day_number(value) if isinstance(value, dt.date) else value for value in values]
    return np.array([NEVER if value is None else value for value in plain], np.int64)


def canonical(name: str, project: str, columns: Mapping[str, Any]) -> pa.Table:
    """Build a canonical table, its columns in the schema's order and ``project`` filled in.

    Parameters
    ----------
    name : str
        A canonical table.
    project : str
    columns : mapping
        For each column an Arrow array, a numpy array (times in microseconds and dates in days since 1970,
        UTC; ``NEVER`` and nan are null) or a list.
    """
    spec = table(name)
    size = len(next(iter(columns.values())))
    found: dict[str, pa.Array] = {}
    for column in spec.columns:
        if column.name in columns:
            found[column.name] = _column(column.kind, columns[column.name])
        elif column.name == "project":
            found["project"] = words([project], np.zeros(size, np.int64))
    return pa.Table.from_arrays(list(found.values()), names=list(found))


def listed(name: str, project: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table | None:
    """Build a small canonical table from rows; None when there are none."""
    if not rows:
        return None
    return canonical(name, project, {key: [row.get(key) for row in rows] for key in rows[0]})
