"""Whether people's skills fit what queues need, in a sentence that a lead can act on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.hours import folded
from smo_reports.present.kpi_table import note_words
from smo_reports.present.staffing_words import band, count, percent
from smo_reports.present.table import Column, status_chip, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, number

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.plan import StaffingPlan
    from smo_reports.analyses.staffing.skill_gap import SkillGap
    from smo_reports.project import Project

_FEWEST = 5
_LITTLE = 0.1


def skills_table(project: Project, found: SkillGap, plan: StaffingPlan) -> Exhibit:
    """What stays undone for lack of skills, what training would do about it, and each queue.

    Parameters
    ----------
    project : Project
    found : SkillGap
        As ``analyses.staffing.skill_gap.skill_gap`` gives it.
    plan : StaffingPlan
        That it was made of.
    """
    say = catalogue(project.language)
    title = say("Skills and what queues need")
    if found.note:
        why = say("Skills are not measured: {why}.", why=note_words(found.note, say))
        return Exhibit("skills", title, Markup('<p class="smo-note">{}</p>').format(why), why)
    said = " ".join(skill_words(project, found, say))
    columns = [Column(say("Queue")), Column(say("Can work on it"), digits=True)]
    columns += [Column(say("Required, h a week"), digits=True), Column(say("Undone, h a week"), digits=True)]
    columns += [Column(say("An hour more"), digits=True), Column(say("Enough?"))]
    note = say(
        "Hours at work, means over the plan. In {sure} of the sampled futures no more stays undone; bands hold four "
        "futures in five. An hour more of somebody who can work on the queue takes so many hours off what is undone; "
        "an hour of a live queue counts twice.",
        sure=percent(plan.scenario.sure, say),
    )
    rows = [_queue(row, say) for row in records(found.queues)]
    html = Markup("<p>{}</p>").format(said) + table(columns, rows, title, note)
    if len(found.groups):
        html += folded(say("People by what they can work on"), _groups(found.groups, say))
    training = found.training
    trained = {} if training is None else {"train_for": training.queue, "people": training.people}
    estimates = pd.concat([found.parts, found.queues, found.weeks], ignore_index=True)
    return Exhibit("skills", title, html, said, estimates, trained)


def skill_words(project: Project, found: SkillGap, say: Catalogue) -> list[str]:
    """What stays undone and why, and how many to train for what."""
    skills, heads, capped = (found.of(part) for part in ("skills", "heads", "capped"))
    said = []
    if skills[0] and heads[0]:
        said.append(
            say(
                "About {skills} hours a week stay undone for lack of skills, and {heads} for lack of people.",
                skills=_three(skills, say),
                heads=_three(heads, say),
            )
        )
    elif skills[0]:
        worst = max(records(found.queues), key=lambda row: float(row["unmet"]))["queue"]
        only = int((found.queues["unmet"] >= _LITTLE).sum()) == 1
        sentence = (
            "With the skills that people have, {hours} hours a week of queue {queue} stay undone although there are "
            "hours enough."
            if only
            else "With the skills that people have, {hours} hours a week stay undone, most of them of queue {queue}, "
            "although there are hours enough."
        )
        said.append(say(sentence, hours=_three(skills, say), queue=worst))
    elif heads[0]:
        said.append(
            say(
                "{hours} hours a week stay undone for lack of people; training for other queues would not change that.",
                hours=_three(heads, say),
            )
        )
    if capped[0]:
        said.append(
            say(
                "{hours} hours a week of severe queues stay undone because nobody may spend more than {cap} hours a "
                "day on them.",
                hours=_three(capped, say),
                cap=count(float(project.staffing.severe_hours or 0), say),
            )
        )
    said += [] if not skills[0] else [_training_words(found, say)]
    return said or [say("Skills are no limit: every queue gets the hours that it requires.")]


def _training_words(found: SkillGap, say: Catalogue) -> str:
    training = found.training
    if training is None:
        return say("Training for a single queue would not change that.")
    if training.left < _LITTLE:
        return say.count(
            "{n} person trained for queue {queue} would close that.",
            "{n} people trained for queue {queue} would close that.",
            training.people,
            queue=training.queue,
        )
    return say.count(
        "{n} person trained for queue {queue} would take {hours} hours a week off that.",
        "{n} people trained for queue {queue} would take {hours} hours a week off that.",
        training.people,
        queue=training.queue,
        hours=number(training.gained, math.nan, say.language, most=1),
    )


def _queue(row: Row, say: Catalogue) -> list[str | Markup]:
    status, shape, word = "missed", "▼", "stays undone"
    if float(row["unmet"]) < _LITTLE:
        status, shape, word = "met", "●", "enough"
    elif float(row["low"]) < _LITTLE:
        status, shape, word = "undecided", "◆", "may stay undone"
    people = int(row["people"])
    who = say("nobody") if not people else say("fewer than {n}", n=_FEWEST) if people < _FEWEST else str(people)
    return [
        row["queue"],
        who,
        _hours(float(row["required"]), say),
        _three((float(row["unmet"]), float(row["low"]), float(row["high"])), say),
        number(float(row["worth"]), 0.5, say.language, most=1),
        status_chip(status, say(word), shape),
    ]


def _groups(groups: pd.DataFrame, say: Catalogue) -> Markup:
    columns = [Column(say("Can work on")), Column(say("People"), digits=True)]
    columns += [Column(say("There, h a week"), digits=True), Column(say("Needed, h a week"), digits=True)]
    rows = [
        [
            ", ".join(row["queues"]) if row["queues"] else say("others"),
            number(float(row["people"]), math.nan, say.language, most=0),
            _hours(float(row["available"]), say),
            _hours(float(row["worked"]), say),
        ]
        for row in records(groups)
    ]
    note = say("Groups of fewer than five people are together as others.")
    return table(columns, rows, say("People by what they can work on"), note)


def _three(ends: tuple[float, float, float], say: Catalogue) -> str:
    """Hours with their band; next to nothing is nothing, and without paths there is no band."""
    value, low, high = (0.0 if one < _LITTLE else one for one in ends)
    if math.isnan(low) or value == low == high:
        return _hours(value, say)
    return band({"value": value, "low": low, "high": high}, "value", say, ends=("low", "high"))


def _hours(value: float, say: Catalogue) -> str:
    return number(value, 0.5 if abs(value) < 100 else math.nan, say.language, most=1)
