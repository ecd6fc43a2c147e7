"""How long a quarter-ahead plan takes: 50 queues, 500 people, 13 weeks, 500 paths.

Everything from arrivals as counted to the plan: forecast paths of every queue, required hours (40 deferred queues by
backlog flow, 10 live ones by Erlang C), attrition, ramp, hiring, cover by skills, what becomes of the backlog with and
without hiring. Reading rows is not in it: it depends on their number, not on the plan.

    python benchmarks/staffing_plan.py
"""

from __future__ import annotations

import datetime as dt
import time

import numpy as np

from smo_reports.analyses.staffing.arrivals import Arrivals
from smo_reports.analyses.staffing.forecasts import forecast_arrivals
from smo_reports.analyses.staffing.funnel import Hiring, Requisition
from smo_reports.analyses.staffing.handling import Ramped
from smo_reports.analyses.staffing.item_time import ItemTime
from smo_reports.analyses.staffing.leaving import Leaving
from smo_reports.analyses.staffing.plan import StaffingPlan, staffing_plan
from smo_reports.analyses.staffing.queue_work import QueueWork, hour_profile
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.situation import Shrinkage, Situation
from smo_reports.project.staffing import QueuePromise, Staffing
from smo_reports.stats.attrition import attrition
from smo_reports.stats.backlog_flow import Opening
from smo_reports.stats.funnel_time import LEFT, OPEN, PASSED, stage
from smo_reports.stats.ramp import ramp_curve

QUEUES, LIVE, LANGUAGES, PEOPLE, WEEKS, PATHS, DAYS = 50, 10, 10, 500, 13, 500, 182
START = dt.date(2026, 5, 18)


def arrivals(rng: np.random.Generator) -> Arrivals:
    """Half a year of hourly counts, with a week's and a day's shape."""
    week = np.array([1.1, 1.05, 1.0, 1.0, 0.98, 0.7, 0.6])
    day = 1 + 0.6 * np.sin(np.arange(24) / 24 * 2 * np.pi - 2)
    level = rng.gamma(4, 430, QUEUES)[:, None] * rng.gamma(60, 1 / 60, (QUEUES, DAYS))
    rate = level[:, :, None] * week[np.arange(DAYS) % 7][None, :, None] * (day / day.sum())
    names = tuple(f"queue-{place:02d}" for place in range(QUEUES))
    return Arrivals(names, START, rng.poisson(rate).astype(float), hourly=True, source="arrivals")


def skills(rng: np.random.Generator) -> np.ndarray:
    """Who can work on which queue: queues are of ten languages, people speak one to three of them."""
    spoken = rng.random((PEOPLE, LANGUAGES)) < 0.15
    spoken[np.arange(PEOPLE), rng.integers(0, LANGUAGES, PEOPLE)] = True
    return np.asarray(spoken[:, np.arange(QUEUES) % LANGUAGES])


def hiring(rng: np.random.Generator) -> Hiring:
    """Four stages of a few hundred candidates, two openings that are not filled."""
    stages = []
    for cases, passes in ((400, 0.6), (240, 0.7), (160, 0.5), (80, 0.85)):
        end = np.where(rng.random(cases) < 0.08, OPEN, np.where(rng.random(cases) < passes, PASSED, LEFT))
        stages.append(stage(rng.gamma(2, 3, cases), end))
    at = rng.integers(0, 4, 20)
    waiting = tuple(
        Requisition(f"r{place}", "labeler", "id", "", 5, 3.0, at.astype(np.intp), rng.gamma(2, 2, 20))
        for place in range(2)
    )
    rates = np.array([3.0, 1.0, 0.5, 0.2])
    names = ("applied", "test", "interview", "offer")
    return Hiring(names, tuple(stages), waiting, rates, (30.0, 20.0, 45.0), 8, 6, 4.0, 5.0, "id")


def situation(rng: np.random.Generator, counted: Arrivals) -> Situation:
    """Half a year's measurements of a large operation."""
    found = forecast_arrivals(counted, weeks=WEEKS, paths=PATHS)
    queues = []
    for place, name in enumerate(counted.queues):
        live = place < LIVE
        promise = QueuePromise(kind="live", within_s=300, severe=False) if live else QueuePromise(severe=place % 7 == 0)
        due = float("nan") if live else (24.0, 48.0, 72.0)[place % 3]
        took = ItemTime(name, float(rng.uniform(30, 120)), 2.0, 10_000)
        opening = Opening.of(np.arange(48.0), rng.poisson(8, 48))
        profile = hour_profile(counted, place)
        queues.append(QueueWork(name, promise, due, found.paths(name), profile, took, opening))
    tenure = rng.exponential(60, PEOPLE)
    ever = rng.exponential(60, 2 * PEOPLE)
    joined = np.repeat(np.arange(40), 12)
    pace = np.tile(1 + 0.6 * np.exp(-np.arange(12) / 4), 40) * rng.uniform(0.9, 1.1, 480)
    ramp = ramp_curve(joined, np.tile(np.arange(12), 40), 3600 * pace, np.full(480, 3600.0))
    people = Leaving(
        tenure, np.ones(PEOPLE), np.full(PEOPLE, np.inf), tenure, tenure, np.zeros(PEOPLE, bool),
        tuple(f"p{place}" for place in range(PEOPLE)),
    )  # fmt: skip
    return Situation(
        counted.end,
        WEEKS,
        Staffing(severe_hours=4.0),
        tuple(queues),
        np.full((7, 24), 1 / 168),
        people,
        skills(rng),
        np.zeros(WEEKS),
        Shrinkage(0.3, 0.28, 0.32),
        Ramped(ramp, 40),
        attrition(np.maximum(ever - 26, 0), ever, rng.random(2 * PEOPLE) < 0.2),
        hiring(rng),
        (),
    )


def timed(name: str, run: object) -> object:
    """Run once, and print what it took."""
    wall, work = time.perf_counter(), time.process_time()
    found = run()  # type: ignore[operator]
    print(f"| {name} | {time.perf_counter() - wall:.2f} s | {time.process_time() - work:.2f} s |")
    return found


def main() -> None:
    rng = np.random.default_rng(46)
    counted = arrivals(rng)
    print(f"{QUEUES} queues ({LIVE} live), {PEOPLE} people, {WEEKS} weeks, {PATHS} paths\n")
    print("| | wall clock | CPU |\n|---|---:|---:|")
    began = time.perf_counter(), time.process_time()
    made = timed("forecast paths, and the rest of the situation", lambda: situation(rng, counted))
    assert isinstance(made, Situation)
    plan = timed("plan", lambda: staffing_plan(made))
    wall, work = time.perf_counter() - began[0], time.process_time() - began[1]
    print(f"| **both** | **{wall:.2f} s** | **{work:.2f} s** |")
    timed("another scenario: a tenth more volume", lambda: staffing_plan(made, Scenario(volume=0.1)))
    assert isinstance(plan, StaffingPlan)
    assert plan.advice is not None
    print(f"\nrequired {plan.need.planned[-1] / plan.need.hours_of_one:.0f} FTE in the last week; ", end="")
    print(f"{plan.advice.seats} seats to open, by {plan.advice.open_by}")


if __name__ == "__main__":
    main()
