"""The forecast of counts: what it finds in series whose making is known, and what it says of bad input."""

from __future__ import annotations

import importlib.util
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smo_reports.stats.backtest import bias, coverage, interval_score, seasonal_naive, wape
from smo_reports.stats.forecast import Forecast, forecast
from smo_reports.stats.forecast_calendar import ORDINARY, Calendar
from smo_reports.stats.forecast_intraday import intraday_of
from smo_reports.stats.forecast_level import forecast_levels
from smo_reports.stats.forecast_shift import last_shifts
from smo_reports.stats.forecast_spread import count_at, normal_of
from smo_reports.stats.rolling import rolling_forecasts

PROFILE = np.array([1.3, 1.1, 1.0, 1.0, 0.9, 0.5, 0.4])
NAN = float("nan")


def weeks_of(level: np.ndarray, seed: int = 1, day: float = 0.05, profile: np.ndarray = PROFILE) -> np.ndarray:
    """Daily counts at a level a week, with days that vary by ``day`` beside chance."""
    rng = np.random.default_rng(seed)
    expected = np.outer(level, profile).ravel()
    return rng.poisson(expected * rng.gamma(1 / day**2, day**2, expected.shape)).astype(float)


def drifting(weeks: int, series: int, seed: int, step: float = 0.025, start: float = 400.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = start * np.exp(np.cumsum(step * rng.standard_normal((series, weeks)), axis=1))
    return np.stack([weeks_of(one, seed + at) for at, one in enumerate(level)])


def test_the_week_is_found_and_continued() -> None:
    found = forecast(weeks_of(np.full(30, 200.0)), 56)
    assert found.mean.reshape(8, 7).mean(0) == pytest.approx(200 * PROFILE, rel=0.05)
    assert found.shift == 0
    assert found.closed == ()
    assert found.note == ""


def test_a_day_that_is_not_known_is_not_a_day_of_nothing() -> None:
    whole = weeks_of(np.full(20, 200.0))
    gaps = whole.copy()
    gaps[np.random.default_rng(3).choice(len(gaps), 40, replace=False)] = np.nan
    assert forecast(gaps, 14).mean == pytest.approx(forecast(whole, 14).mean, rel=0.06)


def test_closed_days_are_told_from_gaps() -> None:
    counts = weeks_of(np.full(12, 300.0))
    weekends = np.arange(len(counts)) % 7 >= 5
    for nothing in (np.nan, 0.0):
        found = forecast(np.where(weekends, nothing, counts), 14)
        assert found.closed == (5, 6)
        for part in (found.mean, found.low, found.high, found.paths.max(0)):
            assert part[[5, 6, 12, 13]].tolist() == [0, 0, 0, 0]
        assert found.mean[0] == pytest.approx(390, rel=0.06)


def test_after_a_level_shift_the_old_level_is_forgotten() -> None:
    level = np.r_[np.full(20, 100.0), np.full(5, 180.0)]
    found = forecast(weeks_of(level), 28)
    assert found.shift == 35
    assert found.mean.mean() == pytest.approx(180 * PROFILE.mean(), rel=0.05)
    # A random walk and a trend are no shifts.
    assert forecast(weeks_of(100 * 1.02 ** np.arange(25)), 28).shift == 0


def test_the_last_of_several_shifts_is_given() -> None:
    rng = np.random.default_rng(0)
    level = np.r_[np.full(10, 100), np.full(10, 150), np.full(10, 80)] * np.exp(0.02 * rng.standard_normal(30))
    steady = np.full(30, 100) * np.exp(0.02 * rng.standard_normal(30))
    assert last_shifts(np.stack([level, steady])).tolist() == [20, 0]


def test_outliers_do_not_move_it() -> None:
    counts = weeks_of(np.full(20, 200.0))
    spoilt = counts.copy()
    spoilt[[30, 77, 130]] = 20_000
    spoilt[[60, 101]] = 0
    found = forecast(spoilt, 28)
    assert found.mean == pytest.approx(forecast(counts, 28).mean, rel=0.04)
    assert {30, 77, 130, 60, 101} <= set(found.outliers.tolist())
    assert found.high.max() < 500


def test_a_trend_is_followed() -> None:
    level = 100 * np.exp(0.02 * np.arange(38))
    counts = weeks_of(level)
    ahead = forecast(counts[: 30 * 7], 56).mean.reshape(8, 7).sum(1)
    came = level[30:] * PROFILE.sum()
    assert wape(came, ahead) < 0.08
    assert ahead[-1] > 1.03 * ahead[0]


def test_the_time_of_year_needs_two_years() -> None:
    at = np.arange(130)
    level = 300 * (1 + 0.3 * np.sin(2 * np.pi * at * 7 / 365.25))
    counts = weeks_of(level)
    long, short = forecast(counts[: 110 * 7], 56), forecast(counts[40 * 7 : 110 * 7], 56)
    came = np.outer(level[110:118], PROFILE).ravel()
    assert wape(came, long.mean) < 0.05
    assert wape(came, long.mean) < wape(came, short.mean)


def test_little_data_gives_a_wide_band_and_says_so() -> None:
    counts = weeks_of(np.full(40, 200.0))
    few, many = forecast(counts[:10], 14), forecast(counts, 14)
    assert few.note == "too few: 10 known days; the band is a wide guess"
    assert ((few.high - few.low) / few.mean).mean() > 1.5 * ((many.high - many.low) / many.mean).mean()
    one = forecast([7.0], 3)
    assert np.isfinite(one.paths).all()
    assert one.mean.tolist()[0] > 0


def test_holidays_are_learnt() -> None:
    counts = weeks_of(np.full(30, 200.0))
    past, future = np.full(210, ORDINARY), np.full(28, ORDINARY)
    past[[23, 64, 107, 150]] = 0
    future[9] = 0
    counts[[23, 64, 107, 150]] *= 0.2
    named = forecast(counts, 28, calendar=Calendar(("holiday",), past, future))
    plain = forecast(counts, 28)
    assert named.mean[9] == pytest.approx(0.2 * plain.mean[9], rel=0.35)
    assert np.delete(named.mean, 9) == pytest.approx(np.delete(plain.mean, 9), rel=0.03)
    assert named.unseen == ()


def test_a_kind_of_day_never_seen_is_said_and_its_band_is_wide() -> None:
    counts = weeks_of(np.full(30, 200.0))
    past, future = np.full(210, ORDINARY), np.full(14, ORDINARY)
    future[3] = 1
    found = forecast(counts, 14, calendar=Calendar(("holiday", "election"), past, future))
    assert found.unseen == ("election",)
    relative = (found.high - found.low) / found.mean
    assert relative[3] > 2 * relative[10]
    shut = forecast(counts, 14, calendar=Calendar(("holiday", "election"), past, future, ("election",)))
    assert shut.unseen == ()
    assert (shut.mean[3], shut.low[3], shut.high[3]) == (0, 0, 0)


def test_a_holiday_on_which_nothing_was_ever_recorded_is_closed() -> None:
    counts = weeks_of(np.full(30, 200.0))
    past, future = np.full(210, ORDINARY), np.full(14, ORDINARY)
    past[[22, 86]] = 0
    counts[[22, 86]] = np.nan
    future[1] = 0
    found = forecast(counts, 14, calendar=Calendar(("holiday",), past, future))
    assert (found.mean[1], found.high[1], found.paths[:, 1].max()) == (0, 0, 0)


def test_a_window_of_weeks_does_not_become_the_level() -> None:
    counts = weeks_of(np.full(30, 200.0))
    past, future = np.full(210, ORDINARY), np.full(28, ORDINARY)
    past[181:] = 0
    counts[181:] *= 1.4
    found = forecast(counts, 28, calendar=Calendar(("ramadan",), past, future))
    assert found.mean.mean() == pytest.approx(200 * PROFILE.mean(), rel=0.06)


def test_bands_are_the_quantiles_of_the_paths() -> None:
    for level in (0.5, 0.8, 0.95):
        found = forecast(drifting(30, 1, 5)[0], 28, paths=20_000, level=level)
        low, high = np.quantile(found.paths, [(1 - level) / 2, (1 + level) / 2], axis=0)
        assert low == pytest.approx(found.low, rel=0.02)
        assert high == pytest.approx(found.high, rel=0.02)
        assert found.paths.mean(0) == pytest.approx(found.mean, rel=0.01)
        assert np.median(found.paths, axis=0) == pytest.approx(found.median, rel=0.01)


def test_weeks_of_paths_are_wider_than_independent_days_and_narrower_than_bands_added_up() -> None:
    found = forecast(drifting(30, 1, 5)[0], 56, paths=4000)
    weeks = found.paths.reshape(4000, 8, 7).sum(2)
    spread = np.diff(np.quantile(weeks, [0.1, 0.9], axis=0), axis=0)[0]
    added = (found.high - found.low).reshape(8, 7).sum(1)
    independent = np.sqrt(((found.high - found.low) ** 2).reshape(8, 7).sum(1))
    assert (spread < added).all()
    assert (spread > 1.2 * independent)[1:].all()
    assert spread[7] > spread[0]


def test_the_same_seed_gives_the_same_paths_and_bands_do_not_depend_on_it() -> None:
    counts = weeks_of(np.full(20, 50.0))
    one, same, other = (forecast(counts, 14, seed=seed) for seed in (1, 1, 2))
    assert (one.paths == same.paths).all()
    assert (one.paths != other.paths).any()
    assert (one.low == other.low).all()


@pytest.mark.parametrize(("step", "start", "weeks"), [(0.0, 400.0, 24), (0.025, 400.0, 24), (0.02, 60.0, 40)])
def test_bands_hold_as_often_as_they_say(step: float, start: float, weeks: int) -> None:
    held = []
    for counts in drifting(weeks + 8, 60, 11, step, start):
        found = forecast(counts[: 7 * weeks], 56)
        held.append((found.low <= counts[7 * weeks :]) & (counts[7 * weeks :] <= found.high))
    by_week = np.array(held).reshape(60, 8, 7).mean((0, 2))
    assert by_week.mean() == pytest.approx(0.8, abs=0.05)
    assert (np.abs(by_week - 0.8) < 0.1).all()


def test_hours_of_a_day_follow_their_weekday() -> None:
    rng = np.random.default_rng(4)
    early, late = np.array([4.0, 3, 2, 1]) / 10, np.array([1.0, 2, 3, 4]) / 10
    shares = np.array([early if day % 7 < 5 else late for day in range(140)])
    counts = rng.poisson(500 * shares).astype(float)
    found = forecast(counts, 14, paths=3000)
    assert found.mean.shape == (14, 4)
    assert found.mean[:5].mean(0) == pytest.approx(500 * early, rel=0.05)
    assert found.mean[5:7].mean(0) == pytest.approx(500 * late, rel=0.1)
    assert found.paths.shape == (3000, 14, 4)
    assert (found.paths == np.rint(found.paths)).all()
    low, high = np.quantile(found.paths, [0.1, 0.9], axis=0)
    assert low == pytest.approx(found.low, rel=0.08)
    assert high == pytest.approx(found.high, rel=0.08)


def test_sampled_hours_add_up_to_the_sampled_day() -> None:
    profile = intraday_of(np.random.default_rng(0).poisson(30, (30, 24)).astype(float), 7)
    days = np.array([[0.0, 7.0, 1234.0]])
    drawn = profile.sample(days, np.random.default_rng(1))
    assert drawn.sum(2).tolist() == days.tolist()
    assert drawn.min() >= 0


def test_a_day_with_an_unknown_hour_is_left_out() -> None:
    counts = np.full((28, 3), 10.0)
    counts[5, 1] = np.nan
    assert forecast(counts, 7).mean == pytest.approx(np.full((7, 3), 10.0), rel=0.01)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.just(NAN), st.integers(0, 3000).map(float)), min_size=1, max_size=90).filter(
        lambda counts: not all(math.isnan(one) for one in counts)
    ),
    st.integers(1, 20),
)
def test_whatever_comes_nothing_is_negative_or_unknown(counts: list[float], horizon: int) -> None:
    found = forecast(counts, horizon, paths=20)
    for part in (found.mean, found.median, found.low, found.high, found.paths):
        assert np.isfinite(part).all()
        assert (part >= 0).all()
    assert (found.low <= found.median).all()
    assert (found.median <= found.high).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(2.0, 50.0))
