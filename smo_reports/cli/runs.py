"""The ledger of runs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from smo_reports.cli.options import Projects

runs = typer.Typer(help="What was run, when, by whom and how it ended.", rich_markup_mode=None)

RunId = Annotated[str, typer.Argument(metavar="ID", help="A run's id, or how it begins.")]


@runs.command(name="list")
def list_(
    report: Annotated[list[str] | None, typer.Argument(metavar="[REPORT]...", help="Default: all.")] = None,
    project: Projects = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(help="running, succeeded, stale, failed, refused or cancelled; may be repeated."),
    ] = None,
    most: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List runs, the newest first.

    Example: smo runs list --outcome failed --project hate-speech-id
    """
    from dataclasses import asdict

    from smo_reports.commands.runs import found, line

    entries = found(project or (), report or (), outcome or (), most)
    if as_json:
        print(json.dumps([asdict(entry) for entry in entries], indent=1))
        return
    for entry in entries:
        print(line(entry))
    if not entries:
        print("no runs")


@runs.command()
def show(run: RunId) -> None:
    """Show everything that the ledger has of one run.

    Example: smo runs show 20261123T070000
    """
    from smo_reports.commands.runs import lines, one

    for text in lines(one(run)):
        print(text)


@runs.command()
def rerun(
    run: RunId, as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False
) -> None:
    """Run again what a run was: its report, project, period, audience and parameters, with the rows that are there now.

    Example: smo runs rerun 20261123T070000
    """
    from smo_reports.cli.reports import tell
    from smo_reports.commands.progress import run_with_bars
    from smo_reports.commands.reports import exit_code, plan_again
    from smo_reports.commands.runs import one
    from smo_reports.project import find_workspace
    from smo_reports.runs.ledger import Asked

    workspace = find_workspace()
    wanted, jobs = plan_again(workspace, one(run))
    outcomes, index = run_with_bars(workspace, wanted, jobs, Asked.here("rerun"))
    tell(outcomes, index, as_json=as_json)
    if code := exit_code(outcomes) or int(index is None):
        raise typer.Exit(code)
