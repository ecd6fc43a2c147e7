"""What a page rests on: rows counted, late and undated ones named, and how new the newest is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from smo_reports.analyses import Evidence, evidence
from smo_reports.project import Project
from smo_reports.sources import read_all
from smo_reports.sources.importing import import_file

Build = Callable[..., Project]
START, END = dt.date(2026, 11, 9), dt.date(2026, 11, 16)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def decided(name: str, day: int | None, **more: Any) -> dict[str, Any]:
    own = {"decision_id": name, "item_id": name, "labeler_id": "L1", "label": "a", "skipped": False}
    dated = {"work_date": dt.date(2026, 11, day), "submitted_at": at(f"2026-11-{day:02}")} if day else {}
    return own | dated | more


def audited(name: str, when: str, purpose: str | None = "random") -> dict[str, Any]:
    return {"audit_id": f"{name}-{when}-{purpose}", "decision_id": name, "auditor_id": "Q"} | {
        "audited_at": at(when),
        "purpose": purpose,
        "correct": True,
    }


DECISIONS = [
    decided("before", 8),
    decided("first", 9),
    decided("last", 15),
    decided("after", 16),
    decided("skipped", 10, skipped=True),
    decided("undated", None),
]
AUDITS = [
    audited("before", "2026-11-09"),
    audited("first", "2026-11-10"),
    # The week ends at midnight in Jakarta, 17:00 in UTC.
    audited("first", "2026-11-15T16:59:59"),
    audited("last", "2026-11-15T17:00"),
    audited("last", "2026-11-18", "targeted"),
    audited("first", "2026-11-18T06:00"),
    audited("first", "2026-11-11", None),
]


def found(project: Project, start: dt.date | None = START, end: dt.date | None = END) -> Evidence:
    return evidence(project, read_all(project, start, end), read_all(project))


def test_every_row_is_counted_where_it_belongs(parquet_project: Build) -> None:
    project = parquet_project({"decisions": DECISIONS, "audits": AUDITS})
    rests_on = found(project)
    assert (rests_on.decisions, rests_on.skipped, rests_on.undated) == (2, 1, 1)
    assert (rests_on.random_audits, rests_on.other_audits, rests_on.late_audits) == (4, 2, 2)
    # The newest decision: the audits that came later do not make the feed of decisions any younger.
    assert rests_on.data_as_of == at("2026-11-16T00:00")
    assert (rests_on.imported, rests_on.taken, rests_on.rows_set_aside) == (0, 0, 0)
    whole = found(project, None, None)
    assert (whole.decisions, whole.skipped, whole.late_audits) == (5, 1, 0)


def test_stale_is_older_than_the_project_allows(parquet_project: Build) -> None:
    project = parquet_project({"decisions": DECISIONS, "audits": AUDITS}, "freshness_hours: 24\n")
    rests_on = found(project)
    assert rests_on.age(at("2026-11-17T00:00")) == dt.timedelta(hours=24)
    assert not rests_on.is_stale(project, at("2026-11-17T00:00"))
    assert rests_on.is_stale(project, at("2026-11-17T00:01"))


@pytest.mark.parametrize(
    ("days", "whole"),
    [
        ([9, 10, 11, 12, 13], True),  # Friday: nobody here works at weekends
        ([9, 10, 11, 12], False),
        ([], False),
    ],
)
def test_partial_is_without_decisions_of_the_last_working_day(
    parquet_project: Build, days: list[int], whole: bool
) -> None:
    earlier = [decided(f"e{day}", day) for day in (2, 3, 4, 5, 6)]
    decisions = [*earlier, *(decided(f"d{day}", day) for day in days)]
    project = parquet_project({"decisions": decisions})
    assert found(project).whole is whole
    assert found(project, None, None).whole


def test_without_times_age_is_unknown_and_nothing_is_called_fresh(parquet_project: Build) -> None:
    project = parquet_project({"decisions": [decided("d", None)]})
    rests_on = found(project, None, None)
    assert rests_on.data_as_of is None
    assert rests_on.age(at("2026-11-19")) is None
    assert rests_on.is_stale(project, at("2026-11-19"))
    assert (rests_on.random_audits, rests_on.other_audits) == (0, 0)


def test_what_imports_set_aside_is_repeated(make_project: Build) -> None:
    project = make_project("labels: {violating: [a], benign: [b]}\n")
    file = project.root / "x.csv"
    file.write_text("decision_id,item_id,labeler_id,label\nd1,i1,L1,a\nd2,i2,L1,zzz\nd3,,L1,a\nd4,,L1,b\n")
    import_file(project, file, table="decisions")
    rests_on = found(project, None, None)
    assert (rests_on.decisions, rests_on.imported, rests_on.taken, rests_on.rows_set_aside) == (1, 4, 1, 3)
    wanted = pd.DataFrame(
        {
            "rule": ["missing required value", "label not in the project's labels"],
            "table_name": "decisions",
            "source_file": "x.csv",
            "rows": [2, 1],
        }
    )
    pd.testing.assert_frame_equal(rests_on.set_aside, wanted, check_dtype=False)
