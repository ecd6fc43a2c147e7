"""Counts of every combination of a few columns' values, before and after, on integer codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Observations:
    """Outcomes of two periods, with the codes of what may explain them.

    Attributes
    ----------
    right : ndarray of float, shape (n,), in [0, 1]
        The outcome.
    after : ndarray of bool, shape (n,)
        Whether the row is of the second period.
    codes : tuple of ndarray of int, each shape (n,)
        One array a column, from 0.
    sizes : tuple of int
        How many codes each column has.
    labeler : ndarray of int, shape (n,)
        Who made the decision: rows of one labeler are not independent.
    weight : ndarray of float, shape (n,), or None
        How many decisions the row stands for; None where each stands for as many.
    """

    right: Floats
    after: Bools
    codes: tuple[Codes, ...]
    sizes: tuple[int, ...]
    labeler: Codes
    weight: Floats | None = None

    def __len__(self) -> int:
        return len(self.right)

    @property
    def people(self) -> int:
        """How many labelers there are, or codes of them."""
        return int(self.labeler.max(initial=-1)) + 1

    @property
    def weights(self) -> Floats:
        """The weights, ones where there are none."""
        return np.ones(len(self)) if self.weight is None else self.weight

    def taken(self, rows: npt.NDArray[np.intp]) -> Observations:
        """Only some of the rows."""
        codes = tuple(code[rows] for code in self.codes)
        weight = None if self.weight is None else self.weight[rows]
        return Observations(self.right[rows], self.after[rows], codes, self.sizes, self.labeler[rows], weight)

    def covered(self, segment: Segment) -> Bools:
        """Which rows a segment covers."""
        found = np.ones(len(self), bool)
        for column, code in segment:
            found &= self.codes[column] == code
        return found


Segment = tuple[tuple[int, int], ...]
"""Pairs of a column's number and a code, by column; empty for all rows."""


@dataclass(frozen=True)
class Cells:
    """The cells that are large enough to be looked at; arrays of one length.

    Attributes
    ----------
    cuboid, code : ndarray of int
        Which combination of columns, and which of its cells.
    order : ndarray of int
        How many columns name the cell.
    n_before, right_before, expected_before, n_after, right_after, expected_after : ndarray of float
        Rows, right ones, and as many as were to be expected to be right. Weighted rows count as as many even ones as
        would say as much (Kish).
    weight_after : ndarray of float
        How much the rows afterwards weigh together.
    columns : tuple of tuple of int
        The columns of each cuboid.
    sizes : tuple of int
    """

    cuboid: Codes
    code: Codes
    order: Codes
    n_before: Floats
    right_before: Floats
    expected_before: Floats
    n_after: Floats
    right_after: Floats
    expected_after: Floats
    weight_after: Floats
    columns: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]

    def ends(self) -> Codes:
        """Where each cuboid's cells begin, and where the last one's end; they stand in the order of their codes."""
        return np.searchsorted(self.cuboid, np.arange(len(self.columns) + 1))

    def segment(self, cell: int) -> Segment:
        """The columns' codes that name a cell."""
        code, named = int(self.code[cell]), []
        for column in reversed(self.columns[int(self.cuboid[cell])]):
            code, own = divmod(code, self.sizes[column])
            named.append((column, own))
        return tuple(reversed(named))


def cuboids(data: Observations, least: float, most_columns: int = 3) -> Iterator[tuple[tuple[int, ...], Codes, int]]:
    """Walk over the combinations of up to three columns that may have a cell of so many rows afterwards.

    Yields
    ------
    tuple
        The columns, four times each row's code in their combination plus what the row is (0 and 1: wrong and right
        before; 2 and 3: wrong and right after), and how many cells there are. The array is used again for the next
        combination. A combination is left out where a smaller one of its columns has no cell of ``least`` rows: its
        own can only be smaller.
    """
    outcome = data.after * np.intp(2) + (data.right > 0.5)
    yield (), outcome, 1
    ended = [code * 4 + outcome for code in data.codes]
    sizes = data.sizes
    large = [column for column in range(len(sizes)) if _largest(data.codes[column][data.after]) >= least]
    for column in large:
        yield (column,), ended[column], sizes[column]
    pairs: set[tuple[int, int]] = set()
    if most_columns > 1:
        after = [code[data.after] for code in data.codes]
        pairs = {
            pair
            for pair in combinations(large, 2)
            if _largest(after[pair[0]] * sizes[pair[1]] + after[pair[1]]) >= least
        }
    scaled, crossed = np.empty(len(data), np.intp), np.empty(len(data), np.intp)
    for first, second in sorted(pairs):
        size = sizes[first] * sizes[second]
        np.multiply(data.codes[first], 4 * sizes[second], out=scaled)
        yield (first, second), np.add(scaled, ended[second], out=crossed), size
        thirds = [column for column in large if {(first, column), (second, column)} <= pairs and column > second]
        if most_columns < 3 or not thirds:
            continue
        pair = data.codes[first] * sizes[second] + data.codes[second]
        for third in thirds:
            np.multiply(pair, 4 * sizes[third], out=scaled)
            yield (first, second, third), np.add(scaled, ended[third], out=crossed), size * sizes[third]


