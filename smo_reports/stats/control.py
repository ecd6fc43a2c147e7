"""Whether a series of estimates is changing: a chart of standardised values with two rules.

A point's own error decides how far it may lie from the centre, so that a thin week raises no alarm; where the
weeks spread more than their errors say, the limits widen with them (never the other way).

References
----------
Laney (2002), Quality Engineering 14:531-537; Wheeler (2000), Understanding Variation (moving range / 1.128).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats

RUN = 8
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


def recent_change(value: npt.ArrayLike, error: npt.ArrayLike, baseline: int) -> Change | None:
    """Judge the points after a baseline by two rules: one beyond three sigma, or eight in a row on one side.

    Parameters
    ----------
    value, error : array_like, shape (points,)
        Estimates in order of time and their standard errors; points with a nan in either are passed over.
    baseline : int
        How many of the first points make the centre and the limits.

    Returns
    -------
    Change or None
        None where fewer than twelve usable baseline points, or no point after them, are left.
    """
    y, s = np.asarray(value, float), np.asarray(error, float)
    usable = ~np.isnan(y) & ~np.isnan(s) & (s > 0)
    base = usable & (np.arange(len(y)) < baseline)
    if base.sum() < BASELINE or not usable[-1] or baseline >= len(y):
        return None
    centre = float(np.average(y[base], weights=1 / s[base] ** 2))
    z = (y - centre) / np.where(usable, s, np.nan)
    wide = max(1.0, float(np.mean(np.abs(np.diff(z[base])))) / 1.128)
    z = z / wide
    direction, since = _newest_signal(z, usable)
    reach = 3 * wide * np.where(usable, s, np.nan)
    return Change(direction, since, centre, centre - reach, centre + reach)


def _newest_signal(z: Floats, usable: npt.NDArray[np.bool_]) -> tuple[int, int | None]:
    """The newest point's run on one side, if it is long enough or holds a point beyond 3."""
    side = int(np.sign(z[-1]))
    places = [int(place) for place in np.flatnonzero(usable)]
    run: list[int] = []
    for place in reversed(places):
        if np.sign(z[place]) != side or side == 0:
            break
        run.append(place)
    beyond = [place for place in run if abs(z[place]) > 3]
    if len(run) >= RUN:
        return side, run[-1]
    if abs(z[-1]) > 3 or (beyond and min(abs(z[place]) for place in run if place >= beyond[-1]) > 2):
        return side, beyond[-1]
    return 0, None
