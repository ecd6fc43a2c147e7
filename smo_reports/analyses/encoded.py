"""Rows of two periods as arrays of codes: what the search for causes counts on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from smo_reports.errors import KpiError, nearest
from smo_reports.stats.cuboids import Codes, Observations

MOST_VALUES = 200
"""A column keeps this many values, those with the most rows: the rest are its rare ones."""

MOST_LABELERS = 2000


@dataclass(frozen=True)
class Encoded:
    """Rows of two periods.

    Attributes
    ----------
    data : Observations
        The last column is the labeler's, where there is one that is not among the others.
    columns : tuple of str
    values : tuple of list
        Each column's values by code; None is a missing value.
    rare : tuple of int or None
        The code that stands for a column's rare values.
    undecided : int
        Rows without an outcome, left out.
    """

    data: Observations
    columns: tuple[str, ...]
    values: tuple[list[Any], ...]
    rare: tuple[int | None, ...]
    undecided: int

    def named(self, segment: Sequence[tuple[int, int]]) -> dict[str, Any]:
        """A segment by its columns' names and values."""
        return {self.columns[column]: self.values[column][code] for column, code in segment}


def encoded(
    rows: Any,
    outcome: str,
    period: str,
    before: object,
    after: object,
    columns: Sequence[str],
    labeler: str | None,
    weight: str | None,
) -> Encoded:
    """Read the columns that are needed, of the two periods, and encode them.

    Parameters
    ----------
    rows : a frame that narwhals reads
    outcome, period : str
    before, after : object
        Values of the period's column.
    columns : sequence of str
    labeler, weight : str or None

    Raises
    ------
    KpiError
        When a column is missing or a period has no rows; when an outcome is not 0 or 1, or a weight is not above 0.
    """
    for name in (outcome, period):
        if name in columns:
            raise KpiError(f"{name!r} cannot be a dimension: it is what is explained; leave it out")
    named = [*dict.fromkeys([*columns, *([labeler] if labeler else [])])]
    table = _read(rows, [outcome, period, *named, *([weight] if weight else [])])
    table = _of_periods(table, period, before, after)
    kept = table.filter(pc.is_valid(table[outcome]))
    right = _outcomes(kept[outcome], outcome)
    is_after = _equal(kept[period], after)
    for value, found in ((before, ~is_after), (after, is_after)):
        if not found.any():
            raise KpiError(f"no row of {period} {value!r} has a value of {outcome!r}; name a period that has some")
    codes, values, rare = [], [], []
    for name in named:
        code, own, few = _codes(kept[name], MOST_LABELERS if name == labeler else MOST_VALUES)
        codes.append(code)
        values.append(own)
        rare.append(few)
    sizes = tuple(len(own) + (few is not None) for own, few in zip(values, rare, strict=True))
    who = _labelers(kept[labeler]) if labeler else np.zeros(len(right), np.int32)
    weights = _even(_weights(kept[weight], weight), is_after) if weight else None
    data = Observations(right, is_after, tuple(codes), sizes, who, weights)
    return Encoded(data, tuple(named), tuple(values), tuple(rare), table.num_rows - kept.num_rows)


@dataclass(frozen=True)
class Everything:
    """All work of the two periods, by the codes of the audited rows.

    Attributes
    ----------
    codes : tuple of ndarray
        In the order of the audited rows' columns, empty for one that is not known of all work. A value that no audited
        row has gets the code behind the last one.
    after : ndarray of bool
    weight : ndarray of float
        How many decisions each row stands for.
    """

    codes: tuple[Codes, ...]
    after: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]


def encoded_like(
    rows: Any, period: str, before: object, after: object, like: Encoded, weight: str | None = None
) -> Everything:
    """Read all work with the codes of the audited rows.

    Raises
    ------
    KpiError
        When the period's column is missing or lacks a period; when no column of the audited rows is there, or one has
        none of their values, as a column of numbers has none of a column of texts.
    """
    have = nw.from_native(rows).lazy().collect_schema().names()
    shared = [name for name in like.columns if name in have]
    table = _of_periods(_read(rows, [period, *shared, *([weight] if weight else [])]), period, before, after)
    if not set(shared) & set(like.columns):
        raise KpiError(f"the population has none of the columns {', '.join(like.columns)}; name what was labeled in it")
    codes: list[Codes] = []
    for name, values, few in zip(like.columns, like.values, like.rare, strict=True):
        if name not in shared:
            codes.append(np.empty(0, np.intp))
            continue
        own, found = _dictionary(table[name])
        place = {value: code for code, value in enumerate(values)}
        if not set(found) & set(place):
            raise KpiError(
                f"the population's column {name!r} has none of the audited rows' values: it has {found[0]!r}, "
                f"they have {values[0]!r}; give both the same type"
            )
        other = len(values) if few is None else few
        codes.append(np.array([place.get(value, other) for value in found], np.intp)[own])
    weights = np.ones(table.num_rows) if weight is None else _weights(table[weight], weight)
    return Everything(tuple(codes), _equal(table[period], after), weights)


