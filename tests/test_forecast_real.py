"""The forecast on a bank's calls, against seasonal-naive and what an independent package found of the same series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smo_reports.stats.backtest import bias, coverage, interval_score, seasonal_naive, wape
from smo_reports.stats.forecast import forecast
from smo_reports.stats.rolling import rolling_forecasts

WEEKS = 8


@pytest.fixture(scope="module")
def calls(data_folder: Path) -> pd.DataFrame:
    """Calls by day and hour, every day from the first to the last; nan where the bank was closed."""
    table = pd.read_csv(data_folder / "bank-calls" / "bank_calls.csv", parse_dates=["DateTime"])
    hours = table.groupby([table["DateTime"].dt.normalize(), table["DateTime"].dt.hour])["Calls"].sum().unstack()
    return hours.reindex(pd.date_range(hours.index.min(), hours.index.max()))


def origins_of(daily: np.ndarray) -> np.ndarray:
    """Business days with four weeks known and eight to come."""
    last = len(daily) - 7 * WEEKS
    return np.array([end for end in range(28, last + 1) if not np.isnan(daily[end - 1])])


def test_the_series_is_the_one_the_reference_saw(calls: pd.DataFrame, reference: dict[str, Any]) -> None:
    seen, daily = reference["bank-calls"], calls.sum(axis=1, min_count=1)
    assert int(daily.notna().sum()) == seen["days"]
    assert daily.sum() == seen["total_calls"]
    by_weekday = daily.groupby(pd.DatetimeIndex(daily.index).day_of_week).mean()
    for weekday, mean in seen["calls_by_weekday_mean"].items():
        assert by_weekday[int(weekday)] == pytest.approx(mean)


def test_seasonal_naive_is_the_references(calls: pd.DataFrame, reference: dict[str, Any]) -> None:
    held_out = reference["bank-calls"]["holdout_last_20_business_days"]
    daily = calls.sum(axis=1, min_count=1).dropna().to_numpy()
    said, _, _ = seasonal_naive(daily[:-20], 20, season=5)
    assert wape(daily[-20:], said) == pytest.approx(held_out["wape_seasonal_naive"])
    assert np.abs(daily[-20:] - said).mean() == pytest.approx(held_out["seasonal_naive_mae"])


def test_ours_is_better_than_the_references_methods_on_its_holdout(
    calls: pd.DataFrame, reference: dict[str, Any]
) -> None:
    held_out = reference["bank-calls"]["holdout_last_20_business_days"]
    daily = calls.sum(axis=1, min_count=1).to_numpy()
    cut = int(np.flatnonzero(~np.isnan(daily))[-20])
    found = forecast(daily[:cut], len(daily) - cut)
    known = ~np.isnan(daily[cut:])
    mape = np.abs(found.mean[known] / daily[cut:][known] - 1).mean()
    assert mape < held_out["seasonal_naive_5_mape"] < held_out["naive_last_mape"]
    assert set(found.closed) == {day for day in range(7) if (cut + day) % 7 >= 5}


def test_eight_weeks_of_days_are_better_than_seasonal_naive(calls: pd.DataFrame) -> None:
    daily = calls.sum(axis=1, min_count=1).to_numpy()
    origins = origins_of(daily)
    assert len(origins) >= 100
    found = rolling_forecasts(daily, 7 * WEEKS, origins)
    naive = np.stack([seasonal_naive(daily[:end], 7 * WEEKS) for end in origins], axis=1)
    half = len(origins) // 2
    for part in (slice(None), slice(half), slice(half, None)):
        actual = found.actual[part]
        assert wape(actual, found.mean[part]) < 0.9 * wape(actual, naive[0][part])
        assert interval_score(actual, found.low[part], found.high[part]) < 0.85 * interval_score(
            actual, naive[1][part], naive[2][part]
        )
    assert abs(bias(found.actual, found.mean)) < 0.02


def test_the_band_of_every_week_ahead_holds_as_often_as_it_says(calls: pd.DataFrame) -> None:
    daily = calls.sum(axis=1, min_count=1).to_numpy()
    found = rolling_forecasts(daily, 7 * WEEKS, origins_of(daily))
    held = coverage(found.actual, found.low, found.high, every=7 / 5)
    assert held.share.mean() == pytest.approx(0.8, abs=0.05)
    assert (held.low <= 0.8).all()
    assert (held.high >= 0.8).all()


def test_eight_weeks_of_hours_are_better_than_seasonal_naive(calls: pd.DataFrame) -> None:
    hours = calls.to_numpy()
    ends = origins_of(hours.sum(1))[::6]
    found = [forecast(hours[:end], 7 * WEEKS) for end in ends]
    actual = np.stack([hours[end : end + 7 * WEEKS] for end in ends])
    weeks = np.stack([np.resize(last_week(hours[:end]), (7 * WEEKS, hours.shape[1])) for end in ends])
    assert wape(actual, np.stack([one.mean for one in found])) < 0.9 * wape(actual, weeks)
    inside = np.stack([(one.low <= a) & (a <= one.high) for one, a in zip(found, actual, strict=True)])
    assert inside[~np.isnan(actual)].mean() == pytest.approx(0.8, abs=0.07)


def last_week(hours: np.ndarray) -> np.ndarray:
    """Each weekday as it last was."""
    full = hours.copy()
    for day in range(7, len(full)):
        full[day] = np.where(np.isnan(full[day]), full[day - 7], full[day])
    return full[-7:]
