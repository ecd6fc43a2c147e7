"""What follows from a week's decisions and audits: disputes, appeals, escalations."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from smo_reports.world.audits import Review, audit_numbers
from smo_reports.world.columns import NEVER, canonical, ids, words
from smo_reports.world.decisions import Work
from smo_reports.world.exports import decision_ids, item_numbers
from smo_reports.world.moments import DAY, Calendar
from smo_reports.world.operation import Ints, Operation
from smo_reports.world.people import Crew

DISPUTED, APPEALED, ESCALATED = 0.1, 0.02, 0.004
OUTCOMES = ("upheld", "overturned")
_REASONS = ("guideline allows it", "context was not shown", "wrong policy named", "label saved wrongly")


def _later(start: Ints, days: tuple[float, float], rng: np.random.Generator) -> Ints:
    return start + (rng.uniform(*days, len(start)) * DAY).astype(np.int64)


def disputes(
    operation: Operation, crew: Crew, work: Work, found: Review, calendar: Calendar, rng: np.random.Generator
) -> pa.Table | None:
    """Make the ``disputes`` table of a week: labelers object, mostly rightly where the audit was wrong."""
    place = np.flatnonzero(~found.correct & (rng.random(len(found.row)) < DISPUTED))
    raised = _later(found.at[place], (0.1, 2.0), rng)
    place, raised = place[raised < calendar.end_utc], raised[raised < calendar.end_utc]
    if not len(place):
        return None
    rows = found.row[place]
    resolved = _later(raised, (0.5, 5.0), rng)
    done = resolved < calendar.end_utc
    mistaken = work.label[rows] == work.truth[rows]
    overturned = rng.random(len(rows)) < np.where(mistaken, 0.9, 0.12)
    final = np.where(overturned, work.label[rows], found.label[place])
    columns = {
        "dispute_id": ids(f"{operation.key}-x", audit_numbers(work, place), 9),
        "audit_id": ids(f"{operation.key}-a", audit_numbers(work, place), 9),
        "raised_at": raised,
        "raised_by": crew.labelers(work.labeler[rows]),
        "level": words(["team", "policy"], (rng.random(len(rows)) < 0.2).astype(np.int64)),
        "reason": words(_REASONS, rng.integers(0, len(_REASONS), len(rows))),
        "resolver_id": crew.lead_ids(np.where(done, crew.team[work.labeler[rows]], -1)),
        "resolved_at": np.where(done, resolved, NEVER),
        "outcome": words(OUTCOMES, np.where(done, overturned.astype(np.int64), -1)),
        "final_label": words(operation.labels, np.where(done, final, -1)),
    }
    return canonical("disputes", operation.name, columns)


def appeals(operation: Operation, work: Work, calendar: Calendar, rng: np.random.Generator) -> pa.Table | None:
    """Make the ``appeals`` table of a week: users appeal, more often against wrong decisions."""
    violating = (work.label < len(operation.violating)) & (work.gold < 0) & ~work.copy
    wrong = work.label != work.truth
    rows = np.flatnonzero(violating & (rng.random(work.size) < APPEALED * np.where(wrong, 5, 1)))
    at = _later(work.submitted[rows], (0.05, 6.0), rng)
    rows, at = rows[at < calendar.end_utc], at[at < calendar.end_utc]
    if not len(rows):
        return None
    resolved = _later(at, (0.2, 4.0), rng)
    done = resolved < calendar.end_utc
    overturned = rng.random(len(rows)) < np.where(wrong[rows], 0.8, 0.06)
    columns = {
        "decision_id": decision_ids(operation, work, rows),
        "appealed_at": at,
        "resolved_at": np.where(done, resolved, NEVER),
        "outcome": words(OUTCOMES, np.where(done, overturned.astype(np.int64), -1)),
    }
    return canonical("appeals", operation.name, columns)


def escalations(operation: Operation, work: Work, calendar: Calendar, rng: np.random.Generator) -> pa.Table | None:
    """Make the ``escalations`` table of a week: labelers pass on what they are unsure of."""
    odds = ESCALATED * np.where(work.confidence < 0.6, 4, 1)
    rows = np.flatnonzero((rng.random(work.size) < odds) & (work.gold < 0) & ~work.copy)
    if not len(rows):
        return None
    resolved = _later(work.submitted[rows], (0.1, 3.0), rng)
    done = resolved < calendar.end_utc
    columns = {
        "escalation_id": ids(f"{operation.key}-e", work.first + rows, 8),
        "item_id": ids(f"{operation.key}-i", item_numbers(work.first + rows), 8),
        "opened_at": work.submitted[rows],
        "from_level": words(["labeler"], np.zeros(len(rows), np.int64)),
        "to_level": words(["lead", "policy team"], (rng.random(len(rows)) < 0.3).astype(np.int64)),
        "reason": words(["unclear guideline", "imminent harm", "new pattern"], rng.integers(0, 3, len(rows))),
        "resolved_at": np.where(done, resolved, NEVER),
        "outcome": words(["label kept", "label changed"], np.where(done, rng.integers(0, 2, len(rows)), -1)),
    }
    return canonical("escalations", operation.name, columns)
