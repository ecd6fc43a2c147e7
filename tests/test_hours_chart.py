"""Hours by week: three sums by hand, drawn and told; and tables whose later rows wait to be asked for."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pandas as pd
import pytest

from smo_reports.analyses import ShiftsKept, WorkingTime, hours_by_week
from smo_reports.present import hours_by_week as drawn
from smo_reports.present.table import Column, long_table
from smo_reports.project import Project, parse_project

W1, W2, W3 = dt.date(2026, 11, 2), dt.date(2026, 11, 9), dt.date(2026, 11, 16)
NONE = pd.DataFrame()


@pytest.fixture
def project() -> Project:
    return parse_project("project: p\ntitle: A\ntime_zone: Asia/Jakarta\n", "p.yaml", Path())


def part(week: dt.date, name: str, hours: float, team: str = "(everybody)") -> dict[str, object]:
    return {"team": team, "week": week, "part": name, "hours": hours}


def shift(week: dt.date, measure: str, of_hours: float, team: str = "(everybody)") -> dict[str, object]:
    return {"team": team, "week": week, "measure": measure, "of_hours": of_hours, "value": 0.9}


def tables(parts: list[dict[str, object]], shifts: list[dict[str, object]]) -> tuple[WorkingTime, ShiftsKept]:
    columns = ["team", "week", "measure", "of_hours", "value"]
    return (
        WorkingTime(NONE, NONE, pd.DataFrame(parts), NONE, {}),
        ShiftsKept(pd.DataFrame(shifts, columns=columns), NONE, "", {}),
    )


def test_hours_of_all_people_week_by_week() -> None:
    parts = [
        part(W2, "production", 300.0), part(W2, "audit", 40.0), part(W2, "away", 60.0),
        part(W1, "production", 280.0), part(W1, "training", 20.0),
        part(W1, "production", 999.0, "A"), part(W3, "production", math.nan),
    ]  # fmt: skip
    shifts = [shift(W2, "kept", 420.0), shift(W2, "late", 7.0), shift(W2, "kept", 999.0, "A")]
    found = hours_by_week(*tables(parts, shifts))
    assert found["week"].tolist() == [W1, W2]
    assert found["recorded"].tolist() == [300, 400]
    assert found["productive"].tolist() == [280, 340]
    assert math.isnan(found["planned"][0])
    assert found["planned"][1] == 420


def test_the_last_week_is_told_and_every_line_is_named(project: Project) -> None:
    weeks = pd.DataFrame(
        {"week": [W1, W2], "planned": [math.nan, 420.0], "recorded": [300.0, 400.0], "productive": [280.0, 340.5]}
    )
    exhibit = drawn(project, weeks)
    said = "In the week of 9 Nov 2026 420 hours were planned as shifts and 400 booked, 340 of them for the work itself."
    assert exhibit.text == said
    assert f'aria-label="{said}"' in exhibit.html
    assert all(f">{name}<" in exhibit.html for name in ("planned", "booked", "work itself"))
    without = drawn(project, weeks.assign(planned=math.nan))
    assert without.text.endswith("340 of them for the work itself; no shifts are known.")
    assert ">planned<" not in without.html


def test_one_week_is_no_line(project: Project) -> None:
    weeks = pd.DataFrame({"week": [W1], "planned": [1.0], "recorded": [1.0], "productive": [1.0]})
    assert "<svg" not in drawn(project, weeks).html
    assert "from two weeks on" in drawn(project, weeks).text


def test_later_rows_of_a_long_table_are_folded_away() -> None:
    rows = [[f"week {at}", str(at)] for at in range(13)]
    html = str(long_table([Column("Week"), Column("People", digits=True)], rows, "Caption", "A note.", "9 more weeks"))
    shown, _, folded = html.partition("<details><summary>9 more weeks</summary>")
    assert [f"week {at}" in shown for at in range(13)] == [True] * 4 + [False] * 9
    assert all(f"week {at}" in folded for at in range(4, 13))
    assert html.count("A note.") == 1
    five = str(long_table([Column("Week"), Column("People")], rows[:5], "Caption", "", "1 more week"))
    assert "<details" not in five
    assert "week 4" in five
