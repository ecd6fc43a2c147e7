"""The QA of the QA: answers that good labelers deny, how strict auditors are, and what their work was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.table import Column, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, number, share

if TYPE_CHECKING:
    from smo_reports.project import Project

_MOST = 12
COACHING = "For coaching, never the only ground for pay or dismissal."


def suspect_gold(project: Project, known: pd.DataFrame, accuracy: pd.DataFrame) -> Exhibit:
    """Known answers to look at again, and gold accuracy with and without them.

    Parameters
    ----------
    project : Project
    known : DataFrame
        As ``analyses.suspect_gold`` gives it.
    accuracy : DataFrame
        As ``analyses.gold_with_and_without`` gives it.
    """
    say = catalogue(project.language)
    doubted = known[known["verdict"] != ""]
    title = say("Gold answers to look at again")
    if known.empty:
        return _nothing("suspect_gold", title, say("No gold item has enough labels of good labelers to be doubted."))
    if doubted.empty:
        sentence = "Of {n} gold items with enough labels of good labelers, none is denied by most of them."
        return _nothing("suspect_gold", title, say(sentence, n=len(known)))
    columns = [
        Column(say("Gold item")),
        Column(say("Known answer")),
        Column(say("Good labelers say")),
        Column(say("Labels"), digits=True),
        Column(say("Differ"), digits=True),
    ]
    rows = [
        [
            str(row["item_id"]),
            str(row["gold_label"]),
            str(row["instead"]),
            _whole(row["labels"], say),
            f"{_whole(row['failed'], say)} ({share(float(row['share']), 0.05, say.language)})",
        ]
        for row in records(doubted.head(_MOST))
    ]
    said = _with_and_without(doubted, accuracy, say)
    note = say(
        "Good labelers are those at or above the median on all other gold items. More of them differ than their own "
        "errors explain (false-discovery rate 5 %). Re-adjudicate the answers before anybody is coached on them."
    )
    if len(doubted) > _MOST:
        note += " " + say.count("{n} more is not shown.", "{n} more are not shown.", len(doubted) - _MOST)
    html = Markup("<p>{}</p>{}").format(said, table(columns, rows, title, note))
    return Exhibit("suspect_gold", title, html, said, pd.concat([accuracy, doubted], ignore_index=True))


def _with_and_without(doubted: pd.DataFrame, accuracy: pd.DataFrame, say: Catalogue) -> str:
    by_gold = {row["gold"]: row for row in records(accuracy)}
    count = say.count(
        "{n} gold answer is denied by most good labelers.",
        "{n} gold answers are denied by most good labelers.",
        len(doubted),
    )
    if "without suspects" not in by_gold:
        return count
    sentence = "Gold accuracy is {all} with them and {rest} without: the truth lies between."
    both = {
        name: wording.full_words(by_gold[gold], say) for name, gold in (("all", "all"), ("rest", "without suspects"))
    }
    return f"{count} {say(sentence, **both)}"


def auditors_table(project: Project, compared: pd.DataFrame, drift: pd.DataFrame) -> Exhibit:
    """How strict each auditor is against others on the same work, and whether that drifts; for their lead only."""
    say = catalogue(project.language)
    title = say("Auditors' strictness")
    if compared.empty:
        return _nothing("auditors", title, say("There are no audits of several auditors on the same work to compare."))
    drifts = dict(zip(drift["auditor_id"], drift["drift"], strict=True))
    columns = [
        Column(say("Auditor")),
        Column(say("Audits"), digits=True),
        Column(say("Errors found"), digits=True),
        Column(say("Others on the same work"), digits=True),
        Column(say("Strictness (95 % interval)"), digits=True),
        Column(say("Group")),
        Column(say("Drift")),
    ]
    rows = [
        [
            str(row["auditor_id"]),
            _whole(row["n"], say),
            share(float(row["found"]), 0.05, say.language),
            share(float(row["expected"]), 0.05, say.language),
            signed_severity(row, say),
            say(str(row["group"])),
            say(str(drifts.get(row["auditor_id"], "too few"))),
        ]
        for row in records(compared)
    ]
    note = say(
        "Strictness: points of errors found above (+, stricter) or below (−, more lenient) what other auditors find "
        "in the same policies, markets, strata and months, drawn towards 0 where little is known. A stricter auditor "
        "may be the one who is right: calibrations tell. Groups allow for looking at everybody at once."
    )
    html = table(columns, rows, title, f"{say(COACHING)} {note}")
    return Exhibit("auditors", title, html, note, compared)


def signed_severity(row: Row, say: Catalogue) -> str:
    """A severity in points with its interval, as the columns ``severity, low, high`` have it."""
    if math.isnan(float(row["severity"])):
        return "–"
    return wording.full_words({**row, "value": row["severity"], "unit": "points", "method": ""}, say)


def auditor_work(project: Project, work: pd.DataFrame) -> Exhibit:
    """Each auditor's audits, minutes, feedback and overturned verdicts; for their lead only."""
    say = catalogue(project.language)
    title = say("Auditors' work in the period")
    if work.empty:
        return _nothing("auditor_work", title, say("There are no audits in this period."))
    columns = [
        Column(say("Auditor")),
        Column(say("Audits"), digits=True),
        Column(say("Drawn by plan"), digits=True),
        Column(say("Minutes"), digits=True),
        Column(say("Time to feedback, median"), digits=True),
        Column(say("Errors with a cause noted"), digits=True),
        Column(say("Overturned of disputed"), digits=True),
    ]
    rows = [_work_row(row, say) for row in records(work)]
    note = f"{say(COACHING)} " + say(
        "Audits count on the day they were made, whenever the decision was made; counted in full. Feedback is the time "
        "from the decision to its audit."
    )
    return Exhibit("auditor_work", title, table(columns, rows, title, note), note, work)


def _work_row(row: Row, say: Catalogue) -> list[str | Markup]:
    hours = float(row["feedback_hours"])
    coded = coded_words(row, say)
    overturned = "–" if math.isnan(float(row["disputed"])) else ""
    if not overturned:
        overturned = f"{_whole(row['overturned'], say)} / {_whole(row['disputed'], say)}"
    return [
        str(row["auditor_id"]),
        _whole(row["audits"], say),
        _whole(row["planned"], say),
        _whole(row["minutes"], say),
        "–" if math.isnan(hours) else wording.amount(hours, math.nan, "hours", say.language),
        coded,
        overturned,
    ]


def coded_words(row: Row, say: Catalogue) -> str:
    """How many of the errors found have a cause noted."""
    if math.isnan(float(row["coded"])):
        return "–"
    return f"{_whole(round(float(row['coded']) * float(row['errors'])), say)} / {_whole(row['errors'], say)}"


def _whole(value: float, say: Catalogue) -> str:
    return number(float(value), math.nan, say.language, most=0)


def _nothing(kind: str, title: str, why: str) -> Exhibit:
    return Exhibit(kind, title, Markup('<p class="smo-note">{}</p>').format(why), why)
