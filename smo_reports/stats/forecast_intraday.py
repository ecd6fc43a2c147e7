"""How a day's count falls on the intervals within it, by day of the week, and how much that varies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MEMORY_WEEKS = 8.0
_LEAST_APART, _MOST_DRAWN = 0.02, 10.0
_NOISE_DAYS = 60


@dataclass(frozen=True)
class Profile:
    """Shares of a day's count by day of the week and interval.

    Attributes
    ----------
    share : ndarray, shape (season, intervals)
        Row 0 is the first day to come; rows sum to 1, or to 0 where no such day was ever known.
    noise : ndarray, shape (days, intervals)
        What past days' intervals were a multiple of, against the shares: whole days, so that a slow morning followed
        by a busy noon stays one.
    variance : ndarray, shape (intervals,)
        Relative variance of an interval's share, beyond chance.
    """

    share: Floats
    noise: Floats
    variance: Floats

    def of_days(self, days: Floats) -> Floats:
        """Spread day counts over the intervals; the last axis is added."""
        return days[..., None] * self.share[np.arange(days.shape[-1]) % len(self.share)]

    def sample(self, days: Floats, rng: np.random.Generator) -> Floats:
        """Spread sampled days, each as some past day did; whole counts that sum to the day's.

        Parameters
        ----------
        days : ndarray, shape (paths, horizon)
        rng : Generator

        Returns
        -------
        ndarray, shape (paths, horizon, intervals)
        """
        share = self.share[np.arange(days.shape[1]) % len(self.share)]
        drawn = share * self.noise[rng.integers(0, len(self.noise), days.shape)]
        whole = drawn.sum(-1, keepdims=True)
        part = np.cumsum(np.divide(drawn, whole, out=np.zeros_like(drawn), where=whole > 0), axis=-1)
        # Rounding the running sum keeps every interval whole, none negative, and the day's sum.
        return np.diff(np.rint(days[..., None] * part), axis=-1, prepend=0.0)


def on_intervals(expected: Floats, variance: Floats, profile: Profile) -> tuple[Floats, Floats]:
    """Expected counts and relative variances of intervals, from those of their days.

    Parameters
    ----------
    expected, variance : ndarray, shape (horizon,)
    profile : Profile

    Returns
    -------
    expected, variance : ndarray, shape (horizon, intervals)
    """
    mean = profile.of_days(expected)
    # Of the day's variance, the chance is that of the interval.
    chance = 1 / np.maximum(mean, 1e-3) - (1 / np.maximum(expected, 1e-3))[:, None]
    return mean, variance[:, None] + profile.variance + np.maximum(chance, 0.0)


def intraday_of(counts: Floats, season: int) -> Profile:
    """Estimate the shares of intervals.

    Parameters
    ----------
    counts : ndarray, shape (days, intervals)
        A day with an interval that is not known is left out.
    season : int
        Days of a week.

    Notes
    -----
    Shares are ratios of sums; days count half as much after eight weeks, and a day of the week is drawn to the shares
    of all days by as much as its difference from them may be noise (James & Stein 1961, Proc. 4th Berkeley Symposium
    1:361-379).
    """
    days, intervals = counts.shape
    whole = counts.sum(1)
    known = ~np.isnan(whole) & (whole > 0)
    place = (np.arange(days) - days) % season
    weight = np.where(known, 0.5 ** (np.arange(days)[::-1] / season / _MEMORY_WEEKS), 0.0)
    # Shares of shares, so that one large day is one day.
    parts = np.where(known[:, None], counts, 0.0) / np.where(known, whole, 1.0)[:, None]
    of_all = weight @ parts / max(float(weight.sum()), 1e-9)
    share, n = np.tile(of_all, (season, 1)), np.zeros(season)
    for at in range(season):
        own = np.where(place == at, weight, 0.0)
        n[at] = own.sum()
        if n[at] > 0:
            share[at] = own @ parts / n[at]
    within = float(weight @ ((parts - share[place]) ** 2).sum(1)) / max(float(weight.sum()), 1e-9)
    for at in np.flatnonzero(n).tolist():
        # What differs beyond the noise of a mean of so many days is the day of the week's own.
        apart = max(float(((share[at] - of_all) ** 2).sum()) - within / n[at], within * _LEAST_APART)
        pseudo = min(within / apart, n[at] * _MOST_DRAWN) if apart > 0 else 0.0
        share[at] = (n[at] * share[at] + pseudo * of_all) / (n[at] + pseudo)
    usual = share[place] * np.where(known, whole, np.nan)[:, None]
    ratio = np.divide(counts, usual, out=np.ones_like(counts), where=usual > 0)
    latest = np.flatnonzero(known)[-_NOISE_DAYS:]
    return Profile(share, ratio[latest] if len(latest) else np.ones((1, intervals)), _variance(counts, usual))


def _variance(counts: Floats, usual: Floats) -> Floats:
    known = ~np.isnan(usual) & (usual > 0)
    size = np.where(known, usual, 0.0)
    square = np.where(known, (counts - usual) ** 2, 0.0).sum(0)
    found = np.divide(square - size.sum(0), (size**2).sum(0), out=np.zeros(counts.shape[1]), where=size.any(0))
    return np.asarray(np.maximum(found, 0.0), float)
