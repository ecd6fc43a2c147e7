"""Where the hours go, and whether tool time and booked hours agree: worked by hand, on every engine."""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from smo_reports.analyses.staffing import hours as hours_room
from smo_reports.analyses.staffing.corrections import NO_HOURS, NO_TOOL, OVER_A_DAY, OVERLAP, corrections
from smo_reports.analyses.staffing.hours import WorkingTime, working_time
from smo_reports.analyses.staffing.person_days import AUDITS, DECISIONS, NO_TEAM, person_days
from smo_reports.analyses.staffing.reconciliation import (
    BOOKED_LESS,
    COUNTED_LESS,
    SHIFTED,
    TOO_HIGH,
    TOO_LOW,
    Reconciliation,
    reconcile,
)
from smo_reports.analyses.staffing.team_cells import EVERYBODY
from smo_reports.errors import KpiError
from smo_reports.kpis import estimate
from smo_reports.present import hours as hours_words
from smo_reports.present.hours import corrections_table, hours_table
from smo_reports.present.reconciliation import reconciliation_table
from smo_reports.project import Project, Workspace, load_project
from smo_reports.pseudonyms import pseudonym
from smo_reports.schema import PERSON_COLUMNS
from smo_reports.sources import Rows, read_all
from smo_reports.stats.ratio_shift import ratio_shift

Build = Callable[..., Project]
Load = Callable[..., dict[str, Any]]
Row = dict[str, Any]

W1, W2 = dt.date(2026, 11, 2), dt.date(2026, 11, 9)
END = dt.date(2026, 11, 16)
T4 = 2.7764451051977987
FIVE = ("P1", "P2", "P3", "P4", "P5")


def rows_of(tables: dict[str, list[Row]], load: Load | None = None) -> Rows:
    frames = load(tables) if load else {name: pd.DataFrame(found) for name, found in tables.items()}
    return Rows(
        tuple(frames), lambda name: nw.from_native(frames[name]).lazy(), W1, END, zoneinfo.ZoneInfo("Asia/Jakarta")
    )


def booked(person: str, day: dt.date, activity: str, hours: float) -> Row:
    return {"person_id": person, "work_date": day, "activity": activity, "hours": hours}


def decided(person: str, day: dt.date, hours: float, version: str = "t1") -> Row:
    return {"labeler_id": person, "work_date": day, "handling_s": hours * 3600, "tool_version": version}


def member(person: str, team: str, began: dt.date = dt.date(2026, 1, 1), ended: dt.date | None = None) -> Row:
    return {"person_id": person, "role": "labeler", "started_on": began, "team": team, "ended_on": ended}


@pytest.fixture
def named(make_project: Build) -> Project:
    return make_project("people: ids\n")


# Team A: five people, each ten hours paid. P1 to P5 worked 6 7 8 7 7 of them: 35 of 50.
PAID: list[Row] = []
for _who, _work in zip(FIVE, (6.0, 7.0, 8.0, 7.0, 7.0), strict=True):
    PAID.append(booked(_who, W1, "production", _work))
    PAID.append(booked(_who, W1, "wellness", 1.0))
    PAID.append(booked(_who, W1, "leave", 9.0 - _work))
TIMED = [decided(who, W1, hours) for who, hours in zip(FIVE, (5.1, 5.95, 6.8, 5.95, 5.95), strict=True)]
TEAM_A = [member(who, "A") for who in FIVE]
SMALL = [booked(who, W1, "production", 8.0) for who in ("Q1", "Q2")]
TEAM_B = [member(who, "B") for who in ("Q1", "Q2")]


def value(table: pd.DataFrame, name: str = "value", **where: Any) -> float:
    for column, wanted in where.items():
        table = table[table[column] == wanted]
    (found,) = table[name]
    return float(found)


