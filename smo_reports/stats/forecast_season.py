"""The season of a series of counts: which days it is open on, how the days of a week differ, and what stands out.

Everything here works on many series at once, laid out in whole weeks that are counted back from the last day: an array
of shape (series, weeks, days of the week), in which a day that is not known is nan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FEW = 10.0
"""Items a day below which a median says little, and means are taken instead."""

_RECENT_WEEKS = 8
_LEAST_WEEKS = 2
_MISSED = 5.0
_MEMORY_WEEKS = 26.0
_CLIP_SD = 4.0
_PSEUDO_WEEKS = 0.25
_YEAR = 365.25
_HARMONICS = 3


@dataclass(frozen=True)
class Season:
    """How the days of a week differ, with what stood out put aside.

    Attributes
    ----------
    open_days : ndarray of bool, shape (series, days)
        Days of the week on which items come in at all.
    profile : ndarray, shape (series, days)
        Each open day against the mean open day; 0 on closed ones.
    clean : ndarray, shape (series, weeks, days)
        The counts with outliers drawn in; nan where unknown, closed, or nothing came in on a busy day.
    local : ndarray, shape (series, weeks, 1)
        The level around each week: items on a mean open day.
    outliers : ndarray of bool, shape (series, weeks, days)
    """

    open_days: Bools
    profile: Floats
    clean: Floats
    local: Floats
    outliers: Bools


def in_weeks(counts: Floats, season: int) -> Floats:
    """Lay series out in weeks that end with the last day; what is missing of the first week is nan.

    Parameters
    ----------
    counts : ndarray, shape (series, days)
    season : int
        Days of a week.

    Returns
    -------
    ndarray, shape (series, weeks, season)
    """
    series, days = counts.shape
    weeks = -(-days // season)
    laid = np.full((series, weeks * season), np.nan)
    laid[:, weeks * season - days :] = counts
    return laid.reshape(series, weeks, season)


def open_days(laid: Floats) -> Bools:
    """Tell the days of the week on which items come in; shape (series, days).

    A day is closed where the last eight of its kind had nothing, and so many of them are known that five items or more
    should have come if it were like the others; or where none of two weeks or more is known.
    """
    recent = laid[:, -_RECENT_WEEKS:]
    known = ~np.isnan(recent)
    n, items = known.sum(1), np.nansum(recent, axis=1)
    usual = items.sum(1, keepdims=True) / np.maximum(np.where(items > 0, n, 0).sum(1, keepdims=True), 1)
    silent = (items == 0) & (n * usual >= _MISSED)
    ever = ~np.isnan(laid).all(1)
    since = laid.shape[1] - np.argmax((~np.isnan(laid)).any(2), axis=1)
    unknown = ~ever & (since[:, None] > _LEAST_WEEKS)
    return np.asarray(~(silent | unknown), bool)


def season_of(laid: Floats, effects: Floats) -> Season:
    """Find open days, the profile of a week and the level around each week, robustly.

    Parameters
    ----------
    laid : ndarray, shape (series, weeks, days)
        Of :func:`in_weeks`.
    effects : ndarray, broadcastable to ``laid``
        What each day's count is multiplied by for another reason (holidays, the time of year); nan leaves a day out.

    Notes
    -----
    A first level and profile are medians, of which a day may not be further away than four (robust) standard
    deviations; what is, is drawn in to there. A day of nothing on a busy open day is taken as unknown: a tool that was
    down, or a day off that nobody named. The profile is then a ratio of sums, so that zeros need no logarithm; weeks
    count half as much after half a year.
    """
    opened = open_days(laid)
    y = np.where(opened[:, None, :] & (effects > 0), laid, np.nan) / np.where(effects > 0, effects, np.nan)
    few: Bools = _mean(y, (1, 2)) < FEW
    local = _around(np.where(few, _mean(y, (2,)), _median(y)))
    expected = local * _first_profile(y, local, few)
    away = y / _above0(expected) - 1
    spread = 1.4826 * _median(np.abs(away).reshape(len(y), 1, -1))
    reach = _CLIP_SD * np.sqrt(spread**2 + 1 / np.maximum(expected, 0.05))
    outliers = np.abs(away) > reach
    clean = np.clip(y, expected * np.maximum(1 - reach, 0), expected * (1 + reach))
    # Where nothing is expected nothing stands out.
    clean = np.where(np.isnan(clean), y, clean)
    clean = np.where(outliers & (y == 0) & (expected >= FEW), np.nan, clean)
    profile, local = _refined(clean, opened)
    return Season(opened, profile[:, 0], clean, local, outliers)


def _first_profile(y: Floats, local: Floats, few: Bools) -> Floats:
    share = y / _above0(local)
    by_day = np.where(few[:, :, 0], _mean(share, (1,))[:, 0], _median(share.swapaxes(1, 2))[:, :, 0])
    return by_day[:, None, :]


def _refined(clean: Floats, opened: Bools) -> tuple[Floats, Floats]:
    """Ratios of sums: the level of three weeks, then each day's sum against those levels."""
    known = ~np.isnan(clean)
    y = np.where(known, clean, 0.0)
    weeks = clean.shape[1]
    weight = 0.5 ** (np.arange(weeks)[::-1, None] / _MEMORY_WEEKS)
    profile = np.where(opened, 1.0, 0.0)[:, None, :]
    for _ in range(2):
        local = smooth_level(y, np.where(known, profile, 0.0))
        usual = np.where(known, local, 0.0)
        top, bottom = (weight * y).sum(1, keepdims=True), (weight * usual).sum(1, keepdims=True)
        pseudo = _PSEUDO_WEEKS * bottom / np.maximum((weight * known).sum(1, keepdims=True), 1e-9)
        ratio = np.divide(top + pseudo, bottom + pseudo, out=np.ones_like(top), where=bottom > 0)
        profile = _normal(ratio, opened)
    return profile, smooth_level(y, np.where(known, profile, 0.0))


