"""How likely people are to leave, by how long they have been there; whoever is still there is censored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats as distributions

Floats = npt.NDArray[np.float64]

_PRIOR_EVENTS = 1.0
"""A band of tenure begins as if one person had left in it at the rate of the others: few leavers say little of one."""

_JEFFREYS = 0.5


@dataclass(frozen=True)
class Attrition:
    """Rates of leaving by tenure, constant within bands.

    Attributes
    ----------
    edges : ndarray, shape (bands,)
        Where bands begin, in weeks of tenure, from 0; the last one has no end.
    left : ndarray of int, shape (bands,)
        How many left.
    exposure : ndarray, shape (bands,)
        Weeks that people spent in the band while they were watched.
    rate, low, high : ndarray, shape (bands,)
        Share that leaves per week.
    level : float
    shape, scale : ndarray, shape (bands,)
        Of the gamma distribution that the rates are drawn from.
    """

    edges: Floats
    left: npt.NDArray[np.intp]
    exposure: Floats
    rate: Floats
    low: Floats
    high: Floats
    level: float
    shape: Floats
    scale: Floats

    def draw(self, chance: Floats) -> Floats:
        """Rates at the quantiles ``chance``, one per path; shape (paths, bands)."""
        return np.asarray(distributions.gamma.ppf(chance[:, None], self.shape, scale=self.scale), float)

    def yearly(self) -> tuple[float, float, float]:
        """The share that leaves within a year at the rate of all bands together, with its exact interval."""
        events, weeks = float(self.left.sum()), float(self.exposure.sum())
        tail = (1 - self.level) / 2
        low = distributions.gamma.ppf(tail, events) if events else 0.0
        high = distributions.gamma.ppf(1 - tail, events + 1)
        each = 1 - np.exp(-52.1775 * np.array([events, low, high]) / weeks) if weeks else np.full(3, np.nan)
        return float(each[0]), float(each[1]), float(each[2])


def attrition(
    begun: npt.ArrayLike,
    until: npt.ArrayLike,
    left: npt.ArrayLike,
    edges: Sequence[float] = (0.0, 13.0, 26.0, 52.0),
    level: float = 0.8,
) -> Attrition:
    """Rates of leaving by tenure.

    Parameters
    ----------
    begun, until : array_like >= 0, shape (people,)
        Weeks of tenure at which each was first and last watched. Whoever had left before the watch began was never
        seen, so time before it does not count (delayed entry).
    left : array_like of bool, shape (people,)
        Whether the person left then; otherwise they are still there.
    edges : sequence of float
        Where bands of tenure begin, in weeks.
    level : float

    Returns
    -------
    Attrition

    Raises
    ------
    ValueError
        When nobody was watched for any time.

    Notes
    -----
    Events of a constant rate are Poisson given the exposure (Holford 1980, Biometrics 36:299-305). Each band is drawn
    towards the rate of the others as if one more had left at that rate; a single band begins with half a leaver
    (Jeffreys), and so do the others where none left, so that nothing is ever said to be impossible.

    Examples
    --------
    >>> found = attrition([0, 0, 10], [10, 20, 30], [True, False, False], edges=(0, 10))
    >>> found.left.tolist(), found.exposure.tolist()
    ([0, 1], [20.0, 30.0])
    """
    first, last, gone = np.asarray(begun, float), np.asarray(until, float), np.asarray(left, bool)
    starts = np.asarray(edges, float)
    ends = np.append(starts[1:], np.inf)
    inside = np.clip(np.minimum(last[:, None], ends) - np.maximum(first[:, None], starts), 0.0, None)
    exposure = inside.sum(axis=0)
    if not exposure.sum() > 0:
        raise ValueError("nobody was watched for any time; attrition needs people and a span of dates")
    band = np.searchsorted(starts, last[gone], side="right") - 1
    events = np.bincount(np.maximum(band, 0), minlength=len(starts)).astype(np.intp)
    others, watched = events.sum() - events, exposure.sum() - exposure
    told = watched > 0
    # Weeks in which one leaves at the rate of the other bands.
    each = np.divide(watched, others + _JEFFREYS, out=np.zeros_like(watched), where=told)
    shape = np.asarray(events + np.where(told, _PRIOR_EVENTS, _JEFFREYS), float)
    scale = 1 / (exposure + np.where(told, _PRIOR_EVENTS * each, 0.0))
    tail = (1 - level) / 2
    low, high = (np.asarray(distributions.gamma.ppf(at, shape, scale=scale), float) for at in (tail, 1 - tail))
    return Attrition(starts, events, exposure, shape * scale, low, high, level, shape, scale)
