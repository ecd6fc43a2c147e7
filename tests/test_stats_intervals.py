"""Intervals of plain shares, differences and sample sizes, against printed values and simulation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as distributions

from smo_reports.stats.difference import difference_interval
from smo_reports.stats.intervals import (
    midp_interval,
    share_interval,
    student_quantile,
    wilson_from_share,
    wilson_interval,
)
from smo_reports.stats.power import audits_to_settle, flawless_audits


def ends(hits: float, n: float, level: float = 0.95) -> tuple[float, float]:
    low, high = wilson_interval(hits, n, level)
    return float(low), float(high)


def test_wilson_equals_what_r_prints(reference: dict[str, Any]) -> None:
    for case in reference["textbook"]["wilson_R_binom"]:
        assert ends(case["x"], case["n"]) == pytest.approx((case["R_low"], case["R_upp"]), abs=5e-8), case


def test_wilson_equals_newcombes_cases_and_commons_math(reference: dict[str, Any]) -> None:
    for case in reference["textbook"]["wilson_newcombe1998_cases"]["cases"]:
        assert ends(case["x"], case["n"]) == pytest.approx(case["statsmodels"], abs=1e-12), case
    case = reference["textbook"]["wilson_commons_math"]
    assert ends(case["x"], case["n"], 1 - case["alpha"]) == pytest.approx(case["expected"], abs=5e-8)


def test_wilson_at_the_edges() -> None:
    assert ends(0, 20)[0] == 0.0
    assert ends(20, 20)[1] == 1.0
    assert ends(0, 20)[1] == pytest.approx(1 - ends(20, 20)[0])
    assert all(math.isnan(end) for end in ends(0, 0))
    low, high = wilson_from_share([0.3, 0.0, 1.0], math.inf, 1.96)
    assert low.tolist() == high.tolist() == [0.3, 0.0, 1.0]
    low, high = wilson_from_share([0.0, 1.0], [10, 10], math.nan)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@given(st.integers(0, 400), st.integers(1, 400), st.floats(0.5, 0.999))
@settings(max_examples=60, deadline=None)
def test_wilson_is_the_root_of_its_definition(
    score_ends: Callable[..., tuple[float, float]], hits: int, n: int, level: float
) -> None:
    hits = min(hits, n)
    low, high = ends(hits, n, level)
    z = float(student_quantile(math.inf, level))
    assert (low, high) == pytest.approx(score_ends(hits / n, n, z), abs=1e-7)
    assert 0 <= low <= hits / n <= high <= 1


# Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 6 (mid-P).
@pytest.mark.parametrize(
    ("hits", "n", "printed"),
    [(81, 263, (0.2544, 0.3658)), (15, 148, (0.0601, 0.1581)), (0, 20, (0.0, 0.1391)), (1, 29, (0.0017, 0.1585))],
)
def test_the_mid_p_interval_equals_newcombes_table(hits: int, n: int, printed: tuple[float, float]) -> None:
    low, high = midp_interval(hits / n, n)
    assert (float(low), float(high)) == pytest.approx(printed, abs=5e-5)


@given(st.floats(0.02, 400), st.floats(0.0, 400), st.floats(0.6, 0.999))
@settings(max_examples=120, deadline=None)
def test_each_end_is_where_mid_p_says_so(hits: float, misses: float, level: float) -> None:
    n = hits + misses
    low, _ = midp_interval(hits / n, n, level)
    _, mirrored = midp_interval(misses / n, n, level)
    assert float(mirrored) == pytest.approx(1 - float(low), abs=1e-9)
    more = distributions.beta(hits + 1, misses).cdf(low) if misses > 0 else 0.0
    assert (distributions.beta(hits, misses + 1).cdf(low) + more) / 2 == pytest.approx((1 - level) / 2, rel=1e-6)


def test_a_share_is_the_wider_of_both_at_each_end_and_ends_where_nothing_is_known() -> None:
    share, n = np.array([0.0, 29 / 30, 0.5, 1.0, 0.7, 0.4, 0.4]), np.array([30, 30, 40, 30, math.inf, 0, math.nan])
    low, high = share_interval(share, n)
    score, exact = wilson_from_share(share[:4], n[:4], 1.959964), midp_interval(share[:4], n[:4])
    assert low[:4] == pytest.approx(np.minimum(score[0], exact[0]), abs=1e-6)
    assert high[:4] == pytest.approx(np.maximum(score[1], exact[1]), abs=1e-6)
    assert (low[0], high[3]) == (0.0, 1.0)
    assert (low[4], high[4]) == (0.7, 0.7)
    assert np.isnan(low[5:]).all()
    assert np.isnan(high[5:]).all()


def test_one_error_in_thirty_does_not_exclude_one_in_two_hundred() -> None:
    assert float(wilson_interval(29, 30)[1]) < 0.9945
    assert float(share_interval(29 / 30, 30)[1]) > 0.998


def test_students_quantile_is_the_tables() -> None:
    assert float(student_quantile(1)) == pytest.approx(12.7062, abs=5e-5)
    assert float(student_quantile(9, 0.99)) == pytest.approx(3.2498, abs=5e-5)
    assert float(student_quantile(math.inf)) == pytest.approx(1.959964, abs=5e-7)
    assert math.isnan(float(student_quantile(0)))


# Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10; a/m, b/n and the printed interval.
NEWCOMBE = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0)),
    ((10, 10), (0, 10), (0.6075, 1.0)),
]


@pytest.mark.parametrize(("after", "before", "printed"), NEWCOMBE)
def test_a_difference_equals_newcombes_table(
    after: tuple[int, int], before: tuple[int, int], printed: tuple[float, float]
) -> None:
    first, second = ((hits / n, *ends(hits, n)) for hits, n in (before, after))
    value, low, high = difference_interval(first, second)
    assert value == pytest.approx(after[0] / after[1] - before[0] / before[1])
    assert (low, high) == pytest.approx(printed, abs=5e-5)


def test_a_difference_with_an_unknown_end_is_unknown() -> None:
    _, low, high = difference_interval((0.5, math.nan, math.nan), (0.6, 0.5, 0.7))
    assert math.isnan(low)
    assert math.isnan(high)


def test_flawless_audits_are_the_fewest_that_do() -> None:
    assert (flawless_audits(0.95), flawless_audits(0.99)) == (73, 381)
    for target in (0.5, 0.8, 0.95, 0.97, 0.99):
        n = flawless_audits(target)
        assert ends(n, n)[0] >= target > ends(n - 1, n - 1)[0]


@pytest.mark.parametrize(("share", "target"), [(0.92, 0.95), (0.97, 0.95), (0.85, 0.9)])
def test_audits_to_settle_settles_four_times_in_five(share: float, target: float) -> None:
    n = int(audits_to_settle(share, target))
    hits = np.random.default_rng(7).binomial(n, share, 4000)
    low, high = wilson_interval(hits, np.full(4000, n))
    settled = np.mean(low > target) if share > target else np.mean(high < target)
    # 4000 draws: three standard errors of 0.8 are 0.019; the normal formula itself is off by about as much.
    assert settled == pytest.approx(0.8, abs=0.035)


def test_audits_to_settle_grows_with_the_design_effect_and_ends_at_the_target() -> None:
    assert audits_to_settle(0.95, 0.95) == math.inf
    assert audits_to_settle(0.93, 0.95, 2.0) == pytest.approx(2 * audits_to_settle(0.93, 0.95), abs=1)
    assert audits_to_settle(0.93, 0.95, power=0.9) > audits_to_settle(0.93, 0.95)
