"""Columns of any kind as codes: the same column is the same codes, whatever holds it."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smo_reports.stats.codes import Coded, coded
from smo_reports.stats.recoded import among, as_array, compact, complete, together

WORDS = ["b", "a", None, "c", "a"]
NUMBERS = [5, -2, 5, 7, -2]


def back(found: Coded) -> list[Any]:
    return [None if code < 0 else found.values[code] for code in found.codes.tolist()]


@pytest.mark.parametrize(
    "column",
    [
        WORDS,
        tuple(WORDS),
        np.array(WORDS, object),
        pd.Series(WORDS),
        pd.Series(WORDS, dtype=object),
        pd.Series(WORDS, dtype="category"),
        pd.Index(WORDS),
        pa.array(WORDS),
        pa.array(WORDS).dictionary_encode(),
        pa.chunked_array([WORDS[:2], WORDS[2:], pa.array([], pa.string())]),
        pa.chunked_array([pa.array(["b", "a"]).dictionary_encode(), pa.array([None, "c", "a"]).dictionary_encode()]),
        ["b", "a", math.nan, "c", "a"],
        ["b", "a", pd.NA, "c", "a"],
        (word for word in WORDS),
    ],
    ids=lambda column: type(column).__name__,
)
def test_words_are_the_same_codes_whatever_holds_them(column: Any) -> None:
    found = coded(column)
    assert list(found.values) == ["a", "b", "c"]
    assert found.codes.tolist() == [1, 0, -1, 2, 0]


@pytest.mark.parametrize(
    "kind", [list, np.int8, np.int16, np.int64, np.float32, np.float64, "Int64", "category", pa.array]
)
def test_numbers_are_the_same_values_whatever_holds_them(kind: Any) -> None:
    if isinstance(kind, str):
        column: Any = pd.Series(NUMBERS).astype(kind)
    else:
        column = kind(NUMBERS) if kind in (list, pa.array) else np.array(NUMBERS, kind)
    found = coded(column)
    assert back(found) == NUMBERS
    ordered = compact(found)
    assert list(ordered.values) == [-2, 5, 7]
    assert ordered.codes.tolist() == [1, 0, 1, 2, 0]


@pytest.mark.parametrize(
    "column",
    [
        np.array([-128, 127, 0], np.int8),
        np.array([250, 3, 255], np.uint8),
        np.array([2**64 - 1, 2**64 - 3, 2**64 - 1], np.uint64),
        np.array([-(2**63), 2**63 - 1, 0], np.int64),
        np.array([10**12, 3, 10**12], np.int64),
        np.array([0.5, 2.0, 0.5]),
        np.array([1e300, -1e300, 2.0]),
        np.array([math.inf, -math.inf, 2.0]),
        np.array([True, False, True]),
        np.array([], np.int64),
        np.array([], object),
    ],
    ids=str,
)
def test_numbers_at_the_ends_of_their_types(column: np.ndarray) -> None:
    assert back(coded(column)) == column.tolist()
    assert back(compact(coded(column))) == column.tolist()


def test_missing_numbers_and_times() -> None:
    assert back(coded(np.array([1.0, math.nan, 3.0]))) == [1, None, 3]
    assert back(coded(np.array([0.5, math.nan, 3.0]))) == [0.5, None, 3.0]
    assert back(coded(np.array([math.nan, math.nan]))) == [None, None]
    assert back(coded(pd.array([1, None, 3], "Int64"))) == [1, None, 3]
    times = np.array(["2026-11-02", "NaT", "2026-11-01"], "datetime64[D]")
    assert back(coded(times)) == [times[0], None, times[2]]
    day = dt.datetime(2026, 11, 2)
    assert back(coded([day, pd.NaT, None, day])) == [day, None, None, day]
    assert back(coded([True, math.nan, 2])) == [True, None, 2]


def test_values_of_several_kinds_stay_themselves() -> None:
    column = [1, "1", (1, 2), None, (1, 2), frozenset("a")]
    assert back(coded(column)) == column
    assert as_array(["a", (1, 2)]).tolist() == ["a", (1, 2)]
    assert as_array([3, 1]).dtype.kind == "i"


def test_what_is_no_column_is_said() -> None:
    with pytest.raises(ValueError, match=r"^label: .*list.*; labels, items and labelers must be hashable$"):
        coded(["a", ["b"]], "label")
    for table in (np.zeros((2, 2)), np.zeros((2, 2), object)):
        with pytest.raises(ValueError, match="item: 2 dimensions"):
            coded(table, "item")
    with pytest.raises(ValueError, match="item has 2, label has 1 entries"):
        complete(item=coded([1, 2]), label=coded([1]))


def test_columns_together_and_in_an_order() -> None:
    one, other = together(coded(["b", None, "d"]), coded(["a", "b", "b"]))
    assert list(one.values) == list(other.values) == ["a", "b", "d"]
    assert (back(one), back(other)) == (["b", None, "d"], ["a", "b", "b"])
    assert among(one, ["d", "b", "z", "a"]).codes.tolist() == [1, -1, 0]
    with pytest.raises(ValueError, match="label 'd' is not in order"):
        among(one, ["a", "b"])
    with pytest.raises(ValueError, match="twice"):
        among(one, ["a", "b", "d", "a"])


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3), st.sampled_from("ab")), max_size=20))
def test_any_list_comes_back(column: list[Any]) -> None:
    found = compact(coded(column))
    assert back(found) == column
    assert len(set(found.values)) == len(found.values) == len({value for value in column if value is not None})
