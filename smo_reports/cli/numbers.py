"""Numbers for scripts, and what the KPIs mean."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from smo_reports.cli.options import PeriodText, ProjectName


def estimates(
    kpis: Annotated[list[str], typer.Argument(metavar="KPI...", help="Names as smo kpis lists them.")],
    project: ProjectName,
    period: PeriodText = "",
    by: Annotated[list[str] | None, typer.Option(help="Split by this column; may be repeated.")] = None,
    format: Annotated[Literal["table", "json", "csv"], typer.Option(help="How to print.")] = "table",
) -> None:
    """Print the numbers that a page shows, for scripts.

    Example: smo estimates accuracy handling_time_median --project hate-speech-id --by market --format json
    """
    from smo_reports.commands.numbers import as_csv, as_json, estimates_for, nothing_yet
    from smo_reports.commands.show import print_estimates
    from smo_reports.period import default_period
    from smo_reports.project import load_project

    found = load_project(project)
    asked = default_period(found, "kpi", period)
    table = estimates_for(found, kpis, asked, tuple(by or ()))
    if empty := nothing_yet(found, kpis, asked):
        # Not among the numbers: a script that reads them finds none.
        print(f"smo: {empty}", file=sys.stderr)
    if format == "table":
        print_estimates(table, found.language)
    else:
        print(as_json(table) if format == "json" else as_csv(table).rstrip("\n"))


def kpis(
    name: Annotated[str | None, typer.Argument(metavar="[KPI]", help="Tell all about this one.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="Say what can be measured in this one.")] = None,
) -> None:
    """List the KPIs, or tell what one asks, how it is made, what it needs, and for whom it may be split.

    Example: smo kpis accuracy
    """
    from smo_reports.commands.dictionary import dictionary, entry
    from smo_reports.project import load_project

    found = load_project(project) if project else None
    for line in dictionary(found) if name is None else entry(name, found):
        print(line)
