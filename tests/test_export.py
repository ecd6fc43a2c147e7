"""The workbook behind a page: the same numbers, and no cell that a spreadsheet would execute."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smo_reports.cli import run_app
from smo_reports.project import Workspace
from smo_reports.runs.faces.shown import Published, Shown
from smo_reports.runs.faces.workbook import workbook
from smo_reports.runs.record import Record

RECORD = Record(
    report="kpi",
    project="demo",
    title="=cmd|' /C calc'!A0",
    language="en",
    time_zone="UTC",
    start="2026-11-09",
    end="2026-11-16",
    period_label="2026-W46",
    audience="stakeholder",
    parameters={},
    fingerprint={},
    finished_at="2026-11-16T07:00:00+00:00",
    seconds=1.0,
    rows_used=12,
    data_as_of="2026-11-15T23:00:00+00:00",
    stale=True,
)
COLUMNS = ("market", "kpi", "unit", "value", "low", "high", "n", "note", "period_start")


def made(*exhibits: Shown, record: Record = RECORD) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook(Published(record, exhibits))))


def exhibit(*rows: tuple[Any, ...], title: str = "KPIs", columns: tuple[str, ...] = COLUMNS) -> Shown:
    return Shown("kpi_table", title, "Accuracy 93.1 %", columns, rows, {})


def test_numbers_are_numbers_in_their_unit_and_days_are_days() -> None:
    row = ("ID", "accuracy", "share", 0.931, 0.907, None, 900, "", "2026-11-09")
    other = ("ID", "turnaround_p90", "seconds", 42.5, 40.0, 45.0, 7, "", "2026-11-09")
    sheet = made(exhibit(row, other))["KPIs"]
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    values = [cell.value for cell in sheet[2]]
    assert values == ["ID", "accuracy", "share", 0.931, 0.907, None, 900, None, dt.datetime(2026, 11, 9)]
    assert [sheet.cell(2, column).number_format for column in (4, 7, 9)] == ["0.0%", "General", "yyyy-mm-dd"]
    assert sheet.cell(3, 4).number_format == "General"
    assert sheet.freeze_panes == "A2"


def test_the_first_sheet_says_what_it_is_and_how_fresh() -> None:
    rows = [
        tuple(cell.value for cell in row) for row in made(exhibit(), exhibit(("ID",), columns=("market",)))["About"]
    ]
    said = dict(row for row in rows if row[0])
    assert said["Report"] == "'=cmd|' /C calc'!A0: kpi"
    assert said["Period"] == "2026-W46"
    assert said["Stale"] == "The data was older than the project allows when this was made."
    assert said["Rows used"] == 12
    # An exhibit without estimates has no sheet.
    assert said["KPIs"] == "Accuracy 93.1 %"
    assert len([row for row in rows if row[0] == "KPIs"]) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_nothing_is_a_formula(text: str) -> None:
    book = made(exhibit((text,), title=text, columns=(text,)))
    for sheet in book:
        for row in sheet:
            for cell in row:
                assert cell.data_type != "f"
                assert not str(cell.value or "").startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6), st.one_of(st.text(), st.none(), st.booleans()))
@settings(max_examples=60, deadline=None)
def test_whatever_titles_and_values_are_a_workbook_is_made_of_them(titles: list[str], value: Any) -> None:
    book = made(*(exhibit((value,), title=title, columns=("market",)) for title in titles))
    assert len(book.sheetnames) == len(titles) + 1
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]


def test_a_pages_workbook_has_the_pages_numbers(
    in_demo: Workspace, demo_pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    file = tmp_path / "kpi.xlsx"

    def export(*more: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["smo", "export", "kpi", "--period", "2026-W46", "--out", str(file), *more])
        code = run_app()
        return code, "".join(capsys.readouterr())

    assert export("--project", "hate-speech-id") == (0, f"{file}\n")
    shown = []
    for cell in json.loads((demo_pages / "kpi.ipynb").read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if found := output["data"].get("application/vnd.smo.estimates+json"):
                shown += [found] if found["rows"] else []
    book = openpyxl.load_workbook(file)
    assert len(book.sheetnames) == len(shown) + 1
    for sheet, said in zip(book.worksheets[1:], shown, strict=True):
        column = said["columns"].index("value") if "value" in said["columns"] else None
        if column is not None:
            values = [row[column].value for row in sheet.iter_rows(min_row=2)]
            assert values == pytest.approx([row[column] for row in said["rows"]], nan_ok=True)
    assert b"labeler_id" not in file.read_bytes()

    assert export() == (1, export()[1])
    assert "one page at a time" in export()[1]
    code, said_so = export("--project", "spam-br")
    assert (code, "there is no page of it; run it first" in said_so) == (1, True)
