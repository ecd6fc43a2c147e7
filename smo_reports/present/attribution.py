"""What kind of cause each finding has, the evidence as a table, and what was found innocent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present.attribution_words import (
    ACTIONS,
    KIND_NAMES,
    LOADS,
    OTHERWISE,
    TESTS,
    VERDICTS,
    attribution_words,
    needed_words,
    part_words,
    place_words,
)
from smo_reports.present.exhibit import Exhibit
from smo_reports.present.kpi_table import note_words
from smo_reports.present.table import Column, table
from smo_reports.words import Catalogue, catalogue, number, share

if TYPE_CHECKING:
    from smo_reports.analyses.attribution import Attribution
    from smo_reports.analyses.clues import Clue
    from smo_reports.project import Project

_AUDITOR = "gold or auditor"
_COLUMNS = (
    "place",
    "kind",
    "test",
    "subject",
    "before",
    "after",
    "value",
    "low",
    "high",
    "whole",
    "n",
    "verdict",
    "note",
)


def attributions(project: Project, found: Sequence[Attribution], people: bool = False) -> Exhibit:
    """Each finding's kind of cause in words, its evidence as a table, what was found innocent, and what to do.

    Parameters
    ----------
    project : Project
    found : sequence of Attribution
        As ``analyses.attribute`` gives them, in the order of the findings.
    people : bool
        Show the findings that name a person, or that one auditor's verdicts explain, with their names: only in a cell
        tagged ``lead``. Otherwise show all but those that name a person, without any auditor's name.
    """
    say = catalogue(project.language)
    title = say("What kind of cause")
    shown = [one for one in found if (one.finding.people or one.kind == _AUDITOR if people else not one.finding.people)]
    if not shown:
        why = say("There is no finding whose cause could be looked for.")
        return Exhibit("attributions", title, Markup('<p class="smo-note">{}</p>').format(why), why)
    parts = [_one(one, people, say) for one in shown]
    said = " ".join(f"{place_words(one, say)}: {attribution_words(one, say)}" for one in shown)
    rows = [_estimate(one, clue, people, say) for one in shown for clue in one.clues]
    html = Markup('<div class="smo-attributions">{}</div>').format(Markup("").join(parts))
    keys = {"findings": [one.key for one in shown]}
    return Exhibit("attributions", title, html, said, pd.DataFrame(rows, columns=list(_COLUMNS)), keys)


def _one(found: Attribution, people: bool, say: Catalogue) -> Markup:
    place, kind = place_words(found, say), say(KIND_NAMES[found.kind])
    said = [attribution_words(found, say), _innocent(found, say)]
    action = f"{say('Suggested:')} {say(ACTIONS[found.kind])} {needed_words(found, say)}".strip()
    html = Markup("<h3>{}: {}</h3><p>{}</p><p><strong>{}</strong></p>").format(
        place, kind, " ".join(one for one in said if one), action
    )
    return html + _evidence(found, people, say) if found.clues else html


def _innocent(found: Attribution, say: Catalogue) -> str:
    """What was looked at and cleared, and what nothing was decided about."""
    if found.why == "unclear change":
        return ""
    said = []
    if found.innocent:
        listed = ", ".join(say(KIND_NAMES[kind]) for kind in found.innocent if kind != found.kind)
        said.append(say("Looked at, without a sign of it: {list}.", list=listed) if listed else "")
    still = [kind for kind in found.open if kind != found.kind]
    if still:
        said.append(say("Not decided: {list}.", list=", ".join(say(KIND_NAMES[kind]) for kind in still)))
    return " ".join(one for one in said if one)


def _evidence(found: Attribution, people: bool, say: Catalogue) -> Markup:
    columns = [
        Column(say("Looked at")),
        Column(say("Before → after"), digits=True),
        Column(say("Points of the change (95 % interval)"), digits=True),
        Column(say("n"), digits=True),
        Column(say("What it says")),
        Column(say("Otherwise")),
    ]
    rows = [_row(clue, people, say) for clue in found.clues]
    whole = part_words(found.change, found.low, found.high, say)
    caption = say("Evidence, {place}: errors changed by {whole} points", place=place_words(found, say), whole=whole)
    note = say(
        "A source speaks for itself where clearly more than half of the change is its own, or more where it usually "
        "has much of the errors; all tests of one finding together name a wrong source by chance in at most one of "
        "twenty."
    )
    return table(columns, rows, caption, note)


def _row(clue: Clue, people: bool, say: Catalogue) -> list[str | Markup]:
    name = say(TESTS[clue.test])
    subject = _subject(clue, people, say)
    if clue.few and not people:
        clue = _without_numbers(clue)
    rates = "–"
    if not math.isnan(clue.before) and not math.isnan(clue.after):
        half = (clue.high - clue.low) / 2 if not math.isnan(clue.low) else math.nan
        rates = " → ".join(share(end, half, say.language) for end in (clue.before, clue.after))
    missing = bool(clue.note)
    return [
        f"{name}: {subject}" if subject else name,
        rates,
        part_words(clue.value, clue.low, clue.high, say),
        "–" if missing or not clue.n else number(float(clue.n), math.nan, say.language, most=0),
        note_words(clue.note, say) if missing else say(VERDICTS[clue.verdict]),
        "" if missing else say(OTHERWISE[clue.test]),
    ]


def _subject(clue: Clue, people: bool, say: Catalogue) -> str:
    if clue.test == "auditors":
        return clue.subject if people else ""
    return say(LOADS.get(clue.subject, clue.subject)) if clue.test == "load" else clue.subject


def _without_numbers(clue: Clue) -> Clue:
    """A clue of one or two people for everybody: what it says, and none of their figures."""
    return replace(clue, before=math.nan, after=math.nan, value=math.nan, low=math.nan, high=math.nan, n=0)


def _estimate(found: Attribution, clue: Clue, people: bool, say: Catalogue) -> list[object]:
    if clue.few and not people:
        clue = _without_numbers(clue)
    return [
        place_words(found, say), clue.kind, clue.test, _subject(clue, people, say), clue.before, clue.after,
        clue.value, clue.low, clue.high, clue.whole, clue.n, clue.verdict, clue.note,
    ]  # fmt: skip
