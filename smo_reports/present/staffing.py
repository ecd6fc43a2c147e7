"""A plan of staffing in words and tables: the answer, required against available, and what each queue needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.forecast_charts import Ahead, ahead_charts
from smo_reports.present.hours import folded
from smo_reports.present.scenario_words import scenario_words
from smo_reports.present.staffing_words import (
    SURE_ENOUGH,
    SURE_SHORT,
    band,
    count,
    enough_words,
    fte,
    gap_words,
    not_known,
    opening_words,
    people_not_known,
    percent,
    queue_words,
    queues_not_known,
)
from smo_reports.present.table import Column, long_table, status_chip, table
from smo_reports.present.wording import Row, amount, suffix
from smo_reports.words import Catalogue, catalogue, day, number

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.item_time import ItemTime
    from smo_reports.analyses.staffing.plan import StaffingPlan
    from smo_reports.project import Project

_BREAKS = 0.2
_SEVERAL = 0.05
_FIRST_WEEKS = 4


def staffing_headline(project: Project, plan: StaffingPlan) -> Exhibit:
    """The answer: how many people are needed, how many there will be, what to do, what it costs not to.

    Parameters
    ----------
    project : Project
    plan : StaffingPlan
        As ``analyses.staffing.staffing_plan`` gives it.
    """
    say = catalogue(project.language)
    sentences = [gap_words(plan, say)]
    if plan.advice is not None and plan.headcount is not None:
        cost = (plan.late, plan.late_saved, plan.left_overdue)
        ramped = not any(note.startswith("ramp: ") for note in plan.notes)
        sentences.append(opening_words(plan.advice, cost, say, plan.headcount["week"].iloc[0], ramped=ramped))
    breaking = sorted((one for one in plan.outlooks if one.breaks > _BREAKS), key=lambda one: -one.breaks)
    if breaking:
        sentences.append(queue_words(breaking[0], say, len(breaking)))
    assumed = scenario_words(plan.scenario, say)
    html = Markup(
        '<section class="smo-headline" aria-label="{}"><p class="smo-lead">{}</p><p class="smo-note">{}</p></section>'
    ).format(say("In short"), escape(" ".join(sentences)), assumed)
    estimates = plan.required if plan.headcount is None else plan.headcount
    return Exhibit("staffing_headline", say("In short"), html, " ".join([*sentences, assumed]), estimates)


def required_against_available(project: Project, plan: StaffingPlan) -> Exhibit:
    """Full-time equivalents that are required and that will be there, week by week."""
    say = catalogue(project.language)
    title = say("Required against available")
    if plan.headcount is None:
        why = say("How many people there will be is not known: {what}.", what=people_not_known(plan.notes, say))
        return Exhibit("staffing_gap", title, Markup('<p class="smo-note">{}</p>').format(why), why, plan.required)
    weeks = plan.headcount
    said = enough_words(weeks, say)
    chart = ahead_charts([_chart(weeks, say)], said, say)
    columns = [
        Column(say("Week of")),
        Column(say("Required"), digits=True),
        Column(say("Available"), digits=True),
        Column(say("Missing"), digits=True),
        Column(say("Enough?")),
    ]
    rows = [_week(row, say) for row in records(weeks)]
    note = say(
        "In experienced full-time equivalents of {hours} paid hours a week: a joiner counts by the part that joiners "
        "did in their first weeks. Required is enough in {sure} of the sampled futures; missing is how many more would "
        "make it so; bands hold four futures in five. People who leave, leave beyond the usual, and seats that are "
        "open already are in what is available. Live queues go first where hours are short.",
        hours=count(project.staffing.hours_a_week, say),
        sure=percent(plan.scenario.sure, say),
    )
    later = max(len(rows) - _FIRST_WEEKS, 0)
    more = say.count("{n} more week", "{n} more weeks", later)
    html = chart + long_table(columns, rows, title, note, more, _FIRST_WEEKS)
    return Exhibit("staffing_gap", title, html, said, weeks)


def _chart(weeks: pd.DataFrame, say: Catalogue) -> Ahead:
    def line(name: str) -> pd.DataFrame:
        ends = {"value": name, "low": f"{name}_low", "high": f"{name}_high"}
        return pd.DataFrame({"at": weeks["week"], **{end: weeks[column] for end, column in ends.items()}})

    return Ahead(
        say("Full-time equivalents"), weeks.iloc[:0], line("available"), line("required"),
        (say("available"), say("required")),
    )  # fmt: skip


def _week(row: Row, say: Catalogue) -> list[str | Markup]:
    short = float(row["short"])
    status, shape, word = ("undecided", "◆", "may be missing")
    if short >= SURE_SHORT:
        status, shape, word = "missed", "▼", "missing"
    elif short <= SURE_ENOUGH:
        status, shape, word = "met", "●", "enough"
    chip = status_chip(status, say(word), shape)
    return [day(row["week"], say.language), *(band(row, name, say) for name in ("required", "available", "gap")), chip]


def required_by_queue(project: Project, plan: StaffingPlan) -> Exhibit:
    """What each queue needs: the plan's first and last week, folded out week by week."""
    say = catalogue(project.language)
    title = say("What each queue needs")
    need = plan.required
    if need.empty or not len(plan.need.queues):
        why = say("No queue could be planned: {what}.", what=queues_not_known(plan.notes, say))
        return Exhibit("staffing_queues", title, Markup('<p class="smo-note">{}</p>').format(why), why, need)
    columns = [
        Column(say("Queue")),
        Column(say("Promise")),
        Column(say("Time an item takes"), digits=True),
        Column(say("Hours, first week"), digits=True),
        Column(say("Hours, last week"), digits=True),
        Column(say("FTE, last week"), digits=True),
    ]
    rows = [_queue(plan, queue, need[need["queue"] == queue], say) for queue in dict.fromkeys(need["queue"])]
    note = say(
        "Hours at work, without breaks and other time away, with the band that holds four futures in "
        "five. Live queues by Erlang's formulas, hour by hour; "
        "deferred ones by what their backlog owes. All queues together need less than their sum: they do not have "
        "their bad weeks at once. Nothing is rounded before the end."
    )
    html = table(columns, rows, title, note)
    exposed = plan.exposed[np.isfinite(plan.exposed)].max(initial=0.0)
    if exposed > 0:
        people = number(float(exposed), math.nan, say.language)
        capped = say(
            "The cap of {hours} hours a day on severe queues takes up to {people} people at work, whatever the load.",
            hours=count(float(project.staffing.severe_hours or 0), say),
            people=people,
        )
        html += Markup("<p>{}</p>").format(capped)
    html += folded(say("Week by week"), _weekly(need, say))
    if plan.notes:
        lacks = say("What the plan lacks: {what}.", what=not_known(plan.notes, say))
        html += Markup('<p class="smo-note">{}</p>').format(lacks)
    return Exhibit("staffing_queues", title, html, title, need)


