"""What a stratified sample says of the population that it was drawn from, and what it did not show.

References
----------
Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, ch. 5 (linearised ratio) and 10 (domains).
Wolter (2007), Introduction to Variance Estimation, sec. 2.5 (collapsed strata).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats
from smo_reports.stats.share_tallies import Codes, ShareTallies, pairs, recoded
from smo_reports.stats.sums import sums


@dataclass(frozen=True)
class Strata:
    """What the design interval asks of each stratum within each group, shape (strata,).

    Attributes
    ----------
    group : ndarray of int
    n, w2, share : ndarray
        Rows, sum of squared weights and share of the group's own rows.
    spread : ndarray
        Estimated variance of the stratum's sum of residuals as if from an endless population.
    sampled : ndarray in [0, 1]
        The part of the stratum that was looked at.
    freedom : ndarray, shape (groups,)
        Student's degrees of freedom.
    """

    group: Codes
    n: Floats
    w2: Floats
    share: Floats
    spread: Floats
    sampled: Floats
    freedom: Floats


def strata_of(tallies: ShareTallies, p: Floats) -> Strata:
    """Gather tallies by stratum; rows of a stratum that are not the group's count as residuals of 0.

    Parameters
    ----------
    tallies : ShareTallies
    p : ndarray, shape (groups,)
        Each group's share.
    """
    own = p[tallies.group]
    residual = tallies.wy - own * tallies.w
    # Σ w² (y − p)² within each tally; y is 0 or 1, so y² is y.
    square = np.maximum(tallies.w2y * (1 - 2 * own) + own**2 * tallies.w2, 0.0)
    inverse, first = pairs(tallies.group, tallies.stratum)
    group, size, population = tallies.group[first], *_whole(tallies, inverse, first)
    parts = [sums(inverse, values) for values in (tallies.n, tallies.w, tallies.w2, tallies.wy, residual, square)]
    freedom = _freedom(group, parts[0], tallies.groups)
    # Every group's single-row strata become one stratum, numbered after the real ones.
    merged, first = recoded(np.where(size == 1, group, tallies.groups + np.arange(len(group))).astype(np.intp))
    group, size, population = group[first], sums(merged, size), sums(merged, population)
    n, w, w2, wy, total, squares = (sums(merged, values) for values in parts)
    about = squares - total**2 / size
    # What is left of a difference of equal numbers is no spread.
    about = np.where(about > 1e-12 * squares, about, 0.0)
    spread = np.where(size > 1, size / np.maximum(size - 1, 1) * about, squares)
    sampled = np.clip(size / np.maximum(population, size), 0, 1) if tallies.population_known else np.zeros_like(size)
    return Strata(group, n, w2, wy / w, spread, sampled, freedom)


def unseen(strata: Strata, p: Floats) -> Floats:
    """The variance that the strata's samples may have hidden, shape (strata,).

    Ninety flawless rows do not make their stratum flawless, and one error in ninety may as well have been two. Each
    stratum's rows are taken to vary as half a hit and half a miss more would make them, but not more than the whole
    group's rows do. That matters as far as one stratum decides, so it counts by the stratum's part of the group's
    Σ w² (the errors that one of twenty strata hid, another showed), and all of it never makes more of a sample's
    variance than a sample of the same weights without strata would have.

    Parameters
    ----------
    strata : Strata
    p : ndarray, shape (groups,)

    Returns
    -------
    ndarray
        In the unit of ``strata.spread``; where the group's rows are all hits or all misses, so that this unit is 0,
        in units of p (1 - p).
    """
    groups = len(p)
    whole = sums(strata.group, strata.w2, groups)
    unit = np.where(p * (1 - p) > 0, p * (1 - p), 1.0)
    flat, row = (p * (1 - p))[strata.group], unit[strata.group]
    shown = strata.share * (1 - strata.share) * strata.n / np.maximum(strata.n - 1, 1)
    smoothed = (strata.share * strata.n + 0.5) / (strata.n + 1)
    hidden = np.clip(smoothed * (1 - smoothed) - shown, 0.0, row)
    part = np.divide(strata.w2, whole[strata.group], out=np.zeros_like(row), where=whole[strata.group] > 0)
    found = np.where(flat > 0, hidden * part, row) * strata.w2
    room = np.maximum(
        whole * np.where(p * (1 - p) > 0, p * (1 - p), 1.0) - sums(strata.group, strata.spread, groups), 0
    )
    wanted = sums(strata.group, found, groups)
    kept = np.divide(room, wanted, out=np.ones(groups), where=wanted > room)
    return np.asarray(found * kept[strata.group], float)


def drawn_per_labeler(
    stratum: Codes, n: npt.ArrayLike, least: npt.ArrayLike, most: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Whether a stratum was sampled labeler by labeler, so that its labelers are strata of their own.

    The weights say so: each labeler's rows of the stratum have one weight, and it is not the same for all. Where all
    weights are equal, or there are none, the sample may have been dealt to labelers in proportion or not at all: it is
    taken as one simple sample, which never makes the interval shorter than it should be.

    Parameters
    ----------
    stratum : ndarray of int, shape (t,)
        Codes from 0 of each (stratum, labeler).
    n, least, most : array_like, shape (t,)
        Rows of that labeler in that stratum, and their least and greatest weight.

    Returns
    -------
    ndarray of bool, shape (strata,)
        False where no labeler has two rows, since one row's weight is its own.

    Examples
    --------
    >>> drawn_per_labeler(np.array([0, 0, 1, 1]), [5, 5, 9, 1], [10, 30, 20, 20], [10, 30, 20, 20]).tolist()
    [True, False]
    """
    rows, low, high = (np.asarray(values, float) for values in (n, least, most))
    strata = int(stratum.max(initial=-1)) + 1
    close = 1e-9 * np.maximum(np.abs(high), 1.0)
    uneven = sums(stratum, high - low > close, strata) > 0
    smallest, largest = np.full(strata, np.inf), np.full(strata, -np.inf)
    np.minimum.at(smallest, stratum, low)
    np.maximum.at(largest, stratum, high)
    twice = sums(stratum, rows * (rows > 1), strata) >= sums(stratum, rows, strata) / 2
    return np.asarray(~uneven & twice & (largest - smallest > 1e-9 * np.maximum(np.abs(largest), 1.0)), np.bool_)


def _whole(tallies: ShareTallies, inverse: Codes, first: Codes) -> tuple[Floats, Floats]:
    """Rows and weight of each stratum, the group's and all others'."""
    if tallies.stratum_n is None or tallies.stratum_w is None:
        return sums(inverse, tallies.n), sums(inverse, tallies.w)
    return tallies.stratum_n[first], tallies.stratum_w[first]


def _freedom(group: Codes, n: Floats, groups: int) -> Floats:
    """Rows less strata; those with one row count as one stratum."""
    strata = sums(group, n > 1, groups) + (sums(group, n == 1, groups) > 0)
    return sums(group, n, groups) - strata
