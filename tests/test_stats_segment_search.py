"""How far segments moved, against statsmodels, and the search that finds them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from observed_rows import observed, random_rows
from scipy.stats import chi2_contingency, norm

from smo_reports.stats.cuboids import Observations
from smo_reports.stats.labeler_drift import Drift, drift
from smo_reports.stats.segment_fit import Known, Rows, fit, gathered
from smo_reports.stats.segment_hunt import ERROR_BY_ORDER
from smo_reports.stats.segment_search import search

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


def test_without_drift_there_is_little_and_of_few_labelers_the_usual() -> None:
    rng = np.random.default_rng(10)
    labeler, after = rng.integers(0, 100, 30_000), rng.random(30_000) < 0.5
    data = observed(rng.random(30_000) < 0.9, after, labeler=labeler)
    assert drift(data, np.full(30_000, 0.9)).variance < 0.02**2
    few = replace(data, labeler=labeler % 4)
    assert drift(few, np.full(30_000, 0.9)) == Drift(0.02**2, 5), "of four labelers no drift can be known"


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


def test_a_part_of_a_cause_is_no_rival_where_its_labelers_other_rows_count() -> None:
    rng = np.random.default_rng(70)
    n, people = 480_000, 40
    after, labeler = rng.random(n) < 0.5, rng.integers(0, people, n)
    of_cohort, severity = labeler < 10, rng.integers(0, 3, n)
    # Ten labelers got worse, each by another amount and as much in every severity.
    moved = np.where(of_cohort & after, -0.06 + rng.normal(0, 0.03, people)[labeler], 0.0)
    data = observed(rng.random(n) < 0.92 + moved, after, [severity, of_cohort.astype(int)], labeler=labeler)
    known, own = Known(np.full(n, 0.92), np.full(people, 1e-5)), Drift(0.02**2, people)
    whole = Rows(of_cohort & after, of_cohort & ~after, False)
    parts = [Rows(whole.after & (severity == one), whole.before & (severity == one), False) for one in range(3)]
    alone = [gathered(data, known, [one]).fit(own).explained for one in parts]
    assert max(alone) > 0.75 * gathered(data, known, [whole]).fit(own).explained
    for part in parts:
        better = gathered(data, known, [whole], [part]).fit(own)
        worse = gathered(data, known, [part], [whole]).fit(own)
        assert len(better.shift) == len(worse.shift) == 1
        assert worse.explained < 0.1 * better.explained
