"""Estimates that were reported because they were large: what they are worth once that is taken into account."""

from __future__ import annotations

from scipy import optimize, special

from smo_reports.stats.intervals import normal_quantile


def corrected(value: float, error: float, critical: float, level: float = 0.95) -> tuple[float, float, float]:
    """Correct an estimate for having been reported only because it is so many standard errors from 0.

    Parameters
    ----------
    value, error : float
        The estimate and its standard error, above 0.
    critical : float
        How many standard errors it had to exceed, to either side.
    level : float

    Returns
    -------
    value, low, high : float
        The value under which an estimate this large, or larger, among those reported has a chance of one half, not
        beyond 0 and not larger than the estimate; and those with the chances of the interval's ends. An estimate that
        is far beyond the critical value hardly changes; one that just passed it shrinks far.

    References
    ----------
    Zhong & Prentice (2008), Biostatistics 9:621-634; Lee, Sun, Sun & Taylor (2016), Annals of Statistics 44:907-927.

    Examples
    --------
    >>> [round(float(end), 2) for end in corrected(8.0, 1.0, 4.0)]
    [8.0, 6.03, 9.96]
    """
    if not error > 0 or abs(value) < critical * error:
        reach = normal_quantile(level) * error
        return value, value - reach, value + reach
    sign = 1.0 if value > 0 else -1.0
    seen = abs(value) / error
    tail = (1 - level) / 2
    low, middle, high = (_mean_of(seen, critical, chance) for chance in (tail, 0.5, 1 - tail))
    ends = sorted((sign * error * low, sign * error * high))
    return sign * error * min(max(middle, 0.0), seen), ends[0], ends[1]


def _mean_of(seen: float, critical: float, chance: float) -> float:
    """The mean under which a reported value is at least ``seen`` with this chance."""

    def over(mean: float) -> float:
        above = special.ndtr(mean - seen)
        reported = special.ndtr(mean - critical) + special.ndtr(-mean - critical)
        return float(above / reported) - chance

    low, high = -critical - 1.0, seen + 6.0
    if over(low) > 0:
        return low
    return float(optimize.brentq(over, low, high, xtol=1e-10))
