"""Notes beside findings: five whys and a fishbone."""

from __future__ import annotations

from typing import Annotated

import typer

from smo_reports.cli.options import PeriodText, ProjectName

note = typer.Typer(help="Whys and fishbones beside a finding, kept in the workspace.", rich_markup_mode=None)

Report = Annotated[str, typer.Argument(metavar="REPORT", help="The page that it stands on, such as rca.")]


@note.command(name="add")
def add(
    report: Report,
    project: ProjectName,
    text: Annotated[str, typer.Option(help="What you found; empty takes the note back.")],
    period: PeriodText = "",
    finding: Annotated[str, typer.Option(help="policy=harassment,market=ID; default: everywhere.")] = "",
    why: Annotated[int | None, typer.Option(help="Which why, from 1 to 5.")] = None,
    branch: Annotated[
        str | None, typer.Option(help="guideline, training, tool, measurement, work or load: a bone of the fish.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who says so; default: you.")] = "",
) -> None:
    """Write a why or a branch beside a finding; the page shows it when it is made again.

    Example: smo note add rca --project hate-speech-id --why 1 --text "The guideline names no example"
    """
    from smo_reports.commands.notes import told, write_note

    print(told(write_note(report, project, text, period=period, finding=finding, why=why, branch=branch, by=by)))


@note.command(name="show")
def show(report: Report, project: ProjectName, period: PeriodText = "") -> None:
    """Show the notes that the page shows.

    Example: smo note show rca --project hate-speech-id --period 2026-W46
    """
    from smo_reports.commands.notes import listed

    for line in listed(report, project, period=period) or ["no notes"]:
        print(line)


@note.command(name="list")
def list_(report: Report, project: ProjectName) -> None:
    """List everything that was ever written, also what was replaced or taken back.

    Example: smo note list rca --project hate-speech-id
    """
    from smo_reports.commands.notes import listed

    for line in listed(report, project, history=True) or ["no notes"]:
        print(line)
