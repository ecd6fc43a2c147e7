"""What docs/working-hours.md shows is what its commands do."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from smo_reports.cli import run_app
from smo_reports.project import parse_import_map

PAGE = (Path(__file__).parents[1] / "docs" / "working-hours.md").read_text("utf-8")
TOGGL = """\
User,Email,Project,Task,Start date,Start time,End date,End time,Duration
Ana,ana@x.org,Safety,Labelling,2026-11-09,08:00:00,2026-11-09,09:30:00,01:30:00
Budi,budi@x.org,Music,Standup,2026-11-09,08:00:00,2026-11-09,09:30:00,01:30:00
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def smo(line: str) -> int:
    sys.argv = line.split()
    return run_app()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "ws"
    monkeypatch.setattr(sys, "argv", sys.argv)
    assert smo(f"smo init {folder}") == 0
    monkeypatch.chdir(folder)
    (folder / "params" / "example.yaml").unlink()
    (folder / "params" / "hours-id.yaml").write_text("project: hours-id\ntitle: A\ntime_zone: Asia/Jakarta\n")
    capsys.readouterr()
    return folder


def test_the_time_sheet_of_the_page_is_imported_as_it_says(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sheet,) = blocks("csv")
    _, options = blocks("yaml")
    _, command, listing = (block.strip() for block in blocks("sh"))
    (said,) = blocks("text")
    (workspace / "absensi.csv").write_text(sheet)
    (workspace / "absensi.yaml").write_text(options)
    assert smo(command) == 0
    assert capsys.readouterr().out == said
    assert smo(listing) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split(",")[1] for line in listed] == ["line", "5", "6", "7", "8"]
    # Corrected and imported again, they leave the list.
    mended = sheet.replace(";8.0\n", ";8,0\n").replace("Rapta", "Rapat").replace("2026-13-11", "11/11/2026")
    (workspace / "absensi.csv").write_text(mended.replace(";80", ";8"))
    assert smo(command) == 0
    assert "7 read = 4 taken + 0 updated + 3 unchanged + 0 set aside" in capsys.readouterr().out


def test_the_map_for_a_time_tracker_is_one(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options, _ = blocks("yaml")
    command, *_ = (block.strip() for block in blocks("sh"))
    assert parse_import_map(options, "map.yaml").values["person_id"] == {"budi@x.org": "L7"}
    (workspace / "toggl.csv").write_text(TOGGL)
    (workspace / "map.yaml").write_text(options)
    assert smo(command) == 0
    assert "2 read = 2 taken" in capsys.readouterr().out
    assert smo(f"{command} --map map.yaml") == 0
    said = capsys.readouterr().out
    assert "1 read = 1 taken" in said
    assert "other projects, left out: 'Music' (1 entries, 1.50 h)" in said
