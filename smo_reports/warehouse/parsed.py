"""What an import format hands to the warehouse: batches of rows, and how to read their text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

LINE, RAW, RULE, DETAIL = "_line", "_raw", "_rule", "_detail"
"""Reserved columns: the source's line (from 1), its text, and what a reader found wrong with the row."""


@dataclass(frozen=True)
class Reading:
    """How the text of times and numbers is read.

    Attributes
    ----------
    time_format : str or None
        A ``strptime`` format that all times follow; ISO 8601 without one.
    time_zone : str or None
        The zone of times that say none; the project's without one.
    decimal : {".", ","}
    """

    time_format: str | None = None
    time_zone: str | None = None
    decimal: str = "."


@dataclass(frozen=True)
class Covered:
    """What a file tells all of: what an older file said of it and this one does not is taken back.

    Attributes
    ----------
    days : tuple of (str, str)
        Person and day, as ``YYYY-MM-DD``.
    sources : tuple of str
        Of ``work_hours.source``; one that ends with `` / `` stands for all that begin so.
    """

    days: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Parsed:
    """A batch of one table's rows as they stand in a source.

    Attributes
    ----------
    table : str
        A canonical table.
    rows : pyarrow.Table
        Canonical columns, text or typed, and ``_line`` (int64). ``_raw`` (text of the source's row),
        ``_rule`` and ``_detail`` (what the reader found wrong: the row is set aside) are optional. All
        batches of one table of one file have the same columns.
    reading : Reading
        The same in all batches of one table of one file.
    notes : tuple of str
        What the person who imports should know, such as ignored columns.
    covers : Covered or None
        Only of ``work_hours``, and in one batch of a file.
    """

    table: str
    rows: pa.Table
    reading: Reading = Reading()
    notes: tuple[str, ...] = ()
    covers: Covered | None = None


@dataclass(frozen=True)
class Part:
    """One file of an import.

    Attributes
    ----------
    format : str
        The format's name; made ids depend on it.
    batches : iterable of Parsed
    file : Path or None
        Watched for changes while it is read; ``None`` when the rows come from elsewhere.
    name, sha256 : str
        Only for rows that come from elsewhere.
    """

    format: str
    batches: Iterable[Parsed]
    file: Path | None = None
    name: str = field(default="")
    sha256: str = field(default="")
