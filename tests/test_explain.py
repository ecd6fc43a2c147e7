"""What explain() takes, says and refuses; its parts in every case, and what must not change its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from smo_reports import explain
from smo_reports.analyses.encoded import MOST_VALUES
from smo_reports.analyses.explanation import Explanation
from smo_reports.errors import KpiError

COLUMNS = ["market", "policy", "tool", "auditor_id"]
HOSTILE = "<script>alert('x')</script>"


def drawn(seed: int = 0, n: int = 12_000, cause: Mapping[str, str] | None = None, drop: float = 0.25) -> pd.DataFrame:
    """Two periods of audits; a segment, by default a policy in a market, loses accuracy in the second."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"period": np.repeat(["before", "after"], n // 2)})
    sizes = {"market": 3, "policy": 5, "tool": 2, "auditor_id": 6, "labeler_id": 40}
    for name, size in sizes.items():
        rows[name] = rng.choice([f"{name[0]}{code:02d}" for code in range(size)], n)
    worse = (rows["period"] == "after").to_numpy()
    for name, value in ({"market": "m00", "policy": "p01"} if cause is None else cause).items():
        worse = worse & (rows[name] == value).to_numpy()
    rows["correct"] = rng.random(n) < 0.94 - drop * worse
    return rows


def explained(rows: Any, **more: Any) -> Explanation:
    return explain(rows, **{"dimensions": COLUMNS, **more})


def figures(found: Explanation) -> list[Any]:
    """All that an explanation says in numbers and names, findings and parts."""
    parts = [(part.name, part.value, part.low, part.high) for part in found.parts.values()]
    findings = [
        (tuple(one.segment.items()), one.kind, one.effect, one.low, one.high, one.n_before, one.n_after)
        for one in found.findings
    ]
    return [*parts, *findings, (found.rate_before, found.rate_after, found.noise, found.looked_at)]


def assert_same(one: Explanation, other: Explanation) -> None:
    for ours, theirs in zip(figures(one), figures(other), strict=True):
        for mine, yours in zip(ours, theirs, strict=True):
            assert mine == (
                pytest.approx(yours, rel=1e-6, abs=1e-9, nan_ok=True) if isinstance(yours, float) else yours
            )


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return drawn()


@pytest.fixture(scope="module")
def found(rows: pd.DataFrame) -> Explanation:
    return explained(rows)


# What it says.


def test_the_cause_and_its_size(rows: pd.DataFrame, found: Explanation) -> None:
    (one,) = found.findings
    after = rows[rows["period"] == "after"]
    inside = rows[(rows["market"] == "m00") & (rows["policy"] == "p01")]
    assert (one.segment, one.kind) == ({"market": "m00", "policy": "p01"}, "rate")
    assert one.low < -0.25 / 15 < one.high
    assert one.low < one.effect < one.high
    own = inside.groupby("period")["correct"]
    assert (one.rate_before, one.rate_after) == pytest.approx(tuple(own.mean()[["before", "after"]]))
    assert (one.n_before, one.n_after) == tuple(own.size()[["before", "after"]])
    assert one.share == pytest.approx(one.n_after / len(after))
    assert (one.people, one.new) == (False, False)
    assert found.answer.startswith("market m00, policy p01: ")
    rates = rows.groupby("period")["correct"].mean()
    assert (found.rate_before, found.rate_after) == pytest.approx((rates["before"], rates["after"]))
    assert (found.n_before, found.n_after) == (6000, 6000)
    assert found.nearest is None
    assert found.to_frame().loc[0, ["segment", "kind"]].tolist() == ["market m00, policy p01", "rate"]


def test_a_labeler_is_found_and_marked_as_a_person() -> None:
    (one,) = explained(drawn(1, cause={"labeler_id": "l07"}, drop=0.5)).findings
    assert (dict(one.segment), one.people) == ({"labeler_id": "l07"}, True)
    renamed = drawn(1, cause={"labeler_id": "l07"}, drop=0.5).rename(columns={"labeler_id": "who"})
    (one,) = explained(renamed, labeler="who").findings
    assert (dict(one.segment), one.people) == ({"who": "l07"}, True)


