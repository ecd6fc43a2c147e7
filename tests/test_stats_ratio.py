"""Ratios and means of a sample, against the textbook's formulas row by row, and by their coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as distributions

from smo_reports.stats.ratio import RatioTallies, cluster_ratio_interval, design_ratio_interval

Reals = np.ndarray


def tallied(x: Reals, y: Reals, weight: Reals, stratum: Reals, labeler: Reals, group: Reals) -> RatioTallies:
    """Single rows as tallies of (group, stratum, labeler), as the engine would count them."""
    keys, place = np.unique(np.stack([group, stratum, labeler]), axis=1, return_inverse=True)
    wx, wy = weight * x, weight * y
    rows = [np.ones(len(x)), wx, wy, wx * wx, wx * wy, wy * wy]
    sums = [np.bincount(place.ravel(), values) for values in rows]
    known = bool(weight.min() >= 1 < weight.max()) and bool((x == 1).all())
    return RatioTallies(keys[0], keys[1], keys[2], *sums, int(group.max()) + 1, known)


def by_rows(x: Reals, y: Reals, weight: Reals, stratum: Reals, here: Reals, finite: bool) -> tuple[float, float, int]:
    """Ratio, linearised variance and degrees of freedom of the rows that are ``here``, from Särndal's (5.6.10)."""
    whole = (weight * x)[here].sum()
    ratio = (weight * y)[here].sum() / whole
    score = np.where(here, weight * (y - ratio * x), 0.0) / whole
    size = {one: int((stratum == one).sum()) for one in np.unique(stratum)}
    layers = [stratum == one for one in size if size[one] > 1]
    alone = np.isin(stratum, [one for one in size if size[one] == 1]) & here
    layers += [alone] if alone.any() else []
    variance, used = 0.0, 0
    for layer in layers:
        own, n = score[layer], int(layer.sum())
        part = n / (n - 1) * float(((own - own.mean()) ** 2).sum()) if n > 1 else float(own[0] ** 2)
        variance += part * (1 - n / float(weight[layer].sum()) if finite else 1.0)
        used += bool((layer & here).any())
    return float(ratio), variance, int(here.sum()) - used


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["mean", "ratio"])
def test_the_design_interval_is_the_textbooks(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(12, 70))
    stratum, labeler, group = rng.integers(0, 7, n), rng.integers(0, 6, n), rng.integers(0, 2, n)
    weight = np.array([2.0, 10.0, 3.5, 40.0, 1.0, 7.0, 5.0])[stratum]
    x = np.ones(n) if kind == "mean" else rng.uniform(0.5, 5.0, n)
    y = x * rng.normal(70, 12, n)
    low, high = design_ratio_interval(tallied(x, y, weight, stratum, labeler, group))
    for one in (0, 1):
        ratio, variance, freedom = by_rows(x, y, weight, stratum, group == one, kind == "mean")
        half = distributions.t.ppf(0.975, freedom) * np.sqrt(variance)
        assert (low[one], high[one]) == pytest.approx((ratio - half, ratio + half)), one


def test_where_everything_was_looked_at_nothing_is_left_open() -> None:
    y, ones = np.array([3.0, 5.0, 10.0, 20.0, 30.0]), np.ones(5)
    weight, stratum, zero = np.array([1.0, 1.0, 1.0, 2.0, 2.0]), np.array([0, 0, 0, 1, 1]), np.zeros(5, int)
    tallies = tallied(ones, y, weight, stratum, np.arange(5), zero)
    low, high = design_ratio_interval(tallies)
    # Only the second stratum has rows that nobody saw: two of four, each 5 from their mean, twice weighted, of seven.
    half = 3.18245 * np.sqrt(2 * 2 * 10.0**2 / 2) / 7
    assert (low[0], high[0]) == pytest.approx((118 / 7 - half, 118 / 7 + half), rel=1e-5)
    low, high = design_ratio_interval(tallied(ones, y, weight, stratum, np.arange(5), stratum))
    assert (low[0], high[0]) == (6.0, 6.0)
    assert high[1] > 25 > low[1]


def test_the_cluster_interval_is_the_sandwich() -> None:
    rng = np.random.default_rng(5)
    labeler = rng.integers(0, 8, 60)
    y, weight = rng.normal(50, 10, 60) + 4 * labeler, rng.uniform(1, 5, 60)
    zero = np.zeros(60, int)
    low, high = cluster_ratio_interval(tallied(np.ones(60), y, weight, zero, labeler, zero))
    mean = float((weight * y).sum() / weight.sum())
    pulls = np.bincount(labeler, weight * (y - mean)) / weight.sum()
    half = distributions.t.ppf(0.975, 7) * np.sqrt(8 / 7 * (pulls**2).sum())
    assert (low[0], high[0]) == pytest.approx((mean - half, mean + half))
    alone = cluster_ratio_interval(tallied(np.ones(60), y, weight, zero, zero, zero))
    assert np.isnan(alone).all()


def test_nothing_has_no_ratio() -> None:
    empty = RatioTallies(*(np.zeros(0, np.intp) for _ in range(3)), *(np.zeros(0) for _ in range(6)), 1)
    for found in (empty.ratio, *design_ratio_interval(empty), *cluster_ratio_interval(empty)):
        assert found.shape == (1,)
        assert np.isnan(found).all()


def test_a_mean_of_a_stratified_sample_is_covered_as_often_as_promised() -> None:
    """Two strata of a finite population, one of them looked at by half: 95 % of 1,500 samples, give or take."""
    rng = np.random.default_rng(11)
    population = [rng.gamma(4, 5, 400), 40 + rng.gamma(9, 3, 80)]
    truth = np.concatenate(population).mean()
    stratum, zero = np.repeat([0, 1], [30, 40]), np.zeros(70, int)
    weight = np.repeat([400 / 30, 2.0], [30, 40])
    caught = 0
    for _ in range(1500):
        y = np.concatenate([rng.choice(population[0], 30, False), rng.choice(population[1], 40, False)])
        low, high = design_ratio_interval(tallied(np.ones(70), y, weight, stratum, zero, zero))
        caught += bool(low[0] <= truth <= high[0])
    assert 0.93 <= caught / 1500 <= 0.97
