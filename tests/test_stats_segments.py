"""What the search for segments stands on: expectations, cells, fits; by hand, by scipy and by statsmodels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import integrate
from scipy.stats import chi2_contingency, norm

from smo_reports.stats.baseline import Baseline, baseline, between
from smo_reports.stats.cuboids import Observations, count
from smo_reports.stats.segment_cells import evidence, moved_apart, nameable, overlap, referred, without_new
from smo_reports.stats.segment_fit import Drift, Known, Rows, drift, fit
from smo_reports.stats.segment_search import ERROR_BY_ORDER, search

CAPPED = integrate.quad(lambda z: min(z * z, 4.0) * norm.pdf(z), -12, 12, points=[-2, 2])[0]
"""The mean of a squared standard normal variable, none counted as more than 4."""


def observed(
    right: np.ndarray,
    after: np.ndarray,
    codes: Sequence[np.ndarray] = (),
    labeler: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    more_codes: int = 0,
) -> Observations:
    sizes = tuple(int(code.max()) + 1 + more_codes for code in codes)
    who = np.zeros(len(right), int) if labeler is None else labeler
    return Observations(right.astype(float), after, tuple(codes), sizes, who, weight)


# How much values differ.


def test_between_by_hand() -> None:
    # Each square over its variance is a² / (V + v), below 4: the mean is that of normal values at V = a² / 0.7737 − v.
    values = np.tile([-0.3, 0.3], 8)
    assert between(values, np.full(16, 0.02)) == pytest.approx(0.09 / CAPPED - 0.02, rel=1e-9)
    assert between(values, np.full(16, 0.12)) == 0.0
    assert between(np.empty(0), np.empty(0)) == 0.0


def test_between_with_caution_by_hand() -> None:
    squared = integrate.quad(lambda z: min(z * z, 4.0) ** 2 * norm.pdf(z), -12, 12, points=[-2, 2])[0]
    spread = np.sqrt(squared - CAPPED**2) / CAPPED
    found = between(np.tile([-0.3, 0.3], 8), np.full(16, 0.02), caution=0.6)
    assert found == pytest.approx(0.09 / (CAPPED * (1 - 0.6 * spread / 4)) - 0.02, rel=1e-3)


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
    assert model.level_error[10] == pytest.approx(0.1**2 / CAPPED - 0.8 * 0.2 / 100, rel=1e-6)


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


def random_rows(seed: int, n: int = 4000, weighted: bool = False) -> Observations:
    """Three columns; the third has a value that is there afterwards only."""
    rng = np.random.default_rng(seed)
    after = rng.random(n) < 0.5
    codes = [rng.integers(0, 3, n), rng.integers(0, 4, n), rng.integers(0, 2, n)]
    codes[2][after & (rng.random(n) < 0.4)] = 2
    weight = rng.uniform(0.5, 4.0, n) if weighted else None
    return observed(rng.random(n) < 0.9, after, codes, rng.integers(0, 20, n), weight)


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


# How far rates moved.


def test_drift_is_what_was_drawn_or_a_little_more() -> None:
    rng = np.random.default_rng(9)
    found = []
    for _ in range(5):
        labeler = np.tile(np.repeat(np.arange(150), 300), 2)
        after = np.repeat([False, True], 45_000)
        rate = 0.85 + np.where(after, rng.normal(0, 0.04, 150)[labeler], 0.0)
        data = observed(rng.random(90_000) < rate, after, labeler=labeler)
        found.append(drift(data, np.full(len(data), 0.85)).variance)
    assert 0.04**2 * 0.9 < np.mean(found) < 0.04**2 * 1.4
    assert drift(data, np.full(len(data), 0.85)).labelers == 150


def test_without_drift_there_is_little_and_of_few_labelers_none() -> None:
    rng = np.random.default_rng(10)
    labeler, after = rng.integers(0, 100, 30_000), rng.random(30_000) < 0.5
    data = observed(rng.random(30_000) < 0.9, after, labeler=labeler)
    assert drift(data, np.full(30_000, 0.9)).variance < 0.02**2
    few = replace(data, labeler=labeler % 4)
    assert drift(few, np.full(30_000, 0.9)) == Drift(0.0, 4)


ALONE = Drift(0.0, 0)


def smoothed(right: np.ndarray, likely: float) -> float:
    """The variance of the mean of rows with one expectation, with four more rows that are as was expected."""
    n = len(right)
    level = likely + (right.mean() - likely) * n / (n + 4)
    return float(level * (1 - level) / n)


def test_one_segment_is_the_difference_of_two_shares() -> None:
    rng = np.random.default_rng(11)
    after, code = rng.random(8000) < 0.4, rng.integers(0, 3, 8000)
    data = observed(rng.random(8000) < np.where(after & (code == 1), 0.8, 0.9), after, [code])
    own = code == 1
    found = fit(data, Known(np.full(8000, 0.9), np.zeros(1)), ALONE, [Rows(own & after, own & ~after, False)])
    was, now = data.right[own & ~after], data.right[own & after]
    assert found.shift == pytest.approx([now.mean() - was.mean()], rel=1e-12)
    assert found.error == pytest.approx([np.sqrt(smoothed(was, 0.9) + smoothed(now, 0.9))], rel=1e-9)
    assert found.error == pytest.approx([np.sqrt(was.var() / len(was) + now.var() / len(now))], rel=0.01)
    assert np.isinf(found.degrees).all()
    ends = [[now.sum(), len(now) - now.sum()], [was.sum(), len(was) - was.sum()]]
    assert found.explained == pytest.approx(chi2_contingency(ends, False, "log-likelihood")[0], rel=1e-3)


def by_statsmodels(
    data: Observations, known: Known, own: Drift, segments: list[Rows], against: dict[int, list[int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Generalised least squares over the patterns, each with the pattern of rows before that it is held against."""
    bits = {
        period: sum((getattr(one, period).astype(int) << place for place, one in enumerate(segments)), start=0)
        for period in ("before", "after")
    }
    patterns = sorted(against)
    moved, covariance = np.zeros(len(patterns)), np.zeros((len(patterns), len(patterns)))
    shares = np.zeros((len(patterns), 2, data.people))
    groups: list[tuple[np.ndarray, np.ndarray]] = []
    for place, pattern in enumerate(patterns):
        now = np.flatnonzero((bits["after"] == pattern) & data.after)
        was = np.flatnonzero(np.isin(bits["before"], against[pattern]) & ~data.after & (bits["before"] > 0))
        rest = data.right - known.expected
        moved[place] = rest[now].mean() - rest[was].mean()
        for which, rows in enumerate((now, was)):
            shares[place, which] = np.bincount(data.labeler[rows], minlength=data.people) / len(rows)
        groups.append((now, was))
    likely = float(known.expected[0])
    for i, (now, was) in enumerate(groups):
        for j, (other_now, other_was) in enumerate(groups):
            both = smoothed(data.right[now], likely) if i == j else 0.0
            if np.array_equal(was, other_was):
                both += smoothed(data.right[was], likely)
            else:
                assert not np.intersect1d(was, other_was).size
            change = [shares[one, 0] - shares[one, 1] for one in (i, j)]
            both += float((change[0] * change[1]) @ known.level_error)
            both += own.variance * float(shares[i, 0] @ shares[j, 0])
            covariance[i, j] = both
            assert i == j or not np.intersect1d(now, other_now).size
    members = np.array([[pattern >> place & 1 for place in range(len(segments))] for pattern in patterns])
    theirs = sm.GLS(moved, members, sigma=covariance).fit()
    return theirs.params, np.sqrt(np.diag(theirs.normalized_cov_params))