def _read(rows: Any, names: Sequence[str]) -> pa.Table:
    frame = nw.from_native(rows)
    have = frame.collect_schema().names()
    for name in names:
        if name not in have:
            raise KpiError(f"the rows have no column {name!r}; {nearest(name, have)}")
    picked = frame.select(list(dict.fromkeys(names)))
    found = picked.collect("pyarrow") if isinstance(picked, nw.LazyFrame) else picked
    try:
        table: pa.Table = found.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise KpiError(f"a column holds values of several types: {error.args[-1]}; make them one") from None
    return table


def _of_periods(table: pa.Table, period: str, before: object, after: object) -> pa.Table:
    if before == after:
        raise KpiError(f"before and after are both {after!r}; name two periods")
    column = table[period]
    found = pc.unique(column).to_pylist()
    for value in (before, after):
        if value not in found:
            listed = ", ".join(repr(one) for one in found[:10])
            raise KpiError(f"column {period!r} has no value {value!r}; it has {listed}")
    wanted = _equal(column, before) | _equal(column, after)
    return table if wanted.all() else table.filter(pa.array(wanted))


def _equal(column: pa.ChunkedArray, value: object) -> npt.NDArray[np.bool_]:
    if pa.types.is_dictionary(column.type):
        one = column.combine_chunks()
        same = np.array([entry == value for entry in [*one.dictionary.to_pylist(), None]])
        return np.asarray(same[pc.fill_null(one.indices, len(one.dictionary)).to_numpy(zero_copy_only=False)], bool)
    same = pc.equal(column, pa.scalar(value, type=column.type))
    return np.asarray(pc.fill_null(same, False).to_numpy(), bool)


def _outcomes(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.float64]:
    try:
        values = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise KpiError(f"column {name!r} holds {column.type}; an outcome is true or false, or 0 or 1") from None
    odd = values[(values != 0) & (values != 1)]
    if len(odd):
        raise KpiError(f"column {name!r} holds {odd[0]:g}; an outcome is true or false, or 0 or 1")
    return np.asarray(values, float)


def _weights(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.float64]:
    try:
        values = np.asarray(column.cast(pa.float64()).to_numpy(), float)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise KpiError(f"column {name!r} holds {column.type}; a weight is a number above 0") from None
    if not ((values > 0) & np.isfinite(values)).all():
        raise KpiError(f"column {name!r} holds a weight that is missing or not above 0; leave such rows out")
    return values


def _even(weights: npt.NDArray[np.float64], is_after: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Weights in a unit of which each period has as many as even rows that would say as much (Kish)."""
    found = weights.copy()
    for period in (is_after, ~is_after):
        own = weights[period] / weights[period].max()
        found[period] = own * (own.sum() / (own**2).sum())
    return found


def _dictionary(column: pa.ChunkedArray) -> tuple[Codes, list[Any]]:
    """Codes of the values in their own order, missing ones last."""
    one = column.combine_chunks()
    one = one if pa.types.is_dictionary(one.type) else one.dictionary_encode()
    values = one.dictionary.to_pylist()
    order = sorted(range(len(values)), key=lambda place: (str(type(values[place])), values[place]))
    rank = np.empty(len(values) + 1, np.int32)
    rank[order] = np.arange(len(values))
    rank[-1] = len(values)
    codes = rank[pc.fill_null(one.indices.cast(pa.int32()), len(values)).to_numpy(zero_copy_only=False)]
    ordered = [values[place] for place in order]
    return codes, [*ordered, None] if one.null_count else ordered


def _codes(column: pa.ChunkedArray, most: int) -> tuple[Codes, list[Any], int | None]:
    """Codes of the values that have rows, and the code of those that are too many to be told apart."""
    codes, values = _dictionary(column)
    rows = np.bincount(codes, minlength=len(values))
    if len(values) <= most and rows.all():
        return codes, values, None
    shown = np.sort(np.argsort(-rows, kind="stable")[: min(most, int((rows > 0).sum()))])
    mapped = np.full(len(values), len(shown), np.int32)
    mapped[shown] = np.arange(len(shown))
    few = len(shown) if rows[mapped == len(shown)].any() else None
    return mapped[codes], [values[place] for place in shown], few


def _labelers(column: pa.ChunkedArray) -> Codes:
    return _dictionary(column)[0]
