"""What must not change an explanation: order, names, kinds of frames and of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from explained import COLUMNS, assert_same, drawn, explained

from smo_reports import explain
from smo_reports.analyses.explanation import Explanation


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return drawn()


@pytest.fixture(scope="module")
def found(rows: pd.DataFrame) -> Explanation:
    return explained(rows)


def test_the_order_of_rows_does_not_matter(rows: pd.DataFrame, found: Explanation) -> None:
    assert_same(explained(rows.sample(frac=1, random_state=5)), found)


def test_the_order_of_dimensions_and_a_repeated_one_do_not_matter(rows: pd.DataFrame, found: Explanation) -> None:
    again = explained(rows, dimensions=[*reversed(COLUMNS), "market"])
    segment = {"market": "m00", "policy": "p01"}
    assert [dict(one.segment) for one in again.findings] == [segment]
    assert again.findings[0].effect == pytest.approx(found.findings[0].effect, abs=1e-6)


@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "in another order"])
def test_names_of_values_do_not_matter(rows: pd.DataFrame, found: Explanation, reverse: bool) -> None:
    names = {}
    for name in [*COLUMNS, "labeler_id"]:
        values = sorted(rows[name].unique())
        names[name] = dict(zip(sorted(values, reverse=reverse), [f"x {value}" for value in values], strict=True))
    again = explained(rows.assign(**{name: rows[name].map(own) for name, own in names.items()}))
    back = {name: {new: old for old, new in own.items()} for name, own in names.items()}
    renamed = [
        replace(one, segment={name: back[name][value] for name, value in one.segment.items()}) for one in again.findings
    ]
    assert_same(replace(again, findings=tuple(renamed)), found)


def test_a_column_that_is_not_asked_for_does_not_matter(rows: pd.DataFrame, found: Explanation) -> None:
    assert_same(explained(rows.assign(other=rows["correct"], weight=np.arange(len(rows)))), found)


def test_rows_of_other_periods_are_not_looked_at(rows: pd.DataFrame, found: Explanation) -> None:
    other = rows.sample(500, random_state=3).assign(period="long ago", correct=False)
    assert_same(explained(pd.concat([other, rows, other.assign(period=None)])), found)


def test_other_names_of_columns(rows: pd.DataFrame, found: Explanation) -> None:
    names = {"period": "wave", "correct": "is ok", "labeler_id": "rater", "auditor_id": "reviewer", "policy": "rule"}
    dimensions = ["market", "rule", "tool", "reviewer"]
    again = explain(rows.rename(columns=names), "is ok", "wave", dimensions=dimensions, labeler="rater")
    assert [dict(one.segment) for one in again.findings] == [{"market": "m00", "rule": "p01"}]
    assert again.findings[0].effect == pytest.approx(found.findings[0].effect)
    assert again.parts["mix"].value == pytest.approx(found.parts["mix"].value)


def polars() -> Any:
    """What few people who use pandas have installed."""
    return pytest.importorskip("polars", reason="polars is not installed")


FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": lambda rows: polars().from_pandas(rows),
    "polars lazy": lambda rows: polars().from_pandas(rows).lazy(),
    "pyarrow": lambda rows: pa.Table.from_pandas(rows, preserve_index=False),
    "pyarrow in chunks": lambda rows: pa.concat_tables(
        pa.Table.from_pandas(rows.iloc[part : part + 2500], preserve_index=False) for part in range(0, len(rows), 2500)
    ),
    "pandas of arrow": lambda rows: rows.convert_dtypes(dtype_backend="pyarrow"),
    "pandas categories": lambda rows: rows.astype(dict.fromkeys(["period", *COLUMNS, "labeler_id"], "category")),
    "pandas other index": lambda rows: rows.set_index(np.arange(len(rows))[::-1] // 2),
}


@pytest.mark.parametrize("frame", FRAMES)
def test_any_frame_gives_the_same(rows: pd.DataFrame, found: Explanation, frame: str) -> None:
    assert_same(explained(FRAMES[frame](rows)), found)


def test_a_duckdb_relation_gives_the_same(rows: pd.DataFrame, found: Explanation) -> None:
    with duckdb.connect() as connection:
        relation = connection.from_df(rows)
        work = connection.from_df(rows[["period", "market", "policy"]])
        assert_same(explained(relation), found)
        assert_same(
            explained(relation, population=work), explained(rows, population=rows[["period", "market", "policy"]])
        )


@pytest.mark.parametrize("kind", ["int64", "int8", "float32", "float64", "boolean", "Int64", "bool[pyarrow]"])
def test_any_kind_of_outcome(rows: pd.DataFrame, found: Explanation, kind: str) -> None:
    assert_same(explained(rows.assign(correct=rows["correct"].astype(kind))), found)


@pytest.mark.parametrize("kind", ["boolean", "float64", "object"])
def test_rows_without_an_outcome_are_left_out_and_counted(rows: pd.DataFrame, kind: str) -> None:
    open_ones = np.arange(len(rows)) % 6 == 0
    missing = rows["correct"].astype(kind).mask(open_ones, None)
    some = explained(rows.assign(correct=missing))
    assert some.undecided == 2000
    assert some.n_before + some.n_after == 10_000
    assert_same(some, explained(rows[~open_ones]))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (lambda column: column.str[1:].astype(int), 1),
        (lambda column: column.str[1:].astype("Int16"), 1),
        (lambda column: column.str[1:].astype(float) / 2, 0.5),
        (lambda column: column.mask(column == "p01", None), None),
        (lambda column: column.astype("category").cat.add_categories("unused"), "p01"),
        (
            lambda column: pd.to_datetime("2026-01-0" + (column.str[2:].astype(int) + 1).astype(str)),
            dt.datetime(2026, 1, 2),
        ),
        (lambda column: column == "p01", True),
    ],
    ids=["int", "nullable int", "float", "missing", "categories", "time", "bool"],
)
def test_any_kind_of_value(rows: pd.DataFrame, kind: Callable[[pd.Series], pd.Series], value: Any) -> None:
    found = explained(rows.assign(policy=kind(rows["policy"])))
    (one,) = found.findings
    assert one.segment["market"] == "m00"
    own = one.segment["policy"]
    assert own is None if value is None else own == value
    assert "market m00, policy " in found.answer


@pytest.mark.parametrize(
    "names", [(1, 2), (False, True), (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")), (0.5, 1.5)]
)
def test_any_kind_of_period(rows: pd.DataFrame, found: Explanation, names: tuple[Any, Any]) -> None:
    period = rows["period"].map({"before": names[0], "after": names[1]})
    assert_same(explained(rows.assign(period=period), before=names[0], after=names[1]), found)


def test_doubled_rows_of_labelers_who_drift_do_not_say_twice_as_much() -> None:
    rng = np.random.default_rng(13)
    rows = drawn(14, n=60_000, drop=0.0)
    moved = dict(zip(sorted(rows["labeler_id"].unique()), rng.normal(0, 0.08, 40), strict=True))
    rate = 0.85 + rows["labeler_id"].map(moved) * (rows["period"] == "after")
    rows["correct"] = rng.random(len(rows)) < rate
    once, twice = explained(rows), explained(pd.concat([rows, rows]))
    assert twice.noise > 0.9 * once.noise > 0
    # With labelers who do not, it is the rows that count.
    rows["correct"] = rng.random(len(rows)) < 0.85
    once, twice = explained(rows), explained(pd.concat([rows, rows]), labeler=None)
    assert twice.noise == pytest.approx(explained(rows, labeler=None).noise / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize("seed", range(6))
def test_swapped_periods_turn_the_change_around(seed: int) -> None:
    rows = drawn(seed)
    there, back = explained(rows), explained(rows, before="after", after="before")
    assert back.change == pytest.approx(-there.change)
    assert [dict(one.segment) for one in back.findings] == [dict(one.segment) for one in there.findings]
    assert back.findings[0].effect == pytest.approx(-there.findings[0].effect, rel=0.25)
    # The rates of values are learnt from the other period's rows.
    assert back.parts["mix"].value == pytest.approx(-there.parts["mix"].value, abs=1e-3)


def test_fewer_columns_make_simpler_segments(rows: pd.DataFrame) -> None:
    assert {len(one.segment) for one in explained(rows, most_columns=1).findings} == {1}


def test_what_is_immaterial_is_not_named(rows: pd.DataFrame) -> None:
    assert explained(rows, material=0.05).findings == ()
    assert explained(rows, material=0.05).nearest is None
