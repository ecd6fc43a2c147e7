"""A sample of the published coverage study, small enough for every run; what is broken on purpose fails it."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from smo_reports.stats.intervals import share_interval, wilson_interval
from smo_reports.stats.sampling import Interval, ShareTallies, cluster_interval, design_interval

FOLDER = Path(__file__).parents[1] / "benchmarks"
DRAWS = 1500


@pytest.fixture(scope="module")
def study() -> ModuleType:
    """The study's own module: by its path, since ``coverage`` is also a package's name."""
    spec = importlib.util.spec_from_file_location("coverage_study", FOLDER / "coverage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def holds(study: ModuleType, one: object) -> bool:
    """Whether a cell is within its bars, give or take three standard errors of so few draws."""
    bar, slack = (study.LEAST if one.strict else study.ELSEWHERE), 300 * np.sqrt(0.05 * 0.95 / DRAWS)
    return bool(one.coverage >= bar - slack and (not one.strict or one.coverage <= study.MOST + slack))


PERIOD_CELLS = [
    ("simple, one decision in 20", 0.995, 30),
    ("simple, one decision in 20", 0.9, 200),
    ("simple, one decision in 2", 0.98, 100),
    ("simple, one decision in 2", 0.95, 500),
    ("risk strata", 0.95, 500),
    ("a heavy stratum", 0.98, 1000),
    ("a very heavy stratum", 0.98, 60),
    ("per labeler, 20 of them, spread 1", 0.9, 200),
    ("pooled, 20 labelers, spread 1", 0.9, 200),
]
PROCESS_CELLS = [
    ("5 labelers, spread 1, uneven", 0.95, 2000),
    ("10 labelers, spread 0.5", 0.98, 500),
    ("20 labelers, spread 0.5, uneven", 0.9, 1000),
    ("20 labelers, spread 0.5", 0.995, 30),
    ("40 labelers, spread 1, uneven", 0.95, 1000),
    ("20 labelers, spread 0.5, uneven, weighted", 0.8, 500),
]


@pytest.mark.parametrize(("name", "p", "n"), PERIOD_CELLS)
def test_this_periods_work_is_held(study: ModuleType, name: str, p: float, n: int) -> None:
    (design,) = [one for one in study.PERIOD if one.name == name]
    one = study.cell(design, design_interval, p, n, DRAWS)
    assert holds(study, one), one


@pytest.mark.parametrize(("name", "p", "n"), PROCESS_CELLS)
def test_the_process_is_held(study: ModuleType, name: str, p: float, n: int) -> None:
    (design,) = [one for one in study.PROCESS if one.name == name]
    one = study.cell(design, cluster_interval, p, n, DRAWS)
    assert holds(study, one), one


def wilson(tallies: ShareTallies) -> Interval:
    """As if nothing were weighted, drawn by strata or clustered."""
    n = tallies.total(tallies.n)
    low, high = wilson_interval(n * tallies.share, n)
    return Interval(low, high, n)


@pytest.mark.parametrize(
    ("name", "p", "n", "broken"),
    [
        ("simple, one decision in 20", 0.995, 30, wilson),
        ("a very heavy stratum", 0.8, 2000, wilson),
        ("20 labelers, spread 0.5, uneven", 0.9, 1000, design_interval),
        ("5 labelers, spread 1, uneven", 0.95, 2000, design_interval),
    ],
)
def test_a_wrong_estimator_would_be_seen(study: ModuleType, name: str, p: float, n: int, broken: object) -> None:
    (design,) = [one for one in (*study.PERIOD, *study.PROCESS) if one.name == name]
    assert not holds(study, study.cell(design, broken, p, n, DRAWS))


def test_drawn_per_labeler_the_interval_is_shorter_and_still_holds(study: ModuleType) -> None:
    team = study.per_labeler(20, 2.0)
    as_strata = study.cell(team, design_interval, 0.8, 500, DRAWS)
    as_one = study.cell(
        team, lambda tallies: design_interval(replace(tallies, stratum=0 * tallies.stratum)), 0.8, 500, DRAWS
    )
    assert as_strata.coverage >= 93.3
    assert as_strata.width < 0.92 * as_one.width


def test_a_cells_mark_is_its_bars(study: ModuleType) -> None:
    one = study.Cell(coverage=92.0, low=1.0, high=7.0, width=2.0, errors=12.0, strict=True)
    assert one.mark == "!"
    assert replace(one, strict=False).mark == ""
    assert replace(one, coverage=97.5).mark == "+"
    assert replace(one, coverage=89.9, strict=False).mark == "!"
    assert replace(one, coverage=95.0).mark == ""


def test_equal_people_are_named_in_few_worlds(study: ModuleType) -> None:
    more = sys.modules["coverage_more"]
    rng = np.random.default_rng(21)
    alike = [more.named(np.full((60, 1), 100), rng.binomial(100, 0.95, (60, 1))).any() for _ in range(120)]
    assert np.mean(alike) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)
    different = np.full((60, 1), 0.96)
    different[:2] = 0.80
    found = [more.named(np.full((60, 1), 100), rng.binomial(100, different)) for _ in range(40)]
    assert np.mean([(who[:2] == -1).mean() for who in found]) > 0.8
    assert np.mean([(who[2:] != 0).mean() for who in found]) < 0.005


def test_a_correction_is_held_over_draws_as_the_study_counts_them(study: ModuleType) -> None:
    more = sys.modules["coverage_more"]
    held, width, mean = more.covered(more.gold_corrected, ((0.95 * 0.97 + 0.05 * 0.03, 1000), (0.97, 400)), 0.95, 4000)
    assert 93 <= held <= 98
    assert mean == pytest.approx(0.95, abs=0.002)
    uncorrected = share_interval(np.array([0.923]), np.array([1000]))
    assert width > 100 * float(uncorrected[1][0] - uncorrected[0][0])