def smooth_level(y: Floats, base: Floats) -> Floats:
    """Items on a mean open day around each week: sums of three weeks, or of more where nothing is known.

    Parameters
    ----------
    y, base : ndarray, shape (series, weeks, days)
        Counts and what a level of 1 would give; 0 where unknown.

    Returns
    -------
    ndarray, shape (series, weeks, 1)
    """
    top, bottom = _three(y.sum(2)), _three(base.sum(2))
    whole = y.sum((1, 2))[:, None] / np.maximum(base.sum((1, 2))[:, None], 1e-9)
    level = np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)
    return _filled(level, whole)[:, :, None]


def _three(weekly: Floats) -> Floats:
    found = weekly.copy()
    found[:, 1:] += weekly[:, :-1]
    found[:, :-1] += weekly[:, 1:]
    return found


def _around(weekly: Floats) -> Floats:
    """The median of five weeks around each: a single week that is off does not move it, a step stays a step."""
    weeks = weekly.shape[1]
    padded = np.full((len(weekly), weeks + 4), np.nan)
    padded[:, 2:-2] = weekly[:, :, 0]
    five = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1)
    whole = _median(weekly[:, None, :, 0])[:, :, 0]
    return _filled(_median(five)[:, :, 0], whole)[:, :, None]


def _filled(level: Floats, otherwise: Floats) -> Floats:
    """Fill a week that is not known with the last one before it that is, or the next one."""
    known = ~np.isnan(level)
    if known.all():
        return level
    weeks = np.arange(level.shape[1])
    before = np.maximum.accumulate(np.where(known, weeks, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, weeks, len(weeks))[:, ::-1], axis=1)[:, ::-1]
    at = np.where(before >= 0, before, np.minimum(after, len(weeks) - 1))
    found = np.take_along_axis(level, at, 1)
    return np.where(np.isnan(found), np.nan_to_num(otherwise), found)


def _normal(profile: Floats, opened: Bools) -> Floats:
    """A profile whose open days have a mean of 1, and whose closed ones are 0."""
    shown = np.where(opened[:, None, :], np.where(np.isnan(profile), 1.0, profile), 0.0)
    mean = shown.sum(2, keepdims=True) / np.maximum(opened.sum(1)[:, None, None], 1)
    return np.where(mean > 0, shown / np.where(mean > 0, mean, 1.0), opened[:, None, :].astype(float))


def _above0(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def _mean(values: Floats, axes: tuple[int, ...]) -> Floats:
    known = ~np.isnan(values)
    n = known.sum(axes, keepdims=True)
    total = np.where(known, values, 0.0).sum(axes, keepdims=True)
    return np.asarray(np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0), float)


def _median(values: Floats) -> Floats:
    """Median of the last axis, kept; nan is left out."""
    ordered = np.sort(values, axis=-1)
    n = (~np.isnan(values)).sum(-1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(at, 0), -1) for at in ((n - 1) // 2, n // 2 - (n == 0)))
    return np.where(n > 0, (low + high) / 2, np.nan)


def yearly_effects(laid: Floats, ahead: int, season: int) -> Floats:
    """The time of year as a multiple of the usual: three harmonics, where two years are known; otherwise 1.

    Parameters
    ----------
    laid : ndarray, shape (series, weeks, days)
    ahead : int
        Weeks to come.
    season : int
        Days of a week.

    Returns
    -------
    ndarray, shape (series, weeks + ahead, 1)
    """
    series, weeks = laid.shape[:2]
    found, known = np.ones((series, weeks + ahead, 1)), ~np.asarray(np.isnan(laid).all(2), bool)
    turn = 2 * np.pi * season / _YEAR * np.arange(weeks + ahead)
    waves = np.column_stack([f(k * turn) for k in range(1, _HARMONICS + 1) for f in (np.sin, np.cos)])
    drift = np.column_stack([np.ones(weeks), np.linspace(-1, 1, weeks)])
    for row in np.flatnonzero(known.sum(1) * season >= 2 * _YEAR - season):
        weekly = _mean(laid[row : row + 1], (2,))[0, :, 0]
        kept = known[row] & (weekly > 0)
        design = np.column_stack([drift, waves[:weeks]])[kept]
        # Two years hold each wave only twice: a little ridge.
        ridge = np.diag([0.0, 0.0, *[2.0] * waves.shape[1]])
        fit = np.linalg.solve(design.T @ design + ridge, design.T @ np.log(weekly[kept]))
        found[row, :, 0] = np.exp(waves @ fit[2:])
    return found
