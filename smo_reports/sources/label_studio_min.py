"""Label Studio's flat exports, JSON-MIN and CSV: a row per annotation, the task's keys beside the answers.

Which keys are answers is not said. They are those named in a map (``columns: {label: sentiment}``) or else
those whose value can only be an answer: regions with labels, or an object with choices. Where there is
neither, the row is set aside, and its rule says how to name the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from smo_reports.errors import ImportFileError, nearest
from smo_reports.sources.answers import Rows, joined, text
from smo_reports.sources.label_studio_results import person
from smo_reports.sources.records import delimiter_of, first, records
from smo_reports.warehouse.parsed import Parsed

_FIELDS = {
    "decision_id": "annotation_id",
    "item_id": "id",
    "labeler_id": "annotator",
    "submitted_at": "created_at",
    "handling_s": "lead_time",
}
_OWN = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
NO_ANSWER = "no answer column"


def is_flat(tasks: list[dict[str, Any]]) -> bool:
    """Say whether tasks are those of JSON-MIN."""
    return bool(tasks) and all("annotations" not in task and "annotation_id" in task for task in tasks)


def flat_rows(file: Path, found: list[dict[str, Any]] | None, question: str | None, rows: Rows) -> Iterator[Parsed]:
    """Read flat rows.

    Parameters
    ----------
    file : Path
    found : list of dict or None
        The rows; ``None`` reads them from the CSV file.
    question : str or None
        The column of the answer.
    rows : Rows
        Its columns of ``decisions`` become those that the file has.

    Raises
    ------
    ImportFileError
        When the file has no ``annotation_id`` column, or not the column asked for.
    """
    keys = _header(file) if found is None else {key for row in found for key in row}
    fields = tuple(column for column, key in _FIELDS.items() if key in keys)
    rows.columns = {**rows.columns, "decisions": (*fields, "label", "_rule", "_detail")}
    for line, row in _csv(file, question) if found is None else enumerate(found, 1):
        if "_rule" in row:
            rows.add("decisions", line, **row)
        else:
            _add(rows, line, row, question)
        yield from rows.batches(end=False)
    yield from rows.batches(end=True)


def _header(file: Path) -> set[str]:
    encoding = "utf-8-sig"
    return {name.strip() for name in first(file, _delimiter(file, encoding), encoding).cells}


def _csv(file: Path, question: str | None) -> Iterator[tuple[int, dict[str, Any]]]:
    encoding = "utf-8-sig"
    header: list[str] = []
    for record in records(file, _delimiter(file, encoding), encoding):
        if not header:
            header = [name.strip() for name in record.cells]
            if "annotation_id" not in header:
                raise ImportFileError(
                    f"{file}: not a Label Studio export: no column annotation_id; the file has: {', '.join(header)}"
                )
            if question is not None and question not in header:
                raise ImportFileError(f"{file}: no column {question!r}; {nearest(question, header)}")
        elif len(record.cells) != len(header):
            detail = f"{len(record.cells)} fields, expected {len(header)}; correct the row"
            yield record.line, {"_rule": "wrong number of fields", "_detail": detail}
        else:
            yield record.line, dict(zip(header, record.cells, strict=True))


def _delimiter(file: Path, encoding: str) -> str:
    """Exports with the ending ``.csv`` may be split by tabs."""
    return delimiter_of(file.with_suffix("") if file.suffix == ".tsv" else file, None, encoding)


def _add(rows: Rows, line: int, row: dict[str, Any], question: str | None) -> None:
    found = {
        name: values
        for name, cell in row.items()
        if (name == question if question is not None else name not in _OWN)
        and (values := _values(cell, certain=question is None)) is not None
    }
    fields = {column: row.get(key) for column, key in _FIELDS.items()}
    fields["labeler_id"] = person(fields["labeler_id"])
    if not found and question is None:
        able = ", ".join(name for name in row if name not in _OWN)
        detail = f"name the answer's column in a map, columns: {{label: …}}; it may be one of: {able}"
        rows.add("decisions", line, **fields, _rule=NO_ANSWER, _detail=detail)
        return
    rows.add("decisions", line, **fields, label=joined(value for said in found.values() for value in said))
    pairs = [(name, value) for name, said in found.items() for value in dict.fromkeys(said)]
    for rank, (name, value) in enumerate(pairs, 1):
        rows.add(
            "decision_labels",
            line,
            decision_id=row.get("annotation_id"),
            question=name,
            value=value,
            rank=rank,
        )


def _values(cell: Any, *, certain: bool) -> list[str] | None:
    """Read an answer; ``certain`` gives ``None`` for what may be anything else."""
    if isinstance(cell, str) and cell[:1] in ("[", "{"):
        with suppress(ValueError):
            cell = json.loads(cell)
    if isinstance(cell, dict) and "choices" in cell:
        return [str(choice) for choice in cell["choices"]]
    if isinstance(cell, list) and cell and all(isinstance(region, dict) for region in cell):
        said = [value for region in cell for key, value in region.items() if key.endswith("labels")]
        if said:
            return [str(one) for value in said for one in (value if isinstance(value, list) else [value])]
    if certain:
        return None
    many = cell if isinstance(cell, list) else [cell]
    return [one.strip() for one in map(text, many) if one and one.strip()]
