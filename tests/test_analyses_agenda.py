"""What needs a decision, worked by hand on a few items, batches, questions and actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from smo_reports.analyses.agenda import agenda
from smo_reports.present import agenda as shown_agenda
from smo_reports.project import Project
from smo_reports.sources import read_all

START, END = dt.date(2026, 11, 9), dt.date(2026, 11, 16)
Build = Callable[..., Project]


def at(day: int, hour: float = 12.0) -> dt.datetime:
    return dt.datetime(2026, 11, day, tzinfo=dt.UTC) + dt.timedelta(hours=hour)


# 84 decisions of queue live in the week's 168 hours: one in two hours. Looked at when the week ends, in UTC.
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
    {"item_id": "closed", "queue": "live", "arrived_at": at(10), "due_at": at(11), "closed_at": at(10, 13)},
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
    {"plan_id": "p", "stratum": "all", "starts_on": START, "ends_on": END, "population": 84, "planned": 50},
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
def listed(parquet_project: Build) -> Callable[[dict[str, Any]], tuple[Project, pd.DataFrame]]:
    def build(tables: dict[str, Any]) -> tuple[Project, pd.DataFrame]:
        project = parquet_project(tables, zone="UTC")
        rows = read_all(project, START, END)
        recent = read_all(project, START - dt.timedelta(28), END)
        return project, agenda(project, rows, recent, read_all(project))

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
        for name in ("items", "audit_plans", "batches", "disputes", "escalations", "questions")
    }
    shown = shown_agenda(project, found)
    assert shown.text == "Nothing is past due, and nothing waits for an answer."
    assert "Not looked at, since there is no table: audit_plans, batches, disputes" in shown.html


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
