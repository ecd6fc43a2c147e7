"""A funnel of stages, such as hiring: which share passes each, how long it takes, and what may come of open cases.

Rejections are often quicker than passes, so of the cases that are over too many failed; and cases that are still open
are no failures. Both ends compete, and open cases are censored.

References
----------
Aalen & Johansen (1978), Scandinavian Journal of Statistics 5:141-150 (the chance of one of two ends).
Kaplan & Meier (1958), JASA 53:457-481.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats as distributions

from smo_reports.stats.survival import kaplan_meier_quantile

Floats = npt.NDArray[np.float64]

OPEN, PASSED, LEFT = 0, 1, 2
"""What became of a case in a stage: it is still there, went on, or went away (rejected, withdrew)."""


@dataclass(frozen=True)
class Stage:
    """One stage of a funnel.

    Attributes
    ----------
    cases, still : int
        All that came in, and those still there.
    passes, low, high : float
        The share that goes on in the end.
    days, days_low, days_high : float
        The median stay of all, whatever its end; nan where more than half are still there.
    time, on, off : ndarray, shape (t,)
        Days at which somebody went on or away, and the chance of each then; they sum to 1.
    shape : tuple of float
        Both parameters of the beta distribution of the share that passes.
    """

    cases: int
    still: int
    passes: float
    low: float
    high: float
    days: float
    days_low: float
    days_high: float
    time: Floats
    on: Floats
    off: Floats
    shape: tuple[float, float]

    def shares(self, chance: Floats) -> Floats:
        """The share that passes at quantiles ``chance`` of what is known of it."""
        return np.asarray(distributions.beta.ppf(chance, *self.shape), float)

    def passes_after(self, share: Floats, age: float) -> Floats:
        """The chance that a case ``age`` days old goes on, where ``share`` of all do; shape of ``share``."""
        later = self.time > age
        if age <= 0 or not later.any():
            return share
        on = share * self.on[later].sum() / max(self.on.sum(), 1e-12)
        off = (1 - share) * self.off[later].sum() / max(self.off.sum(), 1e-12)
        whole = on + off
        return np.asarray(np.divide(on, whole, out=share.copy(), where=whole > 1e-12), float)

    def days_left(self, chance: Floats, age: float) -> Floats:
        """Further days until a case ``age`` days old goes on, if it does, at quantiles ``chance``.

        Whoever just came (``age`` 0) may go on the same day, as those did who stayed for 0 days.
        """
        mass = np.where((self.time > age) | (age <= 0), self.on, 0.0)
        if mass.sum() <= 0:
            # Older than all that went on before: what is left is as long as a stay usually is, without memory.
            mean = float((self.time * (self.on + self.off)).sum()) if len(self.time) else 1.0
            return np.asarray(-np.log1p(-chance) * max(mean, 1.0), float)
        reached = np.cumsum(mass) / mass.sum()
        place = np.minimum(np.searchsorted(reached, chance, side="left"), len(self.time) - 1)
        return np.asarray(self.time[place] - age, float)


def stage(days: npt.ArrayLike, outcome: npt.ArrayLike, level: float = 0.8) -> Stage:
    """Estimate one stage.

    Parameters
    ----------
    days : array_like >= 0, shape (cases,)
        How long each stayed, or, where it is still there, how long it has been.
    outcome : array_like of int, shape (cases,)
        ``OPEN``, ``PASSED`` or ``LEFT``.
    level : float

    Raises
    ------
    ValueError
        When there is no case, or a stay is negative or unknown.

    Examples
    --------
    Two go on after a day and two, one is sent away after one day, one is open after a day and a half: of the open
    one's chance all goes to the pass that is left.

    >>> found = stage([1, 2, 1, 1.5], [PASSED, PASSED, LEFT, OPEN])
    >>> round(found.passes, 4), found.still
    (0.75, 1)
    """
    stayed, end = np.asarray(days, float), np.asarray(outcome, np.intp)
    if not len(stayed) or not (np.isfinite(stayed).all() and (stayed >= 0).all()):
        raise ValueError(
            "a stage needs cases with stays of 0 days or more; got " + (str(days) if len(stayed) else "none")
        )
    over = end != OPEN
    time, on, off = _ends(stayed, end)
    passes = float(on.sum()) if over.any() else np.nan
    told = float(over.sum())
    share = passes if over.any() else 0.5
    shape = (share * told + 0.5, (1 - share) * told + 0.5)
    tail = (1 - level) / 2
    low, high = (float(distributions.beta.ppf(chance, *shape)) for chance in (tail, 1 - tail))
    median = kaplan_meier_quantile(stayed, over, q=0.5, level=level)
    # A share of all or none lies beyond a band that is cut on both sides.
    ends = (min(low, share), max(high, share)) if over.any() else (0.0, 1.0)
    return Stage(len(end), int((~over).sum()), passes, *ends, *median, time, on, off, shape)


def _ends(stayed: Floats, end: npt.NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """The chance of going on, and away, at each day on which somebody did."""
    over = end != OPEN
    time = np.unique(stayed[over])
    if not len(time):
        return time, np.zeros(0), np.zeros(0)
    place = np.searchsorted(time, stayed[over])
    on, off = (
        np.bincount(place, (end[over] == kind).astype(float), len(time)).astype(float) for kind in (PASSED, LEFT)
    )
    risk = len(stayed) - np.searchsorted(np.sort(stayed), time, side="left")
    before = np.concatenate([[1.0], np.cumprod(1 - (on + off) / risk)[:-1]])
    on, off = before * on / risk, before * off / risk
    # Open cases older than any that ended: they end as the others did.
    whole = float((on + off).sum())
    return time, on / whole, off / whole


def days_to_pass_all(
    stages: Sequence[Stage],
    at: npt.NDArray[np.intp],
    age: Floats,
    shares: Floats,
    chance: npt.NDArray[np.float64],
) -> Floats:
    """Days from now until each case has passed its stage and all after it, along paths.

    Parameters
    ----------
    stages : sequence of Stage
    at : ndarray of int, shape (cases,)
        The stage that each is in.
    age : ndarray, shape (cases,)
        Days that it has been there.
    shares : ndarray, shape (paths, stages)
        What passes each stage on a path; see :meth:`Stage.shares`.
    chance : ndarray in [0, 1), shape (cases, stages, 2, paths)
        For passing and for how long it takes: the same numbers in two scenarios differ only by what differs in them.

    Returns
    -------
    ndarray, shape (paths, cases)
        Infinite where the case does not pass.
    """
    found = np.zeros((len(shares), len(at)))
    for case, (first, old) in enumerate(zip(at.tolist(), age.tolist(), strict=True)):
        for place in range(first, len(stages)):
            own, waited = stages[place], old if place == first else 0.0
            goes, stays = chance[case, place]
            passed = goes < own.passes_after(shares[:, place], waited)
            found[:, case] += np.where(passed, own.days_left(stays, waited), np.inf)
    return found
