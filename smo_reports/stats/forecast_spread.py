"""How far off a forecast may be: variance by horizon from rolling origins, scaled until past bands would have held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

_PRIOR_START, _PRIOR_STEP, _PRIOR_DAY = 0.02**2, 0.01**2, 0.15**2
_PRIOR_WEEKS = 1.0
_SHORT_WEEKS = 3
_SHORT_FACTOR = 8.0
_SCALE_WEEKS = 20.0
"""With the priors above, chosen on simulated series alone (steady, returning and random-walk levels of 8, 16 and 32
weeks): the mean coverage of every horizon week is then .80."""

_SMALLEST, _LARGEST = 0.5, 4.0
_LEAST_SHAPE = 0.05


@dataclass(frozen=True)
class Spread:
    """Variances relative to the expected count, and by how much to stretch them.

    A week's level that lies ``w`` weeks ahead is off by ``start + w * step``, a single day by ``day`` more (and by
    chance: one over the expected count).

    Attributes
    ----------
    start, step, day : ndarray, shape (series,)
    scale : ndarray, shape (series, weeks ahead)
        What the standard deviation is multiplied by.
    """

    start: Floats
    step: Floats
    day: Floats
    scale: Floats

    def variance(self, expected: Floats, season: int, extra: Floats | float = 0.0) -> Floats:
        """Relative variance of days to come; ``expected`` has the shape (series, days)."""
        ahead = (np.arange(expected.shape[1]) + 0.5) / season + 0.5
        level = self.start[:, None] + self.step[:, None] * ahead
        chance = 1 / np.maximum(expected, 1e-3)
        found: Floats = (level + self.day[:, None] + chance + extra) * self.by_day(expected.shape[1], season) ** 2
        return found

    def by_day(self, days: int, season: int) -> Floats:
        """``scale`` of single days, straight between the middles of weeks; shape (series, days)."""
        at = (np.arange(days) + 0.5) / season - 0.5
        weeks = self.scale.shape[1]
        low = np.clip(np.floor(at).astype(int), 0, weeks - 1)
        high, part = np.minimum(low + 1, weeks - 1), np.clip(at - low, 0, 1)
        return np.asarray(self.scale[:, low] * (1 - part) + self.scale[:, high] * part, float)


def normal_of(count: Floats, expected: Floats, variance: Floats) -> Floats:
    """The standard normal value at the same place as a count within its distribution, taken as a gamma.

    Parameters
    ----------
    count, expected : ndarray
    variance : ndarray
        Relative: over the square of the expected count. nan where nothing is expected.

    References
    ----------
    Wilson & Hilferty (1931), PNAS 17:684-688: the cube root of a gamma is nearly normal.
    """
    third = np.minimum(variance, 1 / _LEAST_SHAPE) / 9
    ratio = count / np.where(expected > 0, expected, np.nan)
    found: Floats = (np.cbrt(ratio) - 1 + third) / np.sqrt(third)
    return found


def count_at(normal: Floats, expected: Floats, variance: Floats) -> Floats:
    """The count at the place of a standard normal value: the inverse of :func:`normal_of`, whole and never negative."""
    third = np.minimum(variance, 1 / _LEAST_SHAPE) / 9
    return np.asarray(np.rint(expected * np.maximum(1 - third + normal * np.sqrt(third), 0.0) ** 3), float)


def spread_of(counts: Floats, base: Floats, profile_level: Floats, past: Floats, error: Floats, level: float) -> Spread:
    """Variances from past forecasts' errors, and the scale at which a share ``level`` of their bands held.

    Parameters
    ----------
    counts, base : ndarray, shape (series, weeks, days)
        nan where not known or not open; ``base`` is what a level of 1 gives.
    profile_level : ndarray, shape (series, weeks, 1)
        The level around each week.
    past, error : ndarray, shape (series, weeks, horizon)
        Of :class:`smo_reports.stats.forecast_level.Levels`.
    level : float
        Of the bands.

    Notes
    -----
    The scale is split-conformal (Vovk, Gammerman & Shafer 2005; Stankeviciute et al. 2021, NeurIPS 34, by horizon):
    past days' distances from their forecasts, in standard deviations, are ordered, and the one at ``level`` over the
    normal quantile is the factor. Days of overlapping horizons are not independent: a horizon of w weeks counts as the
    origins over w, a factor is pooled with those of the other horizons until it has enough of its own, and a t
    quantile stands in for the normal one.
    """
    day = _day_variance(counts, base * profile_level)
    start, step, weeks = _level_variance(error, day, (~np.isnan(counts)).sum(2))
    plain = Spread(start, step, day, np.ones((len(start), error.shape[2])))
    return Spread(start, step, day, _scale(counts, base, past, error, plain, weeks, level))


def _day_variance(counts: Floats, usual: Floats) -> Floats:
    """Relative variance of days around their own weeks' level, beyond chance."""
    known = ~np.isnan(counts) & (usual > 0)
    n = known.sum((1, 2))
    safe = np.where(known, usual, 1.0)
    square = np.where(known, (counts / safe - 1) ** 2 * safe**2, 0.0)
    scale = np.where(known, safe**2, 0.0).sum((1, 2))
    chance = np.where(known, safe, 0.0).sum((1, 2))
    # The level of each week and the profile were found from the same days.
    spent = counts.shape[2] - 1 + known.any(2).sum(1) / 2
    free = n / np.maximum(n - spent, 1.0)
    found = (square.sum((1, 2)) * free - chance) / np.maximum(scale, 1e-9)
    prior = 2 * counts.shape[2]
    enough = (np.maximum(found, 0.0) * n + prior * _PRIOR_DAY) / (n + prior)
    # The profile of the week was learnt from as many weeks as are known.
    own = np.where(n > prior, np.maximum(found, 0.0), enough)
    return np.asarray(own * (1 + 1 / np.maximum(known.any(2).sum(1), 1)), float)


