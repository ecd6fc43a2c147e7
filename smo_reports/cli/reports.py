"""Run reports, and the demo that has some to run."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from smo_reports.cli.options import PeriodText, Projects
from smo_reports.errors import ParameterError
from smo_reports.words.printable import printable

if TYPE_CHECKING:
    from smo_reports.runs.run import Outcome


_TIMEOUT_S = 900.0
_WORST_FIRST = ("failed", "refused", "cancelled", "stale", "succeeded", "unchanged")


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
    show_code: Annotated[bool, typer.Option("--code", help="Show the notebook's code on the page.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run also what has not changed.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds a report may take.")] = _TIMEOUT_S,
    memory: Annotated[
        str,
        typer.Option(metavar="SIZE", help="Memory a report may have, such as 4GB; default: report_memory in smo.yaml."),
    ] = "",
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Reports at work at once; default: jobs in smo.yaml, or all the cluster's threads."
        ),
    ] = None,
    executor: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where: local, or dask://host:port; default: executor in smo.yaml.")
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Run all that is planned, as without names of reports or projects.")
    ] = False,
    due: Annotated[bool, typer.Option("--due", help="Run what every: makes due now, once, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcomes as JSON.")] = False,
) -> None:
    """Run reports for a period (default: the last whole one) and write their pages and the index.

    A report of several projects is one page: of all, or of those that --project names. A report of one person
    is told whose: -P person=P-JQ4CHM6W. What has not changed is not run again. Ends with 0 only if all is well, with
    3 where a page's data is older than its project allows, with 1 where a report failed.

    Example: smo run kpi --project hate-speech-id --period 2026-W46
    """
    from smo_reports.commands.progress import run_with_bars
    from smo_reports.commands.reports import Wanted, exit_code, plan_what_can_be
    from smo_reports.project import find_workspace

    workspace = find_workspace()
    if everything and (reports or project or due):
        raise ParameterError("--all runs everything that is planned; leave out --due, --project and names of reports")
    if due:
        own_time = timeout != _TIMEOUT_S
        more = (reports, project, period, out, audience, parameter, show_code, force, memory, jobs, own_time)
        _run_due(workspace.root, executor, more=any(more), as_json=as_json)
        return
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
        show_code,
        timeout,
        jobs,
        memory,
        executor,
    )
    planned, problems = plan_what_can_be(workspace, wanted)
    outcomes, index = run_with_bars(workspace, wanted, planned)
    tell(outcomes, index, problems, as_json=as_json)
    if problems or exit_code(outcomes) or index is None:
        raise typer.Exit(1 if problems else exit_code(outcomes) or 1)


def _run_due(root: Path, executor: str, *, more: bool, as_json: bool) -> None:
    """What the scheduler would run now, for whoever has another one."""
    from smo_reports.commands.reports import exit_code
    from smo_reports.commands.schedule import Scheduler

    if more:
        raise ParameterError(
            "--due runs what params/ and smo.yaml plan; leave all other arguments but --executor and --json out"
        )
    scheduler = Scheduler(root, lambda line: print(line, file=sys.stderr), executor=executor)
    outcomes = scheduler.tick(dt.datetime.now(dt.UTC))
    tell(outcomes, root / "reports" / "index.html", as_json=as_json)
    if scheduler.troubled or exit_code(outcomes):
        raise typer.Exit(exit_code(outcomes) or 1)


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
    from smo_reports.commands.reports import exit_code
    from smo_reports.commands.show import demo_with_bars

    outcomes, index = demo_with_bars(folder, Recipe(size, seed, end or str(last_monday())))
    tell(outcomes, index)
    if code := exit_code(outcomes) or int(index is None):
        raise typer.Exit(code)


def _parameters(given: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"-P {text!r} has no value; write -P NAME=VALUE")
        found[name] = value
    return found


def tell(outcomes: list[Outcome], index: Path | None, problems: Sequence[str] = (), *, as_json: bool = False) -> None:
    """One line a report, what needs somebody first, then where the index is."""
    if as_json:
        from smo_reports.commands.reports import told

        print(
            json.dumps(
                {
                    "runs": [told(outcome) for outcome in outcomes],
                    "cannot_be_planned": list(problems),
                    "index": str(index) if index else None,
                },
                indent=1,
            )
        )
        return
    for problem in problems:
        print(f"failed               {printable(problem)}")
    for outcome in sorted(outcomes, key=lambda found: _WORST_FIRST.index(found.outcome)):
        said = [outcome.reason, outcome.error, str(outcome.page or "")]
        if outcome.outcome == "failed" and outcome.job.failed_copy.is_file():
            said = [outcome.reason, outcome.error, f"what it did until then: {outcome.job.failed_copy}"]
        where = printable(": ".join(part for part in said if part))
        print(f"{outcome.outcome:10}{outcome.seconds:6.1f} s  {outcome.job.name}: {where}")
    if index:
        print(f"index: {index}")
