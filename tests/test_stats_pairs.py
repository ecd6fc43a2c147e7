"""Agreement of people with each other: Cohen's kappa, Conger's, and the mean over pairs."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path
from typing import Any

import agreement_by_hand as by_hand
import numpy as np
import pandas as pd
import pytest

from smo_reports.stats.agreement import cohen_kappa, conger_kappa, fleiss_kappa
from smo_reports.stats.intervals import student_quantile
from smo_reports.stats.pairwise import mean_kappa


def plain_kappa(first: list[Any], second: list[Any], weight: np.ndarray | None = None) -> float:
    """Cohen's kappa from shares, item by item."""
    each = np.ones(len(first)) if weight is None else weight
    labels = sorted({*first, *second})
    observed = each @ [one == other for one, other in zip(first, second, strict=True)] / each.sum()
    shares = [[each @ [one == label for one in side] / each.sum() for label in labels] for side in (first, second)]
    expected = float(np.dot(*shares))
    return float((observed - expected) / (1 - expected))


def two_people(seed: int, items: int = 60) -> tuple[list[int], list[int]]:
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, items)
    return first.tolist(), np.where(rng.random(items) < 0.6, first, rng.integers(0, 4, items)).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_cohen_by_definition(seed: int) -> None:
    first, second = two_people(seed)
    found = cohen_kappa(first, second)
    assert found.value == pytest.approx(plain_kappa(first, second), abs=1e-12)
    assert found.items == 60
    error = by_hand.linearised(lambda weight: plain_kappa(first, second, weight), 60)
    assert found.error == pytest.approx(error, rel=1e-6)
    half = float(student_quantile(59)) * error
    assert (found.low, found.high) == pytest.approx((found.value - half, min(found.value + half, 1)), rel=1e-6)
    swapped = cohen_kappa(second, first)
    assert (swapped.value, swapped.error) == pytest.approx((found.value, found.error))


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_cohen_against_statsmodels(weights: Any) -> None:
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater", reason="statsmodels is not installed")
    first, second = two_people(9, 200)
    table = pd.crosstab(pd.Series(first), pd.Series(second)).to_numpy()
    # Its linear weights are differences of places, its "fc" their squares.
    theirs = inter_rater.cohens_kappa(table, wt={None: None, "linear": "linear", "quadratic": "fc"}[weights])
    found = cohen_kappa(first, second, weights)
    assert found.value == pytest.approx(theirs.kappa, abs=1e-12)
    # Fleiss, Cohen and Everitt's variance is over n, this one over n - 1.
    assert found.error == pytest.approx(theirs.std_kappa * math.sqrt(200 / 199), rel=1e-9)


def test_cohen_with_weights_of_ones_own_and_an_order() -> None:
    first, second = two_people(2)
    words = ["a", "d", "b", "c"]
    order = ["a", "d", "b", "c"]
    named = [[words[one] for one in side] for side in (first, second)]
    wanted = cohen_kappa(first, second, "quadratic")
    found = cohen_kappa(*named, "quadratic", order=order)
    assert (found.value, found.error) == pytest.approx((wanted.value, wanted.error))
    matrix = [[1 - abs(one - other) / 3 for other in range(4)] for one in range(4)]
    wanted = cohen_kappa(first, second, "linear")
    found = cohen_kappa(*named, matrix, order=order)
    assert (found.value, found.error) == pytest.approx((wanted.value, wanted.error))
    places = cohen_kappa(first, second, "ordinal").value
    assert places == pytest.approx(
        cohen_kappa([10**one for one in first], [10**one for one in second], "ordinal").value
    )
    with pytest.raises(ValueError, match="label 'a' is no number"):
        cohen_kappa(*named, "linear")


