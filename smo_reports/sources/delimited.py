"""Import of tables: CSV and TSV (also gzip), XLSX and Parquet, with or without a column map.

Every row keeps the line that it began in. A row with another number of fields than the header is set aside.
Cells are text and stay text: a formula is never computed, only its stored value read.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import ImportMap, Project
from smo_reports.sources.columns import own_map, positions, translated, unused
from smo_reports.sources.records import DELIMITERS, Record, delimiter_of, first, records
from smo_reports.warehouse.parsed import Parsed, Reading

_ROWS = 100_000
_CHARACTERS = 64_000_000
_PARQUET_ROWS = 250_000
WRONG_FIELDS = "wrong number of fields"


def read(file: Path, project: Project, options: ImportMap | None) -> Iterator[Parsed]:
    """Read a table file.

    Parameters
    ----------
    file : Path
        The ending decides: ``.xlsx``, ``.parquet``, else delimited text, packed with gzip or not.
    project : Project
    options : ImportMap or None
        Required; :func:`map_for` makes one from the file's own header.

    Raises
    ------
    ImportFileError
        When the file cannot be read as a whole; it names the place and the cure.
    """
    if options is None:
        raise ImportFileError(f"{file}: say which table it holds, or give a map")
    reading = Reading(options.time_format, options.time_zone, options.decimal)
    if file.suffix.lower() == ".parquet":
        batches = _parquet(file, options)
    elif file.suffix.lower() == ".xlsx":
        batches = _text_batches(file, _sheet(file, options.sheet), options)
    else:
        delimiter = delimiter_of(file, options.delimiter, options.encoding)
        _check_delimiter(file, delimiter, options)
        batches = _text_batches(file, records(file, delimiter, options.encoding), options)
    for rows, notes in batches:
        yield Parsed(options.table, translated(rows, options), reading, notes)


def map_for(file: Path, table: str) -> ImportMap:
    """Make the map of a file whose header already has canonical names, in any case."""
    return own_map(table, _header(file))


def _header(file: Path) -> list[str]:
    if file.suffix.lower() == ".parquet":
        return list(_open_parquet(file).schema_arrow.names)
    if file.suffix.lower() == ".xlsx":
        for record in _sheet(file, None):
            return record.cells
        raise ImportFileError(f"{file}: the file is empty")
    encoding = "utf-8-sig"
    return first(file, delimiter_of(file, None, encoding), encoding).cells


def _check_delimiter(file: Path, delimiter: str, options: ImportMap) -> None:
    """Refuse a delimiter that finds one column where several are mapped, and name the one that works."""
    if len(options.columns) < 2 or len(first(file, delimiter, options.encoding).cells) > 1:
        return
    for other, name in DELIMITERS.items():
        cells = first(file, other, options.encoding).cells
        if len(cells) > 1 and _fits(file, cells, options):
            raise ImportFileError(
                f"{file}: split by {delimiter!r} the first line is one column; split by a {name} it has the "
                f"mapped columns: set delimiter: {other!r}"
            )


def _fits(file: Path, cells: list[str], options: ImportMap) -> bool:
    try:
        positions(file, cells, options)
    except ImportFileError:
        return False
    return True


def _text_batches(
    file: Path, found: Iterable[Record], options: ImportMap
) -> Iterator[tuple[pa.Table, tuple[str, ...]]]:
    places: dict[str, int] | None = None
    fields, size = 0, 0
    waiting: list[Record] = []
    notes: tuple[str, ...] = ()
    for record in found:
        if places is None:
            fields = len(record.cells)
            header = record.cells if options.header else [""] * fields
            places = positions(file, header, options)
            notes = unused(header, places) if options.header else ()
            if options.header:
                continue
        waiting.append(record)
        size += len(record.text)
        if len(waiting) >= _ROWS or size >= _CHARACTERS:
            yield _columnar(waiting, places, fields), notes
            waiting, size = [], 0
    if places is None:
        raise ImportFileError(f"{file}: the file is empty")
    yield _columnar(waiting, places, fields), notes


def _columnar(found: list[Record], places: dict[str, int], fields: int) -> pa.Table:
    wrong = [len(record.cells) != fields for record in found]
    blank = [""] * fields
    cells = [blank if bad else record.cells for bad, record in zip(wrong, found, strict=True)]
    pairs = list(zip(wrong, found, strict=True))
    text = pa.string()
    return pa.table(
        {
            "_line": pa.array([record.line for record in found], pa.int64()),
            "_raw": pa.array([record.text.rstrip("\r\n") if bad else None for bad, record in pairs], text),
            "_rule": pa.array([WRONG_FIELDS if bad else None for bad in wrong], text),
            "_detail": pa.array(
                [f"{len(r.cells)} fields, expected {fields}; correct the row" if bad else None for bad, r in pairs],
                text,
            ),
            **{column: pa.array([row[at] for row in cells], text) for column, at in places.items()},
        }
    )


def _sheet(file: Path, name: str | None) -> Iterator[Record]:
    """Read a worksheet's rows; a formula is its stored value, or its text where none is stored."""
    try:
        stored = openpyxl.load_workbook(file, read_only=True, data_only=True)
        written = openpyxl.load_workbook(file, read_only=True)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        openpyxl.utils.exceptions.InvalidFileException,
    ) as error:
        raise ImportFileError(f"{file}: not an XLSX workbook ({error}); save it as .xlsx or .csv") from None
    try:
        if name is not None and name not in stored.sheetnames:
            raise ImportFileError(f"{file}: no sheet {name!r}; {nearest(name, stored.sheetnames)}")
        sheet = name or stored.sheetnames[0]
        width = 0
        rows = zip(
            stored[sheet].iter_rows(values_only=True),
            written[sheet].iter_rows(values_only=True),
            strict=False,
        )
        for line, (values, formulas) in enumerate(rows, 1):
            cells = [
                _cell(formula if value is None else value) for value, formula in zip(values, formulas, strict=False)
            ]
            if not any(cells):
                continue
            width = width or len(cells)
            cells += [""] * (width - len(cells))
            yield Record(line, cells, "\t".join(cells))
    finally:
        stored.close()
        written.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _open_parquet(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except pa.ArrowException as error:
        raise ImportFileError(f"{file}: not a whole Parquet file ({error}); copy it again") from None


def _parquet(file: Path, options: ImportMap) -> Iterator[tuple[pa.Table, tuple[str, ...]]]:
    opened = _open_parquet(file)
    names = list(opened.schema_arrow.names)
    places = positions(file, names, options)
    notes = unused(names, places)
    wanted = list(dict.fromkeys(names[at] for at in places.values()))
    line = 1
    empty = opened.schema_arrow.empty_table().select(wanted)
    yield _named(empty, names, places, line), notes
    for batch in opened.iter_batches(_PARQUET_ROWS, columns=wanted):
        yield _named(pa.Table.from_batches([batch]), names, places, line), ()
        line += len(batch)


def _named(batch: pa.Table, names: list[str], places: dict[str, int], line: int) -> pa.Table:
    columns = {column: _plain(batch.column(names[at])) for column, at in places.items()}
    return pa.table({"_line": pa.array(np.arange(line, line + len(batch)), pa.int64()), **columns})


def _plain(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Undo dictionary encoding, whose dictionaries may differ from batch to batch."""
    return cells.cast(cells.type.value_type) if pa.types.is_dictionary(cells.type) else cells
