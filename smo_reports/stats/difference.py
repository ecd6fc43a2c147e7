"""The difference of two independent estimates, from their own intervals."""

from __future__ import annotations

import math


def difference_interval(
    before: tuple[float, float, float], after: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Difference after − before with its interval, keeping each interval's own asymmetry.

    Parameters
    ----------
    before, after : tuple of float
        Value, low and high, at the same confidence level; of independent samples.

    Returns
    -------
    value, low, high : float
        nan where any input is nan.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17:873-890, method 10 ("square-and-add"; MOVER).

    Examples
    --------
    >>> from smo_reports.stats.intervals import wilson_interval
    >>> first, second = ((h / n, *map(float, wilson_interval(h, n))) for h, n in ((48, 80), (56, 70)))
    >>> [round(part, 4) for part in difference_interval(first, second)]   # Newcombe, table II (a)
    [0.2, 0.0524, 0.3339]
    """
    value = after[0] - before[0]
    low = value - math.hypot(after[0] - after[1], before[2] - before[0])
    high = value + math.hypot(after[2] - after[0], before[0] - before[1])
    return value, low, high
