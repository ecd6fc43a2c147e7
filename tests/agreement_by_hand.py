"""Agreement by definition: slow, one pair of labels after the other, and none of the package's code."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations

import numpy as np

Apart = Callable[[int, int], float]
Table = list[list[int | None]]


def long(table: Table) -> tuple[list[int], list[int], list[int | None]]:
    """Items, observers and labels of a table of observers by items; a label that is missing is None."""
    cells = [(item, who, label) for who, row in enumerate(table) for item, label in enumerate(row)]
    items, people, labels = zip(*cells, strict=True)
    return list(items), list(people), list(labels)


def random_table(seed: int) -> Table:
    """Observers by items with gaps: truth, errors, and items that nobody or one person labelled."""
    rng = np.random.default_rng(seed)
    observers, items, labels = rng.integers(2, 7), rng.integers(12, 40), rng.integers(2, 6)
    truth = rng.integers(0, labels, items)
    given = np.where(rng.random((observers, items)) < 0.6, truth, rng.integers(0, labels, (observers, items)))
    gaps = rng.random((observers, items)) < rng.uniform(0, 0.5)
    return [
        [None if gap else int(label) for label, gap in zip(*row, strict=True)] for row in zip(given, gaps, strict=True)
    ]


def columns_of(table: Table) -> list[list[int]]:
    """The labels of each item that has any."""
    found = [[label for label in column if label is not None] for column in zip(*table, strict=True)]
    return [column for column in found if column]


def mean_apart(column: list[int], apart: Apart) -> float:
    """Mean distance of the ordered pairs of one item's labels."""
    pairs = list(permutations(column, 2))
    return sum(apart(*pair) for pair in pairs) / len(pairs)


def corrected(columns: list[list[int]], weight: np.ndarray, apart: Apart, by_chance: str, labels: int) -> float:
    """Fleiss' kappa, or Gwet's coefficients, of items that count ``weight`` times each.

    What part of the items has two labels is taken as it is, whatever the weights: Gwet's variances do so.
    """
    shares = np.array([np.bincount(column, minlength=labels) / len(column) for column in columns])
    prevalence = weight @ shares / weight.sum()
    near = np.array([[1 - apart(one, other) for other in range(labels)] for one in range(labels)])
    paired = [at for at, column in enumerate(columns) if len(column) > 1]
    each = np.array([1 - mean_apart(columns[at], apart) for at in paired])
    if by_chance == "fleiss":
        expected = prevalence @ near @ prevalence
    else:
        expected = near.sum() / (labels * (labels - 1)) * np.sum(prevalence * (1 - prevalence))
    above = weight[paired] @ (each - expected) / weight.sum() * len(columns) / len(paired)
    return float(above / (1 - expected))


def one_less_alpha(columns: list[list[int]], weight: np.ndarray, level: str, labels: int, *, small: bool) -> float:
    """Krippendorff's observed over expected disagreement; ``small`` with the expected one of pairs without return."""
    paired = [at for at, column in enumerate(columns) if len(column) > 1]
    totals = sum(weight[at] * np.bincount(columns[at], minlength=labels) for at in paired)
    n = totals.sum()

    def apart(one: int, other: int) -> float:
        if level == "nominal":
            return float(one != other)
        if level == "interval":
            return float(one - other) ** 2
        low, high = min(one, other), max(one, other)
        return float(totals[low : high + 1].sum() - (totals[low] + totals[high]) / 2) ** 2 if low < high else 0.0

    seen = sum(weight[at] * len(columns[at]) * mean_apart(columns[at], apart) for at in paired) / n
    every = sum(totals[one] * totals[other] * apart(one, other) for one in range(labels) for other in range(labels))
    return float(seen / (every / (n * (n - small))))


def linearised(value: Callable[[np.ndarray], float], items: int) -> float:
    """Standard error over items, from how little changes of each item's weight move the value."""
    step, ones = 1e-6, np.ones(items)
    moved = [(value(ones + step * one) - value(ones - step * one)) / (2 * step) for one in np.eye(items)]
    return math.sqrt(items / (items - 1) * float(np.sum(np.square(moved))))
