"""Import of Label Studio exports: JSON, JSON-MIN and CSV.

An annotation becomes a decision. It is dated by ``created_at``, the moment its annotator submitted it:
``updated_at`` moves whenever anybody edits or migrates it. ``started_at`` stays absent: ``lead_time`` adds up
the seconds at work over several sittings, so a start cannot be told from it. An annotation marked as ground
truth becomes a gold answer and no decision, since compared with itself it would always be right. A review
becomes an audit, a prediction a prediction. E-mail addresses and names are never stored. Choices, labels,
ratings and the like make the label; free text is kept in ``decision_labels`` only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smo_reports.errors import ImportFileError
from smo_reports.project import ImportMap, Project
from smo_reports.sources.answers import SKIPPED, Rows
from smo_reports.sources.label_studio_min import flat_rows, is_flat
from smo_reports.sources.label_studio_results import answers, labels, person
from smo_reports.warehouse.parsed import Parsed

TABLES = {
    "decisions": (
        "decision_id",
        "item_id",
        "labeler_id",
        "label",
        "submitted_at",
        "handling_s",
        "skipped",
        "model_version",
        "model_label",
        "model_score",
        "_rule",
        "_detail",
    ),
    "decision_labels": ("decision_id", "question", "value", "value_type", "rank"),
    "gold": ("item_id", "gold_label", "added_at"),
    "audits": ("audit_id", "decision_id", "auditor_id", "audited_at", "correct", "audit_label", "comment"),
    "predictions": ("item_id", "model_version", "predicted_label", "score", "predicted_at"),
}
"""The columns that this format can fill."""


def read(file: Path, project: Project, options: ImportMap | None) -> Iterator[Parsed]:
    """Read an export.

    Parameters
    ----------
    file : Path
    project : Project
    options : ImportMap or None
        ``columns: {label: …}`` names the question (``from_name``) that gives the label; without it all closed
        questions do.

    Raises
    ------
    ImportFileError
        When the file is no Label Studio export.
    """
    question = str(options.columns["label"]) if options and "label" in options.columns else None
    rows = Rows(TABLES)
    if _is_json(file):
        tasks = _tasks(file)
        if isinstance(tasks, str):
            yield from rows.batches(end=True, notes=(tasks,))
            return
        if is_flat(tasks):
            yield from flat_rows(file, tasks, question, rows)
            return
        yield from _full(tasks, question, rows)
        return
    yield from flat_rows(file, None, question, rows)


def _is_json(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")


def _tasks(file: Path) -> list[dict[str, Any]] | str:
    """Load the tasks; a text says why there are none."""
    try:
        found = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (ValueError, UnicodeDecodeError) as error:
        raise ImportFileError(f"{file}: not whole JSON ({error}); export it again") from None
    if isinstance(found, dict) and {"images", "categories"} <= set(found):
        return "a COCO file says nothing of who labeled what: there is nothing to import; export JSON"
    tasks = [found] if isinstance(found, dict) else found
    if not all(isinstance(task, dict) and ("id" in task or "annotations" in task) for task in tasks):
        raise ImportFileError(
            f"{file}: not a Label Studio export: expected a list of tasks; export JSON, JSON-MIN or CSV"
        )
    return list(tasks)


def _full(tasks: list[dict[str, Any]], question: str | None, rows: Rows) -> Iterator[Parsed]:
    counts: Counter[str] = Counter()
    for line, task in enumerate(tasks, 1):
        annotations = task.get("annotations") or task.get("completions") or []
        counts["tasks without annotations"] += not annotations
        counts["drafts, which are no decisions"] += len(task.get("drafts") or [])
        for annotation in annotations:
            _annotation(rows, line, task, annotation, question)
        for prediction in task.get("predictions") or []:
            if isinstance(prediction, dict):
                _prediction(rows, line, task, prediction, question)
        yield from rows.batches(end=False)
    notes = tuple(f"{what}: {count:,}" for what, count in counts.items() if count)
    yield from rows.batches(end=True, notes=notes)


def _annotation(rows: Rows, line: int, task: dict[str, Any], annotation: dict[str, Any], question: str | None) -> None:
    result = annotation.get("result") or []
    if annotation.get("ground_truth"):
        gold = labels(result, question)
        rows.add("gold", line, item_id=task.get("id"), gold_label=gold, added_at=annotation.get("created_at"))
        return
    skipped = bool(annotation.get("was_cancelled"))
    shown = annotation.get("prediction")
    model = shown if isinstance(shown, dict) and shown else {}
    rows.add(
        "decisions",
        line,
        decision_id=annotation.get("id"),
        item_id=task.get("id"),
        labeler_id=person(annotation.get("completed_by")),
        label=SKIPPED if skipped else labels(result, question),
        submitted_at=annotation.get("created_at"),
        handling_s=annotation.get("lead_time"),
        skipped=skipped,
        model_version=model.get("model_version"),
        model_label=labels(model.get("result") or [], question) if model else None,
        model_score=model.get("score"),
    )
    if not skipped and annotation.get("id") is not None:
        _answers(rows, line, annotation["id"], result)
    for review in annotation.get("reviews") or []:
        _review(rows, line, annotation, review, question)


def _answers(rows: Rows, line: int, decision: Any, result: list[dict[str, Any]]) -> None:
    for rank, (asked, value, kind) in enumerate(dict.fromkeys(answers(result)), 1):
        rows.add(
            "decision_labels",
            line,
            decision_id=decision,
            question=asked,
            value=value,
            value_type=kind,
            rank=rank,
        )


def _review(rows: Rows, line: int, annotation: dict[str, Any], review: dict[str, Any], question: str | None) -> None:
    """Add one review: accepted as it was is correct; accepted after a fix, or rejected, is not."""
    mended = review.get("result")
    fixed = bool(mended) or review.get("fixed_annotation_history") is not None
    accepted = review.get("accepted")
    rows.add(
        "audits",
        line,
        audit_id=review.get("id"),
        decision_id=annotation.get("id"),
        auditor_id=person(review.get("created_by")),
        audited_at=review.get("created_at"),
        correct=None if accepted is None else bool(accepted) and not fixed,
        audit_label=labels(mended, question) if isinstance(mended, list) and mended else None,
        comment=review.get("comment"),
    )


def _prediction(rows: Rows, line: int, task: dict[str, Any], prediction: dict[str, Any], question: str | None) -> None:
    rows.add(
        "predictions",
        line,
        item_id=task.get("id"),
        model_version=prediction.get("model_version"),
        predicted_label=labels(prediction.get("result") or [], question),
        score=prediction.get("score"),
        predicted_at=prediction.get("created_at"),
    )
