"""A report of one's own: copied, tweaked, checked in words, and run at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smo_reports.cli import run_app
from smo_reports.commands.check import check_workspace
from smo_reports.commands.workspace import init_workspace
from smo_reports.project import Workspace

from .test_cli_runs import Call


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path)[0]


@pytest.fixture
def call(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def called(*words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(workspace.root)
        monkeypatch.setattr("sys.argv", ["smo", *words])
        code = run_app()
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def notes(workspace: Workspace) -> list[str]:
    return [f"{one.where}: {one.what}" for one in check_workspace(workspace) if one.where.startswith("notebooks/")]


def test_a_copy_is_the_model_without_what_it_showed(call: Call, workspace: Workspace) -> None:
    model = workspace.root / "notebooks" / "kpi.ipynb"
    ran = json.loads(model.read_text("utf-8"))
    ran["cells"][-1] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "L17"}], "execution_count": 3}
    model.write_text(json.dumps(ran), "utf-8")
    assert [note.partition(",")[0] for note in notes(workspace)] == [
        f"notebooks/kpi.ipynb: cell {len(ran['cells'])} keeps what it showed"
    ]
    code, out, _ = call("new", "report", "kpi-night-shift", "--from", "kpi")
    assert code == 0
    assert out.startswith("report: notebooks/kpi-night-shift.ipynb, as kpi is")
    made = json.loads((workspace.root / "notebooks" / "kpi-night-shift.ipynb").read_text("utf-8"))
    ran["cells"][-1] |= {"outputs": [], "execution_count": None}
    assert made == ran
    assert not [note for note in notes(workspace) if "night" in note]


def test_what_a_tweak_breaks_is_said_and_stops_nothing(call: Call, workspace: Workspace) -> None:
    call("new", "report", "mine", "--from", "kpi")
    path = workspace.root / "notebooks" / "mine.ipynb"
    tweaked = json.loads(path.read_text("utf-8"))
    last = tweaked["cells"][-1]
    tweaked["cells"].append({**last, "id": "more", "source": "for name in everyone:\n    print(name)"})
    path.write_text(json.dumps(tweaked), "utf-8")
    code, out, _ = call("check")
    number = len(tweaked["cells"])
    assert (
        f"note: notebooks/mine.ipynb: cell {number}: a loop (for name in everyone:); move it into a Python module"
    ) in out
    # The example's project has no rows yet, which is an error; the notebook's is none.
    assert code == 1
    assert [line for line in out.splitlines() if line.startswith("error")] == [
        line for line in out.splitlines() if "params/example.yaml" in line and "no decisions" in line
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("kpi", "--from", "rca"), "kpi.ipynb is there already; choose another name"),
        (("Mine", "--from", "kpi"), "'Mine' cannot name a report; use small letters"),
        (("../mine", "--from", "kpi"), "'../mine' cannot name a report"),
        (("mine", "--from", "kpy"), "no report 'kpy'"),
    ],
)
def test_what_cannot_be_made_is_said(call: Call, workspace: Workspace, words: tuple[str, ...], said: str) -> None:
    before = sorted(workspace.root.rglob("*"))
    code, _, error = call("new", "report", *words)
    assert code == 1
    assert said in error
    assert sorted(workspace.root.rglob("*")) == before
