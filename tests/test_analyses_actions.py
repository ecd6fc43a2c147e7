"""The action ledger: states worked by hand, verdicts on small projects, what is said where nothing can be told."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smo_reports import present
from smo_reports.analyses import action_ledger, agenda, portfolio
from smo_reports.analyses.verdicts import verdict_of
from smo_reports.present.actions import ledger_lines
from smo_reports.project import Project, Workspace, load_project
from smo_reports.schema import PERSON_COLUMNS
from smo_reports.sources import read_all
from smo_reports.stats.difference_in_differences import DifferenceInDifferences

Build = Callable[..., Project]
MONDAY = dt.date(2024, 3, 4)
"""The first of the weeks; the action is opened in the tenth, done by the twelfth, judged over the thirteenth and on."""


def week(number: int, day: int = 0) -> dt.date:
    return MONDAY + dt.timedelta(weeks=number, days=day)


UNTIL = dt.datetime.combine(week(17), dt.time(), dt.UTC)


def action(action_id: str = "c1", **more: Any) -> dict[str, Any]:
    """An action on hate that the ninth week triggered."""
    row = {"action_id": action_id, "opened_on": week(10, 1), "title": "Clarify slurs", "owner": "qa", "kpi": "accuracy"}
    row |= {"registered_at": dt.datetime.combine(week(10, 1), dt.time(12), dt.UTC), "expected_effect": 0.1}
    row |= {"segment": '{"policy": "hate"}', "due_on": week(12), "done_on": week(12), "acknowledged_on": week(10, 2)}
    row |= {"baseline_from": week(5), "baseline_to": week(9), "evaluate_from": week(13), "evaluate_to": week(17)}
    return row | more


def audited(
    rates: Callable[[str, int], float], a_week: int = 60, labelers: int = 12
) -> dict[str, list[dict[str, Any]]]:
    """Audits of two policies over 17 weeks, of which a share is right; the same number of everybody's each week."""
    decisions: list[dict[str, Any]] = []
    audits: list[dict[str, Any]] = []
    for number in range(17):
        for policy in ("hate", "spam"):
            right = round(rates(policy, number) * a_week)
            for place in range(a_week):
                key = f"{policy}{number}-{place}"
                at = dt.datetime.combine(week(number, place % 5), dt.time(12), dt.UTC)
                decisions.append(
                    {"decision_id": key, "item_id": key, "labeler_id": f"L{place % labelers}", "label": "ok"}
                    | {"policy": policy, "market": "ID", "work_date": week(number, place % 5), "submitted_at": at}
                )
                # Which are wrong changes from week to week, so that no labeler is always blamed.
                wrong = (place * 7 + number * 5) % a_week >= right
                audits.append(
                    {"audit_id": key, "decision_id": key, "auditor_id": "A1", "audited_at": at, "purpose": "random"}
                    | {"correct": not wrong}
                )
    return {"decisions": decisions, "audits": audits}


def helped(policy: str, number: int) -> float:
    """Hate is at 70 %, falls to 50 in the week that triggers, and is at 90 from the thirteenth week on."""
    if policy == "spam":
        return 0.8
    return 0.9 if number >= 13 else 0.5 if number == 9 else 0.7


def unlucky(policy: str, number: int) -> float:
    return 0.4 if (policy, number) == ("hate", 9) else 0.8


@pytest.fixture
def ledger(parquet_project: Build) -> Callable[..., pd.DataFrame]:
    def build(rates: Any = helped, *rows: dict[str, Any], until: dt.datetime = UNTIL, **tables: Any) -> pd.DataFrame:
        project = parquet_project({**audited(rates), "actions": list(rows) or [action()], **tables}, zone="UTC")
        return action_ledger(project, read_all(project), until)

    return build


def test_an_action_that_worked(ledger: Any) -> None:
    (row,) = ledger(helped).to_dict("records")
    assert (row["state"], row["reason"], row["proof"]) == ("effective", "", True)
    # 90 − 70 in the segment, nothing elsewhere; four weeks of 60 each.
    assert row["value"] == pytest.approx(0.2)
    assert row["low"] > 0
    assert (row["n_before"], row["n_after"], row["n_compared"]) == (240, 240, 480)


