"""The KPI table: estimate with interval, target, status, whether it is changing, and the last weeks as a line."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup, escape

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.sparkline import sparkline
from smo_reports.present.table import Column, status_chip, table
from smo_reports.present.wording import Row
from smo_reports.schema import MET, MISSED, STEADY, UNDECIDED
from smo_reports.words import Catalogue, catalogue, day, number

if TYPE_CHECKING:
    from smo_reports.project import Project

_SHOWN_WEEKS = 13


def kpi_table(project: Project, graded: pd.DataFrame, weekly: pd.DataFrame) -> Exhibit:
    """One row a KPI.

    Parameters
    ----------
    project : Project
    graded : DataFrame
        KPIs against targets, as ``analyses.against_targets`` gives them.
    weekly : DataFrame
        Estimates by week, for the sparklines.
    """
    say = catalogue(project.language)
    columns = [
        Column(say("KPI")),
        Column(say("Last 13 weeks")),
        Column(say("Estimate (95 % interval)"), digits=True),
        Column(say("n"), digits=True),
        Column(say("Target"), digits=True),
        Column(say("Against target")),
        Column(say("Changing?")),
    ]
    rows = [_row(row, weekly, say) for row in records(graded)]
    text = "; ".join(
        f"{_name(row, say)} {wording.full_words(row, say)}" + (f" [{say(row['status'])}]" if row["status"] else "")
        for row in records(graded)
    )
    note = say(
        "Estimates are of this period's work. The interval says where the true value lies, 95 times in 100; a number "
        "without one was counted in full. n is what stands behind it, named under Definitions."
    )
    html = table(columns, rows, say("KPIs of the period against their targets"), note)
    return Exhibit("kpi_table", say("KPIs against targets"), html, text, graded)


def _name(row: Row, say: Catalogue) -> str:
    title = say(str(row["title"]))
    return f"{title}, {row['part']}" if row.get("part") else title


def _row(row: Row, weekly: pd.DataFrame, say: Catalogue) -> list[str | Markup]:
    estimate = Markup("<strong>{}</strong>").format(wording.estimate_words(row, say))
    inside = wording.interval_words(row, say)
    if inside:
        estimate += Markup(' <span class="smo-interval">({})</span>').format(inside)
    target = float(row["target"])
    line: str | Markup = "" if row["part"] else _line(row, target, weekly, say)
    n = number(float(row["n"]) or math.nan, math.nan, say.language, most=0)
    return [
        _name(row, say),
        line,
        estimate,
        n,
        wording.target_words(row, say),
        _status(row, say),
        _changing(row, say),
    ]


def _status(row: Row, say: Catalogue) -> Markup:
    status = str(row["status"])
    if not status:
        return Markup('<span class="smo-muted">{}</span>').format(say("no target"))
    chip = status_chip(status, say(status), wording.STATUS_SHAPES[status])
    more = wording.needed_words(row, say) if status == UNDECIDED else note_words(str(row["note"]), say)
    chip += Markup(' <span class="smo-why">{}</span>').format(more) if more else Markup("")
    return chip + _record(row, say)


def _record(row: Row, say: Catalogue) -> Markup:
    """How many of the last 13 weeks met the target, missed it, or could not be called either."""
    counts = [int(row.get(f"weeks_{status}") or 0) for status in (MET, MISSED, UNDECIDED)]
    if not sum(counts):
        return Markup("")
    met, missed, open_ones = counts
    sentence = "of {n} weeks {met} met, {missed} missed, {open} undecided"
    said = say(sentence, n=sum(counts), met=met, missed=missed, open=open_ones)
    return Markup(' <span class="smo-why">{}</span>').format(said)


_TOO_FEW = re.compile(r"too few: (\d+) (.+?)(?: of (\d+) (labelers|auditors))?; (\d+)(?: of (\d+))? are needed")


def note_words(note: str, say: Catalogue) -> str:
    """A note in the reader's language, without the word that the status already says."""
    if match := _TOO_FEW.fullmatch(note):
        n, counted, people, who, rows, least = match.groups()
        if people is None:
            return say("{n} {counted}; {rows} are needed", n=n, counted=say(counted), rows=rows)
        sentence = "{n} {counted} of {people} {who}; {rows} of {least} are needed"
        return say(sentence, n=n, counted=say(counted), people=people, who=say(who), rows=rows, least=least)
    if note.startswith("not measured: needs "):
        return say("needs {what}", what=_needed(note.removeprefix("not measured: needs "), say))
    return _numbered(note.removeprefix("undefined: "), say)


def _needed(what: str, say: Catalogue) -> str:
    if what.startswith("the table "):
        name = what.removeprefix("the table ")
        # A table is named as whoever adds it has to name it.
        return say("the table {name}", name=say(name) if " " in name else name)
    return _numbered(what, say)


def _numbered(note: str, say: Catalogue) -> str:
    """A note with numbers in it, which the catalogue has with places for them."""
    numbers = {f"n{place}": found for place, found in enumerate(re.findall(r"\d+", note))}
    places = iter(numbers)
    # Braces of the data are doubled: they are no places.
    sentence = re.sub(r"\d+", lambda _: f"{{{next(places)}}}", note.replace("{", "{{").replace("}", "}}"))
    return say(sentence, **numbers) if numbers else say(note)


def _changing(row: Row, say: Catalogue) -> Markup:
    word = str(row["changing"] or "")
    if row["part"] or not word:
        return Markup('<span class="smo-muted">{}</span>').format("" if row["part"] else say("too early to tell"))
    if word == STEADY:
        return Markup('<span class="smo-muted">{}</span>').format(say(word))
    since = pd.Timestamp(row["since"]).date()
    said = say("{word} since {day}", word=say(word), day=day(since, say.language))
    why = wording.broken_words(row, say).removeprefix(", ")
    more = Markup(' <span class="smo-why">{}</span>').format(why) if why else Markup("")
    return Markup('<span class="smo-change {}">{}</span>').format(word, escape(said)) + more


def _line(row: Row, target: float, weekly: pd.DataFrame, say: Catalogue) -> Markup:
    own = weekly[weekly["kpi"] == row["kpi"]].tail(_SHOWN_WEEKS)
    values = own["value"].to_list()
    known = [value for value in values if not math.isnan(value)]
    if len(known) < 2:
        return Markup("")
    unit = str(row["unit"])
    first, last = (wording.amount(value, math.nan, unit, say.language) for value in (known[0], known[-1]))
    return sparkline(values, target, say("from {first} to {last} in {n} weeks", first=first, last=last, n=len(known)))
