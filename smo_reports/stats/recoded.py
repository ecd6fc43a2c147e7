"""Coded columns made fit for each other: with the same entries, the same values, or no value that nobody used."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from smo_reports.stats.codes import Coded, Codes, sorted_values


def complete(**columns: Coded) -> list[Coded]:
    """Columns without the entries that have a missing value in any of them.

    Raises
    ------
    ValueError
        Where their lengths differ.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"columns of different lengths: {said} entries; each entry has one of each")
    masks = [mask for mask in (column.known for column in columns.values()) if mask is not None]
    if not masks:
        return list(columns.values())
    kept = np.logical_and.reduce(masks)
    return [replace(column, codes=column.codes[kept]) for column in columns.values()]


def as_array(values: Sequence[Any]) -> npt.NDArray[Any]:
    """Values as an array: of whole numbers where all are, else of objects, so that none is turned into another."""
    if isinstance(values, range):
        return np.arange(values.start, values.stop)
    if values and all(type(value) is int for value in values):
        return np.array(values)
    return np.fromiter(values, object, len(values))


def compact(found: Coded) -> Coded:
    """The same column without values that no entry has."""
    seen = np.zeros(len(found.values) + 1, np.bool_)
    seen[found.codes] = True  # a missing one, -1, marks the spare place at the end
    kept = np.flatnonzero(seen[:-1])
    if len(kept) == len(found.values):
        return found
    place = np.full(len(seen), -1, np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    return Coded(place[found.codes], [found.values[at] for at in kept.tolist()])


def among(found: Coded, order: Sequence[Hashable]) -> Coded:
    """The same column with ``order`` as its values, whether all occur or not.

    Raises
    ------
    ValueError
        Where a value is not in the order, or the order has one twice.
    """
    place = {value: at for at, value in enumerate(order)}
    if len(place) < len(order):
        raise ValueError("order lists a label twice; each label has one place")
    strange = [value for value in found.values if value not in place]
    if strange:
        raise ValueError(f"label {strange[0]!r} is not in order; order lists every label, lowest first")
    # The spare place at the end keeps a missing one, -1, missing.
    return Coded(np.array([*(place[value] for value in found.values), -1], np.int32)[found.codes], list(order))


def used_pairs(first: Codes, second: Codes, seconds: int) -> tuple[Codes, npt.NDArray[np.int64]]:
    """Codes of the pairs that occur, in their order, and those pairs as ``first * seconds + second``.

    Parameters
    ----------
    first, second : ndarray of int >= 0, same shape
    seconds : int
        More than any of ``second``.
    """
    pair = first.astype(np.int64) * seconds + second
    most = int(pair.max(initial=-1)) + 1
    if most > max(4 * len(pair), 1 << 20):
        distinct, column = np.unique(pair, return_inverse=True)
        return column, distinct
    seen = np.zeros(most, np.bool_)
    seen[pair] = True
    used = np.flatnonzero(seen)
    place = np.zeros(most, np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    return place[pair], used


def together(first: Coded, second: Coded) -> tuple[Coded, Coded]:
    """Two columns with the same values, so that equal codes mean equal values."""
    first, second = compact(first), compact(second)
    values = sorted_values(list(dict.fromkeys([*first.values, *second.values])))
    return among(first, values), among(second, values)