def test_what_happened_elsewhere_too_is_not_the_actions_doing(ledger: Any) -> None:
    # Both policies rise by 20 points from the thirteenth week on.
    (row,) = ledger(lambda policy, number: 0.9 if number >= 13 else 0.7, action(expected_effect=0.3)).to_dict("records")
    assert row["value"] == pytest.approx(0.0, abs=1e-9)
    assert row["state"] == "not effective"


def test_a_bad_week_that_was_bad_luck_is_no_effect(ledger: Any) -> None:
    (row,) = ledger(unlucky, action(expected_effect=0.3)).to_dict("records")
    assert (row["state"], row["value"]) == ("not effective", pytest.approx(0.0, abs=1e-9))
    # The same with a baseline that was registered with the bad week in it: it is left out, and that is said.
    (row,) = ledger(unlucky, action(baseline_from=week(9), baseline_to=week(10))).to_dict("records")
    assert (row["state"], row["reason"], row["detail"]) == ("undecided", "no plan", "baseline_from")
    (row,) = ledger(unlucky, action(baseline_to=week(10), expected_effect=0.3)).to_dict("records")
    assert (row["state"], row["cut"], row["n_before"]) == ("not effective", True, 240)


def test_a_promise_too_small_for_its_audits_is_undecided(ledger: Any) -> None:
    (row,) = ledger(lambda policy, number: 0.8, action(expected_effect=0.02)).to_dict("records")
    assert (row["state"], row["reason"]) == ("undecided", "too wide")
    assert row["low"] < 0 < row["high"]


@pytest.mark.parametrize(
    ("more", "reason", "detail"),
    [
        ({"segment": None}, "everywhere", ""),
        ({"segment": "{}"}, "everywhere", ""),
        ({"segment": "policy=hate"}, "unreadable segment", ""),
        ({"segment": '{"market": "ID"}'}, "no comparison", ""),
        ({"segment": '{"policy": "nudity"}'}, "no rows", ""),
        ({"segment": '{"polcy": "hate"}'}, "unreadable segment", ""),
        ({"kpi": "sla_attainment"}, "no audited KPI", "sla_attainment"),
        ({"kpi": "recall"}, "lacking", "audits.violating"),
        ({"expected_effect": None}, "no plan", "expected_effect"),
        ({"baseline_to": None}, "no plan", "baseline_to"),
        ({"done_on": week(13, 1)}, "done late", ""),
        ({"evaluate_from": week(8), "done_on": week(8)}, "bad window", ""),
        ({"evaluate_to": week(13, 6)}, "bad window", ""),
    ],
)
def test_why_nothing_can_be_told(ledger: Any, more: dict[str, Any], reason: str, detail: str) -> None:
    # Beside it one with every column, which a file of Parquet would otherwise not have.
    found = ledger(helped, action(**more), action("whole")).set_index("action_id").loc["c1"]
    assert (found["state"], found["reason"], found["detail"]) == ("undecided", reason, detail)
    assert np.isnan(found["value"])


def test_few_audits_or_labelers_are_too_few() -> None:
    few = DifferenceInDifferences(0.3, 0.01, 20.0, 29, 400, 400, 400, 20, 0.0)
    assert verdict_of(few, 0.1).reason == "too few"
    assert verdict_of(few, 0.1).needed == 1
    alone = DifferenceInDifferences(0.3, 0.01, 20.0, 400, 400, 400, 400, 4, 0.0)
    assert verdict_of(alone, 0.1).reason == "too few"


