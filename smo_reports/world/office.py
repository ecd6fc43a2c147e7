"""What the office records: events, guideline questions, calibrations, coaching, corrective actions."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from smo_reports.world.columns import canonical, ids, listed, words
from smo_reports.world.exports import GUIDELINES, MODELS, TOOLS, gold_numbers
from smo_reports.world.incidents import BACKLOG, COHORT, CONFUSED_LABELS, GUIDELINE, MIX, TOOL
from smo_reports.world.items import NEW_GOLD_WEEK, Bank
from smo_reports.world.moments import DAY, HOUR, Calendar
from smo_reports.world.operation import WEEKS, Operation
from smo_reports.world.people import Crew

_TOPICS = ("label boundaries", "reading the context", "pace and breaks", "new guideline version", "tool use")


@dataclass(frozen=True)
class _Action:
    """A corrective action; weeks are the world's, the days within them from Monday."""

    week: int
    title: str
    effect: float
    due: int
    segment: str = "policy"
    done: bool = True
    acknowledged: bool = True
    reopened: int | None = None


_ACTIONS = (
    _Action(6, "Clarify a pair of labels in the guideline", 0.01, 8),
    _Action(13, "Refresher for the newest labelers", 0.015, 15),
    _Action(16, "Second reader for what came in live", 0.01, 18, segment="queue"),
    _Action(18, "Weekly calibration on borderline items", 0.01, 20, reopened=23, done=False),
    _Action(20, "Review the gold items", 0.005, 22, done=False),
    _Action(21, "Shorter shifts on the hardest queue", 0.01, 22, segment="queue"),
    _Action(25, "Examples for the newest label pair", 0.01, 27, done=False, acknowledged=False),
)


def _releases() -> list[tuple[int, str, str, dict[str, str]]]:
    """Week, kind, name and further columns of what every project records."""
    found = [(week, "guideline", f"Guideline {name}", {"version": name}) for week, name in GUIDELINES[1:]]
    found += [(week, "tool", f"Tool release {name}", {"version": name}) for week, name in TOOLS[1:]]
    found += [(week, "model", f"Model {name} in use", {"version": name}) for week, name in MODELS[1:]]
    found.append((NEW_GOLD_WEEK, "gold", "Gold items refreshed", {"version": "v2"}))
    found.append((4, "sampling", "Audit plan reviewed", {}))
    found.append((8, "training", "Training on guideline g3.1", {}))
    return found


def _own(operation: Operation, crew: Crew) -> list[tuple[int, str, str, dict[str, str]]]:
    """List what only some projects record: facts as an operation would note them, never their effect."""
    found: list[tuple[int, str, str, dict[str, str]]] = []
    if operation.name == GUIDELINE.project:
        detail = {
            **GUIDELINE.where,
            "version": "g4.0",
            "detail": "Satire is exempt where the speaker is identifiable",
        }
        found.append((GUIDELINE.week, "guideline", "Satire exemption", detail))
    if operation.name == COHORT.project:
        joined = int((crew.started == 7 * COHORT.week).sum())
        found.append((COHORT.week, "staffing", f"{joined} labelers start at Vega", {"market": "BR"}))
    if operation.name == TOOL.project:
        found.append((TOOL.week + 1, "incident", "Reports of labels saved wrongly", {"version": "t12.4"}))
    if operation.name == MIX.project:
        found.append((MIX.week, "model", "Detection threshold lowered", {"policy": MIX.where["policy"]}))
    if operation.name == BACKLOG.project:
        found.append((BACKLOG.week, "staffing", "Labelers lent to another project", {"queue": BACKLOG.where["queue"]}))
    return found


def events(operation: Operation, crew: Crew, calendar: Calendar) -> pa.Table | None:
    """Make the ``events`` table: what changed, on Monday mornings of the weeks in question."""
    rows: list[dict[str, Any]] = []
    ordered = sorted(_releases() + _own(operation, crew), key=lambda found: found[0])
    for place, (week, kind, name, more) in enumerate(ordered):
        at = int(calendar.utc(7 * week, 3600 * (1 if kind != "incident" else 30)))
        ended = at + 6 * DAY if kind == "incident" else None
        row = {
            "event_id": f"{operation.key}-v{place + 1:03d}",
            "at": at,
            "kind": kind,
            "name": name,
            "ended_at": ended,
        }
        rows.append({**row, **{key: more.get(key) for key in ("market", "policy", "queue", "version", "detail")}})
    return listed("events", operation.name, rows)


