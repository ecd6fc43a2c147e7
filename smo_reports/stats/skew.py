"""Scores of numbers whose distribution leans, as shares near 0 or 1 and small counts do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats


def bent(score: npt.ArrayLike, bend: npt.ArrayLike) -> Floats:
    """The standardised value that is as rare as a normal score, by Cornish and Fisher's first term.

    Parameters
    ----------
    score : array_like of float
        Normal scores.
    bend : array_like of float
        A sixth of the skewness.

    Returns
    -------
    ndarray
        Where the parabola turns no value is that rare; its turning point is given.

    References
    ----------
    Cornish & Fisher (1938), Revue de l'Institut International de Statistique 5:307-320; Winterbottom (1993), Quality
    and Reliability Engineering International 9:105-109 (for the limits of a share).

    Examples
    --------
    >>> bent(3.0, [0.0, 0.05]).round(2).tolist()
    [3.0, 3.4]
    """
    z, b = np.broadcast_arrays(np.asarray(score, float), np.asarray(bend, float))
    turn = np.divide(-0.5, b, out=np.where(z > 0, -np.inf, np.inf), where=b != 0)
    held = np.where(turn * z > 0, np.sign(z) * np.minimum(np.abs(z), np.abs(turn)), z)
    return np.asarray(held + b * (held**2 - 1), float)


def unbent(value: npt.ArrayLike, bend: npt.ArrayLike) -> Floats:
    """The normal score that is as rare as a standardised value: the inverse of :func:`bent`.

    Parameters
    ----------
    value, bend : array_like of float

    Returns
    -------
    ndarray
        Beyond the parabola's turning point, the score of that point.
    """
    x, b = np.asarray(value, float), np.asarray(bend, float)
    root = np.sqrt(np.maximum(1 + 4 * b * (b + x), 0.0))
    # 2 (b + x) / (1 + root) is the parabola's near root, also where it is no parabola.
    return np.asarray(2 * (b + x) / (1 + root), float)
