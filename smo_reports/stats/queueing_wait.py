"""Waiting in queues that are answered as they come: Erlang C and Erlang A.

References
----------
Erlang (1917); Jagers & van Doorn (1986), Operations Research Letters 5:167-172 (a fraction of an agent); Palm (1957);
Mandelbaum & Zeltyn (2007), "Service engineering in action: the Palm/Erlang-A queue".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from smo_reports.stats.erlang_tail import Floats, log_lower, log_upper

HOUR = 3600.0


@dataclass(frozen=True)
class Waiting:
    """How a queue is answered; arrays of the arguments' common shape.

    Attributes
    ----------
    waiting : ndarray in [0, 1]
        Probability that who arrives has to wait; exactly 1 where nobody can keep up.
    service_level : ndarray in [0, 1]
        Share of all arrivals that are answered within the target; nan without one. Who leaves is not answered.
    occupancy : ndarray in [0, 1]
        Share of the agents' time that is spent on items.
    mean_wait : ndarray
        Seconds, over all arrivals, those who leave included; infinite where nobody can keep up.
    abandonment : ndarray in [0, 1]
        Share of the arrivals that leave before they are answered; 0 under Erlang C.
    """

    waiting: Floats
    service_level: Floats
    occupancy: Floats
    mean_wait: Floats
    abandonment: Floats


def erlang_c(
    rate: npt.ArrayLike, handling: npt.ArrayLike, agents: npt.ArrayLike, target: npt.ArrayLike | None = None
) -> Waiting:
    """A queue in which everybody waits until answered (M/M/s).

    Parameters
    ----------
    rate : array_like >= 0
        Arrivals an hour.
    handling : array_like > 0
        Mean seconds of an item.
    agents : array_like >= 0
        At work; a fraction is the continuous extension.
    target : array_like >= 0, optional
        Seconds within which an arrival is to be answered.

    Returns
    -------
    Waiting
        Where ``rate * handling`` hours of work come to as many agents or fewer, the queue grows without end: a waiting
        probability of 1, a service level of 0 and an infinite wait. Where nothing arrives nothing waits, and the
        service level is 1 even without agents.

    Raises
    ------
    ValueError
        When a number is negative or not known, or a handling time is 0.

    Examples
    --------
    >>> found = erlang_c(200, 180, [13, 14], 20)
    >>> found.waiting.round(4).tolist(), found.service_level.round(4).tolist()
    ([0.2853, 0.1741], [0.7956, 0.8884])
    """
    within = np.nan if target is None else checked("target", target)
    rates, each, people, limit = np.broadcast_arrays(
        checked("rate", rate), checked("handling", handling, above=True), checked("agents", agents), within
    )
    load = rates * (each / HOUR)
    kept = (load > 0) & (people > load)
    waiting = np.where(load > 0, 1.0, 0.0)
    mean_wait = np.where(load > 0, np.inf, 0.0)
    late = waiting.copy()
    spare = people[kept] - load[kept]
    waiting[kept] = wait_probability(people[kept], load[kept])
    late[kept] = waiting[kept] * np.exp(-spare * (limit[kept] / each[kept]))
    mean_wait[kept] = waiting[kept] * each[kept] / spare
    level = np.where(np.isnan(limit), np.nan, 1 - late)
    return Waiting(waiting, level, _share(load, load, people), mean_wait, np.zeros(load.shape))


def wait_probability(agents: Floats, load: Floats) -> Floats:
    """Erlang C's probability of waiting; ndarrays of one dimension, 0 < load < agents."""
    with np.errstate(over="ignore"):
        odds_against = (agents - load) / agents * np.exp(log_upper(agents, load))
    return np.asarray(1 / (1 + odds_against), float)


