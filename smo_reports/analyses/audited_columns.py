"""The columns of audited rows as they are given: read once, checked, and refused by name where they cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import narwhals.exceptions as nwe
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from smo_reports.errors import KpiError, nearest

_LARGEST_WEIGHT = 1e15
"""No audit stands for more decisions: more were never made."""

_FEW_ROWS = 10
"""So few rows may well be uneven: one of them may weigh more than the others."""

_WORDS = (("no", "yes"), ("false", "true"), ("0", "1"))
"""Texts that are outcomes, as CSV files and forms have them: wrong and right."""


def names_of(rows: Any) -> list[str]:
    """The names of a frame's columns.

    Raises
    ------
    KpiError
        When it is no frame, or two columns have one name.
    """
    try:
        return list(nw.from_native(rows).lazy().collect_schema().names())
    except nwe.DuplicateError as error:
        said = " ".join(str(error).split())
        raise KpiError(f"the rows have two columns of one name, so neither can be meant; rename one: {said}") from None
    except TypeError:
        kind = type(rows).__name__
        raise KpiError(f"the rows are a {kind}; give a pandas, polars, Arrow or DuckDB table of them") from None


def read_columns(rows: Any, names: Sequence[str]) -> pa.Table:
    """Read some columns.

    Raises
    ------
    KpiError
        When there is no such column, or one holds what is no single value a row, such as lists.
    """
    have = names_of(rows)
    for name in names:
        if name not in have:
            raise KpiError(f"the rows have no column {name!r}; {nearest(name, have)}")
    picked = nw.from_native(rows).select(list(dict.fromkeys(names)))
    found = picked.collect("pyarrow") if isinstance(picked, nw.LazyFrame) else picked
    try:
        table: pa.Table = found.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise KpiError(f"a column holds values of several types: {error.args[-1]}; make them one") from None
    for field in table.schema:
        _check_type(field.name, field.type)
    return table


def _check_type(name: str, kind: pa.DataType) -> None:
    """Refuse what has no values that can be counted, in words that name the cure."""
    while pa.types.is_dictionary(kind):
        kind = kind.value_type
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_nested(kind):
        held = "periods" if "period" in str(kind) else "intervals" if "interval" in str(kind) else f"{kind}"
        raise KpiError(
            f"column {name!r} holds {held}, and a column of single values is needed; make it text, such as "
            f"rows[{name!r}].astype(str)"
        )


def of_periods(table: pa.Table, period: str, before: object, after: object) -> pa.Table:
    """The rows of two periods.

    Raises
    ------
    KpiError
        When both are one, or the column lacks one.
    """
    if before == after:
        raise KpiError(f"before and after are both {after!r}; name two periods")
    column = table[period]
    found = pc.unique(column).to_pylist()
    for value in (before, after):
        if value not in found:
            listed = ", ".join(repr(one) for one in found[:10])
            raise KpiError(f"column {period!r} has no value {value!r}; it has {listed}")
    wanted = equal(column, before) | equal(column, after)
    return table if wanted.all() else table.filter(pa.array(wanted))


def equal(column: pa.ChunkedArray, value: object) -> npt.NDArray[np.bool_]:
    """Which rows of a column hold a value; no row without one does."""
    if pa.types.is_dictionary(column.type):
        one = column.combine_chunks()
        same = np.array([entry == value for entry in [*one.dictionary.to_pylist(), None]])
        return np.asarray(same[pc.fill_null(one.indices, len(one.dictionary)).to_numpy(zero_copy_only=False)], bool)
    same = pc.equal(column, pa.scalar(value, type=column.type))
    return np.asarray(pc.fill_null(same, False).to_numpy(), bool)


def outcomes(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.float64]:
    """Outcomes as 0 and 1: truth values, numbers, or the words yes and no, true and false, in any case.

    Raises
    ------
    KpiError
        When it holds anything else.
    """
    cure = "an outcome is true or false, or 0 or 1, or yes or no"
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _worded(column, name, cure)
    try:
        values = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise KpiError(f"column {name!r} holds {column.type}; {cure}") from None
    odd = values[(values != 0) & (values != 1)]
    if len(odd):
        raise KpiError(f"column {name!r} holds {odd[0]:g}; {cure}")
    return np.asarray(values, float)


def _worded(column: pa.ChunkedArray, name: str, cure: str) -> npt.NDArray[np.float64]:
    found = {str(one) for one in pc.unique(column).to_pylist()}
    said = {one: one.strip().casefold() for one in found}
    for wrong, right in _WORDS:
        if set(said.values()) <= {wrong, right}:
            met = np.zeros(len(column), bool)
            for one in found:
                met |= equal(column, one) & (said[one] == right)
            return met.astype(float)
    odd = sorted(one for one in found if said[one] not in ("no", "yes")) or sorted(found)
    raise KpiError(
        f"column {name!r} holds {column.type} such as {odd[0]!r}; {cure}: say which text is right, such as "
        f"rows[{name!r}] == {odd[0]!r}"
    )


def weights(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.float64]:
    """Weights as numbers.

    Raises
    ------
    KpiError
        When one is missing, not above 0, infinite, or so large that it is no number of decisions.
    """
    try:
        values = np.asarray(column.cast(pa.float64()).to_numpy(), float)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise KpiError(f"column {name!r} holds {column.type}; a weight is a number above 0") from None
    if not ((values > 0) & np.isfinite(values)).all():
        raise KpiError(
            f"column {name!r} holds a weight that is missing or not above 0, or infinite; leave such rows out"
        )
    if values.size and values.max() > _LARGEST_WEIGHT:
        raise KpiError(
            f"column {name!r} holds the weight {values.max():g}, more decisions than there are; mend that row or "
            "leave it out"
        )
    return values


def even(found: npt.NDArray[np.float64], is_after: npt.NDArray[np.bool_], name: str) -> npt.NDArray[np.float64]:
    """Weights in a unit of which each period has as many as even rows that would say as much (Kish).

    Raises
    ------
    KpiError
        When one row weighs more than all others of its period together.
    """
    unit = found.copy()
    for period in (is_after, ~is_after):
        own = found[period] / found[period].max()
        if len(own) >= _FEW_ROWS and own.sum() < 2:
            raise KpiError(
                f"column {name!r} gives one row the weight {found[period].max():g}, more than all others of its period "
                "together; mend that row or leave it out"
            )
        unit[period] = own * (own.sum() / (own**2).sum())
    return unit
