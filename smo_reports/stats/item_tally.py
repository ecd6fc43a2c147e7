"""How often each label was given to each item: the one tally from which every coefficient of agreement is made.

It is linear in the labels that were given, whatever the number of different labels and of people is.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from smo_reports.stats.codes import Coded, coded
from smo_reports.stats.intervals import Floats
from smo_reports.stats.recoded import among, compact, complete

_PIECE = 1 << 20
_MOST_DIGITS = 17
"""So many digits of base eight are the most that a float holds exactly."""


@dataclass(frozen=True)
class ItemTally:
    """Labels of items, as counts: a row an item, or a row for all items that were labelled alike.

    Attributes
    ----------
    first : ndarray of int, shape (rows + 1,)
        Where each row's entries begin; the last is their number, t. No row is without entries.
    label : ndarray of int, shape (t,)
        The place of each entry's label in ``labels``, rising within a row.
    count : ndarray, shape (t,)
        How often each item of the row was given that label, more than 0; fractions are allowed.
    labels : sequence
        The labels that were given, in their own order where they have one.
    times : ndarray, shape (rows,)
        How many items each row stands for.
    item_code : ndarray of int, shape (rows,)
        The place of each item in ``item_values``, rising; empty where items that are alike share a row.
    item_values : sequence
        The items, and where they are whole numbers perhaps some that have no label.
    """

    first: npt.NDArray[np.int64]
    label: npt.NDArray[np.int32]
    count: Floats
    labels: Sequence[Any]
    times: Floats
    item_code: npt.NDArray[np.int64]
    item_values: Sequence[Any]

    @classmethod
    def of(cls, item: Any, label: Any, count: npt.ArrayLike | None = None) -> ItemTally:
        """Tally a long table, one entry a label given, with a row for each item.

        Parameters
        ----------
        item, label : array_like, same length, of hashable values
            Entries without an item or without a label (None, nan, NaT, NA) are left out.
        count : array_like of float >= 0, optional
            Where the entries are tallies already.

        Raises
        ------
        ValueError
            Where the lengths differ, or a value cannot be hashed.

        Examples
        --------
        >>> tally = ItemTally.of([7, 7, 7, 8], ["b", "a", "b", "a"])
        >>> tally.first.tolist(), tally.label.tolist(), tally.count.tolist(), list(tally.labels)
        ([0, 2, 3], [0, 1, 0], [1.0, 2.0, 1.0], ['a', 'b'])
        """
        return tallied(*_columns(item, label, count))

    @classmethod
    def alike(cls, item: Any, label: Any, count: npt.ArrayLike | None = None) -> ItemTally:
        """Tally a long table as :meth:`of` does, with one row for all items that were labelled alike.

        All that coefficients of agreement ask for, in less time and memory the fewer different labels there are.
        Where there are too many to write an item's counts as the digits of one number, each item has its row.

        Examples
        --------
        >>> tally = ItemTally.alike([7, 7, 8, 8, 9, 9], ["a", "b", "a", "a", "b", "a"])
        >>> tally.times.tolist(), tally.first.tolist(), tally.count.tolist()
        ([1.0, 2.0], [0, 1, 3], [2.0, 1.0, 1.0])
        """
        columns = _columns(item, label, count)
        return profiles(*columns) or tallied(*columns)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.first) - 1

    @cached_property
    def items(self) -> int:
        """How many items there are."""
        return int(self.times.sum())

    @cached_property
    def row(self) -> npt.NDArray[np.int64]:
        """Each entry's row, from 0, shape (t,)."""
        return np.repeat(np.arange(self.rows), np.diff(self.first))

    @cached_property
    def size(self) -> Floats:
        """Labels that each item of a row was given, shape (rows,)."""
        return self.per_row(self.count)

    @cached_property
    def squares(self) -> Floats:
        """Sum of the squared counts of each row, shape (rows,)."""
        return self.per_row(self.count**2)

    @cached_property
    def totals(self) -> Floats:
        """How often each label was given, shape (labels,)."""
        return self.per_label(self.count)

    @cached_property
    def prevalence(self) -> Floats:
        """Mean over items of each label's share, shape (labels,)."""
        if self.rows and self.size.min() == self.size.max():
            return np.asarray(self.totals / self.totals.sum(), float)
        return self.per_label(self.count / self.spread(self.size)) / self.items

    @cached_property
    def own_prevalence(self) -> Floats:
        """Mean over each row's labels of how prevalent they are among all items, shape (rows,)."""
        return self.per_row(self.count * self.prevalence[self.label]) / self.size

    def per_row(self, values: npt.NDArray[Any]) -> Floats:
        """Sum entries within rows, shape (rows,)."""
        if not self.rows:
            return np.zeros(0)
        return np.asarray(np.add.reduceat(values, self.first[:-1]), float)

    def per_label(self, values: npt.NDArray[Any]) -> Floats:
        """Sum entries within labels over all items, shape (labels,)."""
        # Where no two items share a row, one pass less over the entries.
        each = values if self.rows == self.items else values * self.spread(self.times)
        return np.bincount(self.label, each, len(self.labels)).astype(float)

    def spread(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Each row's value at each of its entries, shape (t,)."""
        return np.repeat(values, np.diff(self.first))

    @cached_property
    def pairable(self) -> ItemTally:
        """The items with at least two labels: the others can neither agree nor disagree."""
        keep = self.size >= 2
        if keep.all():
            return self
        entries, lengths = self.spread(keep), np.diff(self.first)[keep]
        return replace(
            self,
            first=np.concatenate([[0], np.cumsum(lengths)]),
            label=self.label[entries],
            count=self.count[entries],
            times=self.times[keep],
            item_code=self.item_code[keep] if len(self.item_code) else self.item_code,
        )

    def among(self, order: Sequence[Hashable]) -> ItemTally:
        """The same tally with ``order`` as its labels, whether all were given or not.

        Raises
        ------
        ValueError
            Where a label is not in the order, or the order has one twice.
        """
        label = among(Coded(self.label, self.labels), order).codes.astype(np.int32)
        within = np.lexsort((label, self.row))
        return replace(self, label=label[within], count=self.count[within], labels=list(order))


def _columns(item: Any, label: Any, count: npt.ArrayLike | None) -> tuple[Coded, Coded, Floats | None]:
    columns = {"item": coded(item, "item", in_order=False), "label": coded(label, "label")}
    if count is None:
        items, given = complete(**columns)
        return items, compact(given), None
    weight = np.asarray(count, float)
    if weight.ndim != 1 or not (weight >= 0).all():
        raise ValueError("count: one number of at least 0 an entry is needed")
    # The weights go along as a column of their own places; nothing is counted where the weight is nothing.
    place = np.where(weight > 0, np.arange(len(weight)), -1)
    items, given, kept = complete(**columns, count=Coded(place, range(len(weight))))
    return items, compact(given), weight[kept.codes]


def tallied(items: Coded, given: Coded, weight: Floats | None) -> ItemTally:
    """A row for each item, by one sort of whole numbers; no table of items by labels is made."""
    labels = max(len(given.values), 1)
    key = _keys(items.codes, given.codes, labels, len(items.values))
    if weight is None:
        # Whole numbers are sorted several at a time by one instruction; no order has to be remembered.
        key.sort()
    else:
        order = np.argsort(key, kind="stable")
        key, weight = key[order], weight[order]
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])[: len(key)])
    count = np.diff(begins, append=len(key)).astype(float)
    if weight is not None and len(key):
        count = np.add.reduceat(weight, begins)
    item, label = np.divmod(key[begins], key.dtype.type(labels))
    first = np.flatnonzero(np.concatenate([[True], item[1:] != item[:-1], [True]])[: len(item) + 1])
    first = first if len(item) else np.zeros(1, np.int64)
    code = item[first[:-1]].astype(np.int64)
    return ItemTally(first, label.astype(np.int32), count, given.values, np.ones(len(code)), code, items.values)


