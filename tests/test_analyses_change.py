"""In which part a change lies, worked by hand; and what the headline then says, and does not say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from smo_reports.analyses.change import change_by_part
from smo_reports.project import Project
from smo_reports.sources import Rows, read_all

FIRST, SECOND = dt.date(2026, 11, 2), dt.date(2026, 11, 9)
Build = Callable[..., Project]


def audited(week: dt.date, market: str, audits: int, wrong: int) -> list[dict[str, Any]]:
    """Audits of one market in one week, the wrong ones evenly over ten labelers."""
    return [
        {"decision_id": f"{week}{market}{at}", "labeler_id": f"L{at % 10}", "market": market, "work_date": week}
        | {"correct": at >= wrong}
        for at in range(audits)
    ]


@pytest.fixture
def weeks(parquet_project: Build) -> Callable[[list[dict[str, Any]]], tuple[Rows, Rows]]:
    def build(rows: list[dict[str, Any]]) -> tuple[Rows, Rows]:
        decisions = [
            {name: value for name, value in row.items() if name != "correct"}
            | {"item_id": row["decision_id"], "label": "a"}
            for row in rows
        ]
        audits = [
            {"audit_id": f"a{row['decision_id']}", "decision_id": row["decision_id"], "auditor_id": "A"}
            | {"audited_at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "purpose": "random", "correct": row["correct"]}
            for row in rows
        ]
        project = parquet_project({"decisions": decisions, "audits": audits})
        return read_all(project, FIRST, SECOND), read_all(project, SECOND, SECOND + dt.timedelta(7))

    return build


def test_a_change_that_lies_in_one_part(weeks: Any) -> None:
    # ID stays at 190 of 200; MY falls from 190 to 150 of 200: .95 to .85 overall, by MY's .5 · -.2 = -.1 alone.
    before, after = weeks(
        audited(FIRST, "ID", 200, 10)
        + audited(FIRST, "MY", 200, 10)
        + audited(SECOND, "ID", 200, 10)
        + audited(SECOND, "MY", 200, 50)
    )
    found = change_by_part(before, after, "accuracy", ["market", "planet"]).set_index("market")
    assert list(found.index) == ["MY", "ID"]
    assert found.loc["MY", "value"] == pytest.approx(-0.2)
    assert found["of_change"].to_dict() == pytest.approx({"MY": 1.0, "ID": 0.0})
    assert found["clear"].to_dict() == {"MY": True, "ID": False}


def test_a_change_of_the_mix_is_of_no_part(weeks: Any) -> None:
    # ID .9 and MY .8 in both weeks; ID goes from 300 of 400 to 100 of 400.
    before, after = weeks(
        audited(FIRST, "ID", 300, 30)
        + audited(FIRST, "MY", 100, 20)
        + audited(SECOND, "ID", 100, 10)
        + audited(SECOND, "MY", 300, 60)
    )
    found = change_by_part(before, after, "accuracy", ["market"])
    assert found["of_change"].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert not found["clear"].any()


def test_what_cannot_be_split_is_empty(weeks: Any) -> None:
    before, after = weeks(audited(FIRST, "ID", 40, 1) + audited(SECOND, "ID", 40, 1))
    assert change_by_part(before, after, "decisions", ["market"]).empty
    assert change_by_part(before, after, "accuracy", ["planet"]).empty
