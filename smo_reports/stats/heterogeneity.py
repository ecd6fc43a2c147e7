"""How much people really differ: the spread that is left when chance is taken off, and what each then is held for."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import optimize
from scipy import stats as distributions

from smo_reports.stats.intervals import Floats, normal_quantile


def true_spread(hits: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """Standard deviation of the shares that several people would have on endless rows.

    Parameters
    ----------
    hits, n : array_like of float, shape (people,), 0 <= hits <= n
        People with n = 0 are left out.
    level : float

    Returns
    -------
    value, low, high : float
        In units of the share, as :func:`moment_spread` has them; nan for fewer than two people. Where nobody, or
        everybody, was ever right the spread is 0 and nothing says how far that may be off: the ends are nan.

    Examples
    --------
    >>> print("%.4f %.4f %.4f" % true_spread([40, 45, 30], [50, 50, 50]))
    0.1406 0.0524 0.9581
    """
    rows = np.asarray(n, float)
    right, rows = np.asarray(hits, float)[rows > 0], rows[rows > 0]
    pooled = float(right.sum() / rows.sum()) if len(rows) else 0.0
    if len(rows) > 1 and pooled in (0.0, 1.0):
        return 0.0, math.nan, math.nan
    return moment_spread(right / rows, pooled * (1 - pooled) / rows, level)


def moment_spread(
    value: npt.ArrayLike, variance: npt.ArrayLike, level: float = 0.95, mean: float | None = None
) -> tuple[float, float, float]:
    """Standard deviation of what several uncertain values would be without their errors.

    Paule and Mandel's moment estimate: the spread at which the values' distances from their mean, in units of spread
    and error together, are what they should be. What errors alone explain is 0.

    Parameters
    ----------
    value, variance : array_like of float, shape (k,), variance > 0
    level : float
    mean : float, optional
        What the values spread about, where it is known.

    Returns
    -------
    value, low, high : float
        With the Q-profile interval; nan for fewer than two values.

    References
    ----------
    Paule & Mandel (1982), J. Res. Natl. Bur. Stand. 87:377-385; Viechtbauer (2007), Statistics in Medicine 26:37-52.
    """
    found, error = np.asarray(value, float), np.asarray(variance, float)
    if len(found) < 2:
        return math.nan, math.nan, math.nan
    freedom = len(found) - (mean is None)
    most, least = (float(distributions.chi2.ppf(0.5 - side * level / 2, freedom)) for side in (1, -1))
    distance = _distance(found, error, mean)
    return _solved(distance, float(freedom)), _solved(distance, least), _solved(distance, most)


def shrunk(
    value: npt.ArrayLike, variance: npt.ArrayLike, mean: float, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Each value drawn towards a mean, the further the less is known of it.

    Parameters
    ----------
    value, variance : array_like of float, shape (k,), variance > 0
    mean : float
        What the values spread about; 0 for differences from one another.
    level : float

    Returns
    -------
    value, low, high : ndarray, shape (k,)
        Empirical-Bayes means with their intervals, which allow for the spread being estimated from few values; two
        values, or one, stay as they are.

    References
    ----------
    Morris (1983), JASA 78:47-65 (parametric empirical Bayes, and its intervals).
    """
    found, error = np.asarray(value, float), np.asarray(variance, float)
    count = len(found)
    if count < 3:
        half = normal_quantile(level) * np.sqrt(error)
        return found, found - half, found + half
    spread = moment_spread(found, error, mean=mean)[0] ** 2
    # Estimated from few values the pull is biased upwards, by as much as is taken off it here.
    pull = (count - 2) / count * error / (error + spread)
    centre = mean + (1 - pull) * (found - mean)
    left = error * (1 - pull) + 2 / (count - 2) * pull**2 * (found - mean) ** 2
    half = normal_quantile(level) * np.sqrt(left)
    return centre, centre - half, centre + half


def _distance(value: Floats, variance: Floats, mean: float | None) -> Callable[[float], float]:
    """The values' squared distances from their mean when their true variance is ``spread``."""

    def distance(spread: float) -> float:
        weight = 1 / (variance + spread)
        centre = (weight * value).sum() / weight.sum() if mean is None else mean
        return float((weight * (value - centre) ** 2).sum())

    return distance


def _solved(distance: Callable[[float], float], wanted: float) -> float:
    """The standard deviation at which the distance, which falls with it, is what it should be; 0 where it is below."""
    if distance(0.0) <= wanted:
        return 0.0
    most = 1.0
    while distance(most) > wanted:
        most *= 10
    return math.sqrt(optimize.brentq(lambda spread: distance(spread) - wanted, 0.0, most, xtol=1e-14))
