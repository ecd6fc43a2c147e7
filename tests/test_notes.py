"""Notes of leads: kept for good, shown with their page and as last time's, whatever anybody writes into them."""

from __future__ import annotations

import datetime as dt
import html
import json
import shlex
import threading
from pathlib import Path

import pytest

from smo_reports import present
from smo_reports.analyses import notes
from smo_reports.cli import run_app
from smo_reports.commands.notes import parse_finding
from smo_reports.commands.workspace import init_workspace
from smo_reports.errors import ParameterError, WarehouseError
from smo_reports.project import Project, load_project
from smo_reports.warehouse.notes import MOST_TEXT, Note, add_note, finding_key, in_force, read_notes

WEEK, NEXT = ("2026-11-02", "2026-11-09"), ("2026-11-09", "2026-11-16")
SEGMENT = {"policy": "harassment", "market": "ID"}
HOSTILE = "<img src=x onerror=alert(1)> {text} \x1b[31m ../../etc %s\nsecond line"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one project and the reports that the package carries."""
    init_workspace(tmp_path / "w", example=False)
    (tmp_path / "w" / "params" / "p.yaml").write_text("project: p\ntitle: A project\ntime_zone: UTC\n", "utf-8")
    monkeypatch.chdir(tmp_path / "w")
    return tmp_path / "w"


@pytest.fixture
def project(workspace: Path) -> Project:
    return load_project("p")


def note(text: str, slot: str = "1", period: tuple[str, str] = NEXT, block: str = "why", **more: str) -> Note:
    values = {"finding": finding_key(SEGMENT), "by": "Ayu", "report": "kpi", **more}
    return Note("p", values["report"], *period, values["finding"], block, slot, text, values["by"])


def days(period: tuple[str, str]) -> tuple[dt.date, dt.date]:
    return dt.date.fromisoformat(period[0]), dt.date.fromisoformat(period[1])


def test_a_page_shows_its_own_notes_and_the_next_one_shows_them_as_last_time(workspace: Path, project: Project) -> None:
    add_note(workspace, note("No example of satire", "1", WEEK))
    add_note(workspace, note("The examples are from 2024", "2", WEEK))
    add_note(workspace, note("Version 4 has one", "1", NEXT))
    first, second = (notes(project, "kpi", *days(period)) for period in (WEEK, NEXT))
    now, last = first.about(SEGMENT, "why")
    assert ({slot: one.text for slot, one in now.items()}, last) == (
        {"1": "No example of satire", "2": "The examples are from 2024"},
        (),
    )
    now, last = second.about({"market": "ID", "policy": "harassment"}, "why")
    assert {slot: one.text for slot, one in now.items()} == {"1": "Version 4 has one"}
    assert [one.text for one in last] == ["No example of satire", "The examples are from 2024"]
    # Nor does a page show what was written later, or of another finding.
    assert first.last == ()
    assert second.about({}, "why") == ({}, ())
    assert notes(project, "scorecard", *days(NEXT)).now == ()


def test_nothing_is_overwritten(workspace: Path) -> None:
    for text in ("first", "second", ""):
        add_note(workspace, note(text))
    held = read_notes(workspace, "p", "kpi")
    assert [one.text for one in held] == ["first", "second", ""]
    assert in_force(held) == ()
    assert [one.text for one in in_force(held[:2])] == ["second"]
    assert len({one.note_id for one in held}) == 3
    assert all(dt.datetime.fromisoformat(one.at).tzinfo for one in held)


def test_those_who_write_at_once_lose_nothing(workspace: Path) -> None:
    writers = [threading.Thread(target=add_note, args=(workspace, note(f"note {at}", "2"))) for at in range(12)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert {one.text for one in read_notes(workspace, "p", "kpi")} == {f"note {at}" for at in range(12)}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (note("x", "6"), "no why '6'; known: 1, 2, 3, 4, 5"),
        (note("x", "trainin", block="branch"), "no branch 'trainin'; did you mean 'training'?"),
        (note("x", block="wy"), "a why or a branch, not 'wy'; did you mean 'why'?"),
        (note("x" * (MOST_TEXT + 1)), "text has 2,001 characters; at most 2,000 are kept"),
        (note("x", report="../../kpi"), "report '../../kpi' is no plain name"),
        (note("x", by=" "), "needs somebody who wrote it; say --by"),
    ],
)
def test_a_note_that_breaks_a_rule_is_refused(workspace: Path, wrong: Note, says: str) -> None:
    with pytest.raises(ParameterError, match=r".*") as refused:
        add_note(workspace, wrong)
    assert says in str(refused.value)
    assert not list(workspace.rglob("*.jsonl"))


@pytest.mark.parametrize(("line", "says"), [("{", "line 2, is no JSON"), ('{"text": "x"}', "line 2, is no note")])
def test_a_damaged_file_says_where(workspace: Path, line: str, says: str) -> None:
    add_note(workspace, note("whole"))
    path = workspace / "notes" / "p" / "kpi.jsonl"
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(WarehouseError, match=says):
        read_notes(workspace, "p", "kpi")
    with pytest.raises(WarehouseError, match=says):
        add_note(workspace, note("more"))


def test_empty_blocks_say_the_command_that_fills_them(
    workspace: Path, project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = present.five_whys(project, notes(project, "kpi", *days(NEXT)), SEGMENT)
    command = html.unescape(str(shown.html).split("<code>")[1].split("</code>")[0])
    monkeypatch.setattr("sys.argv", shlex.split(command.replace("…", "No example")))
    assert run_app() == 0
    assert "why 1 of market=ID,policy=harassment" in capsys.readouterr().out
    filled = present.five_whys(project, notes(project, "kpi", *days(NEXT)), SEGMENT)
    assert "Why 1: No example" in filled.text
    assert "--why 2" in filled.html
    bones = present.fishbone(project, notes(project, "kpi", *days(NEXT)), SEGMENT)
    assert bones.html.count("<dt>") == 6
    assert "--branch guideline" in bones.html


def test_hostile_text_is_shown_as_text(
    workspace: Path, project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    who = "<b>me</b>"
    add_note(workspace, note(HOSTILE, by=who))
    add_note(workspace, note(HOSTILE, "tool", WEEK, "branch", by=who))
    page = notes(project, "kpi", *days(NEXT))
    for shown in (present.five_whys(project, page, SEGMENT), present.fishbone(project, page, SEGMENT)):
        assert "<img" not in shown.html
        assert "<b>me" not in shown.html
        assert "&lt;img src=x onerror=alert(1)&gt; {text}" in shown.html
        json.dumps(shown._repr_mimebundle_())
    monkeypatch.setattr("sys.argv", ["smo", "note", "show", "kpi", "--project", "p"])
    assert run_app() == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_finding_of_hostile_values_comes_back_as_it_was() -> None:
    for segment in (SEGMENT, {}, {"queue": "a, b and c", "policy": "it's = 5"}):
        assert parse_finding(finding_key(segment)) == segment


def test_the_command_line(workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def smo(*given: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["smo", "note", *given])
        code = run_app()
        said = capsys.readouterr()
        return code, said.out + said.err

    add = ("add", "kpi", "--project", "p", "--period", "2026-W46")
    assert smo("show", "kpi", "--project", "p") == (0, "no notes\n")
    assert smo(*add, "--why", "1", "--text", "first", "--by", "Ayu")[0] == 0
    assert smo(*add, "--why", "1", "--text", "second", "--by", "Ayu")[0] == 0
    assert "why 1: second  (Ayu, " in smo("show", "kpi", "--project", "p", "--period", "2026-W46")[1]
    assert smo("show", "kpi", "--project", "p", "--period", "2026-W45")[1] == "no notes\n"
    assert "first" in smo("list", "kpi", "--project", "p")[1]
    refused = smo(*add, "--text", "x")
    assert refused[0] == 1
    assert "either --why 1 to 5, or --branch guideline" in refused[1]
    assert "no report 'kpis' in notebooks/" in smo("add", "kpis", "--project", "p", "--why", "1", "--text", "x")[1]
    assert "cannot be read at 'harassment'" in smo(*add, "--why", "1", "--finding", "harassment", "--text", "x")[1]
