"""Ramp, attrition, funnels in time and paths of a team: values worked by hand, and what must hold always."""

from __future__ import annotations

import numpy as np
import pytest

from smo_reports.stats.attrition import attrition
from smo_reports.stats.funnel_time import LEFT, OPEN, PASSED, days_to_pass_all, stage
from smo_reports.stats.headcount import Members, staff_paths
from smo_reports.stats.hiring_paths import Opening, weeks_to_fill
from smo_reports.stats.ramp import NO_RAMP, ramp_curve

NEVER = attrition([0.0], [1e9], [False], edges=(0.0,))


def test_a_ramp_is_the_work_done_in_the_time_that_experienced_people_need() -> None:
    """Week 0: 100 s where 50 would do, week 1: 80 where 60 would, week 2: as everybody."""
    found = ramp_curve([0, 0, 0, 1, 1, 1], [0, 1, 2] * 2, [100, 80, 60] * 2, [50, 60, 60] * 2, weeks=3)
    assert found.part.tolist() == [0.5, 0.75, 1.0]
    assert found.people.tolist() == [2, 2, 2]


def test_weeks_of_training_count_as_nothing_done() -> None:
    """Of 20 joiners half label from the first week on, the others from the second; all as fast as anybody."""
    person = [*range(20), *range(20)]
    worth = [100.0] * 10 + [0.0] * 10 + [100.0] * 20
    found = ramp_curve(person, [0] * 20 + [1] * 20, worth, worth, weeks=2)
    assert found.part[0] == pytest.approx(0.5, abs=0.05)
    assert found.part[1] == pytest.approx(1.0, abs=0.05)


def test_a_ramp_never_falls_and_its_band_holds_it_however_people_differ() -> None:
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(30), 12)
    week = np.tile(np.arange(12), 30)
    truth = 1 - 0.5 * np.exp(-np.arange(12) / 3)
    seconds = 3600 / truth[week] * np.exp(0.2 * rng.standard_normal(360))
    found = ramp_curve(person, week, seconds, np.full(360, 3600.0))
    assert (np.diff(found.part) >= 0).all()
    assert (np.diff(found.draws, axis=1) >= -1e-12).all()
    assert (found.low <= found.part).all()
    assert (found.high >= found.part).all()
    assert found.part == pytest.approx(truth, abs=0.08)


def test_a_single_wild_week_is_drawn_in() -> None:
    """Eight of ten people are seen in the first week only; what two did in the second is half noise."""
    person = [*range(10), 0, 1]
    week = [0] * 10 + [1, 1]
    seconds = [100.0 * (0.6 + 0.1 * place) for place in range(10)] + [60.0, 140.0]
    alone = ramp_curve(person, week, seconds, [80.0] * 12, weeks=2)
    first, raw = 800 / 1050, 160 / 200
    assert first < alone.part[1] < raw - 0.005


def test_without_joiners_there_is_no_ramp() -> None:
    assert ramp_curve([0], [30], [10], [10]) is NO_RAMP
    assert NO_RAMP.part.tolist() == [1.0]


def test_rates_of_leaving_by_tenure_worked_by_hand() -> None:
    """Three people: 0-10 weeks and gone, 0-20, 10-30. In bands from 0 and 10: 20 and 30 weeks, a leaver at 10."""
    found = attrition([0, 0, 10], [10, 20, 30], [True, False, False], edges=(0, 10))
    assert found.left.tolist() == [0, 1]
    assert found.exposure.tolist() == [20, 30]
    assert found.rate == pytest.approx([1 / (20 + 30 / 1.5), 2 / (30 + 20 / 0.5)])
    year, low, high = found.yearly()
    assert year == pytest.approx(1 - np.exp(-52.1775 / 50))
    assert low < year < high


def test_few_leavers_leave_a_wide_band_that_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        leaves = rng.exponential(100.0, 40)
        found = attrition(np.zeros(40), np.minimum(leaves, 26), leaves < 26, edges=(0.0,), level=0.8)
        held += found.low[0] <= 0.01 <= found.high[0]
    assert 0.74 <= held / 400 <= 0.9


def test_nobody_leaving_is_not_never() -> None:
    found = attrition(np.zeros(10), np.full(10, 20.0), np.zeros(10, bool), edges=(0.0,))
    assert found.rate[0] > 0
    assert found.yearly()[0] == 0
    assert found.yearly()[2] > 0.3
    with pytest.raises(ValueError, match="nobody was watched for any time"):
        attrition([5.0], [5.0], [False])


def test_open_cases_are_not_failures_and_quick_rejections_do_not_lower_the_share() -> None:
    """Half pass after ten days, half are rejected after one; of who came five days ago only rejections are over."""
    days = [10] * 20 + [1] * 20 + [5] * 20 + [1] * 20
    end = [PASSED] * 20 + [LEFT] * 20 + [OPEN] * 20 + [LEFT] * 20
    found = stage(days, end)
    assert found.passes == pytest.approx(0.5)
    assert found.low < 0.5 < found.high
    assert found.still == 20
    assert found.low > 20 / 60  # what the cases that are over would say


