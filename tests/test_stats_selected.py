"""Estimates reported because they were large: the correction, against numerical integration and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from smo_reports.stats.selected import corrected


def chance_of_more(mean: float, seen: float, critical: float) -> float:
    """Of a larger value than seen, among those beyond the critical one, integrated."""

    def area(low: float, high: float) -> float:
        return integrate.quad(lambda t: np.exp(-((t - mean) ** 2) / 2), low, high, epsabs=0, epsrel=1e-11)[0]

    return area(seen, seen + 30) / (area(critical, seen + 30) + area(-critical - 30, -critical))


@pytest.mark.parametrize("critical", [2.5, 3.7, 4.5])
@pytest.mark.parametrize("beyond", [0.2, 0.6, 1.5, 3.0])
def test_the_ends_have_their_chances_by_integration(critical: float, beyond: float) -> None:
    seen = critical + beyond
    value, low, high = corrected(seen, 1.0, critical)
    assert chance_of_more(high, seen, critical) == pytest.approx(0.975, abs=1e-6)
    if low > -critical - 1:
        assert chance_of_more(low, seen, critical) == pytest.approx(0.025, abs=1e-6)
    if 0 < value < seen:
        assert chance_of_more(value, seen, critical) == pytest.approx(0.5, abs=1e-6)


def test_other_levels() -> None:
    _, low, high = corrected(5.0, 1.0, 3.5, level=0.8)
    assert chance_of_more(low, 5.0, 3.5) == pytest.approx(0.1, abs=1e-6)
    assert chance_of_more(high, 5.0, 3.5) == pytest.approx(0.9, abs=1e-6)


def test_far_beyond_nothing_is_corrected_and_just_beyond_a_lot() -> None:
    assert corrected(20.0, 1.0, 4.0) == pytest.approx((20.0, 20 + norm.ppf(0.025), 20 + norm.ppf(0.975)), abs=1e-6)
    value, low, _ = corrected(4.05, 1.0, 4.0)
    assert value < 1.5
    assert low < 0


def test_sign_and_scale() -> None:
    value, low, high = corrected(4.6, 1.0, 4.0)
    assert corrected(-4.6, 1.0, 4.0) == pytest.approx((-value, -high, -low))
    assert corrected(0.0046, 0.001, 4.0) == pytest.approx((value / 1000, low / 1000, high / 1000))


@pytest.mark.parametrize("critical", [2.5, 4.0])
def test_it_grows_with_the_estimate_and_never_exceeds_it(critical: float) -> None:
    seen = np.linspace(critical + 0.01, critical + 5, 60)
    ends = np.array([corrected(float(one), 1.0, critical) for one in seen])
    assert (np.diff(ends, axis=0) >= -1e-9).all()
    assert ((ends[:, 0] >= 0) & (ends[:, 0] <= seen)).all()
    assert ((ends[:, 1] <= ends[:, 0]) & (ends[:, 0] <= ends[:, 2])).all()


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_what_was_not_selected_keeps_its_plain_interval(level: float) -> None:
    reach = norm.ppf((1 + level) / 2)
    assert corrected(1.0, 1.0, 3.0, level) == pytest.approx((1.0, 1 - reach, 1 + reach), abs=1e-3)
    assert corrected(0.3, 0.0, 3.0, level) == (0.3, 0.3, 0.3)


@pytest.mark.parametrize("mean", [2.0, 3.5, 4.5, 7.0])
def test_of_what_is_reported_the_intervals_cover_as_they_say(mean: float) -> None:
    critical = 4.0
    drawn = np.random.default_rng(11).normal(mean, 1, 60_000)
    reported = drawn[np.abs(drawn) > critical][:1200]
    ends = np.array([corrected(float(one), 1.0, critical) for one in reported])
    slack = 3 * np.sqrt(0.05 * 0.95 / len(reported))
    covered = ((ends[:, 1] <= mean) & (mean <= ends[:, 2])).mean()
    assert 0.95 - slack <= covered <= 0.95 + slack
    above = (ends[:, 0] > mean).mean()
    assert above == pytest.approx(0.5, abs=3 * np.sqrt(0.25 / len(reported)))
    # Uncorrected, an effect at the edge of what is found is called larger than it is nearly always.
    if mean <= critical:
        assert (np.abs(reported) > mean).all()
