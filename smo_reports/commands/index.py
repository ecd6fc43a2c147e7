"""Renew the index of what was published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from smo_reports.errors import SmoError
from smo_reports.project import Workspace
from smo_reports.runs.held import held
from smo_reports.runs.index import write_index
from smo_reports.runs.publish import clear_aside


def renew_index(workspace: Workspace, out: Path, tell: Callable[[str], None]) -> Path | None:
    """Write the index of a folder of pages, one program at a time: the last to write has seen the newest pages.

    Parameters
    ----------
    workspace : Workspace
    out : Path
        The folder of all pages.
    tell : callable
        Takes one line where the disk refuses, or the index's template is broken.

    Returns
    -------
    Path or None
        None where it cannot be written: the last index stays, and how the runs ended can still be told.
    """
    try:
        with held(workspace.root, out / "index.html"):
            clear_aside(out, ("index.html",))
            return write_index(out, workspace.root / "templates", title=workspace.title)
    except (OSError, SmoError) as error:
        tell(f"the index is as it was, since it cannot be written; run again once it can: {error}")
        return None
