"""Hours that each queue needs, week by week, so that it keeps its promise on most paths of arrivals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.live import live_hours
from smo_reports.analyses.staffing.queue_work import QueueWork
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.stats.backlog_flow import BacklogFlow, Opening, backlog_flow
from smo_reports.stats.backlog_need import Promise, enough_for, hours_needed

Floats = npt.NDArray[np.float64]

LEVEL = 0.8

_STEPS_A_DAY = (1, 2, 4, 8, 12, 24)
_FEWEST_STEPS = 4
"""Steps from arrival to due at least: a step is the resolution of what is late."""


@dataclass(frozen=True)
class QueueNeed:
    """Hours at work that one queue needs.

    Attributes
    ----------
    work : QueueWork
    each : ndarray, shape (paths, weeks)
        What each path needs; infinite where no number of hours would keep the promise.
    planned : ndarray, shape (weeks,)
        Enough on a share ``sure`` of the paths.
    """

    work: QueueWork
    each: Floats
    planned: Floats


@dataclass(frozen=True)
class Need:
    """Hours at work that all queues need, and in full-time equivalents.

    Attributes
    ----------
    queues : tuple of QueueNeed
    each : ndarray, shape (paths, weeks)
        Of all queues together, path by path: not all have their bad weeks at once.
    planned : ndarray, shape (weeks,)
    hours_of_one : float
        Hours at work of a full-time equivalent in a week; nan where shrinkage is not known.
    severe_hours : float
        The most hours a week that a person may spend on severe queues; infinite where the project sets no cap.
    workload : ndarray, shape (queues,)
        Hours at work in a week that arrivals take, whatever is promised.
    """

    queues: tuple[QueueNeed, ...]
    each: Floats
    planned: Floats
    hours_of_one: float
    severe_hours: float
    workload: Floats

    @property
    def people(self) -> Floats:
        """Full-time equivalents that each path needs, for its hours and for the cap on severe ones; (paths, weeks)."""
        severe = sum((one.each for one in self._severe), start=np.zeros_like(self.each))
        return np.asarray(np.maximum(self.each / self.hours_of_one, severe / self.severe_hours), float)

    @property
    def planned_people(self) -> Floats:
        """The same, enough for what is planned; shape (weeks,)."""
        return np.asarray(np.maximum(self.planned / self.hours_of_one, self.exposed), float)

    @property
    def exposed(self) -> Floats:
        """People at work whom the cap on severe hours takes, for what is planned; shape (weeks,); 0 without a cap."""
        severe = sum((one.planned for one in self._severe), start=np.zeros_like(self.planned))
        return np.asarray(severe / self.severe_hours, float)

    @property
    def _severe(self) -> list[QueueNeed]:
        return [one for one in self.queues if one.work.promise.severe] if np.isfinite(self.severe_hours) else []

    def within_reach(self) -> Need:
        """The same with what arrivals take for each queue whose promise no number of hours keeps."""
        queues = tuple(_reached(one, load) for one, load in zip(self.queues, self.workload, strict=True))
        each = sum((one.each for one in queues), start=np.zeros_like(self.each))
        alone = sum((one.planned for one in queues), start=np.zeros_like(self.planned))
        return replace(self, queues=queues, each=each, planned=np.where(np.isfinite(self.planned), self.planned, alone))


def _reached(one: QueueNeed, load: float) -> QueueNeed:
    each, planned = (np.where(np.isfinite(hours), hours, load) for hours in (one.each, one.planned))
    return QueueNeed(one.work, each, planned)


def need_of(situation: Situation, scenario: Scenario) -> Need:
    """What all queues need under a scenario."""
    queues = tuple(_need(situation, work, scenario) for work in situation.queues)
    each = sum((need.each for need in queues), start=np.zeros((max(situation.paths, 1), situation.weeks)))
    # Queues that are each worked as planned keep their promises: no more than that is needed.
    alone = np.sum([need.planned for need in queues], axis=0) if queues else np.zeros(situation.weeks)
    planned = np.minimum(enough_for(each, scenario.sure), alone)
    cap, days = situation.staffing.severe_hours, situation.staffing.labour.days_a_week
    load = [work.workload(scenario.handling) * (1 + scenario.volume) / 3600 for work in situation.queues]
    return Need(
        queues,
        each,
        planned,
        hours_of_one(situation, scenario),
        float("inf") if cap is None else cap * days,
        np.array(load) / situation.staffing.occupancy,
    )


def hours_of_one(situation: Situation, scenario: Scenario) -> float:
    """Hours at work of one full-time equivalent in a week."""
    shrunk = situation.shrinkage.value if scenario.shrinkage is None else scenario.shrinkage
    return situation.staffing.hours_a_week * (1 - shrunk)


def required_table(situation: Situation, need: Need) -> pd.DataFrame:
    """Required hours and full-time equivalents by week and queue.

    Returns
    -------
    DataFrame
        ``week`` (its first day), ``queue, kind, required, low, high`` in hours at work, ``fte, fte_low, fte_high``.
        ``required`` is enough on the share of paths that the scenario asks for; ``low`` and ``high`` hold 80 % of the
        paths' own needs. The rows of queue ``""`` are of all queues together, which is less than their sum; their
        full-time equivalents are as many as the cap on severe hours takes, if that is more.
    """
    rows = [_rows(situation, one.work.queue, one.work.promise.kind, one.each, one.planned) for one in need.queues]
    rows.append(_rows(situation, "", "all", need.each, need.planned))
    table = pd.concat(rows, ignore_index=True)
    for name, hours in (("fte", "required"), ("fte_low", "low"), ("fte_high", "high")):
        table[name] = table[hours] / need.hours_of_one
    whole = table["queue"] == ""
    low, high = (enough_for(need.people, share) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    for name, people in (("fte", need.planned_people), ("fte_low", low), ("fte_high", high)):
        table.loc[whole, name] = people
    return table


def _rows(situation: Situation, queue: str, kind: str, each: Floats, planned: Floats) -> pd.DataFrame:
    low, high = (enough_for(each, share) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return pd.DataFrame(
        {
            "week": situation.week_starts(),
            "queue": queue,
            "kind": kind,
            "required": planned,
            "low": low,
            "high": high,
        }
    )


def _need(situation: Situation, work: QueueWork, scenario: Scenario) -> QueueNeed:
    if work.promise.kind == "live":
        each = live_hours(situation, work, scenario)
        return QueueNeed(work, each, np.asarray(enough_for(each, scenario.sure), float))
    found = hours_needed(*deferred(situation, work, scenario), sure=scenario.sure)
    return QueueNeed(work, found.each, found.planned)


def deferred(situation: Situation, work: QueueWork, scenario: Scenario) -> tuple[Floats, Promise, Opening]:
    """A deferred queue in steps: arrivals, promise and what is open.

    Within a day items come in by the hours of their weekday, and people work when they usually do. What is due within
    a step is held to be in time until its end, which is half a step too long: the time until due is half a step less.
    """
    per_day = _steps_a_day(work.due_hours)
    first = situation.end.weekday()
    shares = _by_step(work.profile, per_day)
    days = work.daily.shape[1]
    of_day = shares[(first + np.arange(days)) % 7]
    arrivals = (work.daily[:, :, None] * of_day * (1 + scenario.volume)).reshape(len(work.daily), -1)
    due = max(work.due_hours * per_day / 24 - 0.5, 0.0)
    level = work.promise.service_level if scenario.service_level is None else scenario.service_level
    spread = np.roll(_by_step(situation.spread, per_day), -first, axis=0).ravel()
    busy = work.seconds(situation.rng, scenario.handling) / situation.staffing.occupancy
    opening = Opening(work.opening.age * per_day / 24, work.opening.items)
    return arrivals, Promise(due, level, busy, spread), opening


def flow_with(situation: Situation, work: QueueWork, scenario: Scenario, hours: Floats) -> tuple[BacklogFlow, int]:
    """What becomes of a deferred queue with so many hours at work; and the steps of a day.

    Parameters
    ----------
    hours : ndarray, shape (paths, weeks)
    """
    arrivals, promise, opening = deferred(situation, work, scenario)
    week = len(promise.spread)
    each = np.repeat(hours, week, axis=1) * np.tile(promise.spread, hours.shape[1])
    capacity = each * 3600 / np.asarray(promise.handling)[:, None]
    return backlog_flow(arrivals, capacity[:, : arrivals.shape[1]], promise.due, opening), week // 7


def _steps_a_day(due_hours: float) -> int:
    fine = (steps for steps in _STEPS_A_DAY if due_hours * steps / 24 >= _FEWEST_STEPS)
    return next(fine, _STEPS_A_DAY[-1])


def _by_step(hours: Floats, per_day: int) -> Floats:
    return np.asarray(hours.reshape(7, per_day, -1).sum(axis=2), float)
