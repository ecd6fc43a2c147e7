"""How many hours a queue whose work may wait needs, so that it keeps its promise on most paths of arrivals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from smo_reports.stats.backlog_flow import NOTHING, Floats, Opening, from_zero, shifted

FINENESS = 1e-3
"""Hours are found to one part in a thousand, rounded up."""

_EDGE = 1e-9


@dataclass(frozen=True)
class Promise:
    """What a queue promises, and how its hours lie.

    Attributes
    ----------
    due : float
        Steps from arrival to due.
    service_level : float in (0, 1]
        Share of the items that are to be closed by then.
    handling : float or ndarray, shape (paths,)
        Seconds of work at an item, idle time between items included.
    spread : ndarray, shape (steps of a week,)
        Share of a week's hours that lies in each of its steps.

    Raises
    ------
    ValueError
        When a share is none, a handling time is not above 0, or the spread does not sum to 1.
    """

    due: float
    service_level: float
    handling: float | Floats
    spread: Floats

    def __post_init__(self) -> None:
        if not (np.isfinite(self.due) and self.due >= 0):
            raise ValueError(f"due is a number of steps, 0 or more; got {self.due}")
        if not 0 < self.service_level <= 1:
            raise ValueError(f"service_level is a share above 0 and at most 1; got {self.service_level}")
        if not (np.asarray(self.handling) > 0).all():
            raise ValueError("handling is a number of seconds above 0")
        if (self.spread < 0).any() or abs(self.spread.sum() - 1) > 1e-6:
            raise ValueError("spread says which share of a week's hours lies in each step; the shares sum to 1")

    def items(self, hours: npt.ArrayLike, steps: int, first: int = 0) -> Floats:
        """Items that weekly ``hours`` can close in each step from ``first`` on; shape (paths or 1, steps)."""
        weekly = np.atleast_1d(np.asarray(hours, float) * 3600 / np.asarray(self.handling, float))
        share = self.spread[(first + np.arange(steps)) % len(self.spread)]
        return np.asarray(weekly[:, None] * share, float)


@dataclass(frozen=True)
class HoursNeeded:
    """Weekly hours that keep a promise.

    Attributes
    ----------
    each : ndarray, shape (paths, weeks)
        What each path alone would have needed, when the weeks before were worked as planned; infinite where no
        number of hours is enough, as for items that are due on a day on which nobody works.
    planned : ndarray, shape (weeks,)
        With these the promise is kept on a share ``sure`` of the paths.
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
    done = np.zeros(len(coming))
    each = []
    planned = []
    for begun in range(0, coming.shape[1], week):
        stretch = _stretch(arrived, opening, promise, done, (begun, min(begun + week, coming.shape[1])))
        each.append(stretch.fewest_hours())
        planned.append(float(enough_for(each[-1], sure)))
        # Where no number is enough, what the paths that can be kept need is worked.
        worked = each[-1][np.isfinite(each[-1]) & (each[-1] <= planned[-1])].max(initial=0.0)
        done = stretch.done_after(float(worked), week)
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
    each = _stretch(arrived, opening, promise, np.zeros(len(coming)), (0, coming.shape[1])).fewest_hours()
    return float(enough_for(each, sure)), each


@dataclass(frozen=True)
class _Stretch:
    """Some steps of all paths, and what was done before them.

    Steps come first and paths second, so that numpy runs along what lies side by side: ``arrived`` and ``wanted`` are
    cumulative, shape (steps + 1, paths); ``done`` has the shape (paths,).
    """

    arrived: Floats
    wanted: Floats
    done: Floats
    promise: Promise
    first: int

    @cached_property
    def owed(self) -> Floats:
        """Items due in each step; shape (steps, paths)."""
        return np.diff(self.wanted, axis=0)

    @cached_property
    def unit(self) -> Floats:
        """Items that one weekly hour has closed by each step's end, if it never waits; shape (steps, paths or 1)."""
        each = self.promise.items(1.0, len(self.arrived) - 1, self.first)
        return np.ascontiguousarray(np.cumsum(each, axis=1).T)

    def closed(self, hours: npt.ArrayLike) -> Floats:
        """Items closed since the very start by the end of each step; shape (steps, paths)."""
        could = self.unit * np.asarray(hours, float) + self.done
        room = self.arrived[1:] - could
        np.minimum.accumulate(room, axis=0, out=room)
        np.minimum(room, 0.0, out=room)
        room += could
        return room

    def kept(self, hours: Floats) -> npt.NDArray[np.bool_]:
        """Whether each path keeps the promise with its number of hours."""
        late = self.wanted[1:] - self.closed(hours)
        np.maximum(late, 0.0, out=late)
        np.minimum(late, self.owed, out=late)
        due = self.wanted[-1] - self.wanted[0]
        allowed = (1 - self.promise.service_level) * due + _EDGE * np.maximum(due, 1.0)
        return np.asarray(late.sum(axis=0) <= allowed)

    def fewest_hours(self) -> Floats:
        """Per path, by halving between what is surely too few and what is surely enough."""
        low = np.zeros(len(self.done))
        high = self.all_in_time()
        high = np.where(self.kept(low), 0.0, high)
        lost = ~self.kept(high)
        while (high - low > FINENESS * high).any():
            middle = (low + high) / 2
            kept = self.kept(middle)
            low, high = np.where(kept, low, middle), np.where(kept, middle, high)
        return np.where(lost, np.inf, high)

    def all_in_time(self) -> Floats:
        """Weekly hours that close everything in time: C(t) - C(s) >= wanted(t) - arrived(s) for all s < t."""
        unit = np.concatenate([np.zeros((1, self.unit.shape[1])), self.unit])
        behind = np.concatenate([self.done[None, :], self.arrived[1:]])
        hours = np.zeros(len(self.done))
        for begun in range(len(unit) - 1):
            more = self.wanted[begun + 1 :] - behind[begun]
            have = unit[begun + 1 :] - unit[begun]
            steep = np.divide(more, have, out=np.zeros_like(more), where=have > 0)
            np.maximum(hours, steep.max(axis=0), out=hours)
        return hours * (1 + FINENESS)

    def done_after(self, hours: float, steps: int) -> Floats:
        """Items closed by the end of ``steps`` steps, or of all there are."""
        return np.asarray(self.closed(hours)[min(steps, len(self.arrived) - 1) - 1], float)


def _stretch(arrived: Floats, opening: Opening, promise: Promise, done: Floats, span: tuple[int, int]) -> _Stretch:
    """Steps from ``span``'s first on until all that has arrived by its end is due; nothing more comes in."""
    begun, over = span
    longer = over + int(np.ceil(promise.due))
    until = np.minimum(np.arange(longer + 1), over)
    capped = arrived[:, until]
    wanted = shifted(capped, opening, promise.due)
    parts = (np.ascontiguousarray(part[:, begun:].T) for part in (capped, wanted))
    return _Stretch(*parts, done, promise, begun % len(promise.spread))
