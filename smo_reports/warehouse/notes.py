"""What a lead writes beside a finding: whys and branches of a fishbone, kept for good in the workspace.

One file a project and report, ``notes/<project>/<report>.jsonl``, one note a line, the newest last. Notes are not rows:
they speak of a page, a project that reads from a server has them as well, and writing one must not make every report
of the project run again because its data changed. So they lie beside the warehouse's tables, and are read as they are.

A line is never changed and never removed: a slot's newest note is what is shown, and an empty one takes it back.
The file is replaced as a whole, so that whoever reads while another writes sees all notes or all but the newest.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock

from smo_reports.errors import ParameterError, WarehouseError, nearest

FOLDER = "notes"
WHY, BRANCH = "why", "branch"
BRANCHES = ("guideline", "training", "tool", "measurement", "work", "load")
"""The bones of the fish: none of them is a person."""

MOST_TEXT, MOST_NOTES, MOST_WHYS = 2_000, 5_000, 5
"""Characters of a note, notes of a report, and whys of a finding: this is for reasons, not for documents."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_FIELDS = ("project", "report", "start", "end", "finding", "block", "slot", "text", "by", "at", "note_id")


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes
    ----------
    project, report : str
    start, end : str
        The page's period, ISO dates, the end exclusive; empty where it is open.
    finding : str
        Its segment as :func:`~smo_reports.warehouse.finding_names.finding_key` writes it.
    block : {"why", "branch"}
    slot : str
        The why's number from 1, or the branch.
    text : str
        Empty where the slot's note is taken back.
    by, at, note_id : str
        Who wrote it, when (ISO 8601, UTC), and its id.
    """

    project: str
    report: str
    start: str
    end: str
    finding: str
    block: str
    slot: str
    text: str
    by: str
    at: str = ""
    note_id: str = ""


def add_note(root: Path, note: Note, timeout: float = 30.0) -> Note:
    """Write a note after all others of its project and report.

    Parameters
    ----------
    root : Path
        The workspace's folder.
    note : Note
        Its ``at`` and ``note_id`` are made.
    timeout : float
        Seconds to wait for another who is writing.

    Returns
    -------
    Note
        As it was stored.

    Raises
    ------
    ParameterError
        When the note breaks a rule; nothing is stored.
    WarehouseError
        When the file cannot be read or written.
    """
    _check(note)
    path = _path(root, note.project, note.report)
    made = Note(**{**asdict(note), "at": _now(), "note_id": uuid.uuid4().hex[:12]})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock", timeout=timeout):
            held = read_notes(root, note.project, note.report)
            if len(held) >= MOST_NOTES:
                raise ParameterError(f"{path} holds {len(held):,} notes, which is the most; move it away to begin anew")
            _replace(path, [*held, made])
    except filelock.Timeout:
        raise WarehouseError(f"{path}: somebody else has been writing for {timeout:.0f} s; try again") from None
    except OSError as error:
        raise WarehouseError(f"{path}: the note was not stored: {error}") from error
    return made


def read_notes(root: Path, project: str, report: str) -> tuple[Note, ...]:
    """All notes of a project's report, in the order in which they were written; none where there is no file.

    Raises
    ------
    ParameterError
        When the project or the report has no plain name.
    WarehouseError
        When the file is not UTF-8 or cannot be read, or a line is no note.
    """
    path = _path(root, project, report)
    if not path.is_file():
        return ()
    found = []
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WarehouseError(f"{path} cannot be read as UTF-8: {error}; mend the file or move it away") from None
    for place, line in enumerate(lines, 1):
        if line:
            found.append(_parsed(path, place, line))
    return tuple(found)


def in_force(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """The newest note of each slot; those that were taken back are left out."""
    newest = {(one.start, one.end, one.finding, one.block, one.slot): one for one in notes}
    return tuple(one for one in newest.values() if one.text)


def _check(note: Note) -> None:
    _check_place(note)
    for name, most in (("text", MOST_TEXT), ("finding", 500), ("by", 100)):
        size = len(getattr(note, name))
        if size > most:
            raise ParameterError(f"the note's {name} has {size:,} characters; at most {most:,} are kept")
        if any("\ud800" <= one <= "\udfff" for one in getattr(note, name)):
            raise ParameterError(f"the note's {name} is not whole text: half a character is in it; type it anew")
    if not note.by.strip():
        raise ParameterError("a note needs somebody who wrote it; say --by")


def _check_place(note: Note) -> None:
    if note.block not in (WHY, BRANCH):
        raise ParameterError(f"a note is a why or a branch, not {note.block!r}; {nearest(note.block, (WHY, BRANCH))}")
    known = BRANCHES if note.block == BRANCH else tuple(str(one) for one in range(1, MOST_WHYS + 1))
    if note.slot not in known:
        raise ParameterError(f"no {note.block} {note.slot!r}; {nearest(note.slot, known)}")


def _path(root: Path, project: str, report: str) -> Path:
    for what, name in (("project", project), ("report", report)):
        if not _PLAIN.fullmatch(name):
            raise ParameterError(f"{what} {name!r} is no plain name; use letters, digits, '-', '_' and '.'")
    return root / FOLDER / project / f"{report}.jsonl"


def _parsed(path: Path, place: int, line: str) -> Note:
    cure = "mend the line or move the file away"
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        raise WarehouseError(f"{path}, line {place}, is no JSON; {cure}") from None
    if not isinstance(found, dict) or sorted(found) != sorted(_FIELDS):
        raise WarehouseError(f"{path}, line {place}, is no note: it needs {', '.join(_FIELDS)}; {cure}")
    if not all(isinstance(found[name], str) for name in _FIELDS):
        raise WarehouseError(f"{path}, line {place}, is no note: all of it is text; {cure}")
    note = Note(**found)
    try:
        _check_place(note)
        for day in (note.start, note.end):
            dt.date.fromisoformat(day or note.at[:10])
        whole = dt.datetime.fromisoformat(note.at).tzinfo is not None
    except ParameterError as error:
        raise WarehouseError(f"{path}, line {place}: {error}; {cure}") from None
    except ValueError:
        whole = False
    if not whole:
        raise WarehouseError(f"{path}, line {place}, has no time, or no period, as ISO 8601 writes them; {cure}")
    return note


def _replace(path: Path, notes: list[Note]) -> None:
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    lines = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in notes)
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
