"""What changed shares did to a rate: raking and standard errors worked by hand, and shares that only wobbled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from smo_reports.stats.composition import Composition, shifted

RATES = np.array([0.95, 0.85])


def tallied(
    shares: np.ndarray, rate: Callable[..., np.ndarray], rows: float = 10_000.0, counted: bool = True
) -> Composition:
    """One row a combination of codes, weighted by how many rows it stands for."""
    codes = tuple(code.ravel() for code in np.indices(shares.shape))
    return Composition(codes, rate(*codes), rows * shares.ravel() / shares.sum(), counted)


def one_column(before: list[float], after: list[float]) -> tuple[Composition, Composition]:
    was, now = (tallied(np.array(shares), lambda code: RATES[code]) for shares in (before, after))
    return was, now


def test_one_share_by_hand() -> None:
    before, after = one_column([0.5, 0.5], [0.3, 0.7])
    (one,) = shifted(before, after, (2,), (0,), 0.001, single=0.09)
    assert one.segment in (((0, 0),), ((0, 1),))
    # The share of the better half fell by 0.2, and it is better by 0.1.
    assert one.effect == pytest.approx(-0.02, abs=1e-12)
    assert sorted([one.share_before, one.share_after]) in ([0.3, 0.5], pytest.approx([0.5, 0.7]))
    # All work was counted, so only the rates are uncertain: two rows of the segment, 20,000 in all.
    assert one.error == pytest.approx(np.sqrt(0.2**2 * 0.09 * (1 / 2 + 1 / 20_000)), rel=1e-9)


def test_its_error_by_hand_where_shares_are_sampled() -> None:
    rng = np.random.default_rng(1)
    codes = [np.repeat([0, 1], [2000, 2000]), np.repeat([0, 1], [900, 2100])]
    was, now = (Composition((code,), RATES[code], np.ones(len(code))) for code in codes)
    (one,) = shifted(was, now, (2,), (0,), 0.001, single=0.09)
    inside = 2900 if one.segment == ((0, 0),) else 4100
    share = (one.share_before + one.share_after) / 2
    of_share = np.sqrt(share * (1 - share) * (1 / 4000 + 1 / 3000))
    of_rates = 0.2 * np.sqrt(0.09 * (1 / inside + 1 / 7000))
    assert one.error == pytest.approx(np.hypot(0.1 * of_share, of_rates), rel=1e-9)
    # What the share of a sample does to its mean, drawn again and again.
    drawn = 0.1 * (rng.binomial(3000, 0.3, 20_000) / 3000 - rng.binomial(4000, 0.5, 20_000) / 4000)
    assert drawn.std() == pytest.approx(0.1 * of_share, rel=0.05)


def independent(markets: list[list[float]], policies: list[list[float]]) -> tuple[Composition, Composition]:
    """Shares of markets and of policies, before and after; rates that fall by 0.1 and by 0.05 in the first ones."""
    rates = lambda market, policy: 0.95 - 0.1 * (market == 0) - 0.05 * (policy == 0)  # noqa: E731
    was, now = (tallied(np.outer(*shares), rates) for shares in zip(markets, policies, strict=True))
    return was, now


SMALL = [[0.1, 0.5, 0.4], [0.19, 0.45, 0.36]], [[0.1, 0.3, 0.6], [0.28, 0.24, 0.48]]
LARGE = [[0.5, 0.5], [0.7, 0.3]], [[0.2, 0.8], [0.4, 0.6]]


def test_two_independent_changes_are_raked_one_after_the_other() -> None:
    was, now = independent(*SMALL)
    found = shifted(was, now, (3, 3), (0, 1), 0.001, single=0.09)
    effects = {one.segment: one.effect for one in found}
    # The rest keeps its proportions, and what the rates of one column do does not depend on the other.
    assert effects == pytest.approx({((0, 0),): 0.09 * -0.1, ((1, 0),): 0.18 * -0.05}, abs=1e-12)
    assert sum(effects.values()) == pytest.approx(now.mean - was.mean, abs=1e-12)


def test_two_large_independent_changes_are_not_named_as_a_pair() -> None:
    was, now = independent(*LARGE)
    found = shifted(was, now, (2, 2), (0, 1), 0.001, single=0.09)
    assert sorted(one.segment[0][0] for one in found) == [0, 1]


def test_raking_leaves_nothing_to_what_follows_the_share_that_changed() -> None:
    """A language that follows its market changes with it; once the market is weighted, its share is as expected."""
    rates = lambda market, language: 0.9 - 0.1 * market  # noqa: E731
    spoken = np.array([[0.9, 0.1], [0.2, 0.8]])
    was = tallied(np.array([[0.7], [0.3]]) * spoken, rates)
    now = tallied(np.array([[0.4], [0.6]]) * spoken, rates)
    (one,) = shifted(was, now, (2, 2), (0, 1), 0.001, single=0.09)
    assert one.segment[0][0] == 0
    assert one.effect == pytest.approx(-0.03, abs=1e-12)


def test_a_pair_is_named_where_neither_column_explains_it() -> None:
    rates = lambda market, policy: 0.9 - 0.2 * ((market == 0) & (policy == 0))  # noqa: E731
    was, now = np.full((4, 4), 1 / 16), np.full((4, 4), 1 / 16)
    now[:2, :2] += [[0.05, -0.05], [-0.05, 0.05]]
    found = shifted(tallied(was, rates), tallied(now, rates), (4, 4), (0, 1), 0.003, single=0.09)
    assert found[0].segment == ((0, 0), (1, 0))
    inside, outside = 0.7, 0.9
    assert found[0].effect == pytest.approx(0.05 * (inside - outside), abs=1e-12)


def test_what_came_or_left_is_not_a_share_that_changed() -> None:
    rates = lambda tool: np.array([0.95, 0.95, 0.6])[tool]  # noqa: E731
    was = tallied(np.array([0.5, 0.5, 0.0]), rates)
    now = tallied(np.array([0.25, 0.25, 0.5]), rates)
    assert shifted(was, now, (3,), (0,), 0.001, single=0.09) == ()
    assert shifted(now, was, (3,), (0,), 0.001, single=0.09) == ()


def test_small_effects_are_not_named_however_clear() -> None:
    before, after = one_column([0.5, 0.5], [0.45, 0.55])
    assert before.mean - after.mean == pytest.approx(0.005)
    assert shifted(before, after, (2,), (0,), 0.006, single=0.09) == ()
    assert len(shifted(before, after, (2,), (0,), 0.004, single=0.09)) == 1


def test_shares_that_only_wobble_are_seldom_named() -> None:
    rng = np.random.default_rng(5)
    alarms, rates = 0, np.array([0.5, 0.95, 0.99])
    for _ in range(400):
        was, now = (
            Composition((code,), rates[code], np.ones(3000))
            for code in (rng.choice(3, 3000, p=[0.2, 0.3, 0.5]) for _ in range(2))
        )
        alarms += bool(shifted(was, now, (3,), (0,), 1e-6, single=0.09))
    # 1 % is meant.
    assert alarms / 400 <= 0.01 + 3 * np.sqrt(0.01 / 400)


def test_mean_variance_and_rows_of_a_sample_and_of_all_work() -> None:
    weight, rate = np.array([1.0, 1.0, 2.0]), np.array([1.0, 0.8, 0.6])
    sample = Composition((np.arange(3),), rate, weight)
    assert sample.mean == pytest.approx((1 + 0.8 + 1.2) / 4)
    share = weight / 4
    assert sample.variance == pytest.approx(sum(share**2 * (rate - 0.75) ** 2))
    assert sample.rows == pytest.approx(16 / 6)
    counted = Composition((np.arange(3),), rate, weight, counted=True)
    assert (counted.variance, counted.rows) == (0.0, 4.0)


def test_the_variance_of_a_mean_is_that_of_means_drawn() -> None:
    rng = np.random.default_rng(2)
    rates = np.array([0.5, 0.9])
    means = [rates[rng.integers(0, 2, 500)].mean() for _ in range(4000)]
    code = np.repeat([0, 1], 250)
    sample = Composition((code,), rates[code], np.ones(500))
    assert sample.variance == pytest.approx(np.var(means), rel=0.1)
    low, high = norm.interval(0.95, sample.mean, np.sqrt(sample.variance))
    assert np.mean([low <= one <= high for one in means]) == pytest.approx(0.95, abs=0.015)
