"""Which queues the people who are there can cover, by what they can work on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.capacity import Need
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.analyses.staffing.skill_hours import SkillHours, skill_hours

Floats = npt.NDArray[np.float64]

_LAST_WEEKS = 4


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
    lacking : ndarray, shape (weeks,)
        Hours at work that stay undone though there are enough of them, since too few people can work where they are.
    uncovered : tuple of str
        Queues that nobody there can work on.
    scarcest : str
        The queue at which most is unmet in the plan's last four weeks; empty where nothing is.
    skill : str
        What it asks of people; empty where it asks for nothing.
    """

    by_queue: pd.DataFrame
    part: Floats = field(repr=False)
    lacking: Floats = field(repr=False)
    uncovered: tuple[str, ...]
    scarcest: str
    skill: str


@dataclass(frozen=True)
class Joiners:
    """Seats beyond those that people have or wait for.

    Attributes
    ----------
    seats : int
    skill, queue : str
        They can work on every queue that asks for this skill, or for none; where that is no queue, on this one.
    hours : ndarray, shape (paths, weeks)
        At work, of everybody, the joiners included.
    """

    seats: int
    skill: str
    queue: str
    hours: Floats = field(repr=False)


def cover_of(
    situation: Situation, need: Need, hours: Floats, sure: float, joiners: Joiners | None = None
) -> Cover | None:
    """Give the hours that are there, with the plan's certainty, to the queues that people can work on.

    Parameters
    ----------
    situation : Situation
    need : Need
    hours : ndarray, shape (paths, weeks)
        At work, of the people who are there and of whoever takes seats that are open, who are taken to be able to do
        what the others can.
    sure : float
    joiners : Joiners, optional
        Whoever takes further seats.

    Returns
    -------
    Cover or None
        None where people or queues are not known.
    """
    asked = skill_hours(situation, need, hours, sure)
    if asked is None:
        return None
    if joiners is not None:
        later = skill_hours(situation, need, joiners.hours, sure)
        asked = asked if later is None else _joined(situation, asked, later.whole, joiners)
    found = asked.found
    given = found.hours.sum(axis=1)
    whole = asked.groups.hours.sum(axis=1, keepdims=True)
    part = np.divide(given + _shared_out(asked), whole, out=np.zeros_like(given), where=whole > 0)
    table = pd.DataFrame(
        {
            "week": np.repeat(np.array(situation.week_starts(), object), len(asked.queues)),
            "queue": list(asked.queues) * situation.weeks,
            "required": np.stack([one.planned for one in need.queues], axis=1).ravel(),
            "covered": given.ravel(),
            "unmet": found.unmet.ravel(),
            "worth": found.queue_price.ravel(),
        }
    )
    uncovered = tuple(name for place, name in enumerate(asked.queues) if not asked.can[:, place].any())
    last = found.unmet[-_LAST_WEEKS:].sum(axis=0)
    scarce = int(last.argmax()) if last.max(initial=0.0) > 1e-6 else -1
    skills = need.queues[scarce].work.promise.skills if scarce >= 0 else ()
    return Cover(
        table,
        part,
        asked.parts()["skills"],
        uncovered,
        asked.queues[scarce] if scarce >= 0 else "",
        skills[0] if skills else "",
    )


def _joined(situation: Situation, asked: SkillHours, whole: Floats, joiners: Joiners) -> SkillHours:
    """The same with a row for every seat: what all have more than the people there had is theirs."""
    more = np.maximum(whole - asked.whole, 0.0) / joiners.seats
    asks = [work.promise.skills for work in situation.queues]
    can = np.array([not skills or joiners.skill in skills for skills in asks], bool)
    if not can.any():
        can = np.array([work.queue == joiners.queue for work in situation.queues], bool)
    each = np.hstack([asked.whole[:, None] * asked.share, np.repeat(more[:, None], joiners.seats, axis=1)])
    total = each.sum(axis=1)
    share = np.divide(each, total[:, None], out=np.zeros_like(each), where=total[:, None] > 0)
    return replace(asked, whole=total, share=share, can=np.vstack([asked.can, np.tile(can, (joiners.seats, 1))]))


def _shared_out(asked: SkillHours) -> Floats:
    """Hours that no queue needs, given to those that their people can work on as these need hours; (weeks, queues).

    Severe queues get no more of them than the cap leaves.
    """
    groups, given = asked.groups, asked.found.hours
    spare = groups.hours - given.sum(axis=2)
    wanted = groups.can[None, :, :] * asked.need[:, None, :]
    part = _parts(wanted) * spare[:, :, None]
    if not np.isfinite(asked.cap):
        return np.asarray(part.sum(axis=1), float)
    room = np.maximum(groups.present * asked.cap - given[:, :, asked.severe].sum(axis=2), 0.0)
    harsh = part[:, :, asked.severe].sum(axis=2)
    kept = np.divide(room, harsh, out=np.ones_like(harsh), where=harsh > room)
    part[:, :, asked.severe] *= kept[:, :, None]
    part[:, :, ~asked.severe] += _parts(wanted[:, :, ~asked.severe]) * (harsh * (1 - kept))[:, :, None]
    return np.asarray(part.sum(axis=1), float)


def _parts(wanted: Floats) -> Floats:
    whole = wanted.sum(axis=2, keepdims=True)
    return np.asarray(np.divide(wanted, whole, out=np.zeros_like(wanted), where=whole > 0), float)
