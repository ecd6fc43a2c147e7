"""How many agents a live queue's promise takes: the fewest, found as a fraction and rounded once, at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from smo_reports.stats.erlang_tail import Floats
from smo_reports.stats.queueing_root import Miss, falling_root, waiting_root
from smo_reports.stats.queueing_wait import HOUR, checked, leaving, lost_share, wait_probability

_NEAR = 1e-5
_SLACK = 1e-12


@dataclass(frozen=True)
class AgentsNeeded:
    """The fewest agents that keep a promise; arrays of the arguments' common shape.

    Attributes
    ----------
    exact : ndarray
        At work, in fractions. Sums of queues or intervals are made of these.
    whole : ndarray
        The fewest whole agents at work: one less breaks the promise.
    scheduled : ndarray
        ``exact / (1 - shrinkage)``: paid, in fractions.
    people : ndarray
        ``scheduled``, rounded up: of one queue alone.
    """

    exact: Floats
    whole: Floats
    scheduled: Floats
    people: Floats


@dataclass(frozen=True)
class _Promise:
    """What agents are needed for, in handling times; ndarrays of one dimension."""

    load: Floats
    late: Floats
    target: Floats
    occupancy: Floats
    patience: Floats
    leave: Floats

    def of(self, some: npt.NDArray[np.bool_]) -> _Promise:
        """Of some of the entries."""
        return _Promise(*(each[some] for each in vars(self).values()))


def agents_needed(
    rate: npt.ArrayLike,
    handling: npt.ArrayLike,
    service_level: npt.ArrayLike,
    target: npt.ArrayLike,
    *,
    patience: npt.ArrayLike | None = None,
    occupancy: npt.ArrayLike = 1.0,
    shrinkage: npt.ArrayLike = 0.0,
    abandonment: npt.ArrayLike | None = None,
) -> AgentsNeeded:
    """The fewest agents with whom a queue keeps its service level, and its other limits.

    Parameters
    ----------
    rate : array_like >= 0
        Arrivals an hour.
    handling : array_like > 0
        Mean seconds of an item.
    service_level : array_like in (0, 1)
        Share of all arrivals that is to be answered within the target.
    target : array_like >= 0
        Seconds.
    patience : array_like > 0, optional
        Mean seconds until who waits leaves: Erlang A. Without it nobody leaves: Erlang C.
    occupancy : array_like in (0, 1]
        The most of agents' time that may be spent on items.
    shrinkage : array_like in [0, 1)
        Share of paid time that is not at work.
    abandonment : array_like in (0, 1), optional
        The largest share of the arrivals that may leave; needs ``patience``.

    Returns
    -------
    AgentsNeeded
        0 where nothing arrives.

    Raises
    ------
    ValueError
        When a number is negative or not known, a share is none, or ``abandonment`` is given without ``patience``.

    Examples
    --------
    >>> found = agents_needed(200, 180, 0.8, 20, occupancy=0.85, shrinkage=0.3)
    >>> float(found.exact.round(3)), int(found.whole), float(found.scheduled.round(2)), int(found.people)
    (13.037, 14, 18.62, 19)
    """
    if abandonment is not None and patience is None:
        raise ValueError("abandonment needs patience: without it nobody leaves")
    given = np.broadcast_arrays(
        checked("rate", rate),
        checked("handling", handling, above=True),
        _within("service_level", service_level),
        checked("target", target),
        _within("occupancy", occupancy, most=True),
        checked("patience", np.inf if patience is None else patience, above=True, endless=True),
        np.asarray(1.0) if abandonment is None else _within("abandonment", abandonment),
        lost_share(shrinkage),
    )
    shape = given[0].shape
    rates, each, level, limit, busy, calm, leave, lost = (np.ravel(value) for value in given)
    promise = _Promise(rates * (each / HOUR), 1 - level, limit / each, busy, calm / each, leave)
    exact, whole = np.zeros(rates.shape), np.zeros(rates.shape)
    for some, find in ((np.isinf(calm), _patient), (~np.isinf(calm), _leaving)):
        used = some & (rates > 0)
        if used.any():
            exact[used], whole[used] = find(promise.of(used))
    scheduled = exact / (1 - lost)
    return AgentsNeeded(*(value.reshape(shape) for value in (exact, whole, scheduled, _ceil(scheduled))))


def _within(name: str, value: npt.ArrayLike, *, most: bool = False) -> Floats:
    """A share above 0 and below 1, or up to 1."""
    share = np.asarray(value, float)
    wrong = ~((share > 0) & ((share <= 1) if most else (share < 1)))
    if wrong.any():
        bounds = "above 0 and at most 1" if most else "between 0 and 1"
        raise ValueError(f"{name} is a share {bounds}, such as 0.8 for 80%; got {share[wrong].flat[0]:g}")
    return share


def _ceil(value: Floats) -> Floats:
    """Rounded up, but for what arithmetic alone puts above a whole number."""
    return np.asarray(np.ceil(value - _SLACK * value), float)


def _rounded(exact: Floats, broken: Miss) -> Floats:
    """The fewest whole agents; where the fraction is all but whole, that number itself is tried."""
    whole = np.ceil(exact)
    nearest = np.maximum(np.round(exact), 1.0)
    close = np.flatnonzero(np.abs(exact - nearest) < _NEAR * np.maximum(1.0, exact / 1000))
    if len(close):
        over = broken(nearest[close], close) > _SLACK
        whole[close] = nearest[close] + over
    return np.asarray(np.maximum(whole, 1.0), float)


def _patient(promise: _Promise) -> tuple[Floats, Floats]:
    """Erlang C: in fractions, and whole."""
    load, wanted = promise.load, np.log(promise.late)

    def miss(agents: Floats, which: npt.NDArray[np.intp]) -> Floats:
        spare = np.maximum(agents - load[which], 0.0)
        logs = np.zeros_like(spare)
        kept = spare > 0
        # With very many agents nobody waits, to the last digit: as good as the smallest number there is.
        waits = wait_probability(agents[kept], load[which][kept])
        logs[kept] = np.log(np.maximum(waits, np.finfo(float).tiny))
        return np.asarray(logs - spare * promise.target[which] - wanted[which], float)

    def broken(agents: Floats, which: npt.NDArray[np.intp]) -> Floats:
        return np.maximum(miss(agents, which), np.log(load[which] / agents / promise.occupancy[which]))

    exact = np.maximum(waiting_root(load, promise.target, wanted, miss), load / promise.occupancy)
    return exact, _rounded(exact, broken)


def _leaving(promise: _Promise) -> tuple[Floats, Floats]:
    """Erlang A: in fractions, and whole."""
    load = promise.load

    def broken(agents: Floats, which: npt.NDArray[np.intp]) -> Floats:
        _, left, missed = leaving(agents, load[which], promise.patience[which], promise.target[which])
        with np.errstate(divide="ignore", invalid="ignore"):
            busy = np.where(agents > 0, load[which] * (1 - left) / agents, 1.0)
            over = np.maximum(np.maximum(missed, 0.0) / promise.late[which], left / promise.leave[which])
            return np.asarray(np.log(np.maximum(over, busy / promise.occupancy[which])), float)

    # Who waits is no more than under Erlang C, and only who waits is late or leaves.
    least = np.minimum(promise.late, promise.leave)
    waits = replace(promise, late=least, target=np.zeros_like(load))
    exact = falling_root(broken, np.zeros_like(load), _patient(waits)[0])
    return exact, _rounded(exact, broken)
