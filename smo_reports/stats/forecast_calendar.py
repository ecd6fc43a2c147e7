"""Holidays and other named days: what they did to the counts before, and will do again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.forecast_season import in_weeks, season_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

ORDINARY = -1
"""The code of a day that is of no kind."""

_EFFECT_SD, _SPREAD_SD = 0.3, 0.1
_PSEUDO_DAYS = 0.1
_UNSEEN_SD = 0.3


@dataclass(frozen=True)
class Calendar:
    """Which days are of a kind of their own.

    Attributes
    ----------
    kinds : tuple of str
        Names, such as ``"holiday"`` or ``"ramadan"``.
    past, future : ndarray of int, shapes (days,) and (horizon,)
        A position in ``kinds``, or ``ORDINARY``.
    closed : tuple of str
        Kinds on which nothing comes in, whatever was seen before.
    """

    kinds: tuple[str, ...]
    past: npt.ArrayLike
    future: npt.ArrayLike
    closed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effects:
    """What each kind of day is multiplied by, in each series.

    Attributes
    ----------
    factor : ndarray, shape (series, kinds)
        Against an ordinary day; 1 where such a day was never seen.
    variance : ndarray, shape (series, kinds)
        Relative variance that such a day has beside that of every day.
    days : ndarray of int, shape (series, kinds)
        Known past days of the kind; -1 where there were such days, all of them unknown on days that are open
        otherwise: closed.
    """

    factor: Floats
    variance: Floats
    days: Ints

    def of_days(self, codes: Ints) -> tuple[Floats, Floats]:
        """Factors and variances of days by their codes, shape (series, days); ordinary days have 1 and 0."""
        rows = np.arange(len(self.factor))[:, None]
        named = codes >= 0
        at = np.where(named, codes, 0)
        return np.where(named, self.factor[rows, at], 1.0), np.where(named, self.variance[rows, at], 0.0)


def effects_of(counts: Floats, codes: Ints, kinds: int, season: int, closed: tuple[int, ...] = ()) -> Effects:
    """Estimate what kinds of days did, against the level around them and their day of the week.

    Parameters
    ----------
    counts : ndarray, shape (series, days)
        nan where unknown.
    codes : ndarray of int, shape (series, days)
        Of :class:`Calendar`.
    kinds, season : int
    closed : tuple of int
        Codes of days on which nothing comes in.

    Notes
    -----
    A factor is the ratio of sums, drawn to 1 as by a tenth of a day more, and by as many as the day's noise needs for
    an effect of 30 % to be told from it. A day of a kind that was never seen keeps a factor of 1 and may be off by
    30 %: it is said, not guessed.
    """
    named = codes >= 0
    plain = season_of(in_weeks(np.where(named, np.nan, counts), season), np.ones(1))
    usual = (plain.local * plain.profile[:, None, :]).reshape(len(counts), -1)[:, -counts.shape[1] :]
    noise = _noise(counts, usual, named)
    # A day before the first known one says nothing: the queue was not there yet.
    seen = ~np.isnan(counts)
    within = np.logical_or.accumulate(seen, axis=1) & np.logical_or.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    factor, variance = np.ones((len(counts), kinds)), np.full((len(counts), kinds), _UNSEEN_SD**2)
    days = np.zeros((len(counts), kinds), np.intp)
    for kind in range(kinds):
        there = (codes == kind) & (usual > 0)
        known = there & seen
        n = known.sum(1)
        expected = np.where(known, usual, 0.0).sum(1)
        pseudo = (_PSEUDO_DAYS + noise / _EFFECT_SD**2) * expected / np.maximum(n, 1)
        whole = np.where(known, counts, 0.0).sum(1)
        ratio = np.divide(whole + pseudo, expected + pseudo, out=np.ones(len(counts)), where=expected > 0)
        away = np.where(known, counts / np.where(known, usual, 1.0) - ratio[:, None], 0.0)
        own = ((away**2).sum(1) + _SPREAD_SD**2) / np.maximum(n, 1)
        relative = np.maximum(own - noise, 0.0) * (1 + 1 / np.maximum(n, 1)) / np.maximum(ratio, 0.05) ** 2
        shut = (n == 0) & (there & within).any(1)
        factor[:, kind] = np.where(n > 0, ratio, np.where(shut, 0.0, 1.0))
        variance[:, kind] = np.where(n > 0, relative, np.where(shut, 0.0, _UNSEEN_SD**2))
        days[:, kind] = np.where(shut, -1, n)
        if kind in closed:
            factor[:, kind], variance[:, kind] = 0.0, 0.0
    return Effects(factor, variance, days)


def _noise(counts: Floats, usual: Floats, named: npt.NDArray[np.bool_]) -> Floats:
    known = ~named & ~np.isnan(counts) & (usual > 0)
    away = np.where(known, np.clip(counts / np.where(known, usual, 1.0) - 1, -0.5, 0.5), 0.0)
    found: Floats = (away**2).sum(1) / np.maximum(known.sum(1), 1)
    return found
