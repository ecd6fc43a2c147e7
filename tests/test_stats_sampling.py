"""Design and cluster intervals, against formulas on single rows and against how often they cover the truth."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from smo_reports.stats.intervals import student_quantile, wilson_interval
from smo_reports.stats.sampling import ShareTallies, cluster_interval, cluster_mean_interval, design_interval

Ends = Callable[[float, float, float], tuple[float, float]]


def tallied(
    hit: np.ndarray,
    weight: np.ndarray,
    stratum: np.ndarray,
    labeler: np.ndarray,
    group: np.ndarray | None = None,
) -> ShareTallies:
    """Single rows as tallies of (group, stratum, labeler), as the engine would count them."""
    group = np.zeros(len(hit), int) if group is None else group
    keys, place = np.unique(np.stack([group, stratum, labeler]), axis=1, return_inverse=True)
    sums = [
        np.bincount(place.ravel(), values)
        for values in (np.ones(len(hit)), weight, weight**2, weight * hit, weight**2 * hit)
    ]
    known = bool(weight.min() >= 1 < weight.max())
    return ShareTallies(keys[0], keys[1], keys[2], *sums, int(group.max()) + 1, known)


def drawn(seed: int, kind: str) -> tuple[np.ndarray, ...]:
    """Rows at random: strata, labelers and weights of one kind."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 80))
    stratum, labeler = rng.integers(0, 5, n), rng.integers(0, 6, n)
    weight = {
        "none": np.ones(n),
        "by stratum": np.array([2.0, 10.0, 3.5, 40.0, 1.0])[stratum],
        "by row": rng.uniform(1.0, 9.0, n),
        "normed": rng.uniform(0.2, 0.9, n),
    }[kind]
    return (rng.random(n) < rng.uniform(0.3, 0.9)).astype(float), weight, stratum, labeler


@pytest.mark.parametrize("kind", ["none", "by stratum", "by row", "normed"])
@pytest.mark.parametrize("seed", range(15))
def test_design_interval_is_the_row_level_formula(
    seed: int, kind: str, design_by_rows: Callable[..., tuple[float, float, float]], score_ends: Ends
) -> None:
    hit, weight, stratum, labeler = drawn(seed, kind)
    found = design_interval(tallied(hit, weight, stratum, labeler))
    share, variance, factor = design_by_rows(hit, weight, stratum)
    effective = min(share * (1 - share) / variance, len(hit)) / factor
    _, sizes = np.unique(stratum, return_counts=True)
    freedom = len(hit) - int((sizes > 1).sum()) - int((sizes == 1).any())
    assert float(found.effective_n[0]) == pytest.approx(effective, rel=1e-9)
    wanted = score_ends(share, effective, float(student_quantile(freedom)))
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx(wanted, abs=1e-7)


@pytest.mark.parametrize("kind", ["none", "by row"])
@pytest.mark.parametrize("seed", range(15))
def test_cluster_interval_is_the_row_level_sandwich(
    seed: int, kind: str, cluster_by_rows: Callable[..., tuple[float, float]], score_ends: Ends
) -> None:
    hit, weight, stratum, labeler = drawn(seed, kind)
    found = cluster_interval(tallied(hit, weight, stratum, labeler))
    share, variance = cluster_by_rows(hit, weight, labeler)
    effective = min(share * (1 - share) / variance, len(hit))
    wanted = score_ends(share, effective, float(student_quantile(len(np.unique(labeler)) - 1)))
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx(wanted, abs=1e-7)


def test_groups_do_not_touch_each_other() -> None:
    hit, weight, stratum, labeler = drawn(3, "by stratum")
    other = drawn(4, "by stratum")
    group = np.repeat([0, 1], [len(hit), len(other[0])])
    both = tallied(*(np.concatenate(pair) for pair in zip((hit, weight, stratum, labeler), other, strict=True)), group)
    for interval in (design_interval, cluster_interval):
        together = interval(both)
        alone = [interval(tallied(hit, weight, stratum, labeler)), interval(tallied(*other))]
        assert together.low == pytest.approx([float(one.low[0]) for one in alone])
        assert together.high == pytest.approx([float(one.high[0]) for one in alone])


