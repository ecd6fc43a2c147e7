"""Booked time and shifts, in step with the decisions that were made in them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from smo_reports.schema import ACTIVITIES
from smo_reports.world.audits import Review
from smo_reports.world.columns import canonical, words
from smo_reports.world.decisions import Work
from smo_reports.world.moments import Calendar
from smo_reports.world.operation import DAYS, Bools, Ints, Operation, Reals
from smo_reports.world.people import Crew

_BESIDE = (("break", 0, 0.09), ("meeting", 1, 0.25), ("training", 3, 0.22), ("wellness", 2, 0.18))
"""Time beside production: activity, on which day of the labeler's week (0: every day), share of it."""


def _booked(crew: Crew, calendar: Calendar, who: Ints, day: Ints, activity: str, hours: Reals) -> dict[str, object]:
    return {
        "person_id": crew.labelers(who),
        "work_date": calendar.first_day + day,
        "activity": words(ACTIVITIES, np.full(len(who), ACTIVITIES.index(activity))),
        "hours": np.round(hours, 4),
        "source": words(["timesheet"], np.zeros(len(who), np.int64)),
    }


def worked(
    operation: Operation, crew: Crew, calendar: Calendar, work: Work, rng: np.random.Generator
) -> pa.Table | None:
    """Make the ``work_hours`` of a week's labelers.

    Production is handling time divided by an occupancy of 0.80 to 0.90; the rest follows it.
    """
    cells = work.labeler * 7 + work.day
    seconds = np.bincount(cells, work.handling, crew.size * 7)
    used = np.flatnonzero(seconds)
    if not len(used):
        return None
    who, day = np.divmod(used, 7)
    production = seconds[used] / 3600 / (0.8 + 0.1 * rng.random(len(used)))
    tables = [_booked(crew, calendar, who, 7 * work.week + day, "production", production)]
    for activity, on, share in _BESIDE:
        some = np.flatnonzero((day - who) % 7 == on) if on else np.arange(len(used))
        hours = production[some] * share * rng.uniform(0.7, 1.3, len(some))
        tables.append(_booked(crew, calendar, who[some], 7 * work.week + day[some], activity, hours))
    return pa.concat_tables([canonical("work_hours", operation.name, one) for one in tables])


def away(operation: Operation, crew: Crew, calendar: Calendar) -> pa.Table | None:
    """Make the ``work_hours`` booked as leave: eight hours a day, part-time accordingly."""
    who, spell = np.nonzero(crew.leave_days)
    if not len(who):
        return None
    length = crew.leave_days[who, spell]
    many = np.repeat(who, length)
    begun = np.repeat(np.cumsum(length) - length, length)
    day = np.repeat(crew.leave_from[who, spell], length) + np.arange(len(many)) - begun
    booked = _booked(crew, calendar, many, day, "leave", 8.0 * crew.fte[many])
    return canonical("work_hours", operation.name, booked)


class AuditHours:
    """Auditors' time, gathered over all weeks: an audit may fall into the week after its decision's."""

    def __init__(self, operation: Operation, crew: Crew, calendar: Calendar) -> None:
        self.operation, self.crew, self.calendar = operation, crew, calendar
        self.seconds = np.zeros((crew.auditors, DAYS))

    def see(self, found: Review) -> None:
        """Add a week's audits."""
        day = self.calendar.local(found.at)[0] - self.calendar.first_day
        np.add.at(self.seconds, (found.auditor, np.minimum(day, DAYS - 1)), found.handling)

    def table(self) -> pa.Table | None:
        """Make the auditors' ``work_hours``."""
        who, day = np.nonzero(self.seconds)
        if not len(who):
            return None
        columns = _booked(self.crew, self.calendar, who, day, "audit", self.seconds[who, day] / 3600 / 0.85)
        columns["person_id"] = self.crew.auditor_ids(who)
        return canonical("work_hours", self.operation.name, columns)


def shifts(operation: Operation, crew: Crew, calendar: Calendar, rng: np.random.Generator) -> pa.Table | None:
    """Make the ``shifts`` table: a planned one for every day at work, an actual one for most."""
    who, day = np.nonzero(crew.present)
    if not len(who):
        return None
    held: Bools = rng.random(len(who)) < 0.95
    late = rng.exponential(0.06, len(who)) * crew.fte[who]
    person = np.concatenate([who, who[held]])
    days = np.concatenate([day, day[held]])
    begin = np.concatenate([crew.shift[who], (crew.shift[who] + late)[held]])
    end = np.concatenate([crew.shift[who], crew.shift[who][held]]) + crew.shift_hours[person]
    columns = {
        "person_id": crew.labelers(person),
        "shift_date": calendar.first_day + days,
        "starts_at": calendar.utc(days, begin * 3600),
        "ends_at": calendar.utc(days, end * 3600),
        "kind": words(["planned", "actual"], np.repeat([0, 1], [len(who), int(held.sum())])),
        "queue": words([operation.queues[0].name], np.zeros(len(person), np.int64)),
        "overtime": np.zeros(len(person), bool),
    }
    return canonical("shifts", operation.name, columns)
