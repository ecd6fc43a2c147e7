"""A plan of staffing: one function from what the rows say, and a scenario, to everything that a page shows of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.advice import Advice, advice_of, hours_if_opened
from smo_reports.analyses.staffing.capacity import LEVEL, Need, QueueNeed, flow_with, need_of, required_table
from smo_reports.analyses.staffing.cover import Cover, Joiners, cover_of
from smo_reports.analyses.staffing.headcount import Projection, headcount_table, projection_of
from smo_reports.analyses.staffing.scenario import AS_MEASURED, Scenario
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.stats.backlog_need import enough_for

Floats = npt.NDArray[np.float64]

_TAILS = (0.5, (1 - LEVEL) / 2, (1 + LEVEL) / 2)


@dataclass(frozen=True)
class Outlook:
    """What becomes of one deferred queue with the people who will be there.

    Attributes
    ----------
    queue : str
    open : DataFrame
        ``week`` (its first day); ``value, low, high``, the items open at its end; ``late_share``, of the items due in
        it, over all paths.
    breaks : float
        Share of paths on which, within the plan, fewer items of seven days are in time than promised.
    breaks_in : tuple of float
        Days until then: median of all paths, and its 80 % band; infinite where it does not happen on so many.
    late : tuple of float
        Items late within the plan: median, low, high.
    backlog_days : tuple of float
        What is open at the plan's end, in days of what comes in; infinite where nothing comes in any more.
    overdue_hours : tuple of float
        Hours at work that what is past due at the plan's end takes.
    """

    queue: str
    open: pd.DataFrame
    breaks: float
    breaks_in: tuple[float, float, float]
    late: tuple[float, float, float]
    backlog_days: tuple[float, float, float]
    overdue_hours: tuple[float, float, float]


@dataclass(frozen=True)
class StaffingPlan:
    """Everything that is planned.

    Attributes
    ----------
    scenario : Scenario
    required : DataFrame
        See :func:`smo_reports.analyses.staffing.capacity.required_table`.
    exposed : ndarray, shape (weeks,)
        People at work whom the cap on severe hours takes; 0 without a cap.
    headcount : DataFrame or None
        See :func:`smo_reports.analyses.staffing.headcount.headcount_table`; None where people are not known.
    cover : Cover or None
        What of the required hours the people and their skills cover; None where people are not known.
    outlooks : tuple of Outlook
        Of deferred queues, if nobody beyond the seats that are open is hired; empty where people are not known.
    if_opened : tuple of Outlook
        The same if the seats of ``advice`` are opened on the plan's first day; empty where it has none.
    advice : Advice or None
    notes : tuple of str
        What is not measured, and what it needs.
    """

    scenario: Scenario
    required: pd.DataFrame
    exposed: Floats
    headcount: pd.DataFrame | None
    cover: Cover | None
    outlooks: tuple[Outlook, ...]
    if_opened: tuple[Outlook, ...]
    advice: Advice | None
    notes: tuple[str, ...]
    need: Need = field(repr=False)
    projection: Projection | None = field(repr=False)

    @property
    def late(self) -> float:
        """Items late within the plan in all deferred queues, if nothing is opened: the sum of their medians."""
        return float(sum(one.late[0] for one in self.outlooks))

    @property
    def late_saved(self) -> float:
        """How many fewer of them are late if the advice is followed on the plan's first day; nan without advice."""
        return self.late - sum(one.late[0] for one in self.if_opened) if self.if_opened else float("nan")

    @property
    def left_overdue(self) -> float:
        """Hours at work that what is past due at the plan's end takes even so: the sum of their medians."""
        return float(sum(one.overdue_hours[0] for one in self.if_opened or self.outlooks))