def erlang_a(
    rate: npt.ArrayLike,
    handling: npt.ArrayLike,
    patience: npt.ArrayLike,
    agents: npt.ArrayLike,
    target: npt.ArrayLike | None = None,
) -> Waiting:
    """A queue in which who is not answered leaves, after a time of exponential length (M/M/s+M).

    Parameters
    ----------
    rate, handling, agents, target
        As of :func:`erlang_c`.
    patience : array_like > 0
        Mean seconds until who waits leaves; infinite is Erlang C.

    Returns
    -------
    Waiting
        Known at any load: those who leave make room. Without agents everybody waits, and leaves.

    Raises
    ------
    ValueError
        When a number is negative or not known, or a handling time or patience is 0.

    Examples
    --------
    >>> found = erlang_a(200, 180, 300, 13, 20)
    >>> round(float(found.waiting), 4), round(float(found.abandonment), 4), round(float(found.occupancy), 3)
    (0.2258, 0.025, 0.75)
    """
    within = np.nan if target is None else checked("target", target)
    rates, each, calm, people, limit = np.broadcast_arrays(
        checked("rate", rate),
        checked("handling", handling, above=True),
        checked("patience", patience, above=True, endless=True),
        checked("agents", agents),
        within,
    )
    load = rates * (each / HOUR)
    shape = load.shape
    endless = np.isinf(calm)
    patient = erlang_c(rates, each, people, target)
    waiting, late, left = np.where(endless, patient.waiting, 0.0), np.zeros(shape), np.zeros(shape)
    some = (load > 0) & ~endless
    waiting[some], left[some], late[some] = leaving(
        people[some], load[some], calm[some] / each[some], limit[some] / each[some]
    )
    level = np.where(np.isnan(limit), np.nan, np.where(endless, patient.service_level, np.clip(1 - late, 0.0, 1.0)))
    mean_wait = np.where(endless, patient.mean_wait, left * np.where(endless, 0.0, calm))
    return Waiting(waiting, level, _share(load, load * (1 - left), people), mean_wait, left)


def leaving(agents: Floats, load: Floats, patience: Floats, target: Floats) -> tuple[Floats, Floats, Floats]:
    """Erlang A in handling times: ndarrays of one dimension, load and patience above 0.

    Returns
    -------
    waiting, left, missed : ndarray
        Shares of the arrivals that wait, that leave, and that are not answered within the target (nan without one).
    """
    x, y = agents * patience, load * patience
    next_all = log_lower(x + 1, y)
    # The first ratio from the second: 1 + y / (x + 1) times it is a sum of positive terms, for no agents too.
    all_ = np.logaddexp(0.0, np.log(y) - np.log1p(x) + next_all)
    waiting = np.asarray(special.expit(all_ - log_upper(agents, load)), float)
    answered = x / (x + 1) / (np.exp(-next_all) + y / (x + 1))
    stay = np.exp(-target / patience)
    still = np.where(np.isnan(target), 0.0, stay)
    passed = -target * agents - target / patience - np.expm1(-target / patience) * y
    after = x / (x + 1) * np.exp(log_lower(x + 1, y * still) - all_ + passed)
    return waiting, np.clip(waiting * (1 - answered), 0.0, 1.0), waiting * (1 - answered + after)


def deferred_agents(
    backlog: npt.ArrayLike,
    days: npt.ArrayLike,
    inflow_per_day: npt.ArrayLike,
    handling: npt.ArrayLike,
    hours_per_day: npt.ArrayLike,
    shrinkage: npt.ArrayLike = 0.0,
) -> Floats:
    """Agents, in fractions, who clear a backlog within so many days while new items come in.

    Parameters
    ----------
    backlog, inflow_per_day : array_like >= 0
        Items; arrivals of a day.
    days, hours_per_day : array_like > 0
        Productive hours of an agent's day.
    handling : array_like > 0
        Seconds of an item.
    shrinkage : array_like in [0, 1)
        Share of paid hours that are not at work, where it is not in ``hours_per_day`` already.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> float(deferred_agents(200, 5, 80, 25 * 60, 5.5).round(2))
    9.09
    """
    a_day = checked("backlog", backlog) / checked("days", days, above=True) + checked("inflow_per_day", inflow_per_day)
    hours = a_day * checked("handling", handling, above=True) / HOUR
    return np.asarray(hours / checked("hours_per_day", hours_per_day, above=True) / (1 - lost_share(shrinkage)), float)


def checked(name: str, value: npt.ArrayLike, *, above: bool = False, endless: bool = False) -> Floats:
    """The value as an array of floats, or a ValueError that says what is wrong with it."""
    given = np.asarray(value, float)
    wrong = ~((given > 0) if above else (given >= 0)) | (np.isinf(given) & (not endless))
    if wrong.any():
        least = "above 0" if above else "of 0 or more"
        raise ValueError(f"{name} is a known number {least}; got {given[wrong].flat[0]:g}")
    return given


def lost_share(shrinkage: npt.ArrayLike) -> Floats:
    """The shrinkage, if it is a share below 1."""
    lost = checked("shrinkage", shrinkage)
    if (lost >= 1).any():
        raise ValueError(f"shrinkage is a share below 1, such as 0.3 for 30%; got {lost.max():g}")
    return lost


def _share(load: Floats, busy: Floats, agents: Floats) -> Floats:
    """Agents' busy share; 1 where there is work and nobody to do it, 0 where there is none."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        share = np.where(agents > 0, np.minimum(busy / agents, 1.0), 1.0)
    return np.where(load > 0, share, 0.0)
