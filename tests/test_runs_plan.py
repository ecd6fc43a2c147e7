"""Planning, what makes a run due, publishing, the audience guard, pages and the index: without a kernel."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smo_reports.errors import AudienceError, ParameterError, ReportError
from smo_reports.project import Workspace, find_workspace, load_project
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.exhibits import MIME, check_audience
from smo_reports.runs.index import write_index
from smo_reports.runs.plan import Job, is_due, plan_job
from smo_reports.runs.publish import clear_aside, digest, publish
from smo_reports.runs.record import Record, read_record
from smo_reports.runs.render import render_page
from smo_reports.runs.what_if import suffix

TEMPLATES = Path(__file__).parents[1] / "templates"
NOW = dt.datetime(2026, 11, 16, 6, 0, tzinfo=dt.UTC)
PARAMETERS = 'project = ""\nstart = ""\nend = ""\ndata_version: int = 0\nweeks: int = 4\n'
V4 = nbformat.v4


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "smo.yaml").write_text("title: Trials\n")
    for folder in ("params", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "params" / "demo.yaml").write_text("project: demo\ntitle: Demo\ntime_zone: Asia/Jakarta\n")
    cell = V4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    nbformat.write(V4.new_notebook(cells=[cell]), tmp_path / "notebooks" / "kpi.ipynb")
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    return find_workspace(tmp_path)


def plan(workspace: Workspace, week: int = 46, **more: Any) -> Job:
    start = dt.date.fromisocalendar(2026, week, 1)
    more = {"data_fingerprint": "rows-1", **more}
    project = load_project("demo", workspace)
    return plan_job(workspace, project, "kpi", start, start + dt.timedelta(7), f"2026-W{week}", **more)


def pretend(job: Job, exhibits: list[dict[str, Any]] | None = None, error: str = "", **changed: Any) -> None:
    """Publish what a run of ``job`` would have, without running it."""
    outputs = [V4.new_output("display_data", {MIME: exhibit}) for exhibit in exhibits or []]
    executed = V4.new_notebook(cells=[V4.new_code_cell("", outputs=outputs)])
    contents = {job.page.name: b"<html>", job.executed.name: nbformat.writes(executed).encode()}
    files = {name: digest(content) for name, content in contents.items()}
    values = {
        "report": job.report,
        "project": job.subject.name,
        "title": job.subject.title,
        "language": "en",
        "time_zone": "Asia/Jakarta",
        "start": job.start.isoformat() if job.start else "",
        "end": job.end.isoformat() if job.end else "",
        "period_label": job.period_label,
        "audience": job.audience,
        "parameters": job.parameters,
        "fingerprint": job.fingerprint,
        "finished_at": "2026-11-16T07:00:00+07:00",
        "seconds": 1.0,
        "files": {} if error else files,
        "error": error,
    }
    record = Record(**{**values, **changed}).to_json()
    publish(job.folder, {job.failed_record.name: record} if error else {**contents, job.record.name: record})


def headline(text: str) -> dict[str, Any]:
    return {
        "version": 1,
        "kind": "headline",
        "title": "T",
        "columns": [],
        "rows": [],
        "text": text,
        "facts": {},
    }


def header(**facts: Any) -> dict[str, Any]:
    facts = {"data_as_of": "2026-11-15T17:00:00+00:00", "freshness_hours": 48, "partial": False, **facts}
    return {
        "version": 1,
        "kind": "header",
        "title": "T",
        "columns": [],
        "rows": [],
        "text": "Demo.",
        "facts": facts,
    }


def kpi_table(*statuses: str | None) -> dict[str, Any]:
    columns = ["kpi", "value", "low", "high", "target", "status"]
    rows = [["accuracy", 0.9, 0.8, 1.0, 0.95, status] for status in statuses]
    return {"version": 1, "kind": "kpi_table", "title": "K", "columns": columns, "rows": rows}


def test_plan_gives_period_and_folder(workspace: Workspace) -> None:
    job = plan(workspace, own={"weeks": "8"}, data_version=7)
    assert job.parameters == {
        "project": "demo",
        "start": "2026-11-09",
        "end": "2026-11-16",
        "weeks": 8,
        "data_version": 7,
    }
    assert job.page == workspace.root / "reports" / "demo" / "kpi" / "2026-W46" / "kpi.html"
    assert plan(workspace, audience="lead").page.name == "kpi.lead.html"
    unbounded = plan_job(workspace, job.subject, "kpi", None, None, "all", out=workspace.root / "elsewhere")
    assert (unbounded.parameters["start"], unbounded.parameters["end"]) == ("", "")
    assert unbounded.folder == workspace.root / "elsewhere" / "demo" / "kpi" / "all"


def test_other_parameters_than_the_projects_own_make_a_page_beside_its_own(workspace: Workspace) -> None:
    own = plan(workspace)
    assert plan(workspace, given={"weeks": "4"}).page == own.page
    assert plan(workspace, given={"weeks": 8}, own={"weeks": 8}).page == own.page
    turned = plan(workspace, given={"weeks": 8})
    assert (turned.page.name, turned.record.name) == ("kpi.what-if.weeks_8.html", "kpi.what-if.weeks_8.json")
    assert turned.folder == own.folder
    assert turned.name == "kpi.what-if.weeks_8 of demo, 2026-W46"
    assert plan(workspace, given={"weeks": 4}, own={"weeks": 8}).page.name == "kpi.what-if.weeks_4.html"
    assert plan(workspace, given={"weeks": 8}, audience="lead").page.name == "kpi.what-if.weeks_8.lead.html"
    pretend(own)
    assert is_due(turned) == (True, "first run")
    pretend(turned)
    assert is_due(own) == is_due(turned) == (False, "nothing changed")


def test_names_of_what_if_pages_tell_values_apart_and_are_files_names() -> None:
    values = [
        {"volume": 0.2}, {"volume": -0.2}, {"handling": 0.2}, {"volume": 0.2, "handling": 0.2}, {"by": ["a", "b"]},
        {"by": ["a+b"]}, {"by": []}, {"by": ["../../x"]}, {"by": ["x.failed"]}, {"where": {"market": "id"}},
        {f"parameter_{number}": 1.5 for number in range(20)}, {f"parameter_{number}": 2.5 for number in range(20)},
    ]  # fmt: skip
    names = [suffix(value) for value in values]
    assert len(set(names)) == len(names)
    assert all(
        re.fullmatch(r"what-if\.[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*", name) and len(name) < 150 for name in names
    )
    assert not [name for name in names if name.endswith((".failed", ".lead"))]


def bounded(workspace: Workspace, said: object) -> Workspace:
    path = workspace.root / "notebooks" / "kpi.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["smo"] = {"bounds": said}
    nbformat.write(notebook, path)
    return workspace


def test_a_parameter_out_of_bounds_is_refused_with_its_bounds(workspace: Workspace) -> None:
    bounded(workspace, {"weeks": {"least": 1, "most": 12, "means": "a number of weeks"}})
    assert [plan(workspace, given={"weeks": weeks}).parameters["weeks"] for weeks in (1, 12)] == [1, 12]
    said = "report 'kpi': parameter 'weeks' is {}, and may be 1 to 12: it is a number of weeks"
    for weeks in (0, 13, "13"):
        with pytest.raises(ParameterError) as caught:
            plan(workspace, given={"weeks": weeks})
        assert str(caught.value) == said.format(weeks)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ([1], "metadata smo.bounds is no table of parameters"),
        ({"week": {"least": 1, "most": 2, "means": "weeks"}}, "no parameter 'week'; did you mean 'weeks'"),
        ({"weeks": {"least": 1, "most": 2}}, "weeks needs least, most"),
        ({"weeks": {"least": 2, "most": 1, "means": "weeks"}}, "weeks needs least, most"),
        ({"weeks": {"least": "1", "most": 2, "means": "weeks"}}, "weeks needs least, most"),
        ({"weeks": {"least": 1, "most": True, "means": "weeks"}}, "weeks needs least, most"),
        ({"weeks": {"least": 1, "most": 2, "means": ""}}, "weeks needs least, most"),
    ],
)
def test_malformed_bounds_are_named(workspace: Workspace, bounds: object, said: str) -> None:
    with pytest.raises(ReportError, match=re.escape(said)):
        plan(bounded(workspace, bounds))


def test_index_lists_what_if_pages_as_such_and_never_as_the_projects(workspace: Workspace) -> None:
    pretend(plan(workspace), [header(), headline("As it is.")])
    named = header(what_if="What if: arrivals +20 %.")
    pretend(plan(workspace, week=47, given={"weeks": 8}), [named, headline("As it could be.")])
    pretend(plan(workspace, given={"weeks": 5}), [header(), headline("Shorter.")])
    pretend(plan(workspace, given={"weeks": 6}, audience="lead"), [named])
    pretend(plan(workspace, given={"weeks": 7}), error="cell 4: KeyError")
    page = write_index(workspace.root / "reports", TEMPLATES, title="Trials", now=NOW).read_text()
    assert '<p><a href="demo/kpi/2026-W46/kpi.html">kpi report, 2026-W46</a></p>' in page
    assert "As it is." in page
    assert "As it could be." not in page
    assert "What if: 2 pages with other parameters than the project's own" in page
    listed = [
        '<li><a href="demo/kpi/2026-W47/kpi.what-if.weeks_8.html">kpi report, 2026-W47</a>: '
        '<span lang="en">What if: arrivals +20 %.</span></li>',
        '<li><a href="demo/kpi/2026-W46/kpi.what-if.weeks_5.html">kpi report, 2026-W46</a>: '
        '<span lang="en">weeks_5</span></li>',
    ]
    assert "\n".join(listed) in page
    assert "Earlier periods" not in page
    assert "The run for" not in page


def test_index_of_nothing_but_a_what_if_says_so(workspace: Workspace) -> None:
    pretend(plan(workspace, given={"weeks": 5}), [header()])
    page = write_index(workspace.root / "reports", TEMPLATES, title="Trials", now=NOW).read_text()
    assert "There is no page of the project's own kpi report yet." in page
    assert "What if: 1 page with other parameters" in page


def test_plan_refuses(workspace: Workspace) -> None:
    project = load_project("demo", workspace)
    with pytest.raises(ReportError, match=r"no report 'kpy' .*did you mean 'kpi'"):
        plan_job(workspace, project, "kpy", None, None, "all")
    with pytest.raises(ReportError, match=r"no report '\.\./kpi'"):
        plan_job(workspace, project, "../kpi", None, None, "all")
    with pytest.raises(ReportError, match=r"'\.\./\.\.' cannot name a folder"):
        plan_job(workspace, project, "kpi", None, None, "../..")
    with pytest.raises(ParameterError, match="'start' is set by the run itself"):
        plan_job(workspace, project, "kpi", None, None, "all", given={"start": "2026-01-01"})
    with pytest.raises(ParameterError, match="unknown parameter 'week'; did you mean 'weeks'"):
        plan_job(workspace, project, "kpi", None, None, "all", given={"week": 1})


def test_first_run_then_nothing_changed(workspace: Workspace) -> None:
    job = plan(workspace)
    assert is_due(job) == (True, "first run")
    pretend(job)
    assert is_due(plan(workspace)) == (False, "nothing changed")
    assert is_due(plan(workspace, data_version=9)) == (False, "nothing changed")
    assert is_due(plan(workspace, audience="lead")) == (True, "first run")
    assert is_due(plan(workspace, week=45)) == (True, "first run")
    outcomes = run_jobs([plan(workspace)])
    assert [(outcome.outcome, outcome.reason) for outcome in outcomes] == [("unchanged", "nothing changed")]


def test_reason_names_what_changed(workspace: Workspace) -> None:
    pretend(plan(workspace))
    assert is_due(plan(workspace, data_fingerprint="rows-2"))[1] == "the data changed"
    assert is_due(plan(workspace, own={"weeks": 5}))[1] == "the parameters changed"
    assert is_due(plan(workspace, code=True))[1] == "the parameters changed"
    for name, said in (
        ("notebooks/kpi.ipynb", "the notebook changed"),
        ("params/demo.yaml", "the project's settings changed"),
        ("smo.yaml", "smo.yaml changed"),
        ("templates/smo/smo.css", "the templates changed"),
    ):
        path = workspace.root / name
        before = path.read_text()
        path.write_text(before + "\n")
        assert is_due(plan(workspace)) == (True, said)
        path.write_text(before)
    pretend(plan(workspace), fingerprint={**plan(workspace).fingerprint, "code": "older"})
    assert is_due(plan(workspace)) == (True, "SMO Reports changed")


def test_damaged_artefacts_are_due(workspace: Workspace) -> None:
    job = plan(workspace)
    pretend(job)
    job.page.write_text("edited by hand")
    assert is_due(job) == (True, "the page is not the one that was published")
    job.page.unlink()
    assert is_due(job) == (True, "the page is missing")
    pretend(job)
    job.executed.unlink()
    assert is_due(job) == (True, "the executed notebook is missing")
    pretend(job)
    job.record.write_text("{")
    assert is_due(job) == (True, "first run")
    pretend(job)
    pretend(job, error="broken")
    assert is_due(job) == (True, "the last run failed")


DIES = """
import os, signal, sys
from pathlib import Path
from smo_reports.runs.publish import publish
left = int(sys.argv[2])
def die(event, _):
    global left
    if event in ("open", "os.rename", "os.remove"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(die)
publish(Path(sys.argv[1]), {name: b"new" * 9999 for name in ("p.html", "p.ipynb", "p.json")})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of Unix")
def test_a_program_killed_at_any_step_of_publishing_leaves_whole_files_and_the_record_goes_last(tmp_path: Path) -> None:
    old, new, seen = b"old" * 9999, b"new" * 9999, set()
    for step in range(100):
        contents = dict.fromkeys(("p.html", "p.ipynb", "p.json"), old)
        publish(tmp_path, contents)
        ended = subprocess.run([sys.executable, "-c", DIES, str(tmp_path), str(step)]).returncode
        page, notebook, record = ((tmp_path / name).read_bytes() for name in contents)
        assert {page, notebook, record} <= {old, new}
        assert record == old or (page, notebook) == (new, new)
        seen.add((page == new, notebook == new, record == new))
        clear_aside(tmp_path, contents)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(contents)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    # Each of the renames was come between, and the last program came to its end.
    assert ended == 0
    assert seen == {(False, False, False), (True, False, False), (True, True, False), (True, True, True)}


def test_what_a_killed_program_wrote_aside_is_cleared_and_what_another_writes_is_not(tmp_path: Path) -> None:
    left, others = tmp_path / ".kpi.html.1f3a9c04.part", tmp_path / ".kpi.lead.html.1f3a9c04.part"
    for path in (left, others, tmp_path / "kpi.html"):
        path.write_text("some")
    clear_aside(tmp_path, ["kpi.html", "kpi.json"])
    assert sorted(tmp_path.iterdir()) == [others, tmp_path / "kpi.html"]


def test_publish_replaces_whole_files_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path / "new", {"a": b"one", "b": b"two"})
    assert (tmp_path / "new" / "a").read_bytes() == b"one"

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        publish(tmp_path / "new", {"a": b"half"})
    assert (tmp_path / "new" / "a").read_bytes() == b"one"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a", "b"]


