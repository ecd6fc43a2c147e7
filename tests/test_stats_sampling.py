"""Design and cluster intervals, against formulas on single rows and against how often they cover the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from oracles import Z, cluster_ends, clusters_of, design_ends, design_of, share_ends

from smo_reports.stats.power import flawless_audits
from smo_reports.stats.sampling import (
    Interval,
    ShareTallies,
    cluster_interval,
    cluster_mean_interval,
    design_interval,
)


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
def test_design_interval_is_the_row_level_formula(seed: int, kind: str) -> None:
    hit, weight, stratum, labeler = drawn(seed, kind)
    found = design_interval(tallied(hit, weight, stratum, labeler))
    _, plain, left, _, n = design_of(hit, weight, stratum)
    assert float(found.effective_n[0]) == pytest.approx(min(plain, n) / left, rel=1e-9)
    wanted = design_ends(hit, weight, stratum)
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx(wanted, abs=1e-7)


@pytest.mark.parametrize("kind", ["none", "by row"])
@pytest.mark.parametrize("seed", range(15))
def test_cluster_interval_is_bell_and_mccaffreys(seed: int, kind: str) -> None:
    hit, weight, stratum, labeler = drawn(seed, kind)
    found = cluster_interval(tallied(hit, weight, stratum, labeler))
    _, plain, _, n = clusters_of(hit, weight, labeler)
    assert float(found.effective_n[0]) == pytest.approx(min(plain, n), rel=1e-9)
    wanted = cluster_ends(hit, weight, labeler)
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx(wanted, abs=1e-7)


def test_equal_clusters_have_the_textbooks_variance_and_freedom(
    cluster_by_rows: Callable[..., tuple[float, float]],
) -> None:
    """As many rows of each: the plain sandwich with its k / (k - 1), and k - 1 degrees of freedom."""
    rng = np.random.default_rng(4)
    labeler = np.repeat(np.arange(12), 10)
    hit = (rng.random(120) < rng.uniform(0.5, 1.0, 12)[labeler]).astype(float)
    share, variance = cluster_by_rows(hit, np.ones(120), labeler)
    found = cluster_interval(tallied(hit, np.ones(120), np.zeros(120, int), labeler))
    # 2.20099 is Student's quantile at eleven degrees of freedom.
    wanted = share_ends(share, share * (1 - share) / variance * (Z / 2.20099) ** 2)
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx(wanted, abs=1e-6)


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


def test_a_simple_random_sample_is_the_plain_interval_with_students_quantile() -> None:
    hit = np.repeat([1.0, 0.0], [90, 10])
    found = design_interval(tallied(hit, np.ones(100), np.zeros(100, int), np.arange(100)))
    # s² = n / (n − 1) · p (1 − p): the sample is worth n − 1 observations; Student's quantile at 99 is 1.98422.
    wanted = share_ends(0.9, 99 * (Z / 1.98422) ** 2)
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx(wanted, abs=1e-6)
    many = np.repeat([1.0, 0.0], [9000, 1000])
    found = design_interval(tallied(many, np.ones(10_000), np.zeros(10_000, int), np.zeros(10_000, int)))
    low, high = share_ends(0.9, 10_000)
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx((float(low), float(high)), abs=2e-6)


def audited(*strata: tuple[int, int, int]) -> tuple[float, float]:
    """The interval of strata of (population, audits, errors)."""
    weight = np.repeat([size / n for size, n, _ in strata], [n for _, n, _ in strata])
    hit = np.concatenate([np.arange(n) >= errors for _, n, errors in strata]).astype(float)
    stratum = np.repeat(np.arange(len(strata)), [n for _, n, _ in strata])
    found = design_interval(tallied(hit, weight, stratum, np.arange(len(hit)) % 7))
    return float(found.low[0]), float(found.high[0])


def test_what_was_not_looked_at_is_not_known_for_being_flawless_so_far() -> None:
    # Every row of 1000 was read, 20 were wrong; of 100,000 others 30 were read and all were right. The interval must
    # reach as far down as those 30 alone allow: an exact test of 30 right of 30 leaves 0.025^(1/30) = 0.884.
    low, high = audited((1000, 1000, 20), (100_000, 30, 0))
    assert low < 0.025 ** (1 / 30) + 0.02
    assert high > 0.9998
    low, high = audited((1200, 600, 18), (24_000, 120, 0))
    assert low == pytest.approx(0.025 ** (1 / 120), abs=0.01)
    assert high < 1


def test_only_where_everything_was_looked_at_nothing_is_left_open() -> None:
    """Weights of 1 say so where others of the same table are real: each group is told from the other's."""
    hit, group = np.tile([1.0, 1.0, 0.0], 20), np.repeat([0, 1], 30)
    found = design_interval(tallied(hit, np.repeat([1.0, 10.0], 30), group, np.arange(60) % 7, group))
    assert (float(found.low[0]), float(found.high[0])) == pytest.approx((2 / 3, 2 / 3), abs=1e-12)
    assert float(found.high[1] - found.low[1]) > 0.3


