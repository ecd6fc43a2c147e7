"""A Monday's reports: ``smo run`` against shell loops, papermill's API, and the floor.

The shell loops are what people do without this package: ``papermill`` and then ``jupyter nbconvert`` for each report,
one after the other and two at a time. All ways run the same notebooks with the same parameters and start cold. The
floor is the notebooks' code as plain functions, one at a time (``batch_ways.py``).

Run as ``python benchmarks/runs.py [--reports 12 90] [--size demo] [--folder DIR] [--ways …]``. Loops of 90 take
long.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
from pathlib import Path

from batches import Cost, machine, make_world, measure, plan_batch, table, way

from smo_reports.runs.plan import Job

ONE, TWO = "shell loop", "shell loop, two at a time"
FORKED, ALONE, AGAIN = "smo run, two at a time", "smo run, one at a time", "smo run, nothing changed"
WAYS = (ONE, TWO, "papermill's API", "floor", ALONE, FORKED, AGAIN)


def shell_line(job: Job, number: int) -> str:
    """The two commands that make one report."""
    tools = Path(sys.executable).parent
    executed = f"out/{number}.ipynb"
    given = shlex.quote(json.dumps(job.parameters))
    notebook = shlex.quote(str(job.notebook.relative_to(job.root)))
    return (
        f"{tools}/papermill --no-progress-bar -k python3 -y {given} {notebook} {executed}"
        f" && {tools}/jupyter nbconvert --log-level=ERROR --to html --no-input {executed}"
    )


def by_shell(root: Path, jobs: list[Job], workers: int) -> Cost:
    """A shell's loop over the reports, so many at a time; one that fails makes it fail."""
    (root / "out").mkdir(exist_ok=True)
    lines = "\0".join(shell_line(job, number) for number, job in enumerate(jobs))
    (root / "lines").write_text(lines)
    return measure(["sh", "-c", f"xargs -0 -a lines -n 1 -P {workers} sh -e -c"], root)


def cost(name: str, root: Path, count: int) -> Cost:
    """Measure one way."""
    if name in {ONE, TWO}:
        return by_shell(root, plan_batch(root, count), 1 if name == ONE else 2)
    if name == "floor":
        way("plan", root, count)
    kinds = {"papermill's API": "papermill", "floor": "floor", ALONE: "forked", FORKED: "forked", AGAIN: "again"}
    return way(kinds[name], root, count, 2 if name in {FORKED, AGAIN} else 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, nargs="+", default=[12, 90])
    parser.add_argument("--size", choices=("small", "demo"), default="demo")
    parser.add_argument("--folder", type=Path, help="a workspace of an earlier run, or where to leave one")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        root = (options.folder or Path(made) / "demo").resolve()
        make_world(root, options.size)
        for count in options.reports:
            print(f"\n{count} reports; {machine()}", flush=True)
            costs = {}
            for name in WAYS:
                if name in options.ways:
                    costs[name] = cost(name, root, count)
                    print(f"{name}: {costs[name].wall:.1f} s, CPU {costs[name].cpu:.1f} s", flush=True)
            print(table(costs, count, FORKED if FORKED in costs else next(iter(costs))))
            print(f"load at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