def test_same_page_twice_is_refused(workspace: Workspace) -> None:
    with pytest.raises(ReportError, match=r"two jobs would write .*kpi\.html; ask for kpi of demo, 2026-W46 once"):
        run_jobs([plan(workspace), plan(workspace, own={"weeks": 2})])


def test_record_of_another_version_is_none(workspace: Workspace) -> None:
    job = plan(workspace)
    pretend(job)
    found = read_record(job.record)
    assert found is not None
    assert found.parameters["start"] == "2026-11-09"
    job.record.write_text(job.record.read_text().replace('"version": 1', '"version": 99'))
    assert read_record(job.record) is None


@pytest.mark.parametrize(
    "named",
    [{"columns": ["labeler_id", "kpi"]}, {"columns": ["kpi"], "facts": {"auditor_id": "x"}}],
)
def test_a_person_outside_a_lead_cell_is_refused(named: dict[str, Any]) -> None:
    shown = {"version": 1, "kind": "chart", "title": "Who", "rows": [["p-17"]], **named}
    cell = V4.new_code_cell("", outputs=[V4.new_output("display_data", {MIME: shown})])
    with pytest.raises(AudienceError) as error:
        check_audience(V4.new_notebook(cells=[cell]), "kpi of demo")
    assert "exhibit 'Who' is split by" in str(error.value)
    assert "tag the cell or split by something else" in str(error.value)
    assert "p-17" not in str(error.value)
    cell.metadata["tags"] = ["lead"]
    check_audience(V4.new_notebook(cells=[cell]), "kpi of demo")