def test_working_time_of_a_team_by_hand(named: Project, engine: Load) -> None:
    found = working_time(named, rows_of({"work_hours": PAID, "decisions": TIMED, "people": TEAM_A}, engine))
    # Production 6 7 8 7 7 of 10 each: deviations from 7 are -1 0 1 0 0, √(5/4 · 2) / 50.
    half = T4 * math.sqrt(2.5) / 50
    for table in (found.teams, found.kpis[found.kpis["week"] == W1]):
        assert value(table, team="A", kpi="utilisation") == pytest.approx(0.7)
        assert value(table, "low", team="A", kpi="utilisation") == pytest.approx(0.7 - half)
        assert value(table, "high", team="A", kpi="shrinkage") == pytest.approx(0.3 + half)
        assert value(table, team="A", kpi="occupancy") == pytest.approx(29.75 / 35)
        assert value(table, "n", team="A", kpi="occupancy") == 5


def test_breaks_wellness_and_leave_stand_together_only(named: Project) -> None:
    found = working_time(named, rows_of({"work_hours": PAID, "people": TEAM_A}))
    whole = found.team_parts[found.team_parts["team"] == "A"].set_index("part")
    assert whole["value"]["away"] == pytest.approx(0.3)
    assert whole["hours"]["away"] == pytest.approx(15.0)
    assert whole["value"].sum() == pytest.approx(1.0)
    assert tuple(whole.index) == hours_room.PARTS
    html = str(hours_table(named, found).html)
    assert "wellness time and leave together" in html
    assert not {"wellness", "leave", "break"} & set(whole.index)


def test_days_that_are_too_long_are_said_as_a_number_of_days_only(named: Project) -> None:
    plain = working_time(named, rows_of({"work_hours": PAID, "people": TEAM_A}))
    assert (plain.overfull, "24 hours" in str(hours_table(named, plain).html)) == (0, False)
    # P1 has 16 hours already, P2 gets to 24 but for its leave, P3 past it.
    more = [booked("P1", W1, "training", 8.0), booked("P2", W1, "training", 17.0), booked("P3", W1, "training", 16.5)]
    found = working_time(named, rows_of({"work_hours": [*PAID, *more], "people": TEAM_A}))
    assert found.overfull == 1
    html = str(hours_table(named, found).html)
    assert "On 1 day one person has more than 24 hours booked in all" in html
    assert "P3" not in html


def test_without_decisions_occupancy_says_what_it_needs(named: Project) -> None:
    found = working_time(named, rows_of({"work_hours": PAID, "people": TEAM_A}))
    (note,) = found.teams.loc[found.teams["kpi"] == "occupancy", "note"]
    assert note == "not measured: needs the table decisions"
    assert value(found.teams, team="A", kpi="utilisation") == pytest.approx(0.7)
    assert "Occupancy" in str(hours_table(named, found).html)


def test_without_hours_the_section_says_what_it_needs(named: Project) -> None:
    rows = rows_of({"decisions": TIMED, "people": TEAM_A})
    found = working_time(named, rows)
    assert found.missing["booked"] == "the table work_hours"
    assert hours_table(named, found).text == "Not measured: needs the table work_hours."
    compared = reconcile(person_days(named, rows))
    assert reconciliation_table(named, compared).text == "Not measured: needs the table work_hours."
    assert corrections(named, rows, person_days(named, rows)).empty


def test_without_people_everybody_is_one_group(named: Project) -> None:
    found = working_time(named, rows_of({"work_hours": PAID}))
    assert set(found.team_parts["team"]) == {NO_TEAM, EVERYBODY}
    assert found.missing["team"] == "the table people"
    assert "Teams are not known: that needs the table people." in str(hours_table(named, found).html)


