"""How a delimited file becomes a canonical table."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from smo_reports.errors import nearest
from smo_reports.project.frozen import Frozen
from smo_reports.schema import TABLES


class ImportMap(Frozen):
    """How a delimited file's columns become a canonical table's.

    ``columns`` gives for each canonical column the source's column name, or its position counted from 1 when
    the file has no header; a list of columns is joined by spaces, such as a day's and a time's. ``values``
    translates single values, ``constants`` fills columns that the file lacks. ``overnight`` says that an end which
    stands before its beginning is on the next day, as in files that give a shift one date. ``table`` may be left out of
    maps for time trackers' exports, which fill ``work_hours`` and no other.
    """

    table: str = "work_hours"
    columns: dict[str, str | int | tuple[str | int, ...]] = Field(default_factory=dict)
    header: bool = True
    delimiter: str | None = None
    encoding: str = "utf-8-sig"
    sheet: str | None = None
    time_format: str | None = None
    time_zone: str | None = None
    decimal: Literal[".", ","] = "."
    overnight: bool = False
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> ImportMap:
        if self.table not in TABLES:
            raise ValueError(f"unknown table {self.table!r}; {nearest(self.table, TABLES)}")
        names = TABLES[self.table].names
        for column in (*self.columns, *self.values, *self.constants):
            if column not in names:
                unsaid = "" if "table" in self.model_fields_set else " (the map does not say table: …)"
                raise ValueError(f"table {self.table!r} has no column {column!r}; {nearest(column, names)}{unsaid}")
        sources = [one for given in self.columns.values() for one in (given if isinstance(given, tuple) else (given,))]
        if not self.header and any(not isinstance(source, int) for source in sources):
            raise ValueError("without a header, columns are given by position: 1, 2, 3 …")
        if self.overnight and not TABLES[self.table].ordered:
            raise ValueError(f"table {self.table!r} has no end that could be on the next day; leave overnight out")
        return self
