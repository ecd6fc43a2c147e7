"""Labelers compared fairly, for their lead only: a funnel, and groups in alphabetical order, never a league table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.charts import funnel_chart
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.qa import COACHING
from smo_reports.present.table import Column, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, number, share

if TYPE_CHECKING:
    from smo_reports.project import Project

_SAID = (("below", "{n} below"), ("not distinguishable", "{n} not distinguishable"), ("above", "{n} above"))


def people_funnel(project: Project, people: pd.DataFrame) -> Exhibit:
    """Each labeler's share correct, on the project's mix of work, by how many audits there are; nobody is named.

    Parameters
    ----------
    project : Project
    people : DataFrame
        As ``analyses.people_compared`` gives it.
    """
    say = catalogue(project.language)
    known = people[people["group"] != "too few"].sort_values("n").reset_index(drop=True)
    if len(known) < 2:
        why = say("Fewer than two labelers have 30 random audits: nobody can be compared.")
        return Exhibit("people_funnel", say("People"), Markup('<p class="smo-note">{}</p>').format(why), why)
    counted = ", ".join(say(sentence, n=int((known["group"] == group).sum())) for group, sentence in _SAID)
    finding = say("Labelers against what their mix of work leads to expect: {list}", list=counted)
    drawn = funnel_chart(known, finding, say)
    plotted = say(
        "Dot: a labeler's share correct on the project's mix of work; lines: where 95 % and 99.8 % of labelers lie who "
        "score what is expected"
    )
    html = Markup(
        '<figure class="smo-figure wide"><figcaption><strong>{}</strong><span>{}</span></figcaption>{}</figure>'
    ).format(finding, plotted, drawn)
    return Exhibit("people_funnel", say("People"), html, finding, known)


def people_table(project: Project, people: pd.DataFrame) -> Exhibit:
    """Labelers in groups, alphabetically; for their lead only, so only in a cell tagged ``lead``."""
    say = catalogue(project.language)
    columns = [
        Column(say("Labeler")),
        Column(say("Audits"), digits=True),
        Column(say("Correct"), digits=True),
        Column(say("Expected of this mix"), digits=True),
        Column(say("Best guess (95 % interval)"), digits=True),
        Column(say("Group")),
    ]
    rows = [
        [
            str(row["labeler_id"]),
            number(float(row["n"]), math.nan, say.language, most=0),
            _correct(row, say),
            share(float(row["expected"]), 0.05, say.language),
            _guess(row, say),
            say(str(row["group"])),
        ]
        for row in records(people)
    ]
    note = say(
        "Random audits of the last 26 weeks. Expected is what this project's labelers together score on the same mix "
        "of policies, markets and strata. The best guess is of the next audits on the project's mix: drawn towards "
        "what is expected, the further the less is known. Groups allow for looking at everybody at once."
    )
    said = f"{say(COACHING)} {note}"
    html = table(columns, rows, say("Labelers against what their mix of work leads to expect"), said)
    return Exhibit("people", say("People"), html, said, people)


def _guess(row: Row, say: Catalogue) -> str:
    if math.isnan(float(row["shrunk"])):
        return "–"
    guess = {"value": row["shrunk"], "low": row["shrunk_low"], "high": row["shrunk_high"]}
    return wording.full_words({**row, **guess, "unit": "share", "method": ""}, say)


def _correct(row: Row, say: Catalogue) -> str:
    """A person's share correct; in whole words where it is all or none of what was looked at."""
    value, n = float(row["value"]), float(row["n"])
    if value in (0.0, 1.0):
        return say("all {n}" if value == 1 else "none of {n}", n=number(n, math.nan, say.language, most=0))
    return share(value, 0.05, say.language)
