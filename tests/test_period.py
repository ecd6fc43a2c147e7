"""Periods as people write them, and the last one that is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from smo_reports.errors import PeriodError
from smo_reports.period import NO_DAYS, default_period, from_dates, last_complete, parse_period
from smo_reports.project import Project
from smo_reports.sources import read_all

D = dt.date


@pytest.mark.parametrize(
    ("text", "start", "end", "label", "before"),
    [
        ("2026-W46", D(2026, 11, 9), D(2026, 11, 16), "2026-W46", D(2026, 11, 2)),
        ("2026-W01", D(2025, 12, 29), D(2026, 1, 5), "2026-W01", D(2025, 12, 22)),
        ("2026-W53", D(2026, 12, 28), D(2027, 1, 4), "2026-W53", D(2026, 12, 21)),
        ("2026-12", D(2026, 12, 1), D(2027, 1, 1), "2026-12", D(2026, 11, 1)),
        ("2024-03", D(2024, 3, 1), D(2024, 4, 1), "2024-03", D(2024, 2, 1)),
        ("2024-02-29", D(2024, 2, 29), D(2024, 3, 1), "2024-02-29", D(2024, 2, 28)),
        ("2026-11-02/2026-11-05", D(2026, 11, 2), D(2026, 11, 5), "2026-11-02_2026-11-05", D(2026, 10, 30)),
        ("all", None, None, "all", None),
    ],
)
def test_a_period_and_the_one_before(text: str, start: D | None, end: D | None, label: str, before: D | None) -> None:
    found = parse_period(text)
    assert (found.start, found.end, found.label) == (start, end, label)
    assert found.before == ((before, start) if start else (NO_DAYS, NO_DAYS)), "an open period has no days before it"
    if start is not None:
        assert from_dates(str(start), str(end)) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("last week", "cannot read period 'last week'; write a week (2026-W46), a month (2026-11)"),
        ("2026-W6", "cannot read period '2026-W6'"),
        ("", "cannot read period ''"),
        ("2025-W53", "period '2025-W53' names a date that does not exist"),
        ("2026-13", "period '2026-13' names a date that does not exist"),
        ("2026-02-29", "period '2026-02-29' names a date that does not exist"),
        ("2026-11-09/2026-11-09", "ends before it starts; its second day is not in it"),
        ("2026-11-09/2026-11-02", "ends before it starts"),
    ],
)
def test_what_is_no_period_says_why(text: str, said: str) -> None:
    with pytest.raises(PeriodError) as error:
        parse_period(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("kind", "today", "label"),
    [
        ("week", D(2026, 11, 16), "2026-W46"),
        ("week", D(2026, 11, 22), "2026-W46"),
        ("week", D(2026, 11, 15), "2026-W45"),
        ("week", D(2027, 1, 4), "2026-W53"),
        ("day", D(2026, 3, 1), "2026-02-28"),
        ("month", D(2026, 1, 1), "2025-12"),
        ("month", D(2026, 1, 31), "2025-12"),
    ],
)
def test_the_last_period_that_is_over(kind: str, today: D, label: str) -> None:
    found = last_complete(kind, today)  # type: ignore[arg-type]
    assert found.label == label
    assert found.end is not None
    assert found.end <= today


def test_over_means_over_in_the_projects_zone(make_project: Callable[..., Project]) -> None:
    # 17:00 on Sunday in UTC is Monday in Jakarta, and still Sunday in London.
    now = dt.datetime(2026, 11, 15, 17, 0, tzinfo=dt.UTC)
    plan = "reports: {kpi: {period: day}}\n"
    assert default_period(make_project(), "kpi", now=now).label == "2026-W46"
    assert default_period(make_project(zone="Europe/London"), "kpi", now=now).label == "2026-W45"
    assert default_period(make_project(plan), "kpi", now=now).label == "2026-11-15"
    assert default_period(make_project(plan), "other", now=now).label == "2026-W46"
    assert default_period(make_project(plan), "kpi", "2026-01", now).label == "2026-01"


def test_dates_of_a_notebook_may_be_open() -> None:
    assert from_dates("", "").label == "all"
    half = from_dates("2026-11-09", "")
    assert (half.start, half.end, half.label) == (D(2026, 11, 9), None, "2026-11-09_")
    assert half.before == (NO_DAYS, NO_DAYS)
    with pytest.raises(PeriodError, match=r"start 'soon' or end '' is no date; write 2026-11-09"):
        from_dates("soon", "")
    with pytest.raises(PeriodError, match=r"ends before it starts"):
        from_dates("2026-11-09", "2026-11-01")


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Tokyo", "America/New_York", "UTC"])
def test_no_days_can_be_read_in_every_zone(zone: str, parquet_project: Callable[..., Project]) -> None:
    row = {"decision_id": "d", "item_id": "i", "labeler_id": "L", "label": "a", "work_date": D(2026, 11, 9)}
    tables = {"decisions": [row], "items": [{"item_id": "i", "queue": "q", "arrived_at": dt.datetime.now(dt.UTC)}]}
    rows = read_all(parquet_project(tables, zone=zone), *from_dates("", "").before)
    assert [len(rows[name].collect()) for name in ("decisions", "items")] == [0, 0]
