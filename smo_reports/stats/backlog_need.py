"""How many hours a queue whose work may wait needs, so that it keeps its promise on most paths of arrivals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from smo_reports.stats.backlog_flow import NOTHING, Floats, Opening, from_zero
from smo_reports.stats.backlog_stretch import Promise, stretch_of

__all__ = ["HoursNeeded", "Promise", "constant_hours", "enough_for", "hours_needed"]


@dataclass(frozen=True)
class HoursNeeded:
    """Weekly hours that keep a promise.

    Attributes
    ----------
    each : ndarray, shape (paths, weeks)
        What each path needs, when it got what it needed in the weeks before; infinite where no number of hours is
        enough, as for items that are due on a day on which nobody works.
    planned : ndarray, shape (weeks,)
        The same for all paths. Worked week after week, the promise is kept on a share ``sure`` of the paths in each.
    sure : float
    """

    each: Floats
    planned: Floats
    sure: float


def enough_for(each: npt.ArrayLike, sure: float) -> Floats:
    """The smallest number that is enough on a share ``sure`` of the paths, the first axis.

    It is one of the paths' own numbers, not one between two of them: one that lies between is not enough.

    >>> float(enough_for([1.0, 2.0, 3.0, 4.0, 5.0], 0.8))
    4.0
    """
    if not 0 < sure <= 1:
        raise ValueError(f"sure is a share of the paths, above 0 and at most 1; got {sure}")
    ordered = np.sort(np.asarray(each, float), axis=0)
    return np.asarray(ordered[max(int(np.ceil(sure * len(ordered) - 1e-9)), 1) - 1], float)


def hours_needed(
    arrivals: npt.ArrayLike, promise: Promise, opening: Opening = NOTHING, *, sure: float = 0.8
) -> HoursNeeded:
    """The fewest hours of each week with which the promise is kept on a share ``sure`` of the paths.

    What a week owes is what is open when it begins and what comes in during it: at its pace, kept up until the last
    of that is due, a share ``service_level`` of what is due is closed in time. What comes in later stands behind it.

    Parameters
    ----------
    arrivals : array_like, shape (paths, steps)
        From the first step of a week on; an unfinished last week counts as a week.
    promise : Promise
    opening : Opening
        What is past due at the start takes hours, and is not counted as late once more.
    sure : float

    Returns
    -------
    HoursNeeded
        Never too few, and at most one part in a thousand too many.
    """
    coming = np.asarray(arrivals, float)
    week = len(promise.spread)
    arrived = opening.total + from_zero(coming)
    own = together = np.zeros(len(coming))
    each = []
    planned = []
    for begun in range(0, coming.shape[1], week):
        span = (begun, min(begun + week, coming.shape[1]))
        alone = stretch_of(arrived, opening, promise, own, span)
        each.append(alone.fewest_hours())
        told = np.isfinite(each[-1])
        own = alone.done_after(each[-1] if told.all() else np.where(told, each[-1], alone.all_in_time), week)
        whole = replace(alone, done=together)
        planned.append(whole.fewest_for(sure, float(enough_for(each[-1], sure))))
        worked = planned[-1] if np.isfinite(planned[-1]) else float(alone.all_in_time.max())
        together = whole.done_after(worked, week)
    return HoursNeeded(np.stack(each, axis=1), np.array(planned), sure)


def constant_hours(
    arrivals: npt.ArrayLike, promise: Promise, opening: Opening = NOTHING, *, sure: float = 0.8
) -> tuple[float, Floats]:
    """The fewest weekly hours, the same in all weeks, with which the promise is kept over the whole time.

    Parameters
    ----------
    arrivals, promise, opening, sure
        As :func:`hours_needed` takes them.

    Returns
    -------
    planned : float
        Enough on a share ``sure`` of the paths.
    each : ndarray, shape (paths,)
    """
    coming = np.asarray(arrivals, float)
    arrived = opening.total + from_zero(coming)
    each = stretch_of(arrived, opening, promise, np.zeros(len(coming)), (0, coming.shape[1])).fewest_hours()
    return float(enough_for(each, sure)), each