def test_twice_the_items_are_twice_the_forecast(times: float) -> None:
    counts = weeks_of(np.full(15, 400.0))
    assert forecast(counts * times, 14).mean == pytest.approx(times * forecast(counts, 14).mean, rel=0.01)


def test_the_past_alone_is_looked_at() -> None:
    counts = drifting(30, 1, 9)[0]
    spoilt = counts.copy()
    spoilt[150:] *= 7
    one, other = (rolling_forecasts(series, 14, [120, 150]) for series in (counts, spoilt))
    assert (one.mean == other.mean).all()
    assert (one.high == other.high).all()


def test_rolling_is_the_same_as_one_by_one() -> None:
    counts = drifting(30, 1, 9)[0]
    counts[[33, 90]] = np.nan
    codes = np.full(len(counts) + 28, ORDINARY)
    codes[[40, 100, 160, 190]] = 0
    rolled = rolling_forecasts(counts, 28, [60, 101, 182], codes=codes, kinds=1)
    for row, end in enumerate((60, 101, 182)):
        found = forecast(counts[:end], 28, calendar=Calendar(("holiday",), codes[:end], codes[end : end + 28]))
        assert rolled.mean[row] == pytest.approx(found.mean, rel=1e-6)
        assert (rolled.low[row] == found.low).all()
        assert (rolled.high[row] == found.high).all()


