"""In which part a change lies, worked by hand; and what the headline then says, and does not say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import narwhals as nw
import pandas as pd
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


def weighted(market: str, violating: int, found: int, harmless: int, weight: float) -> list[dict[str, Any]]:
    """Random audits of one market over ten labelers: so many violating ones, of which some were found."""
    said = [(True, at < found) for at in range(violating)] + [(False, False)] * harmless
    return [
        {"labeler_id": f"{market}{at % 10}", "market": market, "purpose": "random", "weight": weight}
        | {"audit_violating": truth, "violating": label, "correct": truth == label}
        for at, (truth, label) in enumerate(said)
    ]


def of_audits(*rows: list[dict[str, Any]]) -> Rows:
    table = pd.DataFrame([one for own in rows for one in own])
    return Rows(("audits",), lambda _: nw.from_native(table).lazy())


def test_parts_weigh_what_the_kpi_is_about() -> None:
    # Violating items: ID 100 of weight 2, MY 50 of weight 4, half of each; harmless ones are nearly all ID's.
    before = of_audits(weighted("ID", 100, 80, 400, 2.0), weighted("MY", 50, 40, 10, 4.0))
    after = of_audits(weighted("ID", 100, 70, 400, 2.0), weighted("MY", 50, 25, 10, 4.0))
    found = change_by_part(before, after, "recall", ["market"]).set_index("market")
    # ID .8 to .7, MY .8 to .5, halves: .5 · -.1 and .5 · -.3 of -.2.
    assert found["of_change"].to_dict() == pytest.approx({"MY": 0.75, "ID": 0.25})
    # Of accuracy all audits are: weights 1000 and 240; errors 20 → 30 and 10 → 25, times their weights.
    found = change_by_part(before, after, "accuracy", ["market"]).set_index("market")
    assert found["of_change"].to_dict() == pytest.approx({"MY": 60 / 80, "ID": 20 / 80})


def test_audits_that_count_in_no_share_weigh_nothing() -> None:
    unjudged = [{**row, "correct": None} for row in weighted("ID", 0, 0, 300, 50.0)]
    before = of_audits(weighted("ID", 100, 80, 0, 2.0), weighted("MY", 100, 80, 0, 2.0), unjudged)
    after = of_audits(weighted("ID", 100, 80, 0, 2.0), weighted("MY", 100, 50, 0, 2.0), unjudged)
    found = change_by_part(before, after, "accuracy", ["market"]).set_index("market")
    assert found["of_change"].to_dict() == pytest.approx({"MY": 1.0, "ID": 0.0})


def test_where_parts_do_not_make_up_the_whole_nothing_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smo_reports.analyses.change.ABOUT", {})
    before = of_audits(weighted("ID", 100, 80, 10, 2.0), weighted("MY", 50, 40, 10, 4.0))
    after = of_audits(weighted("ID", 100, 70, 10, 2.0), weighted("MY", 50, 25, 10, 4.0))
    found = change_by_part(before, after, "recall", ["market"])
    assert found["of_change"].isna().all()
    assert found["value"].notna().all()
