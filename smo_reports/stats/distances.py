"""How far apart two labels are: the distances of Krippendorff's alpha and the weights of Gwet's AC2.

A distance is asked for only three things: the sum over the pairs of labels within each item, the sum over the pairs
of each label with a whole distribution, and the largest one. Those that are made of differences of positions answer
all three in time and memory linear in the labels; only a matrix of one's own costs its own size.

References
----------
Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats
from smo_reports.stats.item_tally import ItemTally

Weights = Literal["linear", "quadratic", "ordinal"]

_CELLS = 1 << 18


class Distance(Protocol):
    """A distance between labels: 0 of a label to itself, else positive, the same in both directions."""

    def within(self, tally: ItemTally) -> Floats:
        """Sum over ordered pairs of labels of each row's items, shape (rows,), in an array that may be changed."""

    def against(self, weight: Floats) -> Floats:
        """Sum of each label's distances to all, times their weights; both of shape (labels,)."""

    def between(self, first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Floats:
        """Distance of labels pair by pair, given as codes."""

    @property
    def largest(self) -> float:
        """The distance of the two labels that are furthest apart."""


@dataclass(frozen=True)
class Nominal:
    """1 between different labels."""

    def within(self, tally: ItemTally) -> Floats:
        """Ordered pairs of different labels of each row's items."""
        return np.asarray(tally.size**2 - tally.squares, float)

    def against(self, weight: Floats) -> Floats:
        """Weight of all other labels."""
        return np.asarray(weight.sum() - weight, float)

    def between(self, first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Floats:
        """1 where the labels differ."""
        return np.asarray(first != second, float)

    @property
    def largest(self) -> float:
        """One."""
        return 1.0


@dataclass(frozen=True)
class Positions:
    """``square`` times the squared difference of positions plus ``plain`` times the difference.

    Attributes
    ----------
    at : ndarray, shape (labels,)
        Each label's position, rising.
    square, plain : float
    """

    at: Floats
    square: float = 1.0
    plain: float = 0.0

    def within(self, tally: ItemTally) -> Floats:
        """Sum over ordered pairs of labels of each row's items."""
        # From the middle of what was given: squares of large positions would lose their small differences.
        at = self.at - np.average(self.at, weights=tally.totals)
        weighted = tally.count * at[tally.label]
        sum_of = tally.per_row(weighted)
        found = np.zeros(tally.rows)
        if self.square:
            squares = tally.per_row(weighted * at[tally.label])
            found += self.square * np.maximum(2 * (tally.size * squares - sum_of**2), 0.0)
        if self.plain:
            begin = tally.first[:-1]
            below, sum_below = (_before(part, begin, tally) for part in (tally.count, weighted))
            found += self.plain * 2 * tally.per_row(weighted * below - tally.count * sum_below)
        return found

    def against(self, weight: Floats) -> Floats:
        """Sum of each label's distances to all, times their weights."""
        total = weight.sum()
        at = self.at - (np.average(self.at, weights=weight) if total > 0 else 0.0)
        found = self.square * (at**2 * total - 2 * at * np.sum(weight * at) + np.sum(weight * at**2))
        below, sum_below = np.cumsum(weight) - weight, np.cumsum(weight * at) - weight * at
        above, sum_above = total - below - weight, np.sum(weight * at) - sum_below - weight * at
        return np.asarray(found + self.plain * (at * below - sum_below + sum_above - at * above), float)

    def between(self, first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Floats:
        """Distance of labels pair by pair."""
        apart = np.abs(self.at[first] - self.at[second])
        return np.asarray(self.square * apart**2 + self.plain * apart, float)

    @property
    def largest(self) -> float:
        """The distance of the lowest position to the highest."""
        apart = float(self.at[-1] - self.at[0])
        return self.square * apart**2 + self.plain * apart


def _before(values: Floats, begin: npt.NDArray[np.int64], tally: ItemTally) -> Floats:
    """Within each item, the sum of the entries before each."""
    running = np.cumsum(values) - values
    return np.asarray(running - tally.spread(running[begin]), float)


@dataclass(frozen=True)
class Matrix:
    """What own weights of agreement lack to 1, shape (labels, labels)."""

    far: Floats

    def within(self, tally: ItemTally) -> Floats:
        """Sum over ordered pairs of labels of each row's items; a table of them is made a piece at a time."""
        labels = len(self.far)
        found = np.empty(tally.rows)
        step = max(_CELLS // labels, 1)
        for start in range(0, tally.rows, step):
            stop = min(start + step, tally.rows)
            own = slice(int(tally.first[start]), int(tally.first[stop]))
            table = np.zeros((stop - start, labels))
            table[tally.row[own] - start, tally.label[own]] = tally.count[own]
            found[start:stop] = np.einsum("ik,kl,il->i", table, self.far, table, optimize=True)
        return found

    def against(self, weight: Floats) -> Floats:
        """Sum of each label's distances to all, times their weights."""
        return np.asarray(self.far @ weight, float)

    def between(self, first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Floats:
        """Distance of labels pair by pair."""
        return np.asarray(self.far[first, second], float)

    @property
    def largest(self) -> float:
        """One: weights mean what they say, whether two labels disagree in full or not."""
        return 1.0


def positions(labels: Sequence[Any]) -> Floats:
    """The numbers that labels are.

    Raises
    ------
    ValueError
        Where a label is no finite number.

    Examples
    --------
    >>> positions([1, 2.5, True]).tolist()
    [1.0, 2.5, 1.0]
    """
    try:
        return np.array([_number(label) for label in labels], float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{error}; give the labels' order, lowest first") from error


def _number(label: Any) -> float:
    if isinstance(label, (str, bytes)):
        raise TypeError(f"label {label!r} is no number")
    number = float(label)
    if not np.isfinite(number):
        raise ValueError(f"label {label!r} is not finite")
    return number


def distance_of(weights: Weights | npt.ArrayLike | None, labels: Sequence[Any], *, ranked: bool) -> Distance:
    """The distance that weights of agreement are the other side of.

    Parameters
    ----------
    weights : None, {"linear", "quadratic", "ordinal"} or array_like, shape (labels, labels)
        None is the nominal distance.
    labels : sequence
        In order.
    ranked : bool
        Whether the labels' places count, as they do where an order was given, and not the numbers that they are.

    Raises
    ------
    ValueError
        Where the weights are none, or labels that are no numbers have no order.
    """
    if weights is None:
        return Nominal()
    if not isinstance(weights, str):
        return _complement(weights, len(labels))
    if weights not in ("linear", "quadratic", "ordinal"):
        raise ValueError(f"weights {weights!r}; they are linear, quadratic, ordinal, or a matrix of your own")
    at = np.arange(float(len(labels))) if ranked else positions(labels)
    if weights == "ordinal":
        # Of two labels d places apart, (d + 1) d / 2 pairs lie between them.
        return Positions(np.arange(float(len(labels))), 0.5, 0.5)
    return Positions(at, 1.0, 0.0) if weights == "quadratic" else Positions(at, 0.0, 1.0)


def _complement(weights: npt.ArrayLike, labels: int) -> Distance:
    own = np.asarray(weights, float)
    if own.shape != (labels, labels):
        raise ValueError(f"weights of shape {own.shape}; there are {labels} labels, so ({labels}, {labels}) is needed")
    if not (np.allclose(own, own.T) and np.allclose(np.diag(own), 1) and (own <= 1).all() and (own < 1).any()):
        raise ValueError("weights must be 1 of a label with itself, less with others, and the same both ways")
    return Matrix(1 - own)
