"""Agreement of several labelers on the same items, from one tally of labels per item.

References
----------
Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
Efron & Stein (1981), Annals of Statistics 9:586-596 (the jackknife).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats, student_quantile
from smo_reports.stats.sums import sums

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class ItemTally:
    """How often each label was given to each item.

    Attributes
    ----------
    item, label : ndarray of int, shape (t,)
        Codes from 0; each (item, label) pair at most once.
    count : ndarray, shape (t,)
        Labels of that kind that the item was given, at least 1.
    """

    item: Codes
    label: Codes
    count: Floats

    @classmethod
    def of(cls, item: npt.ArrayLike, label: npt.ArrayLike, count: npt.ArrayLike | None = None) -> ItemTally:
        """Tally a long table, one entry per label given.

        Parameters
        ----------
        item, label : array_like, same length, of values that sort
        count : array_like of float, optional
            Where the entries are tallies already.
        """
        _, items = np.unique(np.asarray(item), return_inverse=True)
        _, labels = np.unique(np.asarray(label), return_inverse=True)
        pair = items * (int(labels.max(initial=0)) + 1) + labels
        _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
        weights = np.ones(len(items)) if count is None else np.asarray(count, float)
        return cls(items[first], labels[first], sums(inverse, weights, len(first)))

    def pairable(self) -> ItemTally:
        """The items with at least two labels, with new codes: the others can neither agree nor disagree."""
        size = sums(self.item, self.count)
        keep = size[self.item] >= 2
        _, item = np.unique(self.item[keep], return_inverse=True)
        _, label = np.unique(self.label[keep], return_inverse=True)
        return ItemTally(item, label, self.count[keep])

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self.item.max(initial=-1)) + 1

    @property
    def labels(self) -> int:
        """How many different labels there are."""
        return int(self.label.max(initial=-1)) + 1

    @property
    def size(self) -> Floats:
        """Labels of each item, shape (items,)."""
        return sums(self.item, self.count, self.items)


def item_agreement(tally: ItemTally) -> Floats:
    """Share of the pairs of labels of each item that are equal; nan for items with one label.

    >>> item_agreement(ItemTally.of([1, 1, 1, 2, 2], ["a", "a", "b", "a", "a"])).round(3).tolist()
    [0.333, 1.0]
    """
    size = tally.size
    equal = sums(tally.item, tally.count * (tally.count - 1), tally.items)
    share: Floats = np.divide(equal, size * (size - 1), out=np.full(tally.items, np.nan), where=size > 1)
    return share


def raw_agreement(tally: ItemTally, level: float = 0.95) -> tuple[float, float, float]:
    """Mean over items of the share of equal pairs, with its interval over items.

    Returns
    -------
    value, low, high : float
        nan where fewer than one (value) or two (interval) items have two labels. The interval is Student's
        and is cut to [0, 1].
    """
    each = item_agreement(tally)
    each = each[~np.isnan(each)]
    if len(each) == 0:
        return np.nan, np.nan, np.nan
    value = float(each.mean())
    if len(each) < 2:
        return value, np.nan, np.nan
    half = float(student_quantile(len(each) - 1, level)) * float(each.std(ddof=1)) / np.sqrt(len(each))
    return value, max(value - half, 0.0), min(value + half, 1.0)


def nominal_alpha(tally: ItemTally, level: float = 0.95) -> tuple[float, float, float]:
    """Krippendorff's alpha for labels without order, with a jackknife interval over whole items.

    Returns
    -------
    value, low, high : float
        nan where no item has two labels, or where only one label was used: without disagreement that could
        have been, the coefficient is undefined. The interval needs ten items.

    Examples
    --------
    >>> round(nominal_alpha(ItemTally.of([1, 1, 2, 2, 3, 3], list("YYNNYN")))[0], 4)
    0.4444
    """
    own = tally.pairable()
    if own.items == 0 or own.labels < 2:
        return np.nan, np.nan, np.nan
    size = own.size
    per_label = sums(own.label, own.count, own.labels)
    matched = sums(own.item, own.count * (own.count - 1), own.items) / (size - 1)
    cross = sums(own.item, own.count * per_label[own.label], own.items)
    square = sums(own.item, own.count**2, own.items)
    value = float(_alpha(size.sum(), matched.sum(), np.sum(per_label**2)))
    if own.items < 10:
        return value, np.nan, np.nan
    without = _alpha(size.sum() - size, matched.sum() - matched, np.sum(per_label**2) - 2 * cross + square)
    kept = without[~np.isnan(without)]
    items = len(kept)
    error = np.sqrt((items - 1) / items * np.sum((kept - kept.mean()) ** 2))
    half = float(student_quantile(items - 1, level)) * float(error)
    return value, value - half, min(value + half, 1.0)


def _alpha(n: npt.ArrayLike, matched: npt.ArrayLike, squares: npt.ArrayLike) -> Floats:
    """Alpha from labels, matching pairs per item and the sum of squared label totals; nan if undefined."""
    n_, matched_, squares_ = (np.asarray(part, float) for part in (n, matched, squares))
    expected = (n_**2 - squares_) / (n_ - 1)
    observed = n_ - matched_
    ratio: Floats = np.divide(observed, expected, out=np.full(np.shape(expected), np.nan), where=expected > 0)
    return 1 - ratio
