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
        # The series ends with 89: seven more below make eight, six make seven.
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


def test_about_two_quiet_charts_in_a_hundred_are_called_changing() -> None:
    # 20,000 draws gave 1.6 % and 2.6 %; three standard errors of 4000 draws either way.
    assert 0.010 <= false_signals(known_error=True) <= 0.022
    assert 0.018 <= false_signals(known_error=False) <= 0.034


def test_a_fall_of_three_errors_is_found_within_four_weeks_four_times_in_five() -> None:
    draws = np.random.default_rng(27).normal(0.93, 0.01, (400, 26))
    draws[:, 22:] -= 0.03
    found = 0
    for weeks in draws:
        seen = [recent_change(weeks[:last], np.full(last, 0.01), 20) for last in (23, 24, 25, 26)]
        found += any(one is not None and one.direction == -1 for one in seen)
    assert found / 400 > 0.8
