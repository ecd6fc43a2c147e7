"""Some weeks of a queue whose work may wait: which hours keep its promise, path by path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from smo_reports.stats.backlog_flow import Floats, Opening, shifted

FINENESS = 1e-3
"""Hours are found to one part in a thousand, rounded up."""

_EDGE = 1e-9

_NEAR = 0.25
"""Most paths need within a quarter of what would close all in one steady pace: the search tries there first."""


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
class Stretch:
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
        # As np.minimum.accumulate, in half the time.
        for before, row in pairwise(room):
            np.minimum(row, before, out=row)
        np.minimum(room, 0.0, out=room)
        room += could
        return np.asarray(room, float)

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
        pace = np.broadcast_to(self.unit[-1], self.done.shape)
        whole = np.maximum(self.wanted[-1] - self.done, 0.0)
        steady = np.divide(whole, pace, out=np.zeros_like(whole), where=pace > 0)
        low, high = np.zeros(len(self.done)), (1 + _NEAR) * steady
        near = self.kept(high)
        lost = np.zeros(len(high), bool)
        if not near.all():
            high = np.where(near, high, self.all_in_time)
            lost = ~self.kept(high)
        high = np.where(self.kept(low), 0.0, high)
        less = (1 - _NEAR) * steady
        low = np.where((less < high) & ~self.kept(less), less, low)
        while (high - low > FINENESS * high).any():
            middle = (low + high) / 2
            kept = self.kept(middle)
            low, high = np.where(kept, low, middle), np.where(kept, middle, high)
        return np.where(lost, np.inf, high)

    def fewest_for(self, sure: float, guess: float) -> float:
        """The same hours for all paths, kept on a share ``sure`` of them; sought from a guess on."""
        enough = np.ceil(sure * len(self.done) - 1e-9)

        def holds(hours: float) -> bool:
            return bool(self.kept(np.full(len(self.done), hours)).sum() >= enough)

        if holds(0.0):
            return 0.0
        low, high = 0.0, guess * 1.03
        if not np.isfinite(high) or not holds(high):
            low, high = 0.0, float(self.all_in_time.max())
            if not holds(high):
                return float("inf")
        elif not holds(guess * 0.97):
            low = guess * 0.97
        while high - low > FINENESS * high:
            middle = (low + high) / 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return high

    @cached_property
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

    def done_after(self, hours: npt.ArrayLike, steps: int) -> Floats:
        """Items closed by the end of ``steps`` steps, or of all there are."""
        return np.asarray(self.closed(hours)[min(steps, len(self.arrived) - 1) - 1], float)


def stretch_of(arrived: Floats, opening: Opening, promise: Promise, done: Floats, span: tuple[int, int]) -> Stretch:
    """Steps from ``span``'s first on until all that has arrived by its end is due; nothing more comes in."""
    begun, over = span
    longer = over + int(np.ceil(promise.due))
    until = np.minimum(np.arange(longer + 1), over)
    capped = arrived[:, until]
    wanted = shifted(capped, opening, promise.due)
    came, owed = (np.ascontiguousarray(part[:, begun:].T) for part in (capped, wanted))
    return Stretch(came, owed, done, promise, begun % len(promise.spread))
