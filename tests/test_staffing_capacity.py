"""Capacity: what is open, what is required, what there is, what to open by when; by hand, and on the demo."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from smo_reports.analyses.staffing.advice import hours_if_opened
from smo_reports.analyses.staffing.arrivals import Arrivals, arrivals_of
from smo_reports.analyses.staffing.capacity import deferred, need_of, required_table
from smo_reports.analyses.staffing.forecasts import forecast_arrivals
from smo_reports.analyses.staffing.funnel import Hiring, Requisition, no_hiring
from smo_reports.analyses.staffing.handling import Ramped
from smo_reports.analyses.staffing.headcount import projection_of
from smo_reports.analyses.staffing.item_time import ItemTime
from smo_reports.analyses.staffing.leave import leave_beyond_usual
from smo_reports.analyses.staffing.leaving import Leaving
from smo_reports.analyses.staffing.open_work import due_hours, open_by_age
from smo_reports.analyses.staffing.plan import staffing_plan
from smo_reports.analyses.staffing.queue_work import QueueWork, hour_profile
from smo_reports.analyses.staffing.scenario import AS_MEASURED, Scenario
from smo_reports.analyses.staffing.situation import Shrinkage, Situation, situation_of
from smo_reports.project import load_project
from smo_reports.project.staffing import QueuePromise, Staffing
from smo_reports.sources import read_all
from smo_reports.stats.attrition import attrition
from smo_reports.stats.backlog_flow import NOTHING, Opening
from smo_reports.stats.funnel_time import LEFT, PASSED, stage
from smo_reports.stats.queueing_need import agents_needed
from smo_reports.stats.ramp import NO_RAMP

MONDAY = dt.date(2026, 6, 1)
EVEN_DAY = np.full((7, 24), 1 / 24)
PATHS, WEEKS = 40, 6


def queue(
    name: str = "q", a_day: float = 240.0, *, seconds: float = 360.0, open_items: float = 0.0, **promise: object
) -> QueueWork:
    default = {} if promise.get("kind") == "live" else {"due_hours": 24.0}
    promised = QueuePromise(**(default | promise))
    opening = Opening.of([0.0], [open_items]) if open_items else NOTHING
    daily = np.full((PATHS, 7 * WEEKS), a_day)
    due = promised.due_hours or float("nan")
    return QueueWork(name, promised, due, daily, EVEN_DAY, ItemTime(name, seconds, 0.0, 100), opening)


def hiring(days: int = 14, passes: float = 1.0) -> Hiring:
    """One stage that takes so many days; three applicants a week and seat."""
    hired = round(40 * passes)
    one = stage(np.full(40, days), [PASSED] * hired + [LEFT] * (40 - hired))
    return replace(no_hiring(""), names=("interview",), stages=(one,), applicants=np.full(4, 3.0), language="id")


def people(count: int) -> Leaving:
    long = np.full(count, 100.0)
    names = tuple(f"p{place}" for place in range(count))
    return Leaving(long, np.ones(count), np.full(count, np.inf), long, long + 1, np.zeros(count, bool), names)


def situation(*queues: QueueWork, staff: int = 10, **changes) -> Situation:
    """Forty hours a week less a fifth, nobody leaves, items fill all of the time at work."""
    there = people(staff)
    made = Situation(
        MONDAY,
        WEEKS,
        Staffing(occupancy=0.999999),
        queues,
        np.full((7, 24), 1 / 168),
        there,
        np.ones((staff, len(queues)), bool),
        np.zeros(WEEKS),
        Shrinkage(0.2, 0.2, 0.2),
        Ramped(NO_RAMP, 0),
        attrition([0.0], [1e9], [False], edges=(0.0,)),
        hiring(),
        (),
    )
    return replace(made, **changes)


def test_open_items_by_age_come_from_items_or_else_from_the_newest_snapshot(engine) -> None:
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    items = [{"queue": "q", "age_s": seconds, "closing": True} for seconds in (0.0, 3700.0, 7300.0, 7400.0)]
    items += [{"queue": "q", "age_s": 9e9, "closing": False}]
    bands = [("s", 0.0, 7200.0, 8), ("s", 7200.0, 36000.0, 4), ("q", 0.0, 7200.0, 99)]
    backlog = [
        {"queue": name, "at": moment, "age_from_s": low, "age_to_s": high, "items": many * factor}
        for name, low, high, many in bands
        for moment, factor in ((at, 1), (at - dt.timedelta(1), 50))
    ]
    found = open_by_age(engine({"items_open": items, "backlog": backlog}))
    assert sorted(zip(found["q"].age, found["q"].items, strict=True)) == [(0, 1), (1, 1), (2, 2)]
    assert found["s"].total == 12
    assert found["s"].older(2.0) == pytest.approx(4)
    assert found["s"].older(1.0) == pytest.approx(8)
    assert open_by_age(engine({"backlog": backlog}))["q"].total == 99


def test_items_are_due_as_promised_or_else_as_they_were(engine, make_project) -> None:
    project = make_project("staffing: {queues: {a: {due_hours: 12}}}")
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    items = [
        {"queue": name, "arrived_at": at, "due_at": at + dt.timedelta(hours=hours)}
        for name, hours in (("a", 99), ("b", 24), ("b", 36), ("b", 36))
    ]
    assert due_hours(project, engine({"items": items}), ("a", "b", "c")) == {"a": 12.0, "b": 36.0}
    assert due_hours(project, engine({}), ("a", "b")) == {"a": 12.0}


def test_a_steady_deferred_queue_needs_its_work() -> None:
    """240 items a day of six minutes: 24 hours a day, 168 a week; an FTE works 32, so 5.25 in the long run."""
    made = situation(queue())
    table = required_table(made, need_of(made, AS_MEASURED))
    own = table[table["queue"] == "q"]
    assert own["required"].iloc[-1] == pytest.approx(168, rel=0.01)
    assert own["required"].iloc[0] < 168
    assert own["fte"].iloc[-1] == pytest.approx(5.25, rel=0.01)
    assert own["week"].iloc[0] == MONDAY
    assert (table.groupby("week")["required"].sum() / 2).to_numpy() == pytest.approx(own["required"].to_numpy())


def test_a_backlog_has_to_be_gone_before_it_is_late() -> None:
    """2,400 items open and due within a day, none coming in: 240 hours of work in a day is 1,680 in a week."""
    made = situation(queue(a_day=0.0, open_items=2400.0, service_level=0.99))
    need = need_of(made, AS_MEASURED)
    # Steps of six hours, half a step taken off: 3.5 steps of 28 in a week, less one per cent that may be late.
    assert need.queues[0].planned[0] == pytest.approx(0.99 * 240 * 28 / 4, rel=0.02)
    assert need.queues[0].planned[1:] == pytest.approx(0, abs=1e-6)


def test_steps_are_short_beside_the_time_until_due() -> None:
    for hours, steps in ((240.0, 7), (48.0, 14), (24.0, 28), (4.0, 168)):
        arrivals, promise, _ = deferred(situation(queue()), queue(due_hours=hours), AS_MEASURED)
        assert len(promise.spread) == steps
        assert arrivals.sum(axis=1) == pytest.approx(240 * 7 * WEEKS)
        assert promise.due == pytest.approx(hours * steps / 168 - 0.5)


def test_a_live_queue_needs_the_agents_of_each_hour() -> None:
    made = situation(queue(kind="live", within_s=20, service_level=0.8, a_day=480.0, seconds=180.0))
    found = need_of(made, AS_MEASURED).queues[0].planned
    agents = agents_needed(20.0, 180.0, 0.8, 20.0, occupancy=made.staffing.occupancy).exact
    assert found == pytest.approx(np.full(WEEKS, 168 * float(agents)), rel=2e-3)


def test_all_queues_together_need_no_more_than_each_alone() -> None:
    rng = np.random.default_rng(3)
    levels = 240 * np.exp(0.2 * rng.standard_normal((6, PATHS, 1))) * np.ones(7 * WEEKS)
    queues = [replace(queue(f"q{k}"), daily=levels[k]) for k in range(6)]
    need = need_of(situation(*queues), AS_MEASURED)
    apart = np.sum([one.planned for one in need.queues], axis=0)
    assert (need.planned < 0.95 * apart).all()
    # Of paths that differ for good each needs its own work: 0.1 of an hour an item.
    work = np.sort(7 * 0.1 * levels[:, :, 0].sum(axis=0))
    assert need.planned[-1] == pytest.approx(work[int(0.8 * PATHS) - 1], rel=0.02)


def test_a_cap_on_severe_hours_takes_more_people() -> None:
    """About 168 hours a week of a severe queue, four hours a person and day, five days: 8.4 people at work."""
    made = situation(queue(severe=True), staffing=Staffing(occupancy=0.999999, severe_hours=4))
    need = need_of(made, AS_MEASURED)
    assert need.exposed == pytest.approx(need.queues[0].planned / 20)
    assert need_of(situation(queue(severe=True)), AS_MEASURED).exposed.tolist() == [0.0] * WEEKS


def test_enough_people_keep_the_promise_and_nothing_is_opened() -> None:
    plan = staffing_plan(situation(queue(), staff=6))
    assert plan.headcount is not None
    assert plan.advice is not None
    assert plan.headcount["available"].tolist() == pytest.approx([6.0] * WEEKS, abs=0.01)
    assert plan.headcount["gap"].iloc[-1] == pytest.approx(5.25 - 6, abs=0.06)
    assert plan.headcount["short"].tolist() == [0.0] * WEEKS
    assert (plan.advice.seats, plan.advice.open_by, plan.advice.short_weeks) == (0, None, ())
    assert plan.outlooks[0].breaks == 0
    assert plan.outlooks[0].breaks_in[0] == np.inf
    assert plan.late == 0
    assert np.isnan(plan.late_saved)


def test_too_few_people_break_the_promise_on_the_day_that_can_be_worked_out() -> None:
    """Five people work 160 of 168 hours: the backlog grows by eight hours a week, 80 items: 480 after six weeks."""
    plan = staffing_plan(situation(queue(), staff=5))
    outlook = plan.outlooks[0]
    assert outlook.open["value"].iloc[-1] == pytest.approx(480, rel=0.02)
    assert outlook.backlog_days[0] == pytest.approx(2.0, rel=0.02)
    # A day's 240 items are open after three weeks: from then on what is due is late.
    assert 14 < outlook.breaks_in[0] < 28
    assert outlook.breaks == 1.0
    assert outlook.open["late_share"].iloc[0] == 0
    assert outlook.open["late_share"].iloc[-1] > 0.5
    assert plan.late > 1000


def test_what_to_open_and_by_when_by_hand() -> None:
    """Missing 0.25 to 1.25 FTE; hired after fourteen days, two weeks until the first day: four weeks from opening."""
    plan = staffing_plan(situation(queue(), staff=4))
    advice = plan.advice
    assert advice is not None
    assert advice.missing == pytest.approx(1.25, abs=0.05)
    assert advice.seats == 2
    assert advice.language == "id"
    assert advice.needed_from == MONDAY
    assert 4.0 <= advice.lead_weeks <= 5.5
    assert advice.open_by is not None
    assert advice.ramped_by is not None
    assert (advice.needed_from - advice.open_by).days == (advice.ramped_by - MONDAY).days
    assert advice.too_late
    assert len(advice.short_weeks) == WEEKS
    # Five people fall behind only after weeks: then one who is hired in time keeps many items from being late.
    fewer = staffing_plan(situation(queue(), staff=5))
    assert fewer.advice is not None
    assert fewer.advice.seats == 1
    assert 0 < fewer.late_saved < fewer.late


def test_interviews_take_hours_until_the_seats_are_filled() -> None:
    """Twelve interviews for a seat that is filled after two to four weeks: three to six hours in each, none later."""
    made = situation(queue(), staff=5, hiring=replace(hiring(), interviews_a_hire=12.0))
    projection = projection_of(made, AS_MEASURED)
    assert projection is not None
    taken = projection.hours - hours_if_opened(made, replace(AS_MEASURED, start_after_weeks=9.0), projection, 32.0, 1)
    assert taken.sum(axis=1) == pytest.approx(np.full(PATHS, 12.0))
    assert ((taken[:, :2] >= 3) & (taken[:, :2] <= 6)).all()
    assert taken[:, 4:] == pytest.approx(np.zeros((PATHS, 2)))
    assert staffing_plan(made).advice.interview_hours == pytest.approx(12.0)


def test_who_is_already_being_hired_is_counted() -> None:
    under_way = Requisition("r", "labeler", "id", "", 1, 1.0, np.array([0]), np.array([13.0]))
    waiting = replace(hiring(), open=(under_way,))
    plan = staffing_plan(situation(queue(), staff=5, hiring=waiting), Scenario(start_after_weeks=1))
    assert plan.headcount is not None
    # Hired after a day, there a week later: from the second week's middle on.
    assert plan.headcount["available"].tolist() == pytest.approx([5.0, 6, 6, 6, 6, 6], abs=0.02)
    assert plan.advice is not None
    assert plan.advice.seats == 0


def test_a_funnel_that_is_not_measured_gives_no_date_and_says_what_it_needs() -> None:
    nothing = no_hiring("not measured: needs requisitions and candidates")
    advice = staffing_plan(situation(queue(), staff=4, hiring=nothing)).advice
    assert advice is not None
    assert advice.seats == 2
    assert advice.open_by is None
    assert advice.note == "not measured: needs requisitions and candidates"


def test_a_funnel_that_hires_nobody_in_a_year_says_so() -> None:
    advice = staffing_plan(situation(queue(), staff=4, hiring=replace(hiring(), applicants=np.zeros(4)))).advice
    assert advice is not None
    assert advice.open_by is None
    assert advice.note == "the funnel as it is does not fill 2 seats within a year in 80% of cases"


def test_people_and_hours_that_are_not_known_leave_the_requirement_standing() -> None:
    unknown = Shrinkage(*[float("nan")] * 3, "not measured")
    for missing in ({"people": None}, {"attrition": None}, {"shrinkage": unknown}):
        plan = staffing_plan(situation(queue(), **missing))
        assert plan.headcount is None
        assert plan.advice is None
        assert plan.required["required"].notna().all()


def test_leave_that_is_entered_takes_its_part_of_the_people() -> None:
    """Of ten people, one week misses a quarter of its usual time."""
    leave = np.array([0, 0, 0.25, 0, 0, 0.0])
    plan = staffing_plan(situation(queue(), staff=10, leave=leave))
    assert plan.headcount is not None
    assert plan.headcount["available"].tolist() == pytest.approx([10, 10, 7.5, 10, 10, 10], abs=0.02)


def absent(name: str, first: int, last: int | None) -> dict[str, object]:
    ends = None if last is None else MONDAY + dt.timedelta(last)
    return {"person_id": name, "starts_on": MONDAY + dt.timedelta(first), "ends_on": ends}


def test_five_days_of_leave_are_a_week_and_the_same_day_counts_once(engine) -> None:
    """Of ten people: two are away from Monday to Friday, one of them entered twice; one from Thursday on."""
    rows = [absent("p0", 0, 4), absent("p1", 0, 6), absent("p1", 2, 4), absent("p2", 10, None), absent("x", 0, 40)]
    found = leave_beyond_usual(engine({"leave": rows}), people(10), MONDAY, 3, 5)
    assert found.tolist() == pytest.approx([0.2, 0.08, 0.1])
    weekdays = np.zeros((7, 24))
    weekdays[:5, 9] = 0.2
    found = leave_beyond_usual(engine({"leave": rows}), people(10), MONDAY, 3, 5, weekdays)
    assert found.tolist() == pytest.approx([0.2, 0.04, 0.1])


def test_leave_as_usual_is_in_shrinkage_already(engine) -> None:
    """One of ten people has been away in every week for ten weeks; in the second week to come it is four of them."""
    rows = [absent("p0", -70, 6), *(absent(f"p{place}", 7, 13) for place in range(4))]
    found = leave_beyond_usual(engine({"leave": rows}), people(10), MONDAY, 3, 5)
    assert found.tolist() == pytest.approx([0.0, 0.3 / 0.9, 0.0])
    # Six weeks are too few to say what is usual.
    short = leave_beyond_usual(engine({"leave": [absent("p0", -42, 6)]}), people(10), MONDAY, 2, 5)
    assert short.tolist() == pytest.approx([0.1, 0.0])
    assert leave_beyond_usual({}, people(10), MONDAY, 2, 5).tolist() == [0, 0]
    assert leave_beyond_usual(engine({"leave": rows}), None, MONDAY, 2, 5).tolist() == [0, 0]


def test_the_cap_on_severe_hours_is_in_what_is_required_and_in_the_advice() -> None:
    """About 168 hours a week of a severe queue, one hour a person and day, five days: 33.6 people at work, not 5.25."""
    capped = Staffing(occupancy=0.999999, severe_hours=1)
    plan = staffing_plan(situation(queue(severe=True), staff=10, staffing=capped))
    assert plan.headcount is not None
    assert plan.advice is not None
    assert plan.headcount["required"].iloc[-1] == pytest.approx(33.6, rel=0.01)
    assert plan.required["fte"].iloc[-1] == pytest.approx(33.6, rel=0.01)
    assert plan.headcount["short"].tolist() == [1.0] * WEEKS
    assert plan.advice.missing == pytest.approx(23.6, rel=0.02)
    # Ten people work on it for fifty hours a week, whatever they have left: the rest stays open.
    assert plan.outlooks[0].breaks == 1.0
    assert plan.outlooks[0].open["value"].iloc[0] == pytest.approx(1680 - 500, rel=0.02)


def test_hours_that_the_cap_keeps_from_a_severe_queue_go_to_the_others() -> None:
    queues = queue("plain", 48.0), queue("harsh", severe=True)
    capped = Staffing(occupancy=0.999999, severe_hours=2)
    cover = staffing_plan(situation(*queues, staff=10, staffing=capped)).cover
    assert cover is not None
    assert cover.part[-1].tolist() == pytest.approx([220 / 320, 100 / 320], rel=1e-3)


def test_people_who_lack_a_skill_are_no_answer_to_it() -> None:
    """In all there are enough; of the second queue 104 hours a week stay undone: 3.25 people who can work on it."""
    queues = queue("a", 24.0), queue("b", skills=("ms",))
    can = np.zeros((10, 2), bool)
    can[:, 0] = True
    can[:2, 1] = True
    plan = staffing_plan(situation(*queues, can_work=can))
    assert plan.headcount is not None
    assert plan.advice is not None
    assert plan.headcount["short"].tolist() == [0.0] * WEEKS
    assert plan.advice.lacking == pytest.approx(104, rel=0.02)
    assert (plan.advice.seats, plan.advice.language, plan.advice.queue) == (4, "ms", "b")
    assert plan.advice.short_weeks == tuple(MONDAY + dt.timedelta(7 * week) for week in range(WEEKS))
    # Four weeks from opening: those who can work on it are there for the last two.
    before, after = plan.outlooks[1].open["value"], plan.if_opened[1].open["value"]
    assert after.iloc[3] == pytest.approx(before.iloc[3])
    assert before.diff().iloc[-1] == pytest.approx(1040, rel=0.02)
    assert after.diff().iloc[-1] == pytest.approx(0, abs=250)
    assert plan.if_opened[1].overdue_hours[0] < plan.outlooks[1].overdue_hours[0]


def test_a_promise_that_nobody_can_keep_does_not_hide_what_the_others_need() -> None:
    """Work is done on weekdays only and the first queue is due within a day: what comes in on Saturdays is late."""
    spread = np.zeros((7, 24))
    spread[:5, 9:17] = 1 / 40
    queues = queue("never"), queue("later", due_hours=120.0)
    plan = staffing_plan(situation(*queues, spread=spread, staff=6))
    assert plan.advice is not None
    assert plan.advice.out_of_reach == ("never",)
    # Twice 168 hours of work a week in all, 32 a person.
    assert plan.advice.missing == pytest.approx(10.5 - 6, abs=0.2)
    assert plan.headcount is not None
    assert not np.isfinite(plan.headcount["required"]).any()


def test_nothing_that_comes_in_leaves_no_days_of_work() -> None:
    plan = staffing_plan(situation(queue(open_items=500.0), staff=6), Scenario(volume=-1))
    assert plan.outlooks[0].backlog_days == (0.0, 0.0, 0.0)
    some = staffing_plan(situation(queue(open_items=50_000.0), staff=6), Scenario(volume=-1))
    assert some.outlooks[0].backlog_days == (np.inf, np.inf, np.inf)


def test_what_is_past_due_at_the_end_is_told_in_hours() -> None:
    """3,000 items more than six people get done in six weeks of 192 hours, 168 of which new ones take: 300 hours
    and the 24 hours a week that they have over."""
    plan = staffing_plan(situation(queue(open_items=3000.0), staff=6))
    outlook = plan.outlooks[0]
    # What is open less the last day's 240 items: they are not due yet.
    assert outlook.overdue_hours[0] == pytest.approx(300 - 24 * 6 - 24, abs=3)
    assert plan.left_overdue == outlook.overdue_hours[0]


def test_whoever_cannot_work_on_a_queue_does_not_cover_it() -> None:
    """Ten people, two of whom speak what the second queue needs: 64 of its 168 hours are covered."""
    queues = queue("a", 24.0), queue("b", skills=("ms",))
    can = np.zeros((10, 2), bool)
    can[:, 0] = True
    can[:2, 1] = True
    plan = staffing_plan(situation(*queues, can_work=can))
    assert plan.cover is not None
    last = plan.cover.by_queue.iloc[-2:].set_index("queue")
    assert last.loc["a", "unmet"] == pytest.approx(0, abs=1e-6)
    assert last.loc["b", "covered"] == pytest.approx(64, rel=0.01)
    assert last.loc["b", "unmet"] == pytest.approx(104, rel=0.02)
    assert last.loc["b", "worth"] == pytest.approx(1.0)
    assert plan.cover.scarcest == "b"
    assert plan.outlooks[1].breaks == 1.0
    assert plan.outlooks[0].breaks == 0.0
    assert staffing_plan(situation(*queues, can_work=np.array([[True, False]] * 10))).cover.uncovered == ("b",)


UP = {"volume": 0.2, "handling": 0.2, "shrinkage": 0.3, "service_level": 0.99, "attrition": 1.0}


@pytest.mark.parametrize("name", UP)
def test_scenarios_move_the_gap_the_way_they_must(name) -> None:
    rng = np.random.default_rng(5)
    work = replace(queue(), daily=rng.poisson(240, (PATHS, 7 * WEEKS)) * 1.0)
    leaving = attrition([0.0] * 9, [200.0] * 9, [True] * 4 + [False] * 5, edges=(0.0,))
    made = situation(work, staff=8, attrition=leaving)
    rest, changed = staffing_plan(made), staffing_plan(made, Scenario(**{name: UP[name]}))
    gaps = changed.headcount["gap"] - rest.headcount["gap"]
    if name == "service_level":
        # Whoever has to be in time more often also leaves less open for the next week.
        assert gaps.iloc[0] > 0
        assert gaps.mean() > -0.01
    else:
        assert (gaps >= -1e-9).all()
        assert gaps.iloc[-1] > 0
    if name in ("volume", "handling"):
        required = rest.required["required"].iloc[-1]
        assert changed.required["required"].iloc[-1] == pytest.approx(1.2 * required, rel=5e-3)


def test_faster_hiring_never_takes_longer() -> None:
    made = situation(queue(), staff=4, hiring=hiring(passes=0.5))
    rest, faster = (staffing_plan(made, Scenario(hiring_pace=pace)).advice for pace in (0.0, 1.0))
    assert rest is not None
    assert faster is not None
    assert faster.lead_weeks < rest.lead_weeks


def test_the_same_scenario_gives_the_same_plan_to_the_last_digit() -> None:
    made = situation(queue(), queue("live", kind="live", within_s=60), staff=7)
    one, other = staffing_plan(made, Scenario(volume=0.1)), staffing_plan(made, Scenario(volume=0.1))
    assert one.required.equals(other.required)
    assert one.headcount.equals(other.headcount)
    assert repr(one.advice) == repr(other.advice)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"volume": -1.5}, "volume is a relative change, such as 0.1 for a tenth more; got -1.5"),
        ({"handling": -1}, "handling is a relative change"),
        ({"shrinkage": 0.95}, "shrinkage is a share between 0 and 0.9; got 0.95"),
        ({"sure": 0.4}, "sure is the share of futures in which a plan holds, half or more; got 0.4"),
        ({"service_level": 95}, "service_level is a share between 0 and 1; got 95"),
        ({"sure": 0}, "sure is a share between 0 and 1; got 0"),
        ({"start_after_weeks": -1}, "start_after_weeks is a number of weeks"),
    ],
)
def test_what_an_impossible_scenario_is_told(changes, said) -> None:
    with pytest.raises(ValueError, match=said):
        Scenario(**changes)


def test_a_days_profile_is_of_its_weekday_and_drawn_towards_all() -> None:
    counts = np.zeros((1, 56, 24))
    counts[0, :, 9] = 10
    counts[0, ::7, 9], counts[0, ::7, 20] = 0, 10
    found = hour_profile(Arrivals(("q",), MONDAY, counts, hourly=True, source="items"), 0)
    assert found.sum(axis=1) == pytest.approx(np.ones(7))
    assert found[0, 20] > 0.5
    assert found[1, 9] > 0.9
    assert hour_profile(Arrivals(("q",), MONDAY, counts, hourly=False, source="items"), 0)[0, 0] == 1 / 24


def test_a_plan_of_the_demo(demo_workspace) -> None:
    project = load_project("hate-speech-id", demo_workspace)
    rows = read_all(project, dt.date(2026, 5, 18), dt.date(2026, 11, 16))
    arrivals = arrivals_of(rows, project)
    assert arrivals is not None
    made = situation_of(project, rows, forecast_arrivals(arrivals, weeks=13, paths=100))
    assert {work.queue: work.promise.kind for work in made.queues} == {"live": "live", "proactive": "deferred"}
    assert made.people is not None
    assert made.can_work.all(axis=0).any()
    plan = staffing_plan(made)
    assert len(plan.required) == 3 * 13
    assert plan.required["required"].gt(0).all()
    assert plan.headcount is not None
    assert (plan.headcount["heads"] <= made.people.fte.sum() + 1e-9).all()
    # What is deferred takes the hours that it took: the demo's volume is steady.
    done = rows["decisions"].collect().to_native().to_pandas()
    worked = done[done["queue"] == "proactive"]["handling_s"].sum() / 3600 / 26 / project.staffing.occupancy
    need = plan.required[plan.required["queue"] == "proactive"]["required"].mean()
    assert worked * 0.9 < need < worked * 1.3
