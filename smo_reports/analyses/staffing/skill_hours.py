"""Hours that queues require and that people have, given to each other; and why some are left over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from smo_reports.analyses.staffing.cover import LIVE_WEIGHT
from smo_reports.analyses.staffing.plan import StaffingPlan
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.stats.backlog_need import enough_for
from smo_reports.stats.skill_cover import SkillCover, SkillGroups, cover_skills, skill_groups

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


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

    def along(self, plan: StaffingPlan, paths: int) -> SkillHours:
        """The first so many paths of the plan, one after the other, with what each itself requires and has."""
        if plan.projection is None:
            raise ValueError("a plan without known people has no paths of them")
        need = _finite(np.stack([one.each[:paths] for one in plan.need.queues], axis=2))
        return replace(self, need=need.reshape(-1, need.shape[2]), whole=plan.projection.hours[:paths].reshape(-1))


def skill_hours(situation: Situation, plan: StaffingPlan) -> SkillHours | None:
    """A plan's hours by queue and by person; None where people or queues are not known.

    Hours of the people who are there are divided by their full time; who joins is taken to be able to do what they
    can, as in :func:`smo_reports.analyses.staffing.cover.cover_of`. Where no number of hours keeps a queue's promise,
    the largest need that is a number stands for it.
    """
    people = situation.people
    if people is None or plan.projection is None or not plan.need.queues:
        return None
    promises = [one.work.promise for one in plan.need.queues]
    severe = np.array([promise.severe for promise in promises], bool)
    daily = situation.staffing.severe_hours
    return SkillHours(
        queues=tuple(one.work.queue for one in plan.need.queues),
        severe=severe,
        weight=np.array([LIVE_WEIGHT if promise.kind == "live" else 1.0 for promise in promises]),
        need=_finite(np.stack([one.planned for one in plan.need.queues], axis=1)),
        whole=np.asarray(enough_for(plan.projection.hours, 1 - plan.scenario.sure), float),
        share=people.fte / people.fte.sum(),
        can=situation.can_work,
        cap=float("inf") if daily is None or not severe.any() else daily * situation.staffing.labour.days_a_week,
    )


def _finite(need: Floats) -> Floats:
    known = np.isfinite(need)
    return np.asarray(np.where(known, need, need[known].max(initial=0.0)), float)