def test_a_simple_random_sample_is_wilson_with_students_quantile(score_ends: Ends) -> None:
    hit = np.repeat([1.0, 0.0], [90, 10])
    found = design_interval(tallied(hit, np.ones(100), np.zeros(100, int), np.arange(100)))
    # s² = n / (n − 1) · p (1 − p): the sample is worth n − 1 observations.
    wanted = score_ends(0.9, 99, float(student_quantile(99)))
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx(wanted, abs=1e-9)
    many = np.repeat([1.0, 0.0], [9000, 1000])
    found = design_interval(tallied(many, np.ones(10_000), np.zeros(10_000, int), np.zeros(10_000, int)))
    low, high = wilson_interval(9000, 10_000)
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx((float(low), float(high)), abs=2e-6)


def census(weight: float, extra: tuple[float, float]) -> tuple[float, float]:
    """Sixty rows, most of one weight; two of ``extra``."""
    hit = np.tile([1.0, 1.0, 0.0], 20)
    weights = np.full(60, weight)
    weights[:2] = extra
    found = design_interval(tallied(hit, weights, np.r_[0, 0, np.ones(58, int)], np.arange(60) % 7))
    return float(found.low[0]), float(found.high[0])


def test_where_everything_was_looked_at_nothing_is_left_open() -> None:
    """Every stratum but one with no spread is a census: weights of 1 beside real ones."""
    # The first stratum was sampled (two rows of ten each, both right), the second was read in full.
    low, high = census(1.0, (10.0, 10.0))
    share = (20 + 38) / (20 + 58)
    assert (low, high) == pytest.approx((share, share), abs=1e-12)


def test_weights_of_one_or_below_tell_no_population() -> None:
    ones, halves = census(1.0, (1.0, 1.0)), census(0.5, (0.5, 0.5))
    assert ones == pytest.approx(halves)
    assert ones[1] - ones[0] > 0.15


def test_duplicating_every_row_narrows_no_cluster_interval() -> None:
    rng = np.random.default_rng(5)
    labeler, skill = np.repeat(np.arange(8), 10), np.repeat(rng.uniform(0.3, 1.0, 8), 10)
    hit, weight, stratum = (rng.random(80) < skill).astype(float), np.ones(80), np.zeros(80, int)
    once = cluster_interval(tallied(hit, weight, stratum, labeler))
    twice = cluster_interval(tallied(*(np.tile(part, 2) for part in (hit, weight, stratum, labeler))))
    spread = cluster_interval(tallied(*(np.tile(part, 2) for part in (hit, weight, stratum)), np.arange(2 * len(hit))))
    assert float(twice.low[0]) == pytest.approx(float(once.low[0]))
    assert float(twice.high[0]) == pytest.approx(float(once.high[0]))
    # The same rows of as many labelers as rows would be twice as much evidence.
    assert float(spread.high[0] - spread.low[0]) < 0.9 * float(once.high[0] - once.low[0])


def test_one_labeler_has_no_cluster_interval_and_an_empty_group_has_none_at_all() -> None:
    one = cluster_interval(tallied(np.array([1.0, 0.0, 1.0]), np.ones(3), np.zeros(3, int), np.zeros(3, int)))
    assert math.isnan(float(one.low[0]))
    nothing = np.zeros(0)
    none = ShareTallies(*(nothing.astype(int),) * 3, *(nothing,) * 5, 1)
    for interval in (design_interval, cluster_interval):
        assert math.isnan(float(interval(none).low[0]))
        assert math.isnan(float(interval(none).high[0]))