def _largest(code: Codes) -> float:
    return float(np.bincount(code).max(initial=0))


_STEPS = 2.0**12
"""Expectations are counted in steps of this part of one, so that a row and its expectation fit into one exact sum."""

_ROW = 2.0**32
MOST_CELLS = 2**19
"""A combination of columns with more cells is not laid out whole."""

MOST_ROWS = 2**20
"""The most rows whose sums are exact in this way."""


def count(data: Observations, expected: Floats, least: float, most_columns: int = 3) -> Cells:
    """Count all cells that have at least so many rows afterwards.

    Parameters
    ----------
    data : Observations
        At most ``MOST_ROWS``; outcomes of 0 and 1.
    expected : ndarray of float, shape (n,)
        How likely each row was to be right if nothing happened; counted to 1/4096.
    least : float
    most_columns : {1, 2, 3}
    """
    weight = data.weight
    packed = _ROW + np.rint(expected * _STEPS)
    parts, columns = [], []
    for number, (names, crossed, size) in enumerate(cuboids(data, least, most_columns)):
        columns.append(names)
        codes = None
        if size > MOST_CELLS:
            # Most of so many cells are empty: only those that have rows are counted.
            codes, place = np.unique(crossed >> 2, return_inverse=True)
            crossed, size = place * 4 + (crossed & 3), len(codes)
        if weight is None:
            rows, even, sums = _plain(crossed, size, packed)
        else:
            rows, even, sums = _weighted(crossed, size, weight, expected)
        kept = np.flatnonzero(even[:, 2] + even[:, 3] >= least)
        cell = kept if codes is None else codes[kept]
        named = np.column_stack([np.full(len(kept), number), cell, np.full(len(kept), len(names))])
        parts.append((named, rows[kept], even[kept], sums[kept]))
    cuboid, cell, order = np.concatenate([part[0] for part in parts]).T
    rows, even, sums = (np.concatenate([part[place] for part in parts]) for place in (1, 2, 3))
    found = []
    for wrong, right in ((0, 1), (2, 3)):
        weighed, counted = rows[:, wrong] + rows[:, right], even[:, wrong] + even[:, right]
        each = np.divide(counted, weighed, out=np.zeros(len(rows)), where=weighed > 0)
        found.append((counted, rows[:, right] * each, (sums[:, wrong] + sums[:, right]) * each))
    before, after = found
    return Cells(cuboid, cell, order, *before, *after, rows[:, 2] + rows[:, 3], tuple(columns), data.sizes)


_Tallies = tuple[Floats, Floats, Floats]
"""By cell and by what the rows are, shape (size, 4): their weight, as how many even rows they count, and the sum of
their expectations."""


def _plain(crossed: Codes, size: int, packed: Floats) -> _Tallies:
    both = np.bincount(crossed, packed, 4 * size).reshape(size, 4)
    rows = np.floor(both / _ROW)
    return rows, rows, (both - rows * _ROW) / _STEPS


def _weighted(crossed: Codes, size: int, weight: Floats, expected: Floats) -> _Tallies:
    rows, squares, sums = (
        np.bincount(crossed, values, 4 * size).astype(float).reshape(size, 2, 2)
        for values in (weight, weight**2, weight * expected)
    )
    period = rows.sum(axis=2, keepdims=True)
    over = squares.sum(axis=2, keepdims=True)
    even = rows * np.divide(period, over, out=np.zeros_like(period), where=over > 0)
    return rows.reshape(size, 4), even.reshape(size, 4), sums.reshape(size, 4)
