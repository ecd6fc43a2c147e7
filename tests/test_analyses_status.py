"""Status against target, Holm's marking, and which target applies."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from smo_reports.analyses import against_targets, by_part, grade, stands_out, status
from smo_reports.analyses.running import daily_ends
from smo_reports.analyses.status import OUT_OF_REACH, audits_needed, is_open
from smo_reports.kpis import KPIS, estimate, estimates
from smo_reports.project import Project
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.sources import Rows, read_all
from smo_reports.stats.intervals import wilson_interval
from smo_reports.stats.power import more_to_settle

Build = Callable[..., Project]
Make = Callable[..., dict[str, Any]]

FEW = "too few: 12 audits of 3 labelers; 30 of 5 are needed"
NAN = math.nan


@pytest.mark.parametrize(
    ("bound", "low", "high", "note", "said"),
    [
        ("min", 0.95, 0.99, "", "met"),
        ("min", 0.9499, 0.99, "", "undecided"),
        ("min", 0.90, 0.95, "", "undecided"),
        ("min", 0.90, 0.9499, "", "missed"),
        ("max", 0.90, 0.95, "", "met"),
        ("max", 0.90, 0.9501, "", "undecided"),
        ("max", 0.95, 0.99, "", "undecided"),
        ("max", 0.9501, 0.99, "", "missed"),
        ("min", 0.95, 0.95, "", "met"),
        ("min", 0.94, 0.94, "", "missed"),
        ("min", NAN, NAN, "", "undecided"),
        ("min", 0.10, 0.20, FEW, "too few"),
        ("", 0.10, 0.20, FEW, "too few"),
        ("", 0.10, 0.20, "", ""),
        ("min", NAN, NAN, "not measured: needs the table audits", "not measured"),
        ("", NAN, NAN, "not measured: needs the table audits", "not measured"),
        ("min", NAN, NAN, "undefined: only one label was used", "undefined"),
    ],
)
def test_status_is_told_by_the_whole_interval(bound: str, low: float, high: float, note: str, said: str) -> None:
    row = {"unit": "share", "value": 0.9, "n": 80, "low": low, "high": high, "note": note}
    row |= {"target": 0.95, "bound": bound}
    assert status(row) == said
    # While a period runs, what is not known stays so, and nothing is called otherwise than when it is over.
    assert status(row, open_period=True) in ({said, "undecided"} if said in ("met", "missed") else {said})


def ended(hits: int, n: int, **more: Any) -> dict[str, Any]:
    """A share with Wilson's interval and a target of at least 95 %."""
    low, high = (float(end) for end in wilson_interval(hits, n))
    row = {"kpi": "accuracy", "unit": "share", "value": hits / n, "n": n, "low": low, "high": high, "note": ""}
    return row | {"target": 0.95, "bound": "min"} | more


@pytest.mark.parametrize(
    ("hits", "n", "over", "running"),
    [
        # Without an error 73 audits meet 95 % when the period is over, 112 while it runs.
        (72, 72, "undecided", "undecided"),
        (73, 73, "met", "undecided"),
        (111, 111, "met", "undecided"),
        (112, 112, "met", "met"),
        # Far below the target both say so; a little below only the interval of one look does.
        (80, 100, "missed", "missed"),
        (88, 100, "missed", "undecided"),
        (92, 100, "undecided", "undecided"),
    ],
)
def test_a_status_that_is_looked_at_daily_takes_more(hits: int, n: int, over: str, running: str) -> None:
    assert (status(ended(hits, n)), status(ended(hits, n), open_period=True)) == (over, running)


def test_what_was_counted_in_full_waits_for_the_periods_end() -> None:
    row = ended(90, 100, low=0.9, high=0.9)
    assert (status(row), status(row, open_period=True)) == ("missed", "undecided")


def test_a_sequence_is_as_wide_as_labelers_differ_and_never_narrower_than_the_interval() -> None:
    row = ended(90, 100)
    alone = daily_ends(row)
    apart = daily_ends(row | {"process_low": 0.8, "process_high": 0.96})
    alike = daily_ends(row | {"process_low": 0.88, "process_high": 0.92})
    assert apart[0] < alone[0] < row["low"] < row["high"] < alone[1] < apart[1]
    assert alike == pytest.approx(alone)
    # Without an error a sequence would be the narrower one at last: an ordinary interval needs 763 for 99.5 %.
    flawless = ended(750, 750, target=0.995)
    assert daily_ends(flawless)[0] == flawless["low"]
    # A mean's: 1.55 times its interval, at 360 observations.
    mean = {"unit": "seconds", "value": 30.0, "low": 28.0, "high": 33.0, "n": 360}
    assert daily_ends(mean) == pytest.approx((30 - 1.549 * 2, 30 + 1.549 * 3), abs=0.01)
    assert daily_ends(mean | {"process_low": 26.0, "process_high": 32.0})[0] == pytest.approx(30 - 1.549 * 4, abs=0.01)