def test_rolling_hours_are_the_same_as_one_by_one() -> None:
    counts = np.random.default_rng(2).poisson(np.outer(np.resize(PROFILE, 140), [20.0, 40, 10])).astype(float)
    counts[50, 1] = np.nan
    rolled = rolling_forecasts(counts, 14, [70, 126])
    for row, end in enumerate((70, 126)):
        found = forecast(counts[:end], 14)
        assert rolled.mean[row] == pytest.approx(found.mean, rel=1e-6)
        assert (rolled.high[row] == found.high).all()
    assert rolled.actual[1].tolist() == counts[126:140].tolist()


def test_the_gamma_is_walked_both_ways() -> None:
    from scipy import stats

    expected, variance = np.array([20.0, 300.0]), np.array([0.09, 0.01])
    at = count_at(np.array(1.2816), expected, variance)
    exact = stats.gamma(1 / variance, scale=expected * variance).ppf(0.9)
    assert at == pytest.approx(exact, abs=0.6)
    assert normal_of(exact, expected, variance) == pytest.approx(np.full(2, 1.2816), abs=0.01)


def test_a_steady_level_is_forecast_as_it_is() -> None:
    level = forecast_levels(np.full((1, 12), 700.0), np.full((1, 12), 7.0), np.zeros(1, np.intp), 3)
    assert level.ahead[0] == pytest.approx([100, 100, 100])
    assert np.nanmax(np.abs(level.error)) < 1e-9


