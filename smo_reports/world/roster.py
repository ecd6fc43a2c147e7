"""A project's people, absences and assignments as canonical tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from smo_reports.world.columns import NEVER, canonical, words
from smo_reports.world.moments import Calendar
from smo_reports.world.operation import Operation
from smo_reports.world.people import Crew, team_names


def people(operation: Operation, crew: Crew, calendar: Calendar) -> pa.Table:
    """Make the ``people`` table: labelers, auditors, leads."""
    teams, count = crew.teams, crew.size
    lead_of = np.unique(crew.team, return_index=True)[1]
    market = np.concatenate([crew.market, np.full(crew.auditors, -1), crew.market[lead_of]])
    vendor = np.concatenate([crew.vendor, np.full(crew.auditors, -1), crew.vendor[lead_of]])
    team = np.concatenate([crew.team, np.full(crew.auditors, -1), np.arange(teams)])
    others = crew.auditors + teams
    started = calendar.first_day + np.concatenate([crew.started, -200 - 13 * np.arange(others)])
    ended = np.concatenate([crew.ended, np.full(others, NEVER)])
    months = [str(np.datetime64(int(day), "D"))[:7] for day in started]
    names = (
        crew.labelers(np.arange(count)).to_pylist()
        + crew.auditor_ids(np.arange(crew.auditors)).to_pylist()
        + crew.lead_ids(np.arange(teams)).to_pylist()
    )
    columns = {
        "person_id": names,
        "role": words(["labeler", "auditor", "lead"], np.repeat([0, 1, 2], [count, crew.auditors, teams])),
        "started_on": started,
        "ended_on": np.where(ended == NEVER, NEVER, ended + calendar.first_day),
        "team": words(team_names(operation, crew), team),
        "vendor": words([pair[0] for pair in crew.vendors], vendor),
        "manager_id": crew.lead_ids(np.concatenate([crew.team, np.full(others, -1)])),
        "site": words([pair[1] for pair in crew.vendors], vendor),
        "market": words([one.name for one in operation.markets], market),
        "languages": words([",".join(one.languages) for one in operation.markets], market),
        "fte": np.concatenate([crew.fte, np.ones(others)]),
        "cohort": months,
        "ramp_target": np.concatenate([np.full(count, round(operation.accuracy, 2)), np.full(others, np.nan)]),
    }
    return canonical("people", operation.name, columns)


def absences(operation: Operation, crew: Crew, calendar: Calendar) -> pa.Table | None:
    """Make the ``leave`` table: absences, never a reason."""
    who, spell = np.nonzero(crew.leave_days)
    if not len(who):
        return None
    first = calendar.first_day + crew.leave_from[who, spell]
    columns = {
        "person_id": crew.labelers(who),
        "starts_on": first,
        "ends_on": first + crew.leave_days[who, spell] - 1,
        "planned": crew.leave_days[who, spell] > 2,
    }
    return canonical("leave", operation.name, columns)


def assignments(operation: Operation, crew: Crew, calendar: Calendar) -> pa.Table:
    """Make the ``assignments`` table: labelers on the first queue, the market's language as skill."""
    columns = {
        "person_id": crew.labelers(np.arange(crew.size)),
        "starts_on": calendar.first_day + crew.started,
        "ends_on": np.where(crew.ended == NEVER, NEVER, crew.ended + calendar.first_day),
        "queue": words([operation.queues[0].name], np.zeros(crew.size, np.int64)),
        "skill": words([next(iter(one.languages)) for one in operation.markets], crew.market),
    }
    return canonical("assignments", operation.name, columns)
