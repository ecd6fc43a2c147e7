"""What to expect of each row by its columns' values and its labeler, learnt from the rows of one period."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from smo_reports.stats.cuboids import Bools, Codes, Floats, Observations

_LEAST_PRIOR = 5.0
"""A value is believed to be like the average at least until it has more rows than this."""

_ALL_ALIKE = 1e6

FEWEST_ROWS = 30.0
"""A value with fewer rows than this is not known: what it adds is taken for nothing."""

_FEWEST_ERRORS = 3.0
"""With fewer errors to be expected a pair's rows say nothing of its level."""

_STANDS_OUT = 4.0
"""A pair of values has a level of its own where the square of its mean rest exceeds its variance by this factor, and by
as much more as the largest of so many pairs would by chance."""

_MOST_PAIRS = 60
_CAUTION = 0.5


@dataclass(frozen=True)
class Pair:
    """Two values that together are harder or easier than each alone."""

    columns: tuple[int, int]
    codes: tuple[int, int]
    effect: float


@dataclass(frozen=True)
class Baseline:
    """What the rows of one period say of any row.

    Attributes
    ----------
    middle : float
        The mean.
    effects : dict of int to ndarray
        For each column what each of its codes adds; 0 for a code that had few rows, and for the code behind the last
        one.
    pairs : tuple of Pair
    level, level_error : ndarray of float, shape (labelers,)
        What each labeler adds, and the variance of what is not known of it: all of it where the labeler was not there
        before.
    single : float
        The variance of one row's outcome.
    columns : tuple of int
        In the order of ``covariance``.
    covariance : ndarray of float, shape (codes of all columns, codes of all columns)
        Of what is not known of the effects.
    """

    middle: float
    effects: dict[int, Floats]
    pairs: tuple[Pair, ...]
    level: Floats
    level_error: Floats
    single: float
    columns: tuple[int, ...]
    covariance: Floats

    def unknown(self, shifts: Mapping[int, Floats]) -> float:
        """The variance that a difference of mean expectations has, because effects are only estimates.

        Parameters
        ----------
        shifts : mapping of int to ndarray
            For some of the columns by how much the share of each of its codes differs.
        """
        known = [len(self.effects[column]) - 1 for column in self.columns]
        moved = np.concatenate(
            [
                shifts[column][:size] if column in shifts else np.zeros(size)
                for column, size in zip(self.columns, known, strict=True)
            ]
            or [np.empty(0)]
        )
        return float(moved @ self.covariance @ moved)

    def by_columns(self, codes: Sequence[Codes], columns: Sequence[int] | None = None) -> Floats:
        """What to expect of rows by some columns, or all that were learnt from.

        Parameters
        ----------
        codes : sequence of ndarray of int
            One array a column; those that are not asked for may be anything.
        columns : sequence of int, optional
        """
        asked = list(self.effects if columns is None else columns)
        found = np.full(len(codes[asked[0]]) if asked else 0, self.middle)
        for column in asked:
            found += self.effects[column][codes[column]]
        for pair in self.pairs:
            (first, second), (one, other) = pair.columns, pair.codes
            if first in asked and second in asked:
                found[(codes[first] == one) & (codes[second] == other)] += pair.effect
        return found

    def expected(self, data: Observations) -> Floats:
        """How likely each row is to be right if nothing happened, by its columns and its labeler; in (0, 1)."""
        by_columns = self.by_columns(data.codes) if self.effects else np.full(len(data), self.middle)
        return np.clip(by_columns + self.level[data.labeler], 0.005, 0.995)


def baseline(
    data: Observations, columns: Sequence[int], period: Bools | None = None, new: Sequence[Bools] | None = None
) -> Baseline:
    """Fit the chance of being right as a sum of effects of single values and of labelers.

    Parameters
    ----------
    data : Observations
    columns : sequence of int
        Which columns to use; the labeler's is not among them.
    period : ndarray of bool, shape (n,), optional
        The rows to learn from. Default: those of before.
    new : sequence of ndarray of bool, optional
        For each column of the data which codes are too new to be known.

    Returns
    -------
    Baseline
        A linear model by least squares, each column's effects shrunk by how much its values differ, and pairs of values
        that clearly stand out from it; labelers' levels are predicted from what is left, shrunk by how much labelers
        differ (best linear unbiased prediction).

    References
    ----------
    Robinson (1991), Statistical Science 6:15-32.
    """
    before = np.flatnonzero(~data.after if period is None else period)
    codes = [code[before] for code in data.codes]
    right, weights = data.right[before], data.weights[before]
    plain = None if data.weight is None else weights
    effects, middle, covariance = _effects(codes, data.sizes, right, plain, columns, new)
    left = right - middle
    for column in columns:
        left -= effects[column][codes[column]]
    single = float(np.average(left**2, weights=weights)) if len(left) else 0.0
    pairs = _pairs(codes, data.sizes, left, plain, columns, single)
    level, error = _levels(data.labeler[before], left, weights, data.people, single)
    return Baseline(middle, effects, pairs, level, error, single, tuple(columns), covariance * single)


