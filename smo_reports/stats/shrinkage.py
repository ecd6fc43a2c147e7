"""Each person's share drawn towards what is expected of them, the further the less is known of them.

References
----------
Skellam (1948), JRSS B 10:257-261 (the beta-binomial distribution); Morris (1983), JASA 78:47-65 (empirical Bayes);
Gelman (2006), Bayesian Analysis 1:515-534 (a flat prior on the standard deviation of people).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from smo_reports.stats.intervals import Floats

_GRID = np.linspace(0.005, 0.605, 31)
"""Standard deviations of people that are thought possible, in units of √(mean · (1 - mean))."""

_HALVINGS = 30
_NEGLIGIBLE = 40.0
"""How much less the log-likelihood of a spread may be before it counts for nothing: e⁻⁴⁰ is 4 · 10⁻¹⁸."""


@dataclass(frozen=True)
class Shrunk:
    """Shares drawn in, shape (people,).

    Attributes
    ----------
    value, low, high : ndarray in [0, 1]
        Posterior mean and central interval; the expected share, without an interval (nan), where that is 0 or 1.
    spread : float
        How much people differ: the most likely standard deviation of their true shares, in units of that of one row.
    """

    value: Floats
    low: Floats
    high: Floats
    spread: float


def shrunk_shares(hits: npt.ArrayLike, n: npt.ArrayLike, expected: npt.ArrayLike, level: float = 0.95) -> Shrunk:
    """Empirical-Bayes shares of people whose true shares vary about what is expected of each.

    A person's share is Beta(m e, m (1 - e)), e what is expected of that person and m the same for all. How much people
    differ is estimated from everybody's hits, and what is not known of it is averaged over: a team in which nobody
    stands out would otherwise be said to be exactly alike.

    Parameters
    ----------
    hits, n, expected : array_like of float, shape (people,), 0 <= hits <= n, expected in [0, 1]
    level : float

    Examples
    --------
    >>> found = shrunk_shares([90, 45, 9], [100, 50, 10], [0.8, 0.9, 0.5])
    >>> found.value.round(2).tolist()
    [0.89, 0.9, 0.71]
    """
    x, rows, mean = (np.asarray(values, float) for values in (hits, n, expected))
    told = (mean > 0) & (mean < 1)
    value, low, high = mean.copy(), np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    if not told.any():
        return Shrunk(value, low, high, 0.0)
    x, misses, mean = x[told], (rows - x)[told], mean[told]
    strength = 1 / _GRID[:, None] ** 2 - 1
    a, b = strength * mean + x, strength * (1 - mean) + misses
    likelihood = (special.betaln(a, b) - special.betaln(strength * mean, strength * (1 - mean))).sum(axis=1)
    counted = likelihood > likelihood.max() - _NEGLIGIBLE
    a, b, belief = a[counted], b[counted], np.exp(likelihood[counted] - likelihood.max())
    belief = (belief / belief.sum())[:, None]
    value[told] = (belief * a / (a + b)).sum(axis=0)
    low[told], high[told] = (_quantile(belief, a, b, (1 + side * level) / 2) for side in (-1, 1))
    return Shrunk(value, low, high, float(_GRID[int(np.argmax(likelihood))]))


def _quantile(belief: Floats, a: Floats, b: Floats, chance: float) -> Floats:
    """The quantile of a mixture of beta distributions, for each column."""
    low, high = np.zeros(a.shape[1]), np.ones(a.shape[1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        under = (belief * special.betainc(a, b, middle)).sum(axis=0) < chance
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2
