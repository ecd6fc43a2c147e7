"""Where a number of agents just keeps a promise, for many queues at once.

References
----------
Halfin & Whitt (1981), Operations Research 29:567-588 (where the search starts); Ridders (1979), IEEE Transactions on
Circuits and Systems 26:979-980 (the search that cannot fail); Temme (1979), SIAM Journal on Mathematical Analysis
10:757-766.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from smo_reports.stats.erlang_tail import Floats, log_upper

Miss = Callable[[Floats, npt.NDArray[np.intp]], Floats]
"""How far numbers of agents miss the promise, for the entries listed: falling in the agents, at most 0 where kept."""

_LEAST = 0.25
"""The fewest agents that a cubic through four numbers one apart can say anything of."""
_CLOSE = 3e-5
"""Agents from the guess to the root, up to which the root's error is of the eighth digit."""
_FEW, _CLOSER = 2.0, 1e-9
"""Below so many erlangs the cubic says less, and has to settle further."""
_MOST_ROUNDS = 6
_MANY = 30.0
"""From here on Temme's expansion is as good as the function, and a third of the time."""
_TEMME = (
    (-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600, 1 / 25515),
    (-1 / 540, -1 / 288, 1 / 378, -77 / 77760, 1 / 4860),
    (25 / 6048, -139 / 51840, 1 / 1296),
)
_START_STEPS = 2
_ROUNDS = 80
_TINY = 1e-12
_LOWEST = 1e-300
"""An exact 0 would leave Ridders' line without a slope."""


def waiting_root(load: Floats, target: Floats, wanted: Floats, miss: Miss) -> Floats:
    """Erlang C's agents, in fractions, with whom as many are late as the logarithm ``wanted`` says.

    One incomplete gamma function gives the probability at four neighbouring numbers of agents, since Erlang's
    recurrence leads from one to the next, and the root of the cubic through them errs by a thousandth of the way it
    is from the guess. The first guess takes Temme's approximation instead. Loads too small for that, and whatever has
    not settled, are searched the slow way.

    Parameters
    ----------
    load, target, wanted : ndarray, one dimension
        Erlangs above 0; handling times; logarithms of shares.
    miss : callable
        Of the same promise.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        agents = load + _safety(np.sqrt(load) * target, wanted) * np.sqrt(load)
        agents, _ = _through_four(rough_upper, load, target, wanted, np.maximum(agents, _LEAST))
        going = np.arange(len(load))
        for _ in range(_MOST_ROUNDS):
            guess = np.clip(agents[going], load[going], load[going] + 30 * np.sqrt(load[going]) + 3)
            at, moved = _through_four(_upper, load[going], target[going], wanted[going], guess)
            agents[going] = at
            going = going[~(moved <= np.where(load[going] < _FEW, _CLOSER, _CLOSE))]
            if not len(going):
                break
    slow = ~(agents > load)
    slow[going] = True
    if slow.any():
        which = np.flatnonzero(slow)
        agents[which] = _searched(load[which], lambda tried, some: miss(tried, which[some]))
    return np.asarray(agents, float)


def _searched(load: Floats, miss: Miss) -> Floats:
    """The same between the load and twice, four times, ... as much above it."""
    high = load + 1.0
    short = np.arange(len(load))
    while len(short := short[miss(high[short], short) > 0]):
        high[short] = load[short] + 2 * (high[short] - load[short])
    return falling_root(miss, load, high)


def _safety(pace: Floats, wanted: Floats) -> Floats:
    """Halfin and Whitt's number of square roots of the load above the load, by Newton's method."""
    beta = np.ones_like(pace)
    for _ in range(_START_STEPS):
        mills = np.sqrt(np.pi / 2) * special.erfcx(-beta / np.sqrt(2))
        all_ = 1 + beta * mills
        slope = (mills + beta * all_) / all_ + pace
        beta = np.clip(beta - (np.log(all_) + beta * pace + wanted) / slope, 0.0, 30.0)
    return beta


def rough_upper(s: Floats, a: Floats) -> Floats:
    """``log_upper`` by the first terms of Temme's expansion: four digits at two erlangs, eight at a hundred."""
    apart = (a - s) / s
    eta = np.copysign(np.sqrt(2 * np.maximum(apart - np.log1p(apart), 0.0)), apart)
    first, second, third = (np.polynomial.polynomial.polyval(eta, terms) for terms in _TEMME)
    tail = np.sqrt(np.pi * s / 2) * special.erfcx(eta * np.sqrt(s / 2))
    stirling = 1 + (1 / 12 + (1 / 288 - 139 / 51840 / s) / s) / s
    return np.asarray(np.log((tail + first + (second + third / s) / s) * stirling), float)


def _upper(s: Floats, a: Floats) -> Floats:
    """``log_upper``, to eight digits at least."""
    few = (s < _MANY) | (a < _MANY)
    if few.all():
        return log_upper(s, a)
    made = rough_upper(s, a)
    if few.any():
        made[few] = log_upper(s[few], a[few])
    return made


def _through_four(
    upper_at: Callable[[Floats, Floats], Floats], load: Floats, target: Floats, wanted: Floats, guess: Floats
) -> tuple[Floats, Floats]:
    """The root of a cubic through the miss at one agent below the guess and three above that; and how far it moved."""
    below = np.where(guess >= 1 + _LEAST, 1.0, 0.0)
    agents = guess - below
    upper = np.exp(upper_at(agents, load))
    missed = []
    for _ in range(4):
        spare = agents - load
        missed.append(-np.log1p(spare / agents * upper) - spare * target - wanted)
        agents = agents + 1
        upper = agents / load * (1 + upper)
    first, second, third, last = missed
    one, two, three = second - first, third - 2 * second + first, last - 3 * third + 3 * second - first
    at = below
    for _ in range(3):
        value = first + at * (one + (at - 1) / 2 * (two + (at - 2) / 3 * three))
        at = at - value / (one + (at - 0.5) * two + (at * at / 2 - at + 1 / 3) * three)
    return guess - below + at, np.abs(at - below)


def falling_root(miss: Miss, low: Floats, high: Floats) -> Floats:
    """The numbers at which a falling function is 0, between ``low``, where it is above, and ``high``, where it is not.

    Returns
    -------
    ndarray
        To eleven digits.
    """
    low, high, root = low.copy(), high.copy(), high.copy()
    every = np.arange(len(low))
    below, above = miss(low, every), miss(high, every)
    going = every[above < 0]
    for _ in range(_ROUNDS):
        if not len(going):
            break
        middle = (low[going] + high[going]) / 2
        of_middle = miss(middle, going)
        # Ridders: an exponential factor straightens the three points; here the straight line is 0.
        bend = np.sqrt(of_middle**2 - below[going] * above[going])
        tried = middle + (middle - low[going]) * of_middle / bend
        _narrow(low, high, below, above, going, middle, of_middle)
        _narrow(low, high, below, above, going, tried, miss(tried, going))
        moved = np.minimum(np.abs(tried - root[going]), high[going] - low[going])
        root[going] = tried
        going = going[moved > _TINY * high[going]]
    return root


def _narrow(
    low: Floats,
    high: Floats,
    below: Floats,
    above: Floats,
    going: npt.NDArray[np.intp],
    tried: Floats,
    found: Floats,
) -> None:
    """Move one end of each bracket to the point tried."""
    kept = (found <= 0) & (tried <= high[going])
    high[going[kept]], above[going[kept]] = tried[kept], np.minimum(found[kept], -_LOWEST)
    missed = (found > 0) & (tried >= low[going])
    low[going[missed]], below[going[missed]] = tried[missed], found[missed]
