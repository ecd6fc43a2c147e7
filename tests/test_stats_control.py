"""The control chart: signals worked by hand, quiet series, and how often it is wrong about a quiet one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smo_reports.stats.control import BASELINE, RUN, Change, recent_change

# Twenty weeks that step up and down by one about a centre of 90: moving range 2 errors of 1, 2 / 1.128 = 1.773.
QUIET = [91.0, 89.0] * 10
SIGMA = 2 / 1.128


def judged(newest: list[float], error: float = 1.0) -> Change:
    values = [*QUIET, *newest]
    found = recent_change(values, np.full(len(values), error), len(QUIET))
    assert found is not None
    return found


def test_centre_and_limits_by_hand() -> None:
    found = judged([90.5])
    assert found.centre == pytest.approx(90)
    assert found.low.tolist() == pytest.approx([90 - 3 * SIGMA] * 21)
    assert found.high.tolist() == pytest.approx([90 + 3 * SIGMA] * 21)


def test_limits_follow_each_points_own_error_and_never_narrow() -> None:
    values = [*([90.1, 89.9] * 10), 90.0]
    error = np.array([1.0] * 20 + [4.0])
    found = recent_change(values, error, 20)
    assert found is not None
    # The weeks spread less than their errors say (0.2 / 1.128 < 1): the errors hold.
    assert (found.high - found.centre).tolist() == pytest.approx([3.0] * 20 + [12.0])


NEAR, FAR = 0.5 * SIGMA, 3.1 * SIGMA


@pytest.mark.parametrize(
    ("newest", "direction", "since"),
    [
        ([90 + 2.9 * SIGMA], 0, None),
        ([90 + FAR], 1, 20),
        ([90 - FAR], -1, 20),
        # A point beyond three sigma stays news as long as nothing comes back within two.
        ([90 - FAR, 90 - 2.1 * SIGMA], -1, 20),
        ([90 - FAR, 90 - 1.9 * SIGMA], 0, None),
        ([90 - FAR, 90 + NEAR], 0, None),
        # The series ends with 89: it and one less than a run more below make a run.
        ([90 - NEAR] * (RUN - 1), -1, 19),
        ([90 - NEAR] * (RUN - 2), 0, None),
        ([90 + NEAR] * RUN, 1, 20),
        ([90 + NEAR] * (RUN - 1), 0, None),
        # A point on the centre belongs to neither side.
        ([90 + NEAR] * RUN + [90.0], 0, None),
    ],
)
def test_signals_worked_by_hand(newest: list[float], direction: int, since: int | None) -> None:
    found = judged(newest)
    assert (found.direction, found.since) == (direction, since)


def test_a_thin_week_raises_no_alarm() -> None:
    values = [*QUIET, 90 - FAR]
    assert judged([90 - FAR]).direction == -1
    found = recent_change(values, np.r_[np.ones(20), 3.0], 20)
    assert found is not None
    assert found.direction == 0


def test_weeks_without_a_number_are_passed_over() -> None:
    values = np.array([*QUIET, *[90 - NEAR] * 4, math.nan, *[90 - NEAR] * 4])
    found = recent_change(values, np.ones(len(values)), 20)
    assert found is not None
    assert (found.direction, found.since) == (-1, 19)


def test_too_little_to_tell() -> None:
    few = np.tile([91.0, 89.0], 10)[: BASELINE - 1]
    assert recent_change([*few, 90.0], np.ones(BASELINE), BASELINE - 1) is None
    assert recent_change([*QUIET, math.nan], np.ones(21), 20) is None
    assert recent_change(QUIET, np.ones(20), 20) is None
    assert recent_change(QUIET, np.zeros(20), 15) is None


def test_a_series_that_never_moves_is_steady() -> None:
    found = recent_change([90.0] * 26, np.ones(26), 20)
    assert found is not None
    assert (found.direction, found.since) == (0, None)


def false_signals(known_error: bool) -> float:
    """How often the chart calls 26 quiet weeks changing, of 4000; errors known, or made of the moving range."""
    draws = np.random.default_rng(26).normal(0.93, 0.01, (4000, 26))
    wrong = 0
    for weeks in draws:
        error = 0.01 if known_error else float(np.mean(np.abs(np.diff(weeks[:20])))) / 1.128
        found = recent_change(weeks, np.full(26, error), 20)
        assert found is not None
        wrong += found.direction != 0
    return wrong / 4000


def test_about_one_quiet_chart_in_a_hundred_is_called_changing() -> None:
    # 4000 draws gave 0.7 % and 1.5 %.
    assert 0.003 <= false_signals(known_error=True) <= 0.012
    assert 0.008 <= false_signals(known_error=False) <= 0.021


@pytest.mark.parametrize(("n", "p"), [(60, 0.96), (150, 0.06), (60, 0.9), (30, 0.95), (60, 0.99)])
def test_shares_near_their_ends_are_called_changing_no_oftener(n: int, p: float) -> None:
    hits = np.random.default_rng(28).binomial(n, p, (3000, 26))
    charts = (recent_change(weeks / n, np.full(26, math.nan), 20, np.full(26, n), share=True) for weeks in hits)
    # 1 % and four standard errors of 3000 charts; a centre weighted by the weeks' own errors gave 3.4 to 7 %.
    assert sum(chart is not None and chart.direction != 0 for chart in charts) / 3000 <= 0.018


def test_a_share_that_falls_is_found_soon() -> None:
    hits = np.random.default_rng(29).binomial(150, np.r_[np.full(22, 0.95), np.full(4, 0.87)], (300, 26))
    found = 0
    for weeks in hits:
        seen = [
            recent_change(weeks[:last] / 150, np.zeros(last), 20, np.full(last, 150), share=True)
            for last in (23, 24, 25, 26)
        ]
        found += any(one is not None and one.direction == -1 for one in seen)
    assert found / 300 > 0.9


def test_the_centre_of_shares_is_all_hits_over_all_rows_and_limits_lean() -> None:
    n, hits = np.array([100] * 10 + [50] * 11), np.array([96] * 10 + [47] * 10 + [48])
    found = recent_change(hits / n, np.zeros(21), 20, n, share=True)
    assert found is not None
    # (960 + 470) / 1500; the limits are p ± 3 √(p q / n) + 4 (1 − 2p) / (3n).
    p = 1430 / 1500
    lean, reach = 4 * (1 - 2 * p) / (3 * n), 3 * np.sqrt(p * (1 - p) / n)
    assert found.centre == pytest.approx(p)
    assert found.low.tolist() == pytest.approx((p + lean - reach).tolist())
    assert found.high.tolist() == pytest.approx((p + lean + reach).tolist(), abs=2e-3)
    assert found.direction == 0


def test_the_centre_of_means_is_theirs_whatever_their_errors_say() -> None:
    values = [*QUIET, 90.0]
    thin = recent_change(values, [1.0, 0.1] * 10 + [1.0], 20)
    worth = recent_change(values, np.ones(21), 20, [3.0, 1.0] * 10 + [1.0])
    assert thin is not None
    assert worth is not None
    assert thin.centre == pytest.approx(90)
    assert worth.centre == pytest.approx((3 * 91 + 89) / 4)


def test_a_flawless_baseline_does_not_make_one_error_a_change() -> None:
    flawless = np.ones(20)
    for errors, direction in ((1, 0), (6, -1)):
        found = recent_change([*flawless, 1 - errors / 60], np.zeros(21), 20, np.full(21, 60), share=True)
        assert found is not None
        assert found.direction == direction
    assert recent_change([*flawless, 0.9], np.zeros(21), 20, [*[60] * 20, 0], share=True) is None


def test_a_fall_of_three_errors_is_found_within_four_weeks_four_times_in_five() -> None:
    draws = np.random.default_rng(27).normal(0.93, 0.01, (400, 26))
    draws[:, 22:] -= 0.03
    found = 0
    for weeks in draws:
        seen = [recent_change(weeks[:last], np.full(last, 0.01), 20) for last in (23, 24, 25, 26)]
        found += any(one is not None and one.direction == -1 for one in seen)
    assert found / 400 > 0.8
