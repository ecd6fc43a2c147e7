"""The work of one queue as a plan sees it: what comes in, when, what is open, and what an item takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from smo_reports.analyses.staffing.arrivals import Arrivals
from smo_reports.analyses.staffing.forecasts import ArrivalForecast
from smo_reports.analyses.staffing.item_time import ItemTime, item_times
from smo_reports.analyses.staffing.open_work import due_hours, open_by_age
from smo_reports.project import Project
from smo_reports.project.staffing import QueuePromise
from smo_reports.stats.backlog_flow import NOTHING, Opening

Floats = npt.NDArray[np.float64]

_PROFILE_DAYS = 56


@dataclass(frozen=True)
class QueueWork:
    """What comes into one queue, what is open in it, and what it takes.

    Attributes
    ----------
    queue : str
    promise : QueuePromise
    due_hours : float
        nan for live queues.
    daily : ndarray, shape (paths, days)
        Whole sampled futures of arrivals.
    profile : ndarray, shape (7, 24)
        Share of a day's arrivals that comes in each hour, Monday first.
    handling : ItemTime
    opening : Opening
        Open items, ages in hours.
    """

    queue: str
    promise: QueuePromise
    due_hours: float
    daily: Floats = field(repr=False)
    profile: Floats = field(repr=False)
    handling: ItemTime
    opening: Opening = field(repr=False)

    def seconds(self, rng: Callable[[str], np.random.Generator], change: float = 0.0) -> Floats:
        """Seconds that an item takes on each path, as surely as it is known; shape (paths,)."""
        drawn = rng(f"handling {self.queue}").standard_normal(len(self.daily))
        seconds = np.maximum(self.handling.mean + self.handling.error * drawn, self.handling.mean / 4)
        return np.asarray(seconds * self.handling.decisions * (1 + change), float)

    def workload(self, change: float = 0.0) -> float:
        """Seconds of work that come in with a week's arrivals, whatever is promised."""
        return float(7 * self.daily.mean() * self.handling.an_item * (1 + change)) if self.daily.size else 0.0


def queue_work(
    project: Project,
    rows: Mapping[str, Any],
    lately: Mapping[str, Any],
    forecast: ArrivalForecast,
    span: tuple[int, int],
    *,
    experienced: bool,
) -> tuple[tuple[QueueWork, ...], list[str]]:
    """The queues that can be planned, and why the others cannot.

    Parameters
    ----------
    project : Project
    rows, lately : Rows or mapping of frames
        A long period, and its last weeks.
    forecast : ArrivalForecast
        Of the same rows.
    span : (int, int)
        The days of the forecast that lie before the plan, and the weeks of the plan.
    experienced : bool
        Whether joiners count by the part that they do: what an item takes is then told by the others.
    """
    names = tuple(forecast.by_queue)
    due, open_now = due_hours(project, rows, names), open_by_age(rows)
    took = item_times(lately, experienced=experienced)
    skipped, weeks = span
    found: list[QueueWork] = []
    notes: list[str] = []
    for place, name in enumerate(forecast.arrivals.queues):
        promise = project.staffing.of_queue(name)
        if name not in names or name not in took:
            notes.append(f"queue {name!r}: not measured: needs {'arrivals' if name in took else 'handling times'}")
            continue
        if promise.kind == "deferred" and name not in due:
            notes.append(f"queue {name!r}: not measured: needs due_hours in the project's YAML, or items with due_at")
            continue
        hours = float("nan") if promise.kind == "live" else due[name]
        daily = forecast.paths(name)[:, skipped : skipped + 7 * weeks]
        profile = hour_profile(forecast.arrivals, place)
        found.append(QueueWork(name, promise, hours, daily, profile, took[name], open_now.get(name, NOTHING)))
    return tuple(found), notes


def hour_profile(arrivals: Arrivals, place: int) -> Floats:
    """Share of a day's arrivals in each hour, by weekday; shape (7, 24), Monday first.

    Of the newest eight weeks; weekdays are drawn towards their mean by a day's worth of it, and what is not known is
    even.
    """
    if not arrivals.hourly:
        return np.full((7, 24), 1 / 24)
    counts = np.nan_to_num(arrivals.counts[place, -_PROFILE_DAYS:])
    first = arrivals.days - len(counts)
    weekday = (arrivals.start.weekday() + first + np.arange(len(counts))) % 7
    whole = np.zeros((7, 24))
    np.add.at(whole, weekday, counts)
    every = whole.sum(axis=0)
    if not every.sum() > 0:
        return np.full((7, 24), 1 / 24)
    drawn = whole + every / 7
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True), float)
