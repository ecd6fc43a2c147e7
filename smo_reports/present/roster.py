"""A roster in words: who works when in a week to come, and which hours the shifts as planned leave short."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markupsafe import Markup

from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.hourly_chart import WEEKDAYS, hourly_chart
from smo_reports.present.hours import folded, not_measured
from smo_reports.present.kpi_table import note_words
from smo_reports.present.staffing_words import count
from smo_reports.present.table import Column, table
from smo_reports.words import Catalogue, catalogue, day, number

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.roster import Roster
    from smo_reports.project import Project


def roster_table(project: Project, found: Roster) -> Exhibit:
    """People by weekly pattern for a week to come, and the hours in which the shifts as planned do not fit the need.

    Parameters
    ----------
    project : Project
    found : Roster
        As ``analyses.staffing.roster.roster_of`` gives it.
    """
    say = catalogue(project.language)
    title = say("A roster for the week of {day}", day=day(found.week, say.language))
    if "need" in found.missing:
        return not_measured("roster", title, found.missing["need"], say)
    sentences = [*_roster_words(found, say), _now_words(found, say)]
    said = " ".join(sentences)
    known = not math.isnan(found.now_hours)
    status, chart_title = ("now_status", _now_title(found, say)) if known else ("status", _roster_title(found, say))
    html = Markup("<p>{}</p>").format(said) + hourly_chart(found.hours, status, chart_title, said, say)
    html += _patterns(found, title, _note(found, say), say)
    if known:
        html += folded(say("Shifts as planned, day by day"), _by_day(found.hours, say))
    facts = {"people": found.people, "at_least": found.at_least, "gap": found.gap}
    return Exhibit("roster", title, html, said, found.hours, facts)


def _roster_words(found: Roster, say: Catalogue) -> list[str]:
    said = [
        say.count(
            "{n} person in full weeks covers the week of {day}; {needed} of {paid} paid hours have work.",
            "{n} people in full weeks cover the week of {day}; {needed} of {paid} paid hours have work.",
            found.people,
            day=day(found.week, say.language),
            needed=_hours(min(found.need.total, _paid(found)), say),
            paid=_hours(_paid(found), say),
        )
    ]
    if found.need.live.any() and _paid(found) > 1.5 * found.need.total:
        open_hours = int((found.need.live > 0).sum())
        said.append(
            say(
                "Live queues need somebody in {hours} of the week's 168 hours, however little comes in: an item that "
                "nobody waits for is late at once, so people are paid to be there in hours with almost no work.",
                hours=open_hours,
            )
        )
    if found.gap > 0:
        said.append(say("A smaller number may do, but not fewer than {n}.", n=found.at_least))
    if found.unreached:
        said.append(
            say.count(
                "In {n} hour live queues need somebody and no shift of the labour rules reaches it.",
                "In {n} hours live queues need somebody and no shift of the labour rules reaches them.",
                len(found.unreached),
            )
        )
    if found.need.left_out:
        names = ", ".join(found.need.left_out)
        said.append(say("No number of hours keeps the promise of {queues}: it is left out.", queues=names))
    return said


def _paid(found: Roster) -> float:
    return float(found.patterns["hours"].sum())


def _now_words(found: Roster, say: Catalogue) -> str:
    if math.isnan(found.now_hours):
        why = note_words(f"not measured: needs {found.missing.get('planned', 'shifts')}", say)
        return say("Whether the shifts as planned would do is not known: {why}.", why=why)
    hours = {"now": _hours(found.now_hours, say), "needed": _hours(found.need.total, say)}
    short = found.hours[found.hours["now_status"] == "short"]
    nobody = int((short["now"] <= 0).sum())
    if nobody and nobody == len(short):
        return say(
            "Shifts planned as in the week before have {now} hours, {needed} are needed; in {n} of 168 hours live "
            "queues have nobody.",
            n=nobody,
            **hours,
        )
    if len(short):
        return say(
            "Shifts planned as in the week before have {now} hours, {needed} are needed; in {n} of 168 hours live "
            "queues have too few people, and in {none} of these nobody.",
            n=len(short),
            none=nobody,
            **hours,
        )
    if found.now_hours < found.need.total:
        return say(
            "Shifts planned as in the week before have {now} hours, {needed} are needed: live queues have enough "
            "people in every hour, but work that may wait does not.",
            **hours,
        )
    return say(
        "Shifts planned as in the week before have {now} hours, {needed} are needed: in every hour there are enough "
        "people.",
        **hours,
    )


def _now_title(found: Roster, say: Catalogue) -> str:
    short, spare = (int((found.hours["now_status"] == status).sum()) for status in ("short", "spare"))
    return say("Shifts as planned: {short} hours with too few people, {spare} with more.", short=short, spare=spare)


def _roster_title(found: Roster, say: Catalogue) -> str:
    short, spare = (int((found.hours["status"] == status).sum()) for status in ("short", "spare"))
    return say("This roster: {short} hours with too few people, {spare} with more.", short=short, spare=spare)


def _note(found: Roster, say: Catalogue) -> str:
    rules = found.rules
    note = say(
        "People on shift, in full weeks of {days} days that follow each other, {shift} hours with a break "
        "of {pause}; breaks are in the middle or an hour beside it. Need is enough in the hour in the chosen "
        "share of the sampled futures, and has shrinkage on top. Work that may wait is done when live queues leave "
        "time; nobody is sent home for a part of an hour.",
        days=rules.days_a_week,
        shift=rules.shift_hours,
        pause=rules.break_hours,
    )
    if found.need.note:
        unknown = say(
            "Shrinkage is not known ({why}): only time at work is counted.", why=note_words(found.need.note, say)
        )
        note += " " + unknown
    return note


def _patterns(found: Roster, caption: str, note: str, say: Catalogue) -> Markup:
    columns = [Column(say("Shift")), Column(say("Days")), Column(say("People"), digits=True)]
    columns += [Column(say("Paid hours"), digits=True)]
    rows = [
        [
            _clock(row["start"], row["start"] + found.rules.shift_hours),
            _days(row["days"], say),
            number(float(row["people"]), math.nan, say.language, most=0),
            _hours(row["hours"], say),
        ]
        for row in records(found.patterns)
    ]
    return table(columns, rows, caption, note)


def _days(days: Sequence[int], say: Catalogue) -> str:
    """Days that follow each other, over the weekend too, as the first and the last of them."""
    if len(days) == len(WEEKDAYS):
        return say("every day")
    first = next(one for one in days if (one - 1) % 7 not in days)
    if len(days) == 1:
        return say(WEEKDAYS[first])
    last = say(WEEKDAYS[(first + len(days) - 1) % 7])
    return say("{first} to {last}", first=say(WEEKDAYS[first]), last=last)


def _by_day(hours: pd.DataFrame, say: Catalogue) -> Markup:
    columns = [Column(say("Day")), Column(say("Too few people")), Column(say("Missing, hours"), digits=True)]
    columns += [Column(say("More than there is work for")), Column(say("To spare, hours"), digits=True)]
    rows = []
    for weekday, own in hours.groupby("weekday"):
        short, spare = (own.loc[own["now_status"] == status, "hour"].tolist() for status in ("short", "spare"))
        missing = float(own.loc[own["now_status"] == "short", "now_short"].sum())
        left = float(own.loc[own["now_status"] == "spare", "now_spare"].sum())
        name = say(WEEKDAYS[int(str(weekday))])
        rows.append([name, _spans(short), count(round(missing, 1), say), _spans(spare), count(round(left, 1), say)])
    return table(columns, rows, say("Shifts as planned, day by day"))


def _spans(hours: Sequence[int]) -> str:
    """Hours that follow each other as the first one's beginning and the last one's end.

    >>> _spans([5, 20, 21]), _spans([])
    ('05:00–06:00, 20:00–22:00', '–')
    """
    if not len(hours):
        return "–"
    parts = np.split(np.asarray(hours), np.flatnonzero(np.diff(hours) > 1) + 1)
    return ", ".join(f"{part[0]:02d}:00–{part[-1] + 1:02d}:00" for part in parts)


def _clock(start: int, end: int) -> str:
    return f"{start:02d}:00–{end % 24:02d}:00"


def _hours(value: float, say: Catalogue) -> str:
    return number(float(value), 0.5 if abs(value) < 100 else math.nan, say.language, most=1)