def test_what_would_decide_it_decides_it() -> None:
    open_ = DifferenceInDifferences(0.02, 0.02, 60.0, 200, 200, 900, 900, 30, 0.0)
    said = verdict_of(open_, 0.03)
    assert said.verdict == "undecided"
    # With so many audits of the same result the error is smaller by the root of how many times they are.
    times = (400 + said.needed) / 400
    more = DifferenceInDifferences(0.02, 0.02 / times**0.5 * 0.999, 60.0, 200, 200, 900, 900, 30, 0.0)
    assert verdict_of(more, 0.03).verdict == "effective"
    fewer = DifferenceInDifferences(0.02, 0.02 / times**0.5 * 1.05, 60.0, 200, 200, 900, 900, 30, 0.0)
    assert verdict_of(fewer, 0.03).verdict == "undecided"
    tiny = DifferenceInDifferences(0.0003, 0.02, 60.0, 200, 200, 900, 900, 30, 0.0)
    assert verdict_of(tiny, 0.001).needed == 0


@pytest.mark.parametrize("value", [0.03, 0.0, -0.03])
def test_lower_is_the_mirror_of_higher(value: float) -> None:
    found = DifferenceInDifferences(value, 0.01, 60.0, 200, 200, 900, 900, 30, 0.0)
    turned = DifferenceInDifferences(-value, 0.01, 60.0, 200, 200, 900, 900, 30, 0.0)
    one, other = verdict_of(found, 0.04), verdict_of(turned, -0.04)
    assert (one.verdict, one.needed) == (other.verdict, other.needed)
    assert (one.low, one.high) == (pytest.approx(-other.high), pytest.approx(-other.low))


@pytest.mark.parametrize(
    ("more", "after", "state", "flags"),
    [
        # Days from the opening on; flags: overdue, unacknowledged, reopened.
        ({"done_on": None, "due_on": week(12)}, 1, "open", (False, False, False)),
        ({"done_on": None, "acknowledged_on": None}, 3, "open", (False, False, False)),
        ({"done_on": None, "acknowledged_on": None}, 4, "unacknowledged", (False, True, False)),
        ({"done_on": None}, 13, "open", (False, False, False)),
        ({"done_on": None}, 14, "overdue", (True, False, False)),
        ({"done_on": None, "acknowledged_on": None}, 14, "overdue", (True, True, False)),
        ({"done_on": week(11), "reopened_on": week(11, 3)}, 8, "running", (False, False, False)),
        ({"done_on": week(11), "reopened_on": week(11, 3)}, 10, "reopened", (False, False, True)),
        ({"done_on": week(11), "reopened_on": week(11, 3)}, 14, "overdue", (True, False, True)),
        ({"done_on": week(11, 3), "reopened_on": week(11)}, 14, "running", (False, False, False)),
        ({}, 40, "running", (False, False, False)),
        ({"evaluate_from": None}, 40, "done", (False, False, False)),
    ],
)
def test_states(ledger: Any, more: dict[str, Any], after: int, state: str, flags: tuple[bool, ...]) -> None:
    noon = dt.datetime.combine(week(10, 1), dt.time(12), dt.UTC) + dt.timedelta(after)
    whole = action("whole", reopened_on=week(11), opened_on=week(16))
    found = ledger(helped, action(**more), whole, until=noon)
    (row,) = found.to_dict("records")
    assert row["state"] == state
    assert (row["overdue"], row["unacknowledged"], row["reopened"]) == flags
    assert row["days_late"] == (after - 13 if "overdue" in state else 0)


def test_where_nobody_keeps_acknowledgements_none_is_missed(ledger: Any) -> None:
    row = {name: value for name, value in action(done_on=None).items() if name != "acknowledged_on"}
    assert ledger(helped, row)["state"].tolist() == ["overdue"]
    assert not ledger(helped, row)["unacknowledged"].any()


def test_registered_after_the_fact_is_no_proof(ledger: Any, parquet_project: Build) -> None:
    late = action(registered_at=dt.datetime.combine(week(13), dt.time(1), dt.UTC))
    unknown = action("c2", registered_at=None)
    found = ledger(helped, late, unknown)
    assert found["state"].tolist() == ["effective", "effective"]
    assert found["after_the_fact"].tolist() == [True, True]
    assert not found["proof"].any()
    shown = present.action_table(parquet_project({"actions": [late]}, zone="UTC"), found)
    assert "Registered after the fact: its verdict is no proof." in shown.html
    assert "2 effective prove nothing: registered after the fact, or held against a picked baseline." in shown.text


