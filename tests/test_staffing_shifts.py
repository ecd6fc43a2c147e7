"""Shifts as planned and as worked, and rosters: worked by hand, by brute force, and on the demo."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import zoneinfo
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from test_staffing_capacity import queue, situation

from smo_reports.analyses.staffing.hourly import (
    FITS,
    SHORT,
    SPARE,
    HourlyNeed,
    hourly_need,
    judged,
    planned_cover,
)
from smo_reports.analyses.staffing.plan import staffing_plan
from smo_reports.analyses.staffing.report import staffing_basis, staffing_span
from smo_reports.analyses.staffing.roster import Roster, roster_of, shifts_of
from smo_reports.analyses.staffing.scenario import AS_MEASURED
from smo_reports.analyses.staffing.shift_spans import Axis, held, merged
from smo_reports.analyses.staffing.shifts import BEYOND, MARKED, MEASURES, shifts_kept
from smo_reports.analyses.staffing.situation import Shrinkage, Situation
from smo_reports.present.roster import roster_table
from smo_reports.present.shifts import shifts_kept as shifts_exhibit
from smo_reports.project import Project, Workspace, load_project
from smo_reports.project.staffing import LabourRules, Staffing
from smo_reports.schema import PERSON_COLUMNS
from smo_reports.sources import Rows, read_all
from smo_reports.stats.queueing import agents_needed
from smo_reports.stats.shift_patterns import overlap

Build = Callable[..., Project]
Load = Callable[..., dict[str, Any]]
Row = dict[str, Any]

JAKARTA = zoneinfo.ZoneInfo("Asia/Jakarta")
W1, W2 = dt.date(2026, 11, 2), dt.date(2026, 11, 9)
END = dt.date(2026, 11, 16)
T4 = 2.7764451051977987
FIVE = ("P1", "P2", "P3", "P4", "P5")


def rows_of(tables: dict[str, list[Row]], load: Load | None = None) -> Rows:
    frames = load(tables) if load else {name: pd.DataFrame(found) for name, found in tables.items()}
    return Rows(tuple(frames), lambda name: nw.from_native(frames[name]).lazy(), W1, END, JAKARTA)


def shift(person: str, day: dt.date, begin: float, end: float, kind: str = "planned", **more: Any) -> Row:
    """Hours are by Jakarta's clocks."""
    midnight = dt.datetime.combine(day, dt.time(), JAKARTA)
    moments = [(midnight + dt.timedelta(hours=at)).astimezone(dt.UTC) for at in (begin, end)]
    return {"person_id": person, "shift_date": day, "starts_at": moments[0], "ends_at": moments[1], "kind": kind} | more


def both(person: str, day: dt.date, late: float = 0.0, early: float = 0.0, **more: Any) -> list[Row]:
    """Planned from eight to six, and worked but for its beginning and end."""
    return [shift(person, day, 8, 18, **more), shift(person, day, 8 + late, 18 - early, "actual", **more)]


def member(person: str, team: str = "A", fte: float = 1.0) -> Row:
    return {"person_id": person, "role": "labeler", "started_on": dt.date(2026, 1, 1), "team": team, "fte": fte}


TEAM_A = [member(who) for who in FIVE]


def value(table: pd.DataFrame, name: str = "value", **where: Any) -> float:
    for column, wanted in where.items():
        table = table[table[column] == wanted]
    (found,) = table[name]
    return float(found)


@pytest.fixture
def named(make_project: Build) -> Project:
    return make_project("people: ids\n")


# Ten planned hours each: P2 is an hour late, P3 leaves two early, P4 does both, P5 does not come but works a night.
KEPT: list[Row] = [
    *both("P1", W1),
    *both("P2", W1, late=1),
    *both("P3", W1, early=2),
    *both("P4", W1, late=1, early=2),
    shift("P5", W1, 8, 18),
    shift("P5", W1, 20, 24, "actual"),
]


