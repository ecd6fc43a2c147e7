"""Intervals that may be looked at every day: confidence sequences.

An ordinary 95 % interval is right 95 times in 100 at *one* look. Whoever looks daily and stops at the first verdict is
wrong far more often. A confidence sequence is right at *all* looks together, 95 times in 100: the likelihood ratio of
what was seen, mixed over what else the share might be, exceeds 20 at any look with a chance of at most 1 in 20 (Ville's
inequality). It is wider for that: about one and a half times an ordinary interval, where it is sharpest.

For a share from plain audits this is exact. For weighted or stratified audits it works on the number of plain audits
that they are worth, which is estimated: docs/false-signals.md has the simulation.

References
----------
Robbins (1970), Annals of Mathematical Statistics 41:1397-1409 (mixtures); Howard, Ramdas, McAuliffe & Sekhon (2021),
Annals of Statistics 49:1055-1080; Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Annals of Statistics
52:2613-2640 (the form for means).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, xlogy

from smo_reports.stats.intervals import Floats, normal_quantile

SHARPEST = 40.0
"""How strongly the mixture believes that a share is near the one it is held against, in audits.

Chosen by simulation: of 5 to 160 it asks the fewest audits, or within a tenth of it, of shares from .75 to .999 that
differ from their target by what a few hundred to two thousand audits can tell.
"""

_STEPS = 45


def evidence_against(candidate: npt.ArrayLike, share: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """The logarithm of the mixed likelihood ratio against a candidate share.

    Parameters
    ----------
    candidate : array_like in (0, 1)
    share : array_like in [0, 1]
        What was seen.
    n : array_like of float >= 0
        The plain observations that it is worth.

    Returns
    -------
    ndarray
        If the candidate is true, it exceeds log(1 / a) at any look with a chance of at most a.

    Examples
    --------
    >>> bool(evidence_against(0.95, 1.0, 112) > math.log(20) > evidence_against(0.95, 1.0, 111))
    True
    """
    seen, size = np.asarray(share, float), np.asarray(n, float)
    # Against a share of exactly 0 or 1 there would be no mixture: the nearest that a float holds stands for it.
    p = np.clip(np.asarray(candidate, float), 1e-300, 1 - 2**-53)
    hits, misses = seen * size, (1 - seen) * size
    ahead, behind = SHARPEST * p, SHARPEST * (1 - p)
    mixed = betaln(ahead + hits, behind + misses) - betaln(ahead, behind)
    return np.asarray(mixed - xlogy(hits, p) - xlogy(misses, 1 - p), float)


def sequence_interval(share: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The confidence sequence of a share at one look.

    Parameters
    ----------
    share : array_like in [0, 1]
    n : array_like of float
        The plain observations that it is worth.
    level : float
        The chance that the sequence holds the true share at all looks.

    Returns
    -------
    low, high : ndarray in [0, 1]
        nan where an input is nan, or ``n`` is not positive.

    Examples
    --------
    >>> low, high = sequence_interval(0.93, 300)
    >>> print(f"{low:.3f} {high:.3f}")   # Wilson: 0.895 to 0.954
    0.877 0.967
    """
    seen, size = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    known = (size > 0) & ~np.isnan(seen)
    safe, worth = np.where(known, seen, 0.5), np.where(known, size, 1.0)
    ends = (_end(safe, worth, side, -math.log1p(-level)) for side in (0.0, 1.0))
    low, high = (np.where(known, end, np.nan) for end in ends)
    return low, high


def _end(share: Floats, n: Floats, outside: float, bar: float) -> Floats:
    """Halve the way between what was seen and the end of the scale until the evidence reaches the bar."""
    inside, out = share.copy(), np.full_like(share, outside)
    for _ in range(_STEPS):
        middle = (inside + out) / 2
        held = evidence_against(middle, share, n) < bar
        inside, out = np.where(held, middle, inside), np.where(held, out, middle)
    return np.where(share == outside, outside, out)


def sequence_widening(n: npt.ArrayLike, level: float = 0.95) -> Floats:
    """By how much a mean's ordinary normal interval has to be widened to hold at all looks, for large samples.

    Parameters
    ----------
    n : array_like of float > 0
        Observations behind the mean.
    level : float

    Returns
    -------
    ndarray
        Above 1; sharpest at some 360 observations.

    Examples
    --------
    >>> sequence_widening([30, 360, 2000]).round(2).tolist()
    [2.01, 1.55, 1.62]
    """
    ahead = np.asarray(n, float) / (SHARPEST + 1)
    half = np.sqrt(2 * (1 + ahead) / ahead * (np.log(np.sqrt(1 + ahead)) - math.log1p(-level)))
    return np.asarray(half / normal_quantile(level), float)


def plain_worth(share: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike, level: float = 0.95) -> Floats:
    """The plain observations that a share's interval is worth: the n of which Wilson's interval is as wide.

    Parameters
    ----------
    share, low, high : array_like in [0, 1]
    level : float

    Returns
    -------
    ndarray
        Infinite where the interval has no width, nan where an input is nan.

    Examples
    --------
    >>> print(round(float(plain_worth(81 / 263, 0.255303, 0.366179)), 1))   # Newcombe (1998): 81 of 263
    263.2
    """
    p, width = np.asarray(share, float), np.asarray(high, float) - np.asarray(low, float)
    h2, pq = (np.minimum(width, 1 - 1e-9) / 2) ** 2, p * (1 - p)
    # Wilson's half width h solves (1/4 − h²) r² + (pq − 2 h²) r − h² = 0 for r = z² / n.
    turned = pq - 2 * h2
    ratio = (np.sqrt(turned**2 + 4 * (0.25 - h2) * h2) - turned) / (2 * (0.25 - h2))
    squared = normal_quantile(level) ** 2
    return np.asarray(np.divide(squared, ratio, out=np.full(np.shape(ratio), np.inf), where=ratio != 0), float)


def daily_worth(share: npt.ArrayLike, n: npt.ArrayLike, *intervals: tuple[npt.ArrayLike, npt.ArrayLike]) -> Floats:
    """The plain observations that a sequence may take a sample for: what its widest interval is worth, at most ``n``.

    While a period runs, only a part of its labelers may have been audited: where they differ, an interval that takes
    them for draws of labelers is the wider one. And what is still to come was not looked at: a sample that holds much
    of the work so far is worth no more than its size.

    Parameters
    ----------
    share, n : array_like
    *intervals : tuple of array_like
        Low and high of each interval at 95 %; one that is nan says nothing.

    Examples
    --------
    >>> print(daily_worth(0.9, 100.0, (0.79851, 0.95336), (math.nan, math.nan)).round(1))   # Wilson's of 54 of 60
    60.0
    """
    found = np.asarray(n, float)
    for low, high in intervals:
        found = np.fmin(found, plain_worth(share, low, high))
    return np.asarray(found, float)