def _effects(
    codes: Sequence[Codes],
    sizes: Sequence[int],
    right: Floats,
    weights: Floats | None,
    columns: Sequence[int],
    new: Sequence[Bools] | None,
) -> tuple[dict[int, Floats], float, Floats]:
    """Effects of each column, the mean, and their covariance in units of one row's variance."""
    middle = float(np.average(right, weights=weights)) if len(right) else 0.5
    starts = np.concatenate([[0], np.cumsum([sizes[column] for column in columns])]).astype(int)
    cross, target = np.zeros((starts[-1], starts[-1])), np.zeros(starts[-1])
    over = right - middle if weights is None else weights * (right - middle)
    single = float(np.average((right - middle) ** 2, weights=weights)) if len(right) else 0.0
    for i, column in enumerate(columns):
        own = slice(starts[i], starts[i + 1])
        target[own] = np.bincount(codes[column], over, sizes[column])
        rows = np.bincount(codes[column], weights, sizes[column]).astype(float)
        unknown = rows < FEWEST_ROWS if new is None else (rows < FEWEST_ROWS) | new[column]
        prior = np.where(unknown, _ALL_ALIKE, _prior_rows(target[own], rows, single))
        cross[own, own] = np.diag(rows + prior)
        for j in range(i):
            other = slice(starts[j], starts[j + 1])
            both = _crossed(codes, sizes, column, columns[j], weights)
            cross[own, other], cross[other, own] = both, both.T
    covariance = np.linalg.inv(cross) if starts[-1] else cross
    solved = covariance @ target
    effects = {column: np.append(solved[starts[i] : starts[i + 1]], 0.0) for i, column in enumerate(columns)}
    return effects, middle, covariance


def _prior_rows(over: Floats, rows: Floats, single: float) -> float:
    """As many average rows as a column's values are worth before they have any: many where the values hardly differ."""
    seen = rows >= FEWEST_ROWS
    differ = between(over[seen] / rows[seen], single / rows[seen], _CAUTION) if single else 0.0
    return max(_LEAST_PRIOR, single / differ) if differ else _ALL_ALIKE


def _crossed(codes: Sequence[Codes], sizes: Sequence[int], first: int, second: int, weights: Floats | None) -> Floats:
    pair = codes[first] * sizes[second] + codes[second]
    tally = np.bincount(pair, weights, sizes[first] * sizes[second])
    return tally.reshape(sizes[first], sizes[second]).astype(float)


def _pairs(
    codes: Sequence[Codes],
    sizes: Sequence[int],
    left: Floats,
    weights: Floats | None,
    columns: Sequence[int],
    single: float,
) -> tuple[Pair, ...]:
    """Find pairs with a level of their own, the clearest first, and take it out of what is left."""
    if not single:
        return ()
    over = left if weights is None else weights * left
    cells = sum(sizes[first] * sizes[second] for place, first in enumerate(columns) for second in columns[:place])
    stands_out = _STANDS_OUT + 2 * math.log(max(cells, 1))
    hopeful: list[tuple[float, int, int, int]] = []
    for place, first in enumerate(columns):
        for second in columns[:place]:
            pair, size = codes[first] * sizes[second] + codes[second], sizes[first] * sizes[second]
            rows, sums = np.bincount(pair, weights, size), np.bincount(pair, over, size)
            chi = np.divide(sums**2, single * rows, out=np.zeros(size), where=single * rows >= _FEWEST_ERRORS)
            hopeful += [(float(chi[cell]), first, second, int(cell)) for cell in np.flatnonzero(chi > stands_out)]
    found = []
    for _, first, second, cell in sorted(hopeful, reverse=True)[:_MOST_PAIRS]:
        one, other = divmod(cell, sizes[second])
        inside = (codes[first] == one) & (codes[second] == other)
        own = None if weights is None else weights[inside]
        mean = float(np.average(left[inside], weights=own))
        chi = mean**2 * (float(inside.sum()) if own is None else float(own.sum())) / single
        if chi > stands_out:
            mean *= 1 - 1 / chi
            left[inside] -= mean
            found.append(Pair((first, second), (one, other), mean))
    return tuple(found)


def _levels(labeler: Codes, left: Floats, weights: Floats, size: int, single: float) -> tuple[Floats, Floats]:
    """Each labeler's level before, shrunk towards none, and the variance of what is not known of it."""
    rows = np.bincount(labeler, weights, size)
    seen = rows > 0
    if seen.sum() < 3 or not single:
        return np.zeros(size), np.zeros(size)
    means = np.divide(np.bincount(labeler, weights * left, size), rows, out=np.zeros(size), where=seen)
    noise = np.divide(single, rows, out=np.full(size, np.inf), where=seen)
    variance = between(means[seen], noise[seen])
    known = variance / (variance + noise) if variance else np.zeros(size)
    # Of labelers who were not there before nothing is known but how much labelers differ: rather too much than too
    # little.
    error = np.where(seen, variance * (1 - known), between(means[seen], noise[seen], _CAUTION))
    return means * known, error


def between(values: Floats, noise: Floats, caution: float = 0.0) -> float:
    """How much true values differ beyond the noise of their estimates, in a way that a few odd ones hardly move.

    Parameters
    ----------
    values, noise : ndarray, shape (k,)
        Estimates whose true values scatter around 0, and the variances of their errors.
    caution : float
        By how many of its standard errors to err towards more: a variance that is taken for none, or for too little,
        makes the errors of everything else too small.

    Returns
    -------
    float
        The variance at which ``values**2 / (variance + noise)``, none counted as more than 4, has the mean that it has
        for normal values; 0 where the noise alone explains it.
    """
    if len(values) == 0:
        return 0.0
    wanted = _CAPPED_MEAN * (1 - caution * _CAPPED_SPREAD / math.sqrt(len(values)))

    squared = values**2

    def excess(variance: float) -> float:
        # Not mean(), which takes longer than what it does: this is asked some fifty times.
        return float(np.minimum(squared / (variance + noise), _CAP).sum() / len(squared) - wanted)

    if excess(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(squared.max()) / max(wanted, 0.05)
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return high


_CAP = 4.0
_CAPPED_MEAN = math.erf(math.sqrt(2)) - 4 * math.exp(-2) / math.sqrt(2 * math.pi) + _CAP * math.erfc(math.sqrt(2))
"""The mean of a squared standard normal variable, none counted as more than 4."""

_CAPPED_SPREAD = 1.2061
"""Its standard deviation over its mean."""
