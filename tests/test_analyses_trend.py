"""Whether a KPI changes: words, dates and differences between periods."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from smo_reports.analyses import change_since, history_span, trend_of, what_changed
from smo_reports.analyses.breaks import breaking_kinds, breaks_of
from smo_reports.analyses.charting import FALSE_FLAG, chance_of_false_flag
from smo_reports.analyses.trend import weeks_of, with_trend
from smo_reports.project import Project
from smo_reports.schema import EVENT_KINDS, PERIOD_WORK, PROCESS
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


QUIET = [0.91, 0.91, 0.89, 0.89] * 5
WEEKS = [FIRST + dt.timedelta(weeks=week) for week in range(26)]


@pytest.mark.parametrize(
    ("kpi", "newest", "word"),
    [
        ("accuracy", 0.80, "worsening"),
        ("accuracy", 0.99, "improving"),
        ("accuracy", 0.90, "steady"),
        ("false_negative_rate", 0.80, "improving"),
        ("false_negative_rate", 0.99, "worsening"),
        ("throughput", 0.80, "worsening"),
        ("throughput", 0.99, "improving"),
        ("handling_time_mean", 0.99, "worsening"),
        ("decisions", 0.99, "rising"),
        ("decisions", 0.80, "falling"),
    ],
)
def test_the_word_is_about_what_is_better(estimate_row: Make, kpi: str, newest: float, word: str) -> None:
    # Twenty quiet weeks make the limits; the change begins in the third of the six newest.
    scale = 10_000 if kpi == "decisions" else 1
    values = [scale * value for value in [*QUIET, 0.91, 0.89, *[newest] * 4]]
    found = trend_of(weekly(estimate_row, kpi, values, 0.0 if kpi == "decisions" else 0.02), kpi)
    assert found.changing == word
    assert found.since == (None if word == "steady" else FIRST + dt.timedelta(weeks=22))


@pytest.mark.parametrize("kpi", ["decisions", "handling_time_mean", "audit_coverage"])
def test_counted_in_full_the_weeks_own_spread_is_the_measure(estimate_row: Make, kpi: str) -> None:
    steady, jumped = ([*[100.0, 100.0, 110.0, 110.0] * 5, *[104.0] * 5, last] for last in (118.0, 200.0))
    scale, words = (0.002, ("steady", "improving")) if kpi == "audit_coverage" else (10.0, ("steady", "worsening"))
    if kpi == "decisions":
        words = ("steady", "rising")
    for values, word in zip((steady, jumped), words, strict=True):
        table = weekly(estimate_row, kpi, [scale * value for value in values], 0.0, PERIOD_WORK)
        assert trend_of(table, kpi).changing == word


def test_a_share_is_charted_by_what_its_interval_is_worth(estimate_row: Make) -> None:
    table = weekly(estimate_row, "accuracy", [*QUIET, *[0.9] * 6], 0.02)
    chart = trend_of(table, "accuracy").chart
    assert chart is not None
    # One design effect for all weeks, their median: that of a week at .9, whose error the centre's then is.
    error = 0.02 / 1.959964
    lean = (1 - 1.8) / (0.9 * 0.1) * error / 6 * ((3 * chart.sigma_z) ** 2 - 1)
    assert chart.low[-1] == pytest.approx(0.9 - (3 * chart.sigma_z - lean) * error)
    assert chart.high[-1] == pytest.approx(0.9 + (3 * chart.sigma_z + lean) * error)


def test_a_rate_is_charted_by_its_hours(estimate_row: Make) -> None:
    values = [40.0, 40.0, 42.0, 42.0] * 5 + [41.0] * 6
    table = weekly(estimate_row, "throughput", values, 0.0, PERIOD_WORK).assign(n=[int(10 * value) for value in values])
    chart = trend_of(table, "throughput").chart
    assert chart is not None
    # Ten hours a week: √(41 / 10) is more than the weeks spread.
    assert chart.sigma_z == 1.0
    assert (chart.high[-1] + chart.low[-1]) / 2 - 41 == pytest.approx(8 * math.sqrt(4.1) / math.sqrt(410) / 6)
    assert chart.high[-1] - chart.low[-1] == pytest.approx(6 * math.sqrt(4.1))


def test_too_few_weeks_say_nothing(estimate_row: Make) -> None:
    def said(values: list[float], kpi: str = "accuracy", asked: str = "accuracy") -> str:
        return trend_of(weekly(estimate_row, kpi, values, 0.02), asked).changing

    # Twenty weeks make limits; the first after them can be judged.
    assert said(QUIET[:20]) == ""
    assert said([*QUIET, 0.9]) == "steady"
    assert said([*QUIET[:19], math.nan, 0.9]) == ""
    assert said([*QUIET[:19], math.nan, 0.9, 0.9]) == "steady"
    assert said(QUIET[:1]) == ""
    assert said([*QUIET, 0.9], asked="throughput") == ""


def event(at: dt.date, kind: str, name: str) -> dict[str, Any]:
    return {"at": at, "kind": kind, "name": name}


@pytest.mark.parametrize(
    ("kpi", "kinds"),
    [
        ("accuracy", {"guideline", "sampling"}),
        ("false_negative_rate", {"guideline", "sampling"}),
        ("gold_accuracy", {"guideline", "gold"}),
        ("audit_coverage", {"sampling"}),
        ("decisions", set()),
        ("handling_time_mean", set()),
    ],
)
def test_what_breaks_a_line_is_what_changes_its_measure(kpi: str, kinds: set[str]) -> None:
    assert breaking_kinds(kpi) == kinds
    events = pd.DataFrame([event(WEEKS[5], kind, kind) for kind in EVENT_KINDS])
    found = breaks_of(kpi, events, WEEKS)
    assert {kind for one in found for kind in one.kinds} == kinds


def test_a_week_belongs_to_what_held_on_most_of_its_days() -> None:
    days = [WEEKS[0], WEEKS[3] + dt.timedelta(3), WEEKS[8] + dt.timedelta(4), WEEKS[8] + dt.timedelta(6)]
    days += [WEEKS[25] + dt.timedelta(4)]
    events = pd.DataFrame([event(day, "guideline", f"g{at}") for at, day in enumerate(days)])
    found = breaks_of("accuracy", events, WEEKS)
    # Before the first week, and after the last, there is nothing to break.
    assert [(one.week, one.at, one.names) for one in found] == [
        (WEEKS[3], days[1], ("g1",)),
        (WEEKS[9], days[3], ("g2", "g3")),
    ]
    assert breaks_of("accuracy", None, WEEKS) == ()
    assert breaks_of("accuracy", events, []) == ()


def test_a_fall_that_came_with_a_guideline_says_so(estimate_row: Make) -> None:
    table = weekly(estimate_row, "accuracy", [*QUIET, 0.91, 0.89, *[0.80] * 4], 0.02)
    graded = pd.DataFrame([estimate_row(), estimate_row("throughput")])
    day = WEEKS[22] + dt.timedelta(1)
    told = with_trend(graded, table, pd.DataFrame([event(day, "guideline", "g4.0")]))
    assert told["changing"].tolist() == ["worsening", ""]
    assert told["since"].tolist() == [WEEKS[22], None]
    assert told["break_name"].tolist() == ["g4.0", ""]
    assert told["break_kind"].tolist() == ["guideline", ""]
    assert told["break_at"].tolist() == [day, None]
    # A tool changes the work, and another week's guideline is not where the fall began.
    for other in (event(day, "tool", "t2"), event(WEEKS[16], "guideline", "g3.9")):
        told = with_trend(graded, table, pd.DataFrame([other]))
        assert told["changing"].tolist() == ["worsening", ""]
        assert told["since"].iloc[0] == WEEKS[22]
        assert told["break_name"].tolist() == ["", ""]


def test_an_old_break_is_no_news(estimate_row: Make) -> None:
    moved = [*QUIET[:12], *[value - 0.06 for value in QUIET[12:]]]
    table = weekly(estimate_row, "accuracy", [*moved, *[0.84] * 6], 0.02)
    events = pd.DataFrame([event(WEEKS[12], "sampling", "by risk")])
    aware, unaware = trend_of(table, "accuracy", events), trend_of(table, "accuracy")
    assert (aware.changing, aware.cause) == ("steady", None)
    assert [one.names for one in aware.breaks] == [("by risk",)]
    assert aware.chart is not None
    assert unaware.chart is not None
    assert aware.chart.centre[[0, 25]].tolist() == pytest.approx([0.9, 0.84])
    assert unaware.chart.centre[[0, 25]].tolist() == pytest.approx([0.876, 0.876])
    assert aware.chart.sigma_z < unaware.chart.sigma_z


def test_the_chance_that_a_page_is_wrong() -> None:
    assert chance_of_false_flag(1) == pytest.approx(FALSE_FLAG)
    # One minus the chance that none of two is.
    assert chance_of_false_flag(2) == pytest.approx(2 * FALSE_FLAG - FALSE_FLAG**2)


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


def test_a_week_is_over_when_it_is_where_the_team_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            # Sunday 23:30 in UTC, Monday 06:30 in Jakarta.
            return dt.datetime(2026, 11, 15, 23, 30, tzinfo=dt.UTC).astimezone(tz)

    monkeypatch.setattr(dt, "datetime", Clock)
    end = dt.date(2026, 11, 16)
    assert history_span(end, zone=ZoneInfo("Asia/Jakarta"))[1] == end
    assert history_span(end)[1] == dt.date(2026, 11, 9)


def test_a_share_above_one_is_charted_by_its_weeks_spread(estimate_row: Make) -> None:
    # Disputes over audits: a week of more disputes than audits is possible, and no binomial error fits it.
    values = [*[1.9, 2.1, 2.0, 2.0] * 5, *[2.0] * 6]
    chart = trend_of(weekly(estimate_row, "dispute_rate", values, 0.05), "dispute_rate").chart
    assert chart is not None
    # The limits of individuals: three of the weeks' own standard deviation to either side.
    assert chart.high - chart.centre == pytest.approx([3 * chart.sigma_z] * 26)
    assert chart.sigma_z < 0.2


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
    for note in ("not measured: needs audits.correct", "undefined: there are no decisions"):
        assert change_since(period(48, 80), period(56, 70, note=note)).empty
    told = "3 random audits have no weight and are left out"
    assert len(change_since(period(48, 80, note=told), period(56, 70))) == 1
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
