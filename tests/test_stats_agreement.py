"""Coefficients of agreement, against textbooks, independent packages and the definitions, one pair after the other."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

import agreement_by_hand as by_hand
import krippendorff
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smo_reports.stats.agreement import (
    Agreement,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    raw_agreement,
)
from smo_reports.stats.coefficients import alpha, gwet, kappa, raw
from smo_reports.stats.distances import Nominal, Positions
from smo_reports.stats.intervals import student_quantile
from smo_reports.stats.item_tally import ItemTally

Level = Any
LEVELS = ("nominal", "ordinal", "interval")
NOMINAL = (raw_agreement, krippendorff_alpha, fleiss_kappa, gwet_ac1)


def from_counts(table: list[list[float]]) -> ItemTally:
    """A tally from a table of items by labels."""
    cells = [(item, label, n) for item, row in enumerate(table) for label, n in enumerate(row) if n > 0]
    return ItemTally.alike(*zip(*cells, strict=True))


def same(one: Agreement, other: Agreement) -> bool:
    numbers = [[getattr(found, name) for name in Agreement.__dataclass_fields__] for found in (one, other)]
    return bool(numbers[0] == pytest.approx(numbers[1], abs=1e-9, nan_ok=True))


def test_alpha_equals_the_textbook(reference: dict[str, Any]) -> None:
    four = reference["textbook"]["krippendorff_2007_four_observers"]
    item, _, label = by_hand.long(four["data_rows_observers"])
    for level in LEVELS:
        assert krippendorff_alpha(item, label, level).value == pytest.approx(four["computed"][level], abs=1e-12)
    nominal = krippendorff_alpha(item, label)
    assert nominal.value == pytest.approx(four["expected_nominal_kgwet_README"], abs=5e-6)
    # Eleven of the twelve items have two labels or more.
    assert nominal.items == 11


def test_coefficients_and_their_errors_equal_those_of_r(reference: dict[str, Any]) -> None:
    """The R package's README prints five digits; its variances are the ones meant here."""
    four, book = (reference["textbook"][name] for name in ("krippendorff_2007_four_observers", "irrCAC_raw4raters"))
    item, _, label = by_hand.long(four["data_rows_observers"])
    printed = book["expected_from_kgwet_README"]
    pairs = {"gwet_ac1": gwet_ac1, "fleiss": fleiss_kappa, "krippendorff": krippendorff_alpha}
    for name, function in pairs.items():
        found = function(item, label)
        assert found.value == pytest.approx(printed[name], abs=5e-6), name
        assert found.error == pytest.approx(printed[f"{name.replace('gwet_', '')}_se"], abs=5e-6), name
    found = gwet_ac1(item, label)
    assert found.expected == pytest.approx(printed["ac1_pe"], abs=5e-8)
    assert raw_agreement(item, label).value == found.observed == pytest.approx(printed["percent_agreement"], abs=5e-8)
    for name, function in {"gwet": gwet_ac1, "fleiss": fleiss_kappa}.items():
        found = function(item, label)
        assert (found.low, found.high) == pytest.approx(book["computed"][name]["confidence_interval"], abs=5e-9), name


def test_coefficients_of_fleiss_fifteen_subjects(reference: dict[str, Any]) -> None:
    case = reference["textbook"]["fleiss1971_distrib_6raters_15subjects"]
    tally, printed = from_counts(case["table"]), case["expected_from_kgwet_README"]
    assert kappa(tally).value == pytest.approx(case["computed"]["fleiss_statsmodels"], abs=1e-12)
    assert alpha(tally, Nominal()).value == pytest.approx(case["computed"]["alpha_krippendorff"], abs=1e-12)
    assert gwet(tally, Nominal()).value == pytest.approx(printed["gwet_ac1"], abs=5e-8)
    assert raw(tally).value == pytest.approx(printed["pa"], abs=5e-8)


@pytest.mark.parametrize("name", ["fleiss_wikipedia_10x14", "fleiss1971_diagnoses_30x6"])
def test_fleiss_kappa_of_the_textbooks(reference: dict[str, Any], name: str) -> None:
    case = reference["textbook"][name]
    found = kappa(from_counts(case["table"]))
    assert found.value == pytest.approx(case["expected"], abs=5e-3)
    assert found.value == pytest.approx(case.get("computed", case.get("computed_fleiss_statsmodels")), abs=1e-12)
    # With m labels on each of N items 1 - alpha = (1 - kappa)(1 - 1/(N m)) (Gwet 2014, chapter 2).
    n = sum(map(sum, case["table"]))
    assert alpha(from_counts(case["table"]), Nominal()).value == pytest.approx(1 - (1 - found.value) * (n - 1) / n)


