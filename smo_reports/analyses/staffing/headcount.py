"""Projected headcount against what is required: the gap, what to open by when, and what it costs not to."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.capacity import LEVEL, Need, hours_of_one
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.stats.backlog_need import enough_for
from smo_reports.stats.headcount import Members, Staff, staff_paths
from smo_reports.stats.hiring_paths import Opening, weeks_to_fill
from smo_reports.stats.intervals import normal_quantile
from smo_reports.stats.ramp import Ramp

Floats = npt.NDArray[np.float64]

RAMPED = 0.95
"""The part of an experienced person's work from which a joiner counts as ramped."""

_AHEAD = 52
_LAST_WEEKS = 4
_HALF = 0.5


@dataclass(frozen=True)
class Projection:
    """The team in the weeks to come.

    Attributes
    ----------
    now : Staff
        Of those who are there, or whose start is known.
    joining : Staff
        Of seats that are open already and get filled.
    hours : ndarray, shape (paths, weeks)
        At work, of both.
    fte : ndarray, shape (paths, weeks)
        The same in experienced full-time equivalents.
    seat : float
        Full time that a seat has, as the team's mean is.
    """

    now: Staff = field(repr=False)
    joining: Staff = field(repr=False)
    hours: Floats = field(repr=False)
    fte: Floats = field(repr=False)
    seat: float


def projection_of(situation: Situation, scenario: Scenario) -> Projection | None:
    """The team's paths; None where people, or the hours that they work, are not known."""
    people, one = situation.people, hours_of_one(situation, scenario)
    if people is None or situation.attrition is None or not math.isfinite(one) or not situation.paths:
        return None
    rates = _rates(situation, scenario)
    chance = situation.rng("leaving").random((len(people.fte), situation.paths)).T
    members = Members(people.tenure, people.fte, people.leaves)
    now = staff_paths(members, rates, situation.attrition, situation.ramped.ramp, chance, situation.weeks)
    seat = float(people.fte.mean())
    joining = _joining(situation, scenario, rates, seat)
    effective = now.effective + joining.effective
    # Leave that is entered counts as far as it is more than shrinkage has it already.
    shrunk = 1 - one / situation.staffing.hours_a_week
    away = np.maximum(situation.leave - shrunk * now.heads.mean(axis=0), 0.0)
    hours = np.maximum(effective * one * _worked_part(situation, scenario)[:, None] - away * one, 0.0)
    return Projection(now, joining, hours, hours / one, seat)


def _rates(situation: Situation, scenario: Scenario) -> Floats:
    assert situation.attrition is not None
    drawn = situation.attrition.draw(situation.rng("attrition").random(situation.paths))
    return drawn * (1 + scenario.attrition)


def _worked_part(situation: Situation, scenario: Scenario) -> Floats:
    """How shrinkage may differ from its value, as a factor of the hours worked; shape (paths,)."""
    shrunk = situation.shrinkage
    error = (shrunk.high - shrunk.low) / 2 / normal_quantile(0.95)
    if scenario.shrinkage is not None or not math.isfinite(error):
        return np.ones(situation.paths)
    drawn = shrunk.value + error * situation.rng("shrinkage").standard_normal(situation.paths)
    return np.asarray((1 - np.clip(drawn, 0.0, 0.99)) / (1 - shrunk.value), float)


def _joining(situation: Situation, scenario: Scenario, rates: Floats, seat: float) -> Staff:
    nobody = np.zeros((situation.paths, situation.weeks))
    heads, effective = nobody, nobody
    for requisition in situation.hiring.open:
        opening = situation.hiring.opening(requisition, situation.weeks, scenario.hiring_pace)
        weeks = _filled(situation, opening, requisition.name) + scenario.start_after_weeks
        joined = _joined(situation, rates, weeks, seat, requisition.name)
        heads, effective = heads + joined.heads, effective + joined.effective
    return Staff(heads, effective)


def _filled(situation: Situation, opening: Opening, name: str) -> Floats:
    stages = situation.hiring.stages
    chance = situation.rng("stages").random((len(stages), situation.paths))
    shares = np.stack([one.shares(chance[place]) for place, one in enumerate(stages)], axis=1)
    return weeks_to_fill(stages, opening, shares, situation.rng(f"opening {name}"))