def test_seventy_three_flawless_audits_lie_above_95_per_cent() -> None:
    def low(n: int) -> float:
        return float(design_interval(tallied(np.ones(n), np.ones(n), np.zeros(n, int), np.arange(n))).low[0])

    # Student's quantile is a little wider than the normal one that 73 is made from.
    assert low(flawless_audits(0.95) + 4) > 0.95 > low(flawless_audits(0.95) - 1)


def census(weight: float, extra: tuple[float, float]) -> tuple[float, float]:
    """Sixty rows, most of one weight; two of ``extra``."""
    hit = np.tile([1.0, 1.0, 0.0], 20)
    weights = np.full(60, weight)
    weights[:2] = extra
    found = design_interval(tallied(hit, weights, np.r_[0, 0, np.ones(58, int)], np.arange(60) % 7))
    return float(found.low[0]), float(found.high[0])


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
    share, variance, _ = design_by_rows(hit, weight, stratum)
    assert variance > (100 * 120 / 260 / 260) ** 2
    assert float(found.effective_n[0]) < share * (1 - share) / variance
    assert float(found.effective_n[0]) < 9


def test_flawless_rows_of_unequal_weight_are_worth_fewer() -> None:
    weight = np.r_[np.full(50, 1.0), np.full(50, 20.0)]
    found = design_interval(tallied(np.ones(100), weight, np.repeat([0, 1], 50), np.arange(100) % 9))
    # Kish's n, of the variance that a census of the first 50 and 50 of 1000 leave.
    left = (50 * 20.0**2) * (1 - 50 / 1000)
    assert float(found.effective_n[0]) == pytest.approx(weight.sum() ** 2 / left)
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


def held(found: Interval, truth: float) -> float:
    return float(np.mean((found.low <= truth + 1e-12) & (truth - 1e-12 <= found.high)))


def coverage(sizes: tuple[int, ...], drawn_of_each: tuple[int, ...], shares: tuple[float, ...]) -> float:
    """How often the design interval holds the share of a population that is sampled 2000 times by strata."""
    rng, times, strata = np.random.default_rng(2026), 2000, len(sizes)
    size, n = np.array(sizes), np.array(drawn_of_each, float)
    right = np.round(size * np.array(shares)).astype(int)
    hits = np.stack([rng.hypergeometric(right, size - right, drawn_of_each) for _ in range(times)]).ravel()
    group, stratum = np.repeat(np.arange(times), strata), np.tile(np.arange(strata), times)
    rows, weight = np.tile(n, times), np.tile(size / n, times)
    sums = (rows, rows * weight, rows * weight**2, hits * weight, hits * weight**2)
    known = bool((size / n).min() >= 1 < (size / n).max())
    tallies = ShareTallies(group, stratum, np.zeros_like(group), *sums, times, known)
    return held(design_interval(tallies), right.sum() / size.sum())


