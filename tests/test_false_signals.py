"""A small sample of the study of false signals: bounds that a broken chart, or a broken sequence, does not hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def study() -> Iterator[tuple[ModuleType, ModuleType, ModuleType]]:
    """The study's worlds of weeks and of audits, and the rules it compares with."""
    sys.path.insert(0, str(FOLDER))
    import audited_periods
    import nelson_rules
    import quiet_weeks

    yield quiet_weeks, audited_periods, nelson_rules
    sys.path.remove(str(FOLDER))


def test_the_rules_compared_with_are_western_electrics(study: Any, reference: dict[str, Any]) -> None:
    _, _, rules = study
    checks = {
        1: rules.one_beyond,
        2: lambda z: rules.some_beyond(z, 2, 3, 2.0),
        3: lambda z: rules.some_beyond(z, 4, 5, 1.0),
        4: lambda z: rules.on_one_side(z, 8),
    }
    known = reference["textbook"]["spc"]["qcc_unit_tests"]["western_electric"]
    assert {one["rule"] for one in known} == set(checks)
    for one in known:
        broken = checks[one["rule"]](np.array([one["x"]], float))[0]
        assert (np.flatnonzero(broken) + 1).tolist() == one["violations"]


@pytest.mark.parametrize(("correlation", "nelsons"), [(0.0, (0.19, 0.25)), (0.4, (0.62, 0.70))])
def test_all_eight_rules_flag_a_fifth_of_quiet_charts_and_two_thirds_of_resembling_ones(
    study: Any, correlation: float, nelsons: tuple[float, float]
) -> None:
    weeks, _, rules = study
    worlds = weeks.resembling(np.random.default_rng(51), 4000, correlation)
    part = rules.nelson(weeks.standardised(worlds, 26)).any(axis=1).mean()
    assert nelsons[0] <= part <= nelsons[1]


@pytest.mark.parametrize(
    ("correlation", "known", "full"), [(0.0, 0.012, 0.025), (0.4, 0.022, 0.045), (0.6, 0.03, 0.065)]
)
def test_a_quiet_chart_is_seldom_called_changing(study: Any, correlation: float, known: float, full: float) -> None:
    weeks, _, _ = study
    worlds = weeks.resembling(np.random.default_rng(52), 800, correlation)
    # The study's 0.3, 0.8, 1.2 % and 1.1, 2.7, 4.6 %, with three standard errors of 800 worlds.
    assert (weeks.called(worlds, weeks.with_known_errors) != 0).mean() <= known
    assert (weeks.called(worlds, weeks.counted_in_full) != 0).mean() <= full


@pytest.mark.parametrize(("n", "p"), [(30, 0.95), (60, 0.99), (200, 0.8), (2000, 0.995)])
def test_shares_near_their_ends_are_called_changing_no_oftener(study: Any, n: int, p: float) -> None:
    weeks, _, _ = study
    alone, wider = (weeks.shares(np.random.default_rng(53), 400, n, p, width, 0.4) for width in (1.0, 2.0))
    assert (weeks.called(alone, weeks.of_shares(n)) != 0).mean() <= 0.02
    assert (weeks.called(wider, weeks.of_shares(n)) != 0).mean() <= 0.05


def test_a_fall_is_found_soon(study: Any) -> None:
    weeks, _, _ = study
    worlds = weeks.resembling(np.random.default_rng(54), 200, 0.0)
    for size, since, least in ((3.0, 2, 0.6), (3.0, 4, 0.9), (2.0, 4, 0.42), (2.0, 6, 0.6)):
        fallen = worlds.copy()
        fallen[:, 26 - since :] -= size
        assert (weeks.called(fallen, weeks.with_known_errors) == -1).mean() > least


@pytest.mark.parametrize(
    ("stratified", "clustered", "part"), [(False, False, 0.05), (True, False, 0.3), (False, True, 0.05)]
)
def test_a_period_at_its_target_is_hardly_ever_called_met_or_missed_while_it_runs(
    study: Any, stratified: bool, clustered: bool, part: float
) -> None:
    _, periods, _ = study
    plan = periods.Plan(700, part, stratified, clustered)
    package, ordinary, _ = periods.wrong(plan, 0.9, 150, True, 55)
    # 5 % are allowed; looking daily at an ordinary interval is wrong far oftener in the same periods.
    assert package <= 0.05
    assert ordinary >= 0.12


def test_so_many_more_audits_settle_it_four_times_in_five(study: Any) -> None:
    _, periods, _ = study
    for stratified in (False, True):
        more, part = periods.settled(periods.Plan(300, 0.02, stratified, False), 0.93, 0.95, 150, 56)
        assert 100 < more < 3000
        assert 0.68 <= part <= 0.92
