"""What was open when and what was due: against a count of every row by the clock, on DuckDB and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import os
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import arrow

from smo_reports.kpis import estimate
from smo_reports.project import Project
from smo_reports.sources import read_all

Row = dict[str, Any]
Build = Callable[[dict[str, list[Row]], str], Project]
ADDRESS = os.environ.get("SMO_TEST_POSTGRES", "")
# Clocks were put forward on 8 March and back on 1 November 2026, on Sundays: weeks of 167 and 169 hours.
ZONE = "America/New_York"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def decided(at: dt.datetime) -> Row:
    own = {"decision_id": "d", "item_id": "i", "labeler_id": "L", "label": "a", "work_date": at.date()}
    return own | {"submitted_at": at}


@pytest.fixture(params=["duckdb", "postgresql"])
def build(request: pytest.FixtureRequest, parquet_project: Callable[..., Project]) -> Iterator[Build]:
    """Make a project of tables of plain rows, on each engine that its queries are written for."""
    if request.param == "duckdb":
        yield lambda tables, zone=ZONE: parquet_project(tables, zone=zone)
        return
    if not ADDRESS:
        pytest.skip("SMO_TEST_POSTGRES names no PostgreSQL server to write to")
    ibis = pytest.importorskip("ibis", reason="the extra sql is not installed")
    server = ibis.connect(ADDRESS)

    def on_server(tables: dict[str, list[Row]], zone: str = ZONE) -> Project:
        server.raw_sql("DROP SCHEMA IF EXISTS smo_open CASCADE; CREATE SCHEMA smo_open").close()
        server.raw_sql("SET search_path TO smo_open").close()
        for name, rows in tables.items():
            server.create_table(name, arrow([{"project": "p", **row} for row in rows]))
        source = f"{ADDRESS}{'&' if '?' in ADDRESS else '?'}options=-csearch_path%3Dsmo_open"
        return parquet_project({}, zone=zone).model_copy(update={"source": source})

    yield on_server
    server.raw_sql("DROP SCHEMA IF EXISTS smo_open CASCADE").close()
    server.disconnect()


def table(project: Project, name: str, start: dt.date | None = None, end: dt.date | None = None) -> pd.DataFrame:
    found = read_all(project, start, end)[name].collect().to_pandas()
    for column in {"week", "day", "month"} & set(found):
        found[column] = pd.to_datetime(found[column]).dt.date
    return found


def lived(seed: int) -> list[Row]:
    """Five hundred items over nine months; some open, some closed at the very end of a week, some long after."""
    rng = np.random.default_rng(seed)
    first, found = utc("2026-02-15T00:00"), []
    for place in range(500):
        arrived = first + dt.timedelta(hours=round(float(rng.uniform(0, 270 * 24)), 3))
        lasts = dt.timedelta(hours=round(float(rng.choice([2, 40, 300, 1500])) * float(rng.exponential()), 3))
        closed = None if rng.random() < 0.1 else arrived + lasts
        if place % 25 == 0:
            closed = midnight(monday(arrived) + dt.timedelta(7 * int(rng.integers(1, 4))))
        if place % 25 == 1:
            arrived = midnight(monday(arrived))
        if place < 2:
            # Over the Wednesday on which a period ends, and within its week; one is due at that very moment.
            arrived, closed = utc("2026-06-29T04:00") if place else utc("2026-06-30T12:00"), utc("2026-07-02T12:00")
        due = arrived + dt.timedelta(hours=48) if place % 7 else None
        found.append({"item_id": f"i{place}", "queue": "q", "arrived_at": arrived, "due_at": due, "closed_at": closed})
    return found


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zoneinfo.ZoneInfo(ZONE)).astimezone(dt.UTC)


def monday(at: dt.datetime) -> dt.date:
    day = at.astimezone(zoneinfo.ZoneInfo(ZONE)).date()
    return day - dt.timedelta(day.weekday())


Shot = tuple[dt.date, bool, str, float, bool]


def counted(items: list[Row], now: dt.datetime, start: dt.date | None, end: dt.date | None) -> set[Shot]:
    """The snapshots, from the clock: week, whether the last, item, age in seconds, past due."""
    last = midnight(end) if end else None
    until = min(last, now) if last else now
    week = start - dt.timedelta(start.weekday()) if start else monday(min(row["arrived_at"] for row in items))
    shots: list[tuple[dt.date, bool, dt.datetime | None, dt.datetime]] = []
    while midnight(week + dt.timedelta(7)) < until:
        ending = midnight(week + dt.timedelta(7))
        shots.append((week, False, ending, ending))
        week += dt.timedelta(7)
    shots.append((monday(until - dt.timedelta(microseconds=1)), True, last, until))
    return {
        (week, closing, row["item_id"], round((taken - row["arrived_at"]).total_seconds(), 3), past)
        for week, closing, ending, taken in shots
        for row in items
        if (ending is None or row["arrived_at"] < ending)
        and (row["closed_at"] is None or (ending is not None and row["closed_at"] >= ending))
        for past in [row["due_at"] is not None and row["due_at"] < taken]
    }


SPANS = [
    ("2026-10-26", "2026-11-02"),
    ("2026-03-02", "2026-03-09"),
    ("2026-05-01", "2026-06-01"),
    ("2026-02-16", "2026-11-16"),
    ("2026-10-01", "2027-03-01"),
    ("2027-01-04", "2027-01-11"),
    (None, "2026-07-01"),
    ("2026-09-02", None),
    (None, None),
]


@pytest.mark.parametrize(("first", "last"), SPANS)
def test_snapshots_are_what_was_open(build: Build, first: str | None, last: str | None) -> None:
    items = lived(3)
    newest = max(at for row in items for at in (row["arrived_at"], row["closed_at"]) if at is not None)
    start, end = (dt.date.fromisoformat(day) if day else None for day in (first, last))
    found = table(build({"decisions": [decided(utc("2026-03-01T12:00"))], "items": items}), "items_open", start, end)
    seen = found.assign(age_s=found["age_s"].round(3))[["week", "closing", "item_id", "age_s", "past_due"]]
    shown = set(seen.itertuples(index=False, name=None))
    wanted = counted(items, newest, start, end)
    assert len(found) == len(wanted) > 0
    assert shown == wanted


def test_what_was_due_in_the_period_and_by_now(build: Build) -> None:
    """By the day due, whenever it came in; what is due after the newest instant in the rows is not late yet."""
    dues = {"before": "2026-11-02T04:59", "first": "2026-11-02T05:00", "now": "2026-11-05T12:00"}
    dues |= {"later": "2026-11-05T12:01", "after": "2026-11-09T05:00"}
    items = [
        {"item_id": key, "queue": "q", "arrived_at": utc("2026-10-01T00:00"), "due_at": utc(due), "closed_at": None}
        for key, due in dues.items()
    ]
    running = build({"decisions": [decided(utc("2026-11-05T12:00"))], "items": items})
    found = table(running, "items_due", dt.date(2026, 11, 2), dt.date(2026, 11, 9)).sort_values("due_at")
    assert found["item_id"].tolist() == ["first", "now"]
    assert found["day"].tolist() == [dt.date(2026, 11, 2), dt.date(2026, 11, 5)]
    assert set(found["week"]) == {dt.date(2026, 11, 2)}
    assert table(running, "items_due")["item_id"].nunique() == 3
    over = build({"decisions": [decided(utc("2026-12-01T00:00"))], "items": items})
    assert len(table(over, "items_due", dt.date(2026, 11, 2), dt.date(2026, 11, 9))) == 3


def test_how_long_things_took_by_the_periods_end(build: Build) -> None:
    """A thing that was closed after the period's end was open at its end; without a later row it still is."""
    end = dt.date(2026, 11, 9)
    questions = [
        {"question_id": key, "asked_at": utc("2026-11-06T05:00"), "answered_at": utc(at) if at else None}
        for key, at in {"done": "2026-11-06T08:00", "at the end": "2026-11-09T05:00", "open": None}.items()
    ]
    over = build({"decisions": [decided(utc("2026-12-01T00:00"))], "questions": questions})
    found = table(over, "questions", dt.date(2026, 11, 2), end).set_index("question_id")
    assert found["age_s"].to_dict() == {"done": 3 * 3600, "at the end": 72 * 3600, "open": 72 * 3600}
    assert found["closed"].to_dict() == {"done": True, "at the end": False, "open": False}
    assert set(found["day"]) == {dt.date(2026, 11, 6)}
    whole = table(over, "questions").set_index("question_id")
    assert whole["closed"].to_dict() == {"done": True, "at the end": True, "open": False}
    assert whole.loc["open", "age_s"] == (utc("2026-12-01T00:00") - utc("2026-11-06T05:00")).total_seconds()
    running = build({"decisions": [decided(utc("2026-11-06T09:00"))], "questions": [questions[0], questions[2]]})
    found = table(running, "questions", dt.date(2026, 11, 2), end).set_index("question_id")
    assert found["age_s"].to_dict() == {"done": 3 * 3600, "open": 4 * 3600}


