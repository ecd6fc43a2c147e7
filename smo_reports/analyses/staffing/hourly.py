"""A week by the hour: who is needed, who is on shift, and which hours have too few people or too many."""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.capacity import Need
from smo_reports.analyses.staffing.person_days import needs
from smo_reports.analyses.staffing.queue_work import QueueWork
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.shifts import lazy
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.kpis.assemble import FEWEST_LABELERS
from smo_reports.kpis.tally import collect
from smo_reports.sources import Rows
from smo_reports.stats.backlog_need import enough_for
from smo_reports.stats.queueing import agents_needed

Floats = npt.NDArray[np.float64]

WEEK = 168
SHORT, FITS, SPARE = "short", "fits", "spare"
"""Fewer people than live queues need in the hour; as many as are needed; more than there is work for."""

_TOLERATED = 0.1
"""A tenth more or less is neither too many nor too few."""
_LEAST = 1e-9


@dataclass(frozen=True)
class HourlyNeed:
    """People on shift who are needed in a week.

    Attributes
    ----------
    live : ndarray, shape (168,)
        For live queues in each hour, Monday's first midnight first.
    deferred : float
        Hours a week for work that may be done at any hour.
    usual : ndarray, shape (168,)
        The share of the week's work that is usually done in each hour.
    left_out : tuple of str
        Queues whose promise no number of hours keeps.
    note : str
        Where shrinkage is not known: people at work are counted, not those on shift.
    """

    live: Floats
    deferred: float
    usual: Floats
    left_out: tuple[str, ...]
    note: str = ""

    @property
    def total(self) -> float:
        """Hours of the week."""
        return float(self.live.sum()) + self.deferred


@dataclass(frozen=True)
class Judged:
    """How people on shift fit what is needed; each of shape (168,).

    Attributes
    ----------
    status : ndarray of str
        ``SHORT``, ``FITS`` or ``SPARE``.
    short : ndarray
        People whom live queues lack.
    deferred : ndarray
        People left for work that may be done at any hour.
    spare : ndarray
        People for whom there is no work.
    """

    status: npt.NDArray[np.object_]
    short: Floats
    deferred: Floats
    spare: Floats


def hourly_need(situation: Situation, scenario: Scenario, need: Need, week: int = 0) -> HourlyNeed:
    """How many people have to be on shift in each hour of a week of the plan.

    Parameters
    ----------
    situation : Situation
    scenario : Scenario
    need : Need
    week : int
        Of the plan, from 0.

    Returns
    -------
    HourlyNeed
        For each live queue the agents who are enough in the hour on the scenario's share of paths, in fractions that
        are added up; for deferred queues the hours that the plan requires. Both are divided by the part of the paid
        time that is worked; the break of a shift, which is not paid, is no part of that.
    """
    present = need.hours_of_one / situation.staffing.hours_a_week
    note = "" if math.isfinite(present) else situation.shrinkage.note
    present = present if math.isfinite(present) else 1.0
    live, deferred, left_out = np.zeros(WEEK), 0.0, list[str]()
    for one in need.queues:
        if one.work.promise.kind == "live":
            live += _agents(situation, one.work, scenario, week)
        elif math.isfinite(float(one.planned[week])):
            deferred += float(one.planned[week])
        else:
            left_out.append(one.work.queue)
    usual = situation.spread.ravel() / situation.spread.sum()
    return HourlyNeed(live / present, deferred / present, usual, tuple(left_out), note)


def _agents(situation: Situation, work: QueueWork, scenario: Scenario, week: int) -> Floats:
    """At work for one live queue in each hour, Monday first."""
    weekday = (situation.end.weekday() + np.arange(7)) % 7
    factor = work.seconds(situation.rng, scenario.handling) / (work.handling.mean * (1 + scenario.handling))
    daily = work.daily[:, 7 * week : 7 * week + 7] * (factor * (1 + scenario.volume))[:, None]
    # More arrivals never need fewer agents: enough for the arrivals of so many paths is enough for the agents.
    rate = np.zeros((7, 24))
    rate[weekday] = enough_for(daily, scenario.sure)[:, None] * work.profile[weekday]
    promise = work.promise
    level = promise.service_level if scenario.service_level is None else scenario.service_level
    found = agents_needed(
        rate.ravel(),
        work.handling.mean * (1 + scenario.handling),
        level,
        promise.within_s or 0.0,
        patience=promise.patience_s,
        occupancy=situation.staffing.occupancy,
    )
    return found.exact


