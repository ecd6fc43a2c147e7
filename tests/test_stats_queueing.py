"""Waiting formulas against the textbook, exact fractions, a simulation, and what must hold at any load."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from smo_reports.stats.erlang_tail import log_lower, log_upper
from smo_reports.stats.queueing import agents_needed, deferred_agents, erlang_a, erlang_c

loads = st.floats(-9, 6).map(lambda power: 10.0**power)
levels = st.floats(0.01, 0.999)
targets = st.floats(0, 600)
patiences = st.floats(0.5, 1e5)
HANDLING = 180.0


@pytest.fixture(autouse=True)
def _silent():
    """Nothing overflows, and nothing is divided by 0, at any load."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def hourly(load: float) -> float:
    return load * 3600 / HANDLING


def test_published_waiting_of_200_an_hour() -> None:
    found = erlang_c(200, 180, [13, 14], 20)
    assert found.waiting.tolist() == pytest.approx([0.2853, 0.1741], abs=5e-5)
    assert found.service_level.tolist() == pytest.approx([0.7956, 0.8884], abs=5e-5)
    assert found.occupancy.tolist() == pytest.approx([10 / 13, 0.7143], abs=5e-5)
    leaving = erlang_a(200, 180, 300, 13, 20)
    assert float(leaving.waiting) == pytest.approx(0.2258, abs=5e-5)
    assert float(leaving.abandonment) == pytest.approx(0.0250, abs=5e-5)
    assert float(leaving.occupancy) == pytest.approx(0.750, abs=5e-4)


def test_published_back_office() -> None:
    agents = float(deferred_agents(200, 5, 80, 25 * 60, 5.5))
    assert agents == pytest.approx(50 / 5.5)
    assert math.ceil(agents) == 10
    assert float(deferred_agents(200, 5, 80, 25 * 60, 5.5, 0.5)) == pytest.approx(100 / 5.5)


def test_values_of_an_independent_package(reference) -> None:
    for case in reference["textbook"]["erlang_c"]["cases"]:
        rate = case["transactions"] * 60 / case["interval_min"]
        handling, target = case["aht_min"] * 60, case["target_wait_min"] * 60
        theirs, limits = case["pyworkforce"], (case["service_level_target"], target)
        needed = agents_needed(rate, handling, *limits, occupancy=case["max_occupancy"], shrinkage=case["shrinkage"])
        assert needed.whole == theirs["raw_positions"]
        assert math.ceil(needed.whole / (1 - case["shrinkage"]) - 1e-9) == theirs["positions"]
        # They round twice.
        assert needed.people <= theirs["positions"]
        found = erlang_c(rate, handling, needed.whole, target)
        for name in ("service_level", "occupancy"):
            assert float(getattr(found, name)) == pytest.approx(theirs[name], rel=1e-12)
        assert float(found.waiting) == pytest.approx(theirs["waiting_probability"], rel=1e-12)


def test_published_needs(reference) -> None:
    (rows,) = (value for name, value in reference["textbook"]["erlang_c"]["published"].items() if "max_occ" in name)
    needed = agents_needed(200, 180, [0.8, 0.85, 0.9], 20, occupancy=0.8)
    # The last digit of the first row is theirs, which stops short: 79.6 % is not 80 %.
    found = erlang_c(200, 180, [row[0] for row in rows], 20)
    assert found.service_level.tolist() == pytest.approx([row[2] for row in rows], rel=1e-12)
    assert found.waiting.tolist() == pytest.approx([row[4] for row in rows], rel=1e-12)
    assert needed.whole.tolist() == [14, 14, 15]


def test_one_agent_and_one_erlang_of_many_by_hand() -> None:
    # With one agent who waits is whom the agent's work meets: the load itself; two of them, one erlang: 1/3.
    assert erlang_c(hourly(0.25), HANDLING, 1).waiting == pytest.approx(0.25)
    assert erlang_c(hourly(1.0), HANDLING, 2).waiting == pytest.approx(1 / 3)
    assert erlang_c(hourly(1.0), HANDLING, 2).mean_wait == pytest.approx(HANDLING / 3)
    # As patient as items are long, agents or not: all leave or are served at the same rate, a queue without end.
    empty = math.exp(-2.0)
    assert erlang_a(hourly(2.0), HANDLING, HANDLING, 1).waiting == pytest.approx(1 - empty)
    assert erlang_a(hourly(2.0), HANDLING, HANDLING, 2).waiting == pytest.approx(1 - 3 * empty)
    assert erlang_a(hourly(2.0), HANDLING, HANDLING, 1).abandonment == pytest.approx(1 - (1 - empty) / 2)


