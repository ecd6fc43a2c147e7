"""The guideline-gap brief."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smo_reports.cli.options import PeriodText


def brief(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="A project in params/.")],
    period: PeriodText = "",
    out: Annotated[Path, typer.Option(help="The folder to write to; made when absent.")] = Path(),
) -> None:
    """Write the guideline-gap brief for the team that owns the guideline, as Markdown and JSON.

    Example: smo brief hate-speech-id --period 2026-11 --out briefs
    """
    from smo_reports.commands.brief import brief_period, write_brief
    from smo_reports.project import load_project

    found = load_project(project)
    for path in write_brief(found, brief_period(found, period), out):
        print(path)
