"""A queue whose work may wait: what is open, how old it is and what is late, along whole paths of arrivals.

Work is taken oldest first, so cumulative curves say everything. A(t) items have arrived by t, C(t) could have been
closed since the start if there had always been work, and D(t) = C(t) + min(0, min over s <= t of A(s) - C(s)) have
been closed. The item with number n is closed when D reaches n, and late if that is after its due time; no item has to
be followed. Paths go in whole: a bad week that follows a bad week is what breaks a promise, and bands of single days
do not know of it.

References
----------
Harrison (1985), Brownian Motion and Stochastic Flow Systems, ch. 2 (the reflected flow); Newell (1982), Applications
of Queueing Theory, ch. 2 (cumulative curves, first in first out).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_EDGE = 1e-9


@dataclass(frozen=True)
class Opening:
    """What is open at the start.

    Attributes
    ----------
    age : ndarray of float >= 0, shape (k,)
        In steps.
    items : ndarray of float >= 0, shape (k,)
        How many are that old.
    """

    age: Floats
    items: Floats

    @classmethod
    def of(cls, age: npt.ArrayLike, items: npt.ArrayLike) -> Opening:
        """Check ages and counts, and put the oldest first.

        Raises
        ------
        ValueError
            When they differ in length, are negative or unknown.
        """
        old, many = np.atleast_1d(np.asarray(age, float)), np.atleast_1d(np.asarray(items, float))
        if old.shape != many.shape:
            raise ValueError(f"one count for each age; got {len(many)} counts and {len(old)} ages")
        if not (np.isfinite(old).all() and np.isfinite(many).all() and (old >= 0).all() and (many >= 0).all()):
            raise ValueError("ages and counts of open items are known numbers of 0 or more")
        order = np.argsort(-old, kind="stable")
        return cls(old[order], many[order])

    @property
    def total(self) -> float:
        """How many items are open."""
        return float(self.items.sum())

    def older(self, age: npt.ArrayLike) -> Floats:
        """How many of them are at least as old."""
        reached = np.concatenate([[0.0], np.cumsum(self.items)])
        found: Floats = reached[np.searchsorted(-self.age, -np.asarray(age, float) + _EDGE, side="right")]
        return found


NOTHING = Opening(np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class BacklogFlow:
    """What becomes of a queue; arrays of shape (paths, steps), at the ends of steps or within them.

    Attributes
    ----------
    open : ndarray
        Items that are open at each step's end.
    closed, due, late : ndarray
        Items closed in each step, due in it, and of those due not closed by its end.
    arrived : ndarray, shape (paths, steps + 1)
        Cumulative, with what was open at the start.
    opening : Opening
    """

    open: Floats
    closed: Floats
    due: Floats
    late: Floats
    arrived: Floats
    opening: Opening

    def older_than(self, age: float) -> Floats:
        """How many items are at least ``age`` steps old at each step's end; shape (paths, steps)."""
        begun = shifted(self.arrived, self.opening, age)[:, 1:]
        done = self.arrived[:, 1:] - self.open
        return np.maximum(begun - done, 0.0)

    def age_profile(self, edges: Sequence[float]) -> Floats:
        """Open items by age at each step's end.

        Parameters
        ----------
        edges : sequence of float
            Where bands begin, in steps, ascending from 0; the last one has no end.

        Returns
        -------
        ndarray, shape (paths, steps, bands)
            They sum to what is open.
        """
        above = np.stack([self.older_than(edge) if edge > 0 else self.open for edge in edges], axis=-1)
        above[..., :-1] -= above[..., 1:]
        return above

    def late_share(self, window: int) -> Floats:
        """Share of the items due in the last ``window`` steps that were late; nan where none was due."""
        late, due = (_last(part, window) for part in (self.late, self.due))
        return np.divide(late, due, out=np.full_like(due, np.nan), where=due > _EDGE)

    def breaks_after(self, service_level: float, window: int) -> Floats:
        """Steps until fewer than ``service_level`` of the items due in the last ``window`` steps are in time.

        Returns
        -------
        ndarray, shape (paths,)
            From 1 on; infinite on paths where that does not happen. Before the first ``window`` steps are over it is
            broken only where what is late already is too much of all that is due in them.
        """
        broken = self.late_share(window) > 1 - service_level + _EDGE
        early = slice(0, min(window, self.due.shape[1]) - 1)
        due = self.due[:, :window].sum(axis=1, keepdims=True)
        broken[:, early] = self.late[:, early].cumsum(axis=1) > (1 - service_level) * due + _EDGE
        return np.where(broken.any(axis=1), broken.argmax(axis=1) + 1.0, np.inf)