def test_while_a_period_runs_the_sequence_is_shown_with_what_it_is(make_project: Build, estimate_row: Make) -> None:
    project = make_project("targets: [{kpi: accuracy, min: 0.95}]\n")
    low, high = (float(end) for end in wilson_interval(88, 100))
    rows = [
        estimate_row(market=market, value=0.88, n=100, interval=interval, low=low - wider, high=high + wider)
        for market, wide in (("ID", 0.0), ("MY", 0.1))
        for interval, wider in ((PERIOD_WORK, 0.0), (PROCESS, wide))
    ]
    table = pd.DataFrame(rows)[["market", *(name for name in rows[0] if name != "market")]]
    over, running = (grade(table, project, open_period=is_running) for is_running in (False, True))
    assert over["status"].tolist() == ["missed", "missed"]
    assert running["status"].tolist() == ["undecided", "undecided"]
    assert (over["running"].any(), running["running"].all()) == (False, True)
    assert over["method"].tolist() == ["a method", "a method"]
    assert all(said.startswith("confidence sequence, right at all looks; from: a method") for said in running["method"])
    # Each part has its own labelers' spread beside it.
    assert running["low"].iloc[1] < running["low"].iloc[0] < over["low"].iloc[0]
    assert running["value"].tolist() == over["value"].tolist()


@pytest.mark.parametrize(("n", "said"), [(73, "met"), (72, "undecided")])
def test_seventy_three_flawless_audits_meet_95_per_cent(
    make_project: Build, estimate_row: Make, n: int, said: str
) -> None:
    project = make_project("targets: [{kpi: accuracy, min: 0.95}]\n")
    low, high = wilson_interval(n, n)
    row = estimate_row(value=1.0, low=float(low), high=float(high), n=n)
    assert grade(pd.DataFrame([row]), project)["status"].tolist() == [said]


def test_flawless_audits_drawn_at_random_are_graded_by_students_quantile(make_project: Build) -> None:
    """The estimate itself is a little more careful than the plain formula: n − 1 degrees of freedom."""
    project = make_project("targets: [{kpi: accuracy, min: 0.95}]\n")

    def graded(n: int) -> str:
        audits = [{"labeler_id": f"L{at % 9}", "purpose": "random", "correct": True} for at in range(n)]
        return str(grade(estimate("accuracy", pd.DataFrame(audits)), project)["status"].iloc[0])

    assert (graded(72), graded(80)) == ("undecided", "met")


TARGETS = """targets:
  - {kpi: accuracy, min: 0.90, owner: all-leads}
  - {kpi: accuracy, min: 0.95, from: 2026-11-01, owner: new-leads}
  - {kpi: accuracy, min: 0.99, from: 2027-01-01}
  - {kpi: accuracy, min: 0.97, where: {severity: high}, owner: high-leads}
  - {kpi: accuracy, min: 0.98, where: {severity: high, market: ID}}
  - {kpi: handling_time_mean, max: 30}
"""


@pytest.mark.parametrize(
    ("more", "where", "target", "owner"),
    [
        ({}, {}, 0.95, "new-leads"),
        ({"period_start": dt.date(2026, 10, 26)}, {}, 0.90, "all-leads"),
        ({"period_start": dt.date(2026, 11, 1)}, {}, 0.95, "new-leads"),
        ({"period_start": dt.date(2027, 1, 4)}, {}, 0.99, ""),
        # Of everything at once nobody knows when it was: a dated target does not apply.
        ({"period_start": None}, {}, 0.90, "all-leads"),
        ({"severity": "high"}, {}, 0.97, "high-leads"),
        ({"severity": "low"}, {}, 0.95, "new-leads"),
        ({"severity": "high", "market": "ID"}, {}, 0.98, ""),
        ({"market": "ID"}, {}, 0.95, "new-leads"),
        ({}, {"severity": "high"}, 0.97, "high-leads"),
        ({"market": "ID"}, {"severity": "high"}, 0.98, ""),
        # What was narrowed otherwise than any target has none.
        ({}, {"market": "ID"}, NAN, ""),
    ],
)
def test_the_most_closely_narrowed_then_the_newest_target_applies(
    make_project: Build, estimate_row: Make, more: dict[str, Any], where: dict[str, str], target: float, owner: str
) -> None:
    graded = grade(pd.DataFrame([estimate_row(**more)]), make_project(TARGETS), where=where).iloc[0]
    assert graded["target"] == pytest.approx(target, nan_ok=True)
    assert graded["owner"] == owner
    assert graded["bound"] == ("" if math.isnan(target) else "min")


