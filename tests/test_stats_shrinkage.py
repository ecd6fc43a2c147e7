"""Shrunk shares, against the beta-binomial's own posterior and how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as distributions

from smo_reports.stats.intervals import share_interval
from smo_reports.stats.shrinkage import shrunk_shares


def test_a_strength_that_is_known_gives_the_textbooks_posterior() -> None:
    """Hundreds of people settle how much people differ: what is left is Beta(m e + x, m (1 - e) + n - x)."""
    rng = np.random.default_rng(3)
    truth = rng.beta(40, 10, 4000)
    hits, n = rng.binomial(50, truth), np.full(4000, 50)
    found = shrunk_shares(hits, n, np.full(4000, 0.8))
    # A beta of 50 has a standard deviation of 1 / √51 = .140 in units of √(mean · (1 - mean)).
    assert found.spread == pytest.approx(0.14, abs=0.02)
    assert found.value == pytest.approx((40 + hits) / 100, abs=0.02)
    posterior = distributions.beta(40 + hits, 10 + 50 - hits)
    assert found.low == pytest.approx(posterior.ppf(0.025), abs=0.02)
    assert found.high == pytest.approx(posterior.ppf(0.975), abs=0.02)


def test_the_likeliest_spread_is_scipys() -> None:
    rng = np.random.default_rng(4)
    n, mean = rng.integers(40, 300, 60), rng.uniform(0.85, 0.97, 60)
    hits = rng.binomial(n, rng.beta(30 * mean, 30 * (1 - mean)))
    spreads = np.linspace(0.005, 0.605, 31)
    strengths = 1 / spreads**2 - 1
    likelihood = [float(distributions.betabinom(n, m * mean, m * (1 - mean)).logpmf(hits).sum()) for m in strengths]
    assert shrunk_shares(hits, n, mean).spread == pytest.approx(spreads[int(np.argmax(likelihood))])


def test_the_less_is_known_the_further_it_is_drawn() -> None:
    rng = np.random.default_rng(5)
    others = rng.binomial(200, rng.beta(36, 4, 30))
    found = shrunk_shares(np.r_[others, 7, 70, 700], np.r_[np.full(30, 200), 10, 100, 1000], np.full(33, 0.9))
    few, some, many = found.value[-3:]
    assert 0.7 < many < some < few < 0.9
    assert (found.high - found.low)[-3] > (found.high - found.low)[-1]


def test_people_who_are_all_alike_are_not_said_to_be_exactly_alike() -> None:
    rng = np.random.default_rng(6)
    hits = rng.binomial(100, 0.93, 60)
    found = shrunk_shares(hits, np.full(60, 100), np.full(60, hits.sum() / 6000))
    plain_low, plain_high = share_interval(hits / 100, np.full(60, 100))
    assert np.all(found.high - found.low > 0.01)
    assert np.mean(found.high - found.low) < 0.6 * np.mean(plain_high - plain_low)
    assert np.mean((found.low <= 0.93) & (found.high >= 0.93)) > 0.95


@pytest.mark.parametrize("spread", [0.03, 0.06])
def test_the_interval_holds_people_as_often_as_it_says(spread: float) -> None:
    rng, strength = np.random.default_rng(7), 0.9 * 0.1 / spread**2 - 1
    held = []
    for _ in range(40):
        truth = rng.beta(0.9 * strength, 0.1 * strength, 60)
        n = rng.integers(30, 300, 60)
        hits = rng.binomial(n, truth)
        found = shrunk_shares(hits, n, np.full(60, hits.sum() / n.sum()))
        held.append(np.mean((found.low <= truth) & (truth <= found.high)))
    assert 0.92 <= np.mean(held) <= 0.98


def test_where_nothing_could_be_otherwise_nothing_is_said() -> None:
    found = shrunk_shares([10, 0], [10, 10], [1.0, 0.0])
    assert found.value.tolist() == [1.0, 0.0]
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()
    mixed = shrunk_shares([10, 8], [10, 10], [1.0, 0.9])
    assert np.isnan(mixed.low[0])
    assert 0 < mixed.low[1] < mixed.value[1] < mixed.high[1] < 1
