"""Run reports under a progress bar. Nothing that draws or counts is imported here: most runs have nothing to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from smo_reports.commands.executor import makers
from smo_reports.commands.expected import Expected
from smo_reports.commands.index import renew_index
from smo_reports.commands.reports import Wanted
from smo_reports.project import Workspace
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.ledger import Asked, open_ledger
from smo_reports.runs.plan import Job
from smo_reports.runs.run import Outcome

_COLUMNS = (
    SpinnerColumn(),
    TextColumn("{task.description}", markup=False),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)


def bars_of(console: Console) -> Progress:
    """Bars that name what is being done, and go when it is done."""
    return Progress(*_COLUMNS, console=console, transient=True)


class BatchBars(Progress):
    """One bar for a batch, with the time that it should still take, and a line for each job that runs."""

    def __init__(self, expected: Expected, console: Console) -> None:
        self._expected = expected
        super().__init__(*_COLUMNS, _Left(expected), console=console, transient=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        """The bar, and below it what runs."""
        yield self.make_tasks_table(self.tasks)
        for line in self._expected.what_runs():
            yield Text(f"  {line}", no_wrap=True, overflow="ellipsis")


class _Left(ProgressColumn):
    """How long the whole batch should still take."""

    def __init__(self, expected: Expected) -> None:
        super().__init__()
        self._expected = expected

    def render(self, task: Task) -> Text:
        seconds = self._expected.left()
        if seconds is None or task.finished:
            return Text("")
        minutes = seconds / 60
        return Text(f"about {minutes:.0f} min to go" if minutes >= 2 else f"about {max(seconds, 1):.0f} s to go")


def run_with_bars(
    workspace: Workspace, wanted: Wanted, jobs: Sequence[Job], asked: Asked | None = None
) -> tuple[list[Outcome], Path | None]:
    """Run jobs under a progress bar that names what is running, enter them in the ledger, and write the index.

    Returns
    -------
    outcomes : list of Outcome
    index : Path or None
        None where it could not be written.
    """
    console = Console(stderr=True)
    ledger = open_ledger(workspace)
    ledger.catch_up()
    with contextlib.ExitStack() as opened:
        maker, workers = opened.enter_context(makers(wanted.executor, workspace, jobs, wanted.jobs))
        expected = Expected(jobs, ledger.usual_seconds(), workers)
        bars = opened.enter_context(BatchBars(expected, console))
        bar = bars.add_task("reports", total=len(jobs))

        def tell(job: Job, outcome: Outcome | None) -> None:
            if outcome is None:
                expected.begun(job)
            else:
                expected.ended(job)
                bars.advance(bar)

        outcomes = run_jobs(jobs, workers, tell, force=wanted.force, ledger=ledger, asked=asked, maker=maker)
    if waiting := len(list(ledger.unrecorded)):
        console.print(f"the ledger cannot be reached: {waiting} runs wait to be entered", highlight=False)
    out = wanted.out or workspace.root / "reports"
    return outcomes, renew_index(workspace, out, lambda line: console.print(line, highlight=False, markup=False))