def test_a_stage_by_hand() -> None:
    """Aalen-Johansen: day 1: a pass and a rejection of 4; day 2: the last pass, of 1 left beside one that was open."""
    found = stage([1, 2, 1, 1.5], [PASSED, PASSED, LEFT, OPEN])
    assert found.time.tolist() == [1, 2]
    assert found.on == pytest.approx([1 / 4, 1 / 2])
    assert found.off == pytest.approx([1 / 4, 0])
    assert found.passes_after(np.array([0.75]), 1.0) == pytest.approx([1.0])
    assert found.days_left(np.array([0.2, 0.5, 0.9]), 0.0).tolist() == [1, 2, 2]
    assert found.days_left(np.array([0.5]), 1.2) == pytest.approx([0.8])


def test_whoever_waits_longer_than_anybody_before_still_has_a_time() -> None:
    found = stage([2, 4], [PASSED, LEFT])
    assert np.isfinite(found.days_left(np.array([0.1, 0.9]), 10.0)).all()
    with pytest.raises(ValueError, match="a stage needs cases"):
        stage([], [])


def test_the_share_of_a_funnel_is_found_again_while_it_is_still_running() -> None:
    """Of 300 who came over 60 days into a stage of 60 %, gamma passes of 8 days and rejections of 3."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        passes = rng.random(300) < 0.6
        took = np.where(passes, rng.gamma(2, 4, 300), rng.gamma(2, 1.5, 300))
        age = rng.uniform(0, 60, 300)
        end = np.where(took > age, OPEN, np.where(passes, PASSED, LEFT))
        found = stage(np.minimum(took, age), end, level=0.8)
        held += found.low <= 0.6 <= found.high
    assert 0.7 <= held / 200 <= 0.9


def test_candidates_under_way_go_on_from_where_they_stand() -> None:
    sure = stage([7] * 50, [PASSED] * 50)
    shares = np.ones((4, 2))
    chance = np.full((2, 2, 2, 4), 0.5)
    days = days_to_pass_all((sure, sure), np.array([0, 1]), np.array([0.0, 3.0]), shares, chance)
    assert days.tolist() == [[14, 4]] * 4


def test_seats_are_filled_one_after_the_other_and_more_applicants_never_fill_them_later() -> None:
    rng = np.random.default_rng(2)
    one = stage(rng.gamma(2, 3, 200), np.where(rng.random(200) < 0.3, PASSED, LEFT))
    shares = np.full((300, 1), 0.3)
    nobody = np.zeros(0, np.intp)
    fewer, more = (
        weeks_to_fill((one,), Opening(3, nobody, np.zeros(0), np.full(20, rate)), shares, np.random.SeedSequence(1))
        for rate in (2.0, 3.0)
    )
    assert fewer.shape == (300, 3)
    assert (np.diff(np.nan_to_num(fewer, posinf=1e9), axis=1) >= 0).all()
    assert (more <= fewer).all()
    # A hire every 1 / (2 × 0.3) weeks: the third after five weeks, and the stage's week or so.
    assert np.median(fewer[:, 2]) == pytest.approx(3 / 0.6 + 6 / 7, abs=1.2)


def test_nobody_under_way_and_nobody_applying_fills_nothing() -> None:
    one = stage([1.0], [PASSED])
    opening = Opening(2, np.zeros(0, np.intp), np.zeros(0), np.zeros(5))
    assert np.isinf(weeks_to_fill((one,), opening, np.ones((3, 1)), np.random.SeedSequence(1))).all()


def test_a_team_by_hand() -> None:
    """One there for long, one who starts in two weeks and does half at first, one known to leave after one week."""
    ramp = ramp_curve([0, 0], [0, 1], [100, 100], [50, 100], weeks=2, draws=4)
    members = Members(np.array([50.0, -2.0, 80.0]), np.array([1.0, 0.5, 1.0]), np.array([np.inf, np.inf, 1.0]))
    found = staff_paths(members, np.zeros((4, 1)), NEVER, ramp, np.full((4, 3), 0.5), 4)
    assert found.heads[0].tolist() == [2, 1, 1.5, 1.5]
    assert found.effective[0].tolist() == [2, 1, 1.25, 1.5]


def test_people_leave_at_the_rate_and_a_higher_one_never_leaves_more_of_them() -> None:
    rng = np.random.default_rng(6)
    members = Members(np.full(200, 30.0), np.ones(200), np.full(200, np.inf))
    chance = rng.random((100, 200))
    low, high = (
        staff_paths(members, np.full((100, 1), rate), NEVER, NO_RAMP, chance, 10).heads for rate in (0.01, 0.02)
    )
    assert low[:, 9].mean() == pytest.approx(200 * np.exp(-0.095), rel=0.01)
    assert (high <= low).all()


def test_whoever_never_starts_is_never_there() -> None:
    members = Members(np.array([[-np.inf], [-1.0]]), np.ones(1), np.array([np.inf]))
    found = staff_paths(members, np.zeros((2, 1)), NEVER, NO_RAMP, np.full((2, 1), 0.5), 3)
    assert found.heads.tolist() == [[0, 0, 0], [0, 1, 1]]


def test_who_just_came_may_go_on_the_same_day_and_who_stayed_a_day_may_not() -> None:
    """Half go on within their first day, half after ten: of those just come half have nothing left to wait."""
    found = stage([0] * 50 + [10] * 50, [PASSED] * 100)
    chance = np.linspace(0.05, 0.95, 10)
    assert found.days_left(chance, 0.0).tolist() == [0] * 5 + [10] * 5
    assert found.days_left(chance, 1.0).tolist() == [9] * 10
    assert stage([0] * 50, [PASSED] * 50).days_left(chance, 0.0).tolist() == [0] * 10
