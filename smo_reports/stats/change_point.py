"""When a share changed: the day from which on it is another, and how surely that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ChangePoint:
    """Where a series of shares steps.

    Attributes
    ----------
    at, first, last : int
        Positions of the first day after the step: the likeliest, and the ends of its interval.
    before, after : float
        The shares on either side of the likeliest.
    gain : float
        How much better two levels describe the days than one does: twice the difference of the log-likelihoods, over
        the dispersion.
    """

    at: int
    first: int
    last: int
    before: float
    after: float
    gain: float


def change_point(
    hits: npt.ArrayLike, n: npt.ArrayLike, dispersion: float = 1.0, level: float = 0.95
) -> ChangePoint | None:
    """The one step in a series of shares that describes it best, with an interval for its place.

    Parameters
    ----------
    hits, n : array_like of float, shape (days,), 0 <= hits <= n
        By day, in order; days without rows may be among them.
    dispersion : float, at least 1
        By how much the days' variance is above that of independent rows.
    level : float
        Of the interval.

    Returns
    -------
    ChangePoint or None
        None where fewer than two days have rows. That a step is described does not mean that there is one: whether
        the two sides differ has to be known beforehand.

    Notes
    -----
    The interval holds the places whose log-likelihood is less than x below the best one's, where
    (1 - exp(-x))² is the level: seen from the true place the log-likelihood is a random walk that drifts down on either
    side, and the highest points of both sides are exponential and independent.

    References
    ----------
    Siegmund (1988), International Statistical Review 56:31-48 (confidence sets in change-point problems);
    Hinkley & Hinkley (1970), Biometrika 57:477-488 (binomial).

    Examples
    --------
    >>> found = change_point([1, 0, 2, 1, 9, 8, 10, 9], [20] * 8)
    >>> found.at, found.first, found.last, round(found.before, 2), round(found.after, 2)
    (4, 4, 4, 0.05, 0.45)
    """
    y, size = np.asarray(hits, float), np.asarray(n, float)
    if int((size > 0).sum()) < 2:
        return None
    left_y, left_n = np.cumsum(y)[:-1], np.cumsum(size)[:-1]
    right_y, right_n = y.sum() - left_y, size.sum() - left_n
    possible = (left_n > 0) & (right_n > 0)
    fit = np.where(possible, _fit(left_y, left_n) + _fit(right_y, right_n), -math.inf) / max(dispersion, 1.0)
    at = int(np.argmax(fit))
    within = np.flatnonzero(fit >= fit[at] + math.log1p(-math.sqrt(level)))
    whole = float(_fit(y.sum(), size.sum())) / max(dispersion, 1.0)
    shares = float(left_y[at] / left_n[at]), float(right_y[at] / right_n[at])
    return ChangePoint(at + 1, int(within[0]) + 1, int(within[-1]) + 1, *shares, 2 * (float(fit[at]) - whole))


def _fit(hits: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """The log-likelihood of binomial hits at their own share."""
    y, size = np.asarray(hits, float), np.asarray(n, float)
    found: Floats = special.xlogy(y, y) + special.xlogy(size - y, size - y) - special.xlogy(size, size)
    return found