# Due on, delivered at (New York is five hours behind), and what is said on the evening of the 5th, and in December.
BATCHES: list[tuple[str, str, str | None, bool | None, bool]] = [
    ("in time", "2026-11-04", "2026-11-05T04:59:59", True, True),
    ("late", "2026-11-04", "2026-11-05T05:00", False, False),
    ("missing", "2026-11-04", None, False, False),
    ("due today", "2026-11-05", None, None, False),
    ("made today", "2026-11-05", "2026-11-05T14:00", True, True),
    ("due later", "2026-11-06", None, None, False),
    ("made early", "2026-11-06", "2026-11-05T14:00", None, True),
]


def test_batches_are_late_once_their_day_is_over(build: Build) -> None:
    batches: list[Row] = [
        {"batch_id": key, "due_on": dt.date.fromisoformat(due), "delivered_at": utc(at) if at else None}
        | {"rework_of": "late" if key == "due later" else None}
        for key, due, at, *_ in BATCHES
    ]
    for now, place in (("2026-11-05T23:00", 3), ("2026-12-01T00:00", 4)):
        project = build({"decisions": [decided(utc(now))], "batches": batches})
        found = table(project, "batches").set_index("batch_id")
        said = {key: None if pd.isna(one) else bool(one) for key, one in found["on_time"].items()}
        assert said == {row[0]: row[place] for row in BATCHES}
        assert [key for key, one in found["reworked"].items() if one] == ["late", "due later"]


