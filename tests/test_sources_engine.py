"""The shared engine: what is kept for one period serves the others, and every period sees its own rows only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from smo_reports.errors import SourceError
from smo_reports.kpis import estimate
from smo_reports.project import Project
from smo_reports.sources import duckdb as embedded
from smo_reports.sources import read_all
from smo_reports.sources.engine import Engine

MONDAYS = [dt.date(2026, 10, 26) + dt.timedelta(weeks=week) for week in range(3)]
Build = Callable[..., Project]


@pytest.fixture
def project(parquet_project: Build) -> Project:
    """Three weeks: of ten audits a week 1, 2 and 3 are wrong."""
    decisions = [
        {"decision_id": f"d{week}{at}", "item_id": f"i{week}{at}", "labeler_id": f"L{at % 5}", "label": "ok"}
        | {"work_date": monday, "team": f"T{at % 2}"}
        for week, monday in enumerate(MONDAYS)
        for at in range(10)
    ]
    audits = [
        {"audit_id": f"a{row['decision_id']}", "decision_id": row["decision_id"], "auditor_id": "A1"}
        | {"purpose": "random", "correct": int(str(row["decision_id"])[2]) > int(str(row["decision_id"])[1])}
        | {"audited_at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC)}
        for row in decisions
    ]
    return parquet_project({"decisions": decisions, "audits": audits})


def share(project: Project, start: dt.date | None, end: dt.date | None) -> float:
    return float(estimate("accuracy", read_all(project, start, end))["value"].iloc[0])


def test_each_period_sees_its_own_rows(project: Project) -> None:
    weeks = [(monday, monday + dt.timedelta(7)) for monday in MONDAYS]
    opened = [read_all(project, *week) for week in [*weeks, (MONDAYS[0], MONDAYS[2])]]
    found = [float(estimate("accuracy", rows)["value"].iloc[0]) for rows in opened]
    assert found == pytest.approx([0.9, 0.8, 0.7, 0.85])


def test_an_open_period_is_not_answered_from_a_bounded_one(project: Project) -> None:
    bounded = read_all(project, MONDAYS[0], MONDAYS[1])
    assert float(estimate("accuracy", bounded)["value"].iloc[0]) == pytest.approx(0.9)
    assert share(project, None, None) == pytest.approx(0.8)
    assert share(project, MONDAYS[1], None) == pytest.approx(0.75)


def test_periods_that_were_opened_are_kept_in_one_pass(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[Any] = []
    keep = Engine._keep
    monkeypatch.setattr(Engine, "_keep", lambda self, span, *more: (passes.append(span), keep(self, span, *more)))
    week, history = read_all(project, MONDAYS[2], MONDAYS[2] + dt.timedelta(7)), read_all(project, *MONDAYS[:2])
    for rows in (week, history):
        estimate("accuracy", rows)
    assert passes == [(MONDAYS[0], MONDAYS[2] + dt.timedelta(7))]


def test_the_engine_goes_with_the_last_rows_that_use_it(project: Project) -> None:
    rows = read_all(project)
    held = len(embedded._ENGINES)
    assert held >= 1
    again = read_all(project, MONDAYS[0], MONDAYS[1])
    assert len(embedded._ENGINES) == held
    del rows, again
    assert len(embedded._ENGINES) < held


def test_new_rows_are_seen_by_the_next_reader(project: Project, parquet_project: Build) -> None:
    before = read_all(project)
    assert float(estimate("decisions", before)["value"].iloc[0]) == 30
    more = parquet_project({"decisions": [{"decision_id": "x", "item_id": "x", "labeler_id": "L1", "label": "ok"}]})
    assert float(estimate("decisions", read_all(more))["value"].iloc[0]) == 1


def test_audits_carry_other_columns_for_whoever_asks(project: Project) -> None:
    rows = read_all(project)
    assert "team" in rows["decisions"].columns
    assert "team" not in rows["audits"].columns
    assert "team" in rows.with_columns("audits", ["market", "team"]).columns
    found = estimate("accuracy", rows, "team").drop_duplicates("team").set_index("team")["value"]
    # Wrong are the first one, two and three of each week's ten; even ones are of team T0.
    assert found.to_dict() == pytest.approx({"T0": 11 / 15, "T1": 13 / 15})


def test_a_damaged_file_is_named(project: Project) -> None:
    path = project.root / "rows" / "audits.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(SourceError, match=r"audits\.parquet is no Parquet file that can be read .*; write it again"):
        read_all(project)
