"""The top of the staffing page: what was turned, from when it plans, and how old what it rests on is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw
import pandas as pd
import pytest

from smo_reports.analyses import Evidence, PlanAge, Scenario, plan_age
from smo_reports.period import parse_period
from smo_reports.present import staffing_header
from smo_reports.present.scenario_words import what_if_words
from smo_reports.project import parse_project
from smo_reports.words import catalogue

EN = catalogue("en")
NONE = pd.DataFrame({"rule": [], "table_name": [], "source_file": [], "rows": []})
WEEK = parse_period("2026-W46")
MONDAY = dt.date(2026, 11, 16)
NOW = dt.datetime(2026, 11, 16, 2, 0, tzinfo=dt.UTC)  # nine in the morning in Jakarta
PROJECT = parse_project("project: p\ntitle: A\ntime_zone: Asia/Jakarta\nfreshness_hours: 48\n", "p.yaml", Path())
RESTS_ON = Evidence(900, 1, 2, 300, 4, 5, NOW - dt.timedelta(hours=8), True, NONE, 1000, 997)


@pytest.mark.parametrize(
    ("scenario", "ahead", "said"),
    [
        (Scenario(), None, ""),
        (Scenario(volume=0.2), None, "What if: arrivals +20 %."),
        (Scenario(volume=-0.1, shrinkage=0.3), None, "What if: arrivals \u221210 %, shrinkage 30 %."),
        (Scenario(shrinkage=0.0), None, "What if: shrinkage 0 %."),
        (Scenario(start_after_weeks=4), None, "What if: joiners begin 4 weeks after their offer."),
        (Scenario(sure=0.95), None, "What if: planned to hold in 95 % of the futures."),
        (Scenario(), 26, "What if: 26 weeks ahead."),
    ],
)
def test_what_was_turned_in_words(scenario: Scenario, ahead: int | None, said: str) -> None:
    assert what_if_words(scenario, ahead, EN) == said


def test_a_what_if_page_says_so_first_and_tells_the_list_of_pages() -> None:
    fresh = PlanAge(MONDAY, dt.date(2026, 11, 15), dt.date(2026, 11, 15))
    own = staffing_header(PROJECT, WEEK, RESTS_ON, fresh, Scenario(), PROJECT.staffing.weeks, NOW)
    assert "smo-warning" not in own.html
    assert "what_if" not in own.facts
    turned = staffing_header(PROJECT, WEEK, RESTS_ON, fresh, Scenario(volume=0.2), None, NOW)
    assert "What if: arrivals +20 %." in turned.html
    assert turned.html.index("What if") < turned.html.index("Data as of")
    assert turned.facts["what_if"] == "What if: arrivals +20 %."
    longer = staffing_header(PROJECT, WEEK, RESTS_ON, fresh, Scenario(), PROJECT.staffing.weeks + 1, NOW)
    assert longer.facts["what_if"] == f"What if: {PROJECT.staffing.weeks + 1} weeks ahead."


def text_of(age: PlanAge, now: dt.datetime = NOW) -> str:
    return staffing_header(PROJECT, WEEK, RESTS_ON, age, Scenario(), None, now).text


def test_old_arrivals_and_hours_are_said_with_their_day_and_what_is_allowed() -> None:
    # At 09:00 on Monday the 14th is over for 33 hours, and the 13th for 57.
    assert "Stale" not in text_of(PlanAge(MONDAY, dt.date(2026, 11, 14), dt.date(2026, 11, 14)))
    said = text_of(PlanAge(MONDAY, dt.date(2026, 11, 13), dt.date(2026, 11, 15)))
    assert "Stale: the newest arrivals are of 13 Nov 2026; this project allows 2 days. The plan from 16 Nov" in said
    assert "booked hours" not in said
    both = text_of(PlanAge(MONDAY, dt.date(2026, 3, 1), dt.date(2026, 4, 1)))
    assert "the newest arrivals are of 1 Mar 2026; the newest booked hours are of 1 Apr 2026; this project" in both
    assert "Stale" not in text_of(PlanAge(MONDAY, None, None))


def test_a_plan_that_began_long_ago_says_when() -> None:
    fresh = PlanAge(MONDAY, dt.date(2026, 11, 22), dt.date(2026, 11, 22))
    assert "This plan begins" not in text_of(fresh, NOW + dt.timedelta(days=6))
    said = text_of(PlanAge(MONDAY, dt.date(2027, 1, 3), dt.date(2027, 1, 3)), NOW + dt.timedelta(weeks=7))
    assert "This plan begins on 16 Nov 2026, 49 days before this page was made" in said


def test_the_last_days_are_local_and_an_announced_nothing_is_no_arrival() -> None:
    late = pd.Timestamp("2026-11-14 18:00", tz="UTC")  # one in the morning of the 15th in Jakarta
    arrivals = pd.DataFrame(
        {"interval_start": [late, late + pd.Timedelta(weeks=3)], "items": [3, 0], "queue": ["q", "q"]}
    )
    hours = pd.DataFrame({"work_date": [dt.date(2026, 11, 12), dt.date(2026, 11, 13)]})
    rows = {"arrivals": nw.from_native(arrivals).lazy(), "work_hours": nw.from_native(hours).lazy()}
    assert plan_age(PROJECT, rows, MONDAY, "arrivals") == PlanAge(MONDAY, dt.date(2026, 11, 15), dt.date(2026, 11, 13))
    decisions = pd.DataFrame({"arrived_at": [late]})
    rows = {"decisions": nw.from_native(decisions).lazy()}
    assert plan_age(PROJECT, rows, MONDAY, "decisions") == PlanAge(MONDAY, dt.date(2026, 11, 15), None)
    assert plan_age(PROJECT, rows, MONDAY, "items").arrivals is None
