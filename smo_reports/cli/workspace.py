"""Make a workspace and check it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smo_reports.cli.options import Projects


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; made when absent.")],
) -> None:
    """Make a workspace: smo.yaml, params/, notebooks/, templates/.

    Example: smo init reports-jakarta
    """
    from smo_reports.commands.workspace import init_workspace

    workspace, kept = init_workspace(folder)
    print(f"workspace: {workspace.root}")
    if kept:
        print(f"{len(kept)} files were there already and were left as they are")
    print("next: describe your project in params/example.yaml (rename it), then: smo import FILE --project NAME")


def check(project: Projects = None) -> None:
    """Check every project, target and notebook before you schedule them.

    Example: smo check --project hate-speech-id
    """
    from smo_reports.commands.check import check_workspace
    from smo_reports.project import find_workspace

    found = check_workspace(find_workspace(), tuple(project or ()))
    for finding in found:
        print(f"{finding.level}: {finding.where}: {finding.what}")
    errors = sum(finding.level == "error" for finding in found)
    print(f"{errors} errors, {len(found) - errors} notes")
    if errors:
        raise typer.Exit(1)