def test_where_cohen_has_nothing_to_say() -> None:
    for rows in (([], []), (["a"] * 12, ["a"] * 12), ([None, "b"], ["a", None])):
        found = cohen_kappa(*rows)
        assert all(map(math.isnan, (found.value, found.low, found.high, found.error)))
    # Two people who never use the same label agree as much as chance has it: not at all.
    assert cohen_kappa(["a"] * 12, ["b"] * 12).value == 0
    few = cohen_kappa(list("aabb"), list("aaba"))
    assert not math.isnan(few.error)
    assert math.isnan(few.low)
    with pytest.raises(ValueError, match="first has 2, second has 1 entries"):
        cohen_kappa([1, 2], [1])


def test_pairs_with_a_missing_label_are_no_pairs() -> None:
    first, second = two_people(3)
    wanted = cohen_kappa(first, second)
    found = cohen_kappa([*first, None, 1.0], [*second, 2, math.nan])
    assert (found.value, found.items) == (pytest.approx(wanted.value), 60)


def test_conger_equals_r_and_python_on_what_each_was_given(reference: dict[str, Any]) -> None:
    """R's table and the port's differ in who gave the twelfth item its only label, and so do their values."""
    book = reference["textbook"]
    rows = [list(row) for row in book["krippendorff_2007_four_observers"]["data_rows_observers"]]
    found = conger_kappa(*by_hand.long(rows))
    port = book["irrCAC_raw4raters"]["computed"]["conger"]
    assert (found.value, found.error) == pytest.approx((port["coefficient_value"], port["se"]), abs=5e-9)
    assert (found.low, found.high) == pytest.approx(port["confidence_interval"], abs=5e-9)
    rows[1][11], rows[2][11] = None, rows[1][11]
    found = conger_kappa(*by_hand.long(rows))
    printed = book["irrCAC_raw4raters"]["expected_from_kgwet_README"]
    assert (found.value, found.error) == pytest.approx((printed["conger"], printed["conger_se"]), abs=5e-6)


def conger_by_definition(table: by_hand.Table, weight: np.ndarray) -> float:
    """Chance is the mean over pairs of people of how often labels drawn from each one's own are equal."""
    labels = max(one for row in table for one in row if one is not None) + 1
    shares = []
    for row in table:
        own = np.zeros(labels)
        for at, label in enumerate(row):
            if label is not None:
                own[label] += weight[at]
        shares.append(own / own.sum())
    expected = np.mean([one @ other for one, other in combinations(shares, 2)])
    columns = [[one for one in column if one is not None] for column in zip(*table, strict=True)]
    seen = [at for at, column in enumerate(columns) if column]
    paired = [at for at in seen if len(columns[at]) > 1]
    each = np.array([1 - by_hand.mean_apart(columns[at], lambda one, other: float(one != other)) for at in paired])
    above = weight[paired] @ (each - expected) / weight[seen].sum() * len(seen) / len(paired)
    return float(above / (1 - expected))


@pytest.mark.parametrize("seed", range(8))
def test_conger_by_definition(seed: int) -> None:
    table = [row for row in by_hand.random_table(400 + seed) if any(one is not None for one in row)]
    kept = [at for at, column in enumerate(zip(*table, strict=True)) if any(one is not None for one in column)]
    table = [[row[at] for at in kept] for row in table]
    found = conger_kappa(*by_hand.long(table))
    assert found.value == pytest.approx(conger_by_definition(table, np.ones(len(kept))), abs=1e-12)
    error = by_hand.linearised(lambda weight: conger_by_definition(table, weight), len(kept))
    assert found.error == pytest.approx(error, rel=1e-6)


def test_conger_of_two_people_on_the_same_items_is_cohens() -> None:
    first, second = two_people(4)
    item = [*range(60), *range(60)]
    found = conger_kappa(item, [1] * 60 + [2] * 60, [*first, *second])
    wanted = cohen_kappa(first, second)
    assert (found.value, found.error) == pytest.approx((wanted.value, wanted.error))
    assert found.value != pytest.approx(fleiss_kappa(item, [*first, *second]).value, abs=1e-6)


