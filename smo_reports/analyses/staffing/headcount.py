"""Projected headcount against what is required, week by week, along paths."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.capacity import LEVEL, Need, hours_of_one
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.stats.attrition import Attrition
from smo_reports.stats.backlog_need import enough_for
from smo_reports.stats.headcount import Members, Staff, staff_paths
from smo_reports.stats.hiring_paths import Opening, weeks_to_fill
from smo_reports.stats.intervals import normal_quantile

Floats = npt.NDArray[np.float64]

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
    people, leaving, one = situation.people, situation.attrition, hours_of_one(situation, scenario)
    if people is None or leaving is None or not math.isfinite(one) or not situation.paths:
        return None
    rates = rates_of_paths(situation, scenario, leaving)
    chance = situation.rng("leaving").random((len(people.fte), situation.paths)).T
    members = Members(people.tenure, people.fte, people.leaves)
    now = staff_paths(members, rates, leaving, situation.ramped.ramp, chance, situation.weeks)
    seat = float(people.fte.mean())
    joining = _joining(situation, scenario, leaving, seat)
    effective = now.effective + joining.effective
    hours = effective * one * _worked_part(situation, scenario)[:, None] * (1 - situation.leave)
    return Projection(now, joining, hours, hours / one, seat)


def rates_of_paths(situation: Situation, scenario: Scenario, leaving: Attrition) -> Floats:
    """Share that leaves per week, by path and band of tenure."""
    drawn = leaving.draw(situation.rng("attrition").random(situation.paths))
    return np.asarray(drawn * (1 + scenario.attrition), float)


def _worked_part(situation: Situation, scenario: Scenario) -> Floats:
    """How shrinkage may differ from its value, as a factor of the hours worked; shape (paths,)."""
    shrunk = situation.shrinkage
    error = (shrunk.high - shrunk.low) / 2 / normal_quantile(0.95)
    if scenario.shrinkage is not None or not math.isfinite(error):
        return np.ones(situation.paths)
    drawn = shrunk.value + error * situation.rng("shrinkage").standard_normal(situation.paths)
    return np.asarray((1 - np.clip(drawn, 0.0, 0.99)) / (1 - shrunk.value), float)


def _joining(situation: Situation, scenario: Scenario, leaving: Attrition, seat: float) -> Staff:
    rates = rates_of_paths(situation, scenario, leaving)
    nobody = np.zeros((situation.paths, situation.weeks))
    heads, effective = nobody, nobody
    for requisition in situation.hiring.open:
        opening = situation.hiring.opening(requisition, situation.weeks, scenario.hiring_pace)
        weeks = filled_seats(situation, opening, requisition.name) + scenario.start_after_weeks
        joined = joined_staff(situation, (leaving, rates), weeks, seat, requisition.name)
        heads, effective = heads + joined.heads, effective + joined.effective
    return Staff(heads, effective)


def filled_seats(situation: Situation, opening: Opening, name: str) -> Floats:
    """Weeks until each seat of an opening is taken; shape (paths, seats)."""
    stages = situation.hiring.stages
    chance = situation.rng("stages").random((len(stages), situation.paths))
    shares = np.stack([one.shares(chance[place]) for place, one in enumerate(stages)], axis=1)
    return weeks_to_fill(stages, opening, shares, situation.seed(f"opening {name}"))


def joined_staff(
    situation: Situation, leaving: tuple[Attrition, Floats], starts: Floats, seat: float, name: str
) -> Staff:
    """Whoever takes seats, from the weeks ``starts`` on, shape (paths, seats)."""
    seats = starts.shape[1]
    members = Members(-starts, np.full(seats, seat), np.full(seats, np.inf))
    chance = situation.rng(f"leaving {name}").random((seats, situation.paths)).T
    return staff_paths(members, leaving[1], leaving[0], situation.ramped.ramp, chance, situation.weeks)


def headcount_table(situation: Situation, need: Need, projection: Projection, sure: float) -> pd.DataFrame:
    """Required against available full-time equivalents by week.

    Returns
    -------
    DataFrame
        ``week, required, required_low, required_high, available, available_low, available_high, heads, gap, gap_low,
        gap_high, short``: 80 % bands along paths, and the median of ``available``; ``required`` is enough on a share
        ``sure`` of the paths, the cap on severe hours included, and so many more than there are, ``gap``, would be;
        ``short`` is the share of paths on which people are missing, and ``heads`` are full-time equivalents whatever
        their part.
    """
    required = need.people
    gap = required - projection.fte
    table = {"week": situation.week_starts(), "required": need.planned_people}
    for name, each in (("required", required), ("available", projection.fte), ("gap", gap)):
        middle = {} if name == "required" else {name: enough_for(each, sure if name == "gap" else _HALF)}
        tails = {"low": (1 - LEVEL) / 2, "high": (1 + LEVEL) / 2}
        table |= middle | {f"{name}_{end}": enough_for(each, share) for end, share in tails.items()}
    heads = enough_for(projection.now.heads + projection.joining.heads, _HALF)
    return pd.DataFrame(table | {"heads": heads, "short": (gap > 0).mean(axis=0)})
