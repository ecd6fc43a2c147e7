"""A timeline shows the KPI's own estimates, of the segment and of the rest, and only the events that concern it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from smo_reports import present
from smo_reports.analyses import timeline
from smo_reports.errors import KpiError
from smo_reports.kpis import estimate
from smo_reports.project import Project
from smo_reports.schema import PROCESS
from smo_reports.sources import read_all

MONDAY = dt.date(2026, 10, 19)
HOSTILE = "<script>alert(1)</script> {x}"


def at(day: dt.date, hour: int = 5) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), dt.UTC)


def tables(market: str = "ID") -> dict[str, list[dict[str, Any]]]:
    """Four weeks of 120 decisions in two markets, all audited; in the last two the first market has more errors."""
    days = [MONDAY + dt.timedelta(week * 7 + n % 5) for week in range(4) for n in range(120)]
    decisions = [
        {"decision_id": f"d{n}", "item_id": f"i{n}", "labeler_id": f"L{n % 8}", "label": "a", "work_date": day}
        | {"market": market if n % 2 else "MY", "policy": "p", "submitted_at": at(day)}
        for n, day in enumerate(days)
    ]
    audits = [
        {"audit_id": f"a{n}", "decision_id": f"d{n}", "auditor_id": "A1", "audited_at": at(day), "purpose": "random"}
        | {"correct": not (n % 2 and n % 8 < (4 if day >= MONDAY + dt.timedelta(14) else 2))}
        for n, day in enumerate(days)
    ]
    events = [
        {"event_id": name, "at": at(MONDAY + dt.timedelta(14), 20), "kind": kind, "name": name, "market": where}
        for name, kind, where in (
            (HOSTILE, "guideline", market), ("for all", "tool", None), ("elsewhere", "training", "MY"),
        )
    ]  # fmt: skip
    return {"decisions": decisions, "audits": audits, "events": events}


@pytest.fixture
def project(parquet_project: Callable[..., Project]) -> Project:
    return parquet_project(tables())


def spans(project: Project) -> tuple[Any, Any, Any]:
    ends = [MONDAY + dt.timedelta(weeks=week) for week in (0, 2, 4)]
    return read_all(project, ends[0], ends[2]), read_all(project, *ends[:2]), read_all(project, *ends[1:])


@pytest.mark.parametrize(("by", "split"), [("week", "week"), ("day", "work_date")])
def test_it_shows_the_kpis_own_estimates(project: Project, by: Any, split: str) -> None:
    rows, before, after = spans(project)
    found = timeline(project, rows, {"market": "ID"}, before, after, by=by)
    wanted = estimate("accuracy", rows, ["market", split])
    wanted = wanted[wanted["interval"] == PROCESS]
    for part, market in (("segment", "ID"), ("rest", "MY")):
        own, theirs = found.estimates[found.estimates["part"] == part], wanted[wanted["market"] == market]
        assert own["value"].tolist() == pytest.approx(theirs.sort_values(split)["value"].tolist())
        assert own["n"].tolist() == theirs.sort_values(split)["n"].tolist()
    assert found.before == (MONDAY, MONDAY + dt.timedelta(14))
    assert found.after == (MONDAY + dt.timedelta(14), MONDAY + dt.timedelta(28))


def test_only_events_that_concern_it_on_their_local_day(project: Project) -> None:
    rows, before, after = spans(project)
    found = timeline(project, rows, {"market": "ID"}, before, after)
    # At 20:00 in UTC it is the next day in Jakarta.
    assert set(zip(found.events["name"], found.events["at"], strict=True)) == {
        (HOSTILE, MONDAY + dt.timedelta(15)),
        ("for all", MONDAY + dt.timedelta(15)),
    }
    assert len(timeline(project, rows, {}, before, after).events) == 3


def test_everything_has_no_rest_and_an_unknown_column_no_estimates(project: Project) -> None:
    rows, before, after = spans(project)
    assert set(timeline(project, rows, {}, before, after).estimates["part"]) == {"segment"}
    nothing = timeline(project, rows, {"vendor": "x"}, before, after)
    assert nothing.estimates.empty
    assert "not two days or weeks" in present.timeline(project, nothing).text
    with pytest.raises(KpiError, match="did you mean 'week'"):
        timeline(project, rows, {}, before, after, by="weeks")  # type: ignore[arg-type]


def test_the_chart_says_in_words_what_it_shows(project: Project) -> None:
    rows, before, after = spans(project)
    found = timeline(project, rows, {"market": "ID"}, before, after)
    shown = present.timeline(project, found)
    # Of the newest week's 60 decisions of the market every second eighth is wrong: n % 8 of 1 and 3, of 1, 3, 5, 7.
    assert "Accuracy: market ID 50 % (" in shown.text
    assert "everything else all 60" in shown.text
    assert "<script>" not in shown.html
    assert 'role="img"' in shown.html
    assert "this segment" in shown.html
    json.dumps(shown._repr_mimebundle_())


def test_hostile_segments_are_text(parquet_project: Callable[..., Project]) -> None:
    project = parquet_project(tables(market=HOSTILE))
    rows, before, after = spans(project)
    found = timeline(project, rows, {"market": HOSTILE}, before, after)
    assert found.estimates["part"].value_counts().to_dict() == {"segment": 4, "rest": 4}
    assert "<script>" not in present.timeline(project, found).html
