"""Status against target, Holm's marking, and which target applies."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from smo_reports.analyses import against_targets, by_part, grade, stands_out, status
from smo_reports.analyses.status import OUT_OF_REACH, is_open
from smo_reports.kpis import estimate, estimates
from smo_reports.project import Project
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.sources import Rows, read_all
from smo_reports.stats.intervals import wilson_interval

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
    row = {"value": 0.9, "low": low, "high": high, "note": note, "target": 0.95, "bound": bound}
    assert status(row) == said
    # While a period runs nothing is called met or missed, and what is not known stays so.
    assert status(row, open_period=True) == ("undecided" if said in ("met", "missed") else said)


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

    # The formula asks 1031 audits of a share of 93 % in all (Fleiss, eq. 2.12); some 330 are there.
    assert needed(0.93, 330) == pytest.approx(1031 - 330, rel=0.03)
    assert needed(0.9499, 330) == OUT_OF_REACH
    assert math.isnan(needed(0.80, 330))
    assert math.isnan(needed(0.93, 330, kpi="handling_time_mean", unit="seconds", low=28.0, high=31.0))


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
    found = against_targets(project, rows, estimates(names, rows), estimates(names, rows, "week"), today)
    # A KPI with targets comes first, its narrowed targets below it.
    assert found[["kpi", "part", "n"]].values.tolist() == [
        ["accuracy", "", 300],
        ["accuracy", "severity: high", 60],
        ["decisions", "", 300],
    ]
    assert found["value"].tolist() == pytest.approx([294 / 300, 54 / 60, 300])
    assert found["status"].tolist() == ["met", "missed", ""]
    running = against_targets(
        project, rows, estimates(names, rows), estimates(names, rows, "week"), dt.date(2026, 11, 15)
    )
    assert running["status"].tolist() == ["undecided", "undecided", ""]


def test_parts_come_worst_first_with_their_own_targets(audited: tuple[Project, Rows]) -> None:
    project, rows = audited
    found = by_part(project, rows, "accuracy", ["severity", "market"], dt.date(2026, 11, 17))
    assert found["severity"].tolist() == ["high", "low"]
    assert "market" not in found
    assert found["target"].tolist() == [0.999, 0.95]
    assert found["stands_out"].tolist() == [True, False]