def test_fleiss_kappa_of_raw_diagnoses(reference: dict[str, Any]) -> None:
    case = reference["textbook"]["fleiss1971_diagnoses_30x6"]
    item = [at for at, row in enumerate(case["ratings"]) for _ in row]
    label = [label for row in case["ratings"] for label in row]
    assert fleiss_kappa(item, label).value == pytest.approx(case["computed_fleiss_statsmodels"], abs=1e-12)


def test_fleiss_kappa_of_fractions_of_labels(reference: dict[str, Any]) -> None:
    """Randolph's own calculator: his fixed marginals are Fleiss' kappa."""
    for case in reference["textbook"]["fleiss_randolph_calculator"]:
        assert kappa(from_counts(case["table"])).value == pytest.approx(case["fixed"], abs=5e-7)


def test_what_textbooks_show_of_the_paradoxes() -> None:
    item, label = [1, 1, 2, 2, 3, 3], list("YYNNYN")
    assert krippendorff_alpha(item, label).value == pytest.approx(0.4444, abs=5e-5)
    # Feinstein and Cicchetti: 90 and 5 + 5 of 100; agreement of 90 % below chance.
    item, label = [*range(100)] * 2, ["y"] * 95 + ["n"] * 5 + ["y"] * 90 + ["n"] * 5 + ["y"] * 5
    assert raw_agreement(item, label).value == pytest.approx(0.9)
    assert fleiss_kappa(item, label).value == pytest.approx(-0.0526, abs=5e-5)
    assert gwet_ac1(item, label).value == pytest.approx(0.8895, abs=5e-5)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(12))
