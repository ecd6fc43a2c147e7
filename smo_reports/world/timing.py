"""When items arrive and when a labeler's decisions of a day begin and end."""

from __future__ import annotations

import numpy as np

from smo_reports.world.items import Seen
from smo_reports.world.moments import HOUR, SECOND, Calendar
from smo_reports.world.operation import Bools, Ints, Operation, Reals, pick
from smo_reports.world.people import Crew

LAST_HOUR = 23.4
_EVENING = np.array([3, 2, 1, 1, 1, 1, 2, 3, 4, 5, 5, 6, 6, 6, 6, 6, 6, 7, 8, 9, 10, 9, 7, 5], float)
"""Arrivals by local hour: content is posted in the evening."""


def lay_out(
    rng: np.random.Generator, crew: Crew, cells: Ints, handling: Reals, calendar: Calendar, week: int
) -> tuple[Reals, Ints, Ints, Bools]:
    """Lay each labeler's decisions of a day one after the other into the shift.

    A day that is too full is squeezed, handling times too, so that no decision leaves its local day.

    Parameters
    ----------
    cells : ndarray of int
        ``labeler * 7 + day`` of each decision, ascending.
    handling : ndarray
        Seconds.

    Returns
    -------
    handling, started, submitted, overtime : ndarray
        Seconds; microseconds, UTC; whether the decision was begun after the shift's end.
    """
    size = len(cells)
    if not size:
        none = np.zeros(0, np.int64)
        return handling, none, none, none.astype(bool)
    gap = rng.exponential(0.17, size) * handling + 1.0
    busy = np.bincount(cells, handling + gap, crew.size * 7)
    count = np.maximum(np.bincount(cells, minlength=crew.size * 7), 1)
    slack = np.maximum(0.0, np.repeat(8 * 3600 * crew.fte, 7) - busy) / count
    gap += rng.random(size) * 1.9 * slack[cells]
    run = np.cumsum(handling + gap)
    first = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1]])
    stop = np.r_[first[1:], size]
    run -= np.repeat(run[first] - handling[first] - gap[first], stop - first)
    shift = crew.shift[cells[first] // 7] * 3600
    squeeze = np.repeat(np.minimum(1.0, (LAST_HOUR * 3600 - shift) / run[stop - 1]), stop - first)
    began = (run - handling) * squeeze
    handling = np.round(np.maximum(handling * squeeze, 0.5), 3)
    started = calendar.utc(7 * week + cells % 7, began + np.repeat(shift, stop - first))
    submitted = started + (handling * SECOND).astype(np.int64)
    return handling, started, submitted, began > crew.shift_hours[cells // 7] * 3600


def arrive(
    rng: np.random.Generator,
    operation: Operation,
    seen: Seen,
    first_day: int,
    started: Ints,
    calendar: Calendar,
    backlog: bool,
) -> tuple[Ints, Ints]:
    """When items came in and were due: live ones minutes before the first look, deferred ones days."""
    size = seen.size
    first = started.copy()
    copies = np.flatnonzero(seen.copy)
    np.minimum.at(first, seen.item[copies], started[copies])
    live = np.array([one.live for one in operation.queues])[seen.queue]
    due = np.array([one.due_hours for one in operation.queues])[seen.queue]
    wait = rng.exponential(0.28, size) * np.minimum(due, 1.0)
    hour = pick(rng, _EVENING, size) + rng.random(size)
    back = (
        1
        + (rng.random(size) < 0.09 * due / 48)
        + (rng.random(size) < 0.02 * due / 48)
        + (backlog & (rng.random(size) < 0.55))
    )
    arrived = np.where(
        live, first - (wait * HOUR).astype(np.int64), calendar.utc(first_day + seen.day - back, hour * 3600)
    )
    arrived = np.minimum(arrived, first)[seen.item]
    return arrived, arrived + (due[seen.item] * HOUR).astype(np.int64)
