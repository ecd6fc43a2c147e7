"""A number of one or two people is not shown to everybody; parts of nothing are said to be nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from smo_reports import present
from smo_reports.analyses.kpi_report import by_part
from smo_reports.errors import KpiError
from smo_reports.project import Project
from smo_reports.sources import read_all

MONDAY = dt.date(2026, 11, 9)
Build = Callable[..., Project]


def tables(people: dict[str, int]) -> dict[str, list[dict[str, Any]]]:
    """Forty audits of each vendor's decisions, by as many labelers as it has."""
    decisions = [
        {"decision_id": f"{vendor}{at}", "item_id": f"i{vendor}{at}", "labeler_id": f"{vendor}L{at % count}"}
        | {"label": "a", "vendor": vendor, "work_date": MONDAY}
        for vendor, count in people.items()
        for at in range(40)
    ]
    audits = [
        {"audit_id": f"a{row['decision_id']}", "decision_id": row["decision_id"], "auditor_id": "A", "correct": True}
        | {"audited_at": dt.datetime(2026, 11, 12, tzinfo=dt.UTC), "purpose": "random"}
        for row in decisions
    ]
    return {"decisions": decisions, "audits": audits}


def test_one_or_two_people_are_not_shown(parquet_project: Build) -> None:
    project = parquet_project(tables({"one": 1, "two": 2, "three": 3, "many": 8}))
    found = by_part(project, read_all(project, MONDAY, MONDAY + dt.timedelta(7)), "accuracy", ["vendor"])
    shown = found.set_index("vendor")
    assert shown["value"].notna().to_dict() == {"one": False, "two": False, "three": True, "many": True}
    assert shown.loc["two", "note"] == "too few: 2 people; figures are shown of 3 or more"
    assert shown.loc["two", ["low", "high"]].isna().all()
    page = present.parts_breakdown(project, found)
    assert "one" not in [row[0] for row in page.estimates.dropna(subset=["value"]).itertuples(index=False)]


def test_a_period_without_audits_has_no_parts_and_says_so(parquet_project: Build) -> None:
    project = parquet_project(tables({"many": 8}))
    empty = read_all(project, MONDAY - dt.timedelta(7), MONDAY)
    found = by_part(project, empty, "accuracy", ["vendor"])
    assert found["note"].tolist() == ["not measured: needs rows of this period"]
    assert not found["stands_out"].any()
    assert "not measured here" in present.parts_breakdown(project, found).text


def test_a_split_that_is_misspelled_is_refused(parquet_project: Build) -> None:
    project = parquet_project(tables({"many": 8}))
    rows = read_all(project)
    with pytest.raises(KpiError, match=r"accuracy cannot be split by 'vendr'; did you mean 'vendor'\?"):
        by_part(project, rows, "accuracy", ["vendr"])
    assert "site" not in by_part(project, rows, "accuracy", ["site", "vendor"])
