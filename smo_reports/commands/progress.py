"""Run reports under a progress bar. Nothing that draws or counts is imported here: most runs have nothing to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from smo_reports.commands.reports import Wanted
from smo_reports.project import Workspace
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.index import write_index
from smo_reports.runs.ledger import Asked, open_ledger
from smo_reports.runs.plan import Job
from smo_reports.runs.run import Outcome


def bars_of(console: Console) -> Progress:
    """Bars that name what is being done, and go when it is done."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def run_with_bars(
    workspace: Workspace, wanted: Wanted, jobs: Sequence[Job], asked: Asked | None = None
) -> tuple[list[Outcome], Path]:
    """Run jobs under a progress bar that names what is running, enter them in the ledger, and write the index.

    Returns
    -------
    outcomes : list of Outcome
    index : Path
    """
    console = Console(stderr=True)
    ledger = open_ledger(workspace)
    ledger.catch_up()
    with bars_of(console) as bars:
        bar = bars.add_task("starting", total=len(jobs))
        running: list[str] = []

        def tell(job: Job, outcome: Outcome | None) -> None:
            if outcome is None:
                running.append(job.name)
            else:
                running.remove(job.name)
                bars.advance(bar)
            bars.update(bar, description=", ".join(running) or "done")

        workers = wanted.jobs or workspace.jobs
        outcomes = run_jobs(jobs, workers, tell, force=wanted.force, ledger=ledger, asked=asked)
    if waiting := len(list(ledger.unrecorded)):
        console.print(f"the ledger cannot be reached: {waiting} runs wait to be entered", highlight=False)
    out = wanted.out or workspace.root / "reports"
    return outcomes, write_index(out, workspace.root / "templates", title=workspace.title)