def test_without_a_time_of_closing_there_is_nothing_open_and_nothing_due(build: Build) -> None:
    items = [{"item_id": "i", "queue": "q", "arrived_at": utc("2026-11-03T00:00"), "due_at": utc("2026-11-04T00:00")}]
    rows = read_all(build({"decisions": [decided(utc("2026-11-05T12:00"))], "items": items}))
    assert not {"items_open", "items_due"} & set(rows)
    assert estimate("backlog", rows)["note"].tolist() == ["not measured: needs the table items with closed_at"]
    needs = "not measured: needs the table items with due_at and closed_at"
    assert estimate("sla_attainment", rows)["note"].tolist() == [needs]
    assert estimate("turnaround_p90", rows)["note"].str.startswith("not measured: needs times at which").all()


def test_severe_is_what_the_project_calls_so(parquet_project: Callable[..., Project]) -> None:
    at = utc("2026-11-05T12:00")
    decisions = [decided(at) | {"decision_id": f"d{one}", "severity": one} for one in ("high", "low", None)]
    found = table(parquet_project({"decisions": decisions}, "severe: [high, critical]\n"), "decisions")
    assert dict(zip(found["decision_id"], found["severe"], strict=True)) == {
        "dhigh": True,
        "dlow": False,
        "dNone": False,
    }
    rows = read_all(parquet_project({"decisions": decisions}))
    assert "severe" not in rows["decisions"].columns
