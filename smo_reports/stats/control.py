"""Whether a series of estimates is changing: a chart of standardised values with two rules.

A point's own error decides how far it may lie from the centre, so that a thin week raises no alarm; where the
weeks spread more than their errors say, the limits widen with them (never the other way). Twenty baseline weeks and
six judged ones without any change are called changing about once in a hundred charts.

References
----------
Laney (2002), Quality Engineering 14:531-537; Winterbottom (1993), Quality and Reliability Engineering International
9:105-109 (limits of a share that lean); Nelson (1984), Journal of Quality Technology 16:237-239 (nine in a row);
Wheeler (2000), Understanding Variation (moving range / 1.128).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats

RUN = 9
"""Points in a row on one side of the centre that count as a change."""

BASELINE = 12
"""The fewest baseline points a centre and limits are made from."""


@dataclass(frozen=True)
class Change:
    """What a chart says of its newest point.

    Attributes
    ----------
    direction : int
        1 risen, -1 fallen, 0 steady.
    since : int or None
        Position of the first point of the change.
    centre : float
    low, high : ndarray, shape (points,)
        Control limits of each point.
    """

    direction: int
    since: int | None
    centre: float
    low: Floats
    high: Floats


def recent_change(
    value: npt.ArrayLike,
    error: npt.ArrayLike,
    baseline: int,
    weight: npt.ArrayLike | None = None,
    share: bool = False,
) -> Change | None:
    """Judge the points after a baseline by two rules: one beyond three sigma, or nine in a row on one side.

    Parameters
    ----------
    value, error : array_like, shape (points,)
        Estimates in order of time and their standard errors; points with a nan in either are passed over.
    baseline : int
        How many of the first points make the centre and the limits.
    weight : array_like, shape (points,), optional
        How much each point is worth to the centre, such as its (effective) n. Never one made of the point's own
        spread: a share near 0 or 1 has little of it by chance, and would draw the centre its way. Default: all
        the same.
    share : bool
        Whether the values are shares of ``weight`` observations: a point's error is then the one it has at the
        centre, ``error`` is not looked at, and the limits lean as shares near 0 or 1 do.

    Returns
    -------
    Change or None
        None where fewer than twelve usable baseline points, or no point after them, are left.
    """
    y, s = np.asarray(value, float), np.asarray(error, float)
    worth = np.ones_like(y) if weight is None else np.asarray(weight, float)
    usable = ~np.isnan(y) & (worth > 0)
    usable &= True if share else s > 0
    base = usable & (np.arange(len(y)) < baseline)
    if base.sum() < BASELINE or not usable[-1] or baseline >= len(y):
        return None
    centre = float(np.average(y[base], weights=worth[base]))
    bend = np.zeros_like(y)
    if share:
        s, bend = _at_centre(centre, worth, float(worth[base].sum()))
    s = np.where(usable, s, np.nan)
    z = _unbent((y - centre) / s, bend)
    wide = max(1.0, float(np.mean(np.abs(np.diff(z[base])))) / 1.128)
    direction, since = _newest_signal(np.sign(y - centre), np.abs(z) / wide, usable)
    low, high = (centre + s * _bent(side * wide, bend) for side in (-3.0, 3.0))
    return Change(direction, since, centre, low, high)


def _at_centre(centre: float, n: Floats, total: float) -> tuple[Floats, Floats]:
    """Each point's standard error if its share is the centre, and a sixth of its skewness."""
    if centre in (0.0, 1.0):
        # A baseline without an error does not make the next one impossible: one more hit, one more miss.
        centre = (centre * total + 1) / (total + 2)
    error = np.sqrt(centre * (1 - centre) / np.where(n > 0, n, np.nan))
    return error, (1 - 2 * centre) / (centre * (1 - centre)) * error / 6


def _bent(score: float, bend: Floats) -> Floats:
    """The standardised value that is as rare as a normal score, by Cornish and Fisher's first term.

    >>> _bent(3.0, np.array([0.0, 0.05])).round(2).tolist()
    [3.0, 3.4]
    """
    # Where the parabola turns no share is that rare.
    turn = np.divide(-0.5, bend, out=np.full_like(bend, -np.inf * np.sign(score)), where=bend != 0)
    held = np.where(turn * score > 0, np.sign(score) * np.minimum(abs(score), np.abs(turn)), score)
    return np.asarray(held + bend * (held**2 - 1), float)


def _unbent(z: Floats, bend: Floats) -> Floats:
    """The normal score that is as rare as a standardised value: the inverse of ``_bent``."""
    root = np.sqrt(np.maximum(1 + 4 * bend * (bend + z), 0.0))
    # 2 (b + z) / (1 + root) is the parabola's near root, also where it is no parabola.
    return np.asarray(2 * (bend + z) / (1 + root), float)


def _newest_signal(sides: Floats, far: Floats, usable: npt.NDArray[np.bool_]) -> tuple[int, int | None]:
    """The newest point's run on one side, if it is long enough or holds a point beyond 3."""
    side = int(sides[-1])
    run: list[int] = []
    for place in (int(place) for place in np.flatnonzero(usable)[::-1]):
        if sides[place] != side or side == 0:
            break
        run.append(place)
    beyond = [place for place in run if far[place] > 3]
    if len(run) >= RUN:
        return side, run[-1]
    if beyond and (far[run[0]] > 3 or min(far[place] for place in run if place >= beyond[-1]) > 2):
        return side, beyond[-1]
    return 0, None
