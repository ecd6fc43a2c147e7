"""Whether a series of estimates is changing: a Laney chart whose limits older points made, and one rule.

*The chart.* Each point has the standard error that its own design gives it: a share's or a rate's is the one it would
have at the centre (p′ and u′ charts), a mean's is its own, and a number that was counted in full has none but the
series' own spread (a chart of individuals). Where the baseline spreads more than the errors say, the limits widen with
it, never the other way: Laney's sigma z is at least 1. It is made of the standard deviation, not of the moving range,
since neighbours resemble each other (see :mod:`smo_reports.stats.spread`).

*The rule.* The newest 1, 2, 4 or 6 points, taken together, lie beyond three standard errors of the centre. For one
point those are the limits that are drawn. For several, the standard error is that of their mean against the centre's,
allowing for how much neighbours resemble each other, and a point beyond its limits counts as one on them, so that one
odd week is no change of level. The newest point has to lie on the same side: what has come back is no longer changing.

*The broken line.* Breaks cut the series into phases (see :mod:`smo_reports.stats.phases`). A phase with enough baseline
points has its own centre and limits; the spread is pooled within phases, so that a break widens nothing. A phase that
is still too young is held against the one before it, with all points since the break as one more group to look at (in
place of the newest four): a level that moved with the break is reported, and said to have begun there.

How often a quiet chart is called changing, and how soon a fall is found, is in docs/false-signals.md.

References
----------
Laney (2002), Quality Engineering 14:531-537; Shewhart (1931), Economic Control of Quality; Lucas & Saccucci (1990),
Technometrics 32:1-12 (several points together find small changes sooner).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.chart import Kind, Series, charted
from smo_reports.stats.intervals import Floats
from smo_reports.stats.phases import Places, phases_of
from smo_reports.stats.skew import bent, unbent
from smo_reports.stats.spread import Spread

BASELINE = 20
"""The fewest baseline points that limits are made from."""

SIGMAS = 3.0
TOGETHER = (1, 2, 4, 6)
"""How many of the newest points are looked at together."""

_AS_LIKELY = 4.0
"""A known break is where a change began, unless another beginning is likelier by more than this in z²."""


@dataclass(frozen=True)
class Change:
    """What a chart says of its newest point.

    Attributes
    ----------
    direction : int
        1 risen, -1 fallen, 0 steady.
    since : int or None
        Position of the first point of the change.
    at_break : bool
        Whether the change begins where the line is broken: what is measured changed then, and the level with it.
    centre, low, high : ndarray, shape (points,)
        Centre and control limits of each point; nan where a point cannot be judged.
    phase : ndarray of int, shape (points,)
        The phase of each point, from 0.
    sigma_z : float
        How many times as widely the baseline spreads as its errors say, at least 1; for individuals the standard
        deviation itself.
    resemblance : float
        Correlation of neighbours that the rule allows for.
    """

    direction: int
    since: int | None
    at_break: bool
    centre: Floats
    low: Floats
    high: Floats
    phase: Places
    sigma_z: float
    resemblance: float


def baseline_end(value: npt.ArrayLike, judged: int) -> int:
    """How many of the first points make the baseline, where the newest are to be judged.

    Gaps are made up for by points that would otherwise be judged: limits are made from twenty known points.

    Parameters
    ----------
    value : array_like, shape (points,)
        nan where there is none.
    judged : int
        The newest points that are kept out of the baseline if there are enough others.

    Examples
    --------
    >>> baseline_end([1.0] * 26, 6), baseline_end([1.0, float("nan")] + [1.0] * 24, 6)
    (20, 21)
    """
    known = np.flatnonzero(~np.isnan(np.asarray(value, float)))
    twentieth = int(known[BASELINE - 1]) + 1 if len(known) >= BASELINE else len(np.asarray(value))
    return max(len(np.asarray(value)) - judged, twentieth)


def recent_change(
    value: npt.ArrayLike,
    baseline: int,
    *,
    kind: Kind,
    worth: npt.ArrayLike | None = None,
    error: npt.ArrayLike | None = None,
    breaks: Sequence[int] = (),
) -> Change | None:
    """Judge the points after a baseline.

    Parameters
    ----------
    value : array_like, shape (points,)
        Estimates in order of time, nan where there is none.
    baseline : int
        How many of the first points make the centre and the limits.
    kind : {"share", "rate", "mean", "individual"}
        A share of ``worth`` observations, events per unit of ``worth``, a mean with a standard error of its own, or
        a number that was counted in full.
    worth : array_like, shape (points,), optional
        How much each point is worth to a mean of several, such as its (effective) n. Never one made of the point's
        own spread: a share near 0 or 1 has little of it by chance, and would draw the centre its way. Default: all
        the same.
    error : array_like, shape (points,), optional
        Standard errors, of means alone.
    breaks : sequence of int
        Positions of the first points after a break.

    Returns
    -------
    Change or None
        None where fewer than twenty usable baseline points, or no newest point, are left, or where the baseline has
        no spread to judge by.
    """
    y = np.asarray(value, float)
    size = np.ones_like(y) if worth is None else np.asarray(worth, float)
    own = np.ones_like(y) if error is None else np.asarray(error, float)
    usable = ~np.isnan(y) & (size > 0) & (own > 0)
    base = usable & (np.arange(len(y)) < baseline)
    if base.sum() < BASELINE or baseline >= len(y) or not usable[-1]:
        return None
    phase = phases_of(len(y), breaks)
    series = charted(y, size, own, usable, base, phase, kind)
    spread = series.spread()
    if not spread.sigma > 0:
        return None
    low, high = (series.centre + series.error * bent(side * spread.sigma, series.bend) for side in (-SIGMAS, SIGMAS))
    direction, since = _newest(series, spread, np.clip(y, low, high), baseline)
    at_break = since is not None and since > 0 and bool(phase[since] != phase[since - 1])
    return Change(direction, since, at_break, series.centre, low, high, phase, spread.sigma, spread.resemblance)


def _newest(series: Series, spread: Spread, tamed: Floats, baseline: int) -> tuple[int, int | None]:
    """The direction of a change that the newest points show, and where it most likely began."""
    places = np.flatnonzero(series.usable)
    judged = places[places >= baseline]
    side = int(np.sign(series.value[-1] - series.centre[-1]))
    # Phases that are held against an older one: each began with a break that may have moved the level.
    young = np.unique(series.phase[series.phase > series.level[-1]])
    began = {int(np.sum(series.phase[places] >= one)): int(places[series.phase[places] >= one][0]) for one in young}
    lengths = {min(length, len(judged)) for length in TOGETHER}
    if began:
        lengths = lengths - {TOGETHER[-2]} | {min(began)}
    signals = [_alone(series, spread)] + [_together(series, spread, tamed, places[-one:]) for one in lengths - {1}]
    if side == 0 or max(side * signal for signal in signals) <= SIGMAS:
        return 0, None
    beginnings = {length: int(places[-length]) for length in range(1, len(judged) + 1)} | began
    score = {length: side * _together(series, spread, tamed, places[-length:]) for length in beginnings}
    best = max(score, key=score.__getitem__)
    known = [length for length in began if score[length] > 0 and score[length] ** 2 > score[best] ** 2 - _AS_LIKELY]
    return side, beginnings[max(known, key=score.__getitem__) if known else best]


def _alone(series: Series, spread: Spread) -> float:
    """How many standard errors the newest point lies from its centre: beyond three it is beyond the limits drawn."""
    score = unbent((series.value[-1] - series.centre[-1]) / series.error[-1], series.bend[-1])
    return float(score) / spread.sigma


def _together(series: Series, spread: Spread, tamed: Floats, window: Places) -> float:
    """How many standard errors the mean of a window's points lies from the newest point's centre."""
    made = np.flatnonzero(series.makers)
    error, lean = series.error_together(window)
    mean = np.average(tamed[window], weights=series.worth[window])
    score = float(unbent((mean - series.centre[-1]) / error, lean))
    # The centre is a mean too, and is as uncertain as one.
    uncertain = (series.error_together(made)[0] / error) ** 2 * spread.inflation(len(made))
    return score / (spread.sigma * float(np.sqrt(spread.inflation(len(window)) + uncertain)))
