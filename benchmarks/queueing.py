"""Agents for 10,000 queue intervals, and a quarter's cover by skills, against pyworkforce in the same run.

Intervals are of live queues, with handling times from half a minute to ten, and a service level and a limit on
occupancy of each; the bars are for loads of 1 to 100 erlangs. pyworkforce sizes one interval at a time, by counting up,
which is soon done where a handful of agents is enough: such loads are shown apart. It gives whole agents alone, ours
are found in fractions first. Starting Python and importing are left out; the best of several turns counts for both.

Run as ``python benchmarks/queueing.py [--intervals N] [--peers PYTHON]``; ``--peers`` is the Python that has
pyworkforce, where this one has not.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

LIMIT_S, LEAST_RATIO, PLAN_LIMIT_S = 0.03, 50.0, 10.0
BARRED = (1.0, 100.0)
TURNS, PEER_TURNS = 9, 2
Arrays = dict[str, np.ndarray]

PEER = """
import json, sys, time
import numpy as np
from pyworkforce.queuing import ErlangC
given = np.load(sys.argv[1])
rows = list(zip(*(given[name].tolist() for name in ("rate", "handling", "level", "target", "occupancy"))))
best = float("inf")
for _ in range(int(sys.argv[2])):
    begun = time.perf_counter()
    found = [
        ErlangC(transactions=rate, aht=handling / 60, asa=target / 60, interval=60).required_positions(
            service_level=level, max_occupancy=occupancy
        )["raw_positions"]
        for rate, handling, level, target, occupancy in rows
    ]
    best = min(best, time.perf_counter() - begun)
print(json.dumps({"seconds": best, "whole": found}))
"""


def intervals(many: int, low: float, high: float) -> Arrays:
    """Intervals with loads spread evenly from ``low`` to ``high`` erlangs."""
    rng = np.random.default_rng(20261123)
    handling = rng.uniform(30, 600, many)
    load = rng.uniform(low, high, many)
    return {
        "rate": load * 3600 / handling,
        "handling": handling,
        "level": rng.choice([0.7, 0.8, 0.9, 0.95], many),
        "target": rng.choice([10.0, 20.0, 30.0, 60.0, 120.0], many),
        "occupancy": rng.choice([0.85, 0.9, 1.0], many),
    }


def best(run: Callable[[], Any], turns: int) -> tuple[float, Any]:
    seconds, found = float("inf"), None
    for _ in range(turns):
        begun = time.perf_counter()
        found = run()
        seconds = min(seconds, time.perf_counter() - begun)
    return seconds, found


def sized(given: Arrays, patience: float | None = None) -> tuple[float, np.ndarray]:
    from smo_reports.stats.queueing import agents_needed

    asked = [given[name] for name in ("rate", "handling", "level", "target")]
    seconds, found = best(lambda: agents_needed(*asked, occupancy=given["occupancy"], patience=patience), TURNS)
    return seconds, found.whole


def by_peer(given: Arrays, python: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "given.npz", **given)
        command = [python, "-c", PEER, str(Path(folder) / "given.npz"), str(PEER_TURNS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"missing": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:160]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def enough(given: Arrays, whole: np.ndarray) -> np.ndarray:
    """Whether so many agents keep the promise."""
    from smo_reports.stats.queueing import erlang_c

    found = erlang_c(given["rate"], given["handling"], whole, given["target"])
    return (found.service_level >= given["level"] - 1e-9) & (found.occupancy <= given["occupancy"] + 1e-9)


def compare(many: int, low: float, high: float, python: str) -> list[str]:
    """One row of the table; what misses a bar or is wrong."""
    given = intervals(many, low, high)
    ours, whole = sized(given)
    leaving, _ = sized(given, 180.0)
    peer = by_peer(given, python)
    what = f"| {low:g}-{high:g} | {ours * 1e3:.1f} ms | {leaving * 1e3:.0f} ms "
    if "missing" in peer:
        print(f"{what}| {peer['missing']} | | | |", flush=True)
        return []
    theirs = np.array(peer["whole"], float)
    more, fewer = int((theirs > whole).sum()), int((theirs < whole).sum())
    print(f"{what}| {peer['seconds']:.2f} s | {peer['seconds'] / ours:.0f} | {more} | {fewer} |", flush=True)
    wrong = []
    if not enough(given, whole).all():
        wrong.append("ours are not enough")
    if enough(given, whole - 1).any():
        wrong.append("one less of ours would be enough")
    if fewer and enough(given, theirs)[theirs < whole].any():
        wrong.append("the peer's fewer are enough")
    if (low, high) != BARRED:
        return wrong
    if many == 10_000 and ours > LIMIT_S:
        wrong.append(f"{low:g}-{high:g} erlangs: {ours * 1e3:.1f} ms; the bar is {LIMIT_S * 1e3:g} ms")
    if peer["seconds"] < LEAST_RATIO * ours:
        wrong.append(f"{low:g}-{high:g} erlangs: {peer['seconds'] / ours:.0f} times faster; the bar is {LEAST_RATIO:g}")
    return wrong


def quarter() -> list[str]:
    """A quarter of 50 queues and 500 people with two to five queues each, a home and a limit at severe queues."""
    from smo_reports.stats.skill_cover import cover_skills, skill_groups

    rng = np.random.default_rng(20261123)
    people, queues, days = 500, 50, 91
    can = np.zeros((people, queues), bool)
    for one in can:
        first = rng.integers(queues)
        one[(first + np.arange(rng.integers(2, 6))) % queues] = True
    hours = np.where(rng.random((days, people)) < 5 / 7, rng.uniform(4, 6, (days, people)), 0.0)
    need = rng.gamma(3, hours.sum() / days / queues / 3, (days, queues))
    severe = rng.random(queues) < 0.2
    weight = rng.uniform(1, 3, queues)

    def run() -> Any:
        groups = skill_groups(can, hours)
        home = groups.can & (np.arange(queues) == groups.can.argmax(1)[:, None])
        cap = 2 * groups.present
        return groups, cover_skills(need, groups.can, groups.hours, home=home, severe=severe, cap=cap, weight=weight)

    seconds, (groups, cover) = best(run, 2)
    share = cover.unmet.sum() / need.sum()
    print(
        f"\n{queues} queues, {people} people in {len(groups.can)} groups, {days} days, homes, limits at"
        f" {severe.sum()} severe queues: {seconds:.2f} s; {share:.1%} of the need unmet"
    )
    return [f"the quarter took {seconds:.1f} s; the bar is {PLAN_LIMIT_S:g} s"] if seconds > PLAN_LIMIT_S else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--intervals", type=int, default=10_000)
    parser.add_argument("--peers", default=sys.executable, help="the Python that has pyworkforce")
    options = parser.parse_args()
    print(f"{options.intervals:,} intervals; agents compared one by one\n")
    columns = ("erlangs", "Erlang C", "Erlang A", "pyworkforce", "x Erlang C", "theirs more", "theirs fewer")
    print(f"| {' | '.join(columns)} |\n|---|--:|--:|--:|--:|--:|--:|", flush=True)
    wrong = []
    for low, high in (BARRED, (0.1, 5.0), (5.0, 20.0), (20.0, 100.0), (100.0, 500.0)):
        wrong += compare(options.intervals, low, high, options.peers)
    wrong += quarter()
    if wrong:
        raise SystemExit("\n".join(["", *wrong]))


if __name__ == "__main__":
    main()
