"""Arrivals as regular series, named days, and what is forecast of each queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from smo_reports.analyses.staffing.arrivals import ARRIVALS, DECISIONS, ITEMS, Arrivals, arrivals_of
from smo_reports.analyses.staffing.calendar import (
    AFTER,
    EID,
    HOLIDAY,
    JOINT_LEAVE,
    RAMADAN,
    calendar_of,
    kinds_of_days,
)
from smo_reports.analyses.staffing.forecasts import backtest_arrivals, forecast_arrivals
from smo_reports.errors import ProjectError
from smo_reports.project import Project
from smo_reports.schema import ESTIMATE_COLUMNS, PROCESS
from smo_reports.sources import read_all
from smo_reports.stats.forecast_calendar import ORDINARY

MONDAY = dt.date(2026, 9, 7)
Load = Callable[[dict[str, list[dict[str, Any]]]], dict[str, Any]]


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """An hour of UTC, days after ``MONDAY``."""
    return dt.datetime.combine(MONDAY, dt.time(hour, minute), dt.UTC) + dt.timedelta(day)


def items(*arrived: dt.datetime, queue: str = "live") -> list[dict[str, Any]]:
    return [{"item_id": f"{queue}{n}", "queue": queue, "arrived_at": when} for n, when in enumerate(arrived)]


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """A project in Jakarta, seven hours ahead of UTC."""
    return make_project()


def test_items_are_counted_in_the_projects_time_zone(engine: Load, project: Project) -> None:
    # 17:00 UTC is midnight in Jakarta: the day after.
    rows = engine({"items": items(at(0, 3), at(1, 16, 59), at(1, 17), at(1, 17, 30), at(2, 1), at(4, 2))})
    found = arrivals_of(rows, project)
    assert found is not None
    assert (found.source, found.hourly, found.queues) == (ITEMS, True, ("live",))
    # The first day and the last are cut by the rows themselves.
    assert (found.start, found.end) == (MONDAY + dt.timedelta(1), MONDAY + dt.timedelta(4))
    assert found.daily.tolist() == [[1, 3, 0]]
    assert np.flatnonzero(found.counts[0, 1]).tolist() == [0, 8]
    assert found.counts[0, 1, [0, 8]].tolist() == [2, 1]


def test_a_zone_that_is_not_whole_hours_away(engine: Load, make_project: Callable[..., Project]) -> None:
    india = make_project(zone="Asia/Kolkata")
    rows = engine({"items": items(at(0, 3), at(1, 18, 29), at(1, 18, 30), at(4, 2))})
    found = arrivals_of(rows, india)
    assert found is not None
    assert found.daily[0, :2].tolist() == [1, 1]
    assert found.counts[0, 1, 0] == 1


def test_the_table_of_arrivals_goes_first_and_markets_are_added_up(engine: Load, project: Project) -> None:
    def row(day: int, hour: int, n: int, market: str, queue: str = "q") -> dict[str, Any]:
        return {"queue": queue, "interval_start": at(day, hour), "items": n, "interval_s": 3600.0, "market": market}

    table = [row(0, 1, 1, "ID"), row(1, 1, 5, "ID"), row(1, 1, 7, "MY"), row(2, 2, 0, "ID"), row(3, 2, 4, "ID")]
    found = arrivals_of(engine({"arrivals": table, "items": items(at(0, 1))}), project)
    assert found is not None
    assert found.source == ARRIVALS
    assert found.daily.tolist() == [[12, 0]]


def test_arrivals_by_the_day_have_no_hours(engine: Load, project: Project) -> None:
    table = [
        {"queue": "q", "interval_start": at(day, 17), "items": 20 + day % 7, "interval_s": 86_400.0}
        for day in range(40)
    ]
    found = arrivals_of(engine({"arrivals": table}), project)
    assert found is not None
    assert not found.hourly
    ahead = forecast_arrivals(found, weeks=2)
    assert ahead.by_queue["q"].mean.shape == (14,)
    assert ahead.estimates("hour").empty
    assert len(ahead.estimates("day")) == 14


def test_from_decisions_each_item_counts_once_and_unfinished_days_are_left_out(engine: Load, project: Project) -> None:
    def row(number: int, day: int, lag: int, item: str = "") -> dict[str, Any]:
        arrived = at(day, 3)
        decided = {"work_date": MONDAY + dt.timedelta(day + lag), "submitted_at": arrived + dt.timedelta(lag)}
        return {
            "decision_id": str(number),
            "item_id": item or f"i{number}",
            "queue": "q",
            "arrived_at": arrived,
        } | decided

    # Nine of ten are decided on the day after, the tenth on the second: 95 % within two days.
    rows = [row(10 * day + n, day, 2 if n == 0 else 1) for day in range(10) for n in range(10)]
    rows.append(row(500, 3, 3, item="i31"))
    found = arrivals_of(engine({"decisions": rows}), project)
    assert found is not None
    assert found.source == DECISIONS
    assert found.daily[0].tolist() == [10] * (found.days)
    assert found.end == MONDAY + dt.timedelta(8)
    assert found.note == "counted from decisions: the last 2 days, not yet decided in full, are left out"


def test_a_day_without_rows_is_zero_if_another_queue_has_some_and_otherwise_unknown(
    engine: Load, project: Project
) -> None:
    busy = [at(day, 3, minute) for day in range(30) for minute in range(10) if day != 17]
    quiet = [at(day, 4) for day in (5, 9, 17 + 3, 28)]
    found = arrivals_of(engine({"items": items(*busy, queue="busy") + items(*quiet, queue="quiet")}), project)
    assert found is not None
    start = (found.start - MONDAY).days
    first, second = found.daily
    assert np.flatnonzero(np.isnan(first)).tolist() == [17 - start]
    # Before its first item a queue is not known to have been there.
    assert np.isnan(second[: 5 - start]).all()
    assert second[5 - start : 17 - start].tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert np.isnan(second[17 - start])


def test_where_few_come_a_day_of_none_is_no_gap(engine: Load, project: Project) -> None:
    found = arrivals_of(engine({"items": items(*(at(day, 3) for day in range(0, 42, 2)))}), project)
    assert found is not None
    assert found.daily[0, 1:6].tolist() == [1, 0, 1, 0, 1]
    assert not np.isnan(found.daily[0, 1:]).any()


def test_without_a_time_of_arrival_there_is_nothing(engine: Load, project: Project) -> None:
    rows = engine({"decisions": [{"decision_id": "1", "item_id": "i", "labeler_id": "p", "label": "a"}]})
    assert arrivals_of(rows, project) is None
    assert arrivals_of({}, project) is None


def test_the_ends_of_a_period_are_whole_days(parquet_project: Callable[..., Project]) -> None:
    decision = {"decision_id": "1", "item_id": "i", "labeler_id": "p", "label": "a", "work_date": MONDAY}
    table = items(*(at(day, 3, minute) for day in range(14) for minute in range(9)))
    project = parquet_project({"decisions": [decision], "items": table})
    rows = read_all(project, MONDAY, MONDAY + dt.timedelta(12))
    found = arrivals_of(rows, project)
    assert found is not None
    assert (found.start, found.end) == (MONDAY, MONDAY + dt.timedelta(12))
    assert found.daily[0].tolist() == [9] * 12


def known(queues: dict[str, np.ndarray]) -> Arrivals:
    hours = np.zeros((len(queues), len(next(iter(queues.values()))), 24))
    for place, counts in enumerate(queues.values()):
        hours[place, :, 9] = np.floor(counts / 2)
        hours[place, :, 15] = np.ceil(counts / 2)
        hours[place, np.isnan(counts)] = np.nan
    return Arrivals(tuple(queues), MONDAY, hours, hourly=True, source=ITEMS)


def test_estimates_of_weeks_days_and_hours_agree() -> None:
    rng = np.random.default_rng(0)
    arrivals = known({"a": rng.poisson(200, 140).astype(float), "b": rng.poisson(12, 140).astype(float)})
    found = forecast_arrivals(arrivals, weeks=8)
    weeks, days, hours = (found.estimates(grain) for grain in ("week", "day", "hour"))
    assert list(weeks.columns) == ["queue", "at", *ESTIMATE_COLUMNS]
    assert [len(part) for part in (weeks, days, hours)] == [16, 112, 2688]
    assert weeks["at"].iloc[:2].tolist() == [arrivals.end, arrivals.end + dt.timedelta(7)]
    assert hours["at"].iloc[33] == dt.datetime.combine(arrivals.end + dt.timedelta(1), dt.time(9))
    assert set(weeks["interval"]) == {PROCESS}
    assert set(weeks["n"]) == {140}
    for queue in ("a", "b"):
        whole = [part.loc[part["queue"] == queue, "value"].sum() for part in (weeks, days, hours)]
        assert whole[1:] == pytest.approx([whole[0]] * 2)
    week = weeks[weeks["queue"] == "a"].iloc[0]
    day = days[days["queue"] == "a"].iloc[:7]
    assert week["value"] == pytest.approx(1400, rel=0.04)
    assert week["high"] - week["low"] < (day["high"] - day["low"]).sum()
    assert found.paths("a").shape == (500, 56)
    assert (found.paths("a") == found.by_queue["a"].paths.sum(2)).all()


def test_a_queue_of_which_no_day_is_known_has_no_forecast() -> None:
    counts = np.random.default_rng(0).poisson(50, 60).astype(float)
    found = forecast_arrivals(known({"a": counts, "gone": np.full(60, np.nan)}), weeks=1)
    assert list(found.by_queue) == ["a"]


def test_holidays_reach_the_forecast() -> None:
    start, past = MONDAY, 300
    counts = np.random.default_rng(0).poisson(100, past).astype(float)
    days = kinds_of_days("ID", start, start + dt.timedelta(past + 28), {start + dt.timedelta(past + 2): HOLIDAY})
    for day, kind in days.items():
        if kind in (HOLIDAY, EID) and (day - start).days < past:
            counts[(day - start).days] *= 0.1
    found = forecast_arrivals(known({"a": counts}), days, weeks=4).by_queue["a"]
    assert found.mean.sum(1)[2] == pytest.approx(10, abs=6)
    assert found.mean.sum(1)[6] == pytest.approx(100, rel=0.06)


def test_the_backtest_is_of_every_queue_and_week() -> None:
    rng = np.random.default_rng(0)
    profile = np.resize([1.3, 1.1, 1, 1, 0.9, 0.4, 0.3], 140)
    found = backtest_arrivals(known({"a": rng.poisson(200 * profile).astype(float), "new": np.full(140, np.nan)}))
    assert found["queue"].unique().tolist() == ["a"]
    assert found["week"].tolist() == list(range(1, 9))
    # 28 days are known at the first origin; the last has one day more to come.
    assert found["origins"].tolist() == [112 - 7 * week for week in range(8)]
    assert (found["wape"] < found["naive_wape"]).all()
    assert (found["interval_score"] < found["naive_interval_score"]).all()
    assert found["covered"].mean() == pytest.approx(0.8, abs=0.06)
    assert (found["covered_low"] <= found["covered"]).all()
    assert (found["covered"] <= found["covered_high"]).all()


def test_indonesias_movable_feasts_joint_leave_and_ramadan() -> None:
    # The government's list of 2026: Eid on 21 and 22 March, joint leave on 20, 23 and 24; Ramadan from 19 February.
    found = kinds_of_days("ID", dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    march = {day.day: kind for day, kind in found.items() if day.month == 3}
    assert {day for day, kind in march.items() if kind == EID} == {18, 19, 20, 21, 22, 23, 24}
    assert march[25] == AFTER
    assert {day for day, kind in march.items() if kind == RAMADAN} == set(range(1, 18))
    assert min(day for day, kind in found.items() if kind == RAMADAN) == dt.date(2026, 2, 20)
    assert found[dt.date(2026, 8, 17)] == HOLIDAY
    assert found[dt.date(2026, 8, 18)] == AFTER
    assert found[dt.date(2026, 5, 15)] == JOINT_LEAVE
    assert dt.date(2026, 8, 19) not in found
    assert list(found) == sorted(found)


def test_a_span_that_begins_after_a_feast_knows_its_day_after() -> None:
    assert kinds_of_days("ID", dt.date(2026, 3, 25), dt.date(2026, 3, 26)) == {dt.date(2026, 3, 25): AFTER}


def test_countries_without_the_feast_have_no_ramadan_and_a_weekend_is_no_day_after() -> None:
    found = kinds_of_days("DE", dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    assert set(found.values()) == {HOLIDAY, AFTER}
    # Good Friday, the weekend and Easter Monday: the day after is Tuesday.
    april = {day.day: kind for day, kind in found.items() if day.month == 4}
    assert april == {3: HOLIDAY, 6: HOLIDAY, 7: AFTER}


def test_a_teams_own_days_go_first() -> None:
    own = {dt.date(2026, 8, 17): "campaign", dt.date(2026, 8, 20): "campaign"}
    found = kinds_of_days("ID", dt.date(2026, 8, 16), dt.date(2026, 8, 21), own)
    assert found == {dt.date(2026, 8, 17): "campaign", dt.date(2026, 8, 18): AFTER, dt.date(2026, 8, 20): "campaign"}
    assert kinds_of_days(None, MONDAY, MONDAY + dt.timedelta(9), [MONDAY]) == {MONDAY: HOLIDAY}
    calendar = calendar_of(found, dt.date(2026, 8, 16), 3, 2, ("campaign", "not there"))
    assert calendar.closed == ("campaign",)
    past, future = np.asarray(calendar.past), np.asarray(calendar.future)
    assert [calendar.kinds[code] if code != ORDINARY else "" for code in (*past, *future)] == [
        *("", "campaign", AFTER, "", "campaign")
    ]


@pytest.mark.parametrize(
    ("country", "said"), [("IE-X", "IE has no region 'X'"), ("XX", "no public holidays are known of 'XX'")]
)
def test_an_unknown_country_is_named(country: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        kinds_of_days(country, MONDAY, MONDAY + dt.timedelta(5))