def test_an_auditor_assigned_at_random_is_measurement_and_one_who_was_not_is_rate() -> None:
    rows = drawn(2, cause={"auditor_id": "a03"}, drop=0.2)
    (one,) = explained(rows).findings
    assert (dict(one.segment), one.kind) == ({"auditor_id": "a03"}, "measurement")
    parts = explained(rows).parts
    assert parts["measurement"].value == pytest.approx(-0.2 / 6, abs=0.012)
    assert parts["measurement"].high < 0 < parts["rate"].high
    # Where the auditor has one market only, nobody can tell the market from the auditor.
    rows.loc[rows["auditor_id"] == "a03", "market"] = "m02"
    rows.loc[(rows["auditor_id"] == "a04") & (rows["market"] == "m02"), "auditor_id"] = "a03"
    found = explained(rows)
    assert {one.kind for one in found.findings} == {"rate"}
    assert found.parts["measurement"].note == "not separable"


def test_who_judged_may_be_named() -> None:
    rows = drawn(2, cause={"auditor_id": "a03"}, drop=0.2).rename(columns={"auditor_id": "second_look"})
    dimensions = ["market", "policy", "tool", "second_look"]
    assert explain(rows, dimensions=dimensions).findings[0].kind == "rate"
    assert explain(rows, dimensions=dimensions, measured_by=["second_look"]).findings[0].kind == "measurement"


def test_where_nothing_happened_it_says_so_and_what_came_nearest() -> None:
    found = explained(drawn(3, drop=0.0))
    assert found.findings == ()
    assert found.nearest is not None
    assert found.nearest.low < 0 < found.nearest.high
    assert found.more_rows >= 1
    assert found.answer.startswith(f"No cause found in {found.looked_at:,} segments. Nearest, within chance: ")
    assert found.to_frame().empty


def test_twenty_rows_are_too_few_for_a_finding_and_no_error(rows: pd.DataFrame) -> None:
    few = explained(rows.sample(20, random_state=1))
    assert (few.findings, few.nearest, few.n_before + few.n_after) == ((), None, 20)
    assert few.parts.total == pytest.approx(few.change, abs=1e-12)


@pytest.mark.parametrize("outcome", [0, 1])
def test_outcomes_that_are_all_alike_have_no_cause(rows: pd.DataFrame, outcome: int) -> None:
    found = explained(rows.assign(correct=outcome))
    assert (found.findings, found.change) == ((), 0.0)
    assert all(part.value == pytest.approx(0, abs=1e-12) for part in found.parts.values())


def test_without_labelers_and_without_dimensions(rows: pd.DataFrame) -> None:
    alone = explained(rows, labeler=None)
    assert [dict(one.segment) for one in alone.findings] == [{"market": "m00", "policy": "p01"}]
    assert not alone.findings[0].people
    assert explain(drawn(4, cause={}, drop=0.08), labeler=None).findings[0].segment == {}
    assert explain(drawn(4, cause={}, drop=0.08)).answer.startswith("everywhere: ")


# The parts.


def textbook(n: int) -> pd.DataFrame:
    """Shares .6, .4 that become .4, .6; rates .95, .90 that become .94, .91: nobody got worse on the whole."""
    tables = []
    for period, shares, rates in (("before", (0.6, 0.4), (0.95, 0.90)), ("after", (0.4, 0.6), (0.94, 0.91))):
        for kind, share, rate in zip(("easy", "hard"), shares, rates, strict=True):
            count = round(n * share)
            tables.append(pd.DataFrame({"period": period, "kind": kind, "correct": np.arange(count) < count * rate}))
    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize("labelers", [None, "labeler_id"])
def test_kitagawas_textbook_case(labelers: str | None) -> None:
    table = textbook(200_000)
    table["labeler_id"] = np.random.default_rng(1).integers(0, 80, len(table))
    found = explain(table, dimensions=["kind"], labeler=labelers)
    assert found.change == pytest.approx(-0.008, abs=1e-12)
    # Within a thousandth of a point.
    assert found.parts["mix"].value == pytest.approx(-0.008, abs=1e-5)
    assert found.parts["rate"].value == pytest.approx(0.0, abs=1e-5)
    assert found.parts["measurement"].note == "not separable"
    assert [one.kind for one in found.findings].count("mix") == 1


