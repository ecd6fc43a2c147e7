"""Two groups on the same mix of work: against textbook data, statsmodels and scipy, and in the long run."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as distributions
from statsmodels.stats.contingency_tables import StratifiedTable

from smo_reports.stats.stratified import stratified_difference, trend_difference


def drawn(
    rng: np.random.Generator, strata: int, more: float, sparse: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hits and rows of two groups, the first hitting more often by a difference of shares."""
    share = rng.uniform(0.05, 0.4, strata)
    n, other = rng.integers(1, 6 if sparse else 60, (2, strata))
    return rng.binomial(n, share + more), n, rng.binomial(other, share), other


def test_one_stratum_is_a_difference_of_two_shares() -> None:
    found = stratified_difference([12], [40], [10], [80])
    assert (found.value, found.observed, found.expected, found.rows) == (
        pytest.approx(0.3 - 0.125),
        0.3,
        0.125,
        40,
    )
    assert found.error == pytest.approx(np.sqrt(0.3 * 0.7 / 40 + 0.125 * 0.875 / 80), rel=0.02)
    # Fisher's exact test, mid-p: half of what is as likely as the table itself is taken off its tail.
    fisher = distributions.hypergeom(120, 22, 40)
    tail = fisher.sf(11) - fisher.pmf(12) / 2
    assert found.score == pytest.approx(distributions.norm.isf(tail))


@pytest.mark.parametrize("seed", range(6))
def test_the_score_is_cochrans_where_there_are_many_rows(seed: int) -> None:
    hits, n, other_hits, other_n = drawn(np.random.default_rng(seed), 12, 0.05)
    found = stratified_difference(hits, n, other_hits, other_n)
    tables = [[[a, b - a], [c, d - c]] for a, b, c, d in zip(hits, n, other_hits, other_n, strict=True)]
    peer = StratifiedTable([np.array(one, float) for one in tables]).test_null_odds(correction=False)
    assert found.score**2 == pytest.approx(peer.statistic, rel=0.05, abs=0.05)


def test_strata_of_one_group_alone_say_nothing() -> None:
    both = stratified_difference([2, 9], [10, 30], [8, 10], [20, 20])
    more = stratified_difference([2, 9, 5, 0], [10, 30, 5, 0], [8, 10, 0, 9], [20, 20, 0, 9])
    assert more == both
    none = stratified_difference([5], [5], [0], [0])
    assert none.rows == 0
    assert np.isnan([none.value, none.error, none.observed, none.expected, none.score]).all()
    flawless = stratified_difference([0], [50], [0], [50])
    assert (flawless.value, flawless.error) == (0.0, 0.0)
    assert np.isnan(flawless.score)


@pytest.mark.parametrize("sparse", [False, True])
def test_the_difference_is_covered_and_no_difference_is_rarely_found(sparse: bool) -> None:
    rng = np.random.default_rng(4)
    strata = 120 if sparse else 8
    covered, found = [], []
    for _ in range(600):
        one = stratified_difference(*drawn(rng, strata, 0.1, sparse))
        covered.append(abs(one.value - 0.1) < 1.96 * one.error)
        found.append(abs(stratified_difference(*drawn(rng, strata, 0.0, sparse)).score) > 1.96)
    assert 0.925 < np.mean(covered) < 0.975
    assert 0.03 < np.mean(found) < 0.07


def over_time(rng: np.random.Generator, steady: float, slope: float) -> tuple[np.ndarray, ...]:
    """Twenty weeks of two kinds of work; the group differs by so much, and by so much more every week."""
    week = np.repeat(np.arange(20.0), 2)
    share = np.tile([0.1, 0.3], 20)
    n, other = rng.integers(10, 30, 40), rng.integers(40, 90, 40)
    return week, rng.binomial(n, np.clip(share + steady + slope * week, 0, 1)), n, rng.binomial(other, share), other


def test_a_trend_is_found_and_a_steady_difference_is_none() -> None:
    rng = np.random.default_rng(6)
    slopes = [trend_difference(*over_time(rng, 0.0, 0.01)) for _ in range(200)]
    assert np.mean([one.value for one in slopes]) == pytest.approx(0.01, abs=0.0005)
    assert np.mean([one.score > 1.96 for one in slopes]) > 0.75
    for steady in (0.0, -0.06):
        scores = [trend_difference(*over_time(rng, steady, 0.0)).score for _ in range(600)]
        assert 0.025 < np.mean(np.abs(scores) > 1.96) < 0.075, steady


def test_one_time_has_no_trend() -> None:
    alone = trend_difference([3, 3], [1, 2], [9, 9], [2, 3], [9, 9])
    assert (alone.times, alone.rows) == (1, 18)
    assert np.isnan([alone.value, alone.error, alone.score]).all()
    flawless = trend_difference([1, 2], [0, 0], [9, 9], [0, 0], [9, 9])
    assert flawless.times == 2
    assert np.isnan(flawless.score)
