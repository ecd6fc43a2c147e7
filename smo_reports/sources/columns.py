"""Which of a file's columns become which canonical ones, and their values on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import ImportMap
from smo_reports.schema import TABLES, table
from smo_reports.sources.worked_time import JOINED, with_worked_time


def own_map(name: str, header: Sequence[str]) -> ImportMap:
    """Map every header that is a canonical column's name, whatever its case."""
    canonical = {column: column for column in table(name).names}
    columns = {canonical[head.strip().lower()]: head for head in header if head.strip().lower() in canonical}
    return ImportMap(table=name, columns=dict(columns))


def unused(header: Sequence[str], positions: Mapping[str, int]) -> tuple[str, ...]:
    """Say which of a file's columns are ignored: one note, or none."""
    left = [head for at, head in enumerate(header) if at not in positions.values()]
    return (f"ignored columns: {', '.join(left)}",) if left else ()


def positions(file: Path, header: Sequence[str], options: ImportMap) -> dict[str, int]:
    """Find the place, from 0, of every mapped column.

    Parameters
    ----------
    file : Path
        For messages.
    header : sequence of str
        The columns' names; for a file without a header as many empty ones as it has columns.
    options : ImportMap

    Raises
    ------
    ImportFileError
        When a mapped column is not there, stands there twice, or a required canonical column is not mapped.
    """
    found: dict[str, int] = {}
    names = [head.strip() for head in header]
    for column, source in _single(options):
        if isinstance(source, int):
            if not 1 <= source <= len(names):
                raise ImportFileError(f"{file}: {column} is column {source}, and the file has {len(names)} columns")
            found[column] = source - 1
        elif names.count(source.strip()) > 1:
            raise ImportFileError(f"{file}: there are {names.count(source.strip())} columns {source!r}; rename one")
        elif source.strip() not in names:
            raise ImportFileError(f"{file}: no column {source!r} for {column}; {nearest(source, names)}")
        else:
            found[column] = names.index(source.strip())
    _check_required(file, names, options)
    return found


def _single(options: ImportMap) -> Iterator[tuple[str, str | int]]:
    """Every column with its source; one that is joined of several once for each, under a name of its own."""
    for column, source in options.columns.items():
        if isinstance(source, tuple):
            yield from ((f"{JOINED}{place}:{column}", part) for place, part in enumerate(source))
        else:
            yield column, source


def _check_required(file: Path, header: Sequence[str], options: ImportMap) -> None:
    wanted = TABLES[options.table]
    made = {"project", wanted.key[0] if wanted.made_id else "project"}
    missing = [
        name
        for name in wanted.required
        if name not in made and name not in options.columns and name not in options.constants
    ]
    if missing:
        listed = ", ".join(head for head in header if head) or f"{len(header)} columns without names"
        near = "; ".join(f"{name}: {nearest(name, header)}" for name in missing if any(header))
        raise ImportFileError(
            f"{file}: table {options.table!r} needs {', '.join(missing)}, and the file has: {listed}. "
            f"Name the columns in a map (columns: {{{missing[0]}: …}}){'; ' + near if near else ''}"
        )


def translated(rows: pa.Table, options: ImportMap) -> pa.Table:
    """Translate single values, join columns, read working time and fill constant columns as a map asks."""
    rows = with_worked_time(rows, options)
    for column, values in options.values.items():
        if column in rows.column_names:
            at = rows.column_names.index(column)
            rows = rows.set_column(at, column, _mapped(rows.column(column), values))
    for column, constant in options.constants.items():
        if column not in rows.column_names:
            rows = rows.append_column(column, pa.array([constant] * len(rows), pa.string()))
    return rows


def _mapped(cells: pa.ChunkedArray, values: Mapping[str, str]) -> pa.ChunkedArray:
    text = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    places = pc.index_in(text, value_set=pa.array(list(values), pa.string()))
    return pc.coalesce(pc.take(pa.array(list(values.values()), pa.string()), places), text)
