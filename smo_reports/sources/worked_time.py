"""How in-house time sheets write working time, turned into what the warehouse reads.

A day's and a time's column are joined; hours may be written ``7:30``; a date may stand alone where a format has both a
day and a time; and a night shift's end may stand under the date of its beginning. What cannot be read stays as it is,
for the warehouse's rules to set aside.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from smo_reports.project import ImportMap
from smo_reports.schema import TABLES

JOINED = "joined:"
"""What the parts of a joined column are called while they are read: ``joined:0:starts_at``, ``joined:1:starts_at``."""

_CLOCK = re.compile(r"\s*(\d+):([0-5]\d)(?::([0-5]\d))?\s*")
_TIME_OF_DAY = re.compile(r"[ T]?%[HI].*")


def with_worked_time(rows: pa.Table, options: ImportMap) -> pa.Table:
    """Columns that a map joins, hours, dates and ends of nights as the warehouse reads them.

    Parameters
    ----------
    rows : Table
        Canonical columns, and the parts of joined ones.
    options : ImportMap
    """
    for column, source in options.columns.items():
        if isinstance(source, tuple):
            rows = _joined(rows, column, len(source))
    if options.table == "work_hours":
        rows = _reread(rows, "hours", lambda cell: _decimal_hours(cell, options.decimal), ":")
    day = _TIME_OF_DAY.sub("", options.time_format or "")
    if day and day != options.time_format:
        for dated in (column.name for column in TABLES[options.table].columns if column.kind == "date"):
            rows = _reread(rows, dated, lambda cell: _iso_day(cell, day))
    return _next_morning(rows, options) if options.overnight else rows


def _joined(rows: pa.Table, column: str, parts: int) -> pa.Table:
    names = [f"{JOINED}{place}:{column}" for place in range(parts)]
    cells = [pc.utf8_trim_whitespace(rows.column(name).cast(pa.string())) for name in names]
    together = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*cells, " ", null_handling="skip"))
    # A worksheet's day comes as its midnight.
    together = pc.replace_substring(together, "T00:00:00 ", " ")
    return rows.drop_columns(names).append_column(column, together)


def _reread(rows: pa.Table, column: str, made: Callable[[str], str], among: str = "") -> pa.Table:
    """The table with the text cells of a column, if there is one, made into others; ``among`` tells which."""
    if column not in rows.column_names or not pa.types.is_string(rows.column(column).type):
        return rows
    cells = rows.column(column)
    if among and not pc.any(pc.match_substring(cells, among)).as_py():
        return rows
    found = pa.chunked_array([[cell if cell is None else made(cell) for cell in cells.to_pylist()]], pa.string())
    return rows.set_column(rows.column_names.index(column), column, found)


def _decimal_hours(cell: str, decimal: str) -> str:
    """Hours and minutes as decimal digits; any other text as it is.

    >>> _decimal_hours("7:30", ","), _decimal_hours("7,5", ",")
    ('7,5', '7,5')
    """
    found = _CLOCK.fullmatch(cell)
    if found is None:
        return cell
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return repr(hours + minutes / 60 + seconds / 3600).replace(".", decimal)


def _iso_day(cell: str, form: str) -> str:
    moment = _moment(cell, form)
    return cell if moment is None else str(moment.date())


def _next_morning(rows: pa.Table, options: ImportMap) -> pa.Table:
    """Put an end of at most a day before its beginning on the next day."""
    for first, last in TABLES[options.table].ordered:
        if not {first, last} <= set(rows.column_names) or not pa.types.is_string(rows.column(last).type):
            continue
        ends = [
            _after(began, ended, options.time_format)
            for began, ended in zip(rows.column(first).to_pylist(), rows.column(last).to_pylist(), strict=True)
        ]
        rows = rows.set_column(rows.column_names.index(last), last, pa.chunked_array([ends], pa.string()))
    return rows


def _after(began: str | None, ended: str | None, form: str | None) -> str | None:
    first, last = (_moment(cell or "", form) for cell in (began, ended))
    if first is None or last is None or (first.tzinfo is None) != (last.tzinfo is None):
        return ended
    if last >= first or first - last >= dt.timedelta(days=1):
        return ended
    later = last + dt.timedelta(days=1)
    return later.strftime(form) if form else later.isoformat()


def _moment(cell: str, form: str | None) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(cell.strip(), form) if form else dt.datetime.fromisoformat(cell.strip())
    except ValueError:
        return None