@pytest.mark.parametrize(
    ("sizes", "n", "shares"),
    [
        ((4000,), (30,), (0.9,)),
        ((4000,), (30,), (0.97,)),
        ((4000,), (200,), (0.9,)),
        ((4000,), (200,), (0.99,)),
        ((300, 100), (150, 50), (0.9, 0.9)),
        ((3000, 800, 200), (80, 60, 60), (0.92, 0.88, 0.68)),
        ((5000, 20_000), (500, 100), (0.95, 0.985)),
        ((1000, 100_000), (500, 100), (0.95, 0.985)),
        ((2000, 20_000), (1000, 60), (0.95, 0.99)),
        ((1200, 24_000), (600, 120), (0.97, 0.99)),
        ((1000, 100_000), (1000, 30), (0.98, 0.99)),
        ((18_000, 2000), (15, 400), (0.9, 0.7)),
        ((1000,) * 10, (10,) * 10, (0.97,) * 10),
        ((1000,) * 10, (3,) * 10, (0.9,) * 10),
        ((100, 200, 500, 2000, 5000, 9000), (40,) * 6, (0.7, 0.8, 0.9, 0.95, 0.97, 0.99)),
    ],
)
def test_the_design_interval_holds_the_truth_as_often_as_it_says(
    sizes: tuple[int, ...], n: tuple[int, ...], shares: tuple[float, ...]
) -> None:
    # 92.6 % and 95 % are five, and no, standard errors of 2000 draws apart.
    assert coverage(sizes, n, shares) >= 0.926


def domain_drawn(n: tuple[int, int], share: tuple[float, float], p: tuple[float, float]) -> tuple[ShareTallies, float]:
    """A domain that is a ``share`` of strata of 1000 and 20,000 rows: 2000 samples' tallies, and the truth."""
    rng, times, sizes = np.random.default_rng(81), 2000, np.array([1000, 20_000])
    inside = np.round(sizes * share).astype(int)
    right = np.round(inside * p).astype(int)
    kinds = zip(right, inside - right, sizes - inside, n, strict=True)
    counts = np.stack([rng.multivariate_hypergeometric(kind[:3], kind[3], times) for kind in kinds], axis=1)
    hits, rows = counts[:, :, 0].ravel().astype(float), counts[:, :, :2].sum(axis=2).ravel().astype(float)
    weight, group, stratum = np.tile(sizes / n, times), np.repeat(np.arange(times), 2), np.tile([0, 1], times)
    whole = np.tile(np.array(n, float), times), np.tile(sizes.astype(float), times)
    parts = (
        group,
        stratum,
        np.zeros_like(group),
        rows,
        rows * weight,
        rows * weight**2,
        hits * weight,
        hits * weight**2,
    )
    kept = rows > 0
    tallies = ShareTallies(*(part[kept] for part in parts), times, True, *(part[kept] for part in whole))
    return tallies, float(right.sum() / inside.sum())


def test_the_size_of_a_domain_is_chance_too() -> None:
    small, truth = domain_drawn((300, 200), (0.5, 0.05), (0.7, 0.95))
    assert held(design_interval(small), truth) >= 0.926
    uneven, truth = domain_drawn((600, 1000), (0.9, 0.03), (0.4, 0.9))
    assert held(design_interval(uneven), truth) >= 0.926
    # As if the sample had been meant to hold just as many of the domain, the interval is too short.
    assert held(design_interval(replace(uneven, stratum_n=None, stratum_w=None)), truth) < 0.88


def test_the_cluster_interval_holds_the_process_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(12), 0
    labeler = np.repeat(np.arange(25), 12)
    for _ in range(400):
        skill = rng.beta(18, 2, 25)
        hit = (rng.random(300) < skill[labeler]).astype(float)
        found = cluster_interval(tallied(hit, np.ones(300), np.zeros(300, int), labeler))
        inside += float(found.low[0]) <= 0.9 <= float(found.high[0])
    assert 0.91 <= inside / 400 <= 0.99
