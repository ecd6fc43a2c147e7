"""Flow, waiting, working time and upkeep beyond the worked values: open things, small teams, refusals, notes."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from smo_reports.analyses.flow import age_profile
from smo_reports.errors import KpiError
from smo_reports.kpis import KPIS, estimate
from smo_reports.project import Project
from smo_reports.schema import PERIOD_WORK, PERSON_COLUMNS, PROCESS
from smo_reports.sources import read_all

Row = dict[str, Any]
Load = Callable[[dict[str, list[Row]]], dict[str, Any]]
DAY = dt.date(2026, 11, 2)
TEAM_ONLY = [name for name, one in KPIS.items() if one.team_only]


def lived(hours: float, closed: bool = True, day: dt.date = DAY) -> Row:
    return {"item_id": "i", "age_s": hours * 3600.0, "closed": closed, "day": day}


def test_what_is_not_reached_is_said_with_how_much_is_open(engine: Load) -> None:
    items = [lived(hour, hour < 8) for hour in range(1, 11)]
    found = estimate("turnaround_p90", engine({"items": items}))
    assert found["note"].tolist() == ["not reached: 3 are still open"] * 2
    assert found["value"].isna().all()
    # Seven tenths are over: a half is reached, and nothing that was open before it makes that uncertain.
    half = estimate("turnaround_median", engine({"items": items})).set_index("interval").loc[PERIOD_WORK]
    assert (half["value"], half["low"], half["high"], half["note"]) == (5, 5, 5, "")


def test_an_open_item_makes_a_turnaround_longer_never_shorter(engine: Load) -> None:
    over = [lived(hour) for hour in (1, 2, 3, 4)]
    still = [lived(2.5, closed=False)]
    without, beside = (
        estimate("turnaround_p90", engine({"items": rows}))["value"].iloc[0] for rows in (over, over + still)
    )
    as_if_over = estimate("turnaround_median", engine({"items": [*over, lived(2.5)]}))["value"].iloc[0]
    assert (without, beside) == (4, 4)
    assert as_if_over == 2.5
    assert estimate("turnaround_median", engine({"items": over + still}))["value"].iloc[0] == 3


@pytest.mark.parametrize(("name", "person"), list(itertools.product(TEAM_ONLY, sorted(PERSON_COLUMNS))))
def test_working_time_is_never_split_by_a_person(name: str, person: str) -> None:
    with pytest.raises(KpiError, match=rf"{name} cannot be split by '{person}': it speaks of working time"):
        estimate(name, {}, [person])


@pytest.mark.parametrize("name", ["utilisation", "shrinkage"])
def test_working_time_is_never_split_by_what_it_was_booked_on(name: str) -> None:
    booked = pd.DataFrame([{"person_id": f"P{at}", "activity": "wellness", "hours": 1.0} for at in range(6)])
    with pytest.raises(KpiError, match="wellness and leave are never itemised"):
        estimate(name, {"work_hours": booked}, ["activity"])


def worked_by(people: int) -> dict[str, list[Row]]:
    """Two days of some people: four hours of production, two of meetings, two hours of handling in 60 decisions."""
    days = [dt.date(2026, 11, 2), dt.date(2026, 11, 3)]
    booked = [
        {"person_id": f"P{at}", "work_date": day, "activity": activity, "hours": hours, "team": "a"}
        for at in range(people)
        for day in days
        for activity, hours in (("production", 4.0), ("meeting", 2.0))
    ]
    made = [
        {"labeler_id": f"P{at}", "work_date": day, "handling_s": 120.0, "overtime": place % 4 == 0}
        | {"severe": place % 3 == 0, "team": "a"}
        for at in range(people)
        for day in days
        for place in range(60)
    ]
    return {"decisions": made, "work_hours": booked}


@pytest.mark.parametrize("name", TEAM_ONLY)
def test_nothing_is_said_of_the_working_time_of_fewer_than_five(engine: Load, name: str) -> None:
    found = estimate(name, engine(worked_by(4)), "team")
    assert found["value"].isna().all()
    assert found["low"].isna().all()
    assert found["note"].tolist() == ["too few: 4 people; working time is shown for 5 or more"] * 2
    found = estimate(name, engine(worked_by(5)), "team")
    wanted = {
        "utilisation": 2 / 3,
        "shrinkage": 1 / 3,
        "occupancy": 0.5,
        "overtime_share": 0.25,
        "exposure_minutes": 40,
    }
    assert found["value"].tolist() == pytest.approx([wanted[name]] * 2)
    assert found["note"].tolist() == ["", ""]
    assert found["n"].tolist() == [5, 5]


def test_time_booked_without_a_decision_is_available_time(engine: Load) -> None:
    tables = worked_by(5)
    tables["work_hours"].append({"person_id": "P9", "activity": "idle", "hours": 10.0})
    tables["work_hours"].append({"person_id": "Q1", "activity": "audit", "hours": 500.0})
    found = estimate("occupancy", engine(tables)).iloc[0]
    # Twenty hours of handling in forty of production and ten of idleness; the auditor waits for no items.
    assert (found["value"], found["n"]) == (pytest.approx(20 / 50), 6)


def test_decisions_beyond_the_booked_hours_are_found_by_day(engine: Load) -> None:
    tables = worked_by(2)
    assert estimate("hours_gap", engine(tables))["value"].tolist() == [0, 0]
    tables["work_hours"] = [
        row for row in tables["work_hours"] if (row["person_id"], row["work_date"].day) != ("P1", 3)
    ]
    found = estimate("hours_gap", engine(tables), "labeler_id")
    shares = found[found["interval"] == PERIOD_WORK].set_index("labeler_id")["value"].to_dict()
    assert shares == {"P0": 0, "P1": 0.5}


def test_freshness_is_taken_at_the_periods_end_or_now(parquet_project: Callable[..., Project]) -> None:
    def gave(at: dt.datetime) -> Row:
        own = {"decision_id": f"{at}", "item_id": "i", "labeler_id": "L", "label": "a", "market": "ID"}
        return own | {"submitted_at": at, "work_date": at.date()}

    now = dt.datetime.now(dt.UTC)
    today = now.date()
    past = dt.datetime(2026, 3, 6, 21, tzinfo=dt.UTC)
    project = parquet_project({"decisions": [gave(past), gave(now - dt.timedelta(hours=5))]}, zone="UTC")
    over = read_all(project, dt.date(2026, 3, 2), dt.date(2026, 3, 9))
    assert estimate("freshness_hours", over)["value"].tolist() == [51]
    running = read_all(project, dt.date(2026, 3, 2), today + dt.timedelta(30))
    assert estimate("freshness_hours", running, "market")["value"].tolist() == pytest.approx([5], abs=0.1)
    weekly = estimate("freshness_hours", over, "week")
    assert weekly["note"].tolist() == ["undefined: a past week's decisions are as old as the week"]
    assert weekly["value"].isna().all()


def timed(seed: int, groups: int) -> list[Row]:
    """Decisions of 20 people whose pace differs, in groups with medians of their own."""
    rng = np.random.default_rng(seed)
    pace = rng.normal(0, 0.3, 20)
    return [
        {"labeler_id": f"L{who}", "market": f"m{group:02d}", "handling_s": round(float(20 + 4 * group) * lasts, 3)}
        for group in range(groups)
        for who in range(20)
        for lasts in np.exp(pace[who] + rng.normal(0, 0.6, 25))
    ]


@pytest.mark.parametrize("groups", [3, 60])
def test_the_medians_interval_is_the_one_of_the_rows(engine: Load, groups: int) -> None:
    """Tallies in bins, and people counted below two dozen times at most, change its ends little."""
    rows = pd.DataFrame(timed(4, groups))
    found = estimate("handling_time_median", engine({"decisions": rows.to_dict("records")}), "market")
    process = found[found["interval"] == PROCESS].set_index("market")
    assert len(process) == groups
    for market, own in rows.groupby("market"):
        middle = own["handling_s"].median()
        below = (own["handling_s"] < middle).groupby(own["labeler_id"]).agg(["sum", "count"])
        residual = below["sum"] - below["sum"].sum() / len(own) * below["count"]
        half = stats.t.ppf(0.975, 19) * math.sqrt(20 / 19 * (residual**2).sum()) / len(own)
        low, high = np.quantile(own["handling_s"], [0.5 - half, 0.5 + half], method="inverted_cdf")
        row = process.loc[str(market)]
        assert row["value"] == pytest.approx(middle)
        assert (row["low"], row["high"]) == pytest.approx((low, high), rel=0.05 if groups > 24 else 0.02)


OPEN = [
    ("text", 0.0, False),
    ("text", 3.99, False),
    ("text", 4.0, False),
    ("text", 50.0, True),
    ("text", 5000.0, True),
    ("video", 25.0, False),
]


def open_items(due: bool = True) -> list[Row]:
    found: list[Row] = [
        {"queue": queue, "age_s": hours * 3600, "closing": True, "past_due": late} for queue, hours, late in OPEN
    ]
    found.append({"queue": "live", "age_s": 60.0, "closing": False, "past_due": False})
    return found if due else [{key: one for key, one in row.items() if key != "past_due"} for row in found]


def test_the_age_profile_counts_every_open_item_once(engine: Load) -> None:
    found = age_profile(engine({"items_open": open_items()}), (0, 4, 48))
    assert found[["queue", "from_h", "to_h", "items", "past_due"]].values.tolist() == [
        ["text", 0, 4, 2, 0],
        ["text", 4, 48, 1, 0],
        ["text", 48, math.inf, 2, 2],
        ["video", 0, 4, 0, 0],
        ["video", 4, 48, 1, 0],
        ["video", 48, math.inf, 0, 0],
    ]
    assert set(found["source"]) == {"items"}
    without = age_profile(engine({"items_open": open_items(due=False)}))
    assert without["items"].sum() == 6
    assert without["past_due"].isna().all()
    assert age_profile(engine({"decisions": [{"decision_id": "d"}]})).empty


def test_queues_without_single_items_are_taken_from_the_newest_snapshot(engine: Load) -> None:
    def counted(queue: str, day: int, start: float, items: int) -> Row:
        at = dt.datetime(2026, 11, day, tzinfo=dt.UTC)
        return {"queue": queue, "at": at, "age_from_s": start * 3600, "age_to_s": (start + 12) * 3600, "items": items}

    backlog = [counted("live", 8, 0, 7), counted("live", 9, 0, 3), counted("live", 9, 12, 1), counted("text", 9, 0, 99)]
    items = [{"queue": "text", "item_id": "i"}]
    found = age_profile(engine({"items_open": open_items()[:1], "items": items, "backlog": backlog}), (0, 4))
    assert found[["queue", "from_h", "to_h", "items", "source"]].values.tolist() == [
        ["text", 0, 4, 1, "items"],
        ["text", 4, math.inf, 0, "items"],
        ["live", 0, 12, 3, "snapshots"],
        ["live", 12, 24, 1, "snapshots"],
    ]
    assert set(age_profile(engine({"backlog": backlog}))["queue"]) == {"live", "text"}
