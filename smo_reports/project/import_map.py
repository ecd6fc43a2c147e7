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
    the file has no header. ``values`` translates single values, ``constants`` fills columns that the file
    lacks.
    """

    table: str
    columns: dict[str, str | int]
    header: bool = True
    delimiter: str | None = None
    encoding: str = "utf-8-sig"
    sheet: str | None = None
    time_format: str | None = None
    time_zone: str | None = None
    decimal: Literal[".", ","] = "."
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> ImportMap:
        if self.table not in TABLES:
            raise ValueError(f"unknown table {self.table!r}; {nearest(self.table, TABLES)}")
        names = TABLES[self.table].names
        for column in (*self.columns, *self.values, *self.constants):
            if column not in names:
                raise ValueError(f"table {self.table!r} has no column {column!r}; {nearest(column, names)}")
        if not self.header and any(not isinstance(source, int) for source in self.columns.values()):
            raise ValueError("without a header, columns are given by position: 1, 2, 3 …")
        return self
