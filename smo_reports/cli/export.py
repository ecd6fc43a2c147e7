"""Give a page another face."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from smo_reports.cli.options import PeriodText, Projects


def export(
    report: Annotated[str, typer.Argument(metavar="REPORT")],
    project: Projects = None,
    period: PeriodText = "",
    audience: Annotated[Literal["stakeholder", "lead"], typer.Option(help="Whose page.")] = "stakeholder",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: named as the page, here.")] = None,
) -> None:
    """Write the estimates behind a page as a workbook, from its last good run; nothing is run.

    Example: smo export kpi --project hate-speech-id --period 2026-W46
    """
    from smo_reports.commands.export import export as export_page
    from smo_reports.commands.reports import Wanted
    from smo_reports.project import find_workspace

    wanted = Wanted((report,), tuple(project or ()), period, (audience,))
    print(export_page(find_workspace(), wanted, out))