def all_work(seed: int, n: int = 30_000, hard: tuple[float, float] = (0.2, 0.2)) -> pd.DataFrame:
    """All decisions of both periods, the first policy with these shares."""
    rng = np.random.default_rng(seed)
    tables = []
    for period, share in zip(("before", "after"), hard, strict=True):
        policy = np.where(rng.random(n) < share, "p00", rng.choice(["p01", "p02", "p03", "p04"], n))
        market = rng.choice(["m00", "m01", "m02"], n)
        tables.append(pd.DataFrame({"period": period, "policy": policy, "market": market}))
    return pd.concat(tables, ignore_index=True)


def audits_of(work: pd.DataFrame, seed: int, n: int = 6000, after: float | None = None) -> pd.DataFrame:
    """Audits drawn from all work, evenly, or in the second period with a given share of the hard policy."""
    rng = np.random.default_rng(seed)
    tables = []
    for period in ("before", "after"):
        own = work[work["period"] == period]
        hard = (own["policy"] == "p00").to_numpy()
        share = hard.mean() if after is None or period == "before" else after
        chance = np.where(hard, share / hard.sum(), (1 - share) / (~hard).sum())
        tables.append(own.iloc[rng.choice(len(own), n, p=chance)])
    rows = pd.concat(tables, ignore_index=True)
    rows["tool"], rows["labeler_id"] = rng.choice(["t0", "t1"], len(rows)), rng.integers(0, 40, len(rows))
    rows["correct"] = rng.random(len(rows)) < np.where(rows["policy"] == "p00", 0.70, 0.95)
    return rows


THREE = ["market", "policy", "tool"]


def test_mix_is_that_of_all_work_where_it_is_given() -> None:
    work = all_work(1, hard=(0.2, 0.3))
    found = explain(audits_of(work, 2), dimensions=THREE, population=work)
    mix, measured = found.parts["mix"], found.parts["measurement"]
    assert mix.value == pytest.approx(-0.1 * 0.25, abs=0.004)
    assert mix.note == "all work"
    assert measured.low < 0 < measured.high
    assert [(dict(one.segment), one.kind) for one in found.findings] == [({"policy": "p00"}, "mix")]
    (one,) = found.findings
    assert (one.share_before, one.share) == pytest.approx((0.2, 0.3), abs=0.01)
    assert one.low < -0.025 < one.high


def test_a_shift_of_the_audits_alone_is_measurement_only_where_all_work_is_known() -> None:
    work = all_work(3)
    audits = audits_of(work, 4, after=0.3)
    found = explain(audits, dimensions=THREE, population=work)
    assert found.parts["measurement"].value == pytest.approx(-0.1 * 0.25, abs=0.006)
    assert found.parts["measurement"].high < 0
    assert found.parts["mix"].value == pytest.approx(0, abs=0.002)
    assert [(dict(one.segment), one.kind) for one in found.findings] == [({"policy": "p00"}, "measurement")]
    blind = explain(audits, dimensions=THREE)
    assert blind.parts["measurement"].note == "not separable"
    assert np.isnan([blind.parts["measurement"].low, blind.parts["measurement"].high]).all()
    assert blind.parts["mix"].note == "the audited work only"
    assert "not separable" in repr(blind)


def test_known_weights_undo_an_uneven_sample() -> None:
    work = all_work(5)
    audits = audits_of(work, 6, after=0.4)
    drawn_more = (audits["period"] == "after").to_numpy()
    hard = (audits["policy"] == "p00").to_numpy()
    audits["weight"] = np.where(drawn_more, np.where(hard, 0.2 / 0.4, 0.8 / 0.6), 1.0)
    found = explain(audits, dimensions=THREE, weight="weight")
    assert found.parts["mix"].value == pytest.approx(0, abs=0.004)
    assert found.findings == ()
    weighted = audits[drawn_more]
    assert found.rate_after == pytest.approx(np.average(weighted["correct"], weights=weighted["weight"]))


def test_a_tally_of_all_work_is_all_work() -> None:
    work = all_work(7, hard=(0.2, 0.28))
    audits = audits_of(work, 8)
    tally = work.value_counts(["period", "policy", "market"]).rename("decisions").reset_index()
    by_rows = explain(audits, dimensions=THREE, population=work)
    by_tally = explain(audits, dimensions=THREE, population=tally, population_weight="decisions")
    for name, part in by_rows.parts.items():
        assert by_tally.parts[name].value == pytest.approx(part.value, abs=1e-9)
    assert [one.segment for one in by_tally.findings] == [one.segment for one in by_rows.findings]


