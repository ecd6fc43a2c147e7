"""Why a KPI moved, or why a column of a file did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from smo_reports.cli.options import PeriodText


def explain(
    file: Annotated[Path | None, typer.Argument(help="A CSV or Parquet file, one row an audited decision.")] = None,
    project: Annotated[str, typer.Option("--project", help="A project in params/, instead of a file.")] = "",
    kpi: Annotated[str, typer.Option(help="A project's KPI: a share of random audits.")] = "accuracy",
    period: PeriodText = "",
    before: Annotated[str, typer.Option(help="A file's earlier period; a project's, written as --period.")] = "",
    after: Annotated[str, typer.Option(help="A file's later period.")] = "",
    outcome: Annotated[str, typer.Option(help="The file's column of right (1) and wrong (0).")] = "correct",
    period_column: Annotated[str, typer.Option(help="The file's column that names the period.")] = "period",
    dimension: Annotated[list[str] | None, typer.Option("-d", "--dimension", help="A column to search.")] = None,
    labeler: Annotated[str, typer.Option(help="The file's column of labelers; empty: there is none.")] = "labeler_id",
    weight: Annotated[str, typer.Option(help="The file's column of weights.")] = "",
    population: Annotated[Path | None, typer.Option(help="A file of all decisions, for the mix.")] = None,
    format: Annotated[Literal["text", "json"], typer.Option(help="How to print.")] = "text",
) -> None:
    """Explain why a share moved between two periods: mix, rate, measurement, and in which segments.

    A project's default is the last four weeks against the eight before.

    Example: smo explain --project hate-speech-id --period 2026-W46

    Example: smo explain audits.csv --before A --after B -d policy -d market
    """
    from smo_reports.commands.explain import FileQuestion, explain_file, explain_project

    dimensions = tuple(dimension or ())
    if file is None:
        print(explain_project(project, kpi, period, before, dimensions, format))
    else:
        asked = FileQuestion(file, outcome, period_column, before, after, dimensions, labeler, weight, population)
        print(explain_file(asked, project, format))
