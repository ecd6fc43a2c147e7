"""Difference in differences: worked by hand, against other packages and the textbook's matrices, and what must hold."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.linalg import sqrtm

from smo_reports.stats.difference_in_differences import DifferenceInDifferences, difference_in_differences
from smo_reports.stats.week_swing import week_swing
from smo_reports.stats.window_tally import Tally


def tally(
    outcome: np.ndarray,
    treated: np.ndarray,
    window: np.ndarray,
    labeler: np.ndarray | None = None,
    cell: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    trend: np.ndarray | None = None,
    week: np.ndarray | None = None,
) -> Tally:
    """A tally with one row a row; labelers default to one a row, cells and trends to one, weeks to the window's."""
    nothing = np.zeros(len(outcome), np.intp)
    w = np.ones(len(outcome)) if weight is None else weight
    return Tally(
        np.ones(len(outcome)), w, w**2, w * outcome, treated.astype(bool), window.astype(np.intp),
        nothing if cell is None else cell, nothing if trend is None else trend,
        np.arange(len(outcome)) if labeler is None else labeler,
        window.astype(np.intp) if week is None else week,
    )  # fmt: skip


def rows_of(counts: dict[tuple[int, int], tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, group and window of rows given as (hits, rows) by group and window."""
    parts = [
        (np.arange(n) < hits, np.full(n, group), np.full(n, window)) for (group, window), (hits, n) in counts.items()
    ]
    outcome, group, window = (np.concatenate(part) for part in zip(*parts, strict=True))
    return outcome.astype(float), group, window


@pytest.fixture
def drawn() -> dict[str, np.ndarray]:
    """Rows of 25 labelers in three cells of two trends, whose mix and work differ from window to window."""
    rng = np.random.default_rng(46)
    n = 1500
    labeler, window, treated = rng.integers(0, 25, n), rng.integers(0, 2, n), rng.random(n) < 0.35
    cell = np.where(rng.random(n) < 0.3 + 0.3 * window, 0, rng.integers(0, 3, n))
    # Labelers who change from window to window: more than strangers' rows would differ.
    chance = 0.75 + rng.normal(0, 0.15, (25, 2))[labeler, window] - 0.1 * (cell == 0) + 0.05 * window
    outcome = (rng.random(n) < chance).astype(float)
    return {"outcome": outcome, "treated": treated, "window": window, "labeler": labeler, "cell": cell}


def design_of(rows: dict[str, np.ndarray], trend: np.ndarray) -> np.ndarray:
    """The columns of the regression, row by row: cells of each group, trends after, the group after."""
    group, after = rows["treated"].astype(int), rows["window"].astype(float)
    own = rows["cell"] * 2 + group
    levels = [(own == one).astype(float) for one in np.unique(own)]
    moved = [(trend == one) * after for one in np.unique(trend)]
    return np.column_stack([*levels, *moved, group * after])


COUNTS = {(1, 0): (6, 10), (1, 1): (9, 10), (0, 0): (14, 20), (0, 1): (15, 20)}


def test_worked_by_hand() -> None:
    # Everybody gave three decisions, all right or all wrong, so each mean has the variance of as many people's:
    # (9/10 − 6/10) − (15/20 − 14/20) = 0.25; p(1 − p)/(n − 1) of .24/9 + .09/9 + .21/19 + .1875/19 = 0.0575877.
    outcome, group, window = (np.repeat(part, 3) for part in rows_of(COUNTS))
    found = difference_in_differences(tally(outcome, group, window, np.repeat(np.arange(60), 3)))
    assert found.value == pytest.approx(0.25)
    assert found.error**2 == pytest.approx(0.24 / 9 + 0.09 / 9 + 0.21 / 19 + 0.1875 / 19)
    assert (found.before, found.after, found.other_before, found.other_after) == (30, 30, 60, 60)
    assert (found.clusters, found.swing) == (20, 0.0)


def test_rows_that_are_all_alike_leave_some_doubt() -> None:
    # Of 60 rows that are all right nothing varies, yet they do not prove that nothing can go wrong. Strangers' would
    # have means that vary by 61/62/62 over 60; half of that is kept.
    outcome, group, window = rows_of({(one, other): (60, 60) for one in (0, 1) for other in (0, 1)})
    found = difference_in_differences(tally(outcome, group, window, np.arange(240) % 12))
    assert found.value == pytest.approx(0.0, abs=1e-12)
    assert found.error**2 == pytest.approx(4 * 61 / 62 / 62 / 60 / 2)


def test_a_mix_that_moves_is_no_effect() -> None:
    # The segment's cells stay at 9/10 and 5/10 while their shares turn from 80:20 to 20:80; elsewhere nothing moves.
    sizes = {
        (1, 0, 0): 80,
        (1, 0, 1): 20,
        (1, 1, 0): 20,
        (1, 1, 1): 80,
        **{(0, w, c): 50 for w in (0, 1) for c in (0, 1)},
    }
    rate = {0: 0.9, 1: 0.5}
    parts = []
    for (group, window, cell), n in sizes.items():
        hits = round(rate[cell] * n)
        parts.append(np.column_stack([np.arange(n) < hits, *(np.full(n, one) for one in (group, window, cell))]))
    outcome, group, window, cell = np.concatenate(parts).astype(float).T
    rows = (outcome, group, window)
    assert difference_in_differences(tally(*rows, cell=cell.astype(int))).value == pytest.approx(0.0, abs=1e-12)
    assert difference_in_differences(tally(*rows)).value == pytest.approx(-0.24)


def test_it_is_the_regression_of_another_package(drawn: dict[str, np.ndarray]) -> None:
    rng = np.random.default_rng(1)
    weight = rng.choice([2.0, 5.0, 9.0], len(drawn["outcome"]))
    trend = drawn["cell"] % 2
    found = difference_in_differences(tally(**drawn, weight=weight, trend=trend))
    fitted = sm.WLS(drawn["outcome"], design_of(drawn, trend), weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": drawn["labeler"]}
    )
    assert found.value == pytest.approx(fitted.params[-1], rel=1e-9)
    # Its correction for few clusters is the plainer CR1: near, and not the same.
    assert found.error == pytest.approx(fitted.bse[-1], rel=0.08)


def test_error_and_freedom_are_the_textbooks(drawn: dict[str, np.ndarray]) -> None:
    # Bell & McCaffrey (2002), row by row with whole matrices: (I − H) residuals, A = (I − H)gg^-1/2.
    trend = np.zeros(len(drawn["outcome"]), int)
    design, outcome = design_of(drawn, trend), drawn["outcome"]
    inverse = np.linalg.inv(design.T @ design)
    left = np.eye(len(outcome)) - design @ inverse @ design.T
    residual, score = left @ outcome, design @ inverse[:, -1]
    held = []
    for one in range(25):
        own = drawn["labeler"] == one
        raised = np.real(np.linalg.inv(sqrtm(left[np.ix_(own, own)])))
        held.append(left[:, own] @ (raised @ score[own]))
    vectors = np.array(held)
    variance = float(((vectors @ residual) ** 2).sum())
    products = vectors @ vectors.T
    found = difference_in_differences(tally(**drawn))
    assert found.error**2 == pytest.approx(variance, rel=1e-8)
    assert found.freedom == pytest.approx(np.trace(products) ** 2 / (products**2).sum(), rel=1e-8)


def test_counting_rows_together_changes_nothing(drawn: dict[str, np.ndarray]) -> None:
    one = tally(**drawn)
    keys = np.stack([one.treated, one.window, one.cell, one.cluster], axis=1)
    names, code = np.unique(keys, axis=0, return_inverse=True)
    sums = [np.bincount(code.ravel(), values) for values in (one.n, one.weight, one.square, one.hits)]
    nothing = np.zeros(len(names), np.intp)
    together = Tally(*sums, names[:, 0] == 1, names[:, 1], names[:, 2], nothing, names[:, 3], names[:, 1])
    first, second = difference_in_differences(one), difference_in_differences(together)
    for name in ("value", "error", "freedom", "before", "other_after", "clusters"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-9)


@pytest.mark.parametrize("gone", [(True, 0), (True, 1), (False, 0), (False, 1)])
def test_without_one_of_the_four_nothing_is_known(drawn: dict[str, np.ndarray], gone: tuple[bool, int]) -> None:
    one = tally(**drawn)
    found = difference_in_differences(one.only((one.treated != gone[0]) | (one.window != gone[1])))
    assert math.isnan(found.value)
    assert all(math.isnan(end) for end in found.interval())


def test_a_cell_of_one_window_says_nothing_of_a_change(drawn: dict[str, np.ndarray]) -> None:
    one = tally(**drawn)
    new = (one.cell == 2) & (one.window == 0)
    without = difference_in_differences(one.only(one.cell != 2))
    late = difference_in_differences(one.only(~new))
    assert (late.value, late.error) == (pytest.approx(without.value), pytest.approx(without.error))


def test_a_trend_of_their_own_is_told_where_both_have_it() -> None:
    # In the second market everything rises by 20 points, segment or not; the segment is mostly there.
    counts = {(1, 0, 0): (36, 40), (1, 1, 0): (36, 40), (0, 0, 0): (180, 200), (0, 1, 0): (180, 200)}
    counts |= {(1, 0, 1): (70, 100), (1, 1, 1): (90, 100), (0, 0, 1): (70, 100), (0, 1, 1): (90, 100)}
    parts = [
        np.column_stack([np.arange(n) < hits, *(np.full(n, one) for one in key)]) for key, (hits, n) in counts.items()
    ]
    outcome, group, window, market = np.concatenate(parts).astype(float).T
    rows, markets = (outcome, group, window), market.astype(int)
    apart = difference_in_differences(tally(*rows, cell=markets, trend=markets))
    assert apart.value == pytest.approx(0.0, abs=1e-12)
    assert difference_in_differences(tally(*rows, cell=markets)).value > 0.05


def simulated(rng: np.random.Generator, swing: float) -> Tally:
    weeks, a_week, labelers = 16, 800, 40
    week, labeler = np.repeat(np.arange(weeks), a_week), rng.integers(0, labelers, weeks * a_week)
    treated = rng.random(len(week)) < 0.3
    chance = 0.9 + rng.normal(0, 0.03, labelers)[labeler] + rng.normal(0, swing, weeks)[week] * treated
    outcome = (rng.random(len(week)) < np.clip(chance, 0, 1)).astype(float)
    window = np.where(week < 8, -1, (week >= 12).astype(int))
    return tally(outcome, treated, window, labeler, week=week)


def test_weeks_that_swing_by_themselves_widen_the_error() -> None:
    calm, wild = ([], [])
    for seed in range(20):
        calm.append(difference_in_differences(simulated(np.random.default_rng(seed), 0.0)))
        wild.append(difference_in_differences(simulated(np.random.default_rng(seed), 0.05)))
    assert np.mean([found.swing for found in calm]) < 0.01
    assert np.mean([found.swing for found in wild]) == pytest.approx(0.05, rel=0.2)
    # The error is what the estimates vary by: four weeks against four of 5 points each, and what sampling adds.
    assert np.mean([found.error for found in wild]) == pytest.approx(np.std([found.value for found in wild]), rel=0.5)
    assert np.mean([found.error for found in wild]) > math.sqrt(0.05**2 * (1 / 4 + 1 / 4)) * 0.9


def test_swing_worked_by_hand() -> None:
    # Two labelers a week and group, of weight 1 and residual ±0.1: a mean varies by 2 · 0.1² / 2² · 2/(2 − 1) = 0.01, a
    # difference by 0.02. Differences 0, 1, 0, 1, 0, 1: Q = 6 · 0.25 / 0.02 = 75 at 5 degrees; the room is
    # (6 − 1) / 0.02 = 250, so the variance is (75 − 5) / 250.
    week = np.repeat(np.arange(6), 4)
    treated = np.tile([True, True, False, False], 6)
    lift = (week % 2) * treated
    residual = lift + np.tile([0.1, -0.1, 0.1, -0.1], 6)
    found = week_swing(residual, np.ones(24), treated, np.zeros(24, np.intp), np.tile([0, 1, 2, 3], 6), week)
    assert found.variance == pytest.approx(70 / 250)
    assert found.freedom == 5
    few = week < 3
    short = week_swing(
        residual[few], np.ones(12), treated[few], np.zeros(12, np.intp), np.tile([0, 1, 2, 3], 3), week[few]
    )
    assert short.variance == 0.0


def test_rows_without_weight_are_left_out(drawn: dict[str, np.ndarray]) -> None:
    one = tally(**drawn)
    more = replace(one, weight=np.where(one.cell == 1, 0.0, one.weight), hits=np.where(one.cell == 1, 0.0, one.hits))
    found, without = difference_in_differences(more), difference_in_differences(one.only(one.cell != 1))
    assert (found.value, found.before) == (pytest.approx(without.value), without.before)


def test_the_interval_is_students() -> None:
    found = DifferenceInDifferences(0.1, 0.02, 4.0, 100, 100, 100, 100, 10, 0.0)
    # Student's 97.5 % quantile at 4 degrees, from the printed table.
    assert found.interval() == pytest.approx((0.1 - 2.77645 * 0.02, 0.1 + 2.77645 * 0.02), rel=1e-5)
