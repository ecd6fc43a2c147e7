"""Which queues the people who are there can cover, by what they can work on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.capacity import Need
from smo_reports.analyses.staffing.headcount import Projection
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.situation import QueueWork, Situation
from smo_reports.stats.backlog_need import enough_for
from smo_reports.stats.skill_cover import cover_skills, skill_groups

Floats = npt.NDArray[np.float64]

LIVE_WEIGHT = 2.0
"""An unmet hour of a live queue counts twice: where hours are too few, deferred work waits."""


@dataclass(frozen=True)
class Cover:
    """How far people and their skills go.

    Attributes
    ----------
    by_queue : DataFrame
        ``week, queue, required, covered, unmet`` in hours at work, and ``worth``: by how much all that is unmet falls
        with one more hour of somebody who works on that queue.
    part : ndarray, shape (weeks, queues)
        The share of the hours that each queue gets: what it needs, and of what is left over what its people have.
    uncovered : tuple of str
        Queues that nobody there can work on.
    scarcest : str
        The queue at which most is unmet in the plan's last four weeks; empty where nothing is.
    """

    by_queue: pd.DataFrame
    part: Floats = field(repr=False)
    uncovered: tuple[str, ...]
    scarcest: str


def cover_of(situation: Situation, scenario: Scenario, need: Need, projection: Projection) -> Cover:
    """Give the hours that are there, with the plan's certainty, to the queues that people can work on.

    Hours of the people who are there are divided by their full time; who joins is taken to be able to do what they
    can. Queues whose promise no number of hours keeps are given what their arrivals take.
    """
    queues = need.queues
    planned = np.stack([one.planned for one in queues], axis=1)
    required = np.where(np.isfinite(planned), planned, [_workload(situation, one.work, scenario) for one in queues])
    sure_hours = enough_for(projection.hours, 1 - scenario.sure)
    people = situation.people
    fte = np.zeros(0) if people is None else people.fte
    share = fte / max(float(fte.sum()), 1e-12)
    groups = skill_groups(situation.can_work, sure_hours[:, None] * share)
    cap = situation.staffing.severe_hours
    severe = [one.work.promise.severe for one in queues]
    limited = cap is not None and any(severe)
    most = groups.present * (cap or 0.0) * situation.staffing.labour.days_a_week
    weight = [LIVE_WEIGHT if one.work.promise.kind == "live" else 1.0 for one in queues]
    found = cover_skills(
        required,
        groups.can,
        groups.hours,
        weight=weight,
        severe=severe if limited else None,
        cap=most if limited else None,
    )
    given = found.hours.sum(axis=1)
    spare = _shared_out(groups.hours - found.hours.sum(axis=2), groups.can, required)
    whole = groups.hours.sum(axis=1, keepdims=True)
    part = np.divide(given + spare, whole, out=np.zeros_like(given), where=whole > 0)
    names = [one.work.queue for one in queues]
    table = pd.DataFrame(
        {
            "week": np.repeat(np.array(situation.week_starts(), object), len(names)),
            "queue": names * situation.weeks,
            "required": planned.ravel(),
            "covered": given.ravel(),
            "unmet": found.unmet.ravel(),
            "worth": found.queue_price.ravel(),
        }
    )
    lacking = tuple(name for place, name in enumerate(names) if not situation.can_work[:, place].any())
    last = found.unmet[-4:].sum(axis=0)
    return Cover(table, part, lacking, names[int(last.argmax())] if last.max(initial=0.0) > 1e-6 else "")


def _shared_out(spare: Floats, can: npt.NDArray[np.bool_], required: Floats) -> Floats:
    """Hours that nobody needs, given to the queues that a group can work on as they need hours; (weeks, queues)."""
    wanted = can[None, :, :] * required[:, None, :]
    whole = wanted.sum(axis=2, keepdims=True)
    part = np.divide(wanted, whole, out=np.zeros_like(wanted), where=whole > 0)
    return np.asarray((part * spare[:, :, None]).sum(axis=1), float)


def _workload(situation: Situation, work: QueueWork, scenario: Scenario) -> float:
    """Hours at work in a week that a queue's arrivals take, whatever it promises."""
    seconds = work.handling.mean * (1 + scenario.handling) / situation.staffing.occupancy
    return float(7 * work.daily.mean() * (1 + scenario.volume) * seconds / 3600)
