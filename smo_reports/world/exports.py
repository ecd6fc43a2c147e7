"""A week's decisions as canonical tables: decisions, multi-select answers, predictions, items."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from smo_reports.world.answers import NEW_MODEL_WEEK
from smo_reports.world.columns import NEVER, canonical, ids, words
from smo_reports.world.decisions import Work
from smo_reports.world.items import NEW_GOLD_WEEK, Bank
from smo_reports.world.moments import Calendar
from smo_reports.world.operation import SEVERITIES, Ints, Operation
from smo_reports.world.people import Crew, team_names

ID_ROOM = 10**8
_SCRAMBLE = 27_644_437
GUIDELINES = ((0, "g3.0"), (8, "g3.1"), (22, "g4.0"))
TOOLS = ((0, "t12.2"), (9, "t12.3"), (17, "t12.4"), (19, "t12.5"))
MODELS = ((0, "m7"), (NEW_MODEL_WEEK, "m8"))


def version(released: tuple[tuple[int, str], ...], week: int) -> str:
    """Name the version in use in a week."""
    return [name for start, name in released if start <= week][-1]


def item_numbers(numbers: Ints) -> Ints:
    """Scramble numbers below 100 million, one to one, so that an item's id says nothing about it."""
    return numbers % ID_ROOM * _SCRAMBLE % ID_ROOM


def gold_numbers(positions: Ints) -> Ints:
    """Give gold items numbers from the far end, so that they never meet an ordinary item's number."""
    return item_numbers(ID_ROOM - 1 - positions)


def item_ids(operation: Operation, work: Work) -> pa.Array:
    """Each decision's item id; a gold item's looks like any other."""
    plain = item_numbers(work.first + work.item)
    return ids(f"{operation.key}-i", np.where(work.gold >= 0, gold_numbers(work.gold), plain), 8)


def decision_ids(operation: Operation, work: Work, rows: Ints) -> pa.Array:
    """Ids of some of the week's decisions."""
    return ids(f"{operation.key}-d", work.first + rows, 8)


def batch_codes(operation: Operation, work: Work) -> Ints:
    """Give the week where the decision's queue is delivered in batches, else -1; gold belongs to no batch."""
    batched = np.array([one.batched for one in operation.queues])[work.queue] & (work.gold < 0)
    return np.where(batched, work.week, -1)


def batch_names(operation: Operation) -> list[str]:
    """Ids of the weekly batches."""
    return [f"{operation.key}-b{week:02d}" for week in range(26)]


def _languages(operation: Operation, work: Work) -> pa.Array:
    spoken = [(list(one.languages) * 2)[:2] for one in operation.markets]
    names = list(dict.fromkeys(name for pair in spoken for name in pair))
    table = np.array([[names.index(name) for name in pair] for pair in spoken])
    return words(names, table[work.market, work.language])


def _staff(operation: Operation, crew: Crew, work: Work) -> dict[str, pa.Array]:
    vendor = crew.vendor[work.labeler]
    return {
        "labeler_id": crew.labelers(work.labeler),
        "vendor": words([pair[0] for pair in crew.vendors], vendor),
        "team": words(team_names(operation, crew), crew.team[work.labeler]),
        "site": words([pair[1] for pair in crew.vendors], vendor),
    }


def decisions(operation: Operation, crew: Crew, calendar: Calendar, work: Work) -> pa.Table:
    """Make the ``decisions`` table of a week."""
    size = work.size
    same = np.zeros(size, np.int64)
    known = work.gold >= 0
    work_date, local_hour = calendar.local(work.submitted)
    columns = {
        "decision_id": decision_ids(operation, work, np.arange(size)),
        "item_id": item_ids(operation, work),
        "label": words(operation.labels, work.label),
        "submitted_at": work.submitted,
        "task": words(["review"], same),
        "round": same + 1,
        "is_final": ~work.copy,
        "started_at": work.started,
        "arrived_at": np.where(known, NEVER, work.arrived),
        "due_at": np.where(known, NEVER, work.due),
        "handling_s": work.handling,
        "work_date": work_date,
        "local_hour": local_hour,
        "policy": words([one.name for one in operation.policies], work.policy),
        "queue": words([one.name for one in operation.queues], work.queue),
        "market": words([one.name for one in operation.markets], work.market),
        "language": _languages(operation, work),
        "content_type": words(list(operation.contents), work.content),
        "severity": words(SEVERITIES, work.severity),
        **_staff(operation, crew, work),
        "batch_id": words(batch_names(operation), batch_codes(operation, work)),
        "is_gold": known,
        "blind": work.blind,
        "overtime": work.overtime,
        "guideline_version": words([version(GUIDELINES, work.week)], same),
        "tool_version": words([version(TOOLS, work.week)], same),
        "confidence": work.confidence,
        "skipped": np.zeros(size, bool),
        "model_version": words([version(MODELS, work.week)], same),
        "model_label": words(operation.labels, work.model_label),
        "model_score": work.model_score,
    }
    return canonical("decisions", operation.name, columns)


