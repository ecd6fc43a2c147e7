"""The scheduler."""

from __future__ import annotations

import datetime as dt
import signal
import threading
from types import FrameType
from typing import Annotated

import typer


def schedule(
    coming: Annotated[
        int | None, typer.Option("--next", min=1, max=1000, metavar="N", help="Only show the next N runs.")
    ] = None,
    executor: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where: local, or dask://host:port; default: executor in smo.yaml.")
    ] = "",
) -> None:
    """Run reports when the cron lines in params/ and smo.yaml say so, until it is stopped.

    Each line is in its project's time zone. What was missed is made up for once, up to catch_up_hours in smo.yaml.
    Several schedulers, on several hosts, may share one ledger: nothing is run twice. SIGTERM lets what runs finish.

    Example: smo schedule --next 10
    """
    from smo_reports.commands.schedule import Scheduler, next_slots
    from smo_reports.project import find_workspace

    workspace = find_workspace()
    if coming is not None:
        slots = next_slots(workspace, dt.datetime.now(dt.UTC), coming)
        for slot in slots:
            print(f"{slot.at:%a %Y-%m-%d %H:%M} {slot.at.tzname():>5}  {slot.report} of {slot.subject}")
        if not slots:
            print("nothing is planned: no report has every: in params/ or smo.yaml")
        return
    draining = threading.Event()

    def drain(_number: int, _frame: FrameType | None) -> None:
        log("stopping: what runs is finished")
        draining.set()

    scheduler = Scheduler(workspace.root, log, draining, executor=executor)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, drain)
    log(f"watching {len(scheduler.lines())} cron lines in {workspace.root}")
    scheduler.run()
    log("stopped")


def log(line: str) -> None:
    """One line with its time, at once."""
    print(f"{dt.datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {line}", flush=True)
