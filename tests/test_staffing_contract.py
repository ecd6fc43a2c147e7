"""Booked hours against parts of full time, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from smo_reports import present
from smo_reports.analyses import booked_against_contract, person_days
from smo_reports.project import Project
from smo_reports.sources import read_all

START, END = dt.date(2026, 11, 2), dt.date(2026, 11, 16)


def rows(hours: list[float], fte: float = 0.5) -> dict[str, list[dict[str, Any]]]:
    """Two weeks of one booking each a person; the last person left within them."""
    people = [f"w{place}" for place in range(len(hours))]
    spell = {"role": "labeler", "started_on": dt.date(2026, 1, 5), "fte": fte, "ended_on": None}
    left = spell | {"person_id": "gone", "ended_on": dt.date(2026, 11, 4)}
    booked = [
        {"person_id": name, "work_date": dt.date(2026, 11, 9), "activity": "production", "hours": many}
        for name, many in zip([*people, "gone"], [*hours, 99.0], strict=True)
    ]
    decision = {"decision_id": "d", "item_id": "i", "labeler_id": "w0", "label": "x", "work_date": dt.date(2026, 11, 9)}
    return {
        "decisions": [decision],
        "people": [*({"person_id": name, **spell} for name in people), left],
        "work_hours": booked,
    }


def measured(project: Project) -> Any:
    found = read_all(project, START, END)
    return booked_against_contract(project, found, person_days(project, found))


def test_hours_of_whoever_was_there_throughout(parquet_project: Callable[..., Project]) -> None:
    # Five people, half of 40 hours, two weeks: 200 agreed; 36 + 40 + 44 + 40 + 40 = 200 booked.
    project = parquet_project(rows([36.0, 40.0, 44.0, 40.0, 40.0]))
    found = measured(project)
    assert (found.booked, found.agreed, found.people, found.ratio) == (200.0, 200.0, 5, 1.0)
    # Residuals -4, 0, 4, 0, 0: error sqrt(5/4 * 32) / 200, Student's quantile of 4 degrees 2.776.
    assert found.high - found.ratio == pytest.approx(2.776445 * 40**0.5 / 200, rel=1e-5)
    assert not found.apart
    said = present.booked_against_contract(project, found)
    assert said.text.startswith("People booked 100.0 % (")
    assert said.text.endswith(" of the hours that their parts of full time say.")


@pytest.mark.parametrize(
    ("hours", "said"),
    [(60.0, "fewer hours than are worked now"), (20.0, "more hours than are worked now")],
)
def test_what_is_far_apart_is_said(parquet_project: Callable[..., Project], hours: float, said: str) -> None:
    project = parquet_project(rows([hours, hours + 1, hours - 1, hours, hours]))
    found = measured(project)
    assert found.apart
    assert said in present.booked_against_contract(project, found).text


def test_few_people_and_missing_columns(parquet_project: Callable[..., Project]) -> None:
    few = measured(parquet_project(rows([40.0] * 4)))
    assert few.note == "too few: 4 people; working time is shown for 5 or more"
    tables = rows([40.0] * 5)
    for one in tables["people"]:
        del one["fte"]
    project = parquet_project(tables)
    lacking = measured(project)
    assert lacking.note == "not measured: needs people.fte"
    assert "people.fte" in present.booked_against_contract(project, lacking).text