def test_an_exhibit_of_another_version_is_refused() -> None:
    cell = V4.new_code_cell("", outputs=[V4.new_output("display_data", {MIME: {"version": 2}})])
    with pytest.raises(ReportError, match="an exhibit has version 2, not 1"):
        check_audience(V4.new_notebook(cells=[cell]), "kpi of demo")


@pytest.mark.parametrize(
    "html",
    [
        '<img alt="" src="https://example.org/a.png">',
        "<img alt='' src=//example.org/a.png>",
        '<link rel="stylesheet" href="http://example.org/a.css">',
        "<style>@import 'a.css';</style>",
        "<style>p { background: url(https://example.org/a.png) }</style>",
        "<p style=\"background: url('http://example.org/a.png')\">x</p>",
    ],
)
def test_a_page_that_would_fetch_is_refused(html: str) -> None:
    data = {"text/html": html, MIME: {"version": 1}}
    notebook = V4.new_notebook(cells=[V4.new_code_cell("", outputs=[V4.new_output("display_data", data)])])
    with pytest.raises(ReportError, match="would fetch something from elsewhere"):
        render_page(notebook, TEMPLATES, title="T")


def test_prose_headings_links_and_raw_html() -> None:
    prose = "# Title\n\n[site](https://example.org) url(https://example.org)\n\n<script>alert(1)</script>\n\n"
    prose += "### Small"
    cells = [V4.new_markdown_cell(prose), V4.new_markdown_cell("## Next"), V4.new_code_cell("x = 1 < 2")]
    page = render_page(V4.new_notebook(cells=cells), TEMPLATES, title="A & B", language="id")
    assert '<html lang="id">' in page
    assert "<title>A &amp; B</title>" in page
    assert page.count("<section>") == page.count("</section>") == 2
    assert "<h2>Title</h2>" in page
    assert "<h3>Small</h3>" in page
    assert "<h1" not in page
    assert '<a href="https://example.org">site</a>' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "x = 1" not in page
    shown = render_page(V4.new_notebook(cells=cells), TEMPLATES, title="A & B", code=True)
    assert "<code>x = 1 &lt; 2</code>" in shown


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no page template; copy templates/smo"):
        render_page(V4.new_notebook(), tmp_path, title="T")
    with pytest.raises(ReportError, match="the index's template is missing or broken"):
        write_index(tmp_path / "out", tmp_path, title="T")