def test_planned_against_actual_hours_by_hand(named: Project, engine: Load) -> None:
    found = shifts_kept(named, rows_of({"shifts": KEPT, "people": TEAM_A}, engine))
    hours = {"kept": 34, "late": 2, "missed": 10, "short": 4, "beside": 4}
    for table in (found.teams, found.weeks[found.weeks["week"] == W1]):
        for measure, many in hours.items():
            whole = 38 if measure == "beside" else 50
            assert value(table, "hours", team="A", measure=measure) == pytest.approx(many)
            assert value(table, "of_hours", team="A", measure=measure) == pytest.approx(whole)
            assert value(table, team="A", measure=measure) == pytest.approx(many / whole)
    # Kept 10 9 8 7 0 of 10 each: deviations from 6.8 are 3.2 2.2 1.2 0.2 -6.8, squares 62.8.
    half = T4 * math.sqrt(5 / 4 * 62.8) / 50
    assert value(found.teams, "low", team="A", measure="kept") == pytest.approx(0.68 - half)
    assert value(found.teams, "high", team="A", measure="kept") == pytest.approx(min(0.68 + half, 1))
    assert value(found.teams, "n", team="A", measure="kept") == 5
    assert set(found.teams["measure"]) == set(MEASURES)
    assert not set(found.teams.columns) & set(PERSON_COLUMNS)


def test_a_night_belongs_to_its_first_days_week_whatever_the_clock_in_utc_says(named: Project, engine: Load) -> None:
    sunday = W2 - dt.timedelta(1)
    night = [one for who in FIVE for one in (shift(who, sunday, 22, 31), shift(who, W2, -1, 7, "actual"))]
    found = shifts_kept(named, rows_of({"shifts": night, "people": TEAM_A}, engine))
    # Nobody's actual shifts carry the Sunday: that week's are not entered, though they lie within its plan.
    row = found.weeks[(found.weeks["week"] == W1) & (found.weeks["team"] == "A") & (found.weeks["measure"] == "kept")]
    assert row["note"].tolist() == ["not measured: needs actual shifts of this time"]
    assert math.isnan(row["value"].iloc[0])
    assert value(found.teams, team="A", measure="kept") == pytest.approx(8 / 9)
    assert value(found.teams, "hours", team="A", measure="late") == pytest.approx(5)


def test_overlapping_spells_count_once_and_breaks_in_between_are_cut_short(named: Project) -> None:
    shifts: list[Row] = []
    for who in FIVE:
        shifts += [shift(who, W1, 8, 14, queue="a"), shift(who, W1, 12, 17, queue="b")]
        shifts += [shift(who, W1, 8, 12, "actual"), shift(who, W1, 11, 12, "actual"), shift(who, W1, 13, 17, "actual")]
    teams = shifts_kept(named, rows_of({"shifts": shifts, "people": TEAM_A})).teams
    assert value(teams, "of_hours", team="A", measure="kept") == pytest.approx(45)
    assert value(teams, "hours", team="A", measure="kept") == pytest.approx(40)
    assert value(teams, "hours", team="A", measure="short") == pytest.approx(5)
    assert value(teams, "of_hours", team="A", measure="beside") == pytest.approx(40)


