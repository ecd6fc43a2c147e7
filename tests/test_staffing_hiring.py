"""Hiring, leaving and ramp as the rows tell them, by hand and on every engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from smo_reports.analyses.staffing.handling import ramp_of, work_spread
from smo_reports.analyses.staffing.hiring import hiring_of
from smo_reports.analyses.staffing.item_time import item_times
from smo_reports.analyses.staffing.leaving import leaving_of

END = dt.date(2026, 6, 1)
UNTIL = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def day(number: float) -> dt.datetime:
    """Days before the end."""
    return UNTIL - dt.timedelta(number)


def step(who: str, stage: str, entered: float, left: float | None, outcome: str | None, **more: object) -> dict:
    row = {"requisition_id": "r1", "candidate_id": who, "stage": stage, "entered_at": day(entered)}
    return row | {"left_at": None if left is None else day(left), "outcome": outcome} | more


OPENINGS = [
    {"requisition_id": "r1", "role": "labeler", "headcount": 3, "opened_on": END - dt.timedelta(28), "language": "id"},
    {
        "requisition_id": "r0",
        "role": "labeler",
        "headcount": 1,
        "opened_on": END - dt.timedelta(84),
        "language": "ms",
        "filled_on": END - dt.timedelta(56),
    },
    {"requisition_id": "r9", "role": "lead", "headcount": 1, "opened_on": END - dt.timedelta(10), "language": "de"},
    {"requisition_id": "r8", "role": "labeler", "headcount": 9, "opened_on": END + dt.timedelta(10), "language": "de"},
]
STEPS = [
    step("a", "applied", 20, 18, "passed"),
    step("a", "interview", 18, 14, "passed", interview_at=day(15)),
    step("b", "applied", 20, 16, "passed"),
    step("b", "interview", 16, None, None),
    step("c", "applied", 20, 18, "rejected"),
    step("d", "applied", 2, None, None),
    # What happened after the end is not known yet.
    step("e", "applied", 5, -3, "passed"),
    step("e", "interview", -3, None, None),
]


def test_a_funnel_by_hand_as_it_stood_at_the_periods_end(engine) -> None:
    found = hiring_of(engine({"requisitions": OPENINGS, "candidates": STEPS}), END, UNTIL)
    assert found.names == ("applied", "interview")
    assert found.note == ""
    table = found.estimates().set_index("stage")
    assert table["cases"].to_dict() == {"applied": 5, "interview": 2}
    assert table["open"].to_dict() == {"applied": 2, "interview": 1}
    # Applied: a pass and a rejection after two days of 4 at risk (d has been there for just two), a pass after four.
    assert found.stages[0].time.tolist() == [2, 4]
    assert found.openings == 2
    assert found.filled == 1
    assert found.language == "id"
    assert found.interviews == pytest.approx(1 / 8)
    assert found.interview_hours == pytest.approx(1 / 8)
    assert found.interviews_a_hire == 1


def test_an_open_requisition_keeps_its_seats_and_those_who_are_under_way(engine) -> None:
    (one,) = hiring_of(engine({"requisitions": OPENINGS, "candidates": STEPS}), END, UNTIL).open
    assert (one.name, one.language, one.seats, one.weeks_open) == ("r1", "id", 2, 4.0)
    assert sorted(zip(one.at.tolist(), one.age.tolist(), strict=True)) == [(0, 2.0), (0, 5.0), (1, 16.0)]


def test_time_to_fill_runs_from_the_opening_to_the_last_seat_and_open_ones_are_censored(engine) -> None:
    found = hiring_of(engine({"requisitions": OPENINGS, "candidates": STEPS}), END, UNTIL)
    assert found.fill_days[0] == 28.0
    only_open = [{**OPENINGS[0]}]
    assert np.isnan(hiring_of(engine({"requisitions": only_open, "candidates": STEPS}), END, UNTIL).fill_days[0])


HIRED = [{**OPENINGS[0], "headcount": 2, "site": "Jakarta"}]


def test_a_hire_whose_day_of_leaving_the_stage_is_not_kept_takes_a_seat(engine) -> None:
    steps = [
        step("a", "applied", 20, None, "passed"),
        step("a", "hired", 15, None, "hired"),
        step("b", "applied", 20, 16, "passed"),
        step("b", "hired", 9, None, "hired"),
        step("c", "applied", 20, None, None),
    ]
    found = hiring_of(engine({"requisitions": HIRED, "candidates": steps}), END, UNTIL)
    # a went on when the next stage began, after five days; c is still there.
    assert found.stages[0].time.tolist() == [4, 5]
    assert (found.stages[0].still, found.stages[1].cases, found.stages[1].still) == (1, 2, 0)
    assert (found.filled, found.open, found.hired_lately) == (1, (), 1)
    # Opened 28 days before the end, and the second of two seats was taken nine days before it.
    assert found.fill_days[0] == 19.0


def test_the_seats_that_are_open_are_told_by_what_they_are_for(engine) -> None:
    more = [*HIRED, {**OPENINGS[0], "requisition_id": "r2", "site": "Jakarta"}]
    steps = [step("a", "hired", 15, None, "hired")]
    found = hiring_of(engine({"requisitions": more, "candidates": steps}), END, UNTIL)
    assert found.seats == {("labeler", "id", "Jakarta"): 4}
    assert found.hired_lately == 0


def test_applicants_come_at_a_rate_a_seat(engine) -> None:
    """Five in r1's four weeks of three seats, none in r0's four weeks of one: 5 of 16 seat-weeks."""
    found = hiring_of(engine({"requisitions": OPENINGS, "candidates": STEPS}), END, UNTIL)
    assert found.applicants[0] == pytest.approx(5 / 16)
    assert found.expected(2, 0.0, 5).tolist() == pytest.approx([10 / 16] * 4 + [2 * found.applicants[1]])
    assert found.new_opening(2, 3, 0.5).applicants.tolist() == pytest.approx([15 / 16] * 3)


@pytest.mark.parametrize(
    ("tables", "needs"),
    [
        ({}, "needs requisitions and candidates"),
        ({"requisitions": OPENINGS}, "needs candidates"),
        ({"requisitions": OPENINGS[2:3], "candidates": STEPS}, "needs requisitions for the role 'labeler'"),
        ({"requisitions": OPENINGS[1:2], "candidates": STEPS}, "needs candidates of those requisitions"),
    ],
)
def test_what_is_missing_is_said(engine, tables, needs) -> None:
    found = hiring_of(engine(tables), END, UNTIL)
    assert found.note.startswith("not measured: ")
    assert found.note.endswith(needs)
    assert found.estimates().empty


def person(name: str, started: int, ended: int | None = None, **more: object) -> dict:
    row = {"person_id": name, "role": "labeler", "started_on": END - dt.timedelta(started), "fte": 1.0}
    return row | {"ended_on": None if ended is None else END - dt.timedelta(ended)} | more


PEOPLE = [
    person("a", 700),
    person("b", 70),
    person("c", 70, fte=0.5),
    person("d", 700, 7),
    person("e", 700, 400),
    person("f", -14),
    person("g", 350, -21),
    person("h", 35),
    person("q", 350, role="auditor"),
]


def test_who_is_there_and_for_how_long_people_were_watched(engine) -> None:
    found = leaving_of(engine({"people": PEOPLE}), END, END - dt.timedelta(140))
    assert found is not None
    named = dict(zip(found.names, zip(found.tenure, found.fte, found.leaves, strict=True), strict=True))
    assert named == {
        "a": (100, 1, np.inf),
        "b": (10, 1, np.inf),
        "c": (10, 0.5, np.inf),
        "f": (-2, 1, np.inf),
        "g": (50, 1, 3),
        "h": (5, 1, np.inf),
    }
    watched = sorted(zip(found.begun, found.until, found.left, strict=True))
    # d left after 99 weeks, of which the last 19 were watched; e left before; f has not begun.
    assert watched == [(0, 5, 0), (0, 10, 0), (0, 10, 0), (30, 50, 0), (80, 99, 1), (80, 100, 0)]


def test_a_handful_of_people_is_nobody_to_speak_of(engine) -> None:
    assert leaving_of(engine({"people": PEOPLE[:3]}), END, END - dt.timedelta(140)) is None
    assert leaving_of(engine({}), END, END - dt.timedelta(140)) is None


def decided(name: str, days_ago: int, seconds: float, n: int = 2, queue: str = "q", hour: int = 9) -> list[dict]:
    return [
        {
            "decision_id": f"{name}{days_ago}{queue}{place}",
            "labeler_id": name,
            "work_date": END - dt.timedelta(days_ago),
            "handling_s": seconds,
            "queue": queue,
            "local_hour": hour,
        }
        for place in range(n)
    ]


def test_joiners_are_held_against_experienced_people_queue_by_queue(engine) -> None:
    """Ten joiners take twice as long in their first week and as long as others in their second."""
    people = [person("old", 900)] + [person(f"new{place}", 14) for place in range(10)]
    rows = decided("old", 20, 30.0) + decided("old", 20, 60.0, queue="long")
    for place in range(10):
        rows += decided(f"new{place}", 14, 60.0) + decided(f"new{place}", 5, 60.0, queue="long")
    found = ramp_of(engine({"people": people, "decisions": rows}))
    assert found.joiners == 10
    assert found.note == ""
    assert found.ramp.part[:2] == pytest.approx([0.5, 1.0], abs=0.02)
    assert found.ramp.people[:2].tolist() == [10, 10]
    assert found.estimates()["value"].iloc[0] == found.ramp.part[0]


def test_few_joiners_make_no_curve_and_it_says_so(engine) -> None:
    people = [person("old", 900)] + [person(f"new{place}", 14) for place in range(4)]
    rows = decided("old", 20, 30.0) + [row for place in range(4) for row in decided(f"new{place}", 7, 60.0)]
    found = ramp_of(engine({"people": people, "decisions": rows}))
    assert found.note.startswith("not measured: needs 5 people who joined while decisions were kept, has 4")
    assert found.ramp.part.tolist() == [1.0]
    assert found.estimates().empty
    assert ramp_of(engine({"people": people})).note.startswith("not measured: needs labelers' decisions")


def test_work_is_spread_over_the_week_as_it_was_done(engine) -> None:
    """END is a Monday: a third of the seconds on Mondays at nine, two thirds on Sundays at ten."""
    rows = decided("a", 7, 10.0) + decided("a", 1, 20.0, hour=10)
    spread = work_spread(engine({"decisions": rows}))
    assert spread is not None
    assert spread[0, 9] == pytest.approx(1 / 3)
    assert spread[6, 10] == pytest.approx(2 / 3)
    assert spread.sum() == pytest.approx(1)
    days_only = [{name: value for name, value in row.items() if name != "local_hour"} for row in rows]
    assert work_spread(engine({"decisions": days_only}))[0] == pytest.approx(np.full(24, 1 / 72))
    assert work_spread(engine({})) is None


def test_the_mean_handling_time_is_what_counts_for_the_load(engine) -> None:
    rows = [row for name in "abcdef" for row in decided(name, 3, 10.0, 5) + decided(name, 2, 40.0, 1)]
    found = item_times(engine({"decisions": rows}))
    assert found["q"].mean == pytest.approx(15.0)
    assert found["q"].error == pytest.approx(0.0, abs=1e-6)
    assert found["q"].n == 36


def test_an_item_takes_as_long_as_all_its_decisions_and_what_was_skipped(engine) -> None:
    """Three people decide on each of ten items, 20 s each; six more decisions of 10 s were skipped: 3.3 an item."""
    rows = [
        {"decision_id": f"{who}{at}", "item_id": f"i{at}", "labeler_id": who, "queue": "q", "handling_s": 20.0}
        for who in "abc"
        for at in range(10)
    ]
    skipped = [row | {"decision_id": f"s{at}", "handling_s": 10.0, "skipped": True} for at, row in enumerate(rows[:6])]
    found = item_times(engine({"decisions": [row | {"skipped": False} for row in rows] + skipped}))["q"]
    assert (found.mean, found.n) == (20.0, 30)
    assert found.decisions == pytest.approx(3.3)
    assert found.an_item == pytest.approx(66.0)
    assert item_times(engine({"decisions": [{"decision_id": "1", "queue": "q"}]})) == {}
    assert item_times({}) == {}


def test_where_joiners_count_in_part_an_item_takes_what_experienced_people_take(engine) -> None:
    """Five people of 30 s and five joiners of 90 s; on the other queue there are joiners only."""
    old, new = [f"old{place}" for place in range(5)], [f"new{place}" for place in range(5)]
    staff = [person(name, 900) for name in old] + [person(name, 20) for name in new]
    rows = [row for name in old for row in decided(name, 3, 30.0)]
    rows += [row for name in new for row in decided(name, 3, 90.0) + decided(name, 2, 50.0, queue="other")]
    given = engine({"people": staff, "decisions": rows})
    assert item_times(given)["q"].mean == pytest.approx(60.0)
    found = item_times(given, experienced=True)
    assert (found["q"].mean, found["q"].n) == (30.0, 10)
    assert found["other"].mean == 50.0


def test_a_change_of_team_is_no_leaving_and_two_contracts_are_one_person() -> None:
    from smo_reports.analyses.staffing.leaving import leaving_of

    def spell(name: str, began: dt.date, ended: dt.date | None = None, fte: float = 1.0) -> dict[str, object]:
        return {"person_id": name, "role": "labeler", "started_on": began, "ended_on": ended, "fte": fte}

    first, end = dt.date(2025, 1, 6), dt.date(2026, 1, 5)
    rows = [spell(f"w{at}", first, dt.date(2025, 11, 30)) for at in range(5)]
    rows += [spell(f"w{at}", dt.date(2025, 12, 1)) for at in range(5)]
    rows += [spell("two", first, None, 0.5), spell("two", dt.date(2025, 6, 2), None, 0.25)]
    rows += [spell("back", first, dt.date(2025, 3, 2)), spell("back", dt.date(2025, 9, 1))]
    found = leaving_of({"people": pd.DataFrame(rows)}, end, first)
    assert found is not None
    assert sorted(found.names) == ["back", "two", "w0", "w1", "w2", "w3", "w4"]
    tenure = dict(zip(found.names, found.tenure, strict=True))
    assert (tenure["w0"], tenure["two"], tenure["back"]) == (52.0, 52.0, 18.0)
    assert dict(zip(found.names, found.fte, strict=True))["two"] == 0.75
    assert found.left.sum() == 1, "only whoever left and came back had left"


def test_bands_and_weeks_of_few_people_are_blank() -> None:
    from smo_reports.analyses.staffing.leaving_rates import leaving_rates
    from smo_reports.stats.attrition import attrition

    # Ten people for thirty weeks each, and one newcomer of five weeks.
    found = attrition([20.0] * 10 + [0.0], [50.0] * 10 + [5.0], [False] * 11)
    table = leaving_rates(found)
    assert table["weeks"].isna().tolist() == [True, True, False, True]
    assert table["value"].isna().tolist() == [True, True, False, True]