def test_small_teams_are_not_shown_and_no_sum_gives_them_away(named: Project) -> None:
    tables = {"work_hours": PAID + SMALL, "people": TEAM_A + TEAM_B}
    found = working_time(named, rows_of(tables))
    for table in (
        found.teams[found.teams["kpi"] == "utilisation"],
        found.team_parts[found.team_parts["part"] == "away"],
    ):
        told = table.set_index("team")
        assert not math.isnan(told["value"]["A"])
        assert math.isnan(told["value"]["B"])
        # 7 less 5 people would be B.
        assert math.isnan(told["value"][EVERYBODY])
        assert "too few: 2 people in teams that are not shown" in told["note"][EVERYBODY]
    assert found.team_parts.loc[found.team_parts["team"] == "B", "hours"].isna().all()
    # With a third small team of three they are five together, which no sum gives away.
    more = [booked(f"R{at}", W1, "production", 8.0) for at in range(3)]
    tables = {"work_hours": PAID + SMALL + more, "people": TEAM_A + TEAM_B + [member(f"R{at}", "C") for at in range(3)]}
    wider = working_time(named, rows_of(tables)).teams
    assert value(wider, team=EVERYBODY, kpi="utilisation") == pytest.approx((35 + 40) / (50 + 40))


def test_a_day_counts_for_the_team_of_that_day(named: Project) -> None:
    spells = [
        member("P1", "A", dt.date(2026, 1, 1), dt.date(2026, 11, 3)),
        member("P1", "B", dt.date(2026, 11, 5), dt.date(2026, 11, 6)),
    ]
    days = [W1 + dt.timedelta(at) for at in range(6)]
    rows = rows_of({"work_hours": [booked("P1", day, "production", 1.0) for day in days], "people": spells})
    found = person_days(named, rows).booked
    assert found["team"].tolist() == ["A", "A", NO_TEAM, "B", "B", NO_TEAM]
    assert set(found["week"]) == {W1}


def test_nobody_can_ask_for_a_persons_working_time(named: Project) -> None:
    with pytest.raises(KpiError, match="never for a person"):
        estimate("utilisation", rows_of({"work_hours": PAID}), ["person_id"])
    found = working_time(named, rows_of({"work_hours": PAID, "decisions": TIMED, "people": TEAM_A}))
    tables = [found.kpis, found.teams, found.parts, found.team_parts]
    assert not [name for table in tables for name in table.columns if name in PERSON_COLUMNS | {"activity"}]


def test_an_audit_counts_on_its_own_day_in_the_projects_zone(named: Project, engine: Load) -> None:
    moments = ("2026-11-08T16:59:00", "2026-11-08T17:00:00", "2026-11-09T16:59:59", "2026-11-15T17:00:00")
    audits = [
        {
            "auditor_id": "Q1",
            "audited_at": dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC),
            "audit_handling_s": 60.0,
        }
        for at in moments
    ]
    rows = rows_of({"audits": audits, "work_hours": [booked("Q1", W2, "audit", 1.0)]}, engine)
    tool = person_days(named, rows).tool
    # Jakarta's day begins at 17:00; the last audit is of the day after the period.
    assert list(zip(tool["work_date"], tool["seconds"], tool["kind"], strict=True)) == [
        (dt.date(2026, 11, 8), 60.0, AUDITS),
        (W2, 120.0, AUDITS),
    ]


def test_reconciliation_by_hand(named: Project, engine: Load) -> None:
    tables = {"work_hours": PAID, "decisions": TIMED, "people": TEAM_A}
    tables["work_hours"] = [*PAID, booked("P1", W2, "production", 10.0)]
    found = reconcile(person_days(named, rows_of(tables, engine)))
    assert found.compared == ("production",)
    team = found.teams.set_index("team").loc["A"]
    assert (team["booked"], team["tool"], team["gap"]) == pytest.approx((45.0, 29.75, 15.25))
    assert team["value"] == pytest.approx(29.75 / 45)
    # P1 booked 16 hours and the tool counted 5.1; the others 7 8 7 7 and 5.95 6.8 5.95 5.95.
    ratio = 29.75 / 45
    residual = [
        5.1 - 16 * ratio,
        *(part - whole * ratio for part, whole in ((5.95, 7), (6.8, 8), (5.95, 7), (5.95, 7))),
    ]
    half = T4 * math.sqrt(5 / 4 * sum(one**2 for one in residual)) / 45
    assert team["low"] == pytest.approx(max(ratio - half, 0.0))
    assert team["high"] == pytest.approx(ratio + half)
    week = found.weeks[found.weeks["week"] == W1].set_index("team").loc["A"]
    assert week["value"] == pytest.approx(0.85)
    assert week["n"] == 5
    # In the second week one person booked: no figure.
    assert math.isnan(value(found.weeks[found.weeks["week"] == W2], team="A"))


