"""Forked kernels against ordinary ones: start-up, a batch of twelve reports, and whether five hundred leave anything.

The batch is run once with each kind of kernel, one report at a time, and as plain functions, each in a child of a
process that has imported the same: what the reports' own code costs, and so the floor. All start cold: importing, the
kernels' parent and planning are counted (the floor's plan is made before).

Run as ``python benchmarks/kernels.py [--reports 12] [--size small] [--folder DIR]``, or with ``--leak 500``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from batches import Cost, machine, make_world, table, way
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

STARTS = 7
STACK = ["matplotlib.pyplot", "pandas", "duckdb", "deltalake"]
IMPORTS = "; ".join(f"import {name}" for name in STACK)


class Specs(KernelSpecManager):
    """Knows an ordinary kernel and a forked one."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        forked = {"provisioner_name": "forked-provisioner", "config": {"preload": STACK, "idle": 30.0}}
        metadata = {"kernel_provisioner": forked} if kernel_name == "forked" else {}
        return KernelSpec(argv=argv, display_name=kernel_name, language="python", metadata=metadata)


async def start(kind: str, code: str) -> tuple[float, Any]:
    """Start a kernel and run code in it; gives the seconds that took, and its manager."""
    begun = time.perf_counter()
    manager = AsyncKernelManager(kernel_name=kind, kernel_spec_manager=Specs())
    await manager.start_kernel(stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=120)
    await client.execute_interactive(code, timeout=120)
    seconds = time.perf_counter() - begun
    client.stop_channels()
    return seconds, manager


async def starts(kind: str) -> list[float]:
    """Seconds from asking for a kernel to the end of a cell of imports, without the first, which starts the parent."""
    found = []
    for _ in range(STARTS + 1):
        seconds, manager = await start(kind, IMPORTS)
        await manager.shutdown_kernel(now=True)
        found.append(seconds)
    return found[1:]


def footprint(parent: int) -> dict[str, int]:
    """What may pile up: the parent's descriptors, children and private memory, this process's, and folders."""
    rows = Path(f"/proc/{parent}/smaps_rollup").read_text().splitlines()[1:]
    above = Counter(_parent_of(int(one.name)) for one in Path("/proc").glob("[0-9]*"))
    own = Path("/proc/self/status").read_text()
    return {
        "the parent's descriptors": len(list(Path(f"/proc/{parent}/fd").iterdir())),
        "its children": above[parent],
        "its private KiB": sum(int(row.split()[1]) for row in rows if row.startswith("Private")),
        "the client's descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "its KiB": int(own.partition("VmRSS:")[2].split()[0]),
    }


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


async def leak(many: int) -> None:
    """Start and end kernels one after the other, and print what they left."""
    _, manager = await start("forked", "1")
    parent = _parent_of(_parent_of(manager.provisioner.process.pid))
    await manager.shutdown_kernel(now=True)
    for turn in range(many):
        if turn in {many // 10, many // 2}:
            print(f"after {turn}: {footprint(parent)}", flush=True)
        _, manager = await start("forked", "x = list(range(100_000))")
        if _parent_of(_parent_of(manager.provisioner.process.pid)) != parent:
            raise SystemExit(f"kernel {turn} has another parent")
        await manager.shutdown_kernel(now=True)
    print(f"after {many}: {footprint(parent)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=12)
    parser.add_argument("--size", choices=("small", "demo"), default="demo")
    parser.add_argument("--folder", type=Path, help="a workspace of an earlier run, or where to leave one")
    parser.add_argument("--leak", type=int, default=0, metavar="KERNELS")
    options = parser.parse_args()
    print(machine())
    if options.leak:
        asyncio.run(leak(options.leak))
        return
    for kind in ("ordinary", "forked"):
        found = asyncio.run(starts(kind))
        print(
            f"start and import, {kind}: median {statistics.median(found):.2f} s, {min(found):.2f} to {max(found):.2f}"
        )
    with tempfile.TemporaryDirectory() as made:
        root = (options.folder or Path(made) / "demo").resolve()
        make_world(root, options.size)
        way("plan", root, options.reports)
        costs: dict[str, Cost] = {name: way(name, root, options.reports) for name in ("floor", "forked", "ordinary")}
    print(table(costs, options.reports, "floor"))
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
