"""Coefficients of agreement from one tally of labels per item, with intervals over whole items.

Every interval is linearised: how much the coefficient would move if an item weighed a little more is that item's
influence; the variance of their mean is the coefficient's, with Student's quantile. Items are what is resampled, the
people who labelled them are fixed. What was not seen to vary has no coefficient: where the items with two labels or
more show one label only, every coefficient but raw agreement is undefined.

References
----------
Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapters 2, 3 and 5 (the estimators with missing labels
and their variances, as the R package irrCAC has them).
Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.stats.distances import Distance, Nominal, Positions
from smo_reports.stats.intervals import Floats, student_quantile
from smo_reports.stats.item_tally import ItemTally

FEWEST_ITEMS = 10
"""Fewer items than this give a coefficient no interval: the linearisation is not worth its name there."""


@dataclass(frozen=True)
class Agreement:
    """A coefficient of agreement that knows how sure it is.

    Attributes
    ----------
    value : float
        nan where it is undefined.
    low, high : float
        Of the interval over items; nan where it is undefined or there are too few items.
    error : float
        Standard error over items, however few they are; nan of one item.
    items : int
        Items with at least two labels: what it was made from.
    observed, expected : float
        Agreement seen, and agreement by chance: ``value`` is (observed - expected) / (1 - expected). Raw agreement
        expects 0.
    """

    value: float
    low: float
    high: float
    error: float
    items: int
    observed: float
    expected: float


def raw(tally: ItemTally, confidence: float = 0.95) -> Agreement:
    """Mean over items of the share of equal pairs of labels, with Student's interval cut to [0, 1]."""
    own = tally.pairable
    each = _equal_pairs(own, Nominal())
    if not len(each):
        return _undefined(0)
    value = float(own.times @ each) / own.items
    error = _error(own, each - value)
    half = float(student_quantile(own.items - 1, confidence)) * error
    return Agreement(value, max(value - half, 0.0), min(value + half, 1.0), error, own.items, value, 0.0)


def kappa(tally: ItemTally, confidence: float = 0.95) -> Agreement:
    """Fleiss' kappa, generalised to items with different numbers of labels; see ``agreement.fleiss_kappa``."""
    if not varies(tally):
        return _undefined(tally.pairable.items)
    expected = float(np.sum(tally.prevalence**2))
    return corrected(tally, Nominal(), expected, tally.own_prevalence, confidence)


def gwet(tally: ItemTally, distance: Distance, confidence: float = 0.95) -> Agreement:
    """Gwet's AC1 (with the nominal distance) and AC2; see ``agreement.gwet_ac2``."""
    if not varies(tally):
        return _undefined(tally.pairable.items)
    labels = len(tally.labels)
    # The mean weight of two different labels, as Gwet's T_w / (q (q - 1)): 1 / (q - 1) for AC1.
    far = float(distance.against(np.ones(labels)).sum()) / distance.largest
    spread = (labels**2 - far) / (labels * (labels - 1))
    expected = spread * float(np.sum(tally.prevalence * (1 - tally.prevalence)))
    return corrected(tally, distance, expected, spread * (1 - tally.own_prevalence), confidence)


def alpha(tally: ItemTally, distance: Distance | None, confidence: float = 0.95) -> Agreement:
    """Krippendorff's alpha; without a distance the ordinal one, whose positions are the labels' mid-ranks."""
    own = tally.pairable
    if not varies(own):
        return _undefined(own.items)
    totals, given = own.totals, float(own.totals.sum())
    far = distance or Positions(np.cumsum(totals) - totals / 2)
    apart = far.within(own) / (own.size - 1)
    reach = far.against(totals)
    seen, chance = float(own.times @ apart), float(totals @ reach)
    # The disagreement ratio is given · seen / chance but for one label in so many; its influences are by its parts.
    ratio = given * seen / chance
    moved = apart * given + own.size * seen - 2 * ratio * own.per_row(own.count * reach[own.label])
    if distance is None:
        moved += _by_ranks(own, ratio, given)
    error = _error(own, own.items * moved / chance)
    observed, expected = 1 - seen / given / far.largest, 1 - chance / given / (given - 1) / far.largest
    return _agreement(1 - seen * (given - 1) / chance, error, own.items, own.items, observed, expected, confidence)


def _by_ranks(tally: ItemTally, ratio: float, given: float) -> Floats:
    """How an item that weighs more moves the ordinal disagreement ratio by moving the labels' mid-ranks."""
    at = tally.totals.cumsum() - tally.totals / 2
    at -= np.average(at, weights=tally.totals)
    middle = tally.per_row(tally.count * at[tally.label]) / tally.size
    pull = tally.count * (at[tally.label] - tally.spread(middle)) * tally.spread(tally.size / (tally.size - 1))
    by_position = 4 * given * (tally.per_label(pull) - ratio * tally.totals * at)
    above = by_position.sum() - by_position.cumsum() + by_position / 2
    return tally.per_row(tally.count * above[tally.label])


def corrected(
    tally: ItemTally, distance: Distance, expected: float, own_expected: Floats, confidence: float
) -> Agreement:
    """Agreement above chance, where items with one label speak of chance only.

    Parameters
    ----------
    tally : ItemTally
        Whose items with two labels show two different ones.
    distance : Distance
    expected : float
        Agreement by chance.
    own_expected : ndarray, shape (rows,)
        Each item's own part in it, of mean ``expected``.
    confidence : float
    """
    items, pairs = tally.items, tally.pairable.items
    moved = _equal_pairs(tally, distance)
    if pairs < items:
        moved[tally.size < 2] = expected
    observed = float(tally.times @ moved - expected * (items - pairs)) / pairs
    value = (observed - expected) / (1 - expected)
    # Step by step in place, since there may be millions: what an item's pairs, and its part in chance, are above the
    # mean. Items without pairs have none of the former.
    moved -= expected
    moved *= items / pairs
    chance = own_expected - expected
    chance *= 2 * (1 - value)
    moved -= chance
    moved /= 1 - expected
    moved -= value
    return _agreement(value, _error(tally, moved), items, pairs, observed, expected, confidence)


def _equal_pairs(tally: ItemTally, distance: Distance) -> Floats:
    """Share of equal pairs of each row's labels, or how near they are; without meaning where there is one label."""
    ordered = np.maximum(tally.size * (tally.size - 1), 1)
    share = distance.within(tally)
    share /= ordered
    share /= -distance.largest
    share += 1
    return share


def varies(tally: ItemTally) -> bool:
    """Whether the items with two labels show two different ones."""
    return int(np.count_nonzero(tally.pairable.totals)) > 1


def _error(tally: ItemTally, influence: Floats) -> float:
    """Standard error of a mean over items of influences that sum to nothing; nan of one item."""
    items = tally.items
    return float(np.sqrt(tally.times @ influence**2 / (items * (items - 1)))) if items > 1 else np.nan


def _agreement(
    value: float, error: float, items: int, pairs: int, observed: float, expected: float, confidence: float
) -> Agreement:
    if pairs < FEWEST_ITEMS:
        return Agreement(value, np.nan, np.nan, error, pairs, observed, expected)
    half = float(student_quantile(items - 1, confidence)) * error
    return Agreement(value, value - half, min(value + half, 1.0), error, pairs, observed, expected)


def _undefined(items: int) -> Agreement:
    return Agreement(*(np.nan,) * 4, items, np.nan, np.nan)
