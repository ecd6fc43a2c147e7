"""What the command shows while it works and when it is done: Rich's bars and tables."""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from smo_reports.commands.demo import Recipe, make_demo
from smo_reports.commands.progress import bars_of, run_with_bars
from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.period import from_dates
from smo_reports.present import wording
from smo_reports.present.exhibit import records
from smo_reports.project import Workspace
from smo_reports.runs.plan import Job
from smo_reports.runs.run import Outcome
from smo_reports.words import catalogue


def demo_jobs(workspace: Workspace, end: dt.date) -> tuple[list[Job], Wanted]:
    """What is planned, of the world's last week or last day: with an end of one's own, that is not today's."""
    week = from_dates(str(end - dt.timedelta(7)), str(end)).label
    wanted = Wanted(period=week, audiences=("stakeholder", "lead"))
    daily = tuple(name for name, plan in workspace.reports.items() if plan.period in ("day", "today"))
    jobs = [job for job in plan_reports(workspace, wanted) if job.report not in daily]
    if daily:
        jobs += plan_reports(workspace, replace(wanted, reports=daily, period=str(end - dt.timedelta(1))))
    return jobs, wanted


def demo_with_bars(folder: Path, recipe: Recipe) -> tuple[list[Outcome], Path | None]:
    """Make the demo and run its reports, for stakeholders and leads, under progress bars."""
    console = Console(stderr=True)
    started = time.monotonic()
    with bars_of(console) as bars:
        bar = bars.add_task("making the demo", total=100)
        workspace, made = make_demo(
            folder,
            recipe,
            lambda what, share: bars.update(bar, description=what, completed=round(100 * share)),
        )
    console.print(f"the demo's world is {'made' if made else 'there already'}: {workspace.root}", highlight=False)
    jobs, wanted = demo_jobs(workspace, dt.date.fromisoformat(recipe.end))
    outcomes, index = run_with_bars(workspace, wanted, jobs)
    console.print(f"took {time.monotonic() - started:.1f} s", highlight=False)
    return outcomes, index


def print_estimates(table: pd.DataFrame, language: str) -> None:
    """Print estimates as a table, in words with their intervals; text of the data is never read as markup."""
    say = catalogue(language)
    splits = list(table.columns[: list(table.columns).index("kpi")])
    shown = Table(box=None, pad_edge=False)
    for name in (*splits, "kpi", "estimate (95 % interval)", "n", "interval", "target", "status", "note"):
        shown.add_column(name, justify="right" if name == "n" else "left")
    for row in records(table):
        target = row["target"]
        known = isinstance(target, float) and not math.isnan(target)
        cells = [
            *(str(row[name]) for name in splits),
            row["kpi"],
            wording.full_words(row, say),
            f"{row['n']:,}",
            row["interval"],
            wording.amount(target, math.nan, row["unit"], language) if known else "",
            "" if pd.isna(row["status"]) else str(row["status"]),
            row["note"],
        ]
        shown.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(shown)