def test_only_the_periods_own_interval_grades(make_project: Build, estimate_row: Make) -> None:
    table = pd.DataFrame([estimate_row(interval=PROCESS, low=0.2), estimate_row(interval=PERIOD_WORK)])
    graded = grade(table, make_project(TARGETS))
    assert graded["interval"].tolist() == [PERIOD_WORK]
    assert graded["status"].tolist() == ["missed"]


def test_how_many_more_audits_would_settle_it(make_project: Build, estimate_row: Make) -> None:
    project = make_project("targets: [{kpi: accuracy, min: 0.95}, {kpi: handling_time_mean, max: 30}]\n")

    def needed(value: float, n: int, **more: Any) -> float:
        low, high = (float(end) for end in wilson_interval(value * n, n))
        row = estimate_row(value=value, low=low, high=high, n=n) | more
        return float(grade(pd.DataFrame([row]), project)["needed"].iloc[0])

    # By the search of more_to_settle, which simulation holds to its 80 %.
    assert needed(0.93, 330) == more_to_settle(0.93, 330, 330, 0.95)
    assert needed(0.9499, 330) == OUT_OF_REACH
    assert math.isnan(needed(0.80, 330))
    assert math.isnan(needed(0.93, 330, kpi="handling_time_mean", unit="seconds", low=28.0, high=31.0))


def test_what_is_not_within_reach() -> None:
    def needed(value: float, n: int, decisions_per_audit: float = math.inf, **more: Any) -> float:
        return audits_needed(ended(round(value * n), n, value=value, **more), decisions_per_audit)

    # An estimate that is told from its target by less than .84 standard errors might as well lie beyond it.
    error = math.sqrt(0.95 * 0.05 / 400)
    assert needed(0.95 - 0.83 * error, 400) == OUT_OF_REACH
    least = needed(0.95 - 0.85 * error, 400)
    assert 9 * 400 < least < 11 * 400
    # More than the period's decisions cannot be audited.
    assert needed(0.95 - 0.85 * error, 400, 1.01 + least / 400) == least
    assert needed(0.95 - 0.85 * error, 400, 0.99 + least / 400) == OUT_OF_REACH
    # Gold is not drawn from the period's decisions.
    assert needed(0.95 - 0.85 * error, 400, 2.0, kpi="gold_accuracy") == least


def test_a_target_on_what_may_not_be_graded_says_nothing(make_project: Build, estimate_row: Make) -> None:
    project = make_project("targets: [{kpi: accuracy, min: 0.95}]\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KPIS, "accuracy", dataclasses.replace(KPIS["accuracy"], gradable=False))
        graded = grade(pd.DataFrame([estimate_row()]), project)
    assert graded[["status", "bound"]].values.tolist() == [["", ""]]


def parts_of(estimate_row: Make, *zs: float, n_met: int = 0) -> pd.DataFrame:
    """Parts whose shares lie so many standard errors of one per cent below their target."""
    half = 0.01 * 1.959964
    rows = [
        estimate_row(value=0.95 - 0.01 * z, low=0.95 - 0.01 * z - half, high=0.95 - 0.01 * z + half) for z in zs
    ] + [estimate_row(value=0.99, low=0.985, high=0.995)] * n_met
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("zs", "n_met", "marked"),
    [
        # One part: 1.645. Two: 1.960, then 1.645. Three: 2.128, 1.960, 1.645. Ten: 2.576.
        ((2.0,), 0, [True]),
        ((2.0, 2.0), 0, [True, True]),
        ((2.1, 2.1, 2.1), 0, [False, False, False]),
        ((2.2, 2.1, 2.0), 0, [True, True, True]),
        ((2.0, 2.2, 2.1), 0, [True, True, True]),
        ((2.2, 1.97, 1.0), 0, [True, True, False]),
        ((2.5,), 9, [False]),
        ((2.6,), 9, [True]),
        ((2.6, 2.5), 8, [True, False]),
        # Above the target, however far, nothing stands out.
        ((-5.0,), 0, [False]),
    ],
)
def test_holms_marking_by_hand(
    make_project: Build, estimate_row: Make, zs: tuple[float, ...], n_met: int, marked: list[bool]
) -> None:
    project = make_project("targets: [{kpi: accuracy, min: 0.95}]\n")
    graded = grade(parts_of(estimate_row, *zs, n_met=n_met), project)
    assert stands_out(graded).tolist() == marked + [False] * n_met


