"""What comes into a warehouse: exports, and the events that a person records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smo_reports.cli.options import ProjectName

events = typer.Typer(help="What changed in the operation: guidelines, tools, training.", rich_markup_mode=None)


def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports to import, in this order.")],
    project: ProjectName,
    format: Annotated[
        str, typer.Option(help="delimited, crowdflower, label_studio, toggl, clockify or harvest.")
    ] = "delimited",
    table: Annotated[str | None, typer.Option(help="The canonical table that a delimited file holds.")] = None,
    map: Annotated[str | None, typer.Option(help="A map under imports: in the project's YAML, or a YAML file.")] = None,
) -> None:
    """Import exports into the project's warehouse; what breaks a rule is set aside and counted.

    Example: smo import export.csv --table decisions --project hate-speech-id
    """
    from smo_reports.commands.importing import import_exports

    for counts in import_exports(files, project, format=format, table=table, map_name=map):
        print(counts)


def rejects(
    project: ProjectName,
    file: Annotated[str | None, typer.Option(help="Only of this file, by its name.")] = None,
) -> None:
    """List the rows that imports set aside, as CSV: file, line, table, rule, and what is wrong with which value.

    Example: smo rejects --project hate-speech-id --file export.csv
    """
    import csv
    import sys

    from smo_reports.commands.rejects import COLUMNS, set_aside

    listed = csv.writer(sys.stdout, lineterminator="\n")
    listed.writerow(COLUMNS)
    listed.writerows(set_aside(project, file))


@events.command(name="add")
def add(
    project: ProjectName,
    kind: Annotated[str, typer.Option(help="guideline, gold, tool, model, training, staffing, sampling, incident.")],
    name: Annotated[str, typer.Option(help="What changed, in a few words.")],
    at: Annotated[str, typer.Option(help="When: 2026-11-09 or 2026-11-09T14:00, local unless it has an offset.")],
    market: Annotated[str | None, typer.Option(help="Where only this market is concerned.")] = None,
    policy: Annotated[str | None, typer.Option(help="Where only this policy is concerned.")] = None,
    detail: Annotated[str | None, typer.Option(help="Anything more.")] = None,
) -> None:
    """Record that something changed; charts mark it.

    Example: smo events add --project hate-speech-id --kind guideline --name "v12: slurs" --at 2026-11-09
    """
    from smo_reports.commands.importing import record_event

    print(f"event {record_event(project, kind, name, at, market=market, policy=policy, detail=detail)}")
