"""Renew the index of what was published."""

from __future__ import annotations

from pathlib import Path

from smo_reports.project import Workspace
from smo_reports.runs.held import held
from smo_reports.runs.index import write_index
from smo_reports.runs.publish import clear_aside


def renew_index(workspace: Workspace, out: Path) -> Path:
    """Write the index of a folder of pages, one program at a time: the last to write has seen the newest pages."""
    with held(workspace.root, out / "index.html"):
        clear_aside(out, ("index.html",))
        return write_index(out, workspace.root / "templates", title=workspace.title)
