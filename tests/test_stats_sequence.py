"""Confidence sequences: what they are by definition, and that looking at them often is harmless."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from smo_reports.stats.intervals import wilson_from_share, wilson_interval
from smo_reports.stats.sequence import (
    SHARPEST,
    daily_worth,
    evidence_against,
    plain_worth,
    sequence_interval,
    sequence_widening,
)

BAR = math.log(20)


@pytest.mark.parametrize(("p", "hits", "n"), [(0.5, 12, 30), (0.8, 45, 50), (0.95, 40, 40), (0.99, 3, 4)])
def test_the_evidence_is_a_mixture_of_likelihood_ratios(p: float, hits: int, n: int) -> None:
    """By numerical integration instead of beta functions."""
    prior = stats.beta(SHARPEST * p, SHARPEST * (1 - p))

    def ratio(share: float) -> float:
        return float(stats.binom.pmf(hits, n, share) / stats.binom.pmf(hits, n, p) * prior.pdf(share))

    # The prior may be endless at 1: the upper piece is integrated from there.
    mixed = integrate.quad(ratio, 0, 0.9)[0] + integrate.quad(lambda gap: ratio(1 - gap), 0, 0.1, limit=400)[0]
    assert float(evidence_against(p, hits / n, n)) == pytest.approx(math.log(mixed), rel=1e-4)


@pytest.mark.parametrize("p", [0.5, 0.8, 0.95, 0.99, 0.995])
def test_looking_after_every_audit_is_wrong_in_at_most_one_period_in_twenty(p: float) -> None:
    worlds, n = 1500, np.arange(1, 2001)
    share = (np.random.default_rng(31).random((worlds, 2000)) < p).cumsum(axis=1) / n
    wrong = (evidence_against(p, share, n) >= BAR).any(axis=1).mean()
    # 5 % are allowed for looking forever; 2,000 audits use up half of it or more. (3 standard errors: 1.7 %.)
    assert 0.01 <= wrong <= 0.05
    looks = n >= 30
    low, high = wilson_from_share(share[:200, looks], np.broadcast_to(n[looks], (200, looks.sum())), 1.959964)
    assert ((low > p) | (high < p)).any(axis=1).mean() > 0.25


def test_a_means_sequence_is_wrong_in_at_most_one_period_in_twenty() -> None:
    n = np.arange(1, 2001)
    mean = np.random.default_rng(32).normal(size=(1500, 2000)).cumsum(axis=1) / n
    half = 1.959964 / np.sqrt(n) * sequence_widening(n)
    assert 0.01 <= (np.abs(mean) > half)[:, 29:].any(axis=1).mean() <= 0.05


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000), st.floats(0, 1))
def test_the_interval_is_every_candidate_that_the_evidence_leaves(n: int, part: float) -> None:
    share = round(part * n) / n
    low, high = (float(end) for end in sequence_interval(share, n))
    assert 0 <= low <= share <= high <= 1
    candidates = np.linspace(1e-4, 1 - 1e-4, 999)
    left = evidence_against(candidates, share, n) < BAR
    inside = (candidates > low) & (candidates < high)
    assert (left == inside).all()


def test_more_audits_of_the_same_share_narrow_it() -> None:
    low, high = sequence_interval(0.9, [30, 100, 300, 1000, 10000])
    assert (np.diff(high - low) < 0).all()


def test_an_interval_of_nothing_is_nothing() -> None:
    low, high = sequence_interval([0.5, math.nan, 0.5, 1.0, 0.0], [0, 10, math.nan, 10, 10])
    assert np.isnan(low[:3]).all()
    assert np.isnan(high[:3]).all()
    assert (high[3], low[4]) == (1.0, 0.0)
    assert (low[3], high[4]) == pytest.approx((1 - high[4], 1 - low[3]))


def test_a_higher_level_is_wider() -> None:
    narrow, wide = sequence_interval(0.9, 200, 0.9), sequence_interval(0.9, 200, 0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5000), st.floats(0, 1))
def test_what_an_interval_is_worth_is_the_n_it_came_from(n: int, part: float) -> None:
    hits = round(part * n)
    low, high = wilson_interval(hits, n)
    assert float(plain_worth(hits / n, low, high)) == pytest.approx(n, rel=1e-6)


def test_worth_at_the_ends() -> None:
    assert float(plain_worth(0.9, 0.9, 0.9)) == math.inf
    assert math.isnan(float(plain_worth(0.9, math.nan, math.nan)))
    assert 0 < float(plain_worth(0.5, 0.0, 1.0)) < 1e-3


def test_a_sequence_takes_the_wider_interval_and_never_more_than_there_is() -> None:
    def ends(n: float) -> tuple[float, float]:
        low, high = wilson_interval(0.9 * n, n)
        return float(low), float(high)

    nothing = (math.nan, math.nan)
    assert float(daily_worth(0.9, 100, ends(400))) == pytest.approx(100)
    assert float(daily_worth(0.9, 100, ends(80), ends(60))) == pytest.approx(60)
    assert float(daily_worth(0.9, 100, ends(60), ends(80))) == pytest.approx(60)
    assert float(daily_worth(0.9, 100, ends(80), nothing)) == pytest.approx(80)
