"""Cover by skills against worked cases, a maximum flow, a search of whole hours, and what must always hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from smo_reports.stats.skill_cover import cover_skills, skill_groups

whole = st.integers(0, 12)


@st.composite
def cases(draw, days=2):
    groups, queues = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    flags = st.lists(st.booleans(), min_size=queues, max_size=queues)
    can = np.array(draw(st.lists(flags, min_size=groups, max_size=groups)))
    need = np.array(draw(st.lists(whole, min_size=days * queues, max_size=days * queues)), float).reshape(days, queues)
    hours = np.array(draw(st.lists(whole, min_size=days * groups, max_size=days * groups)), float)
    return need, can, hours.reshape(days, groups)


def test_who_can_do_less_keeps_to_it_and_others_fill_in() -> None:
    # Eight hours of Indonesian only, eight of both: Indonesian, which matters more, leaves four for the other's six.
    cover = cover_skills([[12, 6]], [[True, False], [True, True]], [[8, 8]], weight=[2, 1])
    assert cover.hours[0].tolist() == [[8, 0], [4, 4]]
    assert cover.unmet[0].tolist() == [0, 2]
    # One more hour of anybody frees one, and teaching those of one queue the other gains nothing more.
    assert cover.queue_price[0].tolist() == pytest.approx([1, 1])
    assert cover.group_price[0].tolist() == pytest.approx([1, 1])
    assert cover.skill_gain().tolist() == [[0, 0], [0, 0]]


def test_the_scarce_skill_is_said() -> None:
    cover = cover_skills([[2, 6]], [[True, False], [False, True]], [[8, 3]])
    assert cover.unmet[0].tolist() == [0, 3]
    assert cover.queue_price[0].tolist() == pytest.approx([0, 1])
    assert cover.group_price[0].tolist() == pytest.approx([0, 1])
    assert cover.skill_gain() == pytest.approx(np.array([[0, 1], [0, 0]]))


def test_what_costs_more_is_covered_first() -> None:
    cover = cover_skills([[5, 5]], [[True, True]], [[6]], weight=[1, 3])
    assert cover.unmet[0].tolist() == pytest.approx([4, 0])
    assert cover.group_price[0, 0] == pytest.approx(1)


def test_people_stay_at_home_where_they_can() -> None:
    can = np.ones((2, 2), bool)
    home = np.eye(2, dtype=bool)
    cover = cover_skills([[5, 9]], can, [[8, 6]], home=home)
    assert cover.hours[0] == pytest.approx(np.array([[5, 3], [0, 6]]))
    assert cover.unmet.sum() == pytest.approx(0)
    # Nothing is left unmet for the sake of staying.
    far = cover_skills([[0, 9]], can, [[8, 0]], home=home)
    assert far.unmet[0].tolist() == pytest.approx([0, 1])


def test_severe_queues_are_limited() -> None:
    can, hours = [[True, True], [True, False]], [[8, 8]]
    cover = cover_skills([[20, 10]], can, hours, severe=[False, True], cap=[[3, 8]], weight=[1, 5])
    assert cover.hours[0] == pytest.approx(np.array([[5, 3], [8, 0]]))
    assert cover.unmet[0].tolist() == pytest.approx([7, 7])
    # An hour more at the severe queue is worth five, an hour more of people who are at their limit one.
    assert cover.queue_price[0].tolist() == pytest.approx([1, 5])
    assert cover.group_price[0].tolist() == pytest.approx([1, 1])


def test_people_with_the_same_skills_are_one_group() -> None:
    can = [[True, False], [True, True], [True, False], [False, False]]
    groups = skill_groups(can, [[8, 6, 4, 8], [0, 6, 4, 8]])
    assert groups.can[groups.group].tolist() == can
    assert groups.hours[:, groups.group[0]].tolist() == [12, 4]
    assert groups.present[:, groups.group[0]].tolist() == [2, 1]
    assert groups.hours.sum(1).tolist() == [26, 18]


@settings(max_examples=60, deadline=None)
@given(cases())
def test_unmet_need_is_what_a_maximum_flow_leaves(case) -> None:
    need, can, hours = case
    cover = cover_skills(need, can, hours)
    for day in range(len(need)):
        groups, queues = can.shape
        size = groups + queues + 2
        net = np.zeros((size, size), np.int32)
        net[0, 1 : groups + 1] = hours[day]
        net[1 : groups + 1, groups + 1 : -1] = can * 100
        net[groups + 1 : -1, -1] = need[day]
        assert cover.unmet[day].sum() == pytest.approx(
            need[day].sum() - maximum_flow(csr_array(net), 0, size - 1).flow_value
        )


@settings(max_examples=60, deadline=None)
@given(cases(), st.data())
def test_limits_hold_and_more_hours_never_leave_more_unmet(case, data) -> None:
    need, can, hours = case
    weight = np.array(data.draw(st.lists(st.floats(0.1, 9), min_size=can.shape[1], max_size=can.shape[1])))
    severe = np.array(data.draw(st.lists(st.booleans(), min_size=can.shape[1], max_size=can.shape[1])))
    cap = data.draw(st.floats(0, 6))
    home = can & (np.arange(can.shape[1]) == can.argmax(1)[:, None])
    asked = {"weight": weight, "severe": severe, "cap": cap, "home": home}
    cover = cover_skills(need, can, hours, **asked)
    assert (cover.hours >= 0).all()
    assert (cover.hours[:, ~can] == 0).all()
    assert (cover.hours.sum(2) <= hours + 1e-9).all()
    assert (cover.hours.sum(1) <= need + 1e-6).all()
    assert (cover.hours[..., severe].sum(2) <= cap + 1e-9).all()
    assert cover.unmet + cover.hours.sum(1) == pytest.approx(need, abs=1e-6)
    group = data.draw(st.integers(0, len(can) - 1))
    more = hours.copy()
    more[:, group] += 1
    gained = (cover.unmet - cover_skills(need, can, more, **asked).unmet) @ weight
    assert (gained >= -1e-6).all()
    # A price is what the first part of an hour is worth: a whole one is worth no more.
    assert (gained <= cover.group_price[:, group] + 1e-3).all()


def test_fewest_moves_against_every_plan_of_whole_hours() -> None:
    rng = np.random.default_rng(11)
    for _ in range(25):
        can = rng.random((2, 3)) < 0.7
        home = can & (np.arange(3) == can.argmax(1)[:, None])
        need, hours = rng.integers(0, 4, 3), rng.integers(0, 5, 2)
        weight = rng.integers(1, 4, 3)
        pairs = np.argwhere(can)
        best = (np.inf, np.inf)
        for plan in itertools.product(range(4), repeat=len(pairs)):
            made = np.zeros((2, 3), int)
            made[tuple(pairs.T)] = plan
            if (made.sum(1) <= hours).all() and (made.sum(0) <= need).all():
                best = min(best, (int((need - made.sum(0)) @ weight), int(made[~home].sum())))
        cover = cover_skills([need], can, [hours], weight=weight, home=home)
        assert float(cover.unmet[0] @ weight) == pytest.approx(best[0], abs=1e-6)
        assert float(cover.hours[0][~home].sum()) == pytest.approx(best[1], abs=1e-6)


def test_days_are_alike_however_many_are_solved_together() -> None:
    rng = np.random.default_rng(4)
    can = rng.random((40, 30)) < 0.3
    need, hours = rng.uniform(0, 20, (60, 30)), rng.uniform(0, 15, (60, 40))
    all_ = cover_skills(need, can, hours)
    for day in (0, 31, 59):
        one = cover_skills(need[[day]], can, hours[[day]])
        assert all_.unmet[day].sum() == pytest.approx(one.unmet.sum())


def test_nobody_and_nothing() -> None:
    alone = cover_skills([[3, 4]], [[False, False]], [[8]])
    assert alone.unmet[0].tolist() == [3, 4]
    assert alone.queue_price[0].tolist() == [1, 1]
    assert alone.skill_gain().tolist() == [[1, 1]]
    assert cover_skills(np.zeros((0, 2)), [[True, True]], np.zeros((0, 1))).hours.shape == (0, 1, 2)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cover_skills([[1, np.nan]], [[True, True]], [[8]]), "need: known numbers of 0 or more"),
        (lambda: cover_skills([[1, 2]], [[True, True]], [[-8]]), "hours: known numbers of 0 or more"),
        (lambda: cover_skills([[1, 2]], [[True]], [[8]]), r"got the shapes \(1, 2\) and \(1, 1\)"),
        (lambda: cover_skills([[1, 2]], [[True, True]], [[8, 8]]), r"hours has the shape \(1, 2\); \(1, 1\) is needed"),
        (lambda: cover_skills([[1, 2]], [[True, True]], [[8]], weight=0), "weight is above 0"),
        (lambda: cover_skills([[1, 2]], [[True, True]], [[8]], cap=2), "severe and cap go together"),
        (
            lambda: cover_skills([[1, 2]], [[True, True]], [[8]], home=[[True]]),
            r"home has the shape \(1, 1\); \(1, 2\) is needed",
        ),
        (lambda: skill_groups([[True]], [8.0]), "can is people by queues and hours days by people"),
    ],
)
def test_what_is_wrong_is_said(call, said) -> None:
    with pytest.raises(ValueError, match=said):
        call()
