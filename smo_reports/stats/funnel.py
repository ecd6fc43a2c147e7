"""Who differs from what chance allows: exact limits for each person's mix of work, wider where a whole team varies.

References
----------
Spiegelhalter (2005), Statistics in Medicine 24:1185-1202 (funnel plots; multiplicative overdispersion, winsorised);
Hong (2013), Computational Statistics & Data Analysis 59:41-51 (a sum of unlike trials); Berry & Armitage (1995), The
Statistician 44:417-423 (mid-p); Benjamini & Hochberg (1995), JRSS B 57:289-300.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special
from scipy import stats as distributions

from smo_reports.stats.intervals import Floats, normal_quantile

INNER, OUTER = 0.95, 0.998
_TAIL = 0.1
_EDGE = float(distributions.norm.isf(_TAIL))
_WINSORISED = 1 - 2 * _TAIL - 2 * _EDGE * float(distributions.norm.pdf(_EDGE)) + 2 * _TAIL * _EDGE**2
"""The variance of a standard normal value whose outer tenths are pulled in: 0.679."""


@dataclass(frozen=True)
class Work:
    """One person's rows, by kind of work.

    Attributes
    ----------
    n : ndarray of int, shape (kinds,)
    rate : ndarray in [0, 1], shape (kinds,)
        The share of hits that anybody would have in that kind.
    hits : int
        Of all rows.
    """

    n: npt.NDArray[np.intp]
    rate: Floats
    hits: int


def scores(work: Work) -> Floats:
    """The normal score (mid-p) of every number of hits that chance could have given, shape (Σ n + 1,).

    Audits that go wrong once in thirty are far from normal, so the chance is exact: each kind's binomial, one after
    the other. All terms are positive, so that even the furthest tail keeps its digits.

    Returns
    -------
    ndarray
        Rising; infinite where the chance is below what a float holds, nan where nothing is left to chance.

    Examples
    --------
    >>> scores(Work(np.array([2, 1]), np.array([0.5, 0.8]), 2)).round(2).tolist()
    [-1.96, -0.84, 0.19, 1.28]
    """
    free = (work.rate > 0) & (work.rate < 1)
    sure = int(work.n[work.rate >= 1].sum())
    chance = np.ones(1)
    for n, rate in sorted(zip(work.n[free].tolist(), work.rate[free].tolist(), strict=True)):
        chance = np.convolve(chance, _binomial(n, rate))
    if len(chance) == 1:
        return np.full(int(work.n.sum()) + 1, np.nan)
    below = np.cumsum(chance) - chance / 2
    above = np.cumsum(chance[::-1])[::-1] - chance / 2
    score = np.where(below < above, special.ndtri(below), -special.ndtri(above))
    after = int(work.n.sum()) + 1 - sure - len(score)
    return np.concatenate([np.full(sure, -np.inf), score, np.full(after, np.inf)])


def _binomial(n: int, rate: float) -> Floats:
    """The chance of 0 to n hits."""
    hits = np.arange(n + 1)
    ways = special.gammaln(n + 1) - special.gammaln(hits + 1) - special.gammaln(n - hits + 1)
    return np.asarray(np.exp(ways + hits * np.log(rate) + (n - hits) * np.log1p(-rate)), float)


def overdispersion(score: npt.ArrayLike) -> float:
    """By how much most people's scores spread more than chance alone would have them; at least 1.

    People differ for reasons that no mix of work explains: the spread of most of them widens the limits for all. The
    outer tenths are pulled in, so that those who stand out do not hide themselves; what that takes from a normal
    spread is given back.

    Parameters
    ----------
    score : array_like, shape (people,)
        nan where there is none.
    """
    known = np.asarray(score, float)
    known = known[~np.isnan(known)]
    if len(known) == 0:
        return 1.0
    inside = np.clip(known, *np.quantile(known, [_TAIL, 1 - _TAIL]))
    return float(np.sqrt(max(1.0, float(np.mean(inside**2)) / _WINSORISED)))


def limits(score: Floats, wide: float, level: float) -> tuple[float, float]:
    """Numbers of hits between which chance stays, to a level, if scores spread ``wide`` times as widely.

    Parameters
    ----------
    score : ndarray
        Of every number of hits; see :func:`scores`.
    wide : float
        See :func:`overdispersion`.
    level : float

    Returns
    -------
    low, high : float
        Between whole numbers where the level lies between their scores; none of the hits, or all, where even those
        are within it. A number of hits is outside just where its own score is.
    """
    far = normal_quantile(level) * wide
    hits = np.arange(len(score), dtype=float)
    finite = np.isfinite(score)
    if not finite.any():
        return float("nan"), float("nan")
    low, high = (float(np.interp(side * far, score[finite], hits[finite])) for side in (-1, 1))
    return 0.0 if score[0] > -far else low, float(len(score) - 1) if score[-1] < far else high


def found_beyond(score: npt.ArrayLike, wide: float, rate: float = 0.05) -> npt.NDArray[np.bool_]:
    """Who differs from what chance allows, so that at most a ``rate`` of those who are named do not.

    Parameters
    ----------
    score : array_like, shape (people,)
        nan where there is none.
    wide : float
        See :func:`overdispersion`.
    rate : float
        False-discovery rate.
    """
    chance = 2 * special.ndtr(-np.abs(np.asarray(score, float)) / wide)
    known = ~np.isnan(chance)
    found = np.zeros(len(chance), np.bool_)
    if known.any():
        found[known] = distributions.false_discovery_control(chance[known]) <= rate
    return found
