"""The smo command as people type it: what it prints, where it writes, and what it says of a mistake."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from smo_reports.cli import run_app
from smo_reports.kpis import KPIS

PROJECT = """\
project: hate-id
title: Hate speech, Indonesia
time_zone: Asia/Jakarta
labels: {violating: [hate], benign: [normal]}
targets:
  - {kpi: accuracy, min: 0.9, owner: qa-leads}
imports:
  queue:
    table: decisions
    columns: {decision_id: id, item_id: item, labeler_id: who, label: answer, submitted_at: done, handling_s: secs}
"""
QUEUE = """\
id,item,who,answer,done,secs
d1,i1,L1,hate,2026-11-09T10:00:00+07:00,30
d2,i2,L2,normal,2026-11-10T10:00:00+07:00,40
d3,i3,=cmd,normal,2026-11-11T10:00:00+07:00,50
d4,i4,L1,spam,2026-11-11T10:00:00+07:00,50
"""
AUDITS = """\
audit_id,decision_id,auditor_id,audited_at,correct,purpose
a1,d1,Q1,2026-11-12T10:00:00Z,true,random
a2,d2,Q1,2026-11-12T10:00:00Z,false,random
a3,d3,Q1,2026-11-12T10:00:00Z,true,random
"""


def smo(*words: str) -> int:
    sys.argv = ["smo", *words]
    return run_app()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "ws"
    assert smo("init", str(folder)) == 0
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", sys.argv)
    (folder / "params" / "example.yaml").unlink()
    (folder / "params" / "hate-id.yaml").write_text(PROJECT)
    (folder / "queue.csv").write_text(QUEUE)
    (folder / "audits.csv").write_text(AUDITS)
    capsys.readouterr()
    return folder


def imported(capsys: pytest.CaptureFixture[str]) -> str:
    assert smo("import", "queue.csv", "--map", "queue", "--project", "hate-id") == 0
    assert smo("import", "audits.csv", "--table", "audits", "--project", "hate-id") == 0
    return capsys.readouterr().out


def test_init_makes_a_workspace_and_leaves_files_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("init", str(tmp_path / "ws")) == 0
    made = sorted(path.name for path in (tmp_path / "ws").iterdir())
    assert made == ["notebooks", "params", "smo.yaml", "templates"]
    assert (tmp_path / "ws" / "notebooks" / "kpi.ipynb").is_file()
    (tmp_path / "ws" / "smo.yaml").write_text("title: Mine\n")
    assert smo("init", str(tmp_path / "ws")) == 0
    assert (tmp_path / "ws" / "smo.yaml").read_text() == "title: Mine\n"
    assert "were left as they are" in capsys.readouterr().out


def test_a_period_that_rows_have_not_reached_is_said_beside_the_numbers(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(capsys)
    for format in ("table", "csv", "json"):
        asked = ["estimates", "--project", "hate-id", "--period", "2099-W02", "--format", format]
        assert smo(*asked, "accuracy") == 0
        said = capsys.readouterr()
        last = "2026-W46: use --period 2026-W46"
        assert said.err == f"smo: no audits in 2099-W02 yet; the last with audits is {last}\n"
        assert "no audits" not in said.out
        assert smo(*asked, "decisions") == 0
        assert f"no decisions in 2099-W02 yet; the last with decisions is {last}" in capsys.readouterr().err
    assert smo("estimates", "accuracy", "--project", "hate-id", "--period", "2026-W46") == 0
    assert capsys.readouterr().err == ""


def test_import_counts_add_up_and_say_the_rule(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = imported(capsys)
    assert "decisions: 4 read = 3 taken + 0 updated + 0 unchanged + 1 set aside" in said
    assert "label not in the project's labels" in said
    assert smo("import", "queue.csv", "--map", "queue", "--project", "hate-id") == 0
    assert "4 read = 0 taken + 0 updated + 3 unchanged + 1 set aside" in capsys.readouterr().out


def test_estimates_are_the_same_in_each_format(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys)
    asked = ["estimates", "accuracy", "decisions", "--project", "hate-id", "--period", "2026-W46"]
    assert smo(*asked, "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["value"] for row in rows] == [pytest.approx(2 / 3), pytest.approx(2 / 3), 3.0]
    assert rows[0]["interval"] == "this period's work"
    assert rows[0]["target"] == 0.9
    assert rows[0]["status"] == "too few"
    assert smo(*asked, "--format", "csv") == 0
    lines = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [float(line["value"]) for line in lines] == [row["value"] for row in rows]
    assert smo(*asked) == 0
    assert "67 %" in capsys.readouterr().out


def test_people_are_pseudonyms_and_no_cell_is_a_formula(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys)
    asked = ["estimates", "decisions", "--project", "hate-id", "--period", "all", "--by", "labeler_id"]
    assert smo(*asked, "--format", "csv") == 0
    said = capsys.readouterr().out
    assert "L1" not in said
    assert said.count("P-") == 3
    with (workspace / "params" / "hate-id.yaml").open("a") as file:
        file.write("people: ids\n")
    assert smo(*asked, "--format", "csv") == 0
    assert "'=cmd," in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["estimates", "acuracy", "--project", "hate-id"], "unknown KPI 'acuracy'; did you mean 'accuracy'?"),
        (["estimates", "accuracy", "--project", "hate"], "no project 'hate' in"),
        (["estimates", "accuracy", "--project", "hate-id", "--by", "markt"], "cannot be split by 'markt'"),
        (["estimates", "accuracy", "--project", "hate-id", "--period", "W46"], "cannot read period 'W46'"),
        (["kpis", "throughputt"], "did you mean 'throughput'?"),
        (["kpis", "--project", "hate"], "no project 'hate' in"),
        (["run", "kpii"], "no report 'kpii' in"),
        (["run", "kpi", "-P", "byy=policy"], "byy"),
        (["run", "kpi", "-P", "by"], "write -P NAME=VALUE"),
        (["run", "kpi", "--param", "byy=policy"], "unknown parameter 'byy'; did you mean 'by'?"),
        (["import", "queue.csv", "--table", "decision", "--project", "hate-id"], "did you mean 'decisions'?"),
        (["import", "absent.csv", "--table", "decisions", "--project", "hate-id"], "absent.csv"),
        (["import", "queue.csv", "--format", "delimitd", "--project", "hate-id"], "did you mean 'delimited'?"),
        (["events", "add", "--project", "hate-id", "--kind", "tol", "--name", "x", "--at", "2026-11-09"], "'tool'?"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_with_the_cure(
    workspace: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    imported(capsys)
    assert smo(*words) == 1
    output = capsys.readouterr()
    assert said in output.err
    assert output.err.startswith("smo: ")
    assert len(output.err.strip().splitlines()) == 1
    assert "Traceback" not in output.err


def test_a_misspelt_command_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("rum") == 2
    assert "Did you mean 'run'?" in capsys.readouterr().err


def test_outside_a_workspace_the_cure_is_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert smo("check") == 1
    assert "make a workspace with: smo init DIR" in capsys.readouterr().err


def test_check_names_what_would_stop_a_run(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys)
    assert smo("check") == 0
    path = workspace / "params" / "hate-id.yaml"
    path.write_text(PROJECT.replace("kpi: accuracy", "kpi: acuracy"))
    assert smo("check") == 1
    assert "target of unknown KPI 'acuracy'; did you mean 'accuracy'?" in capsys.readouterr().out
    path.write_text(PROJECT.replace("owner: qa-leads", "where: {markt: ID}"))
    assert smo("check") == 1
    assert "no column 'markt'" in capsys.readouterr().out


def test_every_kpi_is_listed_once_with_its_title(capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("kpis") == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert sorted(name for name, _ in lines) == sorted(KPIS)
    assert dict(lines) == {kpi.name: kpi.title for kpi in KPIS.values()}


def test_a_kpi_tells_all_about_itself(capsys: pytest.CaptureFixture[str]) -> None:
    def told(name: str) -> dict[str, str]:
        assert smo("kpis", name) == 0
        return dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())

    accuracy = told("accuracy")
    assert list(accuracy) == ["Accuracy", "formula", "unit", "n counts", "needs", "target", "people", "source"]
    assert accuracy["unit"] == "share; higher is better"
    assert accuracy["needs"] == "audits: correct, purpose, labeler_id"
    assert accuracy["target"] == "may be held against one"
    assert accuracy["people"] == "on leads' pages it may be split by auditor_id, labeler_id"
    assert told("appeal_overturn_rate")["target"] == "none: it is shown and never graded"
    assert told("appeal_overturn_rate")["people"] == "speaks of no person"
    assert told("throughput")["people"] == "on leads' pages it may be split by labeler_id"
    assert told("utilisation")["people"] == "shown for teams only, never split by a person"
    assert told("decisions")["unit"] == "count; neither way is better"


def test_what_a_project_can_measure_is_what_its_estimates_say(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(capsys)
    assert smo("kpis", "--project", "hate-id") == 0
    said = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line.startswith("  "))
    assert said["accuracy"] == "has the columns that it needs"
    assert said["gold_accuracy"] == "not measured: needs the table gold"
    assert smo("kpis", "gold_accuracy", "--project", "hate-id") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "hate-id: not measured: needs the table gold"
    missing = {name for name, what in said.items() if what != "has the columns that it needs"}
    assert smo("estimates", *said, "--project", "hate-id", "--period", "all", "--format", "json") == 0
    for row in json.loads(capsys.readouterr().out):
        if row["kpi"] in missing:
            assert row["note"] == said[row["kpi"]]
        else:
            assert "the table" not in row["note"], row["kpi"]


def test_an_event_is_recorded_once(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys)
    asked = [
        "events",
        "add",
        "--project",
        "hate-id",
        "--kind",
        "guideline",
        "--name",
        "v2",
        "--at",
        "2026-11-10",
    ]
    assert smo(*asked) == 0
    first = capsys.readouterr().out
    assert smo(*asked) == 0
    assert capsys.readouterr().out == first
    from smo_reports import load_project, read

    assert len(read(load_project("hate-id"), "events").collect()) == 1


def test_every_command_has_an_example_in_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    from smo_reports.cli import app, events

    names = [command.name or command.callback.__name__ for command in app.registered_commands]  # type: ignore[union-attr]
    assert {"init", "import", "check", "run", "estimates", "kpis", "demo"} <= set(names)
    below = [["events", command.name] for command in events.registered_commands]
    assert below
    for words in [*([name] for name in names), *below]:
        assert smo(*words, "--help") == 0
        assert f"Example: smo {' '.join(words)}" in " ".join(capsys.readouterr().out.split())


def test_help_loads_nothing_heavy() -> None:
    import subprocess

    program = "import sys; sys.argv = ['smo', '--help']; from smo_reports.cli import run_app; run_app(); " + (
        "print([name for name in ('pandas', 'rich', 'duckdb', 'numpy', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip().endswith("[]")


def test_rejects_are_listed_with_what_to_do(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert smo("rejects", "--project", "hate-id") == 0
    head = "source_file,line,table_name,rule,detail\n"
    assert capsys.readouterr().out == head
    assert smo("import", "queue.csv", "--map", "queue", "--project", "hate-id") == 0
    said = capsys.readouterr().out
    assert "    line 5: label 'spam' is not in the project's labels; add it to params/hate-id.yaml and import" in said
    listed = head + (
        "queue.csv,5,decisions,label not in the project's labels,label 'spam' is not in the project's labels; "
        "add it to params/hate-id.yaml and import again\n"
    )
    for file in ([], ["--file", "queue.csv"]):
        assert smo("rejects", "--project", "hate-id", *file) == 0
        assert capsys.readouterr().out == listed
    assert smo("rejects", "--project", "hate-id", "--file", "queu.csv") == 1
    assert "nothing of file 'queu.csv' is set aside; did you mean 'queue.csv'?" in capsys.readouterr().err


@pytest.mark.parametrize("lost", ["*", "*/*.parquet"])
def test_a_deleted_table_is_an_error_with_the_place_and_the_cure(
    workspace: Path, capsys: pytest.CaptureFixture[str], lost: str
) -> None:
    assert smo("import", "queue.csv", "--map", "queue", "--project", "hate-id") == 0
    assert smo("import", "audits.csv", "--table", "audits", "--project", "hate-id") == 0
    folder = workspace / "warehouse" / "audits"
    if lost == "*":
        shutil.rmtree(folder)
    else:
        for file in folder.glob(lost):
            file.unlink()
    capsys.readouterr()
    for words in (("run", "kpi"), ("estimates", "accuracy"), ("check",), ("import", "queue.csv", "--map", "queue")):
        assert smo(*words, "--project", "hate-id") == 1, words
        said = capsys.readouterr()
        assert "audits: table 'audits' " in said.err + said.out
        assert "Restore it from a backup; or import all of the project's files again" in said.err + said.out
        assert "Traceback" not in said.err
