"""Who stands out: exact scores, limits that fit the groups, and how often equal people are named."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as distributions

from smo_reports.stats.funnel import INNER, OUTER, Work, found_beyond, limits, overdispersion, scores


def work(parts: list[tuple[int, float]], hits: int = 0) -> Work:
    return Work(np.array([n for n, _ in parts]), np.array([rate for _, rate in parts]), hits)


def test_scores_are_those_of_every_way_in_which_errors_may_fall() -> None:
    rates = [0.95, 0.95, 0.7, 0.5, 0.5, 0.5]
    chance = np.zeros(7)
    for outcome in itertools.product((0, 1), repeat=6):
        chance[sum(outcome)] += np.prod([rate if hit else 1 - rate for hit, rate in zip(outcome, rates, strict=True)])
    below = np.cumsum(chance) - chance / 2
    found = scores(work([(2, 0.95), (1, 0.7), (3, 0.5)]))
    assert found == pytest.approx(distributions.norm.ppf(below), abs=1e-9)


def test_one_kind_of_work_is_the_binomials_mid_p() -> None:
    hits = np.arange(501)
    below = distributions.binom(500, 0.97).cdf(hits) - distributions.binom(500, 0.97).pmf(hits) / 2
    found = scores(work([(500, 0.97)]))
    near = (below > 1e-6) & (below < 1 - 1e-6)
    assert found[near] == pytest.approx(distributions.norm.ppf(below[near]), abs=1e-7)
    # Far out too, where a sum of rounded numbers would have lost its digits: 400 of 500 is 22 standard errors off.
    assert found[400] == pytest.approx(float(distributions.norm.ppf(below[400])), abs=1e-6)
    assert found[400] < -13


def test_work_that_never_or_always_goes_right_leaves_less_to_chance() -> None:
    found = scores(work([(3, 1.0), (2, 0.5), (4, 0.0)]))
    assert found[:3].tolist() == [-np.inf] * 3
    assert found[3:6] == pytest.approx(scores(work([(2, 0.5)])))
    assert found[6:].tolist() == [np.inf] * 4
    assert np.isnan(scores(work([(3, 1.0), (4, 0.0)]))).all()


@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0.05, 0.98)), min_size=1, max_size=4), st.floats(1, 3))
@settings(max_examples=40, deadline=None)
def test_a_number_of_hits_is_outside_the_limits_just_where_its_score_is(
    parts: list[tuple[int, float]], wide: float
) -> None:
    found = scores(work(parts))
    hits = np.arange(len(found))
    for level, far in ((INNER, 1.959964), (OUTER, 3.090232)):
        low, high = limits(found, wide, level)
        assert 0 <= low <= high <= len(found) - 1
        clear = np.abs(np.abs(found) - far * wide) > 1e-4
        assert ((hits < low) == (found < -far * wide))[clear].all()
        assert ((hits > high) == (found > far * wide))[clear].all()


def test_limits_of_many_rows_are_the_normal_ones() -> None:
    low, high = limits(scores(work([(4000, 0.5)])), 1.0, INNER)
    # 2000 ± 1.95996 · √1000
    assert (low, high) == pytest.approx((2000 - 61.98, 2000 + 61.98), abs=0.05)
    assert np.isnan(limits(scores(work([(3, 1.0)])), 1.0, INNER)).all()


def test_overdispersion_is_that_of_most_and_never_below_one() -> None:
    rng = np.random.default_rng(1)
    alike = rng.standard_normal(4000)
    assert overdispersion(alike) == pytest.approx(1.0, abs=0.05)
    assert overdispersion(2 * alike) == pytest.approx(2.0, abs=0.1)
    assert overdispersion(alike / 2) == 1.0
    # Two in sixty far out hide themselves in a plain standard deviation, not in this.
    outliers = np.r_[rng.standard_normal(58), -9.0, -9.0]
    assert overdispersion(outliers) < 1.3 < np.std(outliers)
    assert overdispersion([np.nan]) == 1.0


def test_who_is_found_is_found_by_benjamini_and_hochberg() -> None:
    # Chances .001, .012, .02, .5, .9; of five, at 5 %: .01, .02, .03 are the steps that the first three pass.
    score = np.array([distributions.norm.isf(p / 2) for p in (0.001, 0.012, 0.02, 0.5, 0.9)])
    assert found_beyond(score, 1.0).tolist() == [True, True, True, False, False]
    assert found_beyond(np.r_[-score, np.nan], 1.0).tolist() == [True, True, True, False, False, False]
    assert not found_beyond(score, 2.0).any()
    assert found_beyond([np.nan], 1.0).tolist() == [False]
