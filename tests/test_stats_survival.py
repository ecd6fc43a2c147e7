"""Durations with open cases: textbook data, an independent package, and what the intervals cover."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from smo_reports.stats.survival import kaplan_meier, kaplan_meier_quantile

# Freireich et al. (1963), weeks of remission under 6-MP; the plus signs are open cases. Kaplan-Meier by hand in
# Cox & Oakes (1984), Analysis of Survival Data, table 4.1.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
OVER = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_the_textbooks_remission_times() -> None:
    curve = kaplan_meier(WEEKS, OVER)
    assert curve.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.share.tolist() == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert np.sqrt(curve.variance).tolist() == pytest.approx(
        [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5e-5
    )
    value, low, high = kaplan_meier_quantile(WEEKS, OVER)
    assert (value, low) == (23, 13)
    assert np.isnan(high)


@pytest.fixture(scope="module")
def cases() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    lasts, watched = np.ceil(rng.exponential(10, 200)), np.ceil(rng.exponential(15, 200))
    return np.minimum(lasts, watched), lasts <= watched


@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.75, 0.9])
def test_equal_to_statsmodels(cases: tuple[np.ndarray, np.ndarray], q: float) -> None:
    time, over = cases
    other, curve = SurvfuncRight(time, over), kaplan_meier(time, over)
    shown = np.isin(other.surv_times, curve.time)
    assert curve.share == pytest.approx(other.surv_prob[shown])
    assert np.sqrt(curve.variance)[:-1] == pytest.approx(other.surv_prob_se[shown][:-1])
    value, low, high = kaplan_meier_quantile(time, over, q=q)
    with np.errstate(all="ignore"):
        first, last = other.quantile_ci(q, method="cloglog")
    assert (value, low) == (other.quantile(q), first)
    # Where the band never comes down so far, they give the last time there is, and here the end is not known.
    assert high == last if q < 0.9 else np.isnan(high) and last == time.max()


def test_tallied_cases_are_the_cases(cases: tuple[np.ndarray, np.ndarray]) -> None:
    time, over = cases
    day = np.arange(len(time)) % 9
    rows, count = np.unique(np.stack([time, over, day]), axis=1, return_counts=True)
    for q in (0.2, 0.5, 0.8):
        plain = kaplan_meier_quantile(time, over, q=q)
        assert kaplan_meier_quantile(rows[0], rows[1], count, q) == plain
        by_day = kaplan_meier_quantile(time, over, q=q, cluster=day)
        assert kaplan_meier_quantile(rows[0], rows[1], count, q, cluster=rows[2]) == by_day


def test_without_open_cases_the_error_is_the_shares() -> None:
    """Of a sample it is p (1 - p) / n, of all there are it is nothing, and of one-case clusters it is the same."""
    time = np.array([1.0, 2, 2, 3, 5, 8, 8, 9])
    over = np.ones(8, bool)
    curve = kaplan_meier(time, over)
    assert curve.variance[:-1] == pytest.approx((curve.share * (1 - curve.share) / 8)[:-1])
    assert kaplan_meier(time, over, finite=True).variance == pytest.approx(0.0)
    alone = kaplan_meier(time, over, cluster=np.arange(8))
    assert alone.variance[:-1] == pytest.approx(8 / 7 * curve.variance[:-1])
    assert alone.quantile == pytest.approx(stats.t.ppf(0.975, 7))
    assert kaplan_meier_quantile(time, over, finite=True) == (3, 3, 3)


def test_doubling_every_case_doubles_no_cluster(cases: tuple[np.ndarray, np.ndarray]) -> None:
    time, over = cases
    day = np.arange(len(time)) % 9
    once, twice = (kaplan_meier(time, over, np.full(len(time), k), cluster=day) for k in (1, 2))
    assert twice.variance[:-1] == pytest.approx(once.variance[:-1])


def test_open_cases_are_neither_dropped_nor_over() -> None:
    # Two hours for two of four, the others are open since an hour, and since ten.
    value = kaplan_meier_quantile([2, 2, 1, 10], [True, True, False, False])[0]
    # At risk at 2: three; 1 - 2/3 is left. Without the open ones nothing would be, and 1/2 if they had ended.
    assert value == 2
    curve = kaplan_meier([2, 2, 1, 10], [True, True, False, False])
    assert curve.share.tolist() == pytest.approx([1 / 3])


@pytest.mark.parametrize("cluster", [None, []])
def test_nothing_at_all(cluster: list[int] | None) -> None:
    assert np.isnan(kaplan_meier_quantile([], [], cluster=cluster)).all()
    assert np.isnan(kaplan_meier_quantile([3, 4], [False, False], cluster=cluster if cluster is None else [1, 2])).all()


def test_one_cluster_has_no_interval() -> None:
    value, low, high = kaplan_meier_quantile([1, 2, 3], [1, 1, 1], cluster=[4, 4, 4])
    assert value == 2
    assert np.isnan([low, high]).all()


def test_the_interval_of_all_there_are_covers_what_comes_out() -> None:
    """The open cases' later ends are drawn; the quantile that then comes out lies inside 95 times of 100."""
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(1000):
        lasts, watched = rng.exponential(10, 150), rng.uniform(0, 40, 150)
        _, low, high = kaplan_meier_quantile(np.minimum(lasts, watched), lasts <= watched, q=0.5, finite=True)
        truth = np.sort(lasts)[74]
        inside += low <= truth <= high
    assert 0.93 <= inside / 1000 <= 0.985


def test_days_as_clusters_cover_the_process() -> None:
    """Days that differ: cases as their own clusters cover far too seldom, days as clusters as often as they say."""
    rng = np.random.default_rng(5)
    days, each, alone, together = 20, 40, 0, 0
    # A case of a day with mean m is over by t with 1 - exp(-t/m); m is log-normal: the median over all days is 10 ln 2.
    day = np.repeat(np.arange(days), each)
    truth = float(np.median(rng.exponential(10 * np.exp(rng.normal(0, 0.5, 400_000)))))
    for _ in range(600):
        lasts = rng.exponential(10 * np.exp(np.repeat(rng.normal(0, 0.5, days), each)))
        watched = rng.uniform(5, 40, days * each)
        time, over = np.minimum(lasts, watched), lasts <= watched
        _, low, high = kaplan_meier_quantile(time, over)
        alone += low <= truth <= high
        _, low, high = kaplan_meier_quantile(time, over, cluster=day)
        together += low <= truth <= high
    assert alone / 600 < 0.75
    assert 0.92 <= together / 600 <= 0.98