def test_wape_and_bias_by_hand() -> None:
    # |100-80| + |50-60| + |50-50| = 30 of 200; (80+60+50) - 200 = -10.
    assert wape([100, 50, 50, NAN], [80, 60, 50, 9]) == pytest.approx(0.15)
    assert bias([100, 50, 50, NAN], [80, 60, 50, 9]) == pytest.approx(-0.05)
    assert math.isnan(wape([0.0], [3.0]))
    assert math.isnan(bias([NAN], [3.0]))


def test_interval_score_by_hand() -> None:
    # Widths 10, 10, 10; missed by 2 below and by 3 above, times 2 / 0.2 = 10: (30 + 20 + 30) / 3.
    assert interval_score([3, 12, 18], [5, 5, 5], [15, 15, 15], 0.8) == pytest.approx(80 / 3)
    assert interval_score([3, 12, 18], [5, 5, 5], [15, 15, 15], 0.5) == pytest.approx((30 + 8 + 12) / 3)
    assert math.isnan(interval_score([NAN], [1.0], [2.0]))


def test_coverage_by_hand() -> None:
    actual = np.array([[1.0, 9.0, 5.0, 5.0], [5.0, 5.0, NAN, 12.0]])
    found = coverage(actual, np.full((2, 4), 4.0), np.full((2, 4), 10.0), season=2, draws=50)
    # Week 1: 9, 5 and 5 of four are in; week 2: 5 and 5, of three.
    assert found.share.tolist() == [0.75, pytest.approx(2 / 3)]
    assert found.days.tolist() == [4, 3]


def test_coverage_knows_that_neighbouring_origins_miss_together() -> None:
    rng = np.random.default_rng(0)
    alone = (rng.random((140, 7)) < 0.8).astype(float)
    runs = np.repeat((rng.random(14) < 0.8).astype(float), 10)[:, None] * np.ones(7)
    wide, narrow = (coverage(held, np.full((140, 7), 0.5), np.full((140, 7), 2.0)) for held in (runs, alone))
    assert wide.high[0] - wide.low[0] > 3 * (narrow.high[0] - narrow.low[0])
    assert narrow.low[0] < 0.8 < narrow.high[0]


