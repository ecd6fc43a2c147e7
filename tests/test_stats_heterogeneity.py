"""The spread between people that chance does not explain, against statsmodels and by its coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as distributions
from statsmodels.stats.meta_analysis import combine_effects

from smo_reports.stats.heterogeneity import moment_spread, shrunk, true_spread


def drawn(rng: np.random.Generator, people: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    n = rng.integers(40, 200, people)
    return rng.binomial(n, np.clip(rng.normal(0.8, spread, people), 0, 1)), n


@pytest.mark.parametrize("seed", range(10))
def test_it_is_statsmodels_iterated_moment_estimate(seed: int) -> None:
    hits, n = drawn(np.random.default_rng(seed), 12, 0.08)
    pooled = hits.sum() / n.sum()
    theirs = combine_effects(hits / n, pooled * (1 - pooled) / n, method_re="iterated", atol=1e-7).tau2
    assert true_spread(hits, n)[0] ** 2 == pytest.approx(max(theirs, 0.0), abs=1e-7)


def test_the_ends_put_the_distances_at_the_tails_of_chi_square() -> None:
    hits, n = drawn(np.random.default_rng(3), 9, 0.1)
    _, low, high = true_spread(hits, n, 0.9)
    share, pooled = hits / n, hits.sum() / n.sum()
    for end, tail in ((low, 0.95), (high, 0.05)):
        weight = 1 / (pooled * (1 - pooled) / n + end**2)
        distance = weight @ (share - weight @ share / weight.sum()) ** 2
        assert distributions.chi2.cdf(distance, 8) == pytest.approx(tail)


def test_what_chance_explains_is_no_spread() -> None:
    assert true_spread([40, 40, 41], [50, 50, 50])[:2] == (0.0, 0.0)
    rng = np.random.default_rng(8)
    nothing = [true_spread(*drawn(rng, 15, 0.0)) for _ in range(200)]
    # Half of the samples of equal people vary less than chance expects; nearly all allow for no spread at all.
    assert 0.4 < np.mean([value == 0 for value, _, _ in nothing]) < 0.7
    assert np.mean([low == 0 for _, low, _ in nothing]) > 0.94


def test_the_interval_covers_the_spread() -> None:
    rng = np.random.default_rng(9)
    ends = [true_spread(*drawn(rng, 15, 0.06))[1:] for _ in range(400)]
    assert 0.92 <= np.mean([low <= 0.06 <= high for low, high in ends]) <= 0.985


def test_where_there_is_nothing_to_say() -> None:
    assert np.isnan(true_spread([3], [4])).all()
    assert np.isnan(true_spread([3, 0], [4, 0])).all()
    for right in (0, 9):
        value, low, high = true_spread([right, right], [9, 9])
        assert (value, math.isnan(low), math.isnan(high)) == (0.0, True, True)


def test_values_are_drawn_in_by_what_is_not_known_of_them() -> None:
    """Three values about 0: squares 9 + 9 + 36, error 4 each: spread 54/3 - 4 = 14; pulled by a third of 4/18."""
    value, low, high = shrunk([-3.0, 3.0, 6.0], [4.0, 4.0, 4.0], 0.0)
    assert moment_spread([-3.0, 3.0, 6.0], [4.0] * 3, mean=0.0)[0] == pytest.approx(math.sqrt(14))
    assert value == pytest.approx(np.array([-3.0, 3.0, 6.0]) * (1 - 2 / 27))
    half = 1.959964 * np.sqrt(4 * (1 - 2 / 27) + 2 * (2 / 27) ** 2 * np.array([9.0, 9.0, 36.0]))
    assert high - value == pytest.approx(half)
    assert value - low == pytest.approx(half)


def test_two_values_stay_as_they_are() -> None:
    value, low, high = shrunk([-3.0, 3.0], [4.0, 1.0], 0.0)
    assert value.tolist() == [-3.0, 3.0]
    assert (high - low).tolist() == pytest.approx([4 * 1.959964, 2 * 1.959964])


def test_drawn_in_values_are_nearer_the_truth_and_their_intervals_hold() -> None:
    rng = np.random.default_rng(12)
    gain, covered = [], []
    for _ in range(500):
        truth, variance = rng.normal(0, 1, 12), rng.uniform(0.3, 3.0, 12)
        seen = truth + rng.normal(0, np.sqrt(variance))
        value, low, high = shrunk(seen, variance, 0.0)
        gain.append(((value - truth) ** 2).sum() / ((seen - truth) ** 2).sum())
        covered.append(np.mean((low <= truth) & (truth <= high)))
    assert np.mean(gain) < 0.8
    assert 0.93 < np.mean(covered) < 0.97