def test_index_says_what_the_newest_page_says(workspace: Workspace) -> None:
    pretend(plan(workspace, week=45), [headline("Old news.")])
    table = kpi_table("met", "met", "missed", "undecided", "too few", None)
    pretend(plan(workspace), [header(freshness_hours=12.0), headline("Accuracy <fell>."), table])
    pretend(plan(workspace, audience="lead"), [headline("For leads only.")])
    out = workspace.root / "reports"
    page = write_index(out, workspace.root / "templates", title="Trials", now=NOW).read_text()
    assert "<h2>Demo</h2>" in page
    assert "Accuracy &lt;fell&gt;." in page
    assert "Old news." not in page
    assert "For leads only." not in page
    assert '<a href="demo/kpi/2026-W46/kpi.html">kpi report, 2026-W46</a>' in page
    assert '<li><a href="demo/kpi/2026-W45/kpi.html">kpi report, 2026-W45</a></li>' in page
    assert "Stale. Data as of 16 Nov 2026 00:00 GMT+07:00, 13 hours before this list was written" in page
    for said in ("● 2 met", "▼ 1 missed", "◆ 1 undecided", "○ 1 too few"):
        shape, _, words = said.partition(" ")
        assert f'<span aria-hidden="true">{shape}</span> {words}</li>' in page
    assert "<script" not in page


