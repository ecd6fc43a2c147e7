"""The estimates behind a page as a workbook: numbers as numbers, and no cell that a spreadsheet would execute."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

import openpyxl
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from smo_reports.runs.faces.shown import Published, Shown
from smo_reports.words import catalogue, moment

_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet, or the CSV that somebody saves it as, may take for a formula."""
_MEASURED = frozenset(
    ("value", "low", "high", "target", "bound", "usual", "centre", "lower", "upper", "expected_effect")
)
"""Columns that are in the unit of their row."""
_FORMATS: Mapping[str, str] = {"share": "0.0%", "points": "0.0%"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_NAME, _WIDEST = 31, 60


def workbook(page: Published) -> bytes:
    """Write a page's estimates as an XLSX file.

    Parameters
    ----------
    page : Published

    Returns
    -------
    bytes
        The first sheet says what this is, how fresh it is and what the other sheets hold; then one sheet for each
        exhibit that has estimates: a row an estimate, with its interval, n, method and note beside it.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    say = catalogue(page.record.language)
    first = book.create_sheet(_name(say("About"), ()))
    held = [one for one in page.exhibits if one.rows]
    names: list[str] = []
    for one in held:
        names.append(_name(one.title or one.kind, (first.title, *names)))
        _fill(book.create_sheet(names[-1]), one)
    for row in (*_facts(page), ("",), *zip(names, (one.text for one in held), strict=True)):
        first.append([_cell(first, value) for value in row])
    _widen(first)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _facts(page: Published) -> Iterable[tuple[Any, ...]]:
    """What a reader has to know before any number."""
    record = page.record
    say = catalogue(record.language)
    made = moment(record.finished, record.language)
    yield (say("Report"), f"{record.title}: {record.report}")
    yield (say("Period"), record.period_label)
    yield (say("For"), say("leads") if record.audience == "lead" else say("stakeholders"))
    yield (say("Made"), made)
    if record.data_as_of:
        as_of = moment(dt.datetime.fromisoformat(record.data_as_of), record.language)
        yield (say("Data as of"), as_of)
    if record.stale:
        yield (say("Stale"), say("The data was older than the project allows when this was made."))
    if record.rows_used is not None:
        yield (say("Rows used"), record.rows_used)


def _fill(sheet: Worksheet, exhibit: Shown) -> None:
    sheet.append([_cell(sheet, name) for name in exhibit.columns])
    for row in exhibit.rows:
        shown = dict(zip(exhibit.columns, row, strict=True))
        number_format = _FORMATS.get(str(shown.get("unit")), "General")
        cells = []
        for name, value in shown.items():
            cell = _cell(sheet, value)
            if name in _MEASURED and cell.data_type == "n":
                cell.number_format = number_format
            cells.append(cell)
        sheet.append(cells)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    _widen(sheet)


def _cell(sheet: Worksheet, value: Any) -> Cell:
    """One value: a number, a day, yes or no, or text that stays text."""
    cell = Cell(sheet)
    if isinstance(value, bool | int | float) or value is None:
        cell.value = value
    elif isinstance(value, str) and _DAY.fullmatch(value):
        cell.value = dt.date.fromisoformat(value)
        cell.number_format = "yyyy-mm-dd"
    else:
        text = value if isinstance(value, str) else str(value)
        text = ILLEGAL_CHARACTERS_RE.sub("", text.encode("utf-8", "replace").decode())[:32_000]
        cell.value = f"'{text}" if text.startswith(_STARTS) else text
        cell.data_type = "s"
        cell.alignment = Alignment(vertical="top", wrap_text=len(text) > _WIDEST)
    return cell


def _name(title: str, taken: Iterable[str]) -> str:
    """A sheet's name: short, without what none may have, and its own."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", ILLEGAL_CHARACTERS_RE.sub("", title)).strip() or "-"
    known = {one.casefold() for one in taken}
    name, number = plain[:_LONGEST_NAME].strip(), 1
    while name.casefold() in known:
        number += 1
        tail = f" ({number})"
        name = plain[: _LONGEST_NAME - len(tail)].strip() + tail
    return name


def _widen(sheet: Worksheet) -> None:
    for number, column in enumerate(sheet.iter_cols(), start=1):
        longest = max((len(str(cell.value)) for cell in column if cell.value is not None), default=0)
        sheet.column_dimensions[get_column_letter(number)].width = min(max(longest + 2, 8), _WIDEST)
