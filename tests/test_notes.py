"""Notes of leads: kept for good, shown with their page and as last time's, whatever anybody writes into them."""

from __future__ import annotations

import datetime as dt
import html
import json
import shlex
import threading
from pathlib import Path
from typing import Any, Literal

import pytest

from smo_reports import present
from smo_reports.analyses import notes
from smo_reports.cli import run_app
from smo_reports.commands.findings import for_leads_only
from smo_reports.commands.workspace import init_workspace
from smo_reports.errors import ParameterError, WarehouseError
from smo_reports.project import Project, load_project
from smo_reports.runs.exhibits import MIME
from smo_reports.runs.record import Record
from smo_reports.warehouse.finding_names import finding_key, parse_finding
from smo_reports.warehouse.notes import MOST_TEXT, Note, add_note, in_force, read_notes

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


def test_findings_that_differ_have_names_that_differ() -> None:
    first, second = {"a": "1,b=2"}, {"a": "1", "b": "2"}
    assert finding_key(first) != finding_key(second)
    odd = (
        {"a": r"1\,b=2"},
        {"a": "\\"},
        {"a": r"x\\"},
        {"a,b": "=", "c=": ","},
        {"a": ""},
        {"a": " x "},
        {"two words": "1"},
    )
    for segment in (first, second, *odd):
        assert parse_finding(finding_key(segment)) == segment
    # By hand nobody needs a backslash before a comma, or an equals sign, that parts nothing.
    assert parse_finding("queue=a, b and c, policy=it's = 5") == {"queue": "a, b and c", "policy": "it's = 5"}


@pytest.mark.parametrize("part", ["text", "by", "finding"])
def test_half_a_character_is_refused_and_leaves_nothing_behind(workspace: Path, part: str) -> None:
    add_note(workspace, note("whole"))
    with pytest.raises(ParameterError, match=f"the note's {part} is not whole text"):
        add_note(workspace, note("x \udcff") if part == "text" else note("x", **{part: "a=\udcff"}))
    assert [one.name for one in (workspace / "notes" / "p").iterdir() if one.suffix != ".lock"] == ["kpi.jsonl"]
    assert [one.text for one in read_notes(workspace, "p", "kpi")] == ["whole"]


def test_a_write_that_fails_leaves_nothing_aside(workspace: Path) -> None:
    path = workspace / "notes" / "p" / "kpi.jsonl"
    path.mkdir(parents=True)
    with pytest.raises(WarehouseError, match="the note was not stored"):
        add_note(workspace, note("whole"))
    assert [one.name for one in path.parent.iterdir() if one.suffix != ".lock"] == ["kpi.jsonl"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"at": ""}, "line 1, has no time, or no period"),
        ({"at": "yesterday"}, "line 1, has no time, or no period"),
        ({"at": "2026-11-10T08:00:00"}, "line 1, has no time, or no period"),
        ({"start": "W46"}, "line 1, has no time, or no period"),
        ({"slot": "9"}, "line 1: no why '9'; known: 1, 2, 3, 4, 5; mend the line or move the file away"),
        ({"block": "wy"}, "line 1: a note is a why or a branch, not 'wy'"),
        ({"text": 5}, "line 1, is no note: all of it is text"),
    ],
)
def test_a_line_that_is_no_note_says_where(workspace: Path, change: dict[str, object], says: str) -> None:
    add_note(workspace, note("whole"))
    path = workspace / "notes" / "p" / "kpi.jsonl"
    before = json.dumps(json.loads(path.read_text("utf-8")) | change) + "\n"
    path.write_text(before, "utf-8")
    for use in (lambda: read_notes(workspace, "p", "kpi"), lambda: add_note(workspace, note("more"))):
        with pytest.raises(WarehouseError) as refused:
            use()
        assert says in str(refused.value)
    assert path.read_text("utf-8") == before


def test_a_file_that_is_not_utf_8_says_so(workspace: Path) -> None:
    add_note(workspace, note("whole"))
    path = workspace / "notes" / "p" / "kpi.jsonl"
    path.write_bytes(b"\xff\n")
    with pytest.raises(WarehouseError, match=r"kpi\.jsonl cannot be read as UTF-8: .*; mend the file or move it away"):
        read_notes(workspace, "p", "kpi")


