"""How much more has to be looked at before a verdict can be expected."""

from __future__ import annotations

import math

from smo_reports.stats.intervals import normal_quantile


def audits_to_settle(share: float, target: float, design_effect: float = 1.0, power: float = 0.8) -> float:
    """Audits after which a share would be told from its target, if the share is what it seems.

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


def flawless_audits(target: float, level: float = 0.95) -> int:
    """The fewest audits without an error whose Wilson interval lies above a target.

    >>> flawless_audits(0.95), flawless_audits(0.99)
    (73, 381)
    """
    return math.ceil(normal_quantile(level) ** 2 * target / (1 - target))


def _quantile(chance: float) -> float:
    return normal_quantile(2 * chance - 1)
