"""Whole numbers for the distinct values of a column, whatever holds it: what every tally starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.signedinteger[Any]]

_PIECE = 1 << 20
_NEVER_MISSING = frozenset((str, int, bool, bytes))


@dataclass(frozen=True)
class Coded:
    """A column as codes.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
        The place of each entry's value in ``values``; -1 where it is missing.
    values : sequence
        The distinct values, in their own order where they have one and it was wanted, else in that of their first
        appearance. Of whole numbers it may be a range, some of which nobody used.
    """

    codes: Codes
    values: Sequence[Any]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def known(self) -> npt.NDArray[np.bool_] | None:
        """Which entries have a value; None where all have, which is what most columns are."""
        return self.codes >= 0 if len(self.codes) and self.codes.min() < 0 else None


def coded(values: Any, name: str = "values", *, in_order: bool = True) -> Coded:
    """Code a column.

    Parameters
    ----------
    values : list, tuple, numpy array, pandas or pyarrow column, shape (n,), of hashable values
        Equal values are one value, as in a dict: 1, 1.0 and True are. None, nan, NaT and NA are missing.
    name : str
        How an error calls the column.
    in_order : bool
        Whether values that are no numbers are to be sorted too; of millions of words that takes longest of all.

    Raises
    ------
    ValueError
        Where there is more than one dimension, or a value cannot be hashed.

    Examples
    --------
    >>> found = coded(["b", "a", None, "b"])
    >>> found.codes.tolist(), list(found.values)
    ([1, 0, -1, 1], ['a', 'b'])
    """
    if hasattr(values, "dictionary_encode"):
        return _tidy(*_of_arrow(values), in_order)
    kind = values.dtype.kind if isinstance(getattr(values, "dtype", None), np.dtype) else ""
    if kind and values.ndim != 1:
        raise ValueError(f"{name}: {values.ndim} dimensions; one value an entry is needed")
    if kind and kind in "iufbmM":
        return _of_numbers(np.asarray(values))
    if hasattr(values, "factorize"):
        codes, distinct = values.factorize()
        return _tidy(np.asarray(codes), distinct.tolist(), in_order)
    # Not np.asarray of a list: it would make words of numbers that stand beside words, and columns of tuples.
    entries = values if isinstance(values, (list, tuple, np.ndarray)) else list(values)
    return _tidy(*_of_objects(entries, name), in_order)


def _of_numbers(array: npt.NDArray[Any]) -> Coded:
    if array.dtype.kind == "b":
        return Coded(array.view(np.int8), (False, True))
    missing = np.isnat(array) if array.dtype.kind in "mM" else np.isnan(array) if array.dtype.kind == "f" else None
    if missing is not None and not missing.any():
        missing = None
    own = array if missing is None else array[~missing]
    # Whole numbers that lie close enough are codes as they stand: neither sorted nor looked up.
    if len(own) and array.dtype.kind in "iuf":
        low, high = own.min(), own.max()
        if float(high) - float(low) < max(4 * len(array), 1 << 16) and (own.dtype.kind in "iu" or _whole(own)):
            return Coded(_from_low(array, missing, int(low), int(high)), range(int(low), int(high) + 1))
    distinct, inverse = np.unique(own, return_inverse=True)
    codes: Codes = inverse
    if missing is not None:
        codes = np.full(len(array), -1, np.intp)
        codes[~missing] = inverse
    return Coded(codes, distinct.tolist() if array.dtype.kind in "iuf" else list(distinct))


def _whole(array: npt.NDArray[Any]) -> bool:
    return bool((np.abs(array).max() < 1 << 53) and (array == np.trunc(array)).all())


def _from_low(array: npt.NDArray[Any], missing: npt.NDArray[np.bool_] | None, low: int, high: int) -> Codes:
    if low == 0 and array.dtype.kind == "i" and missing is None:
        whole: Codes = array
        return whole
    codes: Codes = np.empty(len(array), np.int32 if high - low < 1 << 31 else np.int64)
    if missing is not None:
        array = np.where(missing, low, array)
    # Unsigned numbers in their own type, which low cannot leave; small signed ones in a wider one, lest they wrap.
    wide = array.dtype if array.dtype.kind in "uf" else np.dtype(np.int64)
    np.subtract(array, wide.type(low), out=codes, casting="unsafe", dtype=wide)
    if missing is not None:
        codes[missing] = -1
    return codes


def _of_arrow(values: Any) -> tuple[Codes, list[Any]]:
    encoded = values.dictionary_encode()
    if hasattr(encoded, "combine_chunks"):
        encoded = encoded.unify_dictionaries().combine_chunks()
        encoded = encoded.chunk(0) if hasattr(encoded, "chunk") else encoded
    return np.asarray(encoded.indices.fill_null(-1)), encoded.dictionary.to_pylist()


def _of_objects(values: Sequence[Any] | npt.NDArray[Any], name: str) -> tuple[Codes, list[Any]]:
    # A value that was not met before gets the next number: one look-up an entry, and no Python in between.
    place: defaultdict[Any, int] = defaultdict(count().__next__)
    codes = np.empty(len(values), np.int32)
    # A piece at a time: the objects that an array's values become live only as long as their piece does.
    for start in range(0, len(values), _PIECE):
        own = values[start : start + _PIECE]
        own = own.tolist() if isinstance(own, np.ndarray) else own
        try:
            codes[start : start + len(own)] = np.fromiter(map(place.__getitem__, own), np.int32, len(own))
        except TypeError as error:
            raise ValueError(f"{name}: {error}; labels, items and labelers must be hashable") from error
    return codes, list(place)


def _tidy(codes: Codes, distinct: list[Any], in_order: bool) -> Coded:
    """Codes of values without missing and repeated ones, in order where that is wanted."""
    known = distinct if _NEVER_MISSING.issuperset(map(type, distinct)) else [v for v in distinct if not _is_missing(v)]
    values = list(dict.fromkeys(known))
    values = sorted_values(values) if in_order else values
    if values == distinct:
        return Coded(codes, values)
    place = {value: at for at, value in enumerate(values)}
    missing = len(known) < len(distinct)
    moved = [-1 if missing and _is_missing(value) else place[value] for value in distinct]
    return Coded(np.array([*moved, -1], np.int32)[codes], values)


def sorted_values(values: list[Any]) -> list[Any]:
    """Values in their own order where they have one, else as they stand."""
    try:
        return sorted(values)
    except TypeError:  # values of several kinds have no order
        return values


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    # What is not equal to itself is nan or NaT; of NA nobody can say.
    same = value == value
    return not (isinstance(same, (bool, np.bool_)) and bool(same))
