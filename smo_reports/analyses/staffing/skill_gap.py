"""What stays undone because people cannot work on a queue though there are hours enough: a gap of skills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.capacity import LEVEL
from smo_reports.analyses.staffing.plan import StaffingPlan
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.analyses.staffing.skill_hours import SkillHours, skill_hours
from smo_reports.analyses.staffing.skill_training import Training, training_for
from smo_reports.kpis.assemble import FEWEST_LABELERS
from smo_reports.stats.backlog_need import enough_for

Floats = npt.NDArray[np.float64]

PARTS = ("required", "available", "unmet", "heads", "capped", "skills")
"""Hours a week: required, there, undone; and undone for lack of people, by the cap on severe hours, for lack of skills.
"""

_MOST_PATHS, _FEWEST_PATHS = 100, 20
_AT_MOST = 60_000
"""Variables of the linear programs along paths, all together: a second or two."""
_NOTHING = 0.1
"""Hours a week below which nothing is called undone."""


@dataclass(frozen=True)
class SkillGap:
    """What of the required hours stays undone, and why.

    Attributes
    ----------
    parts : DataFrame
        ``part`` (``PARTS``), ``value, low, high``: hours at work a week, means over the plan. ``value`` is not exceeded
        on the share of paths that the scenario asks for (of available hours: it is reached), ``low`` and ``high`` hold
        80 % of them, and are nan where there are too few. Each part is of its own paths: parts need not add up.
    weeks : DataFrame
        The same by ``week``.
    queues : DataFrame
        ``queue, kind, severe``; ``people`` who can work on it; ``required`` hours a week, and ``unmet, low, high`` of
        them; ``worth``: by how much what is undone falls with one more hour of somebody who can.
    groups : DataFrame
        ``queues`` (a tuple), ``people, available, worked`` in hours a week; groups of fewer than five people are
        together, without queues.
    training : Training or None
        What to train people for; None where that would not help.
    note : str
        ``not measured: …`` or empty.
    """

    parts: pd.DataFrame
    weeks: pd.DataFrame
    queues: pd.DataFrame
    groups: pd.DataFrame
    training: Training | None
    note: str = ""

    def of(self, part: str) -> tuple[float, float, float]:
        """Hours a week of a part and their band; what is next to nothing is nothing."""
        row = self.parts[self.parts["part"] == part]
        hours = (float(row[name].iloc[0]) for name in ("value", "low", "high"))
        value, low, high = (0.0 if one < _NOTHING else one for one in hours)
        return value, low, high


def skill_gap(situation: Situation, plan: StaffingPlan) -> SkillGap:
    """Divide what of the required hours stays undone into lack of people, the cap on severe hours, and lack of skills.

    Parameters
    ----------
    situation : Situation
    plan : StaffingPlan
        Made of that situation.

    Returns
    -------
    SkillGap
        Along the plan's own paths, each with what it requires and who is there; see
        :func:`smo_reports.analyses.staffing.skill_hours.skill_hours`.

    Notes
    -----
    Undone for lack of skills is what would not be if everybody could work on every queue;
    :func:`smo_reports.stats.skill_cover.cover_skills` gives hours to queues.
    """
    there = plan.projection
    asked = None if there is None else skill_hours(situation, plan.need, there.hours, plan.scenario.sure)
    if asked is None or there is None:
        nothing = pd.DataFrame()
        return SkillGap(nothing, nothing, nothing, nothing, None, _not_measured(situation))
    pairs = max(int(asked.groups.can.sum()) * situation.weeks, 1)
    paths = min(situation.paths, _MOST_PATHS, _AT_MOST // pairs)
    known = paths >= min(_FEWEST_PATHS, situation.paths)
    along, many = (asked.along(plan.need, there.hours[:paths]), paths) if known else (asked, 1)
    sure = plan.scenario.sure
    hours = {part: each.reshape(many, -1) for part, each in along.parts().items()}
    mean = [_ends(part, each.mean(axis=1, keepdims=True), sure) for part, each in hours.items()]
    weekly = [_ends(part, each, sure).assign(week=situation.week_starts()) for part, each in hours.items()]
    parts, weeks = pd.concat(mean, ignore_index=True), pd.concat(weekly, ignore_index=True)
    lacking = float(parts.loc[parts["part"] == "skills", "value"].iloc[0]) >= _NOTHING
    unmet = along.found.unmet.reshape(many, situation.weeks, -1).mean(axis=1)
    queues = _queues(plan, asked, _ends("unmet", unmet, sure))
    return SkillGap(parts, weeks, queues, _groups(asked), training_for(asked) if lacking else None)


def _not_measured(situation: Situation) -> str:
    if situation.people is None:
        return "not measured: needs the table people, with five labelers or more"
    if not situation.queues:
        return "not measured: needs arrivals and handling times of a queue"
    return situation.shrinkage.note or "not measured: needs people who were there throughout a week"


def _ends(part: str, each: Floats, sure: float) -> pd.DataFrame:
    """What is enough on a share of the paths, the first axis, and the 80 % band; a row for each of the second."""
    value = enough_for(each, 1 - sure if part == "available" else sure)
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, high = (enough_for(each, share) if len(each) > 1 else np.full(len(value), np.nan) for share in tails)
    return pd.DataFrame({"part": part, "value": value, "low": low, "high": high})


def _queues(plan: StaffingPlan, asked: SkillHours, unmet: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "queue": asked.queues,
            "kind": [one.work.promise.kind for one in plan.need.queues],
            "severe": asked.severe,
            "people": asked.can.sum(axis=0),
            "required": asked.need.mean(axis=0),
            "unmet": unmet["value"],
            "low": unmet["low"],
            "high": unmet["high"],
            "worth": asked.found.queue_price.mean(axis=0),
        }
    )


def _groups(asked: SkillHours) -> pd.DataFrame:
    """People by what they can work on; small groups as one, and with the next larger one where they are few even so."""
    size = np.bincount(asked.groups.group, minlength=len(asked.groups.can))
    order = np.argsort(size, kind="stable")
    small = size < FEWEST_LABELERS
    for group in order:
        if not 0 < size[small].sum() < FEWEST_LABELERS:
            break
        small[group] = True
    hours, worked = asked.groups.hours.mean(axis=0), asked.found.hours.sum(axis=2).mean(axis=0)
    rows = [
        (tuple(np.array(asked.queues, object)[asked.groups.can[group]]), size[group], hours[group], worked[group])
        for group in order[::-1]
        if not small[group]
    ]
    if size[small].sum() >= FEWEST_LABELERS:
        rows.append(((), size[small].sum(), hours[small].sum(), worked[small].sum()))
    return pd.DataFrame(rows, columns=["queues", "people", "available", "worked"])
