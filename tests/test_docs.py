"""What the documents say is what the code does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from smo_reports.cli import app, events
from smo_reports.kpis import KPIS

ROOT = Path(__file__).parents[1]


def test_the_page_of_tables_is_made_from_the_schema() -> None:
    spec = importlib.util.spec_from_file_location("make_tables", ROOT / "docs" / "make_tables.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    page = (ROOT / "docs" / "tables.md").read_text("utf-8")
    assert page == made.tables_page(), "docs/tables.md is old; run: python docs/make_tables.py"


def test_the_readmes_commands_and_links_exist() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    used = set(re.findall(r"^smo (\w+)", readme, re.MULTILINE)) - {group.name for group in app.registered_groups}
    assert len(used) > 5
    assert used <= commands
    assert {command.name for command in events.registered_commands} == set(
        re.findall(r"^smo events (\w+)", readme, re.M)
    )
    for kpi in re.findall(r"^smo (?:estimates|kpis) (\w+)", readme, re.MULTILINE):
        assert kpi in KPIS
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in link]
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readmes_first_screen_has_both_commands() -> None:
    first = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:20])
    for session in ("demo", "tests"):
        assert f"python -m pip install 'nox[uv]' && nox -s {session}" in first
