"""Why a KPI moved, or why a column of a file did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from smo_reports.cli.options import PeriodText
from smo_reports.errors import ParameterError

_OF_A_FILE = (
    *("after", "outcome", "period_column", "labeler", "weight", "population", "population_weight", "material", "work"),
    *("measured_by", "most_columns"),
)
_OF_A_PROJECT = ("project", "kpi", "period")


def explain(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A CSV or Parquet file, one row an audited decision.")] = None,
    project: Annotated[str, typer.Option("--project", help="A project in params/, instead of a file.")] = "",
    kpi: Annotated[str, typer.Option(help="A project's KPI: a share of random audits.")] = "accuracy",
    period: PeriodText = "",
    before: Annotated[str, typer.Option(help="A file's earlier period; a project's, written as --period.")] = "",
    after: Annotated[str, typer.Option(help="A file's later period.")] = "",
    outcome: Annotated[str, typer.Option(help="The file's column of right (1, yes) and wrong (0, no).")] = "correct",
    period_column: Annotated[str, typer.Option(help="The file's column that names the period.")] = "period",
    dimension: Annotated[list[str] | None, typer.Option("-d", "--dimension", help="A column to search.")] = None,
    labeler: Annotated[str, typer.Option(help="The file's column of labelers; empty: there is none.")] = "labeler_id",
    weight: Annotated[str, typer.Option(help="The file's column of weights.")] = "",
    population: Annotated[Path | None, typer.Option(help="A file of all decisions, for the mix.")] = None,
    population_weight: Annotated[str, typer.Option(help="Its column of counts, where it is a tally.")] = "",
    material: Annotated[float, typer.Option(help="The smallest effect to name; 0.001: a tenth of a point.")] = 0.001,
    work: Annotated[list[str] | None, typer.Option(help="A dimension that says what was labeled.")] = None,
    measured_by: Annotated[list[str] | None, typer.Option(help="A dimension that says who judged.")] = None,
    most_columns: Annotated[int, typer.Option(help="How many columns a segment may combine: 1, 2 or 3.")] = 3,
    format: Annotated[Literal["text", "json"], typer.Option(help="How to print.")] = "text",
) -> None:
    """Explain why a share moved between two periods: mix, rate, measurement, and in which segments.

    A project's default is the last four weeks against the eight before.

    Example: smo explain --project hate-speech-id --period 2026-W46

    Example: smo explain audits.csv --before A --after B -d policy -d market
    """
    from smo_reports.commands.explain import FileQuestion, explain_file, explain_project

    dimensions = tuple(dimension or ())
    if file is not None:
        _refuse(context, _OF_A_PROJECT, "a file", "leave out {option}, or the file")
        asked = FileQuestion(
            file, outcome, period_column, before, after, dimensions, labeler, weight, population,
            population_weight, material, tuple(work or ()), tuple(measured_by or ()), most_columns,
        )  # fmt: skip
        print(explain_file(asked, format))
    else:
        _refuse(context, _OF_A_FILE, "a project", "leave it out; {instead}")
        print(explain_project(project, kpi, period, before, dimensions, format))


_INSTEAD = {
    "after": "--period is the later period",
    "outcome": "--kpi says what is explained",
    "material": "its floor is materiality in params/",
}


def _refuse(context: typer.Context, names: tuple[str, ...], asked: str, cure: str) -> None:
    """Refuse options of the other kind of question: what is ignored without a word is thought to have been done."""
    for name in names:
        # By its name: typer brings a click of its own, or takes the one that is installed.
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            told = cure.format(option=option, instead=_INSTEAD.get(name, "a project's tables say it"))
            raise ParameterError(f"{option} does not go with {asked}; {told}")
