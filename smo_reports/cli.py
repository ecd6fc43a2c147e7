"""The ``smo`` command: parse, call, print. What it does is in ``smo_reports.commands``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from smo_reports.errors import ImportFileError, ParameterError, SmoError

if TYPE_CHECKING:
    from smo_reports.runs.batch import Outcome

app = typer.Typer(
    name="smo",
    help="SMO Reports: labeling quality, causes and staffing, with the evidence beside every number.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
events = typer.Typer(help="What changed in the operation: guidelines, tools, training.", rich_markup_mode=None)
app.add_typer(events, name="events", no_args_is_help=True)

ProjectName = Annotated[str, typer.Option("--project", help="A project in params/.")]
Projects = Annotated[list[str] | None, typer.Option("--project", help="Only this project; may be repeated.")]
PeriodText = Annotated[str, typer.Option(help="2026-W46, 2026-11, 2026-11-02/2026-11-09 (end exclusive) or all.")]


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Labeling quality, causes and staffing, with the evidence beside every number."""
    if version:
        from smo_reports import __version__

        print(f"smo-reports {__version__}")
        raise typer.Exit


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; made when absent.")],
) -> None:
    """Make a workspace: smo.yaml, params/, notebooks/, templates/.

    Example: smo init reports-jakarta
    """
    from smo_reports.commands.workspace import init_workspace

    workspace, kept = init_workspace(folder)
    print(f"workspace: {workspace.root}")
    if kept:
        print(f"{len(kept)} files were there already and were left as they are")
    print("next: describe your project in params/example.yaml (rename it), then: smo import FILE --project NAME")


@app.command(name="import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Exports to import, in this order.")],
    project: ProjectName,
    format: Annotated[str, typer.Option(help="delimited, crowdflower or label_studio.")] = "delimited",
    table: Annotated[str | None, typer.Option(help="The canonical table that a delimited file holds.")] = None,
    map: Annotated[str | None, typer.Option(help="A map under imports: in the project's YAML, or a YAML file.")] = None,
) -> None:
    """Import exports into the project's warehouse; what breaks a rule is set aside and counted.

    Example: smo import export.csv --table decisions --project hate-speech-id
    """
    from smo_reports.commands.importing import import_exports

    for counts in import_exports(files, project, format=format, table=table, map_name=map):
        print(counts)


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


@app.command()
def check(project: Projects = None) -> None:
    """Check every project, target and notebook before you schedule them.

    Example: smo check --project hate-speech-id
    """
    from smo_reports.commands.check import check_workspace
    from smo_reports.project import find_workspace

    found = check_workspace(find_workspace(), tuple(project or ()))
    for finding in found:
        print(f"{finding.level}: {finding.where}: {finding.what}")
    errors = sum(finding.level == "error" for finding in found)
    print(f"{errors} errors, {len(found) - errors} notes")
    if errors:
        raise typer.Exit(1)


@app.command()
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


@app.command()
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
    from smo_reports.commands.numbers import as_csv, as_json, estimates_for
    from smo_reports.commands.show import print_estimates
    from smo_reports.period import default_period
    from smo_reports.project import load_project

    found = load_project(project)
    table = estimates_for(found, kpis, default_period(found, "kpi", period), tuple(by or ()))
    if format == "table":
        print_estimates(table, found.language)
    else:
        print(as_json(table) if format == "json" else as_csv(table).rstrip("\n"))


@app.command()
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


@app.command()
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


def run_app() -> int:
    """Run the command; errors that a user can mend are one line on standard error.

    Returns
    -------
    int
        0 when all went well, 1 when something failed, 2 when the command was misspelt.
    """
    try:
        app()
    except SystemExit as stop:
        return int(stop.code or 0)
    except ImportFileError as error:
        print(f"smo: nothing was imported: {error}", file=sys.stderr)
        return 1
    except SmoError as error:
        print(f"smo: {error}", file=sys.stderr)
        return 1
    return 0


def entry() -> None:
    """The console script."""
    sys.exit(run_app())