def test_where_conger_has_nothing_to_say() -> None:
    for rows in (([1, 2], "xx", "ab"), ([1, 1], "xy", "aa"), ([], [], [])):
        assert math.isnan(conger_kappa(*map(list, rows)).value)
    with pytest.raises(ValueError, match="labeler 'x' labelled item 7 twice"):
        conger_kappa([7, 7, 8], list("xxy"), list("aba"))


@pytest.mark.parametrize("seed", range(6))
def test_the_mean_over_pairs_by_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 80)
    given = {
        (item, who): int(truth[item] if rng.random() < 0.7 else rng.integers(0, 3))
        for item in range(80)
        for who in rng.choice(6, rng.integers(1, 5), replace=False).tolist()
    }

    def value(weight: np.ndarray) -> float:
        kappas, sizes = [], []
        for one, other in combinations(range(6), 2):
            both = [item for item in range(80) if (item, one) in given and (item, other) in given]
            if len(both) >= 12:
                labels = [[given[item, who] for item in both] for who in (one, other)]
                kappas.append(plain_kappa(*labels, weight[both]))
                sizes.append(weight[both].sum())
        return float(np.average(kappas, weights=sizes))

    order = rng.permutation(len(given))
    keys, labels = np.array(list(given))[order], np.array(list(given.values()))[order]
    found, pairs = mean_kappa(keys[:, 0], keys[:, 1], labels, fewest=12)
    assert found.value == pytest.approx(value(np.ones(80)), abs=1e-12)
    both = [
        sum((item, one) in given and (item, other) in given for item in range(80))
        for one, other in combinations(range(6), 2)
    ]
    assert pairs == sum(size >= 12 for size in both)
    # Items that no such pair shares move nothing, and do not count as items.
    moved = by_hand.linearised(value, 80) * math.sqrt(79 / 80)
    assert found.error == pytest.approx(moved * math.sqrt(found.items / (found.items - 1)), rel=1e-5)


def test_the_mean_of_one_pair_is_cohens_and_of_none_is_nothing() -> None:
    first, second = two_people(5)
    item, labeler = np.array([*range(60), *range(60)]), np.array([0] * 60 + [1] * 60)
    found, pairs = mean_kappa(item, labeler, np.array([*first, *second]))
    wanted = cohen_kappa(first, second)
    assert pairs == 1
    assert (found.value, found.error, found.low) == pytest.approx((wanted.value, wanted.error, wanted.low))
    for rows in (
        (item[:0], labeler[:0], item[:0]),
        (item, np.zeros(120, int), item),
        (item, labeler, np.zeros(120, int)),
    ):
        found, pairs = mean_kappa(*rows)
        assert (pairs, found.items) == (0, 0)
        assert math.isnan(found.value)


def test_cohen_of_click_id(data_folder: Path, reference: dict[str, Any]) -> None:
    rows = pd.read_csv(data_folder / "click-id" / "click_id_long.csv.gz")
    sides = rows.pivot(index="item_id", columns="assessor", values="label")
    for names, wanted in reference["click-id"]["overall"]["cohen_kappa_pairs"].items():
        one, other = names.split("|")
        found = cohen_kappa(sides[one], sides[other])
        assert found.value == pytest.approx(wanted["kappa"], abs=1e-12), names
        assert (found.observed, found.items) == (pytest.approx(wanted["agreement"]), wanted["n"]), names


def test_weighted_cohen_of_statements_against_experts(data_folder: Path, reference: dict[str, Any]) -> None:
    for number in range(1, 5):
        wanted = reference["truthfulness"][f"batch{number}"]
        rows = pd.read_csv(data_folder / "truthfulness" / f"batch-{number}.csv")
        for weights in ("quadratic", "linear"):
            found = cohen_kappa(rows["doc_ground_truth_value"], rows["doc_truthfulness_value"], weights)
            assert found.value == pytest.approx(wanted[f"kappa_{weights}_vs_gold"], abs=1e-9)
