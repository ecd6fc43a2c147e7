"""What the search for segments stands on: expectations and cells, by hand, by scipy and by statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from observed_rows import observed, random_rows
from scipy import integrate
from scipy.stats import chi2_contingency, norm

from smo_reports.stats.baseline import Baseline, baseline, between
from smo_reports.stats.cuboids import Observations, count
from smo_reports.stats.segment_cells import evidence, moved_apart, nameable, overlap, referred, without_new

CAPPED = integrate.quad(lambda z: min(z * z, 4.0) * norm.pdf(z), -12, 12, points=[-2, 2])[0]
"""The mean of a squared standard normal variable, none counted as more than 4."""
_SQUARED = integrate.quad(lambda z: min(z * z, 4.0) ** 2 * norm.pdf(z), -12, 12, points=[-2, 2])[0]
CAPPED_SPREAD = np.sqrt(_SQUARED - CAPPED**2) / CAPPED
"""Its standard deviation over its mean."""


# How much values differ.


def test_between_by_hand() -> None:
    # Each square over its variance is a² / (V + v), below 4: the mean is that of normal values at V = a² / 0.7737 − v.
    values = np.tile([-0.3, 0.3], 8)
    assert between(values, np.full(16, 0.02)) == pytest.approx(0.09 / CAPPED - 0.02, rel=1e-9)
    assert between(values, np.full(16, 0.12)) == 0.0
    assert between(np.empty(0), np.empty(0)) == 0.0


def test_between_with_caution_by_hand() -> None:
    found = between(np.tile([-0.3, 0.3], 8), np.full(16, 0.02), caution=0.6)
    assert found == pytest.approx(0.09 / (CAPPED * (1 - 0.6 * CAPPED_SPREAD / 4)) - 0.02, rel=1e-3)


def test_between_is_the_variance_of_normal_values_and_a_few_odd_ones_hardly_move_it() -> None:
    rng = np.random.default_rng(3)
    noise = rng.uniform(0.5, 3.0, 20_000)
    values = rng.normal(0, np.sqrt(4.0 + noise))
    assert between(values, noise) == pytest.approx(4.0, rel=0.06)
    values[:400] = 1000.0
    assert between(values, noise) == pytest.approx(4.0, rel=0.15)
    assert between(rng.normal(0, np.sqrt(noise)), noise) < 0.1


# What to expect of rows.


def test_effects_are_those_of_least_squares_where_there_are_many_rows() -> None:
    rng = np.random.default_rng(4)
    n = 60_000
    first, second = rng.integers(0, 3, n), rng.integers(0, 4, n)
    second[(first == 0) & (rng.random(n) < 0.5)] = 1
    rate = 0.8 + 0.05 * first - 0.04 * second
    data = observed(rng.random(n) < rate, np.zeros(n, bool), [first, second])
    model = baseline(data, (0, 1))
    table = pd.DataFrame({"right": data.right, "a": first, "b": second})
    theirs = smf.ols("right ~ C(a) + C(b)", table).fit().params
    for column, name in ((0, "a"), (1, "b")):
        ours = model.effects[column][1:-1] - model.effects[column][0]
        assert ours == pytest.approx([theirs[f"C({name})[T.{code + 1}]"] for code in range(len(ours))], abs=1e-3)
    assert model.middle == data.right.mean()
    assert model.pairs == ()
    assert model.expected(data).mean() == pytest.approx(data.right.mean(), abs=1e-4)


def test_weighted_rows_are_expected_what_repeated_ones_are() -> None:
    rng = np.random.default_rng(5)
    n = 3000
    codes = [rng.integers(0, 3, n), rng.integers(0, 2, n)]
    labeler, times = rng.integers(0, 12, n), rng.integers(1, 4, n)
    right = rng.random(n) < 0.7 + 0.1 * codes[0]
    before = np.zeros(n, bool)
    weighted = baseline(observed(right, before, codes, labeler, times.astype(float)), (0, 1))
    again = np.repeat(np.arange(n), times)
    repeated = baseline(observed(right[again], before[again], [code[again] for code in codes], labeler[again]), (0, 1))
    assert weighted.middle == pytest.approx(repeated.middle)
    for column in (0, 1):
        assert weighted.effects[column] == pytest.approx(repeated.effects[column], abs=1e-9)
    assert weighted.level == pytest.approx(repeated.level, abs=1e-9)


def alike(n: int, share: float) -> np.ndarray:
    """So many rows, that share of them right."""
    right = np.zeros(n)
    right[: round(n * share)] = 1
    return right


def test_levels_of_labelers_by_hand() -> None:
    # Ten labelers of 100 rows, half of them right in 0.9 and half in 0.7.
    right = np.concatenate([alike(100, share) for share in [0.9, 0.7] * 5])
    labeler = np.repeat(np.arange(10), 100)
    model = baseline(observed(right, np.zeros(1000, bool), labeler=labeler), ())
    single = 0.8 * 0.2
    noise, variance = single / 100, 0.1**2 / CAPPED - single / 100
    known = variance / (variance + noise)
    assert model.single == pytest.approx(single)
    assert model.level == pytest.approx(np.tile([0.1, -0.1], 5) * known, rel=1e-6)
    assert model.level_error == pytest.approx(np.full(10, variance * (1 - known)), rel=1e-6)


def test_a_labeler_who_was_not_there_has_no_level_and_all_its_error() -> None:
    right = np.concatenate([alike(100, share) for share in [0.9, 0.7] * 5] + [alike(50, 0.5)])
    labeler = np.repeat(np.arange(11), [100] * 10 + [50])
    model = baseline(observed(right, labeler == 10, labeler=labeler), ())
    assert model.level[10] == 0.0
    # As much as labelers differ, erring a little towards more: by 0.5 of the standard errors of ten squares' mean.
    doubted = 0.1**2 / (CAPPED * (1 - 0.5 * CAPPED_SPREAD / np.sqrt(10))) - 0.8 * 0.2 / 100
    assert model.level_error[10] == pytest.approx(doubted, rel=1e-3)
    assert model.level_error[10] > 0.1**2 / CAPPED - 0.8 * 0.2 / 100


@pytest.mark.filterwarnings("ignore:The MLE may be on the boundary")
def test_levels_shrink_as_those_of_a_mixed_model() -> None:
    rng = np.random.default_rng(6)
    labeler = np.repeat(np.arange(60), rng.integers(20, 300, 60))
    right = rng.random(len(labeler)) < 0.8 + rng.normal(0, 0.06, 60)[labeler]
    model = baseline(observed(right, np.zeros(len(labeler), bool), labeler=labeler), ())
    table = pd.DataFrame({"right": right.astype(float), "who": labeler})
    theirs = smf.mixedlm("right ~ 1", table, groups="who").fit()
    levels = np.array([float(theirs.random_effects[who].iloc[0]) for who in range(60)])
    assert np.corrcoef(model.level, levels)[0, 1] > 0.99
    assert np.abs(model.level - levels - (model.level - levels).mean()).max() < 0.015


def test_a_pair_with_a_level_of_its_own_is_seen_and_one_without_is_not() -> None:
    rng = np.random.default_rng(7)
    n = 20_000
    codes = [rng.integers(0, 4, n), rng.integers(0, 5, n)]
    odd = (codes[0] == 2) & (codes[1] == 3)
    before = np.zeros(n, bool)
    model = baseline(observed(rng.random(n) < np.where(odd, 0.7, 0.9), before, codes), (0, 1))
    # What its columns took on of it is given back to the cells beside it, by pairs that are less clear.
    clearest = model.pairs[0]
    assert dict(zip(clearest.columns, clearest.codes, strict=True)) == {0: 2, 1: 3}
    expected = model.by_columns(codes)
    assert expected[odd].mean() == pytest.approx(0.7, abs=0.02)
    assert np.abs(expected[~odd] - 0.9).mean() < 0.015
    # Asked by one column only, what it takes both to know is left out.
    assert len(np.unique(model.by_columns(codes, (0,)))) == 4
    plain = baseline(observed(rng.random(n) < 0.9, before, codes), (0, 1))
    assert plain.pairs == ()
    assert np.abs(plain.effects[0]).max() < 0.005


def test_what_was_not_seen_adds_nothing_and_expectations_stay_shares() -> None:
    rng = np.random.default_rng(8)
    code = np.repeat([0, 1, 2], [400, 400, 200])
    after = code == 2
    right = np.where(code == 0, 1.0, rng.random(1000) < 0.5)
    model = baseline(observed(right, after, [code]), (0,))
    assert model.effects[0][2] == model.effects[0][3] == 0.0
    assert model.by_columns([np.array([2, 3])]) == pytest.approx([model.middle] * 2)
    assert model.expected(observed(right, after, [code])).max() == 0.995
    assert isinstance(baseline(observed(np.ones(50), np.zeros(50, bool), [np.zeros(50, int)]), (0,)), Baseline)


# What cells say.

ROWS = np.array([1.0])


def test_the_deviance_by_hand_and_by_scipys_g_test() -> None:
    # 90 of 100 right, then 80 of 100: 2 Σ O ln(O / E) with E of 85 and 15.
    ours = moved_apart(100 * ROWS, 90 * ROWS, 85 * ROWS, 100 * ROWS, 80 * ROWS, 85 * ROWS)[0]
    by_hand = 2 * (90 * np.log(90 / 85) + 10 * np.log(10 / 15) + 80 * np.log(80 / 85) + 20 * np.log(20 / 15))
    assert ours == pytest.approx(by_hand, rel=1e-12)
    assert ours == pytest.approx(3.9865, abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_with_one_expectation_it_is_the_g_test(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(30, 3000, 2)
    right = [int(rng.integers(1, size)) for size in n]
    g = chi2_contingency([[one, size - one] for one, size in zip(right, n, strict=True)], False, "log-likelihood")[0]
    likely = rng.uniform(0.3, 0.99)
    ours = moved_apart(*(value * ROWS for pair in zip(n, right, n * likely, strict=True) for value in pair))
    pooled = sum(right) / sum(n)
    assert 0.002 < pooled < 0.998
    assert ours[0] == pytest.approx(g, rel=1e-9, abs=1e-9)


def cells_of(data: Observations, expected: np.ndarray, least: float = 20.0) -> dict[object, tuple[float, float]]:
    cells = count(data, expected, least)
    return {
        cells.segment(cell): pair for cell, pair in enumerate(zip(*evidence(cells, cells.expected_after), strict=True))
    }


def test_a_change_as_expected_is_no_evidence_and_the_effect_is_what_goes_beyond() -> None:
    right = np.concatenate([alike(1000, 0.9), alike(1000, 0.8)])
    after = np.repeat([False, True], 1000)
    zeros = np.zeros(2000, int)
    as_expected = np.where(after, 3276 / 4096, 3686 / 4096)
    deviance, effect = cells_of(observed(right, after, [zeros]), as_expected)[()]
    assert deviance == pytest.approx(0.0, abs=1e-3)
    assert effect == pytest.approx(0.0, abs=1e-3)
    deviance, effect = cells_of(observed(right, after, [zeros]), np.full(2000, 0.875))[()]
    g = chi2_contingency([[900, 100], [800, 200]], False, "log-likelihood")[0]
    assert (deviance, effect) == pytest.approx((g, -0.1))


def test_without_rows_before_there_is_no_evidence() -> None:
    ours = moved_apart(0 * ROWS, 0 * ROWS, 0 * ROWS, 50 * ROWS, 20 * ROWS, 45 * ROWS)
    assert ours.tolist() == [0.0]
    code = np.repeat([0, 1], 100)
    found = cells_of(observed(alike(200, 0.5), code == 1, [code]), np.full(200, 0.9))
    assert found[((0, 1),)] == (0.0, 0.0)


@pytest.mark.parametrize("weighted", [False, True])
def test_overlaps_are_those_of_the_rows(weighted: bool) -> None:
    data = random_rows(1, weighted=weighted)
    cells = count(data, np.full(len(data), 0.9), 20.0)
    for mask in (data.codes[1] == 2, np.ones(len(data), bool), data.covered(((0, 1), (2, 2))) & data.after):
        found = overlap(data, cells, mask)
        for cell in range(len(cells.code)):
            own = data.covered(cells.segment(cell)) & data.after & mask
            assert found[cell] == pytest.approx(data.weights[own].sum())


def test_new_values_are_held_against_the_rest_of_their_cell() -> None:
    data = random_rows(2)
    new = [
        np.bincount(code[~data.after], minlength=size) == 0 for code, size in zip(data.codes, data.sizes, strict=True)
    ]
    assert [one.tolist() for one in new] == [[False] * 3, [False] * 4, [False, False, True]]
    assert without_new(((0, 1), (2, 2)), new) == ((0, 1),)
    assert without_new(((2, 2),), new) == ()
    assert without_new(((0, 1), (2, 1)), new) == ((0, 1), (2, 1))
    cells = referred(count(data, np.full(len(data), 0.875), 20.0), new)
    seen = 0
    for cell in range(len(cells.code)):
        segment = cells.segment(cell)
        against = data.covered(without_new(segment, new)) & ~data.after
        seen += (2, 2) in segment
        assert cells.n_before[cell] == against.sum(), segment
        assert cells.right_before[cell] == data.right[against].sum(), segment
        assert cells.expected_before[cell] == pytest.approx(0.875 * against.sum()), segment
        assert cells.n_after[cell] == (data.covered(segment) & data.after).sum()
    assert seen > 10


def test_rare_values_together_are_no_name() -> None:
    data = random_rows(3)
    cells = count(data, np.full(len(data), 0.9), 20.0)
    assert nameable(cells, (None, None, None)) is cells
    kept = nameable(cells, (None, 3, None))
    named = [kept.segment(cell) for cell in range(len(kept.code))]
    assert named == [one for one in map(cells.segment, range(len(cells.code))) if (1, 3) not in one]
    assert len(named) < len(cells.code)
