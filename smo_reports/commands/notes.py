"""Write and list notes beside the findings of a page."""

from __future__ import annotations

import datetime as dt
import getpass
import re

from smo_reports.errors import ParameterError
from smo_reports.period import default_period
from smo_reports.project import find_workspace, load_project
from smo_reports.warehouse.notes import BRANCH, WHY, Note, add_note, finding_key, in_force, read_notes


def write_note(
    report: str, project: str, text: str, *, period: str, finding: str, why: int | None, branch: str | None, by: str
) -> Note:
    """Store a note in the workspace; an empty text takes the slot's note back.

    Raises
    ------
    ParameterError
        When neither or both of why and branch are given, the finding cannot be read, or the note breaks a rule.
    """
    if (why is None) == (branch is None):
        raise ParameterError("say which block the note belongs to: either --why 1 to 5, or --branch guideline")
    workspace = find_workspace()
    found = load_project(project, workspace)
    if not (workspace.root / "notebooks" / f"{report}.ipynb").is_file():
        known = ", ".join(sorted(path.stem for path in (workspace.root / "notebooks").glob("*.ipynb")))
        raise ParameterError(f"no report {report!r} in notebooks/; known: {known or 'none'}")
    of = default_period(found, report, period)
    start, end = ("" if day is None else day.isoformat() for day in (of.start, of.end))
    block, slot = (WHY, str(why)) if branch is None else (BRANCH, branch)
    key, who = finding_key(parse_finding(finding)), by or getpass.getuser()
    return add_note(workspace.root, Note(found.project, report, start, end, key, block, slot, text, who))


def parse_finding(text: str) -> dict[str, str]:
    """A finding's segment from ``policy=harassment,market=ID``; nothing, or *everywhere*, for everywhere.

    >>> parse_finding("policy=harassment, market=ID"), parse_finding("everywhere")
    ({'policy': 'harassment', 'market': 'ID'}, {})
    """
    if text in ("", "everywhere"):
        return {}
    found = {}
    # A value may hold a comma; what begins another column's name after one is another column.
    for part in re.split(r",(?=\s*\w+=)", text):
        name, equals, value = part.strip().partition("=")
        if not (equals and name and value):
            raise ParameterError(f"--finding {text!r} cannot be read at {part!r}; write policy=harassment,market=ID")
        found[name] = value
    return found


def listed(report: str, project: str, *, period: str = "", history: bool = False) -> list[str]:
    """Notes as lines of text: those in force, or everything that was ever written."""
    workspace = find_workspace()
    found = load_project(project, workspace)
    held = read_notes(workspace.root, found.project, report)
    notes = held if history else in_force(held)
    if period:
        of = default_period(found, report, period)
        wanted = tuple("" if day is None else day.isoformat() for day in (of.start, of.end))
        notes = tuple(one for one in notes if (one.start, one.end) == wanted)
    return [_line(one) for one in notes]


def _line(note: Note) -> str:
    when = dt.datetime.fromisoformat(note.at).strftime("%Y-%m-%d %H:%M")
    text = note.text.replace("\n", " / ") or "(taken back)"
    period = f"{note.start}/{note.end}" if note.start else "all"
    # Nothing that was written may move the cursor or colour the terminal.
    shown = "".join(letter if letter.isprintable() else "�" for letter in text)
    return f"{period}  {note.finding}  {note.block} {note.slot}: {shown}  ({note.by}, {when} UTC)"
