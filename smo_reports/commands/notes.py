"""Write and list notes beside the findings of a page."""

from __future__ import annotations

import datetime as dt
import getpass

from smo_reports.commands.findings import check_finding, for_leads_only
from smo_reports.errors import ParameterError
from smo_reports.period import default_period
from smo_reports.project import find_workspace, load_project
from smo_reports.warehouse.finding_names import finding_key, parse_finding
from smo_reports.warehouse.notes import BRANCH, WHY, Note, add_note, in_force, read_notes
from smo_reports.words.printable import printable


def write_note(
    report: str, project: str, text: str, *, period: str, finding: str, why: int | None, branch: str | None, by: str
) -> Note:
    """Store a note in the workspace; an empty text takes the slot's note back.

    Raises
    ------
    ParameterError
        When neither or both of why and branch are given, the finding cannot be read or is none of the last run's, or
        the note breaks a rule.
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
    if text:
        # What was written beside a finding that a later run has no more can still be taken back.
        check_finding(workspace.root, found.project, report, (of.start, of.end), key)
    return add_note(workspace.root, Note(found.project, report, start, end, key, block, slot, text, who))


def told(note: Note) -> str:
    """That a note was stored, and the command that shows it."""
    period = f"{note.start}/{note.end}" if note.start and note.end else "all"
    leads = for_leads_only(find_workspace().root / "notebooks" / f"{note.report}.ipynb")
    command = f"smo run {note.report} --project {note.project} --period {period}"
    place = f"{note.block} {note.slot} of {printable(note.finding)}"
    return f"note {note.note_id}: {place}; show it with: {command}{' --audience lead' if leads else ''}"


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
    # Nothing that was written may start another line, move the cursor or colour the terminal.
    place = f"{printable(note.finding)}  {note.block} {note.slot}"
    return f"{period}  {place}: {printable(text)}  ({printable(note.by)}, {when} UTC)"