def test_seasonal_naive_takes_the_week_before_where_a_day_is_not_known() -> None:
    said, low, high = seasonal_naive([10, 20, 30, 11, NAN, 33], 4, season=3, level=0.8)
    assert said.tolist() == [11, 20, 33, 11]
    # Changes 1, 0 (filled) and 3: root of 10 / 3; the fourth day is two weeks ahead.
    assert (high - said)[[0, 3]] == pytest.approx(1.2815515655 * np.sqrt(10 / 3) * np.array([1, np.sqrt(2)]))
    assert (said - low) == pytest.approx(high - said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"counts": [1, -2]}, "counts are numbers of items, 0 or more"),
        ({"counts": [1, math.inf]}, "write nan where a day is not known"),
        ({"counts": [NAN, NAN]}, "no day is known"),
        ({"counts": [[[1.0]]]}, r"got the shape \(1, 1, 1\)"),
        ({"horizon": 0}, "horizon is a number of 1 or more; got 0"),
        ({"season": 0}, "season is a number"),
        ({"paths": 0}, "paths is a number"),
        ({"level": 80}, "such as 0.8; got 80"),
        ({"method": "prophet"}, "unknown method 'prophet'; there are default, mstl, statsforecast"),
        ({"calendar": Calendar(("a",), [0, -1], [-1])}, "names 2 past days and 1 to come; there are 4 days"),
        ({"calendar": Calendar(("a",), [0, -1, 1, 0], [-1, 0])}, "codes beyond them"),
        ({"calendar": Calendar(("a",), [0] * 4, [0, 0], ("b",))}, "closed kinds that the calendar does not have: b"),
    ],
)
def test_bad_input_is_named(options: dict[str, object], said: str) -> None:
    given = {"counts": [1, 2, 3, 4], "horizon": 2} | options
    with pytest.raises(ValueError, match=said):
        forecast(**given)


def test_origins_outside_the_counts_are_named() -> None:
    with pytest.raises(ValueError, match=r"from 1 to 5; got 2 to 6"):
        rolling_forecasts([1, 2, 3, 4, 5], 2, [2, 6])
    with pytest.raises(ValueError, match="codes name 5 days; the last horizon ends at day 6"):
        rolling_forecasts([1, 2, 3, 4, 5], 2, [4], codes=np.full(5, ORDINARY), kinds=1)


@pytest.mark.skipif(importlib.util.find_spec("statsforecast") is not None, reason="the extra is installed")
def test_a_missing_extra_is_named() -> None:
    with pytest.raises(ImportError, match=r"pip install 'smo-reports\[statsforecast\]'"):
        forecast([1, 2] * 20, 7, method="mstl")


@pytest.mark.parametrize("method", ["mstl", "statsforecast"])
def test_statsforecast_is_behind_the_same_function(method: str) -> None:
    pytest.importorskip("statsforecast", reason="the extra statsforecast is not installed")
    counts = weeks_of(np.full(20, 200.0))
    counts[np.arange(140) % 7 == 6] = 0
    counts[30] = np.nan
    found: Forecast = forecast(counts, 14, method=method)  # type: ignore[arg-type]
    assert found.mean[:6] == pytest.approx(200 * PROFILE[:6], rel=0.15)
    assert found.mean[[6, 13]].tolist() == [0, 0]
    assert ((found.low < found.mean) & (found.mean < found.high))[:6].all()
    assert found.paths.shape == (500, 14)
    with pytest.raises(ValueError, match="needs two weeks of counts"):
        forecast([3.0, 4.0, 5.0], 7, method=method)  # type: ignore[arg-type]


def test_a_kind_of_day_that_lies_before_the_first_known_one_is_unseen_not_closed() -> None:
    days = 140
    counts = np.random.default_rng(4).poisson(200.0, days).astype(float)
    counts[:40] = np.nan
    past = np.full(days, -1)
    past[10:20] = 0
    future = np.full(14, -1)
    future[7:] = 0
    found = forecast(counts, 14, calendar=Calendar(("fast",), past, future))
    assert found.unseen == ("fast",)
    assert found.mean[7:] == pytest.approx(200, rel=0.1)
    assert (found.high - found.low)[7:].min() > 2 * (found.high - found.low)[:7].max(), "of such a day little is known"
    week = found.paths[:, 7:].sum(1)
    assert np.std(week) / np.mean(week) == pytest.approx(0.3, abs=0.05), "all seven days are off by the same"


def test_a_queue_that_came_to_nothing_is_forecast_as_nothing() -> None:
    counts = np.random.default_rng(8).poisson(100.0, 200).astype(float)
    counts[-35:] = 0
    found = forecast(counts, 14)
    assert found.mean.max() < 3
    assert found.shift == 35