def test_alpha_by_package_and_by_definition(seed: int, level: Level) -> None:
    table = by_hand.random_table(seed)
    found = krippendorff_alpha(*by_hand.long(table)[::2], level)
    cells = np.array([[math.nan if label is None else float(label) for label in row] for row in table])
    assert found.value == pytest.approx(krippendorff.alpha(cells, level_of_measurement=level), abs=1e-12)
    columns = by_hand.columns_of(table)
    columns = [column for column in columns if len(column) > 1]
    labels = max(map(max, columns)) + 1
    ones = np.ones(len(columns))
    by_definition = 1 - by_hand.one_less_alpha(columns, ones, level, labels, small=True)
    assert found.value == pytest.approx(by_definition, abs=1e-12)
    # Its variance is that of the form without the small-sample term, as in R.
    error = by_hand.linearised(
        lambda weight: by_hand.one_less_alpha(columns, weight, level, labels, small=False), len(columns)
    )
    assert found.error == pytest.approx(error, rel=1e-6)
    half = float(student_quantile(len(columns) - 1)) * error if len(columns) >= 10 else math.nan
    ends = found.value - half, min(found.value + half, 1) + 0 * half
    assert (found.low, found.high) == pytest.approx(ends, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("seed", range(12))
def test_fleiss_and_gwet_by_definition(seed: int) -> None:
    table = by_hand.random_table(100 + seed)
    item, _, label = by_hand.long(table)
    columns = by_hand.columns_of(table)
    labels = max(map(max, columns)) + 1
    far = labels - 1
    ways = {
        "fleiss": (fleiss_kappa(item, label), lambda one, other: float(one != other)),
        "ac1": (gwet_ac1(item, label), lambda one, other: float(one != other)),
        "linear": (gwet_ac2(item, label, "linear"), lambda one, other: abs(one - other) / far),
        "quadratic": (gwet_ac2(item, label, "quadratic"), lambda one, other: (one - other) ** 2 / far**2),
        "ordinal": (
            gwet_ac2(item, label, "ordinal"),
            lambda one, other: math.comb(abs(one - other) + 1, 2) / math.comb(far + 1, 2),
        ),
    }
    for name, (found, apart) in ways.items():

        def value(weight: np.ndarray, apart: Any = apart, name: str = name) -> float:
            return by_hand.corrected(columns, weight, apart, name, labels)

        assert found.value == pytest.approx(value(np.ones(len(columns))), abs=1e-12), name
        assert found.error == pytest.approx(by_hand.linearised(value, len(columns)), rel=1e-6), name


@pytest.mark.parametrize("seed", range(5))
def test_raw_agreement_is_the_mean_over_items_of_equal_pairs(seed: int) -> None:
    table = by_hand.random_table(200 + seed)
    shares = [
        np.mean([one == other for one, other in permutations(column, 2)])
        for column in by_hand.columns_of(table)
        if len(column) > 1
    ]
    found = raw_agreement(*by_hand.long(table)[::2])
    error = float(np.std(shares, ddof=1)) / math.sqrt(len(shares))
    half = float(student_quantile(len(shares) - 1)) * error
    wanted = float(np.mean(shares))
    assert (found.value, found.error) == pytest.approx((wanted, error))
    assert (found.low, found.high) == pytest.approx((max(wanted - half, 0), min(wanted + half, 1)))


@pytest.mark.parametrize("weights", ["quadratic", "linear"])
def test_a_matrix_of_weights_is_what_it_says(weights: Any) -> None:
    item, _, label = by_hand.long(by_hand.random_table(7))
    kinds = sorted({one for one in label if one is not None})
    far = kinds[-1] - kinds[0]
    power = 2 if weights == "quadratic" else 1
    matrix = [[1 - (abs(one - other) / far) ** power for other in kinds] for one in kinds]
    assert same(gwet_ac2(item, label, matrix), gwet_ac2(item, label, weights))
    assert same(gwet_ac2(item, label, np.eye(len(kinds))), gwet_ac1(item, label))


def test_a_coefficient_against_the_irrcac_package() -> None:
    raw_ratings = pytest.importorskip("irrCAC.raw", reason="irrcac needs numpy 1; it is compared where it is installed")
    for seed in range(6):
        table = by_hand.random_table(300 + seed)
        frame = pd.DataFrame(table, dtype=float).T
        item, _, label = by_hand.long(table)
        for weights in ("linear", "quadratic", "ordinal"):
            theirs = raw_ratings.CAC(frame, weights=weights, digits=10).gwet()["est"]
            found = gwet_ac2(item, label, weights)
            assert found.value == pytest.approx(theirs["coefficient_value"], abs=1e-9)
            assert found.error == pytest.approx(theirs["se"], abs=1e-9)


def test_chance_depends_on_the_labels_that_there_are() -> None:
    item, label = [1, 1, 2, 2], list("abbb")
    # Shares 1/4 and 3/4: 2 · 3/16 with two labels, half of that with three.
    assert gwet_ac1(item, label).expected == pytest.approx(3 / 8)
    assert gwet_ac1(item, label, labels="abc").expected == pytest.approx(3 / 16)
    with pytest.raises(ValueError, match="label 'b' is not in order"):
        gwet_ac1(item, label, labels="ac")


def test_labels_with_an_order_of_their_own() -> None:
    item, _, label = by_hand.long(by_hand.random_table(3))
    order = ["none", "mild", "medium", "grave", "worst"]
    words = [None if one is None else order[one] for one in label]
    for level in ("ordinal", "interval"):
        found, wanted = krippendorff_alpha(item, words, level, order=order), krippendorff_alpha(item, label, level)
        assert (found.value, found.low, found.high) == pytest.approx((wanted.value, wanted.low, wanted.high))
    kinds = sorted({one for one in label if one is not None})
    used = [order[one] for one in kinds]
    assert same(gwet_ac2(item, words, "linear", order=used), gwet_ac2(item, label, "linear"))
    # A further label at the end makes each of the others nearer to one another.
    assert gwet_ac2(item, words, "linear", order=[*used, "more"]).observed > gwet_ac2(item, label, "linear").observed


@pytest.mark.parametrize("level", ["ordinal", "interval"])
def test_labels_without_an_order_are_refused(level: Level) -> None:
    with pytest.raises(ValueError, match="label 'a' is no number; give the labels' order, lowest first"):
        krippendorff_alpha([1, 1], ["a", "b"], level)
    if level == "interval":
        with pytest.raises(ValueError, match="label inf is not finite"):
            krippendorff_alpha([1, 1], [1.0, math.inf], level)
    with pytest.raises(ValueError, match="label 'b' is not in order"):
        krippendorff_alpha([1, 1], ["a", "b"], level, order=["a"])


def test_what_is_no_weight_or_level_is_said() -> None:
    rows = [1, 1, 2, 2], [1, 2, 2, 2]
    with pytest.raises(ValueError, match="level 'ratio'; it is nominal, ordinal or interval"):
        krippendorff_alpha(*rows, "ratio")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="weights 'cubic'"):
        gwet_ac2(*rows, "cubic")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"weights of shape \(3, 3\); there are 2 labels"):
        gwet_ac2(*rows, np.eye(3))
    for matrix in ([[1, 0.5], [0.2, 1]], [[1, 0], [0, 0.5]], [[1, 2], [2, 1]], [[1, 1], [1, 1]]):
        with pytest.raises(ValueError, match="weights must be 1 of a label with itself"):
            gwet_ac2(*rows, matrix)
    with pytest.raises(ValueError, match="item has 4, label has 3 entries"):
        fleiss_kappa(rows[0], rows[1][:3])


