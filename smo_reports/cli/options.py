"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

ProjectName = Annotated[str, typer.Option("--project", help="A project in params/.")]
Projects = Annotated[list[str] | None, typer.Option("--project", help="Only this project; may be repeated.")]
PeriodText = Annotated[str, typer.Option(help="2026-W46, 2026-11, 2026-11-02/2026-11-09 (end exclusive) or all.")]