def questions(operation: Operation, crew: Crew, calendar: Calendar, rng: np.random.Generator) -> pa.Table | None:
    """Make the ``questions`` table: about one a week, many once a guideline change confuses."""
    rows: list[dict[str, Any]] = []
    for week in range(WEEKS):
        confused = operation.name == GUIDELINE.project and GUIDELINE.active(week)
        for turn in range(int(rng.poisson(1.1)) + (5 if confused else 0)):
            first, second, _ = operation.confusable[int(rng.integers(0, len(operation.confusable)))]
            policy = operation.policies[int(rng.integers(0, len(operation.policies)))].name
            if confused and turn < 5:
                first, second, policy = *CONFUSED_LABELS, GUIDELINE.where["policy"]
            there = np.flatnonzero((crew.started <= 7 * week) & ((crew.ended < 0) | (crew.ended > 7 * week + 6)))
            asked = int(calendar.utc(7 * week + int(rng.integers(0, 7)), float(rng.integers(9 * 3600, 18 * 3600))))
            answered = asked + int(rng.uniform(0.5, 9) * DAY)
            done = answered < calendar.end_utc
            rows.append(
                {
                    "question_id": f"{operation.key}-n{len(rows) + 1:04d}",
                    "asked_at": asked,
                    "asked_by": f"L{crew.first_labeler + int(rng.choice(there))}",
                    "policy": policy,
                    "label_a": first,
                    "label_b": second,
                    "text": f"Where is the line between {first} and {second}?",
                    "answered_at": answered if done else None,
                    "answer": f"Prefer {first} where the target is named." if done else None,
                    "guideline_version": [name for start, name in GUIDELINES if start <= week][-1],
                }
            )
    return listed("questions", operation.name, rows)


def calibrations(
    operation: Operation, crew: Crew, bank: Bank, calendar: Calendar, rng: np.random.Generator
) -> pa.Table:
    """Make the ``calibrations`` table: every second week up to five auditors label six items, blind."""
    sessions, items = np.arange(1, WEEKS, 2), 6
    judges = min(crew.auditors, 5)
    session, item, judge = (axis.ravel() for axis in np.indices((len(sessions), items, judges)))
    chosen = np.concatenate([rng.choice(len(bank.truth), items, replace=False) for _ in sessions])
    place = chosen[session * items + item]
    right = rng.random(len(place)) < 0.93
    others = (bank.truth[place] + rng.integers(1, len(operation.labels), len(place))) % len(operation.labels)
    columns = {
        "session_id": words([f"{operation.key}-s{week:02d}" for week in sessions], session),
        "held_on": calendar.first_day + 7 * sessions[session] + 2,
        "item_id": ids(f"{operation.key}-i", gold_numbers(place), 8),
        "person_id": crew.auditor_ids(judge),
        "label": words(operation.labels, np.where(right, bank.truth[place], others)),
        "agreed_label": words(operation.labels, bank.truth[place]),
        "blind": np.ones(len(place), bool),
    }
    return canonical("calibrations", operation.name, columns)


def coaching(operation: Operation, crew: Crew, calendar: Calendar, rng: np.random.Generator) -> pa.Table | None:
    """Make the ``coaching`` table: every week a lead talks to a few of the team."""
    rows: list[dict[str, Any]] = []
    for week in range(WEEKS):
        here = np.flatnonzero(crew.present[:, 7 * week + 3])
        for labeler in rng.permutation(here)[: 1 + crew.size // 12]:
            noted = int(calendar.utc(7 * week + 4)) + int(rng.integers(8, 16)) * HOUR
            rows.append(
                {
                    "person_id": f"L{crew.first_labeler + int(labeler)}",
                    "coach_id": f"T{crew.first_lead + int(crew.team[labeler])}",
                    "held_on": calendar.date(7 * week + 3),
                    "topic": _TOPICS[int(rng.integers(0, len(_TOPICS)))],
                    "next_check_on": calendar.date(7 * week + 17),
                    "acknowledged_at": noted if rng.random() < 0.8 else None,
                }
            )
    return listed("coaching", operation.name, rows)


def actions(operation: Operation, calendar: Calendar) -> pa.Table | None:
    """Make the ``actions`` table: corrective actions with the effect that was expected of each.

    None has an effect in this world. Each was opened on the Tuesday after the week that triggered it, which its
    baseline leaves out, and its window opens on the Monday after it was due.
    """

    def on(week: int, day: int = 0) -> dt.date:
        return calendar.date(7 * week + day)

    rows: list[dict[str, Any]] = []
    named = {"policy": operation.policies[0].name, "queue": operation.queues[0].name}
    for place, plan in enumerate(_ACTIONS):
        rows.append(
            {
                "action_id": f"{operation.key}-c{place + 1:02d}",
                "opened_on": on(plan.week, 1),
                "title": plan.title,
                "owner": operation.owners[0],
                "kpi": "accuracy",
                "registered_at": int(calendar.utc(7 * plan.week + 1, 36000)),
                "segment": json.dumps({plan.segment: named[plan.segment]}),
                "expected_effect": plan.effect,
                "due_on": on(plan.due),
                "done_on": on(plan.due, -2) if plan.done or plan.reopened else None,
                "baseline_from": on(plan.week - 5),
                "baseline_to": on(plan.week - 1),
                "evaluate_from": on(plan.due + 1),
                "evaluate_to": on(plan.due + 5),
                "acknowledged_on": on(plan.week, 2) if plan.acknowledged else None,
                "reopened_on": on(plan.reopened) if plan.reopened else None,
                "verdict": None,
            }
        )
    return listed("actions", operation.name, rows)
