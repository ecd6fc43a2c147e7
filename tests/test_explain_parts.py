"""The parts of a change: they add up in every case, and each is what was planted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from explained import COLUMNS, assert_same, drawn, explained

from smo_reports import explain
from smo_reports.analyses.encoded import MOST_VALUES
from smo_reports.analyses.explanation import Explanation


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return drawn()


@pytest.fixture(scope="module")
def found(rows: pd.DataFrame) -> Explanation:
    return explained(rows)


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


@pytest.mark.parametrize("unit", [16.0, 1 / 32])
def test_the_unit_of_weights_does_not_matter(rows: pd.DataFrame, found: Explanation, unit: float) -> None:
    assert_same(explained(rows.assign(weight=unit), weight="weight"), found)
    uneven = rows.assign(weight=np.random.default_rng(4).gamma(4, 1, len(rows)))
    once = explained(uneven, weight="weight")
    assert_same(explained(uneven.assign(weight=unit * uneven["weight"]), weight="weight"), once)
    # A period whose audits stand for more decisions each counts no more than the other.
    scaled = uneven["weight"].where(uneven["period"] == "before", unit * uneven["weight"])
    assert_same(explained(uneven.assign(weight=scaled), weight="weight"), once)


def test_uneven_weights_say_less(rows: pd.DataFrame, found: Explanation) -> None:
    uneven = explained(rows.assign(weight=np.random.default_rng(4).gamma(0.5, 1, len(rows))), weight="weight")
    # Kish: the square root of one more than the weights' relative variance, here of 2.
    assert uneven.noise == pytest.approx(np.sqrt(3) * found.noise, rel=0.15)


def test_weighted_rows_seldom_raise_a_false_alarm() -> None:
    weights = np.random.default_rng(5).gamma(1, 20, 6000)
    alarms = sum(
        bool(explained(drawn(seed, 6000, drop=0.0).assign(weight=weights), weight="weight").findings)
        for seed in range(100, 130)
    )
    assert alarms <= 4


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


def test_a_finding_is_measurement_only_where_measurement_is_a_part() -> None:
    rows = drawn(2, cause={"auditor_id": "a03"}, drop=0.2)
    # Auditors were assigned at random; second reviewers have one market each.
    rows["reviewer_id"] = rows["market"].str.replace("m", "r")
    found = explain(rows, dimensions=[*COLUMNS, "reviewer_id"])
    assert (found.findings[0].kind == "measurement") == (found.parts["measurement"].note != "not separable")