def _keys(item: npt.NDArray[Any], label: npt.NDArray[Any], labels: int, items: int) -> npt.NDArray[Any]:
    """One number for an item and a label, in as few bytes as they need, made a piece at a time."""
    key = np.empty(len(item), np.uint32 if items * labels <= 1 << 32 else np.int64)
    for start in range(0, len(item), _PIECE):
        own = slice(start, start + _PIECE)
        key[own] = item[own].astype(np.int64) * labels + label[own]
    return key


def profiles(items: Coded, given: Coded, weight: Floats | None) -> ItemTally | None:
    """A row for all items that were labelled alike: an item's counts are the digits of one number.

    None where the labels are too many, or the counts too large or fractions, for numbers that a float holds exactly;
    where the items' codes have so many gaps, or the items so little in common, that a sort is cheaper.
    """
    labels = len(given.values)
    if not labels or labels > _MOST_DIGITS or len(items.values) > 2 * len(items):
        return None
    base = int(2 ** (53 / labels))
    digit = base ** np.arange(labels, dtype=float)
    value = digit[given.codes] if weight is None else digit[given.codes] * weight
    number = np.bincount(items.codes, value, len(items.values))
    number, times = np.unique(number[number > 0], return_counts=True)
    if number[-1] >= 2**53 or len(number) * labels > max(len(items), 1 << 16):
        return None
    table, rest = np.empty((len(number), labels)), number
    for place in range(labels - 1, -1, -1):
        table[:, place], rest = np.divmod(rest, digit[place])
    # A count that is too large for its digit has become one of the next: fewer labels than were given.
    wanted = float(len(items) if weight is None else weight.sum())
    if rest.any() or times @ table.sum(axis=1) != wanted:
        return None
    row, label = np.nonzero(table)
    first = np.searchsorted(row, np.arange(len(number) + 1))
    none = np.zeros(0, np.int64)
    return ItemTally(first, label.astype(np.int32), table[row, label], given.values, times.astype(float), none, ())