def answers(operation: Operation, work: Work, rng: np.random.Generator) -> pa.Table | None:
    """Make the ``decision_labels`` table: signals ticked for violating decisions, where a project asks."""
    violating = np.flatnonzero(work.label < len(operation.violating))
    if not operation.multi_select or not len(violating):
        return None
    options = len(operation.multi_select)
    first = rng.integers(0, options, len(violating))
    more = np.flatnonzero(rng.random(len(violating)) < 0.4)
    second = (first[more] + rng.integers(1, options, len(more))) % options
    rows = np.concatenate([violating, violating[more]])
    columns = {
        "decision_id": decision_ids(operation, work, rows),
        "question": words(["signals"], np.zeros(len(rows), np.int64)),
        "value": words(operation.multi_select, np.concatenate([first, second])),
        "value_type": words(["choice"], np.zeros(len(rows), np.int64)),
        "rank": np.repeat([1, 2], [len(violating), len(more)]),
    }
    return canonical("decision_labels", operation.name, columns)


def score_texts(operation: Operation) -> list[str]:
    """For each label and each score in hundredths, the JSON of all labels' probabilities."""
    steps = np.diff(operation.confusion, axis=1, prepend=0.0)
    found = []
    for code in range(len(operation.labels)):
        for hundredths in range(101):
            rest = steps[code] * (1 - hundredths / 100)
            rest[code] = hundredths / 100
            found.append(json.dumps({name: round(float(p), 4) for name, p in zip(operation.labels, rest, strict=True)}))
    return found


def predictions(
    operation: Operation, work: Work, texts: list[str], share: float, rng: np.random.Generator
) -> pa.Table | None:
    """Make the ``predictions`` table: the model's output for a sample of the week's items."""
    rows = np.flatnonzero((rng.random(work.size) < share) & (work.gold < 0) & ~work.copy)
    if not len(rows):
        return None
    label, score = work.model_label[rows], work.model_score[rows]
    columns = {
        "item_id": ids(f"{operation.key}-i", item_numbers(work.first + rows), 8),
        "model_version": words([version(MODELS, work.week)], np.zeros(len(rows), np.int64)),
        "predicted_label": words(operation.labels, label),
        "score": score,
        "predicted_at": work.arrived[rows],
        "scores": words(texts, label * 101 + np.rint(score * 100).astype(np.int64)),
    }
    return canonical("predictions", operation.name, columns)


def closed_items(operation: Operation, work: Work) -> pa.Table | None:
    """Make the ``items`` table of a week: what was closed, in the exported queues."""
    listed = np.array([one.listed for one in operation.queues])
    rows = np.flatnonzero((work.gold < 0) & ~work.copy & listed[work.queue])
    if not len(rows):
        return None
    columns = {
        "item_id": ids(f"{operation.key}-i", item_numbers(work.first + rows), 8),
        "queue": words([one.name for one in operation.queues], work.queue[rows]),
        "arrived_at": work.arrived[rows],
        "due_at": work.due[rows],
        "closed_at": work.closed[rows],
        "status": words(["closed"], np.zeros(len(rows), np.int64)),
        "batch_id": words(batch_names(operation), batch_codes(operation, work)[rows]),
        "severity": words(SEVERITIES, work.severity[rows]),
        "market": words([one.name for one in operation.markets], work.market[rows]),
    }
    return canonical("items", operation.name, columns)


def gold_items(operation: Operation, bank: Bank, calendar: Calendar) -> pa.Table:
    """Make the ``gold`` table: the bank's two versions, some of the first retired."""
    place = np.arange(len(bank.truth))
    newer, change = place >= bank.old, int(calendar.utc(7 * NEW_GOLD_WEEK))
    retired = (place >= bank.kept) & ~newer
    columns = {
        "item_id": ids(f"{operation.key}-i", gold_numbers(place), 8),
        "gold_label": words(operation.labels, bank.answer),
        "gold_version": words(["v1", "v2"], newer.astype(np.int64)),
        "policy": words([one.name for one in operation.policies], bank.policy),
        "added_at": np.where(newer, change, int(calendar.utc(-10))),
        "retired_at": np.where(retired, change, NEVER),
    }
    return canonical("gold", operation.name, columns)