def test_too_few_audits_never_stand_out_and_cost_nothing(make_project: Build, estimate_row: Make) -> None:
    project = make_project("targets: [{kpi: accuracy, min: 0.95}]\n")
    few = estimate_row(value=0.1, low=0.0, high=0.3, note=FEW)
    graded = grade(pd.concat([parts_of(estimate_row, 2.0), pd.DataFrame([few] * 8)], ignore_index=True), project)
    assert stands_out(graded).tolist() == [True] + [False] * 8


def test_a_period_is_open_until_its_end() -> None:
    end = dt.date(2026, 11, 16)
    assert is_open(end, dt.date(2026, 11, 15))
    assert not is_open(end, end)
    assert not is_open(None, end)


@pytest.fixture
def audited(parquet_project: Build) -> tuple[Project, Rows]:
    """Sixty audits of high severity, nine of ten right, and 240 of low severity, all right."""
    decisions, audits = [], []
    for at in range(300):
        high = at < 60
        own = {"decision_id": f"d{at}", "item_id": f"i{at}", "labeler_id": f"L{at % 6}", "label": "a"}
        own |= {"severity": "high" if high else "low", "work_date": dt.date(2026, 11, 9 + at % 7)}
        decisions.append(own)
        verdict = {"audit_id": f"a{at}", "decision_id": f"d{at}", "auditor_id": "Q", "purpose": "random"}
        audits.append(verdict | {"correct": not high or at % 10 > 0, "audited_at": dt.datetime(2026, 11, 16)})
    targets = "targets:\n  - {kpi: accuracy, min: 0.95}\n  - {kpi: accuracy, min: 0.999, where: {severity: high}}\n"
    project = parquet_project({"decisions": decisions, "audits": audits}, targets)
    return project, read_all(project, dt.date(2026, 11, 9), dt.date(2026, 11, 16))


def test_a_narrowed_target_is_estimated_on_its_own_rows(audited: tuple[Project, Rows]) -> None:
    project, rows = audited
    names = ["decisions", "accuracy"]
    today = dt.date(2026, 11, 17)
    now, weekly = estimates(names, rows), estimates(names, rows, "week")
    found = against_targets(project, rows, now, weekly, today=today)
    # A KPI with targets comes first, its narrowed targets below it.
    assert found[["kpi", "part", "n"]].values.tolist() == [
        ["accuracy", "", 300],
        ["accuracy", "severity: high", 60],
        ["decisions", "", 300],
    ]
    assert found["value"].tolist() == pytest.approx([294 / 300, 54 / 60, 300])
    assert found["status"].tolist() == ["met", "missed", ""]
    running = against_targets(project, rows, now, weekly, today=dt.date(2026, 11, 15))
    # 294 of 300 might yet be below 95 %; 54 of 60 are no longer 99.9 %.
    assert running["status"].tolist() == ["undecided", "missed", ""]


def test_no_more_audits_are_asked_for_than_the_period_will_have_decisions(audited: tuple[Project, Rows]) -> None:
    project, rows = audited
    names = ["accuracy", "audit_coverage"]
    now, weekly = estimates(names, rows), estimates(names, rows, "week")

    def needed(right: float, coverage: float) -> float:
        low, high = (float(end) for end in wilson_interval(300 * right, 300))
        now.loc[now["kpi"] == "accuracy", ["value", "low", "high"]] = right, low, high
        now.loc[now["kpi"] == "audit_coverage", "value"] = coverage
        told = against_targets(project, rows, now, weekly, today=dt.date(2026, 11, 15))
        assert told.loc[told["part"] == "", "status"].iloc[0] == "undecided"
        return float(told.loc[told["part"] == "", "needed"].iloc[0])

    # Six of seven days are over and every decision so far was audited: the last day's fifty are too few.
    assert needed(0.93, 1.0) == OUT_OF_REACH
    assert needed(0.93, 0.1) == more_to_settle(0.93, 300, 300, 0.95)
    # 98 % will be met when the period is over, though not yet: no more are needed.
    assert math.isnan(needed(0.98, 0.1))


def test_parts_come_worst_first_with_their_own_targets(audited: tuple[Project, Rows]) -> None:
    project, rows = audited
    found = by_part(project, rows, "accuracy", ["severity", "market"], dt.date(2026, 11, 17))
    assert found["severity"].tolist() == ["high", "low"]
    assert "market" not in found
    assert found["target"].tolist() == [0.999, 0.95]
    assert found["stands_out"].tolist() == [True, False]