@pytest.mark.parametrize("clustered", [False, True])
def test_overlapping_segments_are_generalised_least_squares(clustered: bool) -> None:
    rng = np.random.default_rng(12)
    n = 12_000
    after = rng.random(n) < 0.5
    first, second, labeler = rng.integers(0, 3, n), rng.integers(0, 4, n), rng.integers(0, 15, n)
    rate = 0.9 - 0.1 * (after & (first == 0)) - 0.05 * (after & (second == 1))
    data = observed(rng.random(n) < rate, after, [first, second], labeler)
    known = Known(np.full(n, 0.9), rng.uniform(0, 1e-3, 15) if clustered else np.zeros(15))
    own = Drift(4e-4, 15) if clustered else ALONE
    segments = [Rows(one & after, one & ~after, False) for one in (first == 0, second == 1)]
    found = fit(data, known, own, segments)
    shift, error = by_statsmodels(data, known, own, segments, {1: [1], 2: [2], 3: [3]})
    assert found.shift == pytest.approx(shift, rel=1e-8)
    assert found.error == pytest.approx(error, rel=1e-8)
    assert (found.degrees < 1e6).all() == clustered
    assert found.shift == pytest.approx([-0.1, -0.05], abs=4 * found.error.max())


def test_without_clusters_overlapping_segments_are_weighted_least_squares() -> None:
    rng = np.random.default_rng(13)
    n = 12_000
    after = rng.random(n) < 0.5
    first, second = rng.integers(0, 2, n), rng.integers(0, 2, n)
    data = observed(rng.random(n) < 0.9 - 0.08 * (after & (first == 0)), after, [first, second])
    segments = [Rows(one & after, one & ~after, False) for one in (first == 0, second == 0)]
    found = fit(data, Known(np.full(n, 0.9), np.zeros(1)), ALONE, segments)
    moved, variance, members = [], [], []
    for one in (True, False):
        for other in (True, False):
            rows = ((first == 0) == one) & ((second == 0) == other)
            if one or other:
                moved.append(data.right[rows & after].mean() - data.right[rows & ~after].mean())
                variance.append(sum(smoothed(data.right[rows & period], 0.9) for period in (after, ~after)))
                members.append([one, other])
    theirs = sm.WLS(moved, np.array(members, float), weights=1 / np.array(variance)).fit()
    assert found.shift == pytest.approx(theirs.params, rel=1e-8)
    assert found.error == pytest.approx(np.sqrt(np.diag(theirs.normalized_cov_params)), rel=1e-8)


