"""The whole way on small data: generated, imported, counted, executed, rendered; and what each face of a run shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smo_reports import analyses, estimates, load_project, read_all
from smo_reports.commands.demo import Recipe, make_demo
from smo_reports.commands.numbers import as_records, estimates_for
from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.period import parse_period
from smo_reports.project import Workspace
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.plan import is_due
from smo_reports.schema import PERIOD_WORK, PERSON_COLUMNS

MIME = "application/vnd.smo.estimates+json"


def bundles(notebook: Path) -> dict[str, dict[str, Any]]:
    """The estimates of each exhibit in an executed notebook, by kind."""
    found = {}
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            bundle = output.get("data", {}).get(MIME)
            if bundle:
                found[bundle["kind"]] = bundle
    return found


def records(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(bundle["columns"], row, strict=True)) for row in bundle["rows"]]


def test_the_page_and_the_command_show_the_same_numbers(in_demo: Workspace, demo_pages: Path) -> None:
    shown = {row["kpi"]: row for row in records(bundles(demo_pages / "kpi.ipynb")["kpi_table"]) if not row["part"]}
    project = load_project("hate-speech-id")
    asked = estimates_for(project, list(shown), parse_period("2026-W46"))
    for row in as_records(asked[asked["interval"] == PERIOD_WORK]):
        for column in ("value", "low", "high", "n", "target", "status"):
            page = shown[row["kpi"]][column]
            same = page if not isinstance(page, float) else pytest.approx(page, rel=1e-12)
            assert row[column] == same, (row["kpi"], column)


def test_the_numbers_are_those_of_the_rows_in_pandas(in_demo: Workspace) -> None:
    period = parse_period("2026-W46")
    rows = read_all(load_project("hate-speech-id"), period.start, period.end)
    frames = {
        name: rows[name].collect().to_pandas() for name in ("decisions", "audits", "gold_decisions", "work_hours")
    }
    names = [
        "accuracy",
        "false_negative_rate",
        "gold_accuracy",
        "krippendorff_alpha",
        "throughput",
        "audit_coverage",
    ]
    engine, plain = estimates(names, rows), estimates(names, frames)
    assert engine["n"].tolist() == plain["n"].tolist()
    for column in ("value", "low", "high"):
        assert engine[column].tolist() == pytest.approx(plain[column].tolist(), rel=1e-9, nan_ok=True)


REPORTS = ("kpi", "rca", "brief", "staffing")


def page_of(demo_pages: Path, report: str, ending: str) -> Path:
    return demo_pages.parents[1] / report / demo_pages.name / f"{report}.{ending}"


@pytest.mark.parametrize("report", REPORTS)
def test_a_stakeholders_page_names_no_person(in_demo: Workspace, demo_pages: Path, report: str) -> None:
    people = read_all(load_project("hate-speech-id"))["decisions"].select("labeler_id").unique().collect()
    names = people["labeler_id"].to_list()
    assert len(names) > 5
    for kind in ("html", "ipynb"):
        page = page_of(demo_pages, report, kind).read_text("utf-8")
        assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", page)] == []
        assert not re.search(r"P-[A-Z2-7]{8}", page)
        assert not re.search(rf'"({"|".join(PERSON_COLUMNS)})"', page)


def test_a_leads_page_has_pseudonyms(demo_pages: Path) -> None:
    lead = (demo_pages / "kpi.lead.html").read_text("utf-8")
    assert re.search(r"P-[A-Z2-7]{8}", lead)
    assert "For coaching, never the only ground for pay or dismissal" in lead


@pytest.mark.parametrize("report", REPORTS)
def test_the_page_is_one_small_file_that_fetches_nothing(demo_pages: Path, report: str) -> None:
    for path in (page_of(demo_pages, report, "html"), page_of(demo_pages, report, "lead.html")):
        page = path.read_text("utf-8")
        assert 20_000 < len(page.encode()) < 1_000_000
        assert re.findall(r"""(?:src|href)=["'](?!#)[^"']*|url\((?!#)[^)]*|@import|<script""", page) == []
        assert "estimates(names" not in page, "a page shows no code unless it is asked to"
        charts = re.findall(r"<svg[^>]*>", page)
        assert len(charts) > (5 if report == "kpi" else 1)
        assert all('aria-label="' in chart for chart in charts)


def test_the_first_screen_says_what_it_rests_on(in_demo: Workspace, demo_pages: Path) -> None:
    header = bundles(demo_pages / "kpi.ipynb")["header"]
    period = parse_period("2026-W46")
    rows = read_all(load_project("hate-speech-id"), period.start, period.end)
    assert header["facts"]["rows_used"] == len(rows["decisions"].collect())
    assert header["facts"]["set_aside"] == 0
    page = (demo_pages / "kpi.html").read_text("utf-8")
    assert page.index("Data as of") < page.index("KPIs against targets")


def test_the_planted_guideline_change_is_found(in_demo: Workspace) -> None:
    """The small world has few audits a week: over six weeks the confused policy and market is the worst part."""
    project = load_project("hate-speech-id")
    six = parse_period("2026-10-05/2026-11-16")
    rows = read_all(project, six.start, six.end)
    parts = analyses.by_part(project, rows, "accuracy", ["policy", "market"])
    assert (parts.iloc[0]["policy"], parts.iloc[0]["market"]) == ("harassment", "ID")


def test_a_second_demo_does_nothing(in_demo: Workspace, demo_reports: Workspace) -> None:
    _, made = make_demo(in_demo.root, Recipe("small", end="2026-11-16"))
    assert not made
    wanted = Wanted((), ("hate-speech-id",), "2026-W46", ("stakeholder", "lead"))
    jobs = plan_reports(in_demo, wanted)
    assert [is_due(job) for job in jobs] == [(False, "nothing changed")] * 2 * len(REPORTS)
    assert [outcome.outcome for outcome in run_jobs(jobs, 1)] == ["unchanged"] * len(jobs)


def test_finding_nothing_to_do_loads_nothing_that_counts_or_draws(in_demo: Workspace, demo_reports: Workspace) -> None:
    program = """
import sys
from smo_reports.commands.progress import run_with_bars
from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.project import find_workspace
wanted = Wanted((), ("hate-speech-id",), "2026-W46", ("stakeholder", "lead"))
workspace = find_workspace()
outcomes, _ = run_with_bars(workspace, wanted, plan_reports(workspace, wanted))
print({outcome.outcome for outcome in outcomes})
print([name for name in ("pandas", "matplotlib", "scipy", "nbconvert", "papermill") if name in sys.modules])
"""
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=in_demo.root, capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    assert said.splitlines() == ["{'unchanged'}", "[]"]


def test_another_projects_import_leaves_this_page_alone(
    in_demo: Workspace, demo_reports: Workspace, tmp_path: Path
) -> None:
    from smo_reports.sources.importing import own_warehouse
    from smo_reports.warehouse import add_event

    wanted = Wanted((), ("hate-speech-id",), "2026-W46")
    other = load_project("spam-br")
    before = own_warehouse(other).version()
    add_event(own_warehouse(other), other, "training", "Refresher", "2026-11-12")
    assert own_warehouse(other).version() == before + 1
    assert is_due(plan_reports(in_demo, wanted)[0]) == (False, "nothing changed")