def with_new_market(language: bool, rate: float = 0.6) -> pd.DataFrame:
    """A market that is there in the second period only, with a language of its own."""
    rows = drawn(5, drop=0.0)
    rng = np.random.default_rng(6)
    came = ((rows["period"] == "after") & (rng.random(len(rows)) < 0.2)).to_numpy()
    rows["language"] = rows["market"].str.replace("m", "l")
    rows.loc[came, "market"] = "new"
    if language:
        rows.loc[came, "language"] = "newer"
    rows.loc[came, "correct"] = rng.random(came.sum()) < rate
    return rows


@pytest.mark.parametrize("language", [False, True], ids=["alone", "with its language"])
def test_a_market_that_came_is_entered_and_never_mix(language: bool) -> None:
    found = explain(with_new_market(language), dimensions=[*COLUMNS, "language"])
    assert ("market", "new", "entered") in found.came_and_went
    # A fifth of the work, right in 0.60 and not in 0.94: counted once, whatever else is new about it.
    assert found.parts["entered"].value == pytest.approx(0.2 * (0.60 - 0.94), abs=0.012)
    assert found.parts["mix"].value == pytest.approx(0, abs=0.006)
    assert found.parts["rate"].value == pytest.approx(0, abs=0.012)
    assert not [one for one in found.findings if one.kind == "mix"]
    (one,) = found.findings
    assert (one.new, one.n_before, one.kind) == (True, 0, "rate")
    assert "new → " in found._repr_html_()


def test_a_market_that_left_is_shown_as_such() -> None:
    rows = with_new_market(language=False)
    rows["period"] = rows["period"].map({"before": "after", "after": "before"})
    found = explain(rows, dimensions=COLUMNS)
    assert ("market", "new", "left") in found.came_and_went
    assert found.parts["left"].value == pytest.approx(0.2 * (0.94 - 0.60), abs=0.012)
    assert found.parts["mix"].value == pytest.approx(0, abs=0.006)
    assert "market new" in found.parts["left"].note


def test_which_columns_are_work_may_be_said() -> None:
    rows = with_new_market(language=False).rename(columns={"market": "place"})
    dimensions = ["place", "policy", "tool"]
    assert "entered" not in explain(rows, dimensions=dimensions).parts
    assert "entered" in explain(rows, dimensions=dimensions, work=["place"]).parts


def test_a_new_tool_is_a_finding_and_never_mix() -> None:
    rows = drawn(7, drop=0.0)
    rng = np.random.default_rng(8)
    rolled = ((rows["period"] == "after") & (rng.random(len(rows)) < 0.4)).to_numpy()
    rows.loc[rolled, "tool"] = "t99"
    rows.loc[rolled, "correct"] = rng.random(rolled.sum()) < 0.88
    found = explained(rows)
    (one,) = found.findings
    assert (dict(one.segment), one.kind, one.new) == ({"tool": "t99"}, "rate", True)
    assert found.parts["mix"].value == pytest.approx(0, abs=0.002)
    assert "entered" not in found.parts


def unknown_value() -> tuple[pd.DataFrame, dict[str, Any]]:
    """All work has a market that no audit has, and its share grew."""
    work = all_work(9)
    rng = np.random.default_rng(10)
    audits = audits_of(work, 11)
    grown = rng.random(len(work)) < np.where(work["period"] == "after", 0.4, 0.1)
    work.loc[grown, ["market", "policy"]] = ["never audited", "p00"]
    return audits, {"population": work}


