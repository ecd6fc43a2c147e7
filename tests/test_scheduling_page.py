"""The page on schedules says what the command does: its recipes are tried."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from smo_reports.cli import app
from smo_reports.project.plans import ReportPlan
from smo_reports.runs.ledger import OUTCOMES

PAGE = (Path(__file__).parents[1] / "docs" / "scheduling.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_command_of_the_page_is_one() -> None:
    said = set(re.findall(r"smo ((?:runs|run|schedule)\b(?: (?:list|show|rerun))?(?: --[a-z]+)*)", PAGE))
    assert {"schedule", "run --due", "run --due --json", "schedule --next", "runs rerun"} <= said
    for words in said:
        command = [word for word in words.split() if not word.startswith("--")]
        shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
        assert shown.exit_code == 0, words
        for option in re.findall(r"--[a-z]+", words):
            assert option in shown.output, words


def test_the_cron_lines_of_the_page_are_cron_lines() -> None:
    [settings] = blocks("yaml")
    plans = {name: ReportPlan(**plan) for name, plan in yaml.safe_load(settings)["reports"].items()}
    assert plans["kpi"].every == "0 7 * * MON"
    [line] = blocks("crontab")
    fields, command = line.split(" cd ", 1)
    assert ReportPlan(every=fields).every == "*/5 * * * *"
    assert command.startswith("/srv/smo && venv/bin/smo run --due")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_units_of_the_page_are_units(tmp_path: Path) -> None:
    units = blocks("ini")
    assert len(units) == 3
    for name, unit in zip(("smo-schedule.service", "smo-due.timer", "smo-due.service"), units, strict=True):
        # The program and the account are the reader's: here any that is there will do.
        own = unit.replace("/srv/smo/venv/bin/smo", "/bin/true").replace("User=smo\n", "")
        (tmp_path / name).write_text(own)
    for name in ("smo-schedule.service", "smo-due.timer"):
        found = subprocess.run(
            ["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False
        )
        assert not [line for line in found.stderr.splitlines() if str(tmp_path) in line or name in line], found.stderr


def test_the_page_explains_every_outcome() -> None:
    told = re.findall(r"^\| (\w+) \|", PAGE, re.MULTILINE)[1:]
    assert set(told) == set(OUTCOMES) - {"running"}
