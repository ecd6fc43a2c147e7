"""How widely a series spreads about its level, where one point may resemble the next.

Weeks of the same people and the same queues resemble each other. A moving range, which is made of neighbours, then
takes the series for quieter than it is, and every rule about several points in a row fires too often. So the spread
is the standard deviation, mended for what resemblance and the estimated levels take off it, and the mean of several
points is as uncertain as the resemblance makes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats

TYPICAL = 0.3
"""The resemblance that neighbours are taken to have before a series is looked at, and its weight in ``_TRUST``."""

_TRUST = 0.5
"""How much of the resemblance that some twenty points show is believed: its standard error there is 0.2."""

_MOST = 0.8


@dataclass(frozen=True)
class Spread:
    """How widely the points of a series lie about their levels.

    Attributes
    ----------
    sigma : float
        Standard deviation, in the residuals' unit.
    resemblance : float in [0, 0.8]
        Correlation of neighbours.
    """

    sigma: float
    resemblance: float

    def inflation(self, points: int) -> float:
        """The variance of a mean of so many neighbours, by that of as many strangers; see :func:`inflation`."""
        return inflation(points, self.resemblance)


def inflation(points: int, resemblance: float) -> float:
    """By how much the variance of a mean of neighbours exceeds that of as many unrelated points.

    Parameters
    ----------
    points : int
    resemblance : float
        Correlation of neighbours; of points k apart it is taken to be its k-th power.

    References
    ----------
    Priestley (1981), Spectral Analysis and Time Series, eq. 5.3.5.

    Examples
    --------
    >>> inflation(1, 0.5), inflation(2, 0.5), round(inflation(6, 0.4), 3)
    (1.0, 1.5, 1.964)
    """
    apart = np.arange(1, points)
    return float(1 + 2 * np.sum((1 - apart / points) * resemblance**apart))


def spread_of(residual: npt.ArrayLike, phase: npt.ArrayLike) -> Spread:
    """The spread of points about the mean of their phase, pooled over phases.

    Parameters
    ----------
    residual : array_like, shape (points,)
        In order of time, less the mean of the point's own phase; nan where there is none, so that its neighbours are
        not taken for each other's.
    phase : array_like of int, shape (points,)
        Points of different phases are not neighbours.

    Returns
    -------
    Spread
        ``sigma`` is nan where no phase has two points.

    References
    ----------
    Marriott & Pope (1954), Biometrika 41:390-402 (bias of the correlation of neighbours); Schmid & Schöne (1997),
    Journal of Time Series Analysis 18:431-442 (charts of series that resemble themselves need wider limits).
    """
    e, part = np.asarray(residual, float), np.asarray(phase)
    known = ~np.isnan(e)
    sizes = [int(np.sum(known & (part == one))) for one in np.unique(part)]
    points, squares = sum(sizes), float(np.nansum(e**2))
    resemblance = _resemblance(e, part, squares, points)
    # The levels were made of the same points, which takes as much off as the levels' own variance.
    freedom = sum(size - inflation(size, resemblance) for size in sizes if size > 1)
    return Spread(float(np.sqrt(squares / freedom)) if freedom > 0 else float("nan"), resemblance)


def _resemblance(e: Floats, part: npt.NDArray[np.int_], squares: float, points: int) -> float:
    """The correlation of neighbours, mended for its bias and drawn towards what is typical."""
    pair = (part[1:] == part[:-1]) & ~np.isnan(e[1:] * e[:-1])
    pairs = int(pair.sum())
    if pairs < 2 or squares == 0 or points <= 4:
        return TYPICAL
    shown = float(np.sum((e[1:] * e[:-1])[pair])) / squares * (points - 1) / pairs
    mended = (shown + 1 / points) / (1 - 4 / points)
    return float(np.clip(_TRUST * mended + (1 - _TRUST) * TYPICAL, 0.0, _MOST))