def many_values() -> tuple[pd.DataFrame, dict[str, Any]]:
    """More values than are told apart; the rare ones, which are hard, became more."""
    rng = np.random.default_rng(12)
    n = 24_000
    rows = pd.DataFrame({"period": np.repeat(["before", "after"], n // 2), "labeler_id": rng.integers(0, 40, n)})
    rare = rng.random(n) < np.where(rows["period"] == "after", 0.5, 0.2)
    common = [f"s{code}" for code in rng.integers(0, MOST_VALUES - 100, n)]
    rows["market"] = np.where(rare, [f"r{code}" for code in rng.integers(0, 8000, n)], common)
    rows["policy"], rows["tool"] = rng.choice(["p00", "p01"], n), "t"
    rows["correct"] = rng.random(n) < np.where(rare, 0.7, 0.95)
    return rows, {}


CASES: dict[str, Callable[[], tuple[pd.DataFrame, dict[str, Any]]]] = {
    "nothing found": lambda: (audits_of(all_work(1), 2), {}),
    "a cause": lambda: (drawn().rename(columns={"auditor_id": "a"}), {}),
    "mix": lambda: (audits_of(all_work(1, hard=(0.2, 0.3)), 2), {}),
    "all work": lambda: (audits_of(all_work(1, hard=(0.2, 0.3)), 2), {"population": all_work(1, hard=(0.2, 0.3))}),
    "sampling shift": lambda: (audits_of(all_work(3), 4, after=0.4), {"population": all_work(3)}),
    "weights": lambda: (drawn(1).assign(weight=np.random.default_rng(1).gamma(2, 3, 12_000)), {"weight": "weight"}),
    "entered": lambda: (with_new_market(language=True), {"dimensions": ["market", "language", "policy"]}),
    "left": lambda: (with_new_market(language=True), {"before": "after", "after": "before"}),
    "auditor": lambda: (drawn(2, cause={"auditor_id": "a03"}, drop=0.2), {"dimensions": COLUMNS}),
    "a value never audited": unknown_value,
    "too many values": many_values,
    "weights, all work, a market that came": lambda: (
        with_new_market(language=True).assign(weight=np.random.default_rng(2).uniform(1, 20, 12_000)),
        {"weight": "weight", "population": with_new_market(language=False)},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_parts_add_up_to_the_change(case: str) -> None:
    rows, options = CASES[case]()
    found = explain(rows, **{"dimensions": THREE, **options})
    assert abs(found.parts.total - found.change) <= 1e-12
    assert abs(sum(part.value for part in found.parts.values()) - (found.rate_after - found.rate_before)) <= 1e-12
    for part in found.parts.values():
        assert part.note == "not separable" or part.low <= part.value <= part.high, part
    assert all(set(one.segment) <= set(rows) for one in found.findings)
    assert case != "nothing found" or not found.findings


# What must not change the answer.


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
        (lambda column: pd.to_datetime("2026-01-0" + (column.str[2:].astype(int) + 1).astype(str)), "2026-01-02"),
        (lambda column: column == "p01", True),
    ],
    ids=["int", "nullable int", "float", "missing", "categories", "time", "bool"],
)
def test_any_kind_of_value(rows: pd.DataFrame, kind: Callable[[pd.Series], pd.Series], value: Any) -> None:
    found = explained(rows.assign(policy=kind(rows["policy"])))
    (one,) = found.findings
    assert one.segment["market"] == "m00"
    own = one.segment["policy"]
    assert own is None if value is None else own == (pd.Timestamp(value) if isinstance(own, pd.Timestamp) else value)
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
    assert back.parts["mix"].value == pytest.approx(-there.parts["mix"].value, abs=5e-4)


def test_fewer_columns_make_simpler_segments(rows: pd.DataFrame) -> None:
    assert {len(one.segment) for one in explained(rows, most_columns=1).findings} == {1}


def test_what_is_immaterial_is_not_named(rows: pd.DataFrame) -> None:
    assert explained(rows, material=0.05).findings == ()
    assert explained(rows, material=0.05).nearest is None


# What it refuses.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dimensions": ["markt"]}, "no column 'markt'; did you mean 'market'?"),
        ({"outcome": "corect"}, "no column 'corect'; did you mean 'correct'?"),
        ({"period": "perod"}, "no column 'perod'; did you mean 'period'?"),
        ({"labeler": "labeler"}, "no column 'labeler'; did you mean 'labeler_id'?"),
        ({"weight": "weigt"}, "no column 'weigt'"),
        ({"before": "1"}, "column 'period' has no value '1'; it has 'before', 'after'"),
        ({"after": 2}, "column 'period' has no value 2; it has 'before', 'after'"),
        ({"before": "after"}, "before and after are both 'after'; name two periods"),
        ({"work": ["markt"]}, "'markt' is not one of the dimensions; did you mean 'market'?"),
        ({"measured_by": ["auditor"]}, "'auditor' is not one of the dimensions; did you mean 'auditor_id'?"),
        ({"dimensions": ["market", "period"]}, "'period' cannot be a dimension"),
        ({"dimensions": ["market", "correct"]}, "'correct' cannot be a dimension"),
        ({"population": pd.DataFrame({"market": ["m00"]})}, "no column 'period'"),
        ({"population": pd.DataFrame({"period": ["before"]})}, "column 'period' has no value 'after'; it has 'before'"),
    ],
)
def test_a_refusal_says_what_where_and_the_cure(rows: pd.DataFrame, options: dict[str, Any], message: str) -> None:
    with pytest.raises(KpiError) as raised:
        explained(rows, **options)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"correct": 2}, "column 'correct' holds 2; an outcome is true or false, or 0 or 1"),
        ({"correct": 0.5}, "column 'correct' holds 0.5; an outcome is"),
        ({"correct": "yes"}, "column 'correct' holds "),
        ({"weight": 0.0}, "column 'weight' holds a weight that is missing or not above 0"),
        ({"weight": -1.0}, "column 'weight' holds a weight that is missing or not above 0"),
        ({"weight": np.nan}, "column 'weight' holds a weight that is missing or not above 0"),
        ({"weight": np.inf}, "column 'weight' holds a weight that is missing or not above 0"),
        ({"weight": "heavy"}, "column 'weight' holds "),
        ({"tool": [1, "a"] * 6000}, "a column holds values of several types"),
    ],
)
def test_values_that_cannot_be_used_are_refused(rows: pd.DataFrame, changed: dict[str, Any], message: str) -> None:
    odd = rows.assign(weight=1.0)
    ((name, value),) = changed.items()
    odd[name] = value if name == "tool" else odd[name].astype(object).mask(np.arange(len(odd)) == 7, value)
    if (name == "correct" and not isinstance(value, str)) or (name == "weight" and not isinstance(value, str)):
        odd[name] = odd[name].astype(float)
    elif name != "tool":
        odd[name] = odd[name].astype(str)
    with pytest.raises(KpiError) as raised:
        explained(odd, weight="weight")
    assert message in str(raised.value)


