"""The ``smo`` command: parse, call, print. What it does is in ``smo_reports.commands``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from smo_reports.cli.actions import actions
from smo_reports.cli.brief import brief
from smo_reports.cli.explain import explain
from smo_reports.cli.export import export
from smo_reports.cli.new import new
from smo_reports.cli.note import note
from smo_reports.cli.numbers import estimates, kpis
from smo_reports.cli.reports import demo, run
from smo_reports.cli.rows import events, import_, rejects
from smo_reports.cli.runs import runs
from smo_reports.cli.schedule import schedule
from smo_reports.cli.workspace import check, init
from smo_reports.errors import ImportFileError, SmoError

app = typer.Typer(
    name="smo",
    help="SMO Reports: labeling quality, causes and staffing, with the evidence beside every number.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Labeling quality, causes and staffing, with the evidence beside every number."""
    if version:
        from smo_reports import __version__

        print(f"smo-reports {__version__}")
        raise typer.Exit


# --help lists them in this order.
app.command()(init)
app.command(name="import")(import_)
for command in (rejects, check, run, export, schedule, explain, brief, estimates, kpis, demo):
    app.command()(command)
app.add_typer(new, name="new", no_args_is_help=True)
app.add_typer(runs, name="runs", no_args_is_help=True)
app.add_typer(events, name="events", no_args_is_help=True)
app.add_typer(note, name="note", no_args_is_help=True)
app.add_typer(actions, name="actions", no_args_is_help=True)


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
