"""How much of an experienced person's work a new joiner does, week by week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from smo_reports.stats.sums import sums

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ramp:
    """A joiner's part of an experienced person's work, by week since the start.

    Attributes
    ----------
    part, low, high : ndarray in [0, 1], shape (weeks,)
        Never falling; 1 in all weeks after the last one here.
    people : ndarray of int, shape (weeks,)
        How many were seen in each week.
    draws : ndarray, shape (draws, weeks)
        Whole curves that are as likely: what a simulation takes.
    level : float
    """

    part: Floats
    low: Floats
    high: Floats
    people: npt.NDArray[np.intp]
    draws: Floats
    level: float

    def of_paths(self, paths: int) -> Floats:
        """One curve for each of so many paths; shape (paths, weeks)."""
        return np.asarray(self.draws[np.arange(paths) % len(self.draws)], float)


NO_RAMP = Ramp(np.ones(1), np.ones(1), np.ones(1), np.zeros(1, np.intp), np.ones((1, 1)), 0.8)
"""Everybody counts in full from the first day: where no joiner was ever seen."""


def ramp_curve(
    person: npt.ArrayLike,
    week: npt.ArrayLike,
    seconds: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    weeks: int = 12,
    draws: int = 200,
    level: float = 0.8,
    seed: int = 0,
) -> Ramp:
    """Estimate the ramp from what joiners needed and what experienced people would have needed for the same items.

    Parameters
    ----------
    person : array_like of int, shape (n,)
        Codes from 0.
    week : array_like of int >= 0, shape (n,)
        Since the person's start, the first one 0; later ones than ``weeks`` are left out.
    seconds, expected : array_like >= 0, shape (n,)
        Handling time of the person in that week; and that of experienced people for items of the same queues. A week
        at work without an item (both 0) is one of training: it counts as nothing done.
    weeks, draws, seed : int
    level : float
        Of the band.

    Returns
    -------
    Ramp
        ``NO_RAMP`` where nobody was seen.

    Notes
    -----
    Weeks in which few were seen are drawn towards the mean of all by how much people differ (Morris 1983, JASA
    78:47-65), then made never to fall (isotonic regression: Barlow et al. 1972, Statistical Inference under Order
    Restrictions), and cut at 1. Bands are from the Bayesian bootstrap of whole people (Rubin 1981, Annals of
    Statistics 9:130-134).

    Examples
    --------
    >>> found = ramp_curve([0, 0, 1, 1], [0, 1, 0, 1], [100, 80, 100, 80], [50, 80, 50, 80], weeks=2)
    >>> found.part.tolist(), found.people.tolist()
    ([0.5, 1.0], [2, 2])
    """
    who, at = np.asarray(person, np.intp), np.asarray(week, np.intp)
    kept = (at >= 0) & (at < weeks)
    if not kept.any():
        return NO_RAMP
    who, at = np.unique(who[kept], return_inverse=True)[1].ravel().astype(np.intp), at[kept]
    needed, usual = (np.asarray(part, float)[kept] for part in (seconds, expected))
    count, cells = int(who.max()) + 1, who * weeks + at
    spent, worth, seen, begun = (
        sums(cells, part, count * weeks).reshape(count, weeks)
        for part in (needed, usual, np.ones(len(at)), (usual > 0).astype(float))
    )
    tables = (spent, worth, (seen > 0).astype(float), (begun > 0).astype(float))
    part = _curve(np.ones((1, count)), *tables)[0]
    weights = np.random.default_rng(seed).standard_exponential((draws, count))
    drawn = _curve(weights, *tables)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    people = tables[2].sum(axis=0).astype(np.intp)
    return Ramp(part, np.minimum(low, part), np.maximum(high, part), people, drawn, level)


def _curve(weights: Floats, spent: Floats, worth: Floats, seen: Floats, begun: Floats) -> Floats:
    """The monotone curve under each row of people's weights; shape (rows, weeks)."""
    n, works = weights @ seen, weights @ begun
    speed = np.divide(weights @ worth, weights @ spent, out=np.ones_like(n), where=works > 0)
    raw = np.divide(speed * works, n, out=np.zeros_like(n), where=n > 0)
    own = np.divide(worth, spent, out=np.zeros_like(spent), where=spent > 0)
    known = (n > 0).astype(float)
    middle = (raw * n).sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True)
    # How people of one week differ, and how weeks do beyond that.
    people = np.maximum(seen.sum(axis=0), 1)
    apart = (((own - raw[:, None, :]) ** 2) * weights[:, :, None] * seen).sum(axis=1)
    within = apart.sum(axis=1, keepdims=True) / np.maximum(n.sum(axis=1, keepdims=True), 1e-12)
    between = (((raw - middle) ** 2 - within / people) * known).sum(axis=1, keepdims=True) / known.sum(
        axis=1, keepdims=True
    )
    trust = np.divide(
        np.maximum(between, 0), np.maximum(between, 0) + within / people, out=np.ones_like(n), where=within > 0
    )
    drawn_in = np.where(n > 0, middle + trust * (raw - middle), middle)
    found = np.empty_like(drawn_in)
    for row, values in enumerate(drawn_in):
        found[row] = isotonic_regression(values, weights=np.maximum(n[row], 1e-6)).x
    return np.asarray(np.clip(found, 0.0, 1.0), float)
