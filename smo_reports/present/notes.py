"""Five whys and a fishbone: what the lead wrote, or an empty block that says how to fill it in."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from smo_reports.present.cause_words import place_words
from smo_reports.present.exhibit import Exhibit
from smo_reports.words import Catalogue, catalogue, day, days

if TYPE_CHECKING:
    from smo_reports.analyses.notes import Notes
    from smo_reports.project import Project
    from smo_reports.sources.notes import Note

BRANCH_NAMES = {
    "guideline": "Guideline: what it says, or does not",
    "training": "Training and calibration",
    "tool": "Tool and workflow",
    "measurement": "Gold, audits and sampling",
    "work": "The items: new patterns, another mix",
    "load": "Load: hours, volume, backlog",
}


def five_whys(project: Project, notes: Notes, segment: Mapping[str, Any] | None = None) -> Exhibit:
    """The whys of one finding, one below the other; empty ones say how to fill them in.

    Parameters
    ----------
    project : Project
    notes : Notes
        As ``analyses.notes`` gives them.
    segment : mapping of str to object, optional
        The finding's, people as the project shows them; default: everywhere.
    """
    say = catalogue(project.language)
    names = {slot: say("Why {n}", n=slot) for slot in notes.whys}
    return _block(project, notes, segment or {}, ("why", "five_whys", say("Five whys")), names)


def fishbone(project: Project, notes: Notes, segment: Mapping[str, Any] | None = None) -> Exhibit:
    """The branches of a fishbone of one finding; empty ones say how to fill them in. Parameters as of five_whys."""
    say = catalogue(project.language)
    names = {slot: say(BRANCH_NAMES[slot]) for slot in notes.branches}
    return _block(project, notes, segment or {}, ("branch", "fishbone", say("Fishbone")), names)


def _block(
    project: Project, notes: Notes, segment: Mapping[str, Any], what: tuple[str, str, str], names: Mapping[str, str]
) -> Exhibit:
    say = catalogue(project.language)
    block, kind, title = what
    now, last = notes.about(segment, block)
    place = place_words(segment, say)
    heading = say("{title}: {place}", title=title, place=place)
    html = Markup("<h4>{}</h4>").format(heading) + _listed(now, names, say)
    if len(now) < len(names):
        free = next(slot for slot in names if slot not in now)
        html += Markup('<p class="smo-note">{} <code>{}</code></p>').format(
            say("To fill in:"), command(notes, segment, block, free)
        )
    others = notes.elsewhere(segment, block)
    html += _beside_others(others, names, say)
    if last:
        html += _last_time(last, names, say)
    html = Markup('<section class="smo-notes">{}</section>').format(html)
    said = "; ".join(f"{names[slot]}: {now[slot].text}" for slot in names if slot in now)
    rows = [
        [one.finding, one.block, one.slot, one.text, one.by, one.at, when]
        for when, held in (("now", [*(now[slot] for slot in names if slot in now), *others]), ("last time", last))
        for one in held
    ]
    shown = pd.DataFrame(rows, columns=["finding", "block", "slot", "text", "by", "at", "when"])
    return Exhibit(kind, heading, html, f"{heading}. {said}" if said else heading, shown)


def _beside_others(others: Sequence[Note], names: Mapping[str, str], say: Catalogue) -> Markup:
    """What was written beside findings that are not the first any more: nothing that a lead wrote is hidden."""
    html = Markup("")
    for finding in dict.fromkeys(one.finding for one in others):
        own = {one.slot: one for one in others if one.finding == finding}
        place = say("everywhere") if finding == "everywhere" else finding
        kept = {slot: name for slot, name in names.items() if slot in own}
        html += Markup("<h5>{}</h5>").format(say("Beside {place}", place=place)) + _listed(own, kept, say)
    return html


def _listed(now: Mapping[str, Note], names: Mapping[str, str], say: Catalogue) -> Markup:
    entries = [
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, _written(now[slot], say) if slot in now else "–")
        for slot, name in names.items()
    ]
    return Markup("<dl>{}</dl>").format(Markup("").join(entries))


def _written(note: Note, say: Catalogue) -> Markup:
    """The text as it was written, line by line, and who wrote it when."""
    lines = Markup("<br>").join(note.text.splitlines())
    when = day(dt.date.fromisoformat(note.at[:10]), say.language)
    return Markup("{} <small>({}, {})</small>").format(lines, note.by, when)


def _last_time(last: Sequence[Note], names: Mapping[str, str], say: Catalogue) -> Markup:
    said = [Markup("<dt>{}</dt><dd>{}</dd>").format(names.get(one.slot, one.slot), _written(one, say)) for one in last]
    ends = (dt.date.fromisoformat(end) if end else None for end in (last[0].start, last[0].end))
    start, end = ends
    period = days(start, end - dt.timedelta(1), say.language) if start and end else say("all data")
    return Markup("<details><summary>{}</summary><dl>{}</dl></details>").format(
        say("Last time ({period})", period=period), Markup("").join(said)
    )


def command(notes: Notes, segment: Mapping[str, Any], block: str, slot: str) -> str:
    """The command that fills in a slot, quoted for a shell."""
    given = ["smo", "note", "add", notes.report, "--project", notes.project, "--period", notes.period]
    given += ["--finding", notes.key(segment), f"--{block}", slot, "--text", "…"]
    return shlex.join(given)
