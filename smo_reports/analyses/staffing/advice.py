"""What to open by when, so that people are ramped when they are needed."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from smo_reports.analyses.staffing.capacity import Need
from smo_reports.analyses.staffing.cover import Cover
from smo_reports.analyses.staffing.funnel import INTERVIEW_HOURS
from smo_reports.analyses.staffing.headcount import Projection, filled_seats, joined_staff, rates_of_paths
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.stats.backlog_need import enough_for
from smo_reports.stats.ramp import Ramp

Floats = npt.NDArray[np.float64]

RAMPED = 0.95
"""The part of an experienced person's work from which a joiner counts as ramped."""

_AHEAD = 52
_LAST_WEEKS = 4
_NEXT_TO_NOTHING = 0.1
"""Hours a week below which nothing is called undone."""


@dataclass(frozen=True)
class Advice:
    """What to open, and by when.

    Attributes
    ----------
    seats : int
        To open beside those that are open; 0 where nobody is missing at the plan's end.
    seat : float
        Full time of each.
    role, language : str
    missing : float
        Experienced full-time equivalents that are missing in the plan's last four weeks, on a share ``sure`` of paths;
        with those who would have to do what is undone for lack of skills.
    lacking : float
        Hours a week in those weeks that stay undone though there are enough, since too few people can work on them.
    queue : str
        Where most stays undone; empty where nothing does.
    out_of_reach : tuple of str
        Queues whose promise no number of people keeps: their arrivals are counted as work, their promise is not.
    needed_from : date or None
        The first day of the weeks that stay short up to the end.
    lead_weeks : float
        From opening to the day by which all are hired, have begun and are ramped, on a share ``sure`` of the paths;
        infinite where the funnel does not fill so many seats within a year, nan where there is none.
    open_by : date or None
        The latest day of opening. Before the plan's first day: it is too late for the first short weeks.
    ramped_by : date or None
        When they are ramped if opened on the plan's first day.
    short_weeks : tuple of date
        Weeks in which people are missing on more than ``1 - sure`` of the paths, hiring or not.
    interview_hours : float
        What interviews for these seats take of the team in all; nan where not known.
    sure : float
    note : str
        ``not measured: …`` where no date can be given.
    """

    seats: int
    seat: float
    role: str
    language: str
    missing: float
    lacking: float
    queue: str
    out_of_reach: tuple[str, ...]
    needed_from: dt.date | None
    lead_weeks: float
    open_by: dt.date | None
    ramped_by: dt.date | None
    short_weeks: tuple[dt.date, ...]
    interview_hours: float
    sure: float
    note: str = ""

    @property
    def too_late(self) -> bool:
        """Whether opening today no longer helps the first of the weeks that stay short."""
        return (
            self.open_by is not None
            and self.ramped_by is not None
            and self.needed_from is not None
            and (self.ramped_by > self.needed_from)
        )


def advice_of(situation: Situation, scenario: Scenario, need: Need, projection: Projection, cover: Cover) -> Advice:
    """How many seats to open, and by when, so that people are ramped when they are needed.

    As many as make up what the last four weeks of the plan miss, once ramped: not more because they are slow at first.
    Weeks before those are short for a while only: hiring is no answer to them.
    """
    reached = need.within_reach()
    gap = reached.people - projection.fte
    lacking = np.where(cover.lacking < _NEXT_TO_NOTHING, 0.0, cover.lacking)
    short = (enough_for(gap, scenario.sure) > 0) | (lacking > 0)
    starts = situation.week_starts()
    weeks = tuple(start for start, is_short in zip(starts, short, strict=True) if is_short)
    people = max(float(enough_for(gap[:, -_LAST_WEEKS:].mean(axis=1), scenario.sure)), 0.0)
    unskilled = float(lacking[-_LAST_WEEKS:].mean())
    missing = people + unskilled / need.hours_of_one
    seats = math.ceil(missing / projection.seat - 1e-9)
    out = tuple(one.work.queue for one in need.queues if not np.isfinite(one.planned).all())
    found = Advice(
        seats,
        projection.seat,
        "labeler",
        cover.skill or situation.hiring.language,
        missing,
        unskilled,
        cover.scarcest,
        out,
        None,
        float("nan"),
        None,
        None,
        weeks,
        float("nan"),
        scenario.sure,
    )
    if not seats:
        return found
    stays = len(short) - int(np.argmin(short[::-1])) if not short.all() else 0
    from_ = starts[min(stays, max(len(starts) - _LAST_WEEKS, 0))]
    lead, note = _lead(situation, scenario, seats)
    days = math.ceil(7 * lead) if math.isfinite(lead) else None
    return replace(
        found,
        needed_from=from_,
        lead_weeks=lead,
        open_by=None if days is None else from_ - dt.timedelta(days),
        ramped_by=None if days is None else situation.end + dt.timedelta(days),
        interview_hours=situation.hiring.interviews_a_hire * seats * INTERVIEW_HOURS,
        note=note,
    )


def _lead(situation: Situation, scenario: Scenario, seats: int) -> tuple[float, str]:
    """Weeks from opening until all are ramped, on a share ``sure`` of the paths."""
    if situation.hiring.note:
        return float("nan"), situation.hiring.note
    opening = situation.hiring.new_opening(seats, _AHEAD, scenario.hiring_pace)
    filled = filled_seats(situation, opening, "to be opened")[:, -1]
    each = filled + scenario.start_after_weeks + ramp_weeks(situation.ramped.ramp, situation.paths)
    lead = float(enough_for(each, scenario.sure))
    if math.isfinite(lead):
        return lead, ""
    return lead, f"the funnel as it is does not fill {seats} seats within a year in {scenario.sure:.0%} of cases"


def ramp_weeks(ramp: Ramp, paths: int) -> Floats:
    """Weeks from the first day until a joiner counts as ramped; shape (paths,)."""
    parts = ramp.of_paths(paths)
    reached = parts >= RAMPED
    if not ramp.people.any():
        return np.zeros(paths)
    return np.asarray(np.where(reached.any(axis=1), reached.argmax(axis=1), parts.shape[1]), float)


def hours_if_opened(
    situation: Situation, scenario: Scenario, projection: Projection, hours_of_one: float, seats: int
) -> Floats:
    """Hours at work if so many seats are opened on the plan's first day; shape (paths, weeks).

    Until they are filled the team interviews for them, in hours that are then not worked.
    """
    leaving = situation.attrition
    if leaving is None or situation.hiring.note or not seats:
        return projection.hours
    opening = situation.hiring.new_opening(seats, situation.weeks, scenario.hiring_pace)
    filled = filled_seats(situation, opening, "to be opened")
    starts = filled + scenario.start_after_weeks
    rates = rates_of_paths(situation, scenario, leaving)
    joined = joined_staff(situation, (leaving, rates), starts, projection.seat, "to be opened")
    interviews = _interviewing(filled[:, -1], situation.hiring.interviews_a_hire * seats, situation.weeks)
    return np.asarray(np.maximum(projection.hours - interviews, 0.0) + joined.effective * hours_of_one, float)


def _interviewing(until: Floats, whole: float, weeks: int) -> Floats:
    """Hours that interviews take, evenly over the weeks until the last seat is filled; shape (paths, weeks)."""
    if not math.isfinite(whole):
        return np.zeros((len(until), weeks))
    long = np.clip(until, 1.0, _AHEAD)[:, None]
    within = np.clip(long - np.arange(weeks), 0.0, 1.0)
    return np.asarray(whole * INTERVIEW_HOURS * within / long, float)