def _joined(situation: Situation, rates: Floats, starts: Floats, seat: float, name: str) -> Staff:
    assert situation.attrition is not None
    seats = starts.shape[1]
    members = Members(-starts, np.full(seats, seat), np.full(seats, np.inf))
    chance = situation.rng(f"leaving {name}").random((seats, situation.paths)).T
    return staff_paths(members, rates, situation.attrition, situation.ramped.ramp, chance, situation.weeks)


def headcount_table(situation: Situation, need: Need, projection: Projection) -> pd.DataFrame:
    """Required against available full-time equivalents by week.

    Returns
    -------
    DataFrame
        ``week, required, required_low, required_high, available, available_low, available_high, heads, gap, gap_low,
        gap_high, short``: medians and 80 % bands along paths; ``required`` is enough on the share of paths that the
        scenario asks for, ``gap`` is positive where people are missing, ``short`` is the share of paths on which they
        are, and ``heads`` are full-time equivalents whatever their part.
    """
    required = need.each / need.hours_of_one
    gap = required - projection.fte
    table = {"week": situation.week_starts(), "required": need.planned / need.hours_of_one}
    for name, each in (("required", required), ("available", projection.fte), ("gap", gap)):
        middle = {} if name == "required" else {name: enough_for(each, _HALF)}
        tails = {"low": (1 - LEVEL) / 2, "high": (1 + LEVEL) / 2}
        table |= middle | {f"{name}_{end}": enough_for(each, share) for end, share in tails.items()}
    heads = enough_for(projection.now.heads + projection.joining.heads, _HALF)
    return pd.DataFrame(table | {"heads": heads, "short": (gap > 0).mean(axis=0)})


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
        Experienced full-time equivalents that are missing in the plan's last four weeks, on a share ``sure`` of paths.
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
        return self.open_by is not None and self.ramped_by is not None and self.needed_from is not None and (
            self.ramped_by > self.needed_from
        )


def advice_of(
    situation: Situation, scenario: Scenario, need: Need, projection: Projection, language: str = ""
) -> Advice:
    """How many seats to open, and by when, so that people are ramped when they are needed.

    As many as make up what the last four weeks of the plan miss, once ramped: not more because they are slow at first.
    Weeks before those are short for a while only: hiring is no answer to them.
    """
    gap = need.each / need.hours_of_one - projection.fte
    short = enough_for(gap, scenario.sure) > 0
    starts = situation.week_starts()
    weeks = tuple(start for start, is_short in zip(starts, short, strict=True) if is_short)
    missing = max(float(enough_for(gap[:, -_LAST_WEEKS:].mean(axis=1), scenario.sure)), 0.0)
    seats = math.ceil(missing / projection.seat - 1e-9) if math.isfinite(missing) else 0
    language = language or situation.hiring.language
    if not seats:
        nothing = "" if math.isfinite(missing) else "no number of hours keeps a promise: see the queues"
        nan = float("nan")
        return Advice(
            0, projection.seat, "labeler", language, missing, None, nan, None, None, weeks, nan, scenario.sure, nothing
        )
    stays = len(short) - int(np.argmin(short[::-1])) if not short.all() else 0
    from_ = starts[min(stays, max(len(starts) - _LAST_WEEKS, 0))]
    lead, note = _lead(situation, scenario, seats)
    reached = math.isfinite(lead)
    hours = situation.hiring.interviews_a_hire * seats
    return Advice(
        seats,
        projection.seat,
        "labeler",
        language,
        missing,
        from_,
        lead,
        from_ - dt.timedelta(math.ceil(7 * lead)) if reached else None,
        situation.end + dt.timedelta(math.ceil(7 * lead)) if reached else None,
        weeks,
        hours,
        scenario.sure,
        note,
    )


def _lead(situation: Situation, scenario: Scenario, seats: int) -> tuple[float, str]:
    """Weeks from opening until all are ramped, on a share ``sure`` of the paths."""
    if situation.hiring.note:
        return float("nan"), situation.hiring.note
    opening = situation.hiring.new_opening(seats, _AHEAD, scenario.hiring_pace)
    filled = _filled(situation, opening, "to be opened")[:, -1]
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
    return np.where(reached.any(axis=1), reached.argmax(axis=1), parts.shape[1]).astype(float)
