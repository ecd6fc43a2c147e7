"""The points of a control chart: what each is held against, its error there, and how widely the baseline spreads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats
from smo_reports.stats.phases import Flags, Places, joined, levels_of
from smo_reports.stats.skew import unbent
from smo_reports.stats.spread import Spread, spread_of

Kind = Literal["share", "rate", "mean", "individual"]


def at_centre(centre: float, worth: npt.ArrayLike, total: float, kind: Kind) -> tuple[Floats, Floats]:
    """Each point's standard error if its share or rate is the centre, and a sixth of its skewness.

    Parameters
    ----------
    centre : float
    worth : array_like, shape (points,)
        Observations behind a share, exposure behind a rate.
    total : float
        Worth of all points that made the centre.
    kind : {"share", "rate"}

    Returns
    -------
    error, bend : ndarray, shape (points,)
        nan where ``worth`` is 0.

    References
    ----------
    Montgomery (2009), Introduction to Statistical Quality Control, 6th ed., ch. 7 (p and u charts).

    Examples
    --------
    >>> at_centre(0.2313333, 50, 1500, "share")[0].round(5)   # Montgomery's orange juice
    np.float64(0.05964)
    """
    n = np.where(np.asarray(worth, float) > 0, worth, np.nan)
    # A baseline without an error does not make the next one impossible: one more hit, one more miss.
    if kind == "rate":
        rate = centre if centre > 0 else 1 / total
        return np.sqrt(rate / n), 1 / np.sqrt(rate * n) / 6
    share = centre if 0 < centre < 1 else (centre * total + 1) / (total + 2)
    error = np.sqrt(share * (1 - share) / n)
    return error, (1 - 2 * share) / (share * (1 - share)) * error / 6


@dataclass(frozen=True)
class Series:
    """The points as a chart sees them, each array of shape (points,).

    ``worth`` is what a point counts for in a mean of points; ``error`` is its standard error and ``bend`` a sixth of
    its skewness, both at the centre that it is held against.
    """

    kind: Kind
    value: Floats
    worth: Floats
    centre: Floats
    error: Floats
    bend: Floats
    usable: Flags
    base: Flags
    phase: Places
    level: Places

    @property
    def makers(self) -> Flags:
        """The baseline points that made the newest point's centre; shape (points,)."""
        return np.asarray(self.base & (self.phase == self.level[-1]))

    def error_together(self, window: Places) -> tuple[float, float]:
        """The standard error of the mean of some points if they were unrelated, and a sixth of its skewness."""
        worth, error = self.worth[window], self.error[window]
        total = float(worth.sum())
        if self.kind in ("share", "rate"):
            found, lean = at_centre(float(self.centre[-1]), total, total, self.kind)
            return float(found), float(lean)
        return float(np.sqrt(np.sum((worth * error) ** 2)) / total), 0.0

    def spread(self) -> Spread:
        """Sigma z and the resemblance of neighbours, from the baseline's scores about the mean of their own phase."""
        score = np.where(self.base, unbent((self.value - self.centre) / self.error, self.bend), np.nan)
        for one in np.unique(self.phase[self.base]):
            own = self.base & (self.phase == one)
            score[own] -= score[own].mean()
        # What is left of a difference of equal numbers is no spread.
        score[np.abs(score) < 1e-9 * np.nanmax(np.abs(self.value / self.error))] = 0.0
        found = spread_of(score, self.phase)
        return found if self.kind == "individual" else Spread(max(1.0, found.sigma), found.resemblance)


def charted(
    value: Floats, worth: Floats, error: Floats, usable: Flags, base: Flags, phase: Places, kind: Kind
) -> Series:
    """Hold every point against the centre of its phase.

    Parameters
    ----------
    value, worth, error : ndarray of float, shape (points,)
        ``error`` is looked at for means and individuals alone.
    usable, base : ndarray of bool, shape (points,)
        What can be judged, and what of it makes the centres.
    phase : ndarray of int, shape (points,)
    kind : {"share", "rate", "mean", "individual"}
    """
    phase = joined(phase, base)
    level = levels_of(phase, base)
    centre, error, bend = np.empty(len(value)), error.copy(), np.zeros(len(value))
    for one in np.unique(level):
        makes, held = base & (phase == one), level == one
        middle = float(np.average(value[makes], weights=worth[makes]))
        centre[held] = middle
        if kind in ("share", "rate"):
            error[held], bend[held] = at_centre(middle, worth[held], float(worth[makes].sum()), kind)
    error = np.where(usable, error, np.nan)
    return Series(kind, value, worth, centre, error, bend, usable, base, phase, level)
