"""The ledger on the command line: what was run is listed, shown and run again; machines read JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from smo_reports.cli import run_app

Call = Callable[..., tuple[int, str, str]]

PARAMETERS = 'project = ""\nstart = ""\nend = ""\nlevel: float = 0.5\n'
HEADER = """from IPython.display import display
facts = {{"data_as_of": "{as_of}", "stale": {stale}, "freshness_hours": 48, "rows_used": 12}}
said = {{"version": 1, "kind": "header", "title": "T", "columns": [], "rows": [], "text": "T", "facts": facts}}
display({{"text/plain": "T", "application/vnd.smo.estimates+json": said}}, raw=True)
print(project, start, end, level)"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import nbformat

    root = tmp_path_factory.mktemp("asked")
    templates = Path(__file__).parents[1] / "templates"
    (root / "smo.yaml").write_text("title: Trials\n")
    (root / "templates").symlink_to(templates)
    (root / "notebooks").mkdir()
    (root / "params").mkdir()
    (root / "rows").mkdir()
    one = {"decision_id": "d", "project": "demo", "item_id": "i", "labeler_id": "L", "label": "hate"}
    pq.write_table(pa.Table.from_pylist([one]), root / "rows" / "decisions.parquet")
    labels = {"violating": ["hate"], "benign": ["normal"]}
    settings = {"project": "demo", "title": "D", "time_zone": "UTC", "source": "parquet:rows", "labels": labels}
    (root / "params" / "demo.yaml").write_text(yaml.safe_dump(settings))
    sources = {
        "fresh": HEADER.format(as_of="2100-01-01T00:00:00+00:00", stale=False),
        "old": HEADER.format(as_of="2020-01-01T00:00:00+00:00", stale=True),
        "grown": HEADER.format(as_of="2020-01-01T00:00:00+00:00", stale=False),
        "broken": "raise ValueError('no rows')",
    }
    v4 = nbformat.v4
    for name, source in sources.items():
        cells = [v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), v4.new_code_cell(source)]
        nbformat.write(v4.new_notebook(cells=cells), root / "notebooks" / f"{name}.ipynb")
    return root


@pytest.fixture
def call(workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def called(*words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(workspace)
        monkeypatch.setattr("sys.argv", ["smo", *words])
        code = run_app()
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


RUN = ("--project", "demo", "--period", "2026-W46")


def test_what_is_asked_for_is_run_entered_and_told_apart(call: Call, workspace: Path) -> None:
    code, out, _ = call("run", "fresh", "old", "broken", *RUN, "-P", "level=0.25", "--jobs", "2", "--json")
    assert code == 1
    told = {run["report"]: run for run in json.loads(out)["runs"]}
    assert {name: run["outcome"] for name, run in told.items()} == {
        "fresh": "succeeded",
        "old": "stale",
        "broken": "failed",
    }
    assert "ValueError: no rows" in told["broken"]["error"]
    assert Path(told["broken"]["failed_notebook"]).is_file()
    assert Path(told["old"]["page"]).is_file()
    assert told["fresh"]["failed_notebook"] is None

    code, out, _ = call("runs", "list", "--json")
    assert code == 0
    entries = {entry["report"]: entry for entry in json.loads(out)}
    assert entries["fresh"]["rows_used"] == 12
    assert entries["fresh"]["data_as_of"].startswith("2100-01-01")
    assert entries["fresh"]["parameters"]["level"] == 0.25
    assert set(entries["fresh"]["files"]) == {"fresh.what-if.level_0.25.html", "fresh.what-if.level_0.25.ipynb"}
    assert entries["old"]["outcome"] == "stale"
    assert entries["broken"]["error"] == told["broken"]["error"]

    # Nothing changed: nothing is run, and a stale page is no green.
    code, out, _ = call("run", "fresh", *RUN, "-P", "level=0.25")
    assert code == 0
    assert out.startswith("unchanged")
    code, out, _ = call("run", "old", *RUN, "-P", "level=0.25")
    assert code == 3
    assert out.startswith("stale")
    assert "its data is still older than the project allows" in out
    assert len(json.loads(call("runs", "list", "--json")[1])) == 3


def test_a_page_whose_data_grew_old_is_made_again_so_that_it_says_so(call: Call) -> None:
    call("run", "grown", *RUN)
    _, out, _ = call("run", "grown", *RUN)
    assert "the data has become older than the project allows" in out


def test_an_index_that_cannot_be_written_hides_no_outcome(call: Call, workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "index.html").mkdir(parents=True)
    code, told, err = call("run", "fresh", "--out", str(out))
    assert code == 1
    assert told.startswith("succeeded")
    assert "index:" not in told
    assert "the index is as it was, since it cannot be written; run again once it can" in err
    (out / "index.html").rmdir()
    code, told, err = call("run", "fresh", "--out", str(out))
    assert code == 0
    assert "index" not in err
    assert (out / "index.html").is_file()


def test_runs_are_listed_shown_and_run_again(call: Call) -> None:
    call("run", "fresh", "broken", *RUN, "-P", "level=0.75", "--force")
    code, out, _ = call("runs", "list", "--outcome", "failed", "-n", "1")
    assert code == 0
    [line] = out.splitlines()
    assert "failed" in line
    assert "broken.what-if.level_0.75 of demo, 2026-W46: cell 2" in line
    _, out, _ = call("runs", "list", "fresh", "-n", "1")
    name = out.split()[0]
    _, out, _ = call("runs", "show", name)
    shown = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert shown["outcome"] == "succeeded"
    assert shown["parameters.level"] == "0.75"
    assert shown["asked_through"] == "command"

    code, out, _ = call("runs", "rerun", name, "--json")
    assert code == 0
    assert json.loads(out)["runs"][0]["reason"] == "asked for"
    newest = json.loads(call("runs", "list", "fresh", "-n", "1", "--json")[1])[0]
    assert newest["asked_through"] == "rerun"
    assert newest["parameters"]["level"] == 0.75
    assert newest["folder"] == "reports/demo/fresh/2026-W46"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("runs", "list", "--outcome", "fialed"), "no outcome 'fialed'; did you mean 'failed'?"),
        (("runs", "show", "1999"), "no run's id begins with '1999'; smo runs lists them"),
        (("runs", "show", "2"), "several runs begin with '2', such as"),
    ],
)
def test_a_typo_is_told_what_was_meant(call: Call, words: tuple[str, ...], said: str) -> None:
    call("run", "fresh", *RUN, "--force")
    call("run", "fresh", *RUN, "--force")
    code, _, err = call(*words)
    assert code == 1
    assert said in err


