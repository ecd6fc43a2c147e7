"""Agreement of several labelers, against the package ``krippendorff``, textbook tables and brute force."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import krippendorff
import numpy as np
import pytest

from smo_reports.stats.agreement import ItemTally, item_agreement, nominal_alpha, raw_agreement
from smo_reports.stats.consensus import majority_share
from smo_reports.stats.intervals import student_quantile


def long_table(matrix: list[list[Any]]) -> tuple[list[int], list[Any]]:
    """Items and labels, one entry a label given, of a table of observers by items with gaps."""
    cells = [(item, label) for row in matrix for item, label in enumerate(row) if label is not None]
    return [item for item, _ in cells], [label for _, label in cells]


def from_counts(table: list[list[float]]) -> ItemTally:
    """A tally from a table of items by labels."""
    cells = [(item, label, n) for item, row in enumerate(table) for label, n in enumerate(row) if n > 0]
    return ItemTally.of(*zip(*cells, strict=True))


def random_matrix(seed: int) -> list[list[int | None]]:
    rng = np.random.default_rng(seed)
    observers, items, labels = rng.integers(2, 7), rng.integers(12, 40), rng.integers(2, 6)
    truth = rng.integers(0, labels, items)
    given = np.where(rng.random((observers, items)) < 0.6, truth, rng.integers(0, labels, (observers, items)))
    gaps = rng.random((observers, items)) < rng.uniform(0, 0.5)
    return [
        [None if gap else int(label) for label, gap in zip(*row, strict=True)] for row in zip(given, gaps, strict=True)
    ]


def peer_alpha(matrix: list[list[int | None]]) -> float:
    cells = np.array([[np.nan if label is None else float(label) for label in row] for row in matrix])
    return float(krippendorff.alpha(cells, level_of_measurement="nominal"))


@pytest.mark.parametrize("seed", range(20))
def test_alpha_equals_the_peers_on_random_tables_with_gaps(seed: int) -> None:
    matrix = random_matrix(seed)
    assert nominal_alpha(ItemTally.of(*long_table(matrix)))[0] == pytest.approx(peer_alpha(matrix), abs=1e-12)


def test_alpha_equals_the_textbooks(reference: dict[str, Any]) -> None:
    book = reference["textbook"]
    four = book["krippendorff_2007_four_observers"]
    value = nominal_alpha(ItemTally.of(*long_table(four["data_rows_observers"])))[0]
    assert value == pytest.approx(four["computed"]["nominal"], abs=1e-12)
    assert value == pytest.approx(four["expected_nominal_kgwet_README"], abs=5e-6)
    fleiss = book["fleiss1971_distrib_6raters_15subjects"]
    tally = from_counts(fleiss["table"])
    assert nominal_alpha(tally)[0] == pytest.approx(fleiss["expected_from_kgwet_README"]["krippendorff"], abs=5e-8)
    assert raw_agreement(tally)[0] == pytest.approx(fleiss["expected_from_kgwet_README"]["pa"], abs=5e-8)


@pytest.mark.parametrize("name", ["fleiss_wikipedia_10x14", "fleiss1971_diagnoses_30x6"])
def test_alpha_and_fleiss_kappa_differ_only_as_their_definitions_do(reference: dict[str, Any], name: str) -> None:
    """With m labels on each of N items 1 − alpha = (1 − kappa)(1 − 1/(Nm)) (Gwet 2014, ch. 2)."""
    case = reference["textbook"][name]
    table = case["table"]
    n = len(table) * sum(table[0])
    kappa = case.get("computed", case.get("computed_fleiss_statsmodels"))
    assert nominal_alpha(from_counts(table))[0] == pytest.approx(1 - (1 - kappa) * (n - 1) / n, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_jackknife_leaves_out_one_item_at_a_time(seed: int) -> None:
    matrix = random_matrix(100 + seed)
    value, low, high = nominal_alpha(ItemTally.of(*long_table(matrix)))
    kept = [
        place for place, column in enumerate(zip(*matrix, strict=True)) if sum(one is not None for one in column) > 1
    ]
    without = [peer_alpha([[row[other] for other in kept if other != place] for row in matrix]) for place in kept]
    n = len(kept)
    error = math.sqrt((n - 1) / n * float(np.sum((np.array(without) - np.mean(without)) ** 2)))
    half = float(student_quantile(n - 1)) * error
    assert (low, high) == pytest.approx((value - half, min(value + half, 1)), abs=1e-10)


def test_where_alpha_has_nothing_to_say() -> None:
    assert all(map(math.isnan, nominal_alpha(ItemTally.of([1, 1, 2, 2], list("aaaa")))))
    assert all(map(math.isnan, nominal_alpha(ItemTally.of([1, 2, 3], list("abc")))))
    assert all(map(math.isnan, nominal_alpha(ItemTally.of([], []))))
    value, low, _ = nominal_alpha(ItemTally.of([*range(9), *range(9)], [*"ababababa", *"abababaab"]))
    assert not math.isnan(value)
    assert math.isnan(low)


def test_items_with_one_label_change_nothing() -> None:
    items, labels = long_table(random_matrix(1))
    more = ItemTally.of([*items, 900, 901], [*labels, 77, 0])
    assert nominal_alpha(more) == pytest.approx(nominal_alpha(ItemTally.of(items, labels)))
    assert raw_agreement(more) == pytest.approx(raw_agreement(ItemTally.of(items, labels)))


@pytest.mark.parametrize("seed", range(5))
def test_raw_agreement_is_the_mean_over_items_of_equal_pairs(seed: int) -> None:
    matrix = random_matrix(200 + seed)
    shares = []
    for column in zip(*matrix, strict=True):
        pairs = list(combinations([label for label in column if label is not None], 2))
        if pairs:
            shares.append(sum(first == second for first, second in pairs) / len(pairs))
    value, low, high = raw_agreement(ItemTally.of(*long_table(matrix)))
    half = float(student_quantile(len(shares) - 1)) * float(np.std(shares, ddof=1)) / math.sqrt(len(shares))
    wanted = float(np.mean(shares))
    assert (value, low, high) == pytest.approx((wanted, max(wanted - half, 0), min(wanted + half, 1)))


def test_raw_agreement_of_one_item_and_of_none() -> None:
    value, low, high = raw_agreement(ItemTally.of([1, 1, 1], list("aab")))
    assert value == pytest.approx(1 / 3)
    assert math.isnan(low)
    assert math.isnan(high)
    assert math.isnan(raw_agreement(ItemTally.of([1, 2], list("ab")))[0])


def test_a_tally_of_tallies_is_the_tally_of_rows() -> None:
    rows = ItemTally.of([1, 1, 1, 2, 2, 2], list("aabbbb"))
    sums = ItemTally.of([2, 1, 1, 2], list("bbab"), [1, 1, 2, 2])
    for name in ("item", "label", "count"):
        assert getattr(rows, name).tolist() == getattr(sums, name).tolist()
    assert item_agreement(rows).tolist() == pytest.approx([1 / 3, 1.0])


def test_a_majority_that_ties_is_shared() -> None:
    # item 1: a a b; item 2: a b; item 3: a b c; item 4: a
    tally = ItemTally.of([1, 1, 1, 2, 2, 3, 3, 3, 4], ["a", "a", "b", "a", "b", "a", "b", "c", "a"])
    assert majority_share(tally).tolist() == pytest.approx([1, 0, 1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3, 1])
    assert np.bincount(tally.item, majority_share(tally)).tolist() == pytest.approx([1, 1, 1, 1])