def planned_cover(
    rows: Rows, zone: zoneinfo.ZoneInfo, end: dt.date, worked: float, who: Collection[str] | None = None
) -> tuple[Floats | None, str]:
    """People on shift in each hour of the last seven days, as the shifts were planned.

    Parameters
    ----------
    rows : Rows
    zone : ZoneInfo
        Hours are those of its clocks.
    end : date
        The first day after the seven; a night that reaches beyond them is taken as their first one's.
    worked : float
        The part of a shift that is no break: when breaks are is not known.
    who : collection of str, optional
        People whose shifts count. Default: everybody's.

    Returns
    -------
    ndarray, shape (168,), or None
        Monday's first midnight first. None where there are no shifts, or those of fewer than five people.
    str
        What it needs then.
    """
    if lacks := needs(rows, "shifts", ("person_id", "shift_date", "starts_at", "ends_at", "kind")):
        return None, lacks
    first = end - dt.timedelta(7)
    since = dt.datetime.combine(first - dt.timedelta(1), dt.time(), zone).astimezone(dt.UTC)
    table = collect(
        lazy(rows["shifts"])
        .filter((nw.col("kind") == "planned") & (nw.col("starts_at") >= since) & ~nw.col("ends_at").is_null())
        .select("person_id", "shift_date", "starts_at", "ends_at")
        .unique()
    )
    day = pd.to_datetime(table["shift_date"]).astype("datetime64[us]")
    own = (day >= pd.Timestamp(first)) & (day < pd.Timestamp(end))
    if who is not None:
        own &= table["person_id"].astype(str).isin(list(who))
    table, day = table[own.to_numpy(bool)], day[own.to_numpy(bool)]
    if table["person_id"].nunique() < FEWEST_LABELERS:
        return None, f"planned shifts of {FEWEST_LABELERS} people or more in the week before"
    midnight = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    begin, finish = (_hours(table[name], zone, midnight) for name in ("starts_at", "ends_at"))
    edges = np.arange(WEEK + 1.0)
    cover = np.zeros(WEEK)
    for turn in (-WEEK, 0, WEEK):
        inside = np.minimum(edges[1:], finish[:, None] + turn) - np.maximum(edges[:-1], begin[:, None] + turn)
        cover += np.maximum(inside, 0.0).sum(axis=0)
    return np.asarray(cover * worked, float), ""


def _hours(moments: pd.Series, zone: zoneinfo.ZoneInfo, midnight: pd.Series) -> Floats:
    """Hours by the clocks of a zone since a week's first midnight."""
    local = pd.to_datetime(moments, utc=True).dt.tz_convert(zone).dt.tz_localize(None)
    return np.asarray((local - midnight).dt.total_seconds().to_numpy(float) / 3600, float)


def judged(cover: Floats, need: HourlyNeed) -> Judged:
    """Hold people on shift against a need.

    Who is there beyond what live queues need does work that may wait, when it is usually done as far as there are
    people then, and else at the other hours; who is left after that is too many. A fraction of a person cannot be
    sent home: beyond one whole person more than nine tenths are needed for an hour to have too many.
    """
    short = np.maximum(need.live - cover, 0.0)
    free = np.maximum(cover - need.live, 0.0)
    deferred = _poured(free, need.deferred, need.usual)
    spare = free - deferred
    enough = np.maximum(np.ceil(need.live - _LEAST), need.live + deferred)
    few = (cover < need.live * (1 - _TOLERATED)) & (need.live > _LEAST)
    many = cover > enough * (1 + _TOLERATED) + _LEAST
    status = np.where(few, SHORT, np.where(many, SPARE, FITS)).astype(object)
    return Judged(status, short, deferred, spare)


def _poured(room: Floats, amount: float, usual: Floats) -> Floats:
    """An amount put into hours in proportion to what is usual, none beyond its room, until it is used or all is full.

    Hours in which nothing is usually done are filled last, in proportion to their room.
    """
    filled = np.zeros_like(room)
    for weight in (usual, room):
        for _ in range(len(room)):
            open_ = (room - filled > _LEAST) & (weight > 0)
            left = amount - float(filled.sum())
            if left <= _LEAST or not open_.any():
                break
            more = np.where(open_, weight, 0.0) * (left / float(weight[open_].sum()))
            filled = np.minimum(filled + more, room)
    return filled