def test_a_new_value_that_overlaps_is_held_against_the_rest_of_what_it_touches() -> None:
    rng = np.random.default_rng(14)
    n = 12_000
    after, market, labeler = rng.random(n) < 0.5, rng.integers(0, 3, n), rng.integers(0, 15, n)
    tool = after & (rng.random(n) < 0.4)
    data = observed(rng.random(n) < 0.9 - 0.1 * tool - 0.06 * (after & (market == 0)), after, labeler=labeler)
    known, own = Known(np.full(n, 0.9), np.full(15, 5e-4)), Drift(2e-4, 15)
    segments = [Rows(tool, ~after, True), Rows((market == 0) & after, (market == 0) & ~after, False)]
    found = fit(data, known, own, segments)
    # Only the tool (1) is held against rows outside of the market (1); the market, with the tool (3) or without (2),
    # against its own rows (3).
    shift, error = by_statsmodels(data, known, own, segments, {1: [1], 2: [3], 3: [3]})
    assert found.shift == pytest.approx(shift, rel=1e-8)
    assert found.error == pytest.approx(error, rel=1e-8)


def test_a_segment_without_rows_in_one_period_has_no_shift() -> None:
    data = random_rows(4, 500)
    known, nothing = Known(np.full(500, 0.9), np.zeros(data.people)), np.zeros(500, bool)
    for segment in (Rows(data.after, nothing, False), Rows(nothing, ~data.after, False)):
        found = fit(data, known, ALONE, [segment])
        assert (found.shift.tolist(), found.explained) == ([0.0], 0.0)
        assert np.isinf(found.error).all()
    assert fit(data, known, ALONE, []).shift.tolist() == []


