"""Hours that queues require and that people have, given to each other; and why some are left over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from smo_reports.analyses.staffing.capacity import Need
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.stats.backlog_need import enough_for
from smo_reports.stats.skill_cover import SkillCover, SkillGroups, cover_skills, skill_groups

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LIVE_WEIGHT = 2.0
"""An unmet hour of a live queue counts twice: where hours are too few, deferred work waits."""


@dataclass(frozen=True)
class SkillHours:
    """A plan's hours by queue and by person.

    Attributes
    ----------
    queues : tuple of str
    severe : ndarray of bool, shape (queues,)
    weight : ndarray, shape (queues,)
        What an undone hour counts.
    need : ndarray, shape (weeks, queues)
        Hours at work.
    whole : ndarray, shape (weeks,)
        Those that all people have together.
    share : ndarray, shape (people,)
        Each person's part of them.
    can : ndarray of bool, shape (people, queues)
    cap : float
        Hours a week that one person may spend on severe queues; infinite without a cap.
    """

    queues: tuple[str, ...]
    severe: Bools
    weight: Floats
    need: Floats
    whole: Floats
    share: Floats
    can: Bools
    cap: float

    @cached_property
    def groups(self) -> SkillGroups:
        """People by what they can work on."""
        return skill_groups(self.can, self.whole[:, None] * self.share)

    @cached_property
    def found(self) -> SkillCover:
        """Who works on what, such that the least is undone."""
        limited = np.isfinite(self.cap)
        return cover_skills(
            self.need,
            self.groups.can,
            self.groups.hours,
            weight=self.weight,
            severe=self.severe if limited else None,
            cap=self.groups.present * self.cap if limited else None,
        )

    def parts(self) -> dict[str, Floats]:
        """Hours of each week: ``required, available, unmet``, and why: ``heads, capped, skills``; each (weeks,)."""
        required, unmet = self.need.sum(axis=1), self.found.unmet.sum(axis=1)
        # If all could work on everything, only the cap would say what the hours may go to.
        harsh = self.need[:, self.severe].sum(axis=1)
        room = np.minimum(self.groups.present * self.cap, self.groups.hours).sum(axis=1) if self.severe.any() else harsh
        heads = np.maximum(required - self.whole, 0.0)
        capped = np.maximum(required - np.minimum(required - harsh + np.minimum(harsh, room), self.whole) - heads, 0.0)
        skills = np.maximum(unmet - heads - capped, 0.0)
        hours = {"required": required, "available": self.whole, "unmet": unmet}
        return hours | {"heads": heads, "capped": capped, "skills": skills}

    def with_skills(self, can: Bools) -> SkillHours:
        """The same if people could work on other queues."""
        return replace(self, can=can)

    def along(self, need: Need, hours: Floats) -> SkillHours:
        """The same along paths, one after the other, with what each itself requires and has.

        Parameters
        ----------
        need : Need
        hours : ndarray, shape (paths, weeks)
            Of the first so many paths.
        """
        each = np.stack([one.each[: len(hours)] for one in need.within_reach().queues], axis=2)
        return replace(self, need=each.reshape(-1, each.shape[2]), whole=hours.reshape(-1))


def skill_hours(situation: Situation, need: Need, hours: Floats, sure: float) -> SkillHours | None:
    """A plan's hours by queue and by person; None where people or queues are not known.

    Hours of the people who are there are divided by their full time; who joins is taken to be able to do what they
    can. A queue whose promise no number of hours keeps wants what its arrivals take.

    Parameters
    ----------
    situation : Situation
    need : Need
    hours : ndarray, shape (paths, weeks)
        At work, of all people.
    sure : float
        So many paths have at least the hours that are counted on.
    """
    people = situation.people
    if people is None or not need.queues:
        return None
    promises = [one.work.promise for one in need.queues]
    severe = np.array([promise.severe for promise in promises], bool)
    return SkillHours(
        queues=tuple(one.work.queue for one in need.queues),
        severe=severe,
        weight=np.array([LIVE_WEIGHT if promise.kind == "live" else 1.0 for promise in promises]),
        need=np.stack([one.planned for one in need.within_reach().queues], axis=1),
        whole=np.asarray(enough_for(hours, 1 - sure), float),
        share=people.fte / people.fte.sum(),
        can=situation.can_work,
        cap=need.severe_hours if severe.any() else float("inf"),
    )
