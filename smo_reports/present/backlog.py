"""What is open and how old it is, and what becomes of it with the people who will be there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.forecast_charts import Ahead, ahead_charts
from smo_reports.present.staffing_words import band, chance, people_not_known, percent, queue_words, queues_not_known
from smo_reports.present.table import Column, status_chip, table
from smo_reports.present.wording import suffix
from smo_reports.words import Catalogue, catalogue, number, spread

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.plan import Outlook, StaffingPlan
    from smo_reports.project import Project

_BREAKS, _KEEPS = 0.8, 0.2
_MOST_CHARTS = 6


def backlog_outlook(project: Project, plan: StaffingPlan) -> Exhibit:
    """Deferred queues: open items now and to come, items late, and when the promise breaks.

    Parameters
    ----------
    project : Project
    plan : StaffingPlan
    """
    say = catalogue(project.language)
    title = say("What becomes of the backlog")
    if not plan.outlooks:
        why = _not_known(plan, say)
        return Exhibit("backlog_outlook", title, Markup('<p class="smo-note">{}</p>').format(why), why)
    breaking = [one for one in plan.outlooks if one.breaks > _KEEPS]
    said = " ".join(queue_words(one, say) for one in breaking) or say(
        "Every deferred queue keeps its promise in {share} of the futures or more.", share=percent(1 - _KEEPS, say)
    )
    columns = [
        Column(say("Queue")),
        Column(say("Open now"), digits=True),
        Column(say("Oldest"), digits=True),
        Column(say("Open at the end"), digits=True),
        Column(say("In days of arrivals"), digits=True),
        Column(say("Late in the plan"), digits=True),
        Column(say("Promise")),
    ]
    rows = [_row(plan, one, say) for one in plan.outlooks]
    note = say(
        "If nobody is hired beyond the seats that are open; bands hold four futures in five. A promise "
        "is broken where fewer items of seven days are closed in time than promised."
    )
    charts = [_chart(one, say) for one in plan.outlooks[:_MOST_CHARTS]]
    html = ahead_charts(charts, said, say) + table(columns, rows, title, note)
    estimates = pd.concat([one.open.assign(queue=one.queue) for one in plan.outlooks], ignore_index=True)
    return Exhibit("backlog_outlook", title, html, said, estimates)


def _not_known(plan: StaffingPlan, say: Catalogue) -> str:
    queues = plan.need.queues
    if queues and all(one.work.promise.kind == "live" for one in queues):
        return say("No queue is deferred.")
    lacking = people_not_known if queues else queues_not_known
    return say("Not measured: {what}.", what=lacking(plan.notes, say))


def _chart(one: Outlook, say: Catalogue) -> Ahead:
    line = one.open.rename(columns={"week": "at"})[["at", "value", "low", "high"]]
    none = line.iloc[:0]
    return Ahead(say("{queue}: open items at the week's end", queue=one.queue), none, line, none)


def _row(plan: StaffingPlan, one: Outlook, say: Catalogue) -> list[str | Markup]:
    opening = next(need.work.opening for need in plan.need.queues if need.work.queue == one.queue)
    age = number(float(opening.age[0]), math.nan, say.language, most=0) if len(opening.age) else ""
    oldest = age + suffix("hours", say.language) if age else "–"
    end = records(one.open)[-1]
    status, shape, word = "undecided", "◆", "may break"
    if one.breaks >= _BREAKS:
        status, shape, word = "missed", "▼", "breaks"
    elif one.breaks <= _KEEPS:
        status, shape, word = "met", "●", "holds"
    often = say("in {share} of the futures", share=chance(one.breaks, say))
    chip = status_chip(status, say(word), shape) + Markup(' <span class="smo-why">{}</span>').format(often)
    return [
        one.queue,
        number(opening.total, math.nan, say.language, most=0),
        oldest,
        band(end, "value", say, ends=("low", "high")),
        _three(one.backlog_days, say),
        _three(one.late, say),
        chip,
    ]


def _three(ends: tuple[float, float, float], say: Catalogue) -> str:
    if not all(map(math.isfinite, ends)):
        return "–"
    half = spread(ends[1], ends[2])
    value, low, high = (number(one, half, say.language, most=1) for one in ends)
    return say("{value} ({low} to {high})", value=value, low=low, high=high)
