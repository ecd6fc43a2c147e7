"""A finished page in a real browser, offline: nothing fetched, no error on the console, readable by all."""

from __future__ import annotations

import datetime as dt
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smo_reports.runs.index import write_index
from smo_reports.runs.publish import digest, publish
from smo_reports.runs.record import Record
from smo_reports.runs.render import render_page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
TEMPLATES = Path(__file__).parents[1] / "templates"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MIME = "application/vnd.smo.estimates+json"
LOGS = "a very long line of a log that has no place to break: " + "x" * 400
FAILING = "2026-11-16T07:00:00+07:00"
PHONE = {"width": 380, "height": 800}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path; install Debian's chromium")


def _bundle(html: str, **said: Any) -> dict[str, Any]:
    return {"text/html": html, MIME: {"version": 1, "title": "T", "columns": [], "rows": [], **said}}


def _notebook() -> nbformat.NotebookNode:
    v4 = nbformat.v4
    table = "<table><caption>KPIs</caption><tr><th scope='col'>KPI</th></tr><tr><td>Accuracy</td></tr></table>"
    outputs = [
        v4.new_output("stream", name="stdout", text=LOGS),
        v4.new_output("stream", name="stderr", text="\x1b[31mcareful\x1b[0m\n"),
        v4.new_output("display_data", _bundle(table, kind="chart")),
    ]
    facts = {"data_as_of": "2026-11-15T17:00:00+00:00", "stale": False}
    header = _bundle("<header><h1>Demo</h1></header>", kind="header", facts=facts)
    words = {"accuracy": "met", "speed": "missed", "agreement": "undecided", "sla": "too few"}
    statuses = [[kpi, 0.95, word] for kpi, word in words.items()]
    lead = _bundle("<p>Nothing changed.</p>", kind="headline", text="Nothing changed.")
    rows = _bundle("<p>KPIs</p>", kind="kpi_table") | {}
    rows[MIME] |= {"columns": ["kpi", "target", "status"], "rows": statuses}
    return v4.new_notebook(
        cells=[
            v4.new_code_cell("", outputs=[v4.new_output("display_data", bundle) for bundle in (header, lead, rows)]),
            v4.new_markdown_cell("## Accuracy\n\nProse with a [link](https://example.org) and `code`."),
            v4.new_code_cell("x = 1", outputs=outputs),
        ]
    )


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page under test."""
    path = tmp_path_factory.mktemp("page") / "kpi.html"
    path.write_text(render_page(_notebook(), TEMPLATES, title="Demo: kpi, 2026-W46"))
    return path


@pytest.fixture(scope="module")
def index_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The list of all pages, with a good page, an earlier one and a failure."""
    out = tmp_path_factory.mktemp("reports")
    for week, error in ((45, ""), (46, ""), (47, "cell 4 (Accuracy): KeyError: 'accuracy'")):
        start = dt.date.fromisocalendar(2026, week, 1)
        record = Record(
            report="kpi",
            project="demo",
            title="Demo",
            language="en",
            time_zone="Asia/Jakarta",
            start=start.isoformat(),
            end=(start + dt.timedelta(7)).isoformat(),
            period_label=f"2026-W{week}",
            audience="stakeholder",
            parameters={},
            fingerprint={},
            finished_at=FAILING,
            seconds=1.0,
            files={"kpi.html": digest(b"")},
            error=error,
        )
        good = {
            "kpi.html": b"<html>",
            "kpi.ipynb": nbformat.writes(_notebook()).encode(),
            "kpi.json": record.to_json(),
        }
        publish(
            out / "demo" / "kpi" / record.period_label,
            {"kpi.failed.json": record.to_json()} if error else good,
        )
    return write_index(out, TEMPLATES, title="Trials", now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report_path(demo_pages: Path) -> Path:
    """The demo's KPI report, as a stakeholder gets it."""
    return demo_pages / "kpi.html"


@pytest.fixture(scope="module")
def lead_path(demo_pages: Path) -> Path:
    """The same with the sections for its lead."""
    return demo_pages / "kpi.lead.html"


@pytest.fixture(params=["page_path", "index_path", "report_path", "lead_path"])
def address(request: pytest.FixtureRequest) -> str:
    path: Path = request.getfixturevalue(request.param)
    return path.resolve().as_uri()


def test_nothing_is_fetched_and_nothing_is_wrong(browser: Any, address: str) -> None:
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    page.wait_for_load_state("load")
    assert page.locator("h1").count() == 1
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert wrong == []
    context.close()


def test_a_phone_does_not_scroll_sideways(browser: Any, address: str) -> None:
    context = browser.new_context(offline=True, viewport=PHONE)
    page = context.new_page()
    page.goto(address)
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1], f"the page is {wide[0]} px wide on a screen of {wide[1]} px"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(browser: Any, address: str, scheme: str) -> None:
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python, which carries axe-core, is not installed")
    # The page's policy forbids every script, axe's too: only this context may ignore it.
    context = browser.new_context(offline=True, bypass_csp=True, color_scheme=scheme, viewport=PHONE)
    page = context.new_page()
    page.goto(address)
    page.add_script_tag(path=Path(found.origin).with_name("axe.min.js"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert result["passes"], "axe checked nothing"
    serious = [
        f"{finding['id']}: {node['html'][:200]}"
        for finding in result["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
    assert serious == []
    context.close()


def test_the_policy_stops_a_script(browser: Any, page_path: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.html"
    hostile.write_text(page_path.read_text().replace("</main>", "<script>document.title = 'run'</script></main>"))
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(hostile.resolve().as_uri())
    assert page.title() == "Demo: kpi, 2026-W46"
    context.close()
