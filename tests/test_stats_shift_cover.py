"""Shift cover against the textbook, every small plan, and what must always hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smo_reports.stats.shift_cover import cover_shifts
from smo_reports.stats.shift_patterns import Rules, Shift, overlap, weekly_patterns

ALL_DAY = Shift(0, 24)
DAY, EVENING, NIGHT = Shift(6, 8), Shift(14, 8), Shift(22, 8)


def test_textbook_post_office() -> None:
    # Winston, Operations Research, ch. 3: full-time staff work five days on end; 22 1/3 without whole people, 23 with.
    need = np.repeat([17, 13, 15, 19, 14, 16, 11], 24)
    rules = Rules(rest=0, most_days=5, least_days=5, most_hours=120, days_together=True)
    cover = cover_shifts(need, [ALL_DAY], rules)
    assert int(cover.people.sum()) == 23
    assert [cover.bound, cover.gap] == [23, 0]
    assert (cover.under == 0).all()
    # Days off that may lie apart need but their average.
    apart = cover_shifts(need, [ALL_DAY], Rules(rest=0, most_days=5, most_hours=120))
    assert int(apart.people.sum()) == int(np.ceil(105 / 5))


def test_round_the_clock_by_hand() -> None:
    # One at any time, three shifts, five days of seven: 21 shifts a week, five each.
    cover = cover_shifts(np.ones(168), [DAY, EVENING, NIGHT], Rules(same_shift=False, least_days=4, days_together=True))
    assert int(cover.people.sum()) == 5
    # On one shift for the week each shift needs two: days off of one are worked by the other.
    fixed = cover_shifts(np.ones(168), [DAY, EVENING, NIGHT], Rules())
    assert int(fixed.people.sum()) == 6
    assert fixed.paid_hours == pytest.approx(21 * 8)
    assert (fixed.over == 0).all()


def every_plan(need, shifts, rules, most):
    """The fewest people, and the least uncovered for each number of them, by trying all plans."""
    steps = len(need)
    presence = []
    for pattern in weekly_patterns(shifts, rules):
        presence.append(sum(overlap(shifts[at], day, steps) for day, at in enumerate(pattern) if at >= 0))
    least = {}
    for many in range(most + 1):
        plans = itertools.combinations_with_replacement(presence, many)
        least[many] = min(np.maximum(need - sum(plan, np.zeros(steps)), 0).sum() * 168 / steps for plan in plans)
    return least


@pytest.mark.parametrize("seed", range(6))
def test_against_every_plan(seed) -> None:
    rng = np.random.default_rng(seed)
    shifts = [Shift(0, 12), Shift(12, 12, 4, 1)]
    rules = Rules(rest=11, most_days=5, least_days=5, most_hours=60, days_together=bool(seed % 2))
    need = rng.integers(0, 3, 14) * rng.choice([0.5, 1.0], 14)
    least = every_plan(need, shifts, rules, 3)
    for many, uncovered in least.items():
        cover = cover_shifts(need, shifts, rules, people=many)
        assert int(cover.people.sum()) <= many
        assert cover.under.sum() * 12 == pytest.approx(uncovered, abs=1e-6)
        assert cover.gap == 0
    enough = [many for many, uncovered in least.items() if uncovered < 1e-9]
    whole = cover_shifts(np.where(need > 0.5, 0.5, need), shifts, rules)
    assert (whole.under == 0).all()
    if enough:
        assert int(cover_shifts(need, shifts, rules).people.sum()) == enough[0]


def kept(pattern, shifts, rules) -> bool:
    """Whether a week that repeats itself keeps the rules, looked at hour by hour over four weeks."""
    worked = [
        (24 * (7 * week + day) + shifts[at].start, 24 * (7 * week + day) + shifts[at].start + shifts[at].length)
        for week in range(4)
        for day, at in enumerate(pattern)
        if at >= 0
    ]
    days = sum(at >= 0 for at in pattern)
    hours = sum(shifts[at].length - shifts[at].break_length for at in pattern if at >= 0)
    rested = all(later[0] - earlier[1] >= rules.rest for earlier, later in itertools.pairwise(worked))
    return rested and rules.least_days <= days <= rules.most_days and hours <= rules.most_hours


@pytest.mark.parametrize("rest", [0, 8, 11, 13, 16, 24])
@pytest.mark.parametrize("most_hours", [24, 40, 48])
def test_patterns_are_all_that_keep_the_rules(rest, most_hours) -> None:
    shifts = [DAY, EVENING, Shift(21, 10, 4, 1)]
    rules = Rules(rest=rest, most_hours=most_hours, most_days=6, same_shift=False)
    wanted = {week for week in itertools.product(range(-1, 3), repeat=7) if kept(week, shifts, rules)}
    assert set(weekly_patterns(shifts, rules)) == wanted
    same = {week for week in wanted if len({at for at in week if at >= 0}) == 1}
    assert set(weekly_patterns(shifts, Rules(rest=rest, most_hours=most_hours, most_days=6))) == same


def test_a_night_reaches_into_the_next_day_and_sunday_into_monday() -> None:
    assert np.flatnonzero(overlap(NIGHT, 0, 168)).tolist() == list(range(22, 30))
    assert np.flatnonzero(overlap(NIGHT, 6, 168)).tolist() == [*range(6), 166, 167]
    late = overlap(Shift(8.5, 9, 4, 1), 1, 168)
    assert late[24:].tolist()[:20] == [0] * 8 + [0.5, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 0.5, 0, 0]
    assert late.sum() == Shift(8.5, 9, 4, 1).paid == 8


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=7, max_size=7), st.integers(0, 12))
def test_people_rules_and_cover_agree(by_day, people) -> None:
    need = np.repeat(np.array(by_day, float), 3)
    shifts, rules = [Shift(0, 8), Shift(8, 8), Shift(16, 8)], Rules(least_days=4)
    cover = cover_shifts(need, shifts, rules, people=people)
    assert int(cover.people.sum()) <= people
    made = np.zeros(21)
    for pattern, many in zip(cover.pattern, cover.people, strict=True):
        assert kept(pattern, shifts, rules)
        for day, at in enumerate(pattern):
            made[3 * day + at] += many * (at >= 0)
    assert cover.cover == pytest.approx(made)
    assert cover.cover - need == pytest.approx(cover.over - cover.under)
    assert cover.paid_hours == pytest.approx(made.sum() * 8)
    more = cover_shifts(need, shifts, rules, people=people + 1)
    assert more.under.sum() <= cover.under.sum() + 1e-6


def test_a_search_cut_short_says_how_far_it_may_be_off() -> None:
    hours = np.arange(168)
    need = 12 + 8 * np.sin((hours % 24 - 8) / 12 * np.pi) + np.random.default_rng(1).normal(0, 1, 168)
    shifts = [Shift(start, 9, 4, 1) for start in range(24)]
    cover = cover_shifts(need, shifts, Rules(least_days=4), seconds=2)
    assert (cover.under == 0).all()
    # Nobody works more than 40 hours, so that so many people are needed at least.
    assert need.sum() / 40 <= cover.bound <= cover.people.sum()
    assert cover.gap == pytest.approx(1 - cover.bound / cover.people.sum())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cover_shifts(np.ones(24), [DAY], Rules()), r"a week of seven days; got the shape \(24,\)"),
        (lambda: cover_shifts(np.full(168, np.nan), [DAY], Rules()), "need: known numbers of 0 or more"),
        (
            lambda: cover_shifts(np.full(168, 2), [DAY], Rules()),
            "nobody can work at hour 0 of day 1, which needs 2 people",
        ),
        (lambda: cover_shifts(np.ones(168), [ALL_DAY], Rules(rest=0, most_hours=20)), "no week of these 1 shifts"),
        (lambda: cover_shifts(np.ones(168), [DAY], Rules(), people=-1), "people is a number of 0 or more; got -1"),
        (lambda: cover_shifts(np.ones(168), [DAY], Rules(), seconds=0), "seconds is a time above 0; got 0"),
        (lambda: Shift(24, 8), "a shift begins at hour 0 to 24"),
        (lambda: Shift(8, 8, 7, 1), "a break lies within its shift"),
        (lambda: Rules(most_days=8), "1 to 7 days of work"),
        (lambda: Rules(rest=-1), "rest is 0 hours or more"),
        (lambda: weekly_patterns([Shift(at, 4) for at in range(24)], Rules(same_shift=False)), "more than 50,000"),
    ],
)
def test_what_is_wrong_is_said(call, said) -> None:
    with pytest.raises(ValueError, match=said):
        call()


def test_no_time_for_any_plan_is_said() -> None:
    rng = np.random.default_rng(2)
    shifts = [Shift(start, 9, 4, 1) for start in range(24)]
    with pytest.raises(TimeoutError, match=r"no plan was found within 1e-06 s"):
        cover_shifts(rng.uniform(20, 90, 168), shifts, Rules(), seconds=1e-6)