def exact_waiting(load: Fraction, agents: int) -> Fraction:
    """Erlang C from its definition."""
    term, below = Fraction(1), Fraction(0)
    for k in range(agents):
        below += term
        term *= load / (k + 1)
    last = term * agents / (agents - load)
    return last / (below + last)


def test_a_thousand_random_cases_against_exact_fractions() -> None:
    rng = np.random.default_rng(20261123)
    agents = rng.integers(1, 120, 1000)
    share = rng.integers(1, 10_000, 1000)
    exact = [
        exact_waiting(Fraction(int(part), 10_000) * int(many), int(many))
        for many, part in zip(agents, share, strict=True)
    ]
    found = erlang_c(agents * share / 10_000 * 3600 / HANDLING, HANDLING, agents).waiting
    assert max(abs(value / float(wanted) - 1) for value, wanted in zip(found, exact, strict=True)) < 1e-11


def test_fractions_of_an_agent_follow_the_recurrence() -> None:
    rng = np.random.default_rng(7)
    load, agents = 10 ** rng.uniform(-3, 6, 3000), 10 ** rng.uniform(-2, 6, 3000)
    # 1 / B(s + 1) = 1 + (s + 1) / a · 1 / B(s), of which the logarithm of 1 / B - 1 is asked.
    following = np.logaddexp(0.0, log_upper(agents, load)) + np.log((agents + 1) / load)
    upper = log_upper(agents + 1, load)
    assert np.abs(following - upper).max() < 1e-9 * max(1.0, np.abs(upper).max())
    assert (np.abs(following - upper) < 1e-10 * np.maximum(1.0, np.abs(upper))).all()
    # P(x) / p(x) = 1 + y / (x + 1) · P(x + 1) / p(x + 1)
    lower = log_lower(agents, load)
    assert (np.abs(np.logaddexp(0, np.log(load / (agents + 1)) + log_lower(agents + 1, load)) - lower) < 1e-9).all()


@pytest.mark.parametrize("load", [0.0, 1e-9, 0.5, 10.0, 1e3, 1e6])
def test_no_load_is_too_large_or_small(load) -> None:
    agents = np.array([0.0, 0.3, 1, 5, 10, 11, 1e3, 1.001e3, 1e6, 1.001e6, 1e9])
    for found in (
        erlang_c(hourly(load), HANDLING, agents, 20),
        *(erlang_a(hourly(load), HANDLING, calm, agents, 20) for calm in (1e-3, 30.0, 1e4, 1e9)),
    ):
        for name in ("waiting", "service_level", "occupancy", "abandonment"):
            value = getattr(found, name)
            assert ((value >= 0) & (value <= 1)).all(), name
        assert (found.mean_wait >= 0).all()
        assert (np.diff(found.service_level) >= -1e-9).all()
        assert (np.diff(found.waiting) <= 1e-9).all()


def test_nobody_can_keep_up() -> None:
    found = erlang_c(200, 180, [0, 5, 10], 20)
    assert found.waiting.tolist() == [1, 1, 1]
    assert found.service_level.tolist() == [0, 0, 0]
    assert found.occupancy.tolist() == [1, 1, 1]
    assert np.isinf(found.mean_wait).all()
    nobody = erlang_a(200, 180, 60, 0, 20)
    assert [float(nobody.waiting), float(nobody.abandonment), float(nobody.service_level)] == [1, 1, 0]
    assert float(nobody.mean_wait) == 60


def test_nothing_arrives() -> None:
    for found in (erlang_c(0, 180, [0, 1], 20), erlang_a(0, 180, 60, [0, 1], 20)):
        assert found.waiting.tolist() == found.mean_wait.tolist() == found.occupancy.tolist() == [0, 0]
        assert found.service_level.tolist() == [1, 1]
    assert agents_needed(0, 180, 0.8, 20).people == 0


def test_without_a_target_there_is_no_service_level() -> None:
    assert np.isnan(erlang_c(200, 180, 14).service_level)
    assert np.isnan(erlang_a(200, 180, 60, 14).service_level)
    assert erlang_a(200, 180, 60, 14).waiting == erlang_a(200, 180, 60, 14, 20).waiting


@settings(max_examples=200, deadline=None)
@given(loads, st.floats(0.01, 3), targets)
def test_endless_patience_is_erlang_c(load, ratio, target) -> None:
    agents = load * ratio
    patient, calm = (
        erlang_c(hourly(load), HANDLING, agents, target),
        erlang_a(hourly(load), HANDLING, np.inf, agents, target),
    )
    assert calm.waiting == patient.waiting
    assert calm.service_level == patient.service_level
    assert calm.mean_wait == patient.mean_wait