def test_the_error_of_a_segment_is_that_of_shifts_drawn_with_drift() -> None:
    rng = np.random.default_rng(15)
    labeler, after = np.tile(np.repeat(np.arange(12), 100), 2), np.repeat([False, True], 1200)
    everywhere = [Rows(after, ~after, False)]
    shifts, errors = [], []
    for _ in range(600):
        rate = 0.85 + np.where(after, rng.normal(0, 0.05, 12)[labeler], 0.0)
        data = observed(rng.random(2400) < rate, after, labeler=labeler)
        found = fit(data, Known(np.full(2400, 0.85), np.zeros(12)), Drift(0.05**2, 12), everywhere)
        shifts.append(found.shift[0])
        errors.append(found.error[0])
    assert np.std(shifts) == pytest.approx(np.mean(errors), rel=0.1)
    unclustered = fit(data, Known(np.full(2400, 0.85), np.zeros(12)), ALONE, everywhere)
    assert unclustered.error[0] < 0.8 * np.mean(errors)


# The search.


def planted(seed: int, moved: dict[tuple[tuple[int, int], ...], float], n: int = 20_000) -> Observations:
    """Market, its language, policy, tool; 40 labelers who drift a little."""
    rng = np.random.default_rng(seed)
    after = rng.random(n) < 0.5
    market, policy, tool = rng.integers(0, 5, n), rng.integers(0, 6, n), rng.integers(0, 3, n)
    language = np.where(rng.random(n) < 0.03, rng.integers(0, 5, n), market)
    labeler = rng.integers(0, 40, n)
    rate = 0.92 - 0.02 * policy / 5 + rng.normal(0, 0.02, 40)[labeler]
    rate = rate + np.where(after, rng.normal(0, 0.005, 40)[labeler], 0.0)
    data = observed(np.zeros(n), after, [market, language, policy, tool], labeler)
    for segment, shift in moved.items():
        rate = rate + shift * (data.covered(segment) & after)
    return replace(data, right=(rng.random(n) < np.clip(rate, 0, 1)).astype(float))


@pytest.mark.parametrize(
    ("segment", "shift"),
    [(((2, 3),), -0.08), (((0, 1), (2, 2)), -0.2), (((0, 1), (2, 2), (3, 0)), -0.45), ((), -0.03)],
    ids=["policy", "market and policy", "three", "everywhere"],
)
def test_one_cause_is_found_once_in_its_simplest_form(segment: tuple[tuple[int, int], ...], shift: float) -> None:
    data = planted(21, {segment: shift})
    (one,) = search(data, range(4)).found
    plain = tuple((0 if column == 1 else column, code) for column, code in one.segment)
    assert plain == segment
    assert one.shift == pytest.approx(shift, abs=4 * one.error)
    assert abs(one.shift / one.error) > one.critical
    covered = data.covered(one.segment)
    assert one.rows.after.tolist() == (covered & data.after).tolist()
    assert one.rows.before.tolist() == (covered & ~data.after).tolist()


def test_a_gain_is_found_as_a_loss_is_and_what_cannot_be_told_apart_is_said() -> None:
    found = search(planted(22, {((0, 2),): 0.05}), range(4)).found
    (one,) = found
    assert one.segment in (((0, 2),), ((1, 2),))
    assert one.shift > 0
    assert one.also == ((((1, 2),),) if one.segment == ((0, 2),) else (((0, 2),),))


def test_where_nothing_happened_nothing_is_found_and_the_nearest_is_told() -> None:
    found = search(planted(23, {}), range(4))
    assert found.found == ()
    assert found.nearest is not None
    assert abs(found.nearest.shift / found.nearest.error) < found.nearest.critical
    assert found.looked_at > 200


def test_what_moves_the_whole_by_less_than_is_material_is_not_looked_at() -> None:
    data = planted(24, {((0, 1), (2, 2)): -0.2})
    share = data.covered(((0, 1), (2, 2)))[data.after].mean()
    assert search(data, range(4), material=0.1 * share).found
    assert not search(data, range(4), material=0.4 * share).found


def test_critical_values_share_the_chances_of_their_order() -> None:
    data = planted(25, {(): -0.05})
    (one,) = search(data, range(4)).found
    assert one.segment == ()
    # Alone of its order, and its labelers' drift is known from 40 of them: Student's value is a little further out.
    normal = norm.isf(ERROR_BY_ORDER[0] / 2)
    assert normal <= one.critical <= normal * 1.15
