"""A delimited text file as records that know the line they begin in."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from smo_reports.errors import ImportFileError

CELL_LIMIT = 10_000_000
"""Characters that one cell may have."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
"""The delimiters that are looked for, and what messages call them."""

csv.field_size_limit(CELL_LIMIT)


class Record(NamedTuple):
    """One record: the line that it begins in (from 1), its cells and its text."""

    line: int
    cells: list[str]
    text: str


class _Lines:
    """The file's lines, remembering those of the record being read."""

    def __init__(self, file: Path, lines: IO[str]) -> None:
        self.file, self.lines = file, lines
        self.number = 0
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.number += 1
            if "\0" in line:
                raise ImportFileError(
                    f"{self.file}: line {self.number} has a NUL byte; if the file is UTF-16, give "
                    "encoding: utf-16 in the map, else export it again"
                )
            self.record.append(line)
            yield line


def unzipped(file: Path) -> IO[bytes]:
    """Open a file's bytes, those of a gzip file unpacked."""
    with file.open("rb") as opened:
        packed = opened.read(2) == b"\x1f\x8b"
    return gzip.open(file, "rb") if packed else file.open("rb")  # type: ignore[return-value]


def records(file: Path, delimiter: str, encoding: str = "utf-8-sig") -> Iterator[Record]:
    """Read a file record by record; blank lines are skipped.

    Raises
    ------
    ImportFileError
        When the file is empty, cut off, not of that encoding, has a NUL byte, an open quote or a cell of over
        ``CELL_LIMIT`` characters; it names the line.
    """
    if file.stat().st_size == 0:
        raise ImportFileError(f"{file}: the file is empty")
    try:
        with unzipped(file) as packed, io.TextIOWrapper(packed, encoding=encoding, newline="") as text:
            yield from _records(file, text, delimiter)
    except LookupError:
        raise ImportFileError(
            f"{file}: unknown encoding {encoding!r}; write it like utf-8, latin-1 or cp1252"
        ) from None
    except UnicodeDecodeError as error:
        raise ImportFileError(
            f"{file}: line {_bad_line(file, encoding)} is not {encoding}: {error.reason}; give the file's "
            "encoding in the map, such as encoding: cp1252"
        ) from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ImportFileError(f"{file}: the gzip file is damaged or cut off ({error}); copy it again") from None


def _records(file: Path, text: IO[str], delimiter: str) -> Iterator[Record]:
    lines = _Lines(file, text)
    found = csv.reader(lines, delimiter=delimiter)
    begin = 1
    try:
        for cells in found:
            if cells:
                yield Record(begin, cells, "".join(lines.record))
            _check_closed(file, begin, lines.record, delimiter)
            begin = lines.number + 1
            lines.record.clear()
    except csv.Error as error:
        raise ImportFileError(f"{file}: line {begin}: {error}; is a quote left open there?") from None


def _check_closed(file: Path, begin: int, record: list[str], delimiter: str) -> None:
    """Refuse a quote that is never closed: it would swallow the rest of the file as one cell."""
    if sum(line.count('"') for line in record) % 2 == 0:
        return
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise ImportFileError(f"{file}: line {begin}: a quote is opened and never closed; close it") from None


def _bad_line(file: Path, encoding: str) -> int:
    with unzipped(file) as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 1


def delimiter_of(file: Path, given: str | None, encoding: str) -> str:
    """Choose the delimiter: the given one, else by the file's ending, else that of most columns."""
    if given is not None:
        if len(given) != 1:
            raise ImportFileError(f"{file}: delimiter {given!r} has to be one character, such as ',' or ';'")
        return given
    if {".tsv", ".tab"} & {suffix.lower() for suffix in file.suffixes}:
        return "\t"
    widths = {mark: width(file, mark, encoding) for mark in DELIMITERS}
    return max(widths, key=lambda mark: widths[mark])


def width(file: Path, delimiter: str, encoding: str) -> int:
    """Count the columns that a delimiter finds in the first record."""
    return len(first(file, delimiter, encoding).cells)


def first(file: Path, delimiter: str, encoding: str) -> Record:
    """Read the first record; an error when the file has none."""
    found = records(file, delimiter, encoding)
    try:
        for record in found:
            return record
    finally:
        found.close()  # type: ignore[attr-defined]
    raise ImportFileError(f"{file}: the file is empty")