def test_a_row_alone_in_its_stratum_is_no_certainty(
    design_by_rows: Callable[..., tuple[float, float, float]],
) -> None:
    hit = np.r_[0.0, np.tile([1.0, 1.0, 1.0, 0.0], 20)]
    weight, stratum = np.r_[100.0, np.full(80, 2.0)], np.r_[0, np.ones(80, int)]
    found = design_interval(tallied(hit, weight, stratum, np.arange(81) % 9))
    # Of a weight of 260 the one row stands for 100, and nobody looked at the other 99: p = 120 / 260.
    share, variance, factor = design_by_rows(hit, weight, stratum)
    assert variance > (100 * 120 / 260 / 260) ** 2
    assert float(found.effective_n[0]) == pytest.approx(share * (1 - share) / variance / factor)
    assert float(found.effective_n[0]) < 9


def test_flawless_rows_of_unequal_weight_are_worth_fewer() -> None:
    weight = np.r_[np.full(50, 1.0), np.full(50, 20.0)]
    found = design_interval(tallied(np.ones(100), weight, np.repeat([0, 1], 50), np.arange(100) % 9))
    kish = weight.sum() ** 2 / (weight**2).sum()
    assert float(found.effective_n[0]) == pytest.approx(kish / (1 - 100 / weight.sum()))
    assert float(found.high[0]) == 1.0
    assert float(found.low[0]) < 0.97


def test_a_clustered_mean_is_the_sandwich_of_its_rows() -> None:
    rng = np.random.default_rng(11)
    group, n = np.repeat([0, 1], 6), rng.integers(1, 9, 12).astype(float)
    total = n * rng.uniform(10, 60, 12)
    low, high = cluster_mean_interval(group, n, total, 2)
    for one in (0, 1):
        own_n, own = n[group == one], total[group == one]
        mean = own.sum() / own_n.sum()
        error = math.sqrt(6 / 5 * ((own - mean * own_n) ** 2).sum()) / own_n.sum()
        # 2.5706 is Student's quantile at five degrees of freedom.
        assert (low[one], high[one]) == pytest.approx((mean - 2.5706 * error, mean + 2.5706 * error), rel=1e-4)
    assert np.isnan(cluster_mean_interval(np.array([0]), np.array([3.0]), np.array([5.0]), 1)[0]).all()


def coverage(sizes: tuple[int, ...], drawn_of_each: tuple[int, ...], shares: tuple[float, ...]) -> float:
    """How often the design interval holds the share of a population that is sampled 400 times by strata."""
    rng = np.random.default_rng(2026)
    people = [(np.arange(size) < round(size * p)).astype(float) for size, p in zip(sizes, shares, strict=True)]
    truth = float(np.concatenate(people).mean())
    weight = np.repeat([size / n for size, n in zip(sizes, drawn_of_each, strict=True)], drawn_of_each)
    stratum = np.repeat(np.arange(len(sizes)), drawn_of_each)
    held = 0
    for _ in range(400):
        parts = [rng.choice(own, n, replace=False) for own, n in zip(people, drawn_of_each, strict=True)]
        found = design_interval(tallied(np.concatenate(parts), weight, stratum, np.zeros(len(weight), int)))
        held += float(found.low[0]) <= truth <= float(found.high[0])
    return held / 400


@pytest.mark.parametrize(
    ("sizes", "n", "shares"),
    [
        ((4000,), (200,), (0.9,)),
        ((3000, 800, 200), (80, 60, 60), (0.92, 0.88, 0.68)),
        ((300, 100), (150, 50), (0.9, 0.9)),
    ],
    ids=["simple", "strata with unequal weights", "half of everything"],
)
def test_the_design_interval_holds_the_truth_as_often_as_it_says(
    sizes: tuple[int, ...], n: tuple[int, ...], shares: tuple[float, ...]
) -> None:
    assert 0.91 <= coverage(sizes, n, shares) <= 0.99


def test_the_cluster_interval_holds_the_process_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(12), 0
    labeler = np.repeat(np.arange(25), 12)
    for _ in range(400):
        skill = rng.beta(18, 2, 25)
        hit = (rng.random(300) < skill[labeler]).astype(float)
        found = cluster_interval(tallied(hit, np.ones(300), np.zeros(300, int), labeler))
        held += float(found.low[0]) <= 0.9 <= float(found.high[0])
    assert 0.91 <= held / 400 <= 0.99