def backlog_flow(
    arrivals: npt.ArrayLike, capacity: npt.ArrayLike, due: float, opening: Opening = NOTHING
) -> BacklogFlow:
    """Let a queue run, oldest item first.

    Parameters
    ----------
    arrivals : array_like >= 0, shape (paths, steps)
        Items that come in; they may be worked on in their own step.
    capacity : array_like >= 0, shape (steps,) or (paths, steps)
        Items that can be closed in each step.
    due : float >= 0
        Steps from arrival to due. An item of step i is in time when it is closed by the end of step i + ``due``.
    opening : Opening
        What is open before the first step. What was past due by then is not due again, but is worked on first.

    Returns
    -------
    BacklogFlow

    Raises
    ------
    ValueError
        When a number is negative or unknown, or the shapes do not fit.

    Notes
    -----
    A step is the resolution: within it everything counts as done at its end. Let it be short beside ``due``.

    Examples
    --------
    >>> flow = backlog_flow([[10, 10, 10]], [8, 8, 8], due=1, opening=Opening.of([2], [5]))
    >>> flow.open.tolist(), flow.late.tolist()
    ([[7.0, 9.0, 11.0]], [[0.0, 0.0, 1.0]])
    """
    coming, most = _checked(arrivals, capacity, due)
    arrived = opening.total + from_zero(coming)
    could = from_zero(most)
    done = could + np.minimum(np.minimum.accumulate(arrived - could, axis=1), 0.0)
    done = np.minimum(done, arrived)
    wanted = shifted(arrived, opening, due)
    owed = np.diff(wanted, axis=1)
    late = np.clip(wanted[:, 1:] - done[:, 1:], 0.0, owed)
    return BacklogFlow((arrived - done)[:, 1:], np.diff(done, axis=1), owed, late, arrived, opening)


def _checked(arrivals: npt.ArrayLike, capacity: npt.ArrayLike, due: float) -> tuple[Floats, Floats]:
    coming, most = np.asarray(arrivals, float), np.asarray(capacity, float)
    if coming.ndim != 2:
        raise ValueError(f"arrivals are paths by steps; got the shape {coming.shape}")
    if most.ndim not in (1, 2) or most.shape[-1] != coming.shape[1]:
        raise ValueError(f"capacity has the shape {most.shape}; there are {coming.shape[1]} steps of arrivals")
    for name, part in (("arrivals", coming), ("capacity", most)):
        if not (np.isfinite(part).all() and (part >= 0).all()):
            raise ValueError(f"{name}: known numbers of 0 or more are needed")
    if not (np.isfinite(due) and due >= 0):
        raise ValueError(f"due is a number of steps, 0 or more; got {due}")
    return coming, np.broadcast_to(most, coming.shape)


def from_zero(steps: Floats) -> Floats:
    """Cumulative sums that begin with 0; shape (paths, steps + 1)."""
    found = np.zeros((steps.shape[0], steps.shape[1] + 1))
    np.cumsum(steps, axis=1, out=found[:, 1:])
    return found


def shifted(arrived: Floats, opening: Opening, by: float) -> Floats:
    """How many had arrived ``by`` steps before each time; before the start the ages of what was open then say.

    Parameters
    ----------
    arrived : ndarray, shape (paths, steps + 1)
        Cumulative, from the start on, with what was open then.
    opening : Opening
    by : float
        Steps; within a step items come in evenly.
    """
    times = np.arange(arrived.shape[1]) - by
    before = np.broadcast_to(opening.older(np.maximum(-times, 0.0)), arrived.shape)
    if by >= arrived.shape[1] - 1:
        return before.copy()
    place = np.maximum(np.floor(times + _EDGE), 0).astype(np.intp)
    part = np.clip(times - place, 0.0, 1.0)
    after = np.minimum(place + 1, arrived.shape[1] - 1)
    inside = arrived[:, place]
    if part.max() > _EDGE:
        inside = inside + part * (arrived[:, after] - inside)
    return np.where(times >= 0, inside, before)


def _last(steps: Floats, window: int) -> Floats:
    """Sums over the last ``window`` steps, fewer at the start."""
    whole = from_zero(steps)
    ends = np.arange(1, whole.shape[1])
    return np.asarray(whole[:, ends] - whole[:, np.maximum(ends - window, 0)], float)