def test_a_period_without_an_outcome_is_refused(rows: pd.DataFrame) -> None:
    known = rows["correct"].astype("boolean").mask(rows["period"] == "after")
    with pytest.raises(KpiError, match="no row of period 'after' has a value of 'correct'; name a period that has"):
        explained(rows.assign(correct=known))


# What it looks like.


def test_hostile_values_stay_text(rows: pd.DataFrame) -> None:
    long = "x" * 5000
    names = {"m00": HOSTILE, "m01": long, "m02": 'two\nlines & "more"'}
    odd = rows.assign(market=rows["market"].map(names), period=rows["period"].map({"before": HOSTILE, "after": "<b>"}))
    found = explained(odd, before=HOSTILE, after="<b>")
    assert found.findings[0].segment["market"] == HOSTILE
    page = found._repr_html_()
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;") >= 3


@pytest.mark.parametrize("value", ["x" * 5000, "two\nlines", "", "'; drop table audits; --", "🙈"])
def test_odd_values_are_found_as_they_are(rows: pd.DataFrame, value: str) -> None:
    found = explained(rows.assign(market=rows["market"].replace("m00", value)))
    assert found.findings[0].segment["market"] == value
    assert repr(found)
    assert found._repr_html_().startswith("<p>")


def test_it_prints_its_parts_and_findings(found: Explanation) -> None:
    text, page = repr(found), found._repr_html_()
    for part in ("mix", "rate", "measurement"):
        assert part in text
        assert part in page
    for shown in ("market m00, policy p01", "correct: ", "give or take", f"n={found.findings[0].n_after:,}"):
        assert shown in text
        assert shown in page
    assert found.give_or_take == pytest.approx(1.959964 * found.noise, rel=1e-6)
    assert dict(found.parts) == {name: found.parts[name] for name in found.parts}
    assert repr(found.parts).count("points") == len(found.parts)
