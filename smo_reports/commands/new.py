"""Make a new report from one that is there."""

from __future__ import annotations

import json
from pathlib import Path

from smo_reports.errors import ReportError, nearest
from smo_reports.project import NAME, Workspace
from smo_reports.runs.parameters import read_parameters


def new_report(workspace: Workspace, name: str, model: str) -> Path:
    """Copy a report's notebook under a new name, without what it showed; it can be run and planned at once.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Of the new report: small letters, digits and hyphens.
    model : str
        The report to start from.

    Returns
    -------
    Path
        The new notebook.

    Raises
    ------
    ReportError
        When the name cannot name a report or is taken, or the model is none that can be run.
    """
    folder = workspace.root / "notebooks"
    if not NAME.fullmatch(name):
        raise ReportError(f"{name!r} cannot name a report; use small letters, digits and '-', as in kpi-night-shift")
    known = sorted(path.stem for path in folder.glob("*.ipynb"))
    if model not in known:
        raise ReportError(f"no report {model!r} in {folder}; {nearest(model, known)}")
    read_parameters(folder / f"{model}.ipynb")
    notebook = json.loads((folder / f"{model}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    made = folder / f"{name}.ipynb"
    try:
        with made.open("x", encoding="utf-8") as file:
            file.write(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    except FileExistsError:
        raise ReportError(f"{made} is there already; choose another name, or delete it first") from None
    return made