def test_parts_of_planned_time_are_those_of_every_minute() -> None:
    """Random spells of three people, against a ruler of minutes."""
    rng = np.random.default_rng(7)

    def spells(many: int) -> pd.DataFrame:
        begin = rng.integers(0, 3000, many)
        end = begin + rng.integers(1, 400, many)
        return pd.DataFrame({"person_id": rng.choice(list("abc"), many), "begin": begin * 60.0, "end": end * 60.0})

    for _ in range(20):
        planned, actual = spells(9), spells(int(rng.integers(1, 15)))
        axis = Axis.of(pd.concat([planned, actual]))
        found = held(merged(planned, axis), merged(actual, axis))
        ruler = {
            (kind, who): {
                minute for row in own.itertuples() for minute in range(int(row.begin // 60), int(row.end // 60))
            }
            for kind, table in (("planned", planned), ("actual", actual))
            for who, own in table.groupby("person_id")
        }
        for who in "abc":
            wanted, there = (ruler.get((kind, who), set()) for kind in ("planned", "actual"))
            own = found[found["person_id"] == who]
            assert own["planned"].sum() * 60 == pytest.approx(len(wanted))
            assert own["kept"].sum() * 60 == pytest.approx(len(wanted & there))
            for row in own.itertuples():
                minutes = range(round(row.begin / 60), round(row.end / 60))
                first = next((minute for minute in minutes if minute in there), None)
                assert row.late * 60 == pytest.approx(0 if first is None else first - minutes[0])
                assert row.missed * 60 == pytest.approx(len(minutes) if first is None else 0)
        parts = found["kept"] + found["late"] + found["missed"] + found["short"]
        assert parts.to_numpy() == pytest.approx(found["planned"].to_numpy())


def test_overtime_is_what_shifts_are_marked_as(named: Project, engine: Load) -> None:
    shifts = [one for who in FIVE for one in both(who, W1, overtime=False)]
    shifts += [shift("P1", W1, 18, 20, "actual", overtime=True), shift("P2", W1, 20, 22, "actual", overtime=None)]
    found = shifts_kept(named, rows_of({"shifts": shifts, "people": TEAM_A}, engine))
    assert found.overtime_from == MARKED
    assert value(found.teams, "hours", team="A", measure="overtime") == pytest.approx(2)
    # What does not say whether it is overtime is no part of what the share is of.
    assert value(found.teams, team="A", measure="overtime") == pytest.approx(2 / 52)


def test_overtime_is_else_what_is_beyond_a_full_week(named: Project, engine: Load) -> None:
    """Five shifts of ten hours, a ninth of it a break, are 44.4 hours: 4.4 beyond 40; at half time, 24.4 beyond 20."""
    days = [W1 + dt.timedelta(day) for day in range(5)]
    shifts = [one for who in FIVE for day in days for one in both(who, day)]
    shifts += both("P1", W2)
    people = [*TEAM_A[:4], member("P5", fte=0.5)]
    found = shifts_kept(named, rows_of({"shifts": shifts, "people": people}, engine))
    assert found.overtime_from == BEYOND
    worked = 50 * 8 / 9
    weeks = found.weeks[found.weeks["week"] == W1]
    assert value(weeks, "hours", team="A", measure="overtime") == pytest.approx(4 * (worked - 40) + worked - 20)
    assert value(weeks, "of_hours", team="A", measure="overtime") == pytest.approx(5 * worked)
    assert value(found.teams, "hours", team="A", measure="overtime") == pytest.approx(4 * (worked - 40) + worked - 20)


def test_what_is_not_there_is_named(named: Project) -> None:
    assert shifts_kept(named, rows_of({})).lacks == "the table shifts"
    bare = [{"person_id": "P1", "shift_date": W1, "kind": "planned"}]
    assert shifts_kept(named, rows_of({"shifts": bare})).lacks == "shifts.starts_at"
    planned = [shift(who, W1, 8, 18) for who in FIVE]
    found = shifts_kept(named, rows_of({"shifts": planned, "people": TEAM_A}))
    assert found.missing == {"actual": "shifts of kind actual in this period"}
    assert found.teams.empty
    assert "needs shifts of kind actual in this period" in shifts_exhibit(named, found).text
    whole = [one for who in FIVE for one in both(who, W1)]
    found = shifts_kept(named, rows_of({"shifts": whole}))
    assert found.missing == {"overtime": "shifts.overtime, or people.fte", "team": "the table people"}
    html = str(shifts_exhibit(named, found).html)
    assert "Overtime is not measured: needs shifts.overtime, or people.fte." in html
    assert "Teams are not known: needs the table people." in html
    assert "without a team" in html


def test_fewer_than_five_people_are_not_shown_nor_told_by_the_sum(named: Project) -> None:
    small = [one for who in ("Q1", "Q2") for one in both(who, W1, late=3.25)]
    people = [*TEAM_A, member("Q1", "B"), member("Q2", "B")]
    found = shifts_kept(named, rows_of({"shifts": [*KEPT, *small], "people": people}))
    hidden = found.teams[found.teams["team"] != "A"]
    assert set(hidden["team"]) == {"B", "(everybody)"}
    assert hidden[["value", "low", "high", "hours", "of_hours"]].isna().all(axis=None)
    shown = shifts_exhibit(named, found)
    assert "All people together are not shown" in shown.text
    assert "too few" not in shown.text
    assert "6.5" not in str(shown.html)
    assert "P1" not in str(shown.html)


def test_the_sentence_of_kept_shifts_and_hostile_names(named: Project) -> None:
    people = [member(who, "<b>{x}</b>") for who in FIVE]
    found = shifts_exhibit(named, shifts_kept(named, rows_of({"shifts": KEPT, "people": people})))
    assert found.text.startswith("Of 50.0 planned hours people were on shift for 68 % (")
    assert "10.0 hours are of shifts that were not worked at all, and 2.0 began late." in found.text
    assert "4.0 hours on shift were in nobody's plan." in found.text
    assert "&lt;b&gt;{x}&lt;/b&gt;" in str(found.html)
    assert len(found.estimates)


def even(live: float = 0.0, deferred: float = 0.0, hours: range = range(24)) -> HourlyNeed:
    need = np.zeros((7, 24))
    need[:, list(hours)] = live
    return HourlyNeed(need.ravel(), deferred, np.full(168, 1 / 168), ())


def test_the_need_of_an_hour_is_erlangs_and_has_shrinkage_on_top() -> None:
    live = replace(queue("live", 480.0, seconds=180.0, kind="live", within_s=20, service_level=0.8))
    made = situation(live, queue("later"))
    plan = staffing_plan(made)
    need = hourly_need(made, AS_MEASURED, plan.need)
    agents = float(agents_needed(20.0, 180.0, 0.8, 20.0, occupancy=made.staffing.occupancy).exact)
    assert need.live == pytest.approx(np.full(168, agents / 0.8), rel=1e-6)
    assert need.deferred == pytest.approx(float(plan.need.queues[1].planned[0]) / 0.8)
    unknown = replace(made, shrinkage=Shrinkage(*[math.nan] * 3, "not measured: needs the table work_hours"))
    bare = hourly_need(unknown, AS_MEASURED, staffing_plan(unknown).need)
    assert bare.live == pytest.approx(0.8 * need.live)
    assert bare.note == "not measured: needs the table work_hours"


def test_an_hours_need_is_that_of_its_own_weekday_and_future() -> None:
    """A plan that begins on a Wednesday; arrivals of Wednesdays only, twice as many on one path in five."""
    daily = np.zeros((40, 42))
    daily[:, ::7] = 240.0
    daily[:8, ::7] = 480.0
    profile = np.zeros((7, 24))
    profile[:, 9] = 1.0
    live = replace(queue("live", kind="live", within_s=20), daily=daily, profile=profile)
    made = situation(live, end=dt.date(2026, 6, 3))
    need = hourly_need(made, AS_MEASURED, staffing_plan(made).need)
    assert np.flatnonzero(need.live).tolist() == [2 * 24 + 9]
    exact = agents_needed(240.0, 360.0, 0.95, 20.0, occupancy=made.staffing.occupancy).exact
    assert need.live.max() == pytest.approx(float(exact) / 0.8)


def test_hours_are_short_fit_or_are_spare_by_hand() -> None:
    need = even(1.5, 168.0, range(12))
    cover = np.zeros((7, 24))
    cover[:, :12] = 2.0
    cover[:, 12:] = 1.0
    found = judged(cover.ravel(), need)
    # Live queues leave half a person for twelve hours and one for twelve: 126 hours, less than the 168 there are.
    assert found.deferred.sum() == pytest.approx(126)
    assert set(found.status) == {FITS}
    cover[0, 3] = 1.0
    found = judged(cover.ravel(), need)
    assert found.status[3] == SHORT
    assert found.short[3] == pytest.approx(0.5)
    # Ten people in the first hour, and only little work that may wait: most of them have nothing to do.
    cover[:] = np.where(np.arange(24) < 12, 2.0, 0.0)
    cover[1, 0] = 10.0
    found = judged(cover.ravel(), even(1.5, 10.0, range(12)))
    assert found.status[24] == SPARE
    assert found.deferred.sum() == pytest.approx(10)
    # A second person where one and a half are needed is none too many.
    assert found.status[25] == FITS
    assert (found.short + found.deferred + found.spare >= 0).all()
    assert judged(np.zeros(168), even()).status.tolist() == [FITS] * 168


def test_shifts_as_planned_are_counted_by_local_hour_and_the_week_closes(engine: Load) -> None:
    sunday = END - dt.timedelta(1)
    shifts = [shift(who, W2, 8, 17) for who in FIVE]
    shifts += [shift("P1", sunday, 22, 31), shift("P1", W1, 8, 17), shift("P2", W2, 8, 17, "actual")]
    rows = rows_of({"shifts": [*shifts, shift("auditor", W2, 8, 17)]}, engine)
    cover, lacks = planned_cover(rows, JAKARTA, END, 0.5, FIVE)
    assert cover is not None
    assert lacks == ""
    assert cover.reshape(7, 24)[0, 7:18].tolist() == pytest.approx([0, *[2.5] * 9, 0])
    assert cover.reshape(7, 24)[6, 21:].tolist() == pytest.approx([0, 0.5, 0.5])
    # The last night's hours after midnight are the first day's.
    assert cover.reshape(7, 24)[0, :8].tolist() == pytest.approx([*[0.5] * 7, 0])
    assert cover.sum() == pytest.approx(0.5 * (5 * 9 + 9))


def test_shifts_of_four_people_are_not_shown() -> None:
    four = [shift(who, W2, 8, 17) for who in FIVE[:4]]
    needed = "planned shifts of 5 people or more in the week before"
    assert planned_cover(rows_of({"shifts": four}), JAKARTA, END, 1.0) == (None, needed)
    assert planned_cover(rows_of({"shifts": [*four, shift("P5", W2, 8, 17)]}), JAKARTA, END, 1.0, FIVE[:4])[0] is None
    assert planned_cover(rows_of({}), JAKARTA, END, 1.0) == (None, "the table shifts")


def rostered(made: Situation, project: Project, *shifts: Row) -> Roster:
    rows = rows_of({"shifts": list(shifts)} if shifts else {})
    return roster_of(project, rows, made, staffing_plan(made))


def _labour(project: Project, **rules: Any) -> Project:
    return project.model_copy(update={"staffing": Staffing(labour=LabourRules(**rules))})


def test_deferred_work_alone_takes_its_hours_at_full_weeks(named: Project) -> None:
    """168 hours at work, less those of items that are due in the week after, and a quarter more on shift."""
    made = situation(queue())
    found = rostered(made, named)
    need = found.need.deferred
    assert 144 / 0.8 < need < 168 / 0.8
    assert found.people == math.ceil(need / 40) == found.at_least
    assert found.gap == 0
    assert found.patterns["hours"].sum() == 40 * found.people == pytest.approx(found.hours["cover"].sum())
    assert (found.hours["status"] != SHORT).all()
    assert math.isnan(found.now_hours)


def test_a_roster_has_the_fewest_people_of_all_by_brute_force(named: Project) -> None:
    """Two starts of six hours without a break, six days; every choice of people up to four is tried."""
    project = _labour(named, shift_hours=6, break_hours=0, days_a_week=6, hours_a_week=36, starts=(6, 12))
    profile = np.zeros((7, 24))
    profile[:, 6:18] = 1 / 12
    live = replace(queue("live", 24.0, seconds=60.0, kind="live", within_s=300), profile=profile)
    made = situation(live, shrinkage=Shrinkage(0.0, 0.0, 0.0))
    found = rostered(made, project)
    shifts = shifts_of(project.staffing.labour)
    patterns = [
        sum((overlap(one, day, 168) for day in range(7) if day != off), start=np.zeros(168))
        for one in shifts
        for off in range(7)
    ]
    need = found.need.live
    assert np.flatnonzero(need).tolist() == [24 * day + hour for day in range(7) for hour in range(6, 18)]
    enough = [
        people
        for people in range(1, 5)
        for chosen in itertools.combinations_with_replacement(patterns, people)
        if (sum(chosen) >= need - 1e-9).all()
    ]
    assert found.people == min(enough) == 4
    assert (found.hours["cover"] >= found.hours["live"] - 1e-9).all()
    assert all(len(days) == 6 for days in found.patterns["days"])


def test_a_roster_covers_every_hour_and_keeps_the_rules(named: Project) -> None:
    live = queue("live", 480.0, seconds=180.0, kind="live", within_s=20, service_level=0.8)
    found = rostered(situation(live, queue("later", 100.0)), named)
    assert (found.hours["cover"] >= found.hours["live"] - 1e-6).all()
    assert found.hours["cover"].sum() >= found.need.total - 1e-6
    assert set(found.patterns["start"]) <= set(named.staffing.labour.starts)
    for days in found.patterns["days"]:
        assert len(days) == 5
        assert sum((day + 1) % 7 not in days for day in days) == 1
    assert found.people >= found.at_least


def test_breaks_are_in_the_middle_or_beside_it() -> None:
    assert [(one.start, one.break_at) for one in shifts_of(LabourRules(starts=(8,)))] == [(8, 3), (8, 4), (8, 5)]
    assert [one.break_length for one in shifts_of(LabourRules(starts=(8,), shift_hours=8, break_hours=0))] == [0]
    short = shifts_of(LabourRules(starts=(8,), shift_hours=2, hours_a_week=40))
    assert [(one.break_at, one.paid) for one in short] == [(0, 1)]


def test_hours_that_no_shift_reaches_are_told(named: Project) -> None:
    project = _labour(named, starts=(8,))
    live = queue("live", 240.0, seconds=60.0, kind="live", within_s=300)
    found = rostered(situation(live), project)
    assert len(found.unreached) == 7 * 15
    assert 0 in found.unreached
    assert 8 not in found.unreached
    assert "In 105 hours live queues need somebody and no shift of the labour rules reaches them." in (
        roster_table(project, found).text
    )


def test_the_sentences_of_a_roster(named: Project) -> None:
    live = queue("live", 24.0, seconds=60.0, kind="live", within_s=300)
    made = situation(live, end=END)
    shifts = [shift(f"p{k}", W2 + dt.timedelta(day), 8, 17) for k in range(5) for day in range(7)]
    shown = roster_table(named, found := rostered(made, named, *shifts))
    assert f"{found.people} people in full weeks cover the week of 16 Nov 2026" in shown.text
    assert (
        "Live queues need somebody in 168 of the week's 168 hours, however little comes in: an item that" in shown.text
    )
    assert "in 105 of 168 hours live queues have nobody." in shown.text
    assert "Shifts as planned: 105 hours with too few people, 63 with more." in str(shown.html)
    assert "00:00–08:00, 17:00–24:00" in str(shown.html)
    assert "p1" not in str(shown.html)
    assert len(shown.estimates) == 168
    assert shown.facts["people"] == found.people
    unknown = roster_table(named, rostered(made, named))
    assert "Whether the shifts as planned would do is not known: needs the table shifts." in unknown.text
    enough = [
        shift(f"p{k}", W2 + dt.timedelta(day), 8 * (k % 3), 8 * (k % 3) + 8) for k in range(6) for day in range(7)
    ]
    assert "in every hour there are enough people." in roster_table(named, rostered(made, named, *enough)).text
    late = situation(queue("later", 2400.0), end=END)
    waits = roster_table(named, rostered(late, named, *shifts)).text
    assert "live queues have enough people in every hour, but work that may wait does not." in waits


def test_without_a_queue_a_roster_says_what_it_needs(named: Project) -> None:
    made = situation()
    shown = roster_table(named, rostered(made, named))
    assert shown.text == "Not measured: needs arrivals and handling times of a queue."


@pytest.mark.parametrize("name", ["hate-speech-id", "live-safety-id"])
def test_shifts_and_roster_of_the_demo(name: str, demo_workspace: Workspace) -> None:
    project = load_project(name, demo_workspace)
    rows = read_all(project, dt.date(2026, 10, 19), END)
    found = shifts_kept(project, rows)
    assert found.missing == {}
    kept = found.teams[(found.teams["measure"] == "kept") & found.teams["value"].notna()]
    # One shift in twenty is not worked, and who comes is four minutes late in the mean.
    assert kept["value"].between(0.85, 0.99).all()
    assert shifts_exhibit(project, found).text
    history = read_all(project, *staffing_span(END))
    basis = staffing_basis(project, history, 4)
    roster = roster_of(project, history, basis.situation, staffing_plan(basis.situation))
    assert roster.missing == {}
    assert (roster.hours["cover"] >= roster.hours["live"] - 1e-6).all()
    planned = rows["shifts"].collect().to_native().to_pandas()
    planned = planned[(planned["kind"] == "planned") & (pd.to_datetime(planned["shift_date"]) >= pd.Timestamp(W2))]
    assert basis.situation.people is not None
    planned = planned[planned["person_id"].isin(basis.situation.people.names)]
    spent = (planned["ends_at"] - planned["starts_at"]).dt.total_seconds().sum() / 3600
    assert roster.now_hours == pytest.approx(spent * 8 / 9)
    assert roster_table(project, roster).text