def world(
    ratio: Callable[[str, int], float], weeks: int = 8, people: int = 8, version: bool = True
) -> dict[str, list[Row]]:
    """People who book eight hours a day, of which the tool counts a share that depends on the version and the week."""
    rng = np.random.default_rng(5)
    tables: dict[str, list[Row]] = {"work_hours": [], "decisions": [], "people": []}
    for at in range(people):
        tables["people"].append(member(f"L{at}", "A"))
        for day in range(0, 7 * weeks, 2):
            on, name = W1 - dt.timedelta(7 * weeks - day), "t1" if day < 3.5 * weeks else "t2"
            tables["work_hours"].append(booked(f"L{at}", on, "production", 8.0))
            hours = 8 * (ratio(name, day // 7) + rng.normal(0, 0.02))
            row = decided(f"L{at}", on, hours, name)
            tables["decisions"].append(row if version else {key: row[key] for key in row if key != "tool_version"})
    return tables


def compared(project: Project, tables: dict[str, list[Row]]) -> Reconciliation:
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return reconcile(person_days(project, Rows(tuple(frames), lambda name: nw.from_native(frames[name]).lazy())))


def test_a_tool_that_agrees_is_not_suspected(named: Project) -> None:
    found = compared(named, world(lambda version, week: 0.85))
    assert found.versions["why"].tolist() == ["", ""]
    assert (found.step, found.teams["flag"].tolist()) == (None, ["", ""])
    assert reconciliation_table(named, found).text == (
        "Nothing says that the tool's handling times are not to be trusted."
    )


def test_a_version_that_counts_half_of_the_time_is_not_trusted(named: Project) -> None:
    found = compared(named, world(lambda version, week: 0.85 if version == "t1" else 0.43))
    assert found.versions["why"].tolist() == ["", TOO_LOW]
    # 0.85 / 0.43: what the other version counts of an hour, over what this one does.
    assert found.versions["factor"].iloc[1] == pytest.approx(0.85 / 0.43, rel=0.02)
    assert found.versions["factor_low"].iloc[1] < 0.85 / 0.43 < found.versions["factor_high"].iloc[1]
    assert found.versions["since"].iloc[1] == W1 - dt.timedelta(28)
    said = reconciliation_table(named, found)
    assert said.text.startswith("Do not trust handling times of t2: from 5 Oct 2026 on the tool counted 43")
    assert "a headcount made of these is too small by as much" in said.text
    assert said.facts == {"warnings": 1}


def test_a_tool_without_a_version_is_found_by_its_step(named: Project) -> None:
    found = compared(named, world(lambda version, week: 0.88 if week < 5 else 0.72, version=False))
    assert found.versions["why"].tolist() == [""]
    assert found.step is not None
    monday, moved = found.step
    assert monday == W1 - dt.timedelta(21)
    assert moved.low < -0.16 < moved.high
    assert reconciliation_table(named, found).text.startswith("From 12 Oct 2026 on the tool counted 72.0 % of")


def test_a_version_that_moved_is_not_trusted_though_its_ratio_might_be(named: Project) -> None:
    found = compared(named, world(lambda version, week: 0.88 if version == "t1" else 0.74))
    assert found.versions["why"].tolist() == ["", SHIFTED]
    assert found.versions["before"].iloc[1] == pytest.approx(0.88, abs=0.01)


def test_a_version_that_mended_the_count_is_trusted(named: Project) -> None:
    found = compared(named, world(lambda version, week: 0.45 if version == "t1" else 0.85))
    assert found.versions["why"].tolist() == [TOO_LOW, ""]


def test_without_a_version_to_trust_the_factor_comes_from_the_usual_range(named: Project) -> None:
    found = compared(named, world(lambda version, week: 0.5))
    assert found.versions["why"].tolist() == [TOO_LOW, TOO_LOW]
    first = found.versions.iloc[0]
    assert first["factor"] == pytest.approx(0.85 / first["value"])
    assert first["factor_low"] == pytest.approx(0.80 / first["high"])
    assert first["factor_high"] == pytest.approx(0.90 / first["low"])
    assert found.teams["flag"].tolist() == [COUNTED_LESS, COUNTED_LESS]


def test_a_team_that_books_less_than_was_counted_is_flagged(named: Project) -> None:
    found = compared(named, world(lambda version, week: 1.2))
    assert found.teams["flag"].tolist() == [BOOKED_LESS, BOOKED_LESS]
    assert found.versions["why"].tolist() == [TOO_HIGH, TOO_HIGH]
    html = str(reconciliation_table(named, found).html)
    assert "booked less than the tool counted" in html
    # 1.2 / 0.85
    assert "probably 1.41 (1.3" in html


def test_a_version_that_four_people_used_is_not_judged(named: Project) -> None:
    found = compared(named, world(lambda version, week: 0.4, people=4))
    assert found.versions["why"].tolist() == ["", ""]
    assert found.versions["value"].isna().all()


def test_days_to_be_corrected(named: Project) -> None:
    def moment(text: str) -> dt.datetime:
        return dt.datetime.fromisoformat(f"2026-11-09T{text}:00").replace(tzinfo=dt.UTC)

    def entry(person: str, activity: str, start: str, end: str) -> Row:
        began, ended = moment(start), moment(end)
        spent = (ended - began).total_seconds() / 3600
        return booked(person, W2, activity, spent) | {"started_at": began, "ended_at": ended}

    hours = [
        booked("A", W2, "production", 8.0),
        booked("B", W2, "training", 8.0),
        booked("C", W2, "meeting", 20.0),
        booked("C", W2, "training", 4.5),
        booked("D", W2, "meeting", 20.0),
        booked("D", W2, "leave", 8.0),
        entry("E", "production", "01:00", "03:00"),
        entry("E", "meeting", "02:00", "04:00"),
        entry("F", "production", "01:00", "03:00"),
        entry("F", "leave", "02:00", "04:00"),
        entry("F", "meeting", "03:00", "04:00"),
        booked("G", W1, "production", 8.0),
    ]
    decisions = [decided("B", W2, 2.0), decided("E", W2, 1.8), decided("F", W2, 1.8), decided("H", W2, 0.2)]
    rows = rows_of({"work_hours": hours, "decisions": decisions, "people": [member("A", "T")]})
    found = corrections(named, rows, person_days(named, rows))
    listed = [
        (row.person_id, row.kind, row.booked, round(row.tool, 6))  # type: ignore[arg-type]
        for row in found.itertuples()
    ]
    # G's day is one on which the tool counted nobody; H's twelve minutes are not worth a correction.
    assert listed == [
        ("A", NO_TOOL, 8.0, 0.0),
        ("B", NO_HOURS, 0.0, 2.0),
        ("C", OVER_A_DAY, 24.5, 0.0),
        ("E", OVERLAP, 4.0, 1.8),
    ]
    assert found["team"].tolist() == ["T", NO_TEAM, NO_TEAM, NO_TEAM]


def test_entries_that_overlap_are_found_on_every_engine(named: Project, engine: Load) -> None:
    start = dt.datetime(2026, 11, 9, 1, tzinfo=dt.UTC)

    def entry(person: str, first: int, last: int) -> Row:
        began, ended = start + dt.timedelta(minutes=first), start + dt.timedelta(minutes=last)
        return booked(person, W2, "training", (last - first) / 60) | {"started_at": began, "ended_at": ended}

    # One entry holds two others that do not touch; two begin together; two meet.
    hours = [entry("A", 0, 300), entry("A", 10, 20), entry("A", 200, 210)]
    hours += [entry("B", 0, 30), entry("B", 0, 60), entry("C", 0, 30), entry("C", 30, 60)]
    rows = rows_of({"work_hours": hours}, engine)
    found = corrections(named, rows, person_days(named, rows))
    assert list(zip(found["person_id"], found["kind"], strict=True)) == [("A", OVERLAP), ("B", OVERLAP)]


def test_the_list_of_corrections_shows_pseudonyms_and_no_motive(make_project: Build) -> None:
    project = make_project()
    rows = rows_of({"work_hours": [booked("A", W2, "production", 8.0)], "decisions": [decided("B", W2, 2.0)]})
    found = corrections(project, rows, person_days(project, rows))
    key = (project.root / ".smo" / "pseudonyms.key").read_bytes()
    assert set(found["person_id"]) == {pseudonym("A", key), pseudonym("B", key)}
    html = str(corrections_table(project, found).html)
    assert "hours booked, but no tool time" in html
    assert "It says nothing of why" in html


def test_many_corrections_are_counted(named: Project) -> None:
    row = {"person_id": "A", "work_date": W2, "team": "", "kind": NO_TOOL, "booked": 8.0, "tool": 0.0}
    shown = corrections_table(named, pd.DataFrame([row] * 53))
    assert shown.text == "53 days to be corrected"
    assert "3 more days are not shown." in str(shown.html)


def test_an_indonesian_page(make_project: Build) -> None:
    project = make_project("language: id\n")
    found = compared(project, world(lambda version, week: 0.85 if version == "t1" else 0.43))
    said = reconciliation_table(project, found)
    assert said.text.startswith("Jangan percayai waktu penanganan t2: sejak 5 Okt 2026 alat menghitung 43,")
    assert "semua orang" in str(said.html)
    without = working_time(project, rows_of({"decisions": TIMED}))
    assert hours_table(project, without).text == "Tidak diukur: memerlukan tabel work_hours."


def test_the_words_know_the_groups_and_parts_of_the_analyses() -> None:
    assert set(hours_words.GROUPS) == {NO_TEAM, EVERYBODY}


def test_a_ratio_that_moved_against_the_same_by_hand() -> None:
    # 17/20 before and 9/20 after; scores (v - .45 u)/20 - (y - .85 x)/20: (.5 - .5)/20 and (-.5 + .5)/20, so no error.
    assert ratio_shift([10, 10], [9, 8], [10, 10], [5, 4])[:6] == pytest.approx((0.85, 0.45, -0.4, -0.4, -0.4, 0.0))
    # Two clusters that moved apart: scores ±.05, variance 2 · 2 · .0025, Student at one degree 12.7062.
    found = ratio_shift([10, 10], [8, 8], [10, 10], [9, 7])
    assert found.error == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((-1.2706205, 1.2706205))
    assert all(math.isnan(one) for one in ratio_shift([0], [0], [1], [1]))
    assert math.isnan(ratio_shift([1], [1], [1], [0.5]).low)


def test_the_demo_worlds_hours_agree_with_its_tool(in_demo: Workspace) -> None:
    project = load_project("hate-speech-id", in_demo)
    rows = read_all(project, dt.date(2026, 8, 17), END)
    days = person_days(project, rows, read_all(project, dt.date(2026, 7, 20), END))
    assert days.missing == {}
    assert days.measured(DECISIONS)
    assert days.measured(AUDITS)
    found = reconcile(days)
    whole = found.teams.set_index("team").loc[EVERYBODY]
    # The world books handling time over an occupancy of 0.80 to 0.90, audits over 0.85.
    assert 0.80 < whole["low"] < whole["high"] < 0.90
    assert set(found.versions["why"]) == {""}
    assert corrections(project, rows, days).empty
    told: WorkingTime = working_time(project, rows, days)
    assert value(told.teams, team=EVERYBODY, kpi="occupancy") == pytest.approx(
        value(estimate("occupancy", rows).query("interval == 'the process'"))
    )
    for exhibit in (hours_table(project, told), reconciliation_table(project, found)):
        assert len(exhibit.estimates)
        assert not PERSON_COLUMNS & set(exhibit.estimates.columns)
        assert exhibit._repr_mimebundle_()["text/plain"]