def test_a_baseline_that_may_have_been_picked_is_no_proof(ledger: Any, parquet_project: Build) -> None:
    short = action("c1", baseline_from=week(6))
    old = action("c2", baseline_from=week(3), baseline_to=week(7))
    cut = action("c3", baseline_from=week(6), baseline_to=week(10))
    fair = action("c4", baseline_from=week(4), baseline_to=week(8))
    found = ledger(helped, short, old, cut, fair).set_index("action_id")
    assert found["state"].tolist() == ["effective"] * 4
    assert found["proof"].to_dict() == {"c1": False, "c2": False, "c3": False, "c4": True}
    shown = present.action_table(parquet_project({"actions": [short]}, zone="UTC"), found.reset_index())
    assert shown.html.count("Its baseline is short or old and may have been picked: its verdict is no proof.") == 3
    assert shown.text.startswith("Actions: 4 effective. 3 effective prove nothing: ")


def test_what_helped_clearly_less_than_promised_is_called_so(ledger: Any, parquet_project: Build) -> None:
    # 20 points are certainly not half of 90.
    (row,) = (found := ledger(helped, action(expected_effect=0.9))).to_dict("records")
    assert row["low"] > 0
    assert row["high"] < 0.45
    assert (row["state"], row["proof"]) == ("partly effective", False)
    shown = present.action_table(parquet_project({"actions": [action()]}, zone="UTC"), found)
    assert shown.text == "Actions: 1 partly effective."


@pytest.mark.parametrize(
    "segment",
    ['{"labeler_id": ["L3"]}', '{"labeler_id": 3}', "labeler_id=L3", '{"LABELER_ID": "L3"}', '["L3"]',
     '{"policy": "hate", "labeler_id": null}', '{"correct": "true"}', '{"decision_id": "L3"}'],
)  # fmt: skip
def test_a_segment_that_cannot_be_read_may_name_a_person(parquet_project: Build, segment: str) -> None:
    odd = action("c2", title="Coach Jane", segment=segment)
    project = parquet_project({**audited(helped), "actions": [action(), odd]}, zone="UTC")
    found = action_ledger(project, read_all(project), UNTIL)
    shown = present.action_table(project, found)
    assert "Coach Jane" not in shown.html + shown.text
    assert "1 more is about one person" in shown.text
    lead = present.action_table_of_people(project, found)
    assert "Coach Jane" in lead.html
    assert "unreadable segment" in lead.html
    assert "everything" not in lead.html
    assert "L3" not in lead.html + str(lead.estimates.to_dict())


def test_no_action_about_one_person_is_no_empty_ledger(parquet_project: Build) -> None:
    project = parquet_project({**audited(helped), "actions": [action()]}, zone="UTC")
    found = action_ledger(project, read_all(project), UNTIL)
    assert present.action_table_of_people(project, found).text == "No action is about one person."
    people = found.assign(people=True)
    assert present.action_table(project, people).text.startswith("All actions are about one person each. 1 more is")


def test_a_verdict_on_a_part_of_its_window_says_so(parquet_project: Build) -> None:
    def shown(tables: dict[str, Any], last: int) -> tuple[tuple[int, int], str]:
        rows = [action(evaluate_to=week(last))]
        project = parquet_project({**tables, "actions": rows}, zone="UTC")
        found = action_ledger(project, read_all(project), dt.datetime.combine(week(last), dt.time(), dt.UTC))
        days = found["days_lacking"].iloc[0], found["days_asked"].iloc[0]
        return days, present.action_table(project, found).html

    # Rows of five days in each of seventeen weeks; the window begins with the fourteenth.
    whole = audited(helped)
    days, html = shown(whole, 17)
    assert days == (0, 20)
    assert "working days of its window" not in html
    days, html = shown(whole, 19)
    assert days == (10, 30)
    assert "Of 10 of the 30 working days of its window there are no audits yet: it may change." in html
    # Decisions are there, their audits are not yet.
    late = {**whole, "audits": [row for row in whole["audits"] if int(row["audit_id"][4:].split("-")[0]) < 15]}
    days, html = shown(late, 17)
    assert days == (10, 20)
    assert "Of 10 of the 20 working days of its window there are no audits yet" in html
    # A day without audits between two that have some is chance, and so is the last.
    seldom = [row for row in whole["audits"] if row["audited_at"].date() not in (week(14, 2), week(16, 4))]
    assert shown({**whole, "audits": seldom}, 17)[0] == (0, 20)


