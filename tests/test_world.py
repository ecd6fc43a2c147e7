"""The demo world: repeatable, valid under the schema, and its planted incidents are really there."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from smo_reports.errors import ParameterError, PeriodError
from smo_reports.project import Project, parse_project
from smo_reports.schema import ERROR_TYPES, TABLES, Column
from smo_reports.world import World, describe_incidents, generate
from smo_reports.world.build import sites
from smo_reports.world.columns import TYPES
from smo_reports.world.incidents import PLANTED, effects
from smo_reports.world.moments import HOUR, Calendar
from smo_reports.world.operation import WEEKS

END = dt.date(2026, 11, 16)
START = END - dt.timedelta(weeks=WEEKS)
ROWS = 50_000
Columns = Mapping[str, Any]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    folder = tmp_path_factory.mktemp("small")
    return generate(folder, size="small", end=END), folder


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    folder = tmp_path_factory.mktemp("larger")
    return generate(folder, rows=ROWS, end=END), folder


@pytest.fixture(scope="module")
def works() -> dict[str, list[Any]]:
    """Every week of every project with its truth, straight from the simulation."""
    return {s.operation.name: [s.work(week, 0) for week in range(WEEKS)] for s in sites(300_000, 46, END)}


@cache
def rows_of(path: Path) -> Columns:
    table = pq.read_table(path)
    return {name: np.array(table[name].to_pylist(), object) for name in table.column_names}


def projects_of(world: tuple[World, Path]) -> Iterator[tuple[Project, Path]]:
    for one in world[0].projects:
        yield parse_project(one.params, f"params/{one.name}.yaml"), world[1] / one.name


def column_complaints(column: Column, rows: pa.Table) -> Iterator[str]:
    if column.name not in rows.column_names:
        if column.required or column.name == "project":
            yield "is missing"
        return
    values = rows[column.name]
    if column.required and values.null_count:
        yield "has nulls"
    if values.type != TYPES[column.kind]:
        yield f"is not {column.kind}"
    if column.one_of and set(pc.unique(values).to_pylist()) - {*column.one_of, None}:
        yield "has other values"
    if column.least is not None and (pc.min(values).as_py() or 0) < column.least:
        yield f"is below {column.least}"


def complaints(name: str, rows: pa.Table, project: str) -> list[str]:
    """Everything about these rows that breaks a rule of the schema."""
    spec, there = TABLES[name], rows.column_names
    found = [f"unknown column {one}" for one in there if one not in spec.names]
    found += [f"{column.name} {what}" for column in spec.columns for what in column_complaints(column, rows)]
    if "project" in there and pc.unique(rows["project"]).to_pylist() != [project]:
        found.append("project is another one's")
    if rows.group_by([key for key in spec.key if key in there]).aggregate([]).num_rows < rows.num_rows:
        found.append(f"{spec.key} repeats")
    for first, second in spec.ordered:
        if first in there and second in there and pc.any(pc.greater(rows[first], rows[second])).as_py():
            found.append(f"{first} after {second}")
    return [f"{project}/{name}: {what}" for what in found]


def test_the_validator_sees_broken_rows() -> None:
    when = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    broken = pa.table(
        {
            "decision_id": ["a", "a"],
            "project": ["x", "y"],
            "item_id": ["i", None],
            "label": [1, 3],
            "started_at": pa.array([when, when], TYPES["time"]),
            "submitted_at": pa.array([when, when - dt.timedelta(seconds=1)], TYPES["time"]),
            "handling_s": [-1.0, 2.0],
            "surprise": [1, 2],
        }
    )
    said = "\n".join(complaints("decisions", broken, "x"))
    for part in (
        "surprise",
        "labeler_id is missing",
        "item_id has nulls",
        "label is not text",
        "handling_s is below",
    ):
        assert part in said
    assert "repeats" in said
    assert "project is another" in said
    assert "started_at after submitted_at" in said
    purpose = pa.table({"audit_id": ["a"], "purpose": ["whim"]})
    assert "purpose has other values" in "\n".join(complaints("audits", purpose, "x"))


def test_every_row_is_valid(small: tuple[World, Path], larger: tuple[World, Path]) -> None:
    for world in (small, larger):
        seen = set()
        for project, folder in projects_of(world):
            for path in sorted(folder.glob("*.parquet")):
                seen.add(path.stem)
                assert complaints(path.stem, pq.read_table(path), project.project) == []
        assert seen == set(TABLES)


def test_labels_are_the_taxonomys(small: tuple[World, Path]) -> None:
    for project, folder in projects_of(small):
        for table, column in (("decisions", "label"), ("audits", "audit_label"), ("gold", "gold_label")):
            assert set(rows_of(folder / f"{table}.parquet")[column]) <= project.labels.known


def test_keys_lead_somewhere(small: tuple[World, Path]) -> None:
    people: set[str] = set()
    for _, folder in projects_of(small):
        needed = ("decisions", "audits", "people", "work_hours", "gold", "disputes", "appeals", "batches")
        table = {path.stem: rows_of(path) for path in folder.glob("*.parquet") if path.stem in needed}
        known = set(table["decisions"]["decision_id"])
        here = set(table["people"]["person_id"])
        assert not people & here
        people |= here
        assert set(table["audits"]["decision_id"]) <= known
        assert set(table["decisions"]["labeler_id"]) | set(table["audits"]["auditor_id"]) <= here
        assert set(table["work_hours"]["person_id"]) <= here
        gold = table["decisions"]["is_gold"].astype(bool)
        assert set(table["decisions"]["item_id"][gold]) <= set(table["gold"]["item_id"])
        assert not set(table["decisions"]["item_id"][~gold]) & set(table["gold"]["item_id"])
        if "disputes" in table:
            assert set(table["disputes"]["audit_id"]) <= set(table["audits"]["audit_id"])
        if "appeals" in table:
            assert set(table["appeals"]["decision_id"]) <= known
        if "batches" in table:
            named = {one for one in table["decisions"]["batch_id"] if one is not None}
            assert named == set(table["batches"]["batch_id"])


def test_audits_follow_their_decisions_and_say_what_was_wrong(larger: tuple[World, Path]) -> None:
    for project, folder in projects_of(larger):
        decisions, audits = rows_of(folder / "decisions.parquet"), rows_of(folder / "audits.parquet")
        place = {key: row for row, key in enumerate(decisions["decision_id"])}
        midnight = dt.datetime.combine(END, dt.time(), project.zone)
        violating = set(project.labels.violating)
        for row, key in enumerate(audits["decision_id"]):
            given, audited = decisions["label"][place[key]], audits["audit_label"][row]
            wait = audits["audited_at"][row] - decisions["submitted_at"][place[key]]
            assert dt.timedelta() < wait <= dt.timedelta(days=4)
            assert audits["audited_at"][row] < midnight
            assert audits["correct"][row] == (given == audited)
            kind = audits["error_type"][row]
            assert (kind is None) == (given == audited)
            if kind == "false_positive":
                assert given in violating
                assert audited not in violating
            elif kind == "false_negative":
                assert given not in violating
                assert audited in violating
            elif kind is not None:
                assert kind in ERROR_TYPES
            assert (audits["weight"][row] is not None) == (audits["purpose"][row] == "random")


def test_weights_add_up_to_the_population(larger: tuple[World, Path]) -> None:
    for project, folder in projects_of(larger):
        decisions, audits = rows_of(folder / "decisions.parquet"), rows_of(folder / "audits.parquet")
        plans = rows_of(folder / "audit_plans.parquet")
        random = audits["purpose"] == "random"
        drawn: dict[tuple[str, str], list[float]] = {}
        for plan, stratum, weight in zip(*(audits[c][random] for c in ("plan_id", "stratum", "weight")), strict=True):
            drawn.setdefault((plan, stratum), []).append(weight)
        for row, key in enumerate(zip(plans["plan_id"], plans["stratum"], strict=True)):
            assert len(drawn[key]) == plans["planned"][row]
            assert sum(drawn[key]) == pytest.approx(plans["population"][row])
        assert len(drawn) == len(plans["plan_id"])
        ordinary = ~decisions["is_gold"].astype(bool)
        last = ordinary & (decisions["work_date"] >= END - dt.timedelta(days=7))
        of_last = plans["starts_on"] == END - dt.timedelta(days=7)
        assert plans["population"][of_last].sum() == last.sum(), project.project


def test_local_dates_and_hours(small: tuple[World, Path]) -> None:
    for project, folder in projects_of(small):
        decisions = rows_of(folder / "decisions.parquet")
        for at, day, hour in zip(*(decisions[c] for c in ("submitted_at", "work_date", "local_hour")), strict=True):
            local = at.astimezone(project.zone)
            assert (local.date(), local.hour) == (day, hour)
            assert START <= day < END


def test_blind_copies_are_other_peoples(larger: tuple[World, Path]) -> None:
    for project, folder in projects_of(larger):
        rows = rows_of(folder / "decisions.parquet")
        ordinary = ~rows["is_gold"].astype(bool)
        items: dict[str, list[str]] = {}
        blind: dict[str, set[bool]] = {}
        for item, labeler, is_blind in zip(
            rows["item_id"][ordinary], rows["labeler_id"][ordinary], rows["blind"][ordinary], strict=True
        ):
            items.setdefault(item, []).append(labeler)
            blind.setdefault(item, set()).add(is_blind)
        shared = {item: who for item, who in items.items() if len(who) > 1}
        assert all(len(set(who)) == len(who) <= 4 for who in shared.values())
        assert all(blind[item] == {len(who) > 1} for item, who in items.items())
        if project.project != "scam-de":
            assert 0.03 < len(shared) / len(items) < 0.08


def test_booked_hours_fit_the_handling_time(larger: tuple[World, Path]) -> None:
    for _, folder in projects_of(larger):
        rows, hours = rows_of(folder / "decisions.parquet"), rows_of(folder / "work_hours.parquet")
        handled = rows["handling_s"].sum() / 3600
        booked = hours["hours"][hours["activity"] == "production"].sum()
        assert 0.83 < handled / booked < 0.87


def test_nobody_makes_two_decisions_at_once(works: dict[str, list[Any]]) -> None:
    for week in works["hate-speech-id"]:
        same = (week.labeler[1:] == week.labeler[:-1]) & (week.day[1:] == week.day[:-1])
        assert (week.started[1:] >= week.submitted[:-1])[same].all()
        assert (week.arrived <= week.started).all()


def right(weeks: list[Any], inside: Any) -> float:
    hits = np.concatenate([(week.label == week.truth)[inside(week)] for week in weeks])
    assert len(hits) > 200
    return float(hits.mean())


def test_the_guideline_change_confuses_one_segment(works: dict[str, list[Any]]) -> None:
    weeks = works["hate-speech-id"]
    segment, market_too = (
        (lambda w: (w.policy == 1) & (w.market == 0)),
        (lambda w: (w.policy == 1) & (w.market == 1)),
    )
    fall = right(weeks[:22], segment) - right(weeks[22:], segment)
    assert 0.08 <= fall <= 0.105
    assert abs(right(weeks[:22], market_too) - right(weeks[22:], market_too)) < 0.02


def test_the_new_cohort_is_less_skilled(works: dict[str, list[Any]]) -> None:
    site = next(one for one in sites(300_000, 46, END) if one.operation.name == "hate-speech-br")
    fresh = site.crew.started == 23 * 7
    assert fresh.sum() >= 3
    assert {site.crew.vendors[code][0] for code in site.crew.vendor[fresh]} == {"Vega"}
    weeks = works["hate-speech-br"]
    assert all(not fresh[week.labeler].any() for week in weeks[:23])
    newcomers = right(weeks[23:], lambda w: fresh[w.labeler])
    others = right(weeks[23:], lambda w: ~fresh[w.labeler])
    assert 0.1 < others - newcomers < 0.16


def test_the_tool_loses_clicks_for_two_weeks(works: dict[str, list[Any]]) -> None:
    weeks = works["spam-br"]
    shares = [week.technical.mean() for week in weeks]
    assert all(0.03 < share < 0.07 for share in shares[17:19])
    assert max(shares[:17] + shares[19:]) < 0.01
    middle = [np.median(week.handling) for week in weeks]
    assert 1.25 < np.mean(middle[17:19]) / np.mean(middle[13:17]) < 1.43


def test_one_auditor_becomes_lenient(larger: tuple[World, Path]) -> None:
    folder = larger[1] / "nudity-id"
    site = next(one for one in sites(ROWS, 46, END) if one.operation.name == "nudity-id")
    audits, decisions = rows_of(folder / "audits.parquet"), rows_of(folder / "decisions.parquet")
    works = [site.work(week, 0) for week in range(WEEKS)]
    wrong = np.concatenate([week.label != week.truth for week in works])
    day = dict(zip(decisions["decision_id"], zip(wrong, decisions["work_date"], strict=True), strict=True))
    missed: dict[tuple[bool, bool], list[bool]] = {}
    for key, who, correct in zip(*(audits[c] for c in ("decision_id", "auditor_id", "correct")), strict=True):
        is_wrong, when = day[key]
        if is_wrong:
            later = when >= START + dt.timedelta(weeks=15)
            missed.setdefault((later, who == f"Q{site.crew.first_auditor}"), []).append(correct)
    assert np.mean(missed[True, True]) > 0.5
    for other in ((True, False), (False, True), (False, False)):
        assert np.mean(missed[other]) < 0.15


def test_a_mix_shift_leaves_accuracy_within_policies(works: dict[str, list[Any]]) -> None:
    weeks = works["live-safety-id"]
    share = [(week.policy == 0).mean() for week in weeks]
    assert 1.7 < np.mean(share[20:]) / np.mean(share[:20]) < 2.2
    for policy in range(3):
        before, after = (right(part, lambda w, p=policy: w.policy == p) for part in (weeks[:20], weeks[20:]))
        assert abs(before - after) < 0.03
    every = lambda w: np.ones(w.size, bool)  # noqa: E731
    assert right(weeks[:20], every) - right(weeks[20:], every) > 0.01


def test_a_backlog_builds_up_in_one_queue(larger: tuple[World, Path]) -> None:
    late: dict[str, int] = {}
    for project, folder in projects_of(larger):
        items = rows_of(folder / "items.parquet")
        midnight = dt.datetime.combine(END, dt.time(), project.zone)
        still = np.array([one is None for one in items["closed_at"]])
        assert set(items["status"][still]) <= {"open"}
        assert all(at < midnight for at in items["arrived_at"])
        for queue, due in zip(items["queue"][still], items["due_at"][still], strict=True):
            late[f"{project.project}/{queue}"] = late.get(f"{project.project}/{queue}", 0) + (due < midnight)
    assert late.pop("nudity-de/appeals") > 30
    assert sum(late.values()) == 0


def test_arrivals_agree_with_the_items(larger: tuple[World, Path]) -> None:
    folder = larger[1] / "nudity-de"
    items, arrivals = rows_of(folder / "items.parquet"), rows_of(folder / "arrivals.parquet")
    first = min(arrivals["interval_start"])
    assert arrivals["items"].sum() == sum(at >= first for at in items["arrived_at"])
    assert len(arrivals["items"]) % (WEEKS * 7 * 24) in (4, 0), "two queues, two markets, an hour more in autumn"


def test_the_largest_projects_can_be_graded_and_the_pilot_cannot(small: tuple[World, Path]) -> None:
    enough = {}
    for project, folder in projects_of(small):
        rows, audits = rows_of(folder / "decisions.parquet"), rows_of(folder / "audits.parquet")
        last = rows["work_date"] >= END - dt.timedelta(days=7)
        who = dict(zip(rows["decision_id"][last], rows["labeler_id"][last], strict=True))
        drawn = [who[key] for key in audits["decision_id"][audits["purpose"] == "random"] if key in who]
        enough[project.project] = len(drawn) >= 30 and len(set(drawn)) >= 5
    assert enough["hate-speech-id"]
    assert enough["nudity-id"]
    assert not enough["scam-de"]


def test_same_seed_same_rows(small: tuple[World, Path], tmp_path: Path) -> None:
    again = generate(tmp_path, size="small", end=END)
    assert again == small[0]
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.parquet"))
    assert len(files) > 100
    for path in files:
        # Rows, not bytes: what a Parquet writer leaves in the padding behind the last value is nobody's business.
        assert pq.read_table(tmp_path / path).equals(pq.read_table(small[1] / path)), path
    one, other = (sites(6_000, seed, END)[1].work(3, 0) for seed in (46, 47))
    assert one.size != other.size or (one.submitted != other.submitted).any()


def test_a_week_needs_no_other_week() -> None:
    site = sites(20_000, 46, END)[0]
    site.work(3, 0)
    alone = sites(20_000, 46, END)[0].work(7, 0)
    assert (site.work(7, 0).submitted == alone.submitted).all()


def test_many_rows_are_written_in_groups(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    world = generate(tmp_path, rows=200_000, end=END, progress=lambda name, share: told.append((name, share)))
    counts = {one.name: pq.ParquetFile(tmp_path / one.name / "decisions.parquet").metadata for one in world.projects}
    assert sum(one.num_rows for one in counts.values()) == world.decisions
    assert abs(world.decisions - 200_000) < 400
    assert counts["hate-speech-id"].num_row_groups >= 2
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_weeks_in_parts_have_every_decision_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("smo_reports.world.volume.PART_ROWS", 150)
    world = generate(tmp_path, rows=10_000, end=END)
    for project, folder in projects_of((world, tmp_path)):
        for table in ("decisions", "audits", "audit_plans", "work_hours", "items", "predictions"):
            assert complaints(table, pq.read_table(folder / f"{table}.parquet"), project.project) == []
    plans = set(rows_of(tmp_path / "hate-speech-id" / "audit_plans.parquet")["plan_id"])
    assert {"hid-plan-25-1", "hid-plan-25-2"} <= plans


def test_wrong_requests_say_what_is_possible(tmp_path: Path) -> None:
    with pytest.raises(PeriodError, match=r"2026-11-18 is a Wednesday.*for example 2026-11-16"):
        generate(tmp_path, size="small", end=dt.date(2026, 11, 18))
    with pytest.raises(ParameterError, match=r"rows is 999;.*between 1,000 and 100,000,000"):
        generate(tmp_path, rows=999, end=END)
    with pytest.raises(ParameterError, match=r"unknown size 'huge'.*small, demo"):
        generate(tmp_path, size="huge", end=END)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_params_name_known_kpis_and_their_own_segments(small: tuple[World, Path]) -> None:
    kpis = {
        "accuracy",
        "gold_accuracy",
        "false_positive_rate",
        "false_negative_rate",
        "handling_time_median",
        "handling_time_mean",
        "throughput",
        "audit_coverage",
        "krippendorff_alpha",
    }
    used = set()
    for project, folder in projects_of(small):
        rows = rows_of(folder / "decisions.parquet")
        for target in project.targets:
            used.add(target.kpi)
            for column, value in target.where.items():
                assert value in set(rows[column])
        assert project.reports["kpi"].by == ("policy", "market")
        assert project.access.leads
    assert used == kpis


def test_incidents_are_dated_and_described(small: tuple[World, Path]) -> None:
    world = small[0]
    assert [one.name for one in world.incidents] == [plan.name for plan in PLANTED]
    tool = next(one for one in world.incidents if one.kind == "tool")
    assert (tool.start, tool.end) == (dt.date(2026, 9, 14), dt.date(2026, 9, 28))
    assert next(one for one in world.incidents if one.kind == "guideline").end is None
    text = describe_incidents(world)
    for one in world.incidents:
        assert one.project in text
        assert one.start.isoformat() in text
    assert effects("spam-br", 18).slow > 1
    assert effects("spam-br", 19).slow == 1
    assert not effects("hate-speech-id", 21).confused


def test_the_documentation_lists_every_incident() -> None:
    page = (Path(__file__).parents[1] / "docs" / "demo-world.md").read_text("utf-8")
    for plan in PLANTED:
        assert plan.name in page
        assert plan.project in page
        assert f"week {plan.week}" in page


def test_events_never_name_a_hidden_cause(small: tuple[World, Path]) -> None:
    events = rows_of(small[1] / "nudity-id" / "events.parquet")
    told = " ".join(str(one) for one in (*events["name"], *events["detail"])).lower()
    assert "auditor" not in told
    assert "lenient" not in told


def test_clocks_that_change() -> None:
    berlin = Calendar.of("Europe/Berlin", dt.date(2026, 11, 16))
    day = (dt.date(2026, 10, 25) - dt.date(2026, 5, 18)).days
    before, after = berlin.utc(np.array([day, day]), np.array([1.0, 5.0]) * 3600)
    assert (after - before) // HOUR == 5, "four hours of the clock, and the one that comes twice"
    assert berlin.local(np.array([before, after]))[1].tolist() == [1, 5]


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, smo_reports.world; sys.exit('numpy' in sys.modules or 'pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