def staffing_plan(situation: Situation, scenario: Scenario = AS_MEASURED) -> StaffingPlan:
    """Make the plan of a scenario.

    Parameters
    ----------
    situation : Situation
    scenario : Scenario

    Returns
    -------
    StaffingPlan
        The same for the same rows and scenario, wherever it is made.
    """
    need = need_of(situation, scenario)
    projection = projection_of(situation, scenario)
    table = advice = cover = None
    outlooks: tuple[Outlook, ...] = ()
    opened: tuple[Outlook, ...] = ()
    if projection is not None:
        table = headcount_table(situation, need, projection, scenario.sure)
        cover = cover_of(situation, need, projection.hours, scenario.sure)
    if projection is not None and cover is not None:
        advice = advice_of(situation, scenario, need, projection, cover)
        outlooks = outlooks_of(situation, scenario, need, projection.hours, cover.part)
        opened = _if_opened(situation, scenario, need, projection, advice)
    made = (required_table(situation, need), need.exposed, table, cover, outlooks, opened, advice, situation.notes)
    return StaffingPlan(scenario, *made, need, projection)


def outlooks_of(
    situation: Situation, scenario: Scenario, need: Need, hours: Floats, part: Floats
) -> tuple[Outlook, ...]:
    """Let every deferred queue run with its part of the hours that there are.

    Parameters
    ----------
    hours : ndarray, shape (paths, weeks)
        At work, for all queues together.
    part : ndarray, shape (weeks, queues)
        What each queue gets of them; see :func:`smo_reports.analyses.staffing.cover.cover_of`.
    """
    return tuple(
        _outlook(situation, scenario, one, hours * part[:, place])
        for place, one in enumerate(need.queues)
        if one.work.promise.kind == "deferred"
    )


def _if_opened(
    situation: Situation, scenario: Scenario, need: Need, projection: Projection, advice: Advice
) -> tuple[Outlook, ...]:
    if not advice.seats or advice.note:
        return ()
    hours = hours_if_opened(situation, scenario, projection, need.hours_of_one, advice.seats)
    joiners = Joiners(advice.seats, advice.language, advice.queue, hours)
    cover = cover_of(situation, need, projection.hours, scenario.sure, joiners)
    return () if cover is None else outlooks_of(situation, scenario, need, hours, cover.part)


def _outlook(situation: Situation, scenario: Scenario, one: QueueNeed, hours: Floats) -> Outlook:
    flow, per_day = flow_with(situation, one.work, scenario, hours)
    level = one.work.promise.service_level if scenario.service_level is None else scenario.service_level
    ends = np.arange(1, situation.weeks + 1) * 7 * per_day - 1
    middle, low, high = (enough_for(flow.open[:, ends], share) for share in _TAILS)
    late, due = flow.late.sum(axis=0), flow.due.sum(axis=0)
    late_of, due_of = (part.reshape(situation.weeks, -1).sum(axis=1) for part in (late, due))
    share = np.divide(late_of, due_of, out=np.full(situation.weeks, np.nan), where=due_of > 0)
    table = pd.DataFrame(
        {"week": situation.week_starts(), "value": middle, "low": low, "high": high, "late_share": share}
    )
    days = flow.breaks_after(level, 7 * per_day) / per_day
    a_day = one.work.daily.mean(axis=1) * (1 + scenario.volume)
    left = flow.open[:, -1]
    overdue = flow.older_than(one.work.due_hours * per_day / 24)[:, -1]
    busy = one.work.seconds(situation.rng, scenario.handling) / situation.staffing.occupancy
    nothing_comes = np.where(left > 0, np.inf, 0.0)
    return Outlook(
        one.work.queue,
        table,
        float(np.isfinite(days).mean()),
        _three(days),
        _three(flow.late.sum(axis=1)),
        _three(np.divide(left, a_day, out=nothing_comes, where=a_day > 0)),
        _three(overdue * busy / 3600),
    )


def _three(each: Floats) -> tuple[float, float, float]:
    """Median, and the ends of the 80 % band."""
    middle, low, high = (float(enough_for(each, share)) for share in _TAILS)
    return middle, low, high
