"""What needs a decision, worked by hand on a few items, batches, questions and actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from smo_reports.analyses.agenda import agenda
from smo_reports.present import agenda as shown_agenda
from smo_reports.present import morning_summary
from smo_reports.project import Project, Workspace
from smo_reports.sources import read_all

START, END = dt.date(2026, 11, 9), dt.date(2026, 11, 16)
Build = Callable[..., Project]


def at(day: int, hour: float = 12.0) -> dt.datetime:
    return dt.datetime(2026, 11, day, tzinfo=dt.UTC) + dt.timedelta(hours=hour)


# Looked at when the week ends, in UTC: the newest decisions are of that moment.
DECISIONS = [
    {"decision_id": f"d{n}", "item_id": f"done{n}", "labeler_id": f"L{n % 6}", "label": "ok", "queue": "live"}
    | {"work_date": dt.date(2026, 11, 12), "submitted_at": at(15, 24), "batch_id": "b2"}
    for n in range(84)
]
AUDITS = [
    {"audit_id": f"a{n}", "decision_id": f"d{n}", "auditor_id": "A1", "audited_at": at(15), "purpose": "random"}
    | {"correct": n % 10 > 0, "plan_id": "p", "stratum": "all"}
    for n in range(40)
]
ITEMS = [
    # Past due by the week's end; the first has waited for 36 hours, the second for 12.
    {"item_id": "late1", "queue": "live", "arrived_at": at(14), "due_at": at(15)},
    {"item_id": "late2", "queue": "live", "arrived_at": at(15), "due_at": at(15, 20)},
    # At one in two hours, after the two: closed 6, 8 and 10 hours after the week's end; due after 1, 9 and 9.5.
    *({"item_id": f"next{n}", "queue": "live", "arrived_at": at(15), "due_at": at(16, left)}
      for n, left in enumerate((1.0, 9.0, 9.5))),
    # 84 items closed in the week's 168 hours: one in two hours. Two others were closed before the week.
    *({"item_id": f"done{n}", "queue": "live", "arrived_at": at(10), "due_at": at(11), "closed_at": at(10, 13)}
      for n in range(84)),
    *({"item_id": f"old{n}", "queue": "live", "arrived_at": at(7), "due_at": at(9), "closed_at": at(8)}
      for n in range(2)),
]  # fmt: skip
QUESTIONS = [
    {"question_id": "q1", "asked_at": at(10, 24), "answered_at": None},
    {"question_id": "q2", "asked_at": at(14, 24), "answered_at": None},
    {"question_id": "q3", "asked_at": at(12), "answered_at": at(13)},
]
BATCHES = [
    {"batch_id": "b1", "due_on": dt.date(2026, 11, 12), "items": 90, "delivered_at": at(12), "requester": "models"},
    {"batch_id": "b2", "due_on": dt.date(2026, 11, 18), "items": 84, "delivered_at": None, "requester": "models"},
    {"batch_id": "b3", "due_on": dt.date(2026, 11, 25), "items": 84, "delivered_at": None, "requester": "models"},
]
ACTIONS = [
    {"action_id": name, "opened_on": dt.date(2026, 11, 2), "title": title, "owner": "qa", "kpi": "accuracy"}
    | {"due_on": due, "done_on": done}
    for name, title, due, done in (
        ("c1", "Clarify satire", dt.date(2026, 11, 6), None),
        ("c2", "Refresh gold", dt.date(2026, 11, 12), dt.date(2026, 11, 11)),
        ("c3", "Later", dt.date(2026, 11, 30), None),
    )
]
PLANS = [
    {"plan_id": "p", "stratum": "all", "starts_on": START, "ends_on": dt.date(2026, 11, 15), "population": 84}
    | {"planned": 50},
]
TABLES = {
    "decisions": DECISIONS,
    "audits": AUDITS,
    "items": ITEMS,
    "questions": QUESTIONS,
    "batches": BATCHES,
    "actions": ACTIONS,
    "audit_plans": PLANS,
}


@pytest.fixture
def listed(parquet_project: Build) -> Callable[..., tuple[Project, pd.DataFrame]]:
    def build(tables: dict[str, Any], start: dt.date = START, end: dt.date = END) -> tuple[Project, pd.DataFrame]:
        project = parquet_project(tables, zone="UTC")
        rows = read_all(project, start, end)
        recent = read_all(project, start - dt.timedelta(28), end)
        return project, agenda(project, rows, recent, read_all(project), at(30))

    return build


def one(found: pd.DataFrame, topic: str) -> dict[str, Any]:
    (row,) = found[found["topic"] == topic].to_dict("records")
    return dict(row)


def test_what_is_late_and_what_will_be(listed: Any) -> None:
    _, found = listed(TABLES)
    late = one(found, "past due")
    assert (late["part"], late["count"], late["of"]) == ("live", 2, 5)
    assert late["age_h"] == pytest.approx(36, abs=0.01)
    coming = one(found, "will be late")
    # Of the three, the first (closed after 6 hours, due after 1) and the last (10, due after 9.5).
    assert (coming["part"], coming["count"], coming["of"]) == ("live", 2, 3)
    assert coming["value"] == pytest.approx(0.5)


def test_audits_behind_the_plan(listed: Any) -> None:
    row = one(listed(TABLES)[1], "audits")
    assert (row["part"], row["count"], row["of"], row["value"]) == ("all", 40, 50, pytest.approx(0.8))


def test_wednesdays_page_of_a_plan_that_began_on_monday(listed: Any) -> None:
    plan = {"plan_id": "p", "starts_on": START, "ends_on": END - dt.timedelta(1), "population": 84, "planned": 50}
    # Made by Tuesday: 20 of the stratum all, 21 of the other; by then 3/7 of 50 are due on Wednesday night, 21.
    audits = [
        {**AUDITS[0], "audit_id": f"{stratum}{n}", "decision_id": f"w{n}", "audited_at": at(10), "stratum": stratum}
        for stratum, made in (("all", 20), ("enough", 21))
        for n in range(made)
    ]
    # Made after Wednesday: not counted.
    audits += [{**AUDITS[0], "audit_id": "after", "decision_id": "w80", "audited_at": at(12), "stratum": "all"}]
    decisions = [{**row, "decision_id": f"w{n}", "work_date": dt.date(2026, 11, 10)} for n, row in enumerate(DECISIONS)]
    plans = [{**plan, "stratum": stratum} for stratum in ("all", "enough")]
    plans.append({**plan, "plan_id": "next", "starts_on": END, "ends_on": END + dt.timedelta(6), "stratum": "all"})
    tables = {"decisions": decisions, "audits": audits, "audit_plans": plans}
    project, found = listed(tables, dt.date(2026, 11, 11), dt.date(2026, 11, 12))
    row = one(found, "audits")
    assert (row["part"], row["count"], row["of"], row["n"]) == ("all", 20, 50, 21)
    assert "all: 20 of 50 planned audits are done, 21 were due by now." in shown_agenda(project, found).text


def test_the_pace_ends_where_the_rows_do(listed: Any) -> None:
    """Two days into the week nothing is known yet of the others: they are no days without work."""
    first = at(11)
    items = [
        {"item_id": f"done{n}", "queue": "live", "arrived_at": at(9), "due_at": at(20), "closed_at": at(10, n / 10)}
        for n in range(84)
    ]
    # At one in two hours, closed 2 and 4 hours after the newest instant.
    items += [
        {"item_id": f"next{left}", "queue": "live", "arrived_at": at(9), "due_at": first + dt.timedelta(hours=left)}
        for left in (3, 3.5)
    ]
    decisions = [{**row, "submitted_at": first, "work_date": dt.date(2026, 11, 1)} for row in DECISIONS]
    coming = one(listed({"decisions": decisions, "items": items})[1], "will be late")
    assert (coming["count"], coming["of"], coming["value"]) == (1, 2, pytest.approx(0.5))


def test_what_was_promised_is_looked_for_over_seven_days_on_a_daily_page_too(listed: Any) -> None:
    _, found = listed(TABLES, dt.date(2026, 11, 15), END)
    assert one(found, "promised")["part"] == "Refresh gold"
    _, found = listed(TABLES, dt.date(2026, 11, 19), dt.date(2026, 11, 20))
    assert found[found["topic"] == "promised"].empty


def test_a_column_that_is_missing_is_named(listed: Any) -> None:
    undated = [{name: value for name, value in row.items() if name != "due_at"} for row in ITEMS]
    unanswered = [{name: value for name, value in row.items() if name != "answered_at"} for row in QUESTIONS]
    project, found = listed({"decisions": DECISIONS, "items": undated, "questions": unanswered})
    assert one(found, "past due")["note"] == "not measured: needs items.due_at"
    assert one(found, "questions")["note"] == "not measured: needs questions.answered_at"
    text = shown_agenda(project, found).text
    assert "escalations, items.due_at, questions.answered_at." in text


def test_only_what_was_looked_at_is_called_quiet(listed: Any) -> None:
    answered = [{**row, "answered_at": at(14)} for row in QUESTIONS]
    project, found = listed({"decisions": DECISIONS, "questions": [{**row, "asked_at": at(10)} for row in answered]})
    text = shown_agenda(project, found).text
    assert text.startswith("Looked at, with nothing to decide: Guideline questions. Not looked at")


def test_the_next_batch_and_its_quality(listed: Any) -> None:
    row = one(listed(TABLES)[1], "next batch")
    assert (row["part"], row["count"], row["due"], row["owner"]) == ("b2", 84, dt.date(2026, 11, 18), "models")
    # Every tenth of forty audits is wrong.
    assert (row["value"], row["n"]) == (pytest.approx(0.9), 40)


def test_a_batch_that_is_not_delivered_is_listed_before_the_next(listed: Any) -> None:
    late = [{**row, "delivered_at": None} for row in BATCHES]
    _, found = listed({**TABLES, "batches": late})
    assert found.loc[found["topic"] == "next batch", "part"].tolist() == ["b1", "b2"]


def test_what_waits_for_an_answer(listed: Any) -> None:
    row = one(listed(TABLES)[1], "questions")
    # Asked 5 days and 1 day before the week's end; the third is answered.
    assert (row["count"], row["of"]) == (2, 1)
    assert (row["age_h"], row["value"]) == (pytest.approx(120, abs=0.01), pytest.approx(72, abs=0.01))


def test_actions_that_are_overdue_and_those_that_were_promised(listed: Any) -> None:
    _, found = listed(TABLES)
    overdue, promised = one(found, "overdue action"), one(found, "promised")
    assert (overdue["part"], overdue["count"]) == ("Clarify satire", 10)
    assert (promised["part"], promised["due"]) == ("Refresh gold", dt.date(2026, 11, 12))


def test_a_table_that_is_missing_is_said_and_not_taken_for_quiet(listed: Any) -> None:
    project, found = listed({"decisions": DECISIONS})
    assert set(found["note"]) == {
        f"not measured: needs the table {name}"
        for name in ("items", "audit_plans", "batches", "disputes", "escalations", "questions", "actions")
    }
    shown = shown_agenda(project, found)
    lacking = (
        "Not looked at, since there is no table or column: actions, audit_plans, batches, disputes, escalations, "
        "items, questions."
    )
    assert shown.text == f"Nothing could be looked at. {lacking}"
    assert lacking in shown.html
    named = found.assign(project="p", project_title="P")
    summary = morning_summary(Workspace(), named, {})
    assert summary.text == "Not every project has items with a time due, and actions, to look at."


def test_the_sentences(listed: Any) -> None:
    project, found = listed(TABLES)
    text = shown_agenda(project, found).text
    for sentence in (
        "live: 2 of 5 open items are past due; the oldest has waited 36 hours.",
        "live: about 2 of 3 open items will be closed late at the pace of the last seven days, 12 a day, even if "
        "nothing new comes in.",
        "all: 40 of 50 planned audits are done.",
        "Guideline questions: 2 open; half have waited over 3 days, 1 of them for more than three days, the oldest 5 "
        "days.",
        "Clarify satire (qa) was due on 6 Nov 2026 and is not done.",
        "Refresh gold (qa), due 12 Nov 2026.",
    ):
        assert sentence in text


def test_a_hostile_name_stays_text(listed: Any) -> None:
    items = [{**row, "queue": "<script>alert(1)</script>"} for row in ITEMS]
    project, found = listed({**TABLES, "items": items})
    assert "<script>" not in shown_agenda(project, found).html
