"""Why a project's KPI moved: planted causes in canonical tables, the demo's small projects, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smo_reports import load_project, read_all
from smo_reports.analyses.causes import FEWEST_AUDITS, LOOKED_AT, Causes, root_causes
from smo_reports.analyses.spans import compared_spans, last_audited, last_decided
from smo_reports.analyses.unaudited import Unaudited
from smo_reports.errors import KpiError
from smo_reports.kpis import estimate
from smo_reports.project import Project, Workspace
from smo_reports.schema import PERSON_COLUMNS, PROCESS
from smo_reports.sources import Rows

FIRST, SECOND, END = dt.date(2026, 11, 2), dt.date(2026, 11, 9), dt.date(2026, 11, 16)
SPANS = ((FIRST, SECOND), (SECOND, END))
Build = Callable[..., Project]
Draw = Callable[..., tuple[Project, Rows, Rows]]


def tables(rng: np.random.Generator, worse: Callable[[dict[str, Any]], float], hard: float) -> dict[str, Any]:
    """Two weeks of 3,600 decisions, half of them audited; in the second week policy *scam* has another share."""
    decisions, audits = [], []
    for week, share in ((FIRST, 0.2), (SECOND, hard)):
        for at in range(3600):
            row = {
                "decision_id": f"{week}-{at}",
                "item_id": f"{week}-{at}",
                "label": "a",
                "labeler_id": f"L{rng.integers(0, 24):02d}",
                "market": ["ID", "MY", "PH"][rng.integers(0, 3)],
                "policy": "scam" if rng.random() < share else ["hate", "spam", "nudity"][rng.integers(0, 3)],
                "tool_version": ["t1", "t2"][rng.integers(0, 2)],
                "work_date": week,
            }
            decisions.append(row)
            if at % 2:
                continue
            auditor = f"A{rng.integers(0, 5)}"
            lost = worse({**row, "auditor_id": auditor}) * (week == SECOND)
            right = 0.95 - 0.2 * (row["policy"] == "scam") - lost
            audits.append(
                {"audit_id": f"a{week}-{at}", "decision_id": row["decision_id"]}
                | {"auditor_id": auditor, "purpose": "random", "correct": bool(rng.random() < right)}
                | {"audited_at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC)}
            )
    return {"decisions": decisions, "audits": audits}


@pytest.fixture
def draw(parquet_project: Build) -> Draw:
    def build(
        worse: Callable[[dict[str, Any]], float] = lambda row: 0.0, hard: float = 0.2, extra: str = ""
    ) -> tuple[Project, Rows, Rows]:
        project = parquet_project(tables(np.random.default_rng(3), worse, hard), extra)
        before, after = (read_all(project, *span) for span in SPANS)
        return project, before, after

    return build


def hate_in_id(row: dict[str, Any]) -> float:
    """One policy in one market lost 35 points."""
    return 0.35 * (row["policy"] == "hate" and row["market"] == "ID")


def check_parts(found: Causes) -> None:
    assert found.explanation is not None
    parts = found.estimates[found.estimates["kind"] == "part"]
    assert abs(parts["value"].sum() - found.explanation.change) <= 1e-12
    assert parts["place"].tolist() == list(found.explanation.parts)


def test_a_policy_in_a_market_is_found_and_stands_in_the_estimates(draw: Draw) -> None:
    project, before, after = draw(hate_in_id)
    found = root_causes(project, before, after)
    (one,) = found.findings
    assert (dict(one.segment), one.kind) == ({"policy": "hate", "market": "ID"}, "rate")
    assert one.low < -0.35 * 0.8 / 9 < one.high < 0
    assert found.shown == (one.segment,)
    assert found.first_place == one.segment
    assert (found.title, found.note) == ("Accuracy", "")
    check_parts(found)
    row = found.estimates[found.estimates["kind"] == "rate"].iloc[0]
    assert row["place"] == "policy hate, market ID"
    assert (row["value"], row["low"], row["high"], row["n"]) == (one.effect, one.low, one.high, one.n_after)
    assert found.looked_at == ("policy", "market", "tool_version", "auditor_id")
    assert found.explanation is not None
    for rate, rows in ((found.explanation.rate_before, before), (found.explanation.rate_after, after)):
        kpi = estimate("accuracy", rows)
        assert rate == pytest.approx(kpi.loc[kpi["interval"] == PROCESS, "value"].iloc[0])


@pytest.mark.parametrize("shown", ["pseudonyms", "ids"])
def test_findings_that_name_people_are_kept_out_of_the_estimates(draw: Draw, shown: str) -> None:
    project, before, after = draw(lambda row: 0.7 * (row["labeler_id"] == "L07"), extra=f"people: {shown}\n")
    found = root_causes(project, before, after)
    (one,) = found.findings
    assert (dict(one.segment), one.people) == ({"labeler_id": "L07"}, True)
    assert found.estimates["kind"].tolist() == ["part"] * len(found.estimates)
    assert not found.estimates.astype(str).apply(lambda column: column.str.contains("L07|P-")).any(axis=None)
    assert found.first_place == {}
    # The id is there for what is computed further; what is shown is as the project shows people.
    ((name, value),) = found.shown[0].items()
    assert name == "labeler_id"
    assert (value == "L07") == (shown == "ids")
    explained = found.shown_explanation("before", "after")
    assert ("L07" in repr(explained)) == (shown == "ids")
    assert ("L07" in explained._repr_html_()) == (shown == "ids")


def test_an_auditor_who_was_assigned_at_random_is_measurement_and_a_person(draw: Draw) -> None:
    found = root_causes(*draw(lambda row: 0.3 * (row["auditor_id"] == "A3")))
    (one,) = found.findings
    assert (dict(one.segment), one.kind, one.people) == ({"auditor_id": "A3"}, "measurement", True)
    assert found.first_place == {}
    assert found.explanation is not None
    parts = found.explanation.parts
    assert parts["measurement"].value == pytest.approx(-0.3 / 5, abs=0.02)
    assert parts["rate"].low < 0 < parts["rate"].high
    assert set(found.estimates["kind"]) == {"part"}
    check_parts(found)


def test_the_mix_is_that_of_all_decisions(draw: Draw) -> None:
    project, before, after = draw(hard=0.45)
    found = root_causes(project, before, after)
    (one,) = found.findings
    assert (dict(one.segment), one.kind) == ({"policy": "scam"}, "mix")
    assert found.explanation is not None
    mix = found.explanation.parts["mix"]
    assert mix.note == "all work"
    decisions = pd.read_parquet(project.root / "rows" / "decisions.parquet")
    share = (decisions["policy"] == "scam").groupby(decisions["work_date"]).mean().tolist()
    assert (one.share_before, one.share) == pytest.approx(share, abs=1e-9)
    assert mix.value == pytest.approx(-0.2 * (share[1] - share[0]), abs=0.01)
    check_parts(found)


def test_where_nothing_happened_there_is_no_estimate_of_a_cause(draw: Draw) -> None:
    found = root_causes(*draw())
    assert (found.findings, found.shown, found.first_place) == ((), (), {})
    assert set(found.estimates["kind"]) == {"part"}
    assert found.explanation is not None
    assert found.explanation.answer.startswith("No cause found")
    assert found.explanation.nearest is not None
    assert set(found.nearest) == set(found.explanation.nearest.segment)
    check_parts(found)


def test_only_the_columns_that_are_asked_for_are_looked_at(draw: Draw) -> None:
    project, before, after = draw(hate_in_id)
    found = root_causes(project, before, after, looked_at=["market", "tool_version"])
    assert found.looked_at == ("market", "tool_version")
    assert found.findings
    assert {name for one in found.findings for name in one.segment} <= {"market", "tool_version"}


def test_materiality_is_the_projects(draw: Draw) -> None:
    project, before, after = draw(hate_in_id, extra="materiality: 0.2\n")
    assert root_causes(project, before, after).findings == ()


def test_what_is_no_share_of_audits_is_refused(draw: Draw) -> None:
    project, before, after = draw()
    with pytest.raises(KpiError, match=r"causes of 'throughput' cannot be looked for; known: accuracy"):
        root_causes(project, before, after, "throughput")
    with pytest.raises(KpiError, match=r"causes of 'acuracy' cannot be looked for; did you mean 'accuracy'\?"):
        root_causes(project, before, after, "acuracy")
    with pytest.raises(KpiError, match=r"audits have no column 'markt'; did you mean 'market'\?"):
        root_causes(project, before, after, looked_at=["policy", "markt"])


def test_without_audits_or_with_too_few_nothing_is_searched_and_it_says_why(parquet_project: Build) -> None:
    made = tables(np.random.default_rng(4), lambda row: 0.0, 0.2)
    few = [row for row in made["audits"] if row["audit_id"].startswith(f"a{FIRST}")]
    few += [row for row in made["audits"] if row["audit_id"].startswith(f"a{SECOND}")][: FEWEST_AUDITS - 1]
    project = parquet_project({**made, "audits": few})
    before, after = (read_all(project, *span) for span in SPANS)
    found = root_causes(project, before, after)
    assert found.note == f"too few: {FEWEST_AUDITS - 1} random audits in a period; {FEWEST_AUDITS} are needed"
    assert (found.explanation, found.findings, found.first_place) == (None, (), {})
    assert found.estimates.empty
    with pytest.raises(KpiError, match="accuracy was not explained: too few"):
        found.shown_explanation("before", "after")


def test_without_audits_no_day_is_the_last(parquet_project: Build) -> None:
    bare = read_all(parquet_project({"decisions": tables(np.random.default_rng(4), lambda row: 0.0, 0.2)["decisions"]}))
    assert (last_audited(bare), last_decided(bare)) == (None, SECOND)


def test_without_audits_it_says_what_is_needed(parquet_project: Build) -> None:
    made = tables(np.random.default_rng(4), lambda row: 0.0, 0.2)
    project = parquet_project({"decisions": made["decisions"]})
    before, after = (read_all(project, *span) for span in SPANS)
    assert root_causes(project, before, after).note == "not measured: needs audits"


def test_a_new_tool_that_nobody_audits_is_said(parquet_project: Build) -> None:
    made = tables(np.random.default_rng(4), lambda row: 0.0, 0.2)
    audited = {row["decision_id"] for row in made["audits"]}
    for row in made["decisions"]:
        # All audits are of one version, so that no search looks at the column.
        rolled = row["decision_id"] not in audited and row["work_date"] == SECOND
        row["tool_version"] = "t9" if rolled else "t1"
    project = parquet_project(made)
    found = root_causes(project, *(read_all(project, *span) for span in SPANS))
    assert found.explanation is not None
    assert found.explanation.unaudited == Unaudited(0.0, 0.5, (("tool_version", "t9", 0.5),))
    assert "tool_version" not in found.looked_at
    assert "tool_version t9 50.0 %" in repr(found.shown_explanation("before", "after"))
    check_parts(found)


def test_the_last_days_of_audits_and_decisions(parquet_project: Build) -> None:
    made = tables(np.random.default_rng(4), lambda row: 0.0, 0.2)
    early = [row for row in made["audits"] if row["audit_id"].startswith(f"a{FIRST}")]
    project = parquet_project({**made, "audits": early})
    everything = read_all(project)
    assert (last_audited(everything), last_decided(everything)) == (FIRST, SECOND)


def test_the_weeks_that_are_compared(draw: Draw) -> None:
    _, before, _ = draw()
    everything = before
    first, second = compared_spans(everything, END, 1, 1)
    assert (first, second) == SPANS
    first, second = compared_spans(everything, END)
    assert second == (END - dt.timedelta(weeks=4), END)
    assert first == (END - dt.timedelta(weeks=12), END - dt.timedelta(weeks=4))
    for weeks in ({"weeks": 0}, {"weeks_before": 0}):
        with pytest.raises(KpiError, match="is 0; compare at least one week"):
            compared_spans(everything, END, **weeks)


DEMO_END = dt.date(2026, 11, 16)


@pytest.mark.parametrize("name", ["hate-speech-id", "nudity-id"])
def test_the_demos_projects_are_explained(demo_workspace: Workspace, name: str) -> None:
    project = load_project(name, demo_workspace)
    end = DEMO_END
    before, after = (
        read_all(project, end - dt.timedelta(84), end - dt.timedelta(28)),
        read_all(project, end - dt.timedelta(28), end),
    )
    found = root_causes(project, before, after)
    check_parts(found)
    assert found.explanation is not None
    assert set(found.looked_at) <= set(LOOKED_AT)
    kpi = estimate("accuracy", after)
    assert found.explanation.rate_after == pytest.approx(kpi.loc[kpi["interval"] == PROCESS, "value"].iloc[0])
    # So small a world's change is within what sampling does, and nothing is called.
    assert abs(found.explanation.change) < found.explanation.give_or_take
    assert not [one for one in found.findings if set(one.segment) & PERSON_COLUMNS]


def test_the_demos_pilot_has_too_few_audits(demo_workspace: Workspace) -> None:
    project = load_project("scam-de", demo_workspace)
    spans = compared_spans(read_all(project), DEMO_END)
    found = root_causes(project, *(read_all(project, *span) for span in spans))
    assert found.note.startswith("too few: ")