def test_whatever_a_ledger_holds_its_lines_are_lines(parquet_project: Build) -> None:
    written = action(title="A\nB\x1b[2J  effective: fake", owner="\u202eqa\r")
    project = parquet_project({**audited(helped), "actions": [written]}, zone="UTC")
    lines = ledger_lines(project, action_ledger(project, read_all(project), UNTIL))
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
    assert "A B [2J effective: fake ( qa ; policy: hate)" in lines[0]


def test_what_else_changed_meanwhile_is_said(ledger: Any) -> None:
    def event(name: str, number: int, **where: str) -> dict[str, Any]:
        at = dt.datetime.combine(week(number), dt.time(3), dt.UTC)
        return {"event_id": name, "at": at, "kind": "tool", "name": name, **where}

    events = [event("before", 8), event("hate tool", 14, policy="hate"), event("spam tool", 13, policy="spam")]
    events += [event("everywhere", 12), event("after", 17)]
    other = action("c2", title="Refresher", segment='{"policy": "spam"}', done_on=week(14), evaluate_to=week(30))
    found = ledger(helped, action(), other, events=events).set_index("action_id").loc["c1"]
    assert found["inside"] == "hate tool"
    assert found["elsewhere"] == "Refresher, everywhere, spam tool"


def test_an_action_about_a_person_is_its_leads_only(parquet_project: Build) -> None:
    about = action("c2", title="Coach about slurs", segment=json.dumps({"labeler_id": "L3"}), done_on=None)
    project = parquet_project({**audited(helped), "actions": [action(), about]}, zone="UTC")
    everything = read_all(project)
    found = action_ledger(project, everything, UNTIL)
    for shown in (present.action_table(project, found),):
        assert "Coach about slurs" not in shown.html
        assert "L3" not in shown.html
        assert "1 more is about one person, and shown to that person's lead only." in shown.text
        assert shown.estimates["action_id"].tolist() == ["c1"]
        assert not PERSON_COLUMNS & set(shown.estimates.columns)
    lead = present.action_table_of_people(project, found)
    assert "Coach about slurs" in lead.html
    assert "L3" not in lead.html
    assert "labeler_id: P-" in lead.html
    rows = read_all(project, week(16), week(17))
    listed = agenda(project, rows, rows, everything, UNTIL)
    text = present.agenda(project, listed).text
    assert "Coach about slurs" not in text
    assert "Overdue actions: 1 about one person, for their lead." in text
    morning = present.morning_summary(Workspace(), listed.assign(project="p", project_title="P"), {})
    assert "Overdue actions: P 1." in morning.text


def test_the_table_says_what_was_found(parquet_project: Build) -> None:
    rows = [action(), action("c2", title="Late one", done_on=None), action("c3", title="Vague", segment=None)]
    project = parquet_project({**audited(helped), "actions": rows}, zone="UTC")
    shown = present.action_table(project, action_ledger(project, read_all(project), UNTIL))
    assert shown.text == "Actions: 1 overdue, 1 effective, 1 undecided."
    for said in (
        "+20.0 points (",
        "240 audits before, 240 after, 480 elsewhere.",
        "35 days late.",
        "Undecided: it was meant for everything, so there is nothing that it did not touch to compare with.",
        "+10 points",
    ):
        assert said in shown.html
    hostile = parquet_project({**audited(helped), "actions": [action(title="<b>x</b>", owner="<i>")]}, zone="UTC")
    html = present.action_table(hostile, action_ledger(hostile, read_all(hostile), UNTIL)).html
    assert "<b>x</b>" not in html
    assert "<i>" not in html