@pytest.mark.parametrize("function", NOMINAL[1:])
def test_where_a_coefficient_has_nothing_to_say(function: Any) -> None:
    nothing = {
        "one label only": ([1, 1, 2, 2], list("aaaa")),
        "one label where there are pairs": ([1, 1, 2, 2, 3], list("aaaab")),
        "no pairs": ([1, 2, 3], list("abc")),
        "no rows": ([], []),
        "missing labels": ([1, 1, 2, 2], ["a", None, math.nan, "b"]),
    }
    for why, rows in nothing.items():
        found = function(*rows)
        assert all(map(math.isnan, (found.value, found.low, found.high, found.error))), why
        assert found.items == (2 if why.startswith("one label") else 0), why


@pytest.mark.parametrize("function", NOMINAL[1:])
def test_fewer_than_ten_items_have_no_interval(function: Any) -> None:
    found = function([*range(9), *range(9)], [*"ababababa", *"abababaab"])
    assert not math.isnan(found.value)
    assert not math.isnan(found.error)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert not math.isnan(function([*range(10), *range(10)], [*"ababababab", *"abababaabb"]).low)


def test_raw_agreement_of_one_item_and_of_none() -> None:
    one = raw_agreement([1, 1, 1], list("aab"))
    assert one.value == pytest.approx(1 / 3)
    assert all(map(math.isnan, (one.low, one.high, one.error)))
    assert math.isnan(raw_agreement([1, 2], list("ab")).value)
    # All alike is agreement, if no more than that.
    assert raw_agreement([1, 1, 2, 2], list("aaaa")).value == 1


@pytest.mark.parametrize("function", NOMINAL)
def test_missing_labels_and_items_are_no_labels(function: Any) -> None:
    item, _, label = by_hand.long(by_hand.random_table(1))
    kept = [(one, other) for one, other in zip(item, label, strict=True) if other is not None]
    wanted = function(*zip(*kept, strict=True))
    for missing in (None, math.nan, pd.NA, pd.NaT):
        assert same(function(item, [missing if one is None else one for one in label]), wanted)
        nowhere = [missing if other is None else one for one, other in zip(item, label, strict=True)]
        assert same(function(nowhere, [0 if one is None else one for one in label]), wanted)


@pytest.mark.parametrize("function", [raw_agreement, krippendorff_alpha])
def test_items_with_one_label_change_neither_agreement_nor_alpha(function: Any) -> None:
    item, _, label = by_hand.long(by_hand.random_table(1))
    assert same(function([*item, 900, 901], [*label, 77, 0]), function(item, label))


@pytest.mark.parametrize("hold", [list, tuple, np.array, pd.Series, pa.array])
def test_the_same_labels_in_any_column(hold: Any) -> None:
    item, _, label = by_hand.long(by_hand.random_table(5))
    item, label = zip(*[pair for pair in zip(item, label, strict=True) if pair[1] is not None], strict=True)
    wanted = krippendorff_alpha(item, label)
    assert same(krippendorff_alpha(hold(list(item)), hold(list(label))), wanted)
    words = [f"item {one}" for one in item], [f"label {one}" for one in label]
    assert same(krippendorff_alpha(*map(hold, words)), wanted)


def ordinal_alpha(tally: ItemTally) -> Agreement:
    return alpha(tally, None)


def mixed_ac2(tally: ItemTally) -> Agreement:
    return gwet(tally, Positions(np.arange(float(len(tally.labels))), 0.3, 0.7))


Rows = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), min_size=2, max_size=40)