def _level_variance(error: Floats, day: Floats, open_days: npt.NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """Start and step of the variance, straight in the weeks ahead and not below 0; and the origins by horizon."""
    known = ~np.isnan(error)
    n = known.sum(1)
    ahead = np.arange(1, error.shape[2] + 1)
    days = np.maximum(open_days.sum(1) / np.maximum((open_days > 0).sum(1), 1), 1)
    seen = (np.where(known, error, 0.0) ** 2).sum(1) / np.maximum(n, 1) - (day / days)[:, None]
    own = n / ahead
    weight = own + _PRIOR_WEEKS
    short = np.where(n[:, :1] < _SHORT_WEEKS, _SHORT_FACTOR, 1.0)
    prior = (_PRIOR_START + _PRIOR_STEP * ahead) * short**2
    variance = (np.maximum(seen, 0.0) * own + prior * _PRIOR_WEEKS) / weight
    mean = (weight * ahead).sum(1) / weight.sum(1)
    middle = (weight * variance).sum(1) / weight.sum(1)
    around = ahead - mean[:, None]
    across = (weight * around**2).sum(1)
    slope = (weight * around * variance).sum(1) / np.where(across > 0, across, 1.0)
    slope = np.clip(slope, 0.0, middle / mean)
    # The slope that takes all of the variance leaves a hair below nothing.
    return np.maximum(middle - slope * mean, 0.0), slope, n.astype(float)


def _scale(
    counts: Floats, base: Floats, past: Floats, error: Floats, plain: Spread, origins: Floats, level: float
) -> Floats:
    series, weeks, _ = counts.shape
    horizon = past.shape[2]
    reached, n = np.full((series, horizon), np.nan), np.zeros((series, horizon), np.intp)
    for ahead in range(min(horizon, weeks - 1)):
        origins_of = slice(0, weeks - 1 - ahead)
        expected = past[:, origins_of, ahead, None] * base[:, ahead + 1 :]
        variance = plain.start + plain.step * (ahead + 1) + plain.day
        variance = variance[:, None, None] + 1 / np.maximum(expected, 1e-3)
        away = np.abs(normal_of(counts[:, ahead + 1 :], expected, variance))
        # Across a level shift there is no error.
        away += 0 * error[:, origins_of, ahead, None]
        reached[:, ahead], n[:, ahead] = _quantile(away.reshape(series, -1), level)
    normal = float(special.ndtri(0.5 + level / 2))
    own = np.where(n > 0, origins / np.arange(1, horizon + 1), 0.0)
    square = np.where(n > 0, (np.nan_to_num(reached) / normal) ** 2, 1.0)
    pooled = ((own * square).sum(1) + _SCALE_WEEKS) / (own.sum(1) + _SCALE_WEEKS)
    blended = (own * square + _SCALE_WEEKS * pooled[:, None]) / (own + _SCALE_WEEKS)
    student = _student(normal, own + _SCALE_WEEKS) / normal
    found: Floats = np.clip(np.sqrt(blended) * student, _SMALLEST, _LARGEST)
    return found


def _student(normal: float, freedom: Floats) -> Floats:
    """Student's quantile at the place of a normal one, by its expansion: to a thousandth from ten degrees on."""
    first = (normal**3 + normal) / 4
    second = (5 * normal**5 + 16 * normal**3 + 3 * normal) / 96
    return normal + first / freedom + second / freedom**2


def _quantile(away: Floats, level: float) -> tuple[Floats, npt.NDArray[np.intp]]:
    """The distance that a share ``level`` of the known ones and of one more does not exceed; and how many there are."""
    ordered = np.sort(away, axis=1)
    n = (~np.isnan(ordered)).sum(1)
    at = np.clip(np.ceil(level * (n + 1)) - 1, 0, np.maximum(n - 1, 0)).astype(int)
    return ordered[np.arange(len(away)), at], n
