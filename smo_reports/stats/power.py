"""How much more has to be looked at before a verdict can be expected."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats as _distributions

from smo_reports.stats.intervals import normal_quantile, wilson_from_share

POWER = 0.8
"""The chance of a verdict that "n more audits" promises, if the estimate is true."""

_MOST = 10_000_000


def audits_to_settle(share: float, target: float, design_effect: float = 1.0, power: float = POWER) -> float:
    """Audits of a new sample after which a share would be told from its target, if it is what it seems.

    Parameters
    ----------
    share, target : float in [0, 1]
    design_effect : float
        Audits per effective audit: n divided by the effective n.
    power : float
        Chance that the interval then excludes the target.

    Returns
    -------
    float
        Infinite where ``share`` equals ``target``.

    References
    ----------
    Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, eq. 2.12 (one share, normal
    test).

    Examples
    --------
    >>> audits_to_settle(0.93, 0.95)
    1031
    """
    if math.isclose(share, target, abs_tol=1e-12):
        return math.inf
    wanted = _quantile(power)
    spread = normal_quantile() * math.sqrt(target * (1 - target)) + wanted * math.sqrt(share * (1 - share))
    return math.ceil(design_effect * (spread / (share - target)) ** 2)


def more_to_settle(share: float, n: float, worth: float, target: float, power: float = POWER) -> float:
    """How many audits more, drawn as those before them, would settle a share that is what it seems.

    What was seen already counts: the new audits need only bring the interval of all of them off the target. That
    interval is the ordinary one, looked at once, when they are all made.

    Parameters
    ----------
    share : float in [0, 1]
    n : float
        Audits so far.
    worth : float
        The plain audits that they are worth.
    target : float
    power : float
        Chance that the interval of all audits then excludes the target.

    Returns
    -------
    float
        Infinite where ``share`` equals ``target``, or no ten million would do.

    Examples
    --------
    >>> more_to_settle(0.93, 330, 330, 0.95), more_to_settle(1.0, 50, 50, 0.95)
    (582.0, 23.0)
    """
    if math.isclose(share, target, abs_tol=1e-12):
        return math.inf
    high = 1
    while not _settled(share, worth, round(high * worth / n), target, power):
        high *= 2
        if high > _MOST:
            return math.inf
    low = high // 2
    # Whole audits step up and down a little: the search ends within a fifth of a per cent, on a number that settles.
    while high - low > max(1, high // 500):
        middle = (low + high) // 2
        if _settled(share, worth, round(middle * worth / n), target, power):
            high = middle
        else:
            low = middle
    return float(high)


def _settled(share: float, worth: float, added: int, target: float, power: float) -> bool:
    """Whether new plain audits leave the target outside, even in the least favourable outcome that ``power`` allows."""
    total = worth + added
    right = worth * share + float(_distributions.binom.ppf(power if share < target else 1 - power, added, share))
    low, high = wilson_from_share(np.array(right / total), np.array(total), normal_quantile())
    return bool(high < target) if share < target else bool(low > target)


def flawless_audits(target: float, level: float = 0.95) -> int:
    """The fewest audits without an error whose Wilson interval lies above a target.

    >>> flawless_audits(0.95), flawless_audits(0.99)
    (73, 381)
    """
    return math.ceil(normal_quantile(level) ** 2 * target / (1 - target))


def _quantile(chance: float) -> float:
    return normal_quantile(2 * chance - 1)