@settings(deadline=None, max_examples=60)
@given(Rows, st.randoms(use_true_random=False))
def test_no_order_of_rows_and_no_name_of_a_label_changes_anything(rows: list[tuple[int, int]], rng: Any) -> None:
    shuffled = rng.sample(rows, len(rows))
    names = rng.sample(["z", ("tu", "ple"), 7.5, "a"], 4)
    for function in NOMINAL:
        wanted = function(*zip(*rows, strict=True))
        assert same(function(*zip(*shuffled, strict=True)), wanted)
        item, label = zip(*shuffled, strict=True)
        assert same(function([f"item {one}" for one in item], [names[one] for one in label]), wanted)


@settings(deadline=None, max_examples=40)
@given(Rows, st.integers(0, 40), st.floats(0.1, 50), st.floats(-1e3, 1e3))
def test_a_file_in_two_parts_and_numbers_in_another_unit(
    rows: list[tuple[int, int]], cut: int, unit: float, start: float
) -> None:
    item, label = zip(*rows, strict=True)
    wanted = krippendorff_alpha(item, label, "interval")
    parts = [*rows[cut:], *rows[:cut]]
    assert same(krippendorff_alpha(*zip(*parts, strict=True), "interval"), wanted)
    moved = krippendorff_alpha(item, [start + unit * one for one in label], "interval")
    assert (moved.value, moved.error) == pytest.approx((wanted.value, wanted.error), rel=1e-6, abs=1e-6, nan_ok=True)
    bent = krippendorff_alpha(item, [math.exp(one) for one in label], "ordinal")
    assert same(bent, krippendorff_alpha(item, label, "ordinal"))


@settings(deadline=None, max_examples=60)
@given(Rows)
def test_tallies_of_rows_of_tallies_and_of_items_that_are_alike_are_one(rows: list[tuple[int, int]]) -> None:
    counted = {row: rows.count(row) for row in rows}
    item, label = zip(*counted, strict=True)
    by_item = ItemTally.of(*zip(*rows, strict=True))
    others = [
        ItemTally.alike(*zip(*rows, strict=True)),
        ItemTally.of(item, label, list(counted.values())),
        ItemTally.alike(item, label, list(counted.values())),
    ]
    for other in others:
        assert (other.items, list(other.labels)) == (by_item.items, list(by_item.labels))
        assert other.totals.tolist() == by_item.totals.tolist()
        for measure in (raw, kappa, ordinal_alpha, mixed_ac2):
            assert same(measure(other), measure(by_item))


def test_twice_the_items_are_less_doubt_and_twice_the_rows_are_no_more_items() -> None:
    item, _, label = by_hand.long(by_hand.random_table(12))
    for function in NOMINAL:
        once = function(item, label)
        again = function([*item, *(one + 1000 for one in item)], [*label, *label])
        n = once.items
        assert again.value == pytest.approx(once.value, abs=0.01)
        assert again.error == pytest.approx(once.error / math.sqrt(2), rel=1.5 / n)
        paired = [column for column in by_hand.columns_of(by_hand.random_table(12)) if len(column) > 1]
        both = [(at, one) for at, column in enumerate(paired) for one in column]
        assert function(*zip(*both, *both, strict=True)).items == n == len(paired)


def test_more_labels_than_digits_and_counts_too_large_for_them() -> None:
    rng = np.random.default_rng(4)
    item = rng.integers(0, 30, 400)
    many = rng.integers(0, 40, 400)
    assert same(fleiss_kappa(item, many), kappa(ItemTally.of(item, many)))
    assert ItemTally.alike(item, many).rows == 30
    # Sixteen labels leave digits of base nine: a count of nine does not fit, and must not become another label's.
    sixteen = np.concatenate([np.zeros(9, int), np.arange(16), np.arange(16)])
    where = np.concatenate([np.zeros(9, int), np.ones(16, int), np.full(16, 2)])
    tally = ItemTally.alike(where, sixteen)
    assert tally.totals.tolist() == [11.0, *[2.0] * 15]
    huge = ItemTally.alike([0, 0, 1], [0, 1, 1], [2.0**53, 5.0, 1.0])
    assert huge.totals.tolist() == [2.0**53, 6.0]


def test_counts_that_are_none_are_refused() -> None:
    for count in ([1, -1], [1, math.nan], [[1], [2]]):
        with pytest.raises(ValueError, match="count: one number of at least 0 an entry is needed"):
            ItemTally.of([1, 2], ["a", "b"], count)
    assert ItemTally.of([1, 2, 2], ["a", "b", "a"], [1, 0, 2]).labels == ["a"]
