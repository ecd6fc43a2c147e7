"""Run reports, and the demo that has some to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from smo_reports.cli.options import PeriodText, Projects
from smo_reports.errors import ParameterError

if TYPE_CHECKING:
    from smo_reports.runs.batch import Outcome


def run(
    reports: Annotated[list[str] | None, typer.Argument(metavar="[REPORT]...", help="Default: all planned.")] = None,
    project: Projects = None,
    period: PeriodText = "",
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where pages go; default reports/.")] = None,
    audience: Annotated[
        Literal["stakeholder", "lead", "both"] | None,
        typer.Option(help="Whose page; default: stakeholder, and lead for a page of one person."),
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("-P", "--param", metavar="NAME=VALUE", help="Set a parameter; may be repeated.")
    ] = None,
    code: Annotated[bool, typer.Option("--code", help="Show the notebook's code on the page.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run also what has not changed.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds a report may take.")] = 900.0,
) -> None:
    """Run reports for a period (default: the last whole one) and write their pages and the index.

    A report of several projects is one page: of all, or of those that --project names. A report of one person
    is told whose: -P person=P-JQ4CHM6W.

    Example: smo run kpi --project hate-speech-id --period 2026-W46
    """
    from smo_reports.commands.reports import Wanted, failures, plan_reports
    from smo_reports.commands.show import run_with_bars
    from smo_reports.project import find_workspace

    workspace = find_workspace()
    everybody: tuple[Literal["stakeholder", "lead"], ...] = ("stakeholder", "lead")
    one = () if audience is None or audience == "both" else (audience,)
    audiences = everybody if audience == "both" else one
    wanted = Wanted(
        tuple(reports or ()),
        tuple(project or ()),
        period,
        audiences,
        _parameters(parameter or []),
        out.resolve() if out else None,
        force,
        code,
        timeout,
    )
    outcomes, index = run_with_bars(workspace, wanted, plan_reports(workspace, wanted))
    _tell(outcomes, index)
    if failures(outcomes):
        raise typer.Exit(1)


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the demo's workspace is made.")] = Path("demo"),
    size: Annotated[Literal["small", "demo"], typer.Option(help="About 6,000 or 300,000 decisions.")] = "demo",
    seed: Annotated[int, typer.Option(help="Another seed makes another world.")] = 46,
    end: Annotated[str, typer.Option(help="A Monday; the world is the 26 weeks before it. Default: this week's.")] = "",
) -> None:
    """Make a workspace with a generated labeling operation, import it and run every report.

    Example: smo demo demo --size small
    """
    from smo_reports.commands.demo import Recipe, last_monday
    from smo_reports.commands.reports import failures
    from smo_reports.commands.show import demo_with_bars

    outcomes, index = demo_with_bars(folder, Recipe(size, seed, end or str(last_monday())))
    _tell(outcomes, index)
    if failures(outcomes):
        raise typer.Exit(1)


def _parameters(given: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"-P {text!r} has no value; write -P NAME=VALUE")
        found[name] = value
    return found


def _tell(outcomes: list[Outcome], index: Path) -> None:
    """One line a report, failures first, then where the index is."""
    for outcome in sorted(outcomes, key=lambda found: found.outcome != "failed"):
        where = outcome.error or outcome.page
        print(f"{outcome.outcome:10}{outcome.seconds:6.1f} s  {outcome.job.name}: {outcome.reason}: {where}")
    print(f"index: {index}")
