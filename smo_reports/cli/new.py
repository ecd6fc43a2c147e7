"""Make something new from what is there."""

from __future__ import annotations

from typing import Annotated

import typer

new = typer.Typer(help="Make a report of your own.", rich_markup_mode=None)


@new.callback()
def made() -> None:
    """Make a report of your own."""


@new.command()
def report(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called: small letters, digits and hyphens.")],
    model: Annotated[str, typer.Option("--from", metavar="REPORT", help="The report to start from.")],
) -> None:
    """Copy a report's notebook under a name of your own, to tweak in JupyterLab; it can be run and planned at once.

    Example: smo new report kpi-night-shift --from kpi
    """
    from smo_reports.commands.new import new_report
    from smo_reports.project import find_workspace

    workspace = find_workspace()
    notebook = new_report(workspace, name, model)
    print(f"report: {notebook.relative_to(workspace.root)}, as {model} is")
    print(f"next: change it in JupyterLab, then: smo check, and: smo run {name} --project PROJECT")