def test_index_shows_a_failure_and_the_last_good_page(workspace: Workspace) -> None:
    pretend(plan(workspace, week=45), [headline("Good.")])
    pretend(plan(workspace), error="cell 4 (Accuracy): KeyError: <b>")
    page = write_index(workspace.root / "reports", TEMPLATES, title="Trials", now=NOW).read_text()
    assert "<strong>The run for 2026-W46 failed</strong> (16 Nov 2026 07:00 GMT+07:00)" in page
    assert "cell 4 (Accuracy): KeyError: &lt;b&gt;" in page
    assert '<a href="demo/kpi/2026-W45/kpi.html">Last good page: kpi report, 2026-W45</a>' in page
    pretend(plan(workspace, week=47), [headline("Better."), header()])
    page = write_index(workspace.root / "reports", TEMPLATES, title="Trials", now=NOW).read_text()
    assert "The run for" not in page
    assert '<p class="smo-muted">Data as of 16 Nov 2026 00:00' in page
    assert "Better." in page


def test_index_survives_damage_and_emptiness(workspace: Workspace) -> None:
    out = workspace.root / "reports"
    assert "No report has been published yet." in write_index(out, TEMPLATES, title="Trials", now=NOW).read_text()
    pretend(plan(workspace), [headline("Good.")])
    plan(workspace).executed.write_text("{")
    page = write_index(out, TEMPLATES, title="Trials", now=NOW).read_text()
    assert "kpi.ipynb cannot be read (JSONDecodeError); run the report again." in page
    assert '<a href="demo/kpi/2026-W46/kpi.html">kpi report, 2026-W46</a>' in page