def test_nothing_of_a_note_reaches_the_terminal_as_it_was_written(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b[2J\nall  everywhere  why 1: fake\u202e"
    add_note(workspace, note(evil, by=evil, finding=f"market={evil}"))
    for what in ("show", "list"):
        monkeypatch.setattr("sys.argv", ["smo", "note", what, "kpi", "--project", "p"])
        assert run_app() == 0
        said = capsys.readouterr().out
        assert said.count("\n") == 1
        assert said.rstrip("\n").isprintable()
    given = ["add", "kpi", "--project", "p", "--why", "1", "--text", "x", "--finding", f"market={evil}"]
    monkeypatch.setattr("sys.argv", ["smo", "note", *given])
    assert run_app() == 0
    said = capsys.readouterr().out
    assert (said.count("\n"), said.rstrip("\n").isprintable()) == (1, True)


def ran(workspace: Path, audience: Literal["stakeholder", "lead"], cells: list[dict[str, Any]]) -> None:
    """What a run of the week leaves: its record, and the executed notebook."""
    folder = workspace / "reports" / "p" / "rca" / "2026-W46"
    folder.mkdir(parents=True, exist_ok=True)
    stem = "rca" if audience == "stakeholder" else "rca.lead"
    made = Record(
        "rca", "p", "A project", "en", "UTC", *NEXT, "2026-W46", audience, {}, {}, "2026-11-16T08:00:00+00:00", 1.0
    )
    (folder / f"{stem}.json").write_bytes(made.to_json())
    outputs = [{"data": {MIME: {"version": 1, "columns": [], "facts": {}, "rows": []} | one}} for one in cells]
    (folder / f"{stem}.ipynb").write_text(json.dumps({"cells": [{"metadata": {}, "source": "", "outputs": outputs}]}))


def test_a_note_beside_no_finding_of_the_last_run_is_refused(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def smo(finding: str, text: str = "x") -> str:
        given = ["note", "add", "rca", "--project", "p", "--period", "2026-W46", "--why", "1", "--text", text]
        monkeypatch.setattr("sys.argv", ["smo", *given, "--finding", finding])
        run_app()
        said = capsys.readouterr()
        return said.out + said.err

    # Before a run nobody knows.
    assert "why 1 of market=ID" in smo("market=ID")
    known = [finding_key(SEGMENT), "queue=live"]
    found = {"kind": "findings", "columns": ["place"], "rows": [["market ID, policy harassment"], ["queue live"]]}
    ran(workspace, "stakeholder", [found, {"kind": "attributions", "facts": {"findings": known}}])
    said = smo("market=ID,policy=harasment")
    assert "no finding 'market=ID,policy=harasment'; did you mean 'market=ID,policy=harassment'?" in said
    for right in ("policy=harassment,market=ID", "queue=live", "everywhere"):
        assert "show it with: smo run rca --project p --period 2026-11-09/2026-11-16 --audience lead" in smo(right)
    # Who is named is told to leads only, and so is what a note may stand beside.
    assert "--audience lead" in smo("labeler_id=P-JQ4CHM6W")
    assert "did you mean" not in smo("labeler_id=P-JQ4CHM6W").split("labeler_id")[0]
    person = [
        found | {"rows": [["labeler P-JQ4CHM6W"]]},
        {"kind": "attributions", "facts": {"findings": ["labeler_id=P-JQ4CHM6W"]}},
    ]
    ran(workspace, "lead", person)
    assert "why 1 of labeler_id=P-JQ4CHM6W" in smo("labeler_id=P-JQ4CHM6W")
    # What was written beside a finding that is none any more can be taken back.
    assert "why 1 of market=ID;" in smo("market=ID", "")
    # A run that names more places than it attributed does not tell all their names.
    ran(workspace, "lead", [found | {"rows": [["a"], ["b"], ["c"]]}])
    assert "why 1 of market=SG" in smo("market=SG")


def test_a_report_that_shows_notes_to_nobody_but_leads_is_known_by_its_cells() -> None:
    notebooks = Path(__file__).parents[1] / "notebooks"
    assert for_leads_only(notebooks / "rca.ipynb")
    assert not for_leads_only(notebooks / "kpi.ipynb")
