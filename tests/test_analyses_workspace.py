"""Pages of several projects, and of one person: made on the small demo world, as the notebooks make them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smo_reports import present
from smo_reports.analyses import morning, portfolio, scorecard
from smo_reports.analyses.scorecard import Scorecard
from smo_reports.errors import ReportError
from smo_reports.period import from_dates
from smo_reports.project import Workspace, load_project, load_projects, parse_project
from smo_reports.schema import PERSON_COLUMNS
from smo_reports.sources import read_all

START, END = dt.date(2026, 11, 9), dt.date(2026, 11, 16)
HISTORY = (END - dt.timedelta(weeks=26), END)


def test_a_project_that_cannot_be_read_is_said_and_holds_nobody_up(demo_workspace: Workspace, tmp_path: Path) -> None:
    good = load_project("spam-br", demo_workspace)
    lost = parse_project("project: lost\ntitle: Lost\ntime_zone: UTC\nsource: 'parquet:gone'\n", "lost.yaml", tmp_path)
    shown = portfolio([lost, good], ["accuracy", "decisions"], START, END)
    assert list(shown.rests_on) == ["spam-br"]
    assert list(shown.unread) == ["lost"]
    assert set(shown.kpis["project"]) == {"spam-br"}
    header = present.workspace_header(
        demo_workspace, "All projects", from_dates(str(START), str(END)), shown.rests_on, shown.unread, shown.stale
    )
    assert "Not read, and so not on this page: lost." in header.text
    table = present.portfolio_table(demo_workspace, ["accuracy", "decisions"], shown.kpis, shown.weekly, shown.unread)
    assert "could not be read" in table.html


def test_a_portfolio_shows_the_numbers_of_the_projects_own_pages(demo_workspace: Workspace) -> None:
    from smo_reports import estimates

    projects = load_projects("*", demo_workspace)
    shown = portfolio(projects, ["accuracy", "decisions"], START, END)
    assert set(shown.kpis["project"]) == {project.project for project in projects}
    for project in projects[:2]:
        own = estimates(["accuracy"], read_all(project, START, END))
        mine = shown.kpis[(shown.kpis["project"] == project.project) & (shown.kpis["kpi"] == "accuracy")]
        assert mine["value"].iloc[0] == pytest.approx(own["value"].iloc[0], rel=1e-12)
    assert not PERSON_COLUMNS & {*shown.kpis.columns, *shown.weekly.columns}


def test_a_morning_lists_every_projects_work(demo_workspace: Workspace) -> None:
    projects = load_projects("*", demo_workspace)
    found = morning(projects, END - dt.timedelta(1), END)
    assert set(found.listed["project"]) <= {project.project for project in projects}
    # The planted backlog: appeals of the German nudity project are past due.
    late = found.listed[found.listed["topic"] == "past due"]
    assert ("nudity-de", "appeals") in set(zip(late["project"], late["part"], strict=True))
    assert not PERSON_COLUMNS & {*found.listed.columns, *found.vendors.columns}
    summary = present.morning_summary(demo_workspace, found.listed, found.unread)
    assert summary.text.startswith("Past due now: Nudity, Germany and Austria")


def test_a_labelers_page_has_their_own_figures_and_nobodys_id(demo_workspace: Workspace) -> None:
    project = load_project("hate-speech-id", demo_workspace)
    rows, history = read_all(project, START, END), read_all(project, *HISTORY)
    busiest = history["decisions"].select("labeler_id").collect().to_pandas()["labeler_id"].mode().iloc[0]
    card = scorecard(project, rows, history, busiest)
    assert isinstance(card, Scorecard)
    assert card.person.startswith("P-")
    assert len(card.standing) == 1
    pages = [
        present.scorecard_standing(project, card),
        present.scorecard_detail(project, card),
        present.scorecard_corrections(project, card),
        present.scorecard_work(project, card),
        present.scorecard_talks(project, card),
    ]
    assert "never the only ground for pay or dismissal" in pages[0].text
    for page in pages:
        assert busiest not in page.html
        assert not {"labeler_id", "person_id", "auditor_id"} & set(page.estimates.columns)


def test_an_auditors_page(demo_workspace: Workspace) -> None:
    project = load_project("hate-speech-id", demo_workspace)
    rows, history = read_all(project, START, END), read_all(project, *HISTORY)
    busiest = history["audits"].select("auditor_id").collect().to_pandas()["auditor_id"].mode().iloc[0]
    card = scorecard(project, rows, history, busiest)
    assert card.role == "auditor"
    standing = present.scorecard_standing(project, card)
    assert "random audits" in standing.text
    assert busiest not in standing.html
    work = present.scorecard_work(project, card)
    audits = history["audits"].select("auditor_id", "audited_at").collect().to_pandas()
    made = pd.to_datetime(audits["audited_at"], utc=True).dt.tz_convert(project.time_zone).dt.date
    assert work.estimates["audits"].tolist() == [
        ((audits["auditor_id"] == busiest) & (made >= START) & (made < END)).sum()
    ]


def test_nobody_of_that_id(demo_workspace: Workspace) -> None:
    project = load_project("hate-speech-id", demo_workspace)
    rows = read_all(project, START, END)
    with pytest.raises(ReportError, match="labelled and audited nothing in these weeks"):
        scorecard(project, rows, rows, "nobody")


def test_projects_of_one_title_are_told_apart(demo_workspace: Workspace) -> None:
    one, two = (load_project(name, demo_workspace) for name in ("spam-br", "nudity-de"))
    same = [project.model_copy(update={"title": "Same"}) for project in (one, two)]
    shown = portfolio(same, ["decisions"], START, END)
    table = present.portfolio_table(demo_workspace, ["decisions"], shown.kpis, shown.weekly, shown.unread)
    assert "Same (nudity-de)" in table.html
    assert "Same (spam-br)" in table.html


def test_a_file_that_breaks_while_it_is_counted_holds_nobody_up(demo_workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    table = pa.table({"decision_id": ["d"], "item_id": ["i"], "labeler_id": ["L"], "label": ["a"], "work_date": ["x"]})
    pq.write_table(table, tmp_path / "rows" / "decisions.parquet")
    lost = parse_project("project: lost\ntitle: L\ntime_zone: UTC\nsource: 'parquet:rows'\n", "lost.yaml", tmp_path)
    shown = portfolio([lost, load_project("spam-br", demo_workspace)], ["decisions"], START, END)
    assert (list(shown.rests_on), list(shown.unread)) == (["spam-br"], ["lost"])
    page = present.portfolio_table(demo_workspace, ["decisions"], shown.kpis, shown.weekly, shown.unread)
    assert str(tmp_path) not in page.html
