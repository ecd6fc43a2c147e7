"""Corrections for imperfect gold and auditors, against values worked by hand and how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smo_reports.stats.correction import (
    Corrected,
    auditor_accuracy,
    auditor_corrected,
    gold_corrected,
    reaudit_corrected,
)
from smo_reports.stats.intervals import share_interval


def sure(share: float) -> tuple[float, float, float]:
    return share, share, share


def test_the_dictionarys_gold_adjusted_accuracy() -> None:
    # (0.93 - 0.03) / 0.94
    assert gold_corrected(sure(0.93), sure(0.97)).value == pytest.approx(0.9574, abs=5e-5)


def test_rogan_and_gladens_form_is_gold_where_both_rates_are_the_same() -> None:
    gold = gold_corrected((0.93, 0.9, 0.95), sure(0.97))
    auditors = auditor_corrected((0.93, 0.9, 0.95), sure(0.97), sure(0.97))
    assert (auditors.value, auditors.low, auditors.high) == pytest.approx((gold.value, gold.low, gold.high))


def test_rogan_and_gladen_by_hand() -> None:
    # Of 1000 decisions 100 are wrong; auditors find 80 of them and blame 18 of the 900: 902 are called right.
    assert auditor_corrected(sure(0.902), sure(0.8), sure(0.98)).value == pytest.approx(0.9)
    # Of the 902, 882 are right; of the 98, 18.
    assert reaudit_corrected(sure(0.902), sure(882 / 902), sure(18 / 98)).value == pytest.approx(0.9)


def test_each_part_moves_the_ends_by_itself_and_squares_add_up() -> None:
    """f(x, g) = (x + g - 1) / (2 g - 1), worked: f(.93, .97) = .90 / .94."""
    middle = 0.90 / 0.94
    share_down, share_up = middle - 0.87 / 0.94, 0.92 / 0.94 - middle
    gold_down, gold_up = middle - 0.92 / 0.98, 0.88 / 0.9 - middle
    only_share = gold_corrected((0.93, 0.90, 0.95), sure(0.97))
    assert (only_share.low, only_share.high) == pytest.approx((middle - share_down, middle + share_up))
    # A better gold leaves less to correct: its high end is the corrected share's low end.
    only_gold = gold_corrected(sure(0.93), (0.97, 0.95, 0.99))
    assert (only_gold.low, only_gold.high) == pytest.approx((middle - gold_down, middle + gold_up))
    both = gold_corrected((0.93, 0.90, 0.95), (0.97, 0.95, 0.99))
    assert both.low == pytest.approx(middle - math.hypot(share_down, gold_down))
    assert both.high == pytest.approx(middle + math.hypot(share_up, gold_up))


@pytest.mark.parametrize(
    "found",
    [
        gold_corrected(sure(0.6), sure(0.5)),
        gold_corrected(sure(0.6), sure(0.3)),
        auditor_corrected(sure(0.6), sure(0.4), sure(0.6)),
        auditor_corrected(sure(0.6), sure(0.2), sure(0.7)),
    ],
)
def test_what_a_coin_would_tell_is_not_identified(found: Corrected) -> None:
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert found.note.startswith("not identified: ")


def test_what_may_be_a_coin_leaves_everything_open() -> None:
    found = gold_corrected((0.7, 0.65, 0.75), (0.6, 0.48, 0.7))
    assert found.value == 1.0
    assert (found.low, found.high) == (0.0, 1.0)
    found = gold_corrected((0.55, 0.5, 0.6), (0.6, 0.48, 0.7))
    assert found.value == pytest.approx(0.75)
    assert (found.low, found.high) == (0.0, 1.0)
    assert found.note == "the interval is open: it may be that gold answers are not right more often than wrong"


def test_what_lies_outside_is_cut_and_says_so() -> None:
    # (0.97 - 0.04) / 0.92
    found = gold_corrected((0.97, 0.95, 0.98), (0.96, 0.94, 0.98))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.note == "cut to [0, 1]: the correction gave 1.0109"
    assert 0.97 < found.low < 1.0
    assert gold_corrected((0.03, 0.02, 0.05), (0.96, 0.94, 0.98)).value == 0.0


def test_labelers_who_match_gold_better_than_the_truth_does_contradict_it() -> None:
    # (0.98 - 0.05) / 0.9: nobody can match gold that often who does not repeat its errors.
    found = gold_corrected((0.98, 0.97, 0.99), (0.95, 0.945, 0.955))
    assert found.value == 1.0
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note.startswith("the parts contradict the assumptions: the correction gave 1.0333, 1.0")


def test_what_is_assumed_is_said() -> None:
    assert any("independently" in one for one in gold_corrected(sure(0.9), sure(0.97)).assumptions)
    for found in (
        auditor_corrected(sure(0.9), sure(0.9), sure(0.99)),
        reaudit_corrected(sure(0.9), sure(0.99), sure(0.1)),
    ):
        assert "re-audits are blind and of audits drawn at random, never disputes" in found.assumptions


def test_an_unknown_part_leaves_the_rest_unknown() -> None:
    unknown = (0.97, math.nan, math.nan)
    found = gold_corrected((0.93, 0.9, 0.95), unknown)
    assert found.value == pytest.approx(0.90 / 0.94)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(gold_corrected((math.nan,) * 3, sure(0.9)).value)


def test_two_equal_auditors_agree_by_both_being_right_or_wrong() -> None:
    for right in (0.6, 0.9, 0.97, 1.0):
        value, _, _ = auditor_accuracy(sure(right**2 + (1 - right) ** 2))
        assert value == pytest.approx(right)
    assert all(math.isnan(one) for one in auditor_accuracy(sure(0.5)))
    assert auditor_accuracy((0.6, 0.45, 0.7))[1] == 0.5


def held(truth: float, finds: float, spares: float, sizes: tuple[int, int, int], draws: int = 1500) -> float:
    """How often both corrections for auditors hold the truth, whichever holds it less."""
    rng = np.random.default_rng(8)
    seen = truth * spares + (1 - truth) * (1 - finds)
    n, wrong, right = sizes

    def estimates(share: float, size: int) -> list[tuple[float, float, float]]:
        hits = rng.binomial(size, share, draws)
        low, high = share_interval(hits / size, np.full(draws, size))
        return list(zip((hits / size).tolist(), low.tolist(), high.tolist(), strict=True))

    audits = estimates(seen, n)
    first = map(auditor_corrected, audits, estimates(finds, wrong), estimates(spares, right))
    upheld, cleared = truth * spares / seen, truth * (1 - spares) / (1 - seen)
    second = map(reaudit_corrected, audits, estimates(upheld, right), estimates(cleared, wrong))
    return min(float(np.mean([one.low <= truth <= one.high for one in found])) for found in (first, second))


@pytest.mark.parametrize(
    ("truth", "finds", "spares", "sizes"),
    [(0.95, 0.9, 0.99, (1000, 60, 300)), (0.8, 0.8, 0.98, (200, 30, 200)), (0.95, 0.95, 0.994, (1000, 30, 200))],
)
def test_both_uncertainties_are_in_the_interval(
    truth: float, finds: float, spares: float, sizes: tuple[int, int, int]
) -> None:
    assert held(truth, finds, spares, sizes) >= 0.93


def test_without_the_auditors_own_uncertainty_the_interval_is_too_short() -> None:
    rng = np.random.default_rng(9)
    inside = 0
    for hits, gold in zip(
        rng.binomial(2000, 0.95 * 0.94 + 0.05 * 0.06, 500), rng.binomial(100, 0.94, 500), strict=True
    ):
        low, high = (float(end) for end in share_interval(hits / 2000, 2000))
        found = gold_corrected((hits / 2000, low, high), sure(gold / 100))
        inside += found.low <= 0.95 <= found.high
    assert inside / 500 < 0.8
