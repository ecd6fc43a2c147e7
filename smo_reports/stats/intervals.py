"""Intervals of a share, from plain counts to effective sample sizes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats as _distributions

Floats = npt.NDArray[np.float64]


def normal_quantile(level: float = 0.95) -> float:
    """Two-sided standard normal quantile: 1.959964 at a level of 0.95."""
    return float(_distributions.norm.ppf(0.5 + level / 2))


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
