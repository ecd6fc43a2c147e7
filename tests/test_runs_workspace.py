"""Reports that are not of one project: all projects on one page, and one person's page."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
import pyarrow.parquet as pq
import pytest
from conftest import arrow

from smo_reports.cli import run_app
from smo_reports.commands.check import check_workspace
from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.commands.show import demo_jobs
from smo_reports.commands.workspace import init_workspace
from smo_reports.errors import AudienceError, ParameterError, ProjectError, ReportError, SmoError
from smo_reports.project import Workspace, find_workspace, load_project, load_projects, parse_project
from smo_reports.pseudonyms import pseudonym, who, workspace_key
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.index import write_index
from smo_reports.runs.parameters import read_parameters, usual_period
from smo_reports.runs.plan import is_due, plan_job
from smo_reports.sources import read_all

V4 = nbformat.v4
TEMPLATES = Path(__file__).parents[1] / "templates"
NOW = dt.datetime(2026, 11, 17, 20, 30, tzinfo=dt.UTC)
"""A Tuesday evening in London, Wednesday morning in Jakarta."""

PERSONS = ["LABELER-ANI", "LABELER-BUDI"]
SEVERAL = 'project: str = "*"\nstart: str = ""\nend: str = ""\ndata_versions: dict[str, int] = {}'
OVERVIEW = """from smo_reports import load_projects
print("of", [one.project for one in load_projects(project)], start, end, data_versions)"""
ONE = 'project: str = ""\nstart: str = ""\nend: str = ""\ndata_version: int = 0'
CARD = """from smo_reports import load_project, read_all, who
p = load_project(project)
rows = read_all(p)
mine = rows["decisions"].collect().to_pandas().labeler_id == who(p, rows, person)
print("decisions of this person:", int(mine.sum()), "as", person)"""


def notebook(root: Path, name: str, parameters: str, source: str, *tags: str, **metadata: Any) -> None:
    cells = [V4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    cells.append(V4.new_code_cell(source, metadata={"tags": list(tags)}))
    nbformat.write(V4.new_notebook(cells=cells, metadata=metadata), root / "notebooks" / f"{name}.ipynb")


def decided(number: int, who: str) -> dict[str, Any]:
    at = dt.datetime(2026, 11, 10, 3, number, tzinfo=dt.UTC)
    row = {"decision_id": f"d{number}", "item_id": f"i{number}", "labeler_id": who, "label": "hate"}
    return {**row, "submitted_at": at, "work_date": at.date()}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for folder in ("params", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "smo.yaml").write_text("title: Trials\n")
    for name, title in (("hate-id", "Hate speech"), ("spam-id", "Spam"), ("nudity-id", "Nudity")):
        text = f"project: {name}\ntitle: {title}\ntime_zone: Asia/Jakarta\nsource: 'parquet:rows/{name}'\n"
        (tmp_path / "params" / f"{name}.yaml").write_text(text)
        (tmp_path / "rows" / name).mkdir(parents=True)
        rows = [decided(number, PERSONS[number % 3 > 0]) for number in range(6)]
        pq.write_table(
            arrow([{"project": name, **row} for row in rows]), tmp_path / "rows" / name / "decisions.parquet"
        )
    notebook(tmp_path, "overview", SEVERAL, OVERVIEW)
    notebook(tmp_path, "daily", SEVERAL, "print(project, start, end, data_versions)", smo={"period": "today"})
    notebook(tmp_path, "kpi", ONE, "print(project, start, end, data_version)")
    notebook(tmp_path, "card", f'{ONE}\nperson: str = ""', CARD, "lead")
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv)
    return find_workspace(tmp_path)


def settings(workspace: Workspace, text: str) -> Workspace:
    (workspace.root / "smo.yaml").write_text(f"title: Trials\n{text}")
    return find_workspace(workspace.root)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def smo(*words: str) -> int:
    sys.argv = ["smo", *words]
    return run_app()


def test_one_page_of_all_projects(workspace: Workspace) -> None:
    (job,) = plan_reports(workspace, Wanted(("overview",)), NOW)
    assert job.parameters == {
        "project": "*",
        "start": "2026-11-09",
        "end": "2026-11-16",
        "data_versions": {"hate-id": 0, "nudity-id": 0, "spam-id": 0},
    }
    assert job.page == workspace.root / "reports" / "all-projects" / "overview" / "2026-W46" / "overview.html"
    assert (job.subject.title, job.subject.language, job.subject.time_zone) == ("All projects", "en", "Asia/Jakarta")


def test_one_page_of_some_projects_in_the_workspaces_order(workspace: Workspace) -> None:
    (job,) = plan_reports(workspace, Wanted(("overview",), ("spam-id", "hate-id")), NOW)
    assert job.parameters["project"] == "hate-id,spam-id"
    assert job.parameters["data_versions"] == {"hate-id": 0, "spam-id": 0}
    assert job.folder == workspace.root / "reports" / "hate-id+spam-id" / "overview" / "2026-W46"
    assert job.subject.title == "Hate speech, Spam"
    with pytest.raises(ProjectError, match=r"no project 'spam-it' in .*did you mean 'spam-id'\?"):
        plan_reports(workspace, Wanted(("overview",), ("spam-it",)), NOW)


def test_many_projects_still_name_a_folder(workspace: Workspace) -> None:
    text = (workspace.root / "params" / "spam-id.yaml").read_text()
    names = [f"a-project-with-quite-a-long-name-{at}" for at in range(12)]
    for name in names:
        (workspace.root / "params" / f"{name}.yaml").write_text(text.replace("project: spam-id", f"project: {name}"))
    folders = [
        plan_reports(workspace, Wanted(("overview",), tuple(some)), NOW)[0].folder.parts[-3]
        for some in (names, names[:-1], ["hate-id", *names[:-1]])
    ]
    assert len(set(folders)) == 3
    assert folders[0].startswith("a-project-with-quite-a-long-name-0+11-more-")
    assert max(map(len, folders)) < 100


def test_load_projects(workspace: Workspace) -> None:
    def names(text: str) -> list[str]:
        return [project.project for project in load_projects(text, workspace)]

    assert names("*") == ["hate-id", "nudity-id", "spam-id"]
    assert names("spam-id, hate-id,spam-id") == ["hate-id", "spam-id"]
    assert names("spam-id") == ["spam-id"]
    with pytest.raises(ProjectError, match=r"no project 'hate' in .*did you mean 'hate-id'\?"):
        names("spam-id,hate")
    with pytest.raises(ProjectError, match="no project ''"):
        names("")
    for path in (workspace.root / "params").glob("*.yaml"):
        path.unlink()
    with pytest.raises(ProjectError, match=r"no project in .*params; add one"):
        names("*")
    with pytest.raises(ProjectError, match="'all-projects' is the folder of pages of all projects"):
        parse_project("project: all-projects\ntitle: A\ntime_zone: UTC\n", "p")


def test_what_smo_yaml_says_of_pages_of_several_projects(workspace: Workspace) -> None:
    changed = settings(workspace, "language: id\ntime_zone: America/Sao_Paulo\n")
    (job,) = plan_reports(changed, Wanted(("daily",)), NOW)
    assert (job.subject.title, job.subject.language) == ("Semua proyek", "id")
    assert job.period_label == "2026-11-17", "in São Paulo it is not Wednesday yet"
    (job,) = plan_reports(settings(workspace, ""), Wanted(("daily",)), NOW)
    assert job.period_label == "2026-11-18"
    change(workspace.root / "params" / "spam-id.yaml", "Asia/Jakarta", "Europe/Berlin")
    (job,) = plan_reports(workspace, Wanted(("daily",)), NOW)
    assert (job.subject.time_zone, job.period_label) == ("UTC", "2026-11-17")
    with pytest.raises(ProjectError, match=r"time_zone: unknown time zone 'Asia/Jakata'; did you mean 'Asia/Jakarta'"):
        settings(workspace, "time_zone: Asia/Jakata\n")
    with pytest.raises(ProjectError, match=r"unknown key 'reports\.overview\.perod'; did you mean 'period'"):
        settings(workspace, "reports: {overview: {perod: week}}\n")


@pytest.mark.parametrize(
    ("plan", "label"),
    [
        ("{}", "2026-W46"),
        ("{period: week}", "2026-W46"),
        ("{period: month}", "2026-10"),
        ("{period: day}", "2026-11-17"),
        ("{period: today}", "2026-11-18"),
    ],
)
def test_a_plan_says_the_period(workspace: Workspace, plan: str, label: str) -> None:
    planned = settings(workspace, f"reports: {{overview: {plan}}}\n")
    assert [job.period_label for job in plan_reports(planned, Wanted(("overview",)), NOW)] == [label]
    assert plan_reports(planned, Wanted(("overview",), period="2026-W40"), NOW)[0].period_label == "2026-W40"


def test_the_running_day_is_the_notebooks_own_unless_a_plan_says_else(workspace: Workspace) -> None:
    (job,) = plan_reports(settings(workspace, "reports: {daily: {}}\n"), Wanted(("daily",)), NOW)
    assert (job.parameters["start"], job.parameters["end"]) == ("2026-11-18", "2026-11-19")
    (job,) = plan_reports(settings(workspace, "reports: {daily: {period: week}}\n"), Wanted(("daily",)), NOW)
    assert job.period_label == "2026-W46"
    path = workspace.root / "notebooks" / "daily.ipynb"
    change(path, '"today"', '"tody"')
    with pytest.raises(ReportError, match=r"metadata smo.period is 'tody'; did you mean 'today'\?"):
        usual_period(path)


def test_without_names_what_is_planned_is_run(workspace: Workspace) -> None:
    def found(wanted: Wanted) -> list[tuple[str, str]]:
        return [(job.subject.name, job.report) for job in plan_reports(planned, wanted, NOW)]

    planned = settings(workspace, "reports: {overview: {period: week}}\n")
    of_each = [(name, "kpi") for name in ("hate-id", "nudity-id", "spam-id")]
    assert found(Wanted()) == [("all-projects", "overview"), *of_each]
    assert found(Wanted(projects=("spam-id",))) == [("spam-id", "kpi")]
    assert found(Wanted(("kpi", "overview"), ("spam-id", "hate-id"))) == [
        ("hate-id+spam-id", "overview"),
        ("spam-id", "kpi"),
        ("hate-id", "kpi"),
    ]
    planned = settings(workspace, "")
    assert found(Wanted()) == of_each


@pytest.mark.parametrize(
    ("where", "plan", "said"),
    [
        ("smo.yaml", "reports: {kpi: {}}\n", "smo.yaml: report 'kpi' shows one project; plan it in that project's"),
        ("smo.yaml", "reports: {overvew: {}}\n", "no notebook for report 'overvew' in notebooks/; did you mean 'over"),
        ("params/spam-id.yaml", "reports: {daily: {}}\n", "report 'daily' shows several projects; plan it in smo.yaml"),
        ("params/spam-id.yaml", "reports: {card: {}}\n", "report 'card' is one person's, so no plan can make it"),
    ],
)
def test_a_plan_in_the_wrong_place_is_refused_and_checked(
    workspace: Workspace, where: str, plan: str, said: str
) -> None:
    with (workspace.root / where).open("a") as file:
        file.write(plan)
    changed = find_workspace(workspace.root)
    with pytest.raises(ReportError) as error:
        plan_reports(changed, Wanted(), NOW)
    assert said in str(error.value)
    found = [finding for finding in check_workspace(changed) if finding.level == "error"]
    assert [finding.where for finding in found] == [where]
    assert said.removeprefix("smo.yaml: ") in found[0].what


def test_check_names_targets_and_splits_that_cannot_be(workspace: Workspace) -> None:
    path = workspace.root / "params" / "spam-id.yaml"
    with path.open("a") as file:
        file.write("targets: [{kpi: appeal_overturn_rate, max: 0.1}, {kpi: decisions, min: 5}]\n")
        file.write("reports: {kpi: {by: [labl]}}\n")
    said = [finding.what for finding in check_workspace(workspace, ("spam-id",)) if finding.level == "error"]
    assert said == [
        "target of appeal_overturn_rate: this KPI is shown and never graded, so it would be neither met nor missed; "
        "set it for another KPI",
        "report 'kpi': by: no column 'labl'; did you mean 'label'?",
    ]


def test_all_projects_data_decides_and_while_the_period_runs_the_hour(workspace: Workspace) -> None:
    def data(now: dt.datetime, *wanted: Any) -> str:
        return plan_reports(workspace, Wanted(*wanted), now)[0].fingerprint["data"]

    later, hour = NOW + dt.timedelta(minutes=29), NOW + dt.timedelta(hours=1)
    assert data(NOW, ("overview",)) == data(hour, ("overview",))
    assert data(NOW, ("daily",)) == data(later, ("daily",)) != data(hour, ("daily",))
    before = data(NOW, ("overview",)), data(NOW, ("overview",), ("hate-id",))
    path = workspace.root / "rows" / "spam-id" / "decisions.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    after = data(NOW, ("overview",)), data(NOW, ("overview",), ("hate-id",))
    assert before[0] != after[0]
    assert before[1] == after[1], "another project's rows are not on this page"


def test_a_project_that_cannot_be_read_does_not_stop_the_page(workspace: Workspace) -> None:
    shutil.rmtree(workspace.root / "rows" / "nudity-id")
    (job,) = plan_reports(workspace, Wanted(("overview",)), NOW)
    (outcome,) = run_jobs([job])
    assert outcome.outcome == "succeeded"
    assert is_due(job) == (True, "the source cannot tell whether its rows changed")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (f"{SEVERAL}\ndata_version: int = 0", "with project = '*', 'data_version' has no meaning; declare 'data_vers"),
        (f"{ONE}\ndata_versions: dict = {{}}", "with project = '', 'data_versions' has no meaning; declare 'data_ver"),
        (f'{SEVERAL}\nperson: str = ""', "'person' is of one project; project = '*' means several"),
    ],
)
def test_parameters_fit_one_project_or_several(workspace: Workspace, parameters: str, said: str) -> None:
    notebook(workspace.root, "strange", parameters, "print()")
    with pytest.raises(ReportError) as error:
        read_parameters(workspace.root / "notebooks" / "strange.ipynb")
    assert said in str(error.value)


def test_the_run_sets_the_versions(workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match="'data_versions' is set by the run itself"):
        plan_reports(workspace, Wanted(("overview",), parameters={"data_versions": "{}"}), NOW)


def test_pages_of_several_projects_and_of_persons_are_run(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """One test runs all that needs a kernel: they are slow to start."""
    key = workspace_key(workspace.root)
    shown = [pseudonym(person, key) for person in PERSONS]
    assert smo("run", "overview", "--period", "2026-W46") == 0
    assert smo("run", "card", "--project", "spam-id", "--period", "2026-W46", "--param", f"person={PERSONS[0]}") == 0
    assert smo("run", "card", "--project", "spam-id", "--period", "2026-W46", "-P", f"person={shown[1]}") == 0
    output = capsys.readouterr()

    page = (workspace.root / "reports" / "all-projects" / "overview" / "2026-W46" / "overview.html").read_text()
    versions = "{&#39;hate-id&#39;: 0, &#39;nudity-id&#39;: 0, &#39;spam-id&#39;: 0}"
    assert "of [&#39;hate-id&#39;, &#39;nudity-id&#39;, &#39;spam-id&#39;] 2026-11-09 2026-11-16" in page
    assert versions in page
    assert "<title>All projects: overview, 2026-W46</title>" in page

    folder = workspace.root / "reports" / "spam-id" / "card" / "2026-W46"
    names = sorted(f"card.{name}.lead.{ending}" for name in shown for ending in ("html", "ipynb", "json"))
    assert sorted(path.name for path in folder.iterdir()) == names
    for name, count in zip(shown, (2, 4), strict=True):
        text = (folder / f"card.{name}.lead.html").read_text()
        assert f"decisions of this person: {count} as {name}" in text
        record = json.loads((folder / f"card.{name}.lead.json").read_text())
        assert (record["parameters"]["person"], record["audience"]) == (name, "lead")
    left = [path for path in (workspace.root / "reports").rglob("*") if path.is_file()]
    assert len(left) == 10
    assert [path.name for path in left if any(one in path.read_text() for one in PERSONS)] == []
    assert not any(one in output.out + output.err for one in PERSONS)

    index = (workspace.root / "reports" / "index.html").read_text()
    assert '<a href="all-projects/overview/2026-W46/overview.html">overview report, 2026-W46</a>' in index
    assert "card report" not in index
    again = plan_reports(workspace, Wanted(("overview",), period="2026-W46"))
    assert is_due(again[0]) == (False, "nothing changed")
    whose = plan_reports(workspace, Wanted(("card",), ("spam-id",), "2026-W46", parameters={"person": PERSONS[1]}))
    assert is_due(whose[0]) == (False, "nothing changed")


@pytest.mark.parametrize(
    ("wanted", "kind", "said"),
    [
        (Wanted(("card",), ("spam-id",)), ParameterError, "report 'card' is one person's; say whose"),
        (
            Wanted(("card",), parameters={"person": PERSONS[0]}),
            ParameterError,
            "report 'card' is one person's in one project; say which: --project NAME",
        ),
        (
            Wanted(("card",), ("spam-id",), audiences=("stakeholder",), parameters={"person": PERSONS[0]}),
            AudienceError,
            "for that person and their lead only; people have no login of their own yet: run it with --audience lead",
        ),
        (
            Wanted(("card",), ("spam-id",), audiences=("stakeholder", "lead"), parameters={"person": PERSONS[0]}),
            AudienceError,
            "run it with --audience lead",
        ),
        (
            Wanted(("kpi",), ("spam-id",), parameters={"person": PERSONS[0]}),
            ParameterError,
            "report 'kpi': unknown parameter 'person'",
        ),
    ],
)
def test_a_persons_page_is_refused_with_the_cure(
    workspace: Workspace, wanted: Wanted, kind: type[SmoError], said: str
) -> None:
    with pytest.raises(kind) as error:
        plan_reports(workspace, wanted, NOW)
    assert said in str(error.value)
    assert PERSONS[0] not in str(error.value)


def test_a_job_never_takes_a_persons_id(workspace: Workspace) -> None:
    project = load_project("spam-id", workspace)
    for person in (PERSONS[0], "../../x"):
        with pytest.raises(ParameterError, match="is no pseudonym when a run is planned") as error:
            plan_job(workspace, project, "card", None, None, "all", audience="lead", given={"person": person})
        assert person not in str(error.value)


def test_who_a_pseudonym_stands_for(workspace: Workspace) -> None:
    project = load_project("spam-id", workspace)
    rows = read_all(project)
    shown = pseudonym(PERSONS[0], workspace_key(workspace.root))
    assert who(project, rows, shown) == PERSONS[0]
    assert who(project, rows, PERSONS[0]) == PERSONS[0]
    audits = [{"audit_id": "a1", "decision_id": "d1", "auditor_id": "Q1", "project": "spam-id"}]
    frames = {"decisions": arrow([decided(1, "L1")]), "audits": arrow(audits).to_pandas()}
    assert who(project, frames, "Q1") == "Q1"
    almost = shown[:-1] + ("A" if shown[-1] != "A" else "B")
    with pytest.raises(
        ParameterError, match=f"nobody who labels or audits there is '{almost}'; did you mean '{shown}'"
    ):
        who(project, rows, almost)
    with pytest.raises(ParameterError, match="nobody who labels or audits there is that id; known: P-") as error:
        who(project, rows, "LABELER-ANU")
    assert "LABELER" not in str(error.value)
    with_ids = parse_project(
        (workspace.root / "params" / "spam-id.yaml").read_text() + "people: ids\n", "p", project.root
    )
    with pytest.raises(ParameterError, match="is 'LABELER-ANU'; did you mean 'LABELER-ANI'"):
        who(with_ids, rows, "LABELER-ANU")


def test_ids_that_pages_show_still_name_no_file(workspace: Workspace) -> None:
    with (workspace.root / "params" / "spam-id.yaml").open("a") as file:
        file.write("people: ids\n")
    wanted = Wanted(("card",), ("spam-id",), "2026-W46", parameters={"person": PERSONS[0]})
    (job,) = plan_reports(workspace, wanted, NOW)
    assert job.page.name == f"card.{pseudonym(PERSONS[0], workspace_key(workspace.root))}.lead.html"


def test_pages_of_all_projects_lead_the_index(workspace: Workspace) -> None:
    from test_runs_plan import headline, kpi_table, pretend

    for job in plan_reports(workspace, Wanted(("overview", "kpi"), period="2026-W46"), NOW):
        whole = job.subject.name == "all-projects"
        missed = {**kpi_table("met", "missed"), "kind": "portfolio" if whole else "kpi_table"}
        aged = {"data_as_of": "2026-11-15T17:00:00+00:00", "stale": whole}
        header = {**headline(""), "kind": "header", "facts": aged}
        pretend(job, [header, headline("In short."), missed], error="" if whole else "broken")
    page = write_index(workspace.root / "reports", TEMPLATES, title="Trials", now=NOW).read_text()
    titles = [text.split("</h2>")[0] for text in page.split("<h2>")[1:]]
    assert titles == ["All projects", "Hate speech", "Nudity", "Spam"]
    assert page.count("1 missed") == 1
    assert page.count("Stale. ") == 1


def test_the_demo_runs_what_is_planned_of_the_worlds_last_week_and_day(workspace: Workspace) -> None:
    planned = settings(workspace, "reports: {overview: {period: week}, daily: {period: today}}\n")
    jobs, wanted = demo_jobs(planned, dt.date(2026, 11, 16))
    found = [(job.subject.name, job.report, job.period_label) for job in jobs if job.audience == "lead"]
    of_each = [(name, "kpi", "2026-W46") for name in ("hate-id", "nudity-id", "spam-id")]
    last_day = ("all-projects", "daily", "2026-11-15")
    assert found == [("all-projects", "overview", "2026-W46"), *of_each, last_day]
    assert wanted.audiences == ("stakeholder", "lead")
    assert len(jobs) == 2 * len(found)


def test_a_new_workspace_plans_only_reports_that_it_has(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smo_reports.commands.workspace.carried", lambda folder: workspace.root / folder)
    made, _ = init_workspace(workspace.root / "new", title="Mine", reports={"overview": "week", "absent": "today"})
    assert {name: plan.period for name, plan in made.reports.items()} == {"overview": "week"}
    assert (made.title, made.language, made.jobs) == ("Mine", "en", 2)
    made, _ = init_workspace(workspace.root / "plain")
    assert made.reports == {}
