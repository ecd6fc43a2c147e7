"""Import of CrowdFlower (later Figure Eight, Appen) full reports: one row per judgement.

A judgement becomes a decision; addresses and places of workers are not read. Times are month first and UTC.
The answer columns are named in a map (``columns: {label: selected_answer}``) or found: a column without a
leading underscore whose value varies between the judgements of one unit is an answer, because input is the
same for all of them. Input that somebody edited in between varies too, but in few units: a column that varies
in less than a fifth as many units as the most varying one is taken for input. The label comes from the most
varying answer column (the first of equals); the others are kept in ``decision_labels``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from smo_reports.project import ImportMap, Project
from smo_reports.sources.answers import Rows, joined
from smo_reports.sources.crowdflower_layout import Layout, layout_of, values_of
from smo_reports.sources.records import Record, delimiter_of, records
from smo_reports.warehouse.parsed import Parsed, Reading

_FORMAT = "%m/%d/%Y %H:%M:%S"


def read(file: Path, project: Project, options: ImportMap | None) -> Iterator[Parsed]:
    """Read a full report.

    Parameters
    ----------
    file : Path
        CSV, packed with gzip or not.
    project : Project
    options : ImportMap or None
        ``columns`` may name the answer column as ``label`` and further columns of ``decisions``; ``values``
        translates labels.

    Raises
    ------
    ImportFileError
        When the file is no full report, or no answer column is named or found.
    """
    encoding = options.encoding if options else "utf-8-sig"
    delimiter = delimiter_of(file, options.delimiter if options else None, encoding)
    layout = layout_of(file, delimiter, encoding, options)
    form = (options.time_format if options else None) or _FORMAT
    # What the report does not say is no column of it: an import keeps what is stored there.
    timed = ("handling_s",) if {"started_at", "submitted_at"} <= set(layout.places) else ()
    columns = (*dict.fromkeys((*layout.places, "label", *timed)), "_rule", "_detail")
    tables = {
        "decisions": columns,
        "decision_labels": ("decision_id", "question", "value", "rank"),
        "gold": ("item_id", "gold_label"),
    }
    rows = Rows(tables, Reading(form, (options.time_zone if options else None) or "UTC"))
    values = options.values.get("label", {}) if options else {}
    gold: set[tuple[str, str]] = set()
    notes = layout.notes
    width = 0
    for record in records(file, delimiter, encoding):
        if not width:
            width = len(record.cells)
        elif len(record.cells) != width:
            detail = f"{len(record.cells)} fields, expected {width}; correct the row"
            rows.add("decisions", record.line, _rule="wrong number of fields", _detail=detail)
        else:
            _add(rows, record, layout, values, gold, form)
        yield from rows.batches(end=False)
    yield from rows.batches(end=True, notes=notes)


def _add(
    rows: Rows, record: Record, layout: Layout, values: dict[str, str], gold: set[tuple[str, str]], form: str
) -> None:
    cells = {name: record.cells[at].strip() for name, at in layout.places.items()}
    answers = {
        name: [
            values.get(value, value) if name == layout.label else value
            for value in values_of(record.cells[at], name in layout.spaced)
        ]
        for name, at in layout.answers.items()
    }
    label = joined(answers[layout.label])
    seconds = _seconds(cells.get("started_at", ""), cells.get("submitted_at", ""), form)
    rows.add("decisions", record.line, **{"handling_s": seconds, **cells}, label=label)
    if layout.several:
        for question, found in answers.items():
            for rank, value in enumerate(dict.fromkeys(found), 1):
                rows.add(
                    "decision_labels",
                    record.line,
                    decision_id=cells["decision_id"],
                    question=question,
                    value=value,
                    rank=rank,
                )
    known = record.cells[layout.gold].strip() if layout.gold is not None else ""
    if known:
        found = [values.get(value, value) for value in values_of(known, layout.label in layout.spaced)]
        pair = cells["item_id"], joined(found)
        if pair not in gold:
            gold.add(pair)
            rows.add("gold", record.line, item_id=pair[0], gold_label=pair[1])


def _seconds(started: str, submitted: str, form: str) -> float | None:
    try:
        seconds = (dt.datetime.strptime(submitted, form) - dt.datetime.strptime(started, form)).total_seconds()
    except ValueError:
        return None
    return seconds if seconds >= 0 else None