def _queue(plan: StaffingPlan, queue: str, own: pd.DataFrame, say: Catalogue) -> list[str | Markup]:
    first, last = records(own)[0], records(own)[-1]
    work = next((one.work for one in plan.need.queues if one.work.queue == queue), None)
    name = queue if work is not None else Markup("<strong>{}</strong>").format(say("all queues together"))
    took = "" if work is None else _takes(work.handling, say)
    return [
        name,
        "" if work is None else _promise(plan, queue, say),
        took,
        band(first, "required", say, ends=("low", "high")),
        band(last, "required", say, ends=("low", "high")),
        fte(float(last["fte"]), say),
    ]


def _takes(time: ItemTime, say: Catalogue) -> str:
    """Seconds of an item; where it gets several decisions, or is often skipped before one, how many that is."""
    seconds = amount(time.an_item, time.error * time.decisions, "seconds", say.language)
    if abs(time.decisions - 1) < _SEVERAL:
        return seconds
    many = number(time.decisions, 0.05, say.language, most=2)
    return say("{seconds}, in {n} decisions", seconds=seconds, n=many)


def _promise(plan: StaffingPlan, queue: str, say: Catalogue) -> str:
    work = next(one.work for one in plan.need.queues if one.work.queue == queue)
    said = plan.scenario.service_level
    level = percent(work.promise.service_level if said is None else said, say)
    if work.promise.kind == "live":
        return say("live: {level} taken up within {time}", level=level, time=_time(work.promise.within_s or 0.0, say))
    due = count(work.due_hours, say) + suffix("hours", say.language)
    return say("deferred: {level} closed within {time}", level=level, time=due)


def _time(seconds: float, say: Catalogue) -> str:
    """A time that was promised: in whole hours or minutes where it is that."""
    for unit, size in (("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= size and seconds % size == 0:
            return count(seconds / size, say) + suffix(unit, say.language)
    return count(seconds, say) + suffix("seconds", say.language)


def _weekly(need: pd.DataFrame, say: Catalogue) -> Markup:
    columns = [Column(say("Week of")), Column(say("Queue"))]
    columns += [Column(say("Hours at work"), digits=True), Column(say("FTE"), digits=True)]
    rows = [
        [
            day(row["week"], say.language),
            row["queue"] or say("all queues together"),
            band(row, "required", say, ends=("low", "high")),
            fte(float(row["fte"]), say),
        ]
        for row in records(need.sort_values(["week", "queue"], kind="stable"))
    ]
    return table(columns, rows, say("Week by week"))