def test_a_ledger_that_cannot_be_reached_delays_no_report_and_is_said(
    call: Call, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smo_reports.runs.ledger import Ledger

    plain = Ledger.attempt
    (workspace / "smo.yaml").write_text("title: Trials\nledger: postgresql://nobody@/none?host=/nowhere\n")
    try:
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "attempt", lambda self, what, patience=0.0: plain(self, what, 0.0))
            code, out, err = call("run", "fresh", *RUN, "--force")
            assert code == 0
            assert out.startswith("succeeded")
            assert "the ledger cannot be reached: 1 runs wait to be entered" in err
            code, _, err = call("runs", "list")
            assert code == 1
            assert "the ledger cannot be reached; is its database there?" in err
    finally:
        (workspace / "smo.yaml").write_text("title: Trials\n")
    before = len(json.loads(call("runs", "list", "--json")[1]))
    assert not list((workspace / ".smo" / "unrecorded").glob("*.json"))
    assert before >= 1


def test_a_project_that_cannot_be_planned_holds_up_no_other(call: Call, workspace: Path) -> None:
    bad = workspace / "params" / "spoilt.yaml"
    bad.write_text("project: spoilt\ntitle: T\ntime_zone: UTC\ntargetz: []\n")
    plain = (workspace / "params" / "demo.yaml").read_text()
    (workspace / "params" / "demo.yaml").write_text(f"{plain}reports: {{fresh: {{}}}}\n")
    try:
        code, out, _ = call("run", "--all", "--period", "2026-W40", "--json")
        assert code == 1
        told = json.loads(out)
        assert [(run["report"], run["outcome"]) for run in told["runs"]] == [("fresh", "succeeded")]
        assert len(told["cannot_be_planned"]) == 1
        assert "params/spoilt.yaml: unknown key 'targetz'; did you mean 'targets'?" in told["cannot_be_planned"][0]
        code, out, _ = call("run", "--period", "2026-W40")
        assert code == 1
        assert out.splitlines()[0].startswith("failed ")
        assert "params/spoilt.yaml" in out.splitlines()[0]
        # Whoever names a project wants that one.
        code, _, error = call("run", "fresh", "--project", "spoilt")
        assert (code, "did you mean 'targets'?" in error) == (1, True)
    finally:
        bad.unlink()
        (workspace / "params" / "demo.yaml").write_text(plain)


def test_all_means_all(call: Call) -> None:
    code, _, error = call("run", "fresh", "--all")
    assert code == 1
    assert "--all runs everything that is planned; leave out" in error


def test_a_broken_index_hides_no_outcome(call: Call, workspace: Path, tmp_path: Path) -> None:
    """The runs are told all the same, and the exit code says that something is wrong."""
    templates = workspace / "templates"
    whole = templates.readlink()
    templates.unlink()
    shutil.copytree(whole, templates)
    try:
        (templates / "reports-index.html.j2").write_text("{% broken")
        code, out, error = call("run", "fresh", *RUN, "-P", "level=0.125", "--json")
        assert code == 1
        told = json.loads(out)
        assert (told["runs"][0]["outcome"], told["index"]) == ("succeeded", None)
        assert "the index is as it was, since it cannot be written" in error
    finally:
        shutil.rmtree(templates)
        templates.symlink_to(whole)