def test_no_ledger_is_no_error(parquet_project: Build) -> None:
    project = parquet_project(audited(helped), zone="UTC")
    found = action_ledger(project, read_all(project))
    assert found.empty
    assert present.action_table(project, found).text == "No action has been registered."
    assert present.portfolio_actions(Workspace(), pd.DataFrame()).text == "No project has actions to look at."


def test_weights_count(parquet_project: Build) -> None:
    tables = audited(helped)
    for audit in tables["audits"]:
        audit["weight"] = 5.0 if audit["correct"] else 10.0
    project = parquet_project({**tables, "actions": [action()]}, zone="UTC")
    (row,) = action_ledger(project, read_all(project), UNTIL).to_dict("records")
    # Wrong ones weigh twice: from .7/(.7 + .6) to .9/(.9 + .2); elsewhere .8/(.8 + .4) stays.
    assert row["value"] == pytest.approx(0.9 / 1.1 - 0.7 / 1.3)


def test_only_random_first_round_audits_count(parquet_project: Build) -> None:
    tables = audited(helped)
    for place, audit in enumerate(list(tables["audits"])):
        again = {**audit, "audit_id": f"again{place}", "correct": place % 3 == 0}
        tables["audits"].append(again | ({"purpose": "targeted"} if place % 2 else {"round": 2}))
    project = parquet_project({**tables, "actions": [action()]}, zone="UTC")
    (row,) = action_ledger(project, read_all(project), UNTIL).to_dict("records")
    assert (row["value"], row["n_before"]) == (pytest.approx(0.2), 240)


def benchmark() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "action_verdicts.py"
    spec = importlib.util.spec_from_file_location("action_verdicts", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["action_verdicts"] = made
    spec.loader.exec_module(made)
    return made


def test_a_sample_of_planted_effects_and_lucky_weeks() -> None:
    drawn, draws = benchmark(), 40
    team = drawn.TEAMS["usual"]
    error = drawn.standard_error(team, 3, 60)
    effective = {
        kind: sum(drawn.verdict(kind, team, 3 * error, 3, draw) == "effective" for draw in range(draws))
        for kind in drawn.KINDS
    }
    # Of 40 at the bars, 75 % and 5 %, chance alone leaves 23 and 6 one time in a hundred.
    assert effective["planted"] >= 23
    assert effective["lucky"] <= 6
    assert effective["none"] <= 6


def test_the_demos_ledger_has_every_state_and_shows_on_the_pages(demo_workspace: Workspace) -> None:
    project = load_project("hate-speech-id", demo_workspace)
    end = dt.date(2026, 11, 16)
    everything = read_all(project)
    until = dt.datetime.combine(end, dt.time(), project.zone)
    found = action_ledger(project, everything, until)
    assert len(found) == 7
    assert found["state"].tolist()[3:] == ["overdue", "overdue", "running", "unacknowledged"]
    assert set(found["state"][:3]) <= {"effective", "not effective", "undecided"}
    assert found["reopened"].sum() == 1
    # Nothing was registered after the fact, and every verdict rests on audits of both windows and of the others.
    assert not found["after_the_fact"].any()
    assert (found.loc[:2, ["n_before", "n_after", "n_compared"]] >= 30).all(axis=None)
    shown = portfolio([project], ["accuracy"], end - dt.timedelta(7), end)
    (counted,) = shown.actions.to_dict("records")
    assert {name: counted[name] for name in ("overdue", "unacknowledged", "reopened", "running")} == {
        "overdue": 2, "unacknowledged": 1, "reopened": 1, "running": 1,
    }  # fmt: skip
    table = present.portfolio_actions(demo_workspace, shown.actions)
    assert table.text == "Actions of all projects: overdue 2; unacknowledged 1; reopened 1; running 1."
