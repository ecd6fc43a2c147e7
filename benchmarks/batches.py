"""A batch of reports of the demo world, and what a way of running it costs: what ``kernels.py`` and ``runs.py`` share.

What a way costs is its wall clock and the CPU of every process that it started: the benchmark adopts those that detach
(the parents of forked kernels do), and ends them before it counts.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from smo_reports.commands.demo import Recipe, make_demo
from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.kernels.linux import adopt_orphans, end_children
from smo_reports.project import find_workspace
from smo_reports.runs.plan import Job

WAYS = Path(__file__).with_name("batch_ways.py")
REPORTS = ("kpi", "rca", "staffing")
WEEKS = ("2026-W46", "2026-W45", "2026-W44", "2026-W43", "2026-W42")
END = "2026-11-16"


@dataclass(frozen=True)
class Cost:
    """Wall clock and CPU, in seconds."""

    wall: float
    cpu: float


def make_world(folder: Path, size: str) -> None:
    """Make the demo's workspace, unless an earlier run has left it."""
    if not (folder / "smo.yaml").is_file():
        make_demo(folder, Recipe("demo" if size == "demo" else "small", end=END))


def plan_batch(root: Path, count: int) -> list[Job]:
    """Plan so many reports: three of each project, for one week after the other."""
    workspace = find_workspace(root)

    def each() -> Iterable[Job]:
        for week, project in product(WEEKS, workspace.projects):
            yield from plan_reports(workspace, Wanted(REPORTS, (project,), week))

    jobs = list(islice(each(), count))
    if len(jobs) < count:
        raise SystemExit(f"the demo has {len(jobs)} such reports, not {count}")
    return jobs


def measure(command: Sequence[str], root: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command in the workspace; one that fails ends the benchmark."""
    adopt_orphans()
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=root, env={**os.environ, **(environment or {})}, capture_output=True, text=True)
    wall = time.perf_counter() - begun
    end_children()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[:200]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def way(name: str, root: Path, count: int, workers: int = 1) -> Cost:
    """Measure one of the ways in ``batch_ways.py``."""
    return measure([sys.executable, str(WAYS), name, str(count), str(workers)], root)


def machine() -> str:
    """What else the machine was doing: the load of the last minute, and its cores."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"


def table(costs: Mapping[str, Cost], count: int, compared_to: str) -> str:
    """Costs as rows of Markdown, with how many times one of them each takes."""
    one = costs[compared_to]
    head = f"| way | wall | CPU | CPU a report | × {compared_to}, wall | CPU |\n|---|--:|--:|--:|--:|--:|"
    rows = (
        f"| {name} | {cost.wall:.1f} s | {cost.cpu:.1f} s | {cost.cpu / count:.2f} s | {cost.wall / one.wall:.2f} "
        f"| {cost.cpu / one.cpu:.2f} |"
        for name, cost in costs.items()
    )
    return "\n".join([head, *rows])
