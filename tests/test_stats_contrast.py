"""Contrasts against statsmodels' sandwich, change points against every split, Holm against statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats as distributions
from statsmodels.stats.multitest import multipletests

from smo_reports.stats.change_point import change_point
from smo_reports.stats.contrast import contrast
from smo_reports.stats.multiple import holm
from smo_reports.stats.planned import rows_to_tell


def clustered(seed: int, people: int = 40, each: int = 30, spread: float = 0.25) -> tuple[np.ndarray, ...]:
    """Yes/no rows of people who differ, in four cells, with weights."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each)
    y = (rng.random(len(who)) < np.clip(0.4 + spread * rng.standard_normal(people)[who], 0.02, 0.98)).astype(float)
    return y, rng.integers(0, 4, len(who)), who, rng.choice([1.0, 2.0, 5.0], len(who))


@pytest.mark.parametrize("coefficients", [(-1, 1, 0, 0), (1, -1, -1, 1), (0.5, -0.5, -1, 1)])
def test_error_is_the_sandwich_over_clusters(coefficients: tuple[float, ...]) -> None:
    y, cell, who, weight = clustered(3)
    # People are told apart more than strangers would be, so that the sandwich is the larger error.
    cell = np.where(who % 2 == 0, cell % 2, 2 + cell % 2) if coefficients[3] else cell
    kept = np.asarray(coefficients)[cell] != 0
    design = (cell[kept, None] == np.flatnonzero(coefficients)[None, :]).astype(float)
    fit = sm.WLS(y[kept], design, weights=weight[kept]).fit(
        cov_type="cluster", cov_kwds={"groups": who[kept], "use_correction": False}
    )
    size = np.array([one for one in coefficients if one])
    clusters = len(np.unique(who[kept]))
    error = math.sqrt(size @ fit.cov_params() @ size * clusters / (clusters - 1))
    found = contrast(y, cell, coefficients, who, weight)
    assert found.value == pytest.approx(float(size @ fit.params), abs=1e-12)
    assert found.error >= error - 1e-12
    if coefficients == (1, -1, -1, 1):
        assert found.error == pytest.approx(error, rel=0.15)
    assert found.n == int(kept.sum())


def test_error_is_exactly_the_sandwich_where_people_differ_much() -> None:
    y, _, who, weight = clustered(5, spread=0.6)
    cell = who % 2
    design = np.column_stack([cell == 0, cell == 1]).astype(float)
    fit = sm.WLS(y, design, weights=weight).fit(cov_type="cluster", cov_kwds={"groups": who, "use_correction": False})
    size = np.array([-1.0, 1.0])
    error = math.sqrt(float(size @ fit.cov_params() @ size) * 40 / 39)
    assert contrast(y, cell, (-1, 1), who, weight).error == pytest.approx(error, rel=1e-9)


def test_no_error_in_a_cell_is_not_certainty() -> None:
    # Twenty rows without an error before, and after: each cell's row varies by (0 · 20 + ½) / 21.
    found = contrast(np.zeros(40), np.repeat([0, 1], 20), (-1, 1), np.arange(40))
    assert found.value == 0
    assert found.error == pytest.approx(math.sqrt(2 * (0.5 / 21) / 20))
    assert found.interval()[1] > 0.05


def test_nothing_is_known_of_an_empty_cell_or_of_one_person() -> None:
    empty = contrast([1, 0], [0, 0], (-1, 1), [0, 1])
    alone = contrast([1, 0], [0, 1], (-1, 1), [7, 7])
    assert not empty.known
    assert not alone.known
    assert (empty.above, alone.below) == (1.0, 1.0)
    assert all(math.isnan(end) for end in (*empty.interval(), *alone.interval()))


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_where_nothing_changed_it_says_so(share: float) -> None:
    rng = np.random.default_rng(11)
    chances = []
    for _ in range(600):
        who = rng.integers(0, 30, 400)
        skill = rng.beta(share * 20, (1 - share) * 20, 30)[who]
        y = (rng.random(400) < skill).astype(float)
        chances.append(contrast(y, rng.integers(0, 2, 400), (-1, 1), who).above)
    # Two standard errors of a share of 600 above the nominal 5 %.
    assert np.mean(np.array(chances) <= 0.05) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 600)


def test_change_point_is_the_best_of_all_splits() -> None:
    rng = np.random.default_rng(2)
    n = rng.integers(0, 40, 30)
    y = rng.binomial(n, np.where(np.arange(30) < 12, 0.1, 0.3))
    fits = {}
    for at in range(1, 30):
        sides = [(y[:at].sum(), n[:at].sum()), (y[at:].sum(), n[at:].sum())]
        fits[at] = sum(
            distributions.binom.logpmf(y[part], n[part], hits / size).sum()
            for (hits, size), part in zip(sides, (slice(None, at), slice(at, None)), strict=True)
        )
    best = max(fits, key=lambda at: fits[at])
    bound = -math.log(1 - math.sqrt(0.95))
    near = [at for at, fit in fits.items() if fits[best] - fit <= bound]
    found = change_point(y, n)
    assert found is not None
    assert (found.at, found.first, found.last) == (best, min(near), max(near))
    flat = distributions.binom.logpmf(y, n, y.sum() / n.sum()).sum()
    assert found.gain == pytest.approx(2 * (fits[best] - flat))


def test_its_interval_holds_the_true_day() -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(400):
        n = rng.integers(10, 30, 28)
        found = change_point(rng.binomial(n, np.where(np.arange(28) < 14, 0.08, 0.25)), n)
        assert found is not None
        held += found.first <= 14 <= found.last
    assert held / 400 >= 0.93


def test_one_day_has_no_change() -> None:
    assert change_point([3, 0], [10, 0]) is None


def test_a_dispersed_series_is_less_sure() -> None:
    y, n = [1, 2, 1, 2, 1, 4, 5, 4, 6, 5], [30] * 10
    sure, unsure = change_point(y, n), change_point(y, n, dispersion=3.0)
    assert sure is not None
    assert unsure is not None
    assert unsure.last - unsure.first > sure.last - sure.first
    assert unsure.gain == pytest.approx(sure.gain / 3)


def test_holm_is_statsmodels() -> None:
    chances = np.random.default_rng(1).random(12) ** 3
    assert holm(chances).tolist() == pytest.approx(multipletests(chances, method="holm")[1].tolist())


def test_rows_to_tell_tell() -> None:
    # Drawn as planned, shares that differ so much are told apart four times in five.
    n, rng = int(rows_to_tell(0.1, 0.04)), np.random.default_rng(6)
    first, last = rng.binomial(n, 0.08, 4000) / n, rng.binomial(n, 0.12, 4000) / n
    error = np.sqrt((first * (1 - first) + last * (1 - last)) / n)
    assert np.mean((last - first) / error > 1.96) == pytest.approx(0.8, abs=0.03)
    assert rows_to_tell(0.1, 0) == math.inf
