"""Backlog flow against items followed one by one, the textbook, and what must hold whatever comes in."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smo_reports.stats.backlog_flow import NOTHING, BacklogFlow, Opening, backlog_flow
from smo_reports.stats.backlog_need import Promise, constant_hours, enough_for, hours_needed

EVEN = np.full(7, 1 / 7)

counts = st.lists(st.integers(0, 6), min_size=1, max_size=12)
openings = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=4)


def followed(arrivals: list[int], capacity: list[int], due: int, open_: list[tuple[int, int]]) -> dict[str, list[int]]:
    """Take every item by hand, oldest first: what the curves have to agree with, with none of their formulas."""
    waiting = deque(sorted(-age for age, many in open_ for _ in range(many)))
    arrived = sorted(waiting)
    found: dict[str, list[int]] = {"open": [], "closed": [], "due": [], "late": []}
    closed_at: list[tuple[int, int]] = []
    for step, (more, most) in enumerate(zip(arrivals, capacity, strict=True)):
        end = step + 1
        waiting.extend([end] * more)
        arrived += [end] * more
        taken = min(most, len(waiting))
        closed_at += [(waiting.popleft(), end) for _ in range(taken)]
        found["closed"].append(taken)
        found["open"].append(len(waiting))
        found["due"].append(sum(came + due == end for came in arrived))
        found["late"].append(sum(came + due == end for came in waiting))
    return found


@settings(max_examples=300, deadline=None)
@given(counts, st.data(), st.integers(0, 5), openings)
def test_curves_agree_with_items_followed_one_by_one(arrivals, data, due, open_) -> None:
    capacity = data.draw(st.lists(st.integers(0, 8), min_size=len(arrivals), max_size=len(arrivals)))
    opening = Opening.of([age for age, _ in open_], [many for _, many in open_])
    flow = backlog_flow([arrivals], capacity, due, opening)
    by_hand = followed(arrivals, capacity, due, open_)
    for name, wanted in by_hand.items():
        assert getattr(flow, name)[0].tolist() == pytest.approx(wanted), name


@settings(max_examples=150, deadline=None)
@given(counts, st.data(), openings)
def test_ages_agree_with_items_followed_one_by_one(arrivals, data, open_) -> None:
    capacity = data.draw(st.lists(st.integers(0, 8), min_size=len(arrivals), max_size=len(arrivals)))
    opening = Opening.of([age for age, _ in open_], [many for _, many in open_])
    ages = backlog_flow([arrivals], capacity, 2, opening).age_profile((0, 1, 3))[0]
    waiting = deque(sorted(-age for age, many in open_ for _ in range(many)))
    for step, (more, most) in enumerate(zip(arrivals, capacity, strict=True)):
        waiting.extend([step + 1] * more)
        for _ in range(min(most, len(waiting))):
            waiting.popleft()
        old = [step + 1 - came for came in waiting]
        bands = [sum(low <= age < high for age in old) for low, high in ((0, 1), (1, 3), (3, 999))]
        assert ages[step].tolist() == pytest.approx(bands)


paths = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.floats(0, 50, width=32), min_size=14, max_size=14), min_size=n, max_size=n)
)


@settings(max_examples=100, deadline=None)
@given(paths, st.floats(0, 40), st.floats(0, 20), st.floats(0, 4), openings)
def test_adding_hours_never_raises_the_backlog_or_late_items_and_nothing_is_lost(
    arrivals, most, more, due, open_
) -> None:
    opening = Opening.of([age for age, _ in open_], [many for _, many in open_])
    less, added = (backlog_flow(arrivals, np.full(14, each), due, opening) for each in (most, most + more))
    assert (added.open <= less.open + 1e-6).all()
    assert (added.late.cumsum(axis=1) <= less.late.cumsum(axis=1) + 1e-6).all()
    for flow in (less, added):
        came = np.cumsum(arrivals, axis=1) + opening.total
        assert flow.open + flow.closed.cumsum(axis=1) == pytest.approx(came, abs=1e-6)
        assert (flow.closed >= -1e-9).all()
        assert (flow.open >= -1e-9).all()
        assert (flow.late <= flow.due + 1e-9).all()


def test_the_textbook_back_office_keeps_up_with_nine_point_zero_nine_people() -> None:
    """200 items of backlog to be gone in five days, 80 a day, 25 minutes each, 5.5 hours a day: 9.09 people."""
    hours = 9.0909091 * 5.5
    capacity = np.full(5, hours * 60 / 25)
    assert backlog_flow(np.full((1, 5), 80.0), capacity, 5, Opening.of([0], [200])).open[0, -1] == pytest.approx(
        0, abs=1e-4
    )
    nine = np.full(5, 9 * 5.5 * 60 / 25)
    assert backlog_flow(np.full((1, 5), 80.0), nine, 5, Opening.of([0], [200])).open[0, -1] == pytest.approx(6.0)


def test_a_promise_breaks_on_the_day_that_can_be_worked_out() -> None:
    """Ten a day come in, eight are closed, due after two days: open 2, 4, 6 …; on day 7 items from day 5 are late."""
    flow = backlog_flow(np.full((1, 12), 10.0), np.full(12, 8.0), 2)
    assert flow.late[0].tolist() == [0] * 10 + [2, 4]
    assert flow.breaks_after(0.95, window=7).tolist() == [12]
    assert flow.breaks_after(0.99, window=7).tolist() == [11]
    assert flow.breaks_after(0.5, window=7).tolist() == [np.inf]
    assert flow.late_share(7)[0, 11] == pytest.approx(6 / 70)


def test_items_past_due_at_the_start_are_worked_first_and_not_counted_again() -> None:
    flow = backlog_flow([[0, 0, 0]], [3, 3, 3], 2, Opening.of([5, 1], [4, 5]))
    assert flow.due[0].tolist() == [5, 0, 0]
    assert flow.late[0].tolist() == [5, 0, 0]
    assert flow.open[0].tolist() == [6, 3, 0]


def test_a_due_time_between_two_steps_is_met_by_a_part_of_a_steps_items() -> None:
    assert backlog_flow([[10, 0, 0]], [0, 0, 0], 0.5).due[0].tolist() == [5, 5, 0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=14, max_size=14), min_size=3, max_size=6),
    st.integers(0, 3),
    st.sampled_from([0.8, 0.95, 1.0]),
    openings,
)
def test_hours_are_enough_and_no_fewer_would_be(arrivals, due, level, open_) -> None:
    opening = Opening.of([age for age, _ in open_], [many for _, many in open_])
    promise = Promise(due, level, 600.0, EVEN)
    planned, each = constant_hours(np.array(arrivals, float), promise, opening, sure=0.8)

    def kept(hours: float) -> np.ndarray:
        longer = np.pad(np.array(arrivals, float), ((0, 0), (0, due)))
        flow = backlog_flow(longer, promise.items(hours, longer.shape[1])[0], due, opening)
        return flow.late.sum(axis=1) <= (1 - level) * flow.due.sum(axis=1) + 1e-6

    for path, hours in enumerate(each):
        assert kept(hours)[path]
        assert hours < 1e-6 or not kept(hours * 0.998)[path]
    assert kept(planned).mean() >= 0.8
    if planned > 1e-6:
        assert kept(planned * 0.998).mean() < 0.8


def test_what_a_steady_queue_needs_comes_to_be_its_work() -> None:
    """70 items a week of half an hour each, due after a day: 35 hours a week, less what may stand open meanwhile.

    An empty queue has eight days for the first 70; then eight days for 70 and what was left of the week before.
    """
    found = hours_needed(np.full((2, 28), 10.0), Promise(1, 1.0, 1800.0, EVEN))
    left, by_hand = 0.0, []
    for _ in range(4):
        rate = (left + 70) / 8
        by_hand.append(7 * rate / 2)
        left += 70 - 7 * rate
    assert found.planned == pytest.approx(by_hand, rel=2e-3)
    assert by_hand[-1] == pytest.approx(35, rel=1e-2)
    assert found.each.shape == (2, 4)


@pytest.mark.parametrize("lasting", [0.0, 0.15])
def test_planned_hours_keep_every_weeks_promise_on_the_share_of_paths_that_was_asked_for(lasting) -> None:
    """Weeks are let run one after the other with the planned hours; paths may differ for good, or day by day."""
    rng = np.random.default_rng(8)
    level = np.exp(lasting * rng.standard_normal((400, 1)))
    arrivals = rng.poisson(60 * level * rng.gamma(20, 1 / 20, (400, 28))).astype(float)
    promise = Promise(2, 0.95, 600.0, EVEN)
    found = hours_needed(arrivals, promise, Opening.of([0, 1], [50, 30]), sure=0.8)
    for week in range(4):
        over = 7 * week + 7
        # What a week owes, by the definition: nothing comes in after it, and its pace is kept up for two days more.
        coming = np.pad(arrivals[:, :over], ((0, 0), (0, 2)))
        hours = np.concatenate([np.repeat(found.planned[: week + 1], 7), np.repeat(found.planned[week], 2)])
        flow = backlog_flow(coming, hours / 7 * 3600 / 600, 2, Opening.of([0, 1], [50, 30]))
        late, due = (part[:, 7 * week :].sum(axis=1) for part in (flow.late, flow.due))
        share = (late <= 0.05 * due + 1e-6).mean()
        assert 0.8 <= share <= 0.81


def test_a_path_that_gets_what_it_needs_keeps_its_promise_in_every_week() -> None:
    rng = np.random.default_rng(9)
    arrivals = rng.poisson(rng.gamma(4, 15, (30, 21))).astype(float)
    promise = Promise(1, 0.9, 600.0, EVEN)
    each = hours_needed(arrivals, promise).each
    for week in range(3):
        over = 7 * week + 7
        hours = np.concatenate([np.repeat(each[:, : week + 1], 7, axis=1), each[:, [week]]], axis=1)
        flow = backlog_flow(np.pad(arrivals[:, :over], ((0, 0), (0, 1))), hours / 7 * 6, 1)
        late, due = (part[:, 7 * week :].sum(axis=1) for part in (flow.late, flow.due))
        assert (late <= 0.1 * due + 1e-6).all()


def test_a_first_weeks_backlog_is_worked_off_before_it_is_late() -> None:
    """30 items open, due in two days, and nothing else: 15 a day, so 105 in a week of hours of one item each."""
    found = hours_needed(np.zeros((1, 14)), Promise(2, 1.0, 3600.0, EVEN), Opening.of([0], [30]))
    assert found.planned == pytest.approx([105.0, 0.0], rel=2e-3)


def test_more_work_and_less_time_never_need_fewer_hours() -> None:
    rng = np.random.default_rng(4)
    arrivals = rng.poisson(40, (60, 28)).astype(float)
    base = constant_hours(arrivals, Promise(2, 0.95, 300.0, EVEN))[0]
    assert constant_hours(arrivals * 1.1, Promise(2, 0.95, 300.0, EVEN))[0] >= base
    assert constant_hours(arrivals, Promise(1, 0.95, 300.0, EVEN))[0] >= base
    assert constant_hours(arrivals, Promise(2, 0.99, 300.0, EVEN))[0] >= base
    assert constant_hours(arrivals, Promise(2, 0.95, 330.0, EVEN))[0] == pytest.approx(1.1 * base, rel=2e-3)
    assert constant_hours(arrivals, Promise(2, 0.95, 300.0, EVEN), sure=0.95)[0] >= base


def test_handling_time_may_differ_from_path_to_path() -> None:
    arrivals = np.full((2, 14), 10.0)
    both = constant_hours(arrivals, Promise(1, 1.0, np.array([600.0, 1200.0]), EVEN))[1]
    assert both[1] == pytest.approx(2 * both[0], rel=2e-3)


def test_work_due_on_a_day_when_nobody_works_is_kept_by_no_number_of_hours() -> None:
    weekdays = np.array([0.2] * 5 + [0.0] * 2)
    assert constant_hours(np.full((3, 14), 10.0), Promise(0, 0.95, 60.0, weekdays))[0] == np.inf
    assert constant_hours(np.full((3, 14), 10.0), Promise(2, 1.0, 60.0, weekdays))[0] < np.inf
    found = hours_needed(np.full((3, 14), 10.0), Promise(0, 0.95, 60.0, weekdays))
    assert np.isinf(found.each).all()
    assert np.isinf(found.planned).all()
    only_monday = np.array([1.0] + [0.0] * 6)
    assert hours_needed(np.full((2, 8), 10.0), Promise(0, 0.1, 60.0, only_monday)).planned[0] < np.inf


def test_enough_is_one_of_the_paths_own_numbers() -> None:
    assert float(enough_for(np.arange(1, 11), 0.8)) == 8
    assert float(enough_for([3.0, 1.0], 0.5)) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1, 2], [1, 2], 1), "arrivals are paths by steps; got the shape"),
        (([[1, 2]], [1, 2, 3], 1), "capacity has the shape .3,.; there are 2 steps of arrivals"),
        (([[1, -2]], [1, 2], 1), "arrivals: known numbers of 0 or more"),
        (([[1, 2]], [1, np.nan], 1), "capacity: known numbers of 0 or more"),
        (([[1, 2]], [1, 2], -1), "due is a number of steps, 0 or more; got -1"),
    ],
)
def test_what_a_wrong_input_is_told(arguments, said) -> None:
    with pytest.raises(ValueError, match=said):
        backlog_flow(*arguments)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ((1, 1.5, 60.0, EVEN), "service_level is a share"),
        ((1, 0.9, 0.0, EVEN), "handling is a number of seconds above 0"),
        ((1, 0.9, 60.0, np.ones(7)), "the shares sum to 1"),
        ((np.nan, 0.9, 60.0, EVEN), "due is a number of steps"),
    ],
)
def test_what_an_impossible_promise_is_told(fields, said) -> None:
    with pytest.raises(ValueError, match=said):
        Promise(*fields)


def test_open_items_need_a_count_for_each_age() -> None:
    with pytest.raises(ValueError, match="one count for each age; got 1 counts and 2 ages"):
        Opening.of([1, 2], [3])
    with pytest.raises(ValueError, match="known numbers of 0 or more"):
        Opening.of([1], [-3])
    with pytest.raises(ValueError, match="sure is a share of the paths"):
        enough_for([1.0], 0)


def test_an_empty_queue_stays_empty() -> None:
    flow = backlog_flow(np.zeros((2, 3)), np.ones(3), 1, NOTHING)
    assert isinstance(flow, BacklogFlow)
    assert flow.open.sum() == 0
    assert np.isnan(flow.late_share(7)).all()
    assert constant_hours(np.zeros((2, 3)), Promise(1, 0.95, 60.0, EVEN))[0] == 0


def test_a_promise_is_not_broken_by_the_first_hours_of_a_window() -> None:
    # Ten items a step, and two late in the first: of the 70 due in seven steps less than one in twenty is 3.5.
    flow = backlog_flow([[10.0] * 14], [[8.0, *[10.4] * 13]], 0.0)
    assert flow.late[0, 0] == pytest.approx(2)
    assert np.isinf(flow.breaks_after(0.8, 7)[0])
    assert flow.breaks_after(0.98, 7)[0] == 1, "two of seventy are more than one in fifty, whatever comes"
