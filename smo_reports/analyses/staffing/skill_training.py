"""What to train people for, so that less stays undone for lack of skills, and how many of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.analyses.staffing.skill_hours import SkillHours

_CLOSE_HOURS, _CLOSE_SHARE = 0.1, 0.01
"""So few hours a week, or such a part of what training can do, is no reason to train one person more."""
_TRIED = 3
"""Queues that are tried: those at which most is undone, by what it counts."""


@dataclass(frozen=True)
class Training:
    """What training for one queue would do; hours a week are means over the plan.

    Attributes
    ----------
    queue : str
        Training for it makes the most difference.
    people : int
        So many of those who cannot work on it now are enough.
    gained : float
        Hours a week fewer that are undone.
    left : float
        Hours a week that are still undone for lack of skills.
    """

    queue: str
    people: int
    gained: float
    left: float


def training_for(asked: SkillHours) -> Training | None:
    """Find the queue for which training helps most, and how few people do.

    Returns
    -------
    Training or None
        None where no training for a single queue helps.

    Notes
    -----
    People are trained in the order of what their first hour would be worth there, those with hours to spare first.
    More of them never leave more undone, so that the fewest who are enough are found by halving.
    """
    undone = _undone(asked)
    gains = {place: undone - _undone(asked.with_skills(_opened(asked, place))) for place in _scarcest(asked)}
    best = max(gains, key=lambda place: gains[place], default=-1)
    if best < 0 or gains[best] <= _CLOSE_HOURS:
        return None
    order = _order(asked, best)
    least = undone - gains[best] + max(_CLOSE_HOURS, _CLOSE_SHARE * gains[best])
    low, high = 0, len(order)
    while high - low > 1:
        middle = (low + high) // 2
        if _undone(_trained(asked, best, order[:middle])) <= least:
            high = middle
        else:
            low = middle
    trained = _trained(asked, best, order[:high])
    left = float(trained.parts()["skills"].mean())
    return Training(asked.queues[best], high, undone - _undone(trained), left)


def _undone(asked: SkillHours) -> float:
    return float(asked.found.unmet.sum(axis=1).mean())


def _scarcest(asked: SkillHours) -> list[int]:
    """The queues at which most is undone and an hour more is worth something."""
    counted = (asked.found.unmet * asked.found.queue_price).mean(axis=0)
    return [int(place) for place in np.argsort(-counted, kind="stable")[:_TRIED] if counted[place] > 0]


def _opened(asked: SkillHours, place: int) -> npt.NDArray[np.bool_]:
    can = asked.can.copy()
    can[:, place] = True
    return can


def _order(asked: SkillHours, place: int) -> npt.NDArray[np.intp]:
    """Who cannot work on a queue, those whose hours are worth most there first."""
    gain = asked.found.skill_gain()[:, place]
    # Where hours just suffice their worth is one of many: who has hours to spare comes first then.
    idle = (asked.groups.hours - asked.found.hours.sum(axis=2)).mean(axis=0)
    own = asked.groups.group
    order = np.lexsort((-asked.share, -idle[own].round(6), -gain[own].round(6)))
    return np.asarray(order[~asked.can[order, place]], np.intp)


def _trained(asked: SkillHours, place: int, people: npt.NDArray[np.intp]) -> SkillHours:
    can = asked.can.copy()
    can[people, place] = True
    return asked.with_skills(can)
