"""Intervals of a share, from plain counts to effective sample sizes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special
from scipy import stats as _distributions

Floats = npt.NDArray[np.float64]

_STEPS = 8


def normal_quantile(level: float = 0.95) -> float:
    """Two-sided standard normal quantile: 1.959964 at a level of 0.95."""
    return float(special.ndtri(0.5 + level / 2))


def wilson_interval(hits: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share.

    Parameters
    ----------
    hits, n : array_like of float, same shape, 0 <= hits <= n
        Both may be fractional, as with an effective sample size.
    level : float
        Two-sided confidence level.

    Returns
    -------
    low, high : ndarray in [0, 1]
        nan where ``n`` is 0 or nan; exactly the share where ``n`` is infinite (everything was looked at).

    References
    ----------
    Wilson (1927), JASA 22:209-212; Newcombe (1998), Statistics in Medicine 17:857-872, table I.

    Examples
    --------
    >>> low, high = wilson_interval(81, 263)
    >>> print(f"{low:.4f} {high:.4f}")
    0.2553 0.3662
    """
    hits_, n_ = np.broadcast_arrays(np.asarray(hits, float), np.asarray(n, float))
    share = np.divide(hits_, n_, out=np.full(n_.shape, np.nan), where=n_ > 0)
    return wilson_from_share(share, np.where(n_ > 0, n_, np.nan), normal_quantile(level))


def wilson_from_share(share: npt.ArrayLike, n: npt.ArrayLike, quantile: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's interval of a share known on ``n`` (effective) observations, at a given quantile.

    Parameters
    ----------
    share : array_like in [0, 1]
    n : array_like of float > 0
        May be infinite: the interval is then the share itself.
    quantile : array_like of float
        Normal, or Student's where the variance itself was estimated.

    Returns
    -------
    low, high : ndarray in [0, 1], nan where any input is nan
    """
    p, size, z = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float), np.asarray(quantile, float))
    ratio = np.where(np.isinf(size), 0.0, z**2 / size)
    centre = (p + ratio / 2) / (1 + ratio)
    half = np.sqrt(np.maximum(p * (1 - p) * ratio + ratio**2 / 4, 0.0)) / (1 + ratio)
    # At the ends the algebra is exact and the floating-point result is not: 0 and 1 are put back.
    low = np.where(p == 0, np.where(np.isnan(half), np.nan, 0.0), np.clip(centre - half, 0.0, 1.0))
    high = np.where(p == 1, np.where(np.isnan(half), np.nan, 1.0), np.clip(centre + half, 0.0, 1.0))
    return low, high


def student_quantile(df: npt.ArrayLike, level: float = 0.95) -> Floats:
    """Two-sided Student quantile; nan where ``df`` is below 1, the normal one where it is infinite."""
    freedom = np.asarray(df, float)
    safe = np.where(freedom >= 1, freedom, np.nan)
    return np.asarray(_distributions.t.ppf(0.5 + level / 2, safe), float)


def share_interval(share: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a share known on ``n`` (effective) observations: score and mid-p, at each end the wider.

    Wilson's interval is too short on the side of the last few errors: one error in thirty excludes a rate of one in
    two hundred. The mid-p interval is not, and is a little short on the other side.

    Parameters
    ----------
    share : array_like in [0, 1]
    n : array_like of float
        May be fractional, or infinite: the interval is then the share itself.
    level : float

    Returns
    -------
    low, high : ndarray in [0, 1], nan where any input is nan or ``n`` is 0

    References
    ----------
    Berry & Armitage (1995), The Statistician 44:417-423 (mid-p); Brown, Cai & DasGupta (2001), Statistical Science
    16:101-133 (where Wilson's coverage drops).

    Examples
    --------
    >>> low, high = share_interval(29 / 30, 30)
    >>> print(f"{low:.4f} {high:.4f}")
    0.8333 0.9983
    """
    p, size = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    size = np.where(size > 0, size, np.nan)
    low, high = wilson_from_share(p, size, normal_quantile(level))
    exact_low, exact_high = midp_interval(p, size, level)
    return np.asarray(np.fmin(low, exact_low), float), np.asarray(np.fmax(high, exact_high), float)


def midp_interval(share: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Clopper and Pearson's interval with half the chance of what was seen (mid-p), also of fractional counts.

    Parameters
    ----------
    share : array_like in [0, 1]
    n : array_like of float > 0
    level : float

    Returns
    -------
    low, high : ndarray in [0, 1], nan where any input is nan

    Examples
    --------
    >>> low, high = midp_interval(0.0, 59)   # half of (1 - x)^59 is 0.025
    >>> print(f"{low:.4f} {high:.4f}")
    0.0000 0.0495
    """
    p, size = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    endless = np.isinf(size)
    rows = np.where(endless, 1.0, size)
    low = _midp_low(p * rows, rows, (1 - level) / 2)
    high = 1 - _midp_low((1 - p) * rows, rows, (1 - level) / 2)
    return np.where(endless, p, low), np.where(endless, p, high)


def _midp_low(hits: Floats, n: Floats, tail: float) -> Floats:
    """The share at which as many hits or more, those seen counted by half, have a chance of ``tail``.

    Newton's steps on the logarithms of both, in which the chance is nearly straight for a few hits and concave for
    many: steps from the left stay there, and one from the right leads there.
    """
    usable = (hits > 0) & (n > 0)
    x, rest = np.where(usable, hits, 1.0), np.where(usable, np.maximum(n - hits, 0.0), 1.0)
    seen = x / (x + rest)
    start, _ = wilson_from_share(seen, x + rest, _distributions.norm.isf(tail))
    at, log_beta = np.log(np.clip(start, 1e-300, 1 - 1e-12)), special.betaln(x, rest + 1)
    for _ in range(_STEPS):
        share = np.exp(at)
        # Γ's recurrence gives the chance of more hits, and both betas' densities, from that of as many or more.
        exactly = np.exp(x * at + rest * np.log1p(-share) - log_beta)
        chance = np.maximum(special.betainc(x, rest + 1, share) - exactly / x / 2, 1e-300)
        slope = exactly * (1 + share / (1 - share) * rest / x) / 2 / chance
        at = np.clip(at - np.log(chance / tail) / np.maximum(slope, 1e-9), -690.0, np.log(np.minimum(seen, 1 - 1e-12)))
    return np.where(usable, np.exp(at), np.where(np.isnan(hits) | ~(n > 0), np.nan, 0.0))
