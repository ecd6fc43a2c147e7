"""Shifts for a week to come: how many people on which weekly pattern, and whether the shifts as planned would do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.hourly import HourlyNeed, Judged, hourly_need, judged, planned_cover
from smo_reports.analyses.staffing.plan import StaffingPlan
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.project import Project
from smo_reports.project.staffing import LabourRules
from smo_reports.sources import Rows
from smo_reports.stats.shift_cover import ShiftCover, cover_shifts
from smo_reports.stats.shift_patterns import Rules, Shift, overlap

Floats = npt.NDArray[np.float64]

_WEEK = 168
_SECONDS = 4.0
"""How long each of two searches may take."""


@dataclass(frozen=True)
class Roster:
    """People by weekly pattern for a week of the plan, and the shifts as planned beside it.

    Attributes
    ----------
    week : date
        The week's first day.
    hours : DataFrame
        168 rows, Monday's first hour first: ``weekday, hour``; people on shift: ``live``, whom live queues need;
        ``cover`` of this roster and its ``status``; ``now``, of the shifts as planned, ``now_status``, ``now_short``
        and ``now_spare`` (nan and empty where they are not known).
    patterns : DataFrame
        ``start`` (hour), ``days`` (tuple of weekdays, 0 for Monday), ``people, hours``.
    need : HourlyNeed
    people : int
    at_least : int
        No roster of such patterns needs fewer.
    unreached : tuple of int
        Hours of the week that live queues need and no shift of the rules reaches.
    now_hours : float
        Of the shifts as planned, without breaks; nan where they are not known.
    rules : LabourRules
    missing : dict of str to str
        What ``"need"`` and ``"planned"`` would need.
    """

    week: dt.date
    hours: pd.DataFrame
    patterns: pd.DataFrame
    need: HourlyNeed
    people: int
    at_least: int
    unreached: tuple[int, ...]
    now_hours: float
    rules: LabourRules
    missing: Mapping[str, str]

    @property
    def gap(self) -> float:
        """How far a better roster could be below this one, as a share of its people."""
        return (self.people - self.at_least) / self.people if self.people else 0.0


def roster_of(project: Project, rows: Rows, situation: Situation, plan: StaffingPlan, week: int = 0) -> Roster:
    """Make a roster under the project's labour rules, and judge the shifts of the last seven days by the same need.

    Parameters
    ----------
    project : Project
    rows : Rows
        Up to the plan's first day.
    situation : Situation
        Where it knows who is there, only their shifts count.
    plan : StaffingPlan
        Made of that situation.
    week : int
        Of the plan, from 0.

    Returns
    -------
    Roster
        Everybody works full weeks, on days that follow each other, in shifts that begin at the same hour; breaks are in
        the middle of a shift or an hour beside it, so that not all are away at once. There are as few people as cover
        live queues in every hour and have the week's hours in all; who is there beside what live queues need does the
        work that may wait.
    """
    rules, missing = project.staffing.labour, dict[str, str]()
    need = hourly_need(situation, plan.scenario, plan.need, week)
    if not plan.need.queues:
        missing["need"] = "arrivals and handling times of a queue"
    found, at_least, unreached = _made(need, rules)
    cover = sum((one.cover for one in found), start=np.zeros(_WEEK))
    worked = 1 - rules.break_hours / rules.shift_hours
    who = None if situation.people is None else situation.people.names
    now, lacks = planned_cover(rows, project.zone, situation.end, worked, who)
    missing |= {"planned": lacks} if lacks else {}
    hours = _by_hour(need, judged(cover, need), cover, now)
    patterns = _patterns(found, rules)
    return Roster(
        situation.week_starts()[week],
        hours,
        patterns,
        need,
        int(patterns["people"].sum()),
        at_least,
        unreached,
        math.nan if now is None else float(now.sum()),
        rules,
        missing,
    )


def shifts_of(rules: LabourRules) -> list[Shift]:
    """The shifts that the rules allow, each with its break in the middle or an hour beside it."""
    if not rules.break_hours:
        return [Shift(start, rules.shift_hours) for start in rules.starts]
    middle = (rules.shift_hours - rules.break_hours) // 2
    last = rules.shift_hours - rules.break_hours - 1
    breaks = sorted({min(max(middle + beside, 1), last) for beside in (-1, 0, 1)})
    return [Shift(start, rules.shift_hours, at, rules.break_hours) for start in rules.starts for at in breaks]


def _made(need: HourlyNeed, rules: LabourRules) -> tuple[list[ShiftCover], int, tuple[int, ...]]:
    """Cover of live queues and of the hours beyond; the fewest people there can be; hours that no shift reaches."""
    shifts = shifts_of(rules)
    week = Rules(rules.rest_hours, rules.days_a_week, rules.hours_a_week, rules.days_a_week, days_together=True)
    reached = sum((overlap(shift, day, _WEEK) for shift in shifts for day in range(7)), start=np.zeros(_WEEK)) > 0
    live = np.where(reached, need.live, 0.0)
    unreached = tuple(np.flatnonzero((need.live > 0) & ~reached).tolist())
    found = [cover_shifts(live, shifts, week, seconds=_SECONDS)] if live.any() else []
    people = sum(int(one.people.sum()) for one in found)
    paid = (rules.shift_hours - rules.break_hours) * rules.days_a_week
    by_hours = math.ceil((float(live.sum()) + need.deferred) / paid - 1e-9)
    bound = max(by_hours, *(round(one.bound) for one in found)) if found else by_hours
    if by_hours > people:
        cover = sum((one.cover for one in found), start=np.zeros(_WEEK))
        wanted = np.where(reached, np.maximum(need.live + need.deferred * need.usual - cover, 0.0), 0.0)
        found.append(cover_shifts(wanted, shifts, week, people=by_hours - people, seconds=_SECONDS))
    return found, bound, unreached


def _patterns(found: list[ShiftCover], rules: LabourRules) -> pd.DataFrame:
    """People by hour of start and days, whenever their break is."""
    shifts = shifts_of(rules)
    rows = []
    for one in found:
        for pattern, people in zip(one.pattern, one.people, strict=True):
            days = tuple(day for day, shift in enumerate(pattern) if shift >= 0)
            own = [shifts[shift] for shift in pattern if shift >= 0]
            rows.append((int(own[0].start), days, int(people), int(people) * sum(shift.paid for shift in own)))
    table = pd.DataFrame(rows, columns=["start", "days", "people", "hours"])
    return table.groupby(["start", "days"])[["people", "hours"]].sum().reset_index()


def _by_hour(need: HourlyNeed, made: Judged, cover: Floats, now: Floats | None) -> pd.DataFrame:
    known = now is not None
    then = judged(now if now is not None else np.zeros(_WEEK), need)
    unknown = np.full(_WEEK, np.nan)
    return pd.DataFrame(
        {
            "weekday": np.repeat(np.arange(7), 24),
            "hour": np.tile(np.arange(24), 7),
            "live": need.live,
            "cover": cover,
            "status": made.status,
            "now": unknown if now is None else now,
            "now_status": then.status if known else "",
            "now_short": then.short if known else unknown,
            "now_spare": then.spare if known else unknown,
        }
    )
