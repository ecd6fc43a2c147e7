"""Whether a KPI changes: words, dates and differences between periods."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from smo_reports.analyses import change_since, history_span, trend_of, what_changed
from smo_reports.analyses.trend import weeks_of, with_trend
from smo_reports.project import Project
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.sources import read_all
from smo_reports.stats.intervals import wilson_interval

Make = Callable[..., dict[str, Any]]
FIRST = dt.date(2026, 5, 18)


def weekly(estimate_row: Make, kpi: str, values: list[float], half: float, interval: str = PROCESS) -> pd.DataFrame:
    rows = [
        estimate_row(kpi, week=FIRST + dt.timedelta(weeks=at), value=value, interval=interval)
        | {"low": value - half, "high": value + half}
        for at, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


QUIET = [0.91, 0.89] * 10


@pytest.mark.parametrize(
    ("kpi", "newest", "word"),
    [
        ("accuracy", 0.80, "worsening"),
        ("accuracy", 0.99, "improving"),
        ("accuracy", 0.90, "steady"),
        ("false_negative_rate", 0.80, "improving"),
        ("false_negative_rate", 0.99, "worsening"),
        ("decisions", 0.99, "rising"),
        ("decisions", 0.80, "falling"),
    ],
)
def test_the_word_is_about_what_is_better(estimate_row: Make, kpi: str, newest: float, word: str) -> None:
    # Twenty quiet weeks make the limits; the change begins in the third of the six newest.
    found = trend_of(weekly(estimate_row, kpi, [*QUIET, 0.91, 0.89, *[newest] * 4], 0.02), kpi)
    assert found.changing == word
    assert found.since == (None if word == "steady" else FIRST + dt.timedelta(weeks=22))


def test_counted_in_full_the_weeks_own_spread_is_the_measure(estimate_row: Make) -> None:
    steady, jumped = ([*[100.0, 110.0] * 10, *[104.0] * 5, last] for last in (118.0, 200.0))
    for values, word in ((steady, "steady"), (jumped, "rising")):
        table = weekly(estimate_row, "decisions", values, 0.0, PERIOD_WORK)
        assert trend_of(table, "decisions").changing == word


def test_too_few_weeks_say_nothing(estimate_row: Make) -> None:
    # Twelve weeks before the six newest are the fewest.
    assert trend_of(weekly(estimate_row, "accuracy", QUIET[:17], 0.02), "accuracy").changing == ""
    assert trend_of(weekly(estimate_row, "accuracy", QUIET[:18], 0.02), "accuracy").changing == "steady"
    assert trend_of(weekly(estimate_row, "accuracy", QUIET[:1], 0.0), "accuracy").changing == ""
    assert trend_of(weekly(estimate_row, "accuracy", QUIET, 0.02), "throughput").changing == ""


def test_the_process_interval_judges_where_there_is_one(estimate_row: Make) -> None:
    process = weekly(estimate_row, "accuracy", QUIET, 0.02)
    own = weekly(estimate_row, "accuracy", QUIET, 0.001, PERIOD_WORK)
    both = pd.concat([own, process]).sample(frac=1, random_state=1)
    found = weeks_of(both, "accuracy")
    assert found["interval"].unique().tolist() == [PROCESS]
    assert found["week"].is_monotonic_increasing
    assert len(weeks_of(own, "accuracy")) == 20


def test_with_trend_adds_the_words(estimate_row: Make) -> None:
    table = weekly(estimate_row, "accuracy", [*QUIET, *[0.89] * 5, 0.70], 0.02)
    graded = with_trend(pd.DataFrame([estimate_row(), estimate_row("throughput")]), table)
    assert graded["changing"].tolist() == ["worsening", ""]
    assert graded["since"].iloc[0] is not None


@pytest.mark.parametrize(
    ("end", "span"),
    [
        (dt.date(2026, 11, 16), (dt.date(2026, 5, 18), dt.date(2026, 11, 16))),
        (dt.date(2026, 11, 19), (dt.date(2026, 5, 18), dt.date(2026, 11, 16))),
        (dt.date(2026, 11, 22), (dt.date(2026, 5, 18), dt.date(2026, 11, 16))),
        # The period is not over: its running week is no whole week either.
        (dt.date(2026, 12, 1), (dt.date(2026, 5, 18), dt.date(2026, 11, 16))),
        (None, (None, None)),
    ],
)
def test_history_is_26_whole_weeks(end: dt.date | None, span: tuple[dt.date | None, dt.date | None]) -> None:
    assert history_span(end, dt.date(2026, 11, 22)) == span


def test_the_difference_of_two_periods_is_newcombes(estimate_row: Make) -> None:
    def period(hits: int, n: int, **more: Any) -> pd.DataFrame:
        low, high = (float(end) for end in wilson_interval(hits, n))
        row = estimate_row(value=hits / n, low=low, high=high, n=n, interval=PROCESS) | more
        return pd.DataFrame([row, row | {"interval": PERIOD_WORK, "low": 0.0, "high": 1.0}])

    found = change_since(period(48, 80), period(56, 70)).iloc[0]
    # Newcombe (1998), table II, case (a), method 10.
    assert (found["value"], found["low"], found["high"]) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert (found["kpi"], found["unit"]) == ("accuracy", "share")
    few = "too few: 12 audits of 3 labelers; 30 of 5 are needed"
    assert change_since(period(48, 80, note=few), period(56, 70)).empty
    assert change_since(period(48, 80), period(56, 70, low=math.nan)).empty
    assert change_since(period(48, 80, kpi="agreement"), period(56, 70)).empty


def test_events_in_order_on_the_projects_days(parquet_project: Callable[..., Project]) -> None:
    def event(name: str, at: str) -> dict[str, Any]:
        return {"event_id": name, "kind": "tool", "name": name, "at": dt.datetime.fromisoformat(at + "+00:00")}

    decisions = [{"decision_id": "d", "item_id": "i", "labeler_id": "L", "label": "a"}]
    # 18:00 in UTC is the next day in Jakarta.
    events = [event("late", "2026-11-09T18:00"), event("early", "2026-11-09T10:00")]
    without = parquet_project({"decisions": decisions})
    assert what_changed(without, read_all(without)).empty
    project = parquet_project({"decisions": decisions, "events": events})
    found = what_changed(project, read_all(project))
    assert found[["at", "name"]].values.tolist() == [[dt.date(2026, 11, 9), "early"], [dt.date(2026, 11, 10), "late"]]