def test_patience_without_end_is_approached() -> None:
    for load, agents in ((10, 13), (10, 10.5), (300, 310), (0.1, 1)):
        patient = erlang_c(hourly(load), HANDLING, agents, 20)
        calm = erlang_a(hourly(load), HANDLING, 1e9, agents, 20)
        assert calm.waiting == pytest.approx(patient.waiting, rel=1e-4)
        assert calm.service_level == pytest.approx(patient.service_level, rel=1e-4)


@settings(max_examples=150, deadline=None)
@given(loads, st.floats(1, 2), st.floats(0, 2), targets, st.none() | patiences)
def test_more_load_never_needs_fewer_and_is_never_answered_sooner(load, more, ratio, target, patience) -> None:
    rates = np.array([hourly(load), hourly(load) * more])
    needed = agents_needed(rates, HANDLING, 0.8, target, patience=patience)
    assert needed.exact[1] >= needed.exact[0] * (1 - 1e-8)
    assert needed.whole[1] >= needed.whole[0]
    agents = load * ratio
    if patience is None:
        found = erlang_c(rates, HANDLING, agents, target)
    else:
        found = erlang_a(rates, HANDLING, patience, agents, target)
        assert found.abandonment[1] >= found.abandonment[0] - 1e-9
    assert found.waiting[1] >= found.waiting[0] - 1e-8
    assert found.service_level[1] <= found.service_level[0] + 1e-8


@settings(max_examples=200, deadline=None)
@given(loads, st.floats(0, 2), patiences, st.floats(1, 10))
def test_who_is_more_patient_leaves_less_and_waits_more(load, ratio, patience, more) -> None:
    found = erlang_a(hourly(load), HANDLING, [patience, patience * more], load * ratio)
    assert found.abandonment[1] <= found.abandonment[0] + 1e-9
    assert found.waiting[1] >= found.waiting[0] - 1e-8
    # Who arrives is answered or leaves: work done is load less what left.
    assert np.allclose(found.occupancy * ratio, 1 - found.abandonment, atol=1e-9) or ratio == 0


@settings(max_examples=250, deadline=None)
@given(loads, levels, targets, st.floats(0.3, 1), st.none() | patiences, st.floats(0.01, 0.5))
def test_needed_agents_are_enough_and_one_less_is_not(load, level, target, occupancy, patience, leave) -> None:
    limit = None if patience is None else leave
    needed = agents_needed(
        hourly(load), HANDLING, level, target, patience=patience, occupancy=occupancy, abandonment=limit
    )
    assert needed.exact <= needed.whole * (1 + 1e-8)
    assert needed.whole < needed.exact + 1

    def kept(agents) -> bool:
        found = (
            erlang_c(hourly(load), HANDLING, agents, target)
            if patience is None
            else erlang_a(hourly(load), HANDLING, patience, agents, target)
        )
        keeps = found.service_level >= level - 1e-12 and found.occupancy <= occupancy + 1e-12
        return bool(keeps and found.abandonment <= leave + 1e-12)

    assert kept(needed.whole)
    assert not kept(needed.whole - 1)
    # The fraction is on the edge: a little more keeps the promise, a little less does not.
    step = 1e-6 * max(float(needed.exact), 1e-3) + 1e-7 * math.sqrt(load)
    assert kept(needed.exact + step)
    assert not kept(max(needed.exact - step, 0.0))


def test_so_many_agents_that_nobody_waits_to_the_last_digit() -> None:
    needed = agents_needed(hourly(10_000.0), HANDLING, 0.5, 0.0, occupancy=0.5)
    assert needed.whole == 20_000


def test_whole_agents_against_counting_up() -> None:
    rng = np.random.default_rng(5)
    load, level, target = 10 ** rng.uniform(-2, 2.3, 300), rng.uniform(0.3, 0.99, 300), rng.uniform(0, 90, 300)
    whole = agents_needed(hourly(1) * load, HANDLING, level, target).whole
    for at in range(len(load)):
        agents = math.floor(load[at]) + 1
        inverse = 1.0
        for k in range(1, agents + 1):
            inverse = 1 + inverse * k / load[at]
        while True:
            waits = 1 / (1 + (1 - load[at] / agents) * (inverse - 1))
            if 1 - waits * math.exp(-(agents - load[at]) * target[at] / HANDLING) >= level[at]:
                break
            agents += 1
            inverse = 1 + inverse * agents / load[at]
        assert whole[at] == agents


