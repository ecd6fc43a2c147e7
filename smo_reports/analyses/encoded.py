"""Rows of two periods as arrays of codes: what the search for causes counts on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from smo_reports.analyses.audited_columns import equal, even, names_of, of_periods, outcomes, read_columns, weights
from smo_reports.analyses.unaudited import Blank, Unaudited
from smo_reports.errors import KpiError
from smo_reports.schema import PERSON_COLUMNS
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
    seen : tuple of (set, set)
        Each column's values that have audited rows before, and after; rare ones included.
    labeler : str or None
    """

    data: Observations
    columns: tuple[str, ...]
    values: tuple[list[Any], ...]
    rare: tuple[int | None, ...]
    undecided: int
    seen: tuple[tuple[frozenset[Any], frozenset[Any]], ...] = ()
    labeler: str | None = None

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
    _check_roles(outcome, period, columns, labeler, weight)
    named = [*dict.fromkeys([*columns, *([labeler] if labeler else [])])]
    table = read_columns(rows, [outcome, period, *named, *([weight] if weight else [])])
    table = of_periods(table, period, before, after)
    kept = table.filter(pc.is_valid(table[outcome]))
    right = outcomes(kept[outcome], outcome)
    is_after = equal(kept[period], after)
    for value, found in ((before, ~is_after), (after, is_after)):
        if not found.any():
            raise KpiError(f"no row of {period} {value!r} has a value of {outcome!r}; name a period that has some")
    codes, values, rare, seen = [], [], [], []
    for name in named:
        every = dictionary(kept[name])
        seen.append((_held(every, ~is_after), _held(every, is_after)))
        code, own, few = _codes(*every, MOST_LABELERS if name == labeler else MOST_VALUES)
        codes.append(code)
        values.append(own)
        rare.append(few)
    sizes = tuple(len(own) + (few is not None) for own, few in zip(values, rare, strict=True))
    who = _labelers(kept[labeler]) if labeler else np.zeros(len(right), np.int32)
    counts = even(weights(kept[weight], weight), is_after, weight) if weight else None
    data = Observations(right, is_after, tuple(codes), sizes, who, counts)
    undecided = table.num_rows - kept.num_rows
    return Encoded(data, tuple(named), tuple(values), tuple(rare), undecided, tuple(seen), labeler)


def _check_roles(outcome: str, period: str, columns: Sequence[str], labeler: str | None, weight: str | None) -> None:
    """Refuse a column that is asked to be two things: what is explained cannot explain itself."""
    taken = {outcome: "the outcome that is explained", period: "the period"}
    if outcome == period:
        raise KpiError(f"{outcome!r} cannot be the outcome and the period; name two columns")
    if weight in taken:
        raise KpiError(f"{weight!r} cannot be the weight: it is {taken[weight]}; name another column, or none")
    taken |= {weight: "the weight"} if weight else {}
    if labeler in taken:
        raise KpiError(f"{labeler!r} cannot be the labeler: it is {taken[labeler]}; name another column, or None")
    for name in columns:
        if name in taken:
            raise KpiError(f"{name!r} cannot be a dimension: it is {taken[name]}; leave it out")


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
    unaudited : Unaudited
        What of it nobody audited.
    """

    codes: tuple[Codes, ...]
    after: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    unaudited: Unaudited


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
    have = names_of(rows)
    shared = [name for name in like.columns if name in have]
    table = of_periods(read_columns(rows, [period, *shared, *([weight] if weight else [])]), period, before, after)
    if not set(shared) & set(like.columns):
        raise KpiError(f"the population has none of the columns {', '.join(like.columns)}; name what was labeled in it")
    codes: list[Codes] = []
    is_after = equal(table[period], after)
    counts = np.ones(table.num_rows) if weight is None else weights(table[weight], weight)
    blank = Blank(is_after, counts)
    for name, values, few, seen in zip(like.columns, like.values, like.rare, like.seen, strict=True):
        if name not in shared:
            codes.append(np.empty(0, np.intp))
            continue
        own, found = dictionary(table[name])
        place = {value: code for code, value in enumerate(values)}
        if not set(found) & set(place):
            raise KpiError(
                f"the population's column {name!r} has none of the audited rows' values: it has {found[0]!r}, "
                f"they have {values[0]!r}; give both the same type"
            )
        if name != like.labeler and name not in PERSON_COLUMNS:
            blank.mark(name, own, found, seen)
        other = len(values) if few is None else few
        codes.append(np.array([place.get(value, other) for value in found], np.intp)[own])
    return Everything(tuple(codes), is_after, counts, blank.told())


def dictionary(column: pa.ChunkedArray) -> tuple[Codes, list[Any]]:
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


def _held(every: tuple[Codes, list[Any]], period: npt.NDArray[np.bool_]) -> frozenset[Any]:
    """The values that have rows in a period."""
    codes, values = every
    rows = np.bincount(codes[period], minlength=len(values))
    return frozenset(value for value, count in zip(values, rows, strict=True) if count)


def _codes(codes: Codes, values: list[Any], most: int) -> tuple[Codes, list[Any], int | None]:
    """Codes of the values that have rows, and the code of those that are too many to be told apart."""
    rows = np.bincount(codes, minlength=len(values))
    if len(values) <= most and rows.all():
        return codes, values, None
    shown = np.sort(np.argsort(-rows, kind="stable")[: min(most, int((rows > 0).sum()))])
    mapped = np.full(len(values), len(shown), np.int32)
    mapped[shown] = np.arange(len(shown))
    few = len(shown) if rows[mapped == len(shown)].any() else None
    return mapped[codes], [values[place] for place in shown], few


def _labelers(column: pa.ChunkedArray) -> Codes:
    return dictionary(column)[0]
