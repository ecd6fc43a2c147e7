"""Who works on which queue when people can do several: the least need left unmet, then the fewest hours away from home.

People who can do the same queues are one group, so that the size of the problem does not grow with the team. Each day
is a transport problem (Hitchcock 1941, Journal of Mathematics and Physics 20:224-230) with a limit on the hours at
severe queues, solved by HiGHS (Huangfu & Hall 2018, Mathematical Programming Computation 10:119-142), whose dual
values say what one more hour would be worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize

from smo_reports.stats.skill_need import Bools, Floats, SkillNeed, known, skill_need

_MOVE = 1e-5
"""What an hour away from home counts, in hours of the cheapest queue's unmet need: it only breaks ties."""
_AT_ONCE = 4_000
"""Variables of the days that are solved together: more take longer than one after the other."""


@dataclass(frozen=True)
class SkillGroups:
    """People by the set of queues that they can work on.

    Attributes
    ----------
    can : ndarray of bool, shape (groups, queues)
    hours : ndarray, shape (days, groups)
        Available hours of all of a group's people.
    present : ndarray, shape (days, groups)
        How many of them have any.
    group : ndarray of int, shape (people,)
        Each person's group.
    """

    can: Bools
    hours: Floats
    present: Floats
    group: npt.NDArray[np.intp]


def skill_groups(can: npt.ArrayLike, hours: npt.ArrayLike) -> SkillGroups:
    """Put people with the same queues into one group.

    Parameters
    ----------
    can : array_like of bool, shape (people, queues)
    hours : array_like >= 0, shape (days, people)

    Raises
    ------
    ValueError
        When the shapes do not fit, or an hour is negative or not known.
    """
    skills, open_hours = np.asarray(can, bool), known("hours", hours)
    if skills.ndim != 2 or open_hours.ndim != 2 or open_hours.shape[1] != len(skills):
        raise ValueError(
            f"can is people by queues and hours days by people; got the shapes {skills.shape} and {open_hours.shape}"
        )
    sets, group = np.unique(skills, axis=0, return_inverse=True)
    group = group.reshape(-1)
    member = np.zeros((len(skills), len(sets)))
    member[np.arange(len(skills)), group] = 1.0
    return SkillGroups(sets, open_hours @ member, (open_hours > 0).astype(float) @ member, group)


@dataclass(frozen=True)
class SkillCover:
    """Who works on what, and what more hours would be worth.

    Attributes
    ----------
    hours : ndarray, shape (days, groups, queues)
    unmet : ndarray, shape (days, queues)
        Hours of need that nobody covers.
    queue_price : ndarray, shape (days, queues)
        By how much the weighted unmet need falls with one more hour that can be worked on that queue alone.
    group_price : ndarray, shape (days, groups)
        The same with one more hour of that group's people.
    can : ndarray of bool, shape (groups, queues)
    """

    hours: Floats
    unmet: Floats
    queue_price: Floats
    group_price: Floats
    can: Bools

    def skill_gain(self) -> Floats:
        """What it is worth to teach a group a queue: weighted hours a day more, for each hour that moves there.

        Returns
        -------
        ndarray, shape (groups, queues)
            Mean over the days, for the first hour of each: the next may be worth less. Hours at a severe queue count
            as if its limit left room. 0 where the group can work on it already.
        """
        gain = np.zeros(self.can.shape)
        for queue, group in zip(self.queue_price, self.group_price, strict=True):
            gain += np.maximum(queue[None, :] - group[:, None], 0.0)
        return np.where(self.can, 0.0, gain / max(len(self.queue_price), 1))


def cover_skills(
    need: npt.ArrayLike,
    can: npt.ArrayLike,
    hours: npt.ArrayLike,
    *,
    weight: npt.ArrayLike = 1.0,
    home: npt.ArrayLike | None = None,
    severe: npt.ArrayLike | None = None,
    cap: npt.ArrayLike | None = None,
) -> SkillCover:
    """Give groups' hours to queues.

    Parameters
    ----------
    need : array_like >= 0, shape (days, queues)
        Hours; days may as well be intervals.
    can : array_like of bool, shape (groups, queues)
        See :func:`skill_groups`.
    hours : array_like >= 0, shape (days, groups)
    weight : array_like > 0, shape (queues,)
        What an unmet hour of each queue costs.
    home : array_like of bool, shape (groups, queues), optional
        The queues at which a group's people are not away. Of plans that leave as little unmet, the one with the fewest
        hours elsewhere is made: such an hour counts as a hundred-thousandth of the least unmet one. Without it no plan
        is preferred.
    severe : array_like of bool, shape (queues,), optional
    cap : array_like >= 0, shape (days, groups), optional
        The most hours that a group may spend on severe queues in a day: a person's limit times the people present.

    Returns
    -------
    SkillCover

    Raises
    ------
    ValueError
        When shapes do not fit, a number is negative or not known, or only one of ``severe`` and ``cap`` is given.
    """
    asked = skill_need(need, can, hours, weight, home, severe, cap)
    step = max(_AT_ONCE // max(int(asked.can.sum()), 1), 1)
    parts = [_best(asked.part(slice(first, first + step))) for first in range(0, max(len(asked.need), 1), step)]
    given, need_price, group_price = (np.concatenate(each) for each in zip(*parts, strict=True))
    _trim(given, asked)
    unmet = np.maximum(asked.need - given.sum(1), 0.0)
    return SkillCover(given, unmet, np.maximum(asked.weight - need_price, 0.0), np.maximum(group_price, 0.0), asked.can)


def _best(asked: SkillNeed) -> tuple[Floats, Floats, Floats]:
    """The plan, and the dual values of needs and of groups' hours."""
    day, group, queue = asked.pairs
    worth = asked.weight[queue]
    if asked.home is not None:
        worth = worth - _MOVE * asked.weight.min() * ~asked.home[group, queue]
    limits, bounds = asked.limits()
    plan, slope = _solved(-worth, limits, bounds)
    given = np.zeros((len(asked.need), *asked.can.shape))
    given[day, group, queue] = np.maximum(plan, 0.0)
    need_price, group_price, _ = np.split(-slope, [asked.need.size, asked.need.size + asked.hours.size])
    return given, need_price.reshape(asked.need.shape), group_price.reshape(asked.hours.shape)


def _solved(cost: Floats, limits: Any, bounds: Floats) -> tuple[Floats, Floats]:
    """The plan of least cost, and what a limit one higher would add to that; doing nothing keeps every limit."""
    if not len(cost):
        return np.zeros(0), np.zeros(len(bounds))
    found = optimize.linprog(cost, A_ub=limits, b_ub=bounds, method="highs")
    if found.x is None:
        raise ArithmeticError(f"the solver found no plan: {found.message}")
    return np.asarray(found.x, float), np.asarray(found.ineqlin.marginals, float)


def _trim(given: Floats, asked: SkillNeed) -> None:
    """Take back what the solver's tolerance gave beyond a group's hours or a cap."""
    if asked.cap is not None:
        harsh = given[..., asked.severe].sum(-1)
        over = np.divide(asked.cap, harsh, out=np.ones_like(harsh), where=harsh > asked.cap)
        given[..., asked.severe] *= over[..., None]
    used = given.sum(-1)
    given *= np.divide(asked.hours, used, out=np.ones_like(used), where=used > asked.hours)[..., None]