def test_fractions_are_summed_and_rounded_once() -> None:
    needed = agents_needed(np.full(20, 4.0), 300, 0.8, 60, shrinkage=0.3)
    assert needed.scheduled.sum() == pytest.approx(needed.exact.sum() / 0.7)
    assert math.ceil(needed.scheduled.sum()) < needed.people.sum()
    one = agents_needed(200, 180, 0.8, 20, occupancy=0.5, shrinkage=0.2)
    assert [float(one.exact), int(one.whole), float(one.scheduled), int(one.people)] == [20, 20, 25, 25]


def test_arguments_broadcast() -> None:
    needed = agents_needed(np.array([[100], [200], [0]]), [180, 240], 0.8, 20)
    assert needed.exact.shape == (3, 2)
    assert needed.exact[1, 0] == agents_needed(200, 180, 0.8, 20).exact
    assert erlang_a(np.ones((2, 1)), 180, [30, 60, 90], 4).waiting.shape == (2, 3)


def simulated(rate: float, handling: float, agents: int, patience: float | None, target: float, seed: int) -> dict:
    """Batch means of a day-long run's waits, answers and departures, none of it from a formula."""
    rng = np.random.default_rng(seed)
    room = simpy.Environment()
    desk = simpy.Resource(room, agents)
    seen: list[tuple[float, bool, float]] = []

    def one(patient: float, work: float):
        came = room.now
        with desk.request() as turn:
            gone = yield turn | room.timeout(patient)
            seen.append((came, turn in gone, room.now - came))
            if turn in gone:
                yield room.timeout(work)

    def arrivals(many: int):
        for gap in rng.exponential(3600 / rate, many):
            yield room.timeout(gap)
            room.process(one(1e12 if patience is None else rng.exponential(patience), rng.exponential(handling)))

    room.process(arrivals(30_000))
    room.run()
    came, answered, wait = (np.array(part) for part in zip(*sorted(seen), strict=True))
    warm = len(came) // 20
    values = {
        "waiting": wait > 0,
        "service_level": answered & (wait <= target),
        "mean_wait": wait,
        "abandonment": ~answered,
    }
    batches = {name: np.array_split(value[warm:].astype(float), 20) for name, value in values.items()}
    means = {name: np.array([part.mean() for part in parts]) for name, parts in batches.items()}
    return {name: (each.mean(), each.std(ddof=1) / np.sqrt(len(each))) for name, each in means.items()}


@pytest.mark.parametrize(
    ("rate", "agents", "patience"),
    [(200, 13, None), (60, 4, None), (200, 13, 300.0), (200, 9, 120.0), (60, 2, 30.0)],
)
def test_formulas_agree_with_a_simulation(rate, agents, patience) -> None:
    seen = simulated(rate, 180, agents, patience, 20, seed=agents)
    found = erlang_c(rate, 180, agents, 20) if patience is None else erlang_a(rate, 180, patience, agents, 20)
    for name, (mean, error) in seen.items():
        assert abs(mean - float(getattr(found, name))) <= 3.5 * error, name
        assert error < 0.15 * max(mean, 0.05), f"{name}: the simulation says too little"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: erlang_c(-1, 180, 3), "rate is a known number of 0 or more; got -1"),
        (lambda: erlang_c([5, np.nan], 180, 3), "rate is a known number of 0 or more; got nan"),
        (lambda: erlang_c(np.inf, 180, 3), "rate is a known number of 0 or more; got inf"),
        (lambda: erlang_c(1, 0, 3), "handling is a known number above 0; got 0"),
        (lambda: erlang_c(1, 180, -0.5), "agents is a known number of 0 or more; got -0.5"),
        (lambda: erlang_c(1, 180, 3, -1), "target is a known number of 0 or more; got -1"),
        (lambda: erlang_a(1, 180, 0, 3), "patience is a known number above 0; got 0"),
        (lambda: agents_needed(1, 180, 1.0, 20), "service_level is a share between 0 and 1, .* got 1"),
        (lambda: agents_needed(1, 180, 80, 20), "service_level is a share between 0 and 1, .* got 80"),
        (lambda: agents_needed(1, 180, np.nan, 20), "service_level is a share between 0 and 1, .* got nan"),
        (lambda: agents_needed(1, 180, 0.8, 20, occupancy=0), "occupancy is a share above 0 and at most 1, .* got 0"),
        (lambda: agents_needed(1, 180, 0.8, 20, shrinkage=1), "shrinkage is a share below 1, .* got 1"),
        (lambda: agents_needed(1, 180, 0.8, 20, abandonment=0.1), "abandonment needs patience"),
        (lambda: deferred_agents(1, 0, 1, 1, 1), "days is a known number above 0; got 0"),
    ],
)
def test_what_is_wrong_is_said(call, said) -> None:
    with pytest.raises(ValueError, match=said):
        call()
