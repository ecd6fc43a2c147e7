"""Import of CrowdFlower (later Figure Eight, Appen) full reports: one row per judgement.

A judgement becomes a decision; addresses and places of workers are not read. Times are month first and UTC. The
answer columns are named in a map (``columns: {label: selected_answer}``) or found: a column without a leading
underscore whose value varies between the judgements of one unit is an answer, because input is the same for all of
them. Input that somebody edited in between varies too, but in few units: a column that varies in less than a fifth as
many units as the most varying one is taken for input. The label comes from the most varying answer column (the first
of equals); the others are kept in ``decision_labels``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import ImportMap, Project
from smo_reports.sources.answers import Rows, joined
from smo_reports.sources.records import Record, delimiter_of, records
from smo_reports.warehouse.parsed import Parsed, Reading

_FORMAT = "%m/%d/%Y %H:%M:%S"
_NAMES = {
    "decision_id": ("_id", "judgmentId"),
    "item_id": ("_unit_id", "unitId"),
    "labeler_id": ("_worker_id", "workerId"),
    "started_at": ("_started_at", "startedAt"),
    "submitted_at": ("_created_at", "submittedAt"),
    "is_gold": ("_golden", "golden"),
    "confidence": ("_trust", "trust"),
    "vendor": ("_channel", "channel"),
}
_REQUIRED = ("decision_id", "item_id", "labeler_id")
_OWN = {name for names in _NAMES.values() for name in names}
_BRACKETS = re.compile(r"(\[[^\[\]]*\]\s*)+")
_TOKENS = re.compile(r"\w+(\s+\w+)*")


@dataclass(frozen=True)
class _Layout:
    """Where things stand in a report: canonical columns, answer columns, and the one that gives the label."""

    places: dict[str, int]
    answers: dict[str, int]
    label: str
    gold: int | None
    spaced: frozenset[str]
    several: bool
    notes: tuple[str, ...]


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
    layout = _layout(file, delimiter, encoding, options)
    form = (options.time_format if options else None) or _FORMAT
    columns = (*layout.places, "label", "handling_s", "_rule", "_detail")
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
    rows: Rows, record: Record, layout: _Layout, values: dict[str, str], gold: set[tuple[str, str]], form: str
) -> None:
    cells = {name: record.cells[at].strip() for name, at in layout.places.items()}
    answers = {
        name: [
            values.get(value, value) if name == layout.label else value
            for value in _values(record.cells[at], name in layout.spaced)
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
        found = [values.get(value, value) for value in _values(known, layout.label in layout.spaced)]
        pair = cells["item_id"], joined(found)
        if pair not in gold:
            gold.add(pair)
            rows.add("gold", record.line, item_id=pair[0], gold_label=pair[1])


def _values(cell: str, spaced: bool) -> list[str]:
    """Split an answer into its values: a JSON list, ``[A] [B]``, lines, or words where a column has only names."""
    cell = cell.strip()
    if cell.startswith('["') or cell == "[]":
        try:
            return [str(value).strip() for value in json.loads(cell) if str(value).strip()]
        except ValueError:
            return [cell]
    if _BRACKETS.fullmatch(cell):
        return [value.strip() for value in re.findall(r"\[([^\[\]]*)\]", cell) if value.strip()]
    found = cell.split() if spaced else cell.splitlines()
    return [value.strip() for value in found if value.strip()]


def _seconds(started: str, submitted: str, form: str) -> float | None:
    try:
        seconds = (
            dt.datetime.strptime(submitted, form) - dt.datetime.strptime(started, form)
        ).total_seconds()
    except ValueError:
        return None
    return seconds if seconds >= 0 else None


def _layout(file: Path, delimiter: str, encoding: str, options: ImportMap | None) -> _Layout:
    found = records(file, delimiter, encoding)
    header = [name.strip() for name in next(found).cells]
    places = {name: header.index(own) for name, names in _NAMES.items() for own in names if own in header}
    missing = [f"{name} ({' or '.join(_NAMES[name])})" for name in _REQUIRED if name not in places]
    if missing:
        raise ImportFileError(
            f"{file}: not a CrowdFlower full report: no column for {', '.join(missing)}; the file has: "
            f"{', '.join(header)}. Export the full report, or import it as format delimited with a map"
        )
    named = dict(options.columns) if options else {}
    for source in named.values():
        if source not in header:
            raise ImportFileError(f"{file}: no column {source!r}; {nearest(str(source), header)}")
    label = named.pop("label", None)
    seen = _scan(found, header, places["item_id"])
    varying, tainted = seen.varying, seen.tainted
    chosen = [str(label)] if label is not None else _answers(file, header, varying)
    notes = [
        f"the label is {chosen[0]!r}" + (f"; also answers: {', '.join(chosen[1:])}" if chosen[1:] else "")
    ]
    if tainted:
        notes.append(f"{tainted:,} judgements marked as tainted are taken like the others")
    return _Layout(
        {**places, **{name: header.index(str(source)) for name, source in named.items()}},
        {name: header.index(name) for name in chosen},
        chosen[0],
        header.index(f"{chosen[0]}_gold") if f"{chosen[0]}_gold" in header else None,
        frozenset(seen.spaced & set(chosen)),
        len(chosen) > 1 or chosen[0] in seen.lists,
        tuple(notes),
    )


@dataclass
class _Seen:
    """What one look through a report tells about its columns."""

    varying: Counter[str]
    spaced: set[str]
    lists: set[str]
    tainted: int


def _scan(found: Iterator[Record], header: list[str], unit: int) -> _Seen:
    """Count in how many units each column varies; find columns of names between spaces, and those of lists."""
    first: dict[str, list[str]] = {}
    varied: set[tuple[str, int]] = set()
    names: Counter[int] = Counter()
    worded = set(range(len(header)))
    lists: set[int] = set()
    tainted = 0
    at_taint = header.index("_tainted") if "_tainted" in header else None
    for record in found:
        cells = record.cells
        if len(cells) != len(header):
            continue
        tainted += at_taint is not None and cells[at_taint].lower() == "true"
        seen = first.setdefault(cells[unit], cells)
        varied |= {(cells[unit], at) for at, cell in enumerate(cells) if cell != seen[at]}
        for at, cell in enumerate(cells):
            cell = cell.strip()
            if cell and at in worded and not _TOKENS.fullmatch(cell):
                worded.discard(at)
            elif at in worded:
                tokens = cell.split()
                names[at] += sum(1 if "_" in token else -1 for token in tokens)
            if len(_values(cell, at in worded)) > 1 or cell.startswith("["):
                lists.add(at)
    spaced = {at for at in worded if names[at] > 0}
    lists -= {at for at in worded if at not in spaced}
    return _Seen(
        Counter(header[at] for _, at in varied),
        {header[at] for at in spaced},
        {header[at] for at in lists},
        tainted,
    )


def _answers(file: Path, header: list[str], varying: Counter[str]) -> list[str]:
    """Choose the answer columns, the one that varies in most units first."""
    able = [
        name
        for name in header
        if not name.startswith("_") and name not in _OWN and not name.endswith("_gold") and varying[name]
    ]
    if not able:
        raise ImportFileError(
            f"{file}: no column varies between the judgements of a unit, so the answer cannot be found; name it in a "
            f"map (columns: {{label: …}}); the file has: {', '.join(header)}"
        )
    most = max(varying[name] for name in able)
    kept = [name for name in able if varying[name] * 5 >= most]
    return sorted(kept, key=lambda name: -varying[name])
