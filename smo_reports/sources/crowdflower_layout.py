"""Where things stand in a CrowdFlower report: its own columns, the answers, and how an answer is split."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import ImportMap
from smo_reports.sources.records import Record, records

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
class Layout:
    """Where things stand in a report: canonical columns, answer columns, and the one that gives the label."""

    places: dict[str, int]
    answers: dict[str, int]
    label: str
    gold: int | None
    spaced: frozenset[str]
    several: bool
    notes: tuple[str, ...]


def values_of(cell: str, spaced: bool) -> list[str]:
    """Split an answer into its values: a JSON list, ``[A] [B]``, lines, or words where ``spaced``."""
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


def layout_of(file: Path, delimiter: str, encoding: str, options: ImportMap | None) -> Layout:
    """Find a report's columns; an error when it is no full report or its answer cannot be found."""
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
    notes = [f"the label is {chosen[0]!r}" + (f"; also answers: {', '.join(chosen[1:])}" if chosen[1:] else "")]
    if tainted:
        notes.append(f"tainted judgements, taken like the others: {tainted:,}")
    return Layout(
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
    """Count in how many units each column varies; find columns of spaced names and of lists."""
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
            if len(values_of(cell, at in worded)) > 1 or cell.startswith("["):
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
            f"{file}: no column varies between the judgements of a unit, so the answer cannot be found; name "
            f"it in a map (columns: {{label: …}}); the file has: {', '.join(header)}"
        )
    most = max(varying[name] for name in able)
    kept = [name for name in able if varying[name] * 5 >= most]
    return sorted(kept, key=lambda name: -varying[name])
