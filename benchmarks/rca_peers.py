"""The search for causes against wise-pizza and SliceLine: the same rows, judged alike, in the same run.

Each measurement is a process of its own, with limits of time and memory; starting Python, importing, reading the rows,
bringing them into the form that a package takes, and a first small run that compiles are left out. A finding hits a
cause where the segments are equal or cover nearly the same rows afterwards; what kind of cause it is, which only ours
says, does not count here. The peers are used as their documentation shows it:

* wise-pizza: ``explain_changes_in_average`` with its solver, two columns a segment, and at most five segments (it gives
  as many as it is asked for; its documentation asks for 20). Those count that move the average by ``MATERIAL``.
* SliceLine finds slices in which a model errs more. The model is what was learnt before (a logistic regression on the
  same columns), the errors are the wrong decisions afterwards over those it expects: without it, the slices are what
  was always hard. Its paper's ``alpha`` of 0.95 and smallest slice of one row in a hundred, three columns, three
  slices. Those count that move the average by ``MATERIAL``.

Run: python benchmarks/rca_peers.py --peers PYTHON [--seeds 1] [--quiet-seeds 1] [--large-rows 2000000]
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from agreement import peak_bytes
from rca_scenarios import CAUSES, DIMENSIONS, NO_CAUSE, Scenario

Segments = list[dict[str, str]]
Prepared = Callable[[], Segments]

COLUMNS = (*DIMENSIONS, "labeler_id")
MATERIAL = 0.001
LIMIT_S, LIMIT_GB = 300, 10
QUIET = ("independent", "drifting", "wobble")


def ours(rows: pd.DataFrame, population: pd.DataFrame | None) -> Prepared:
    from smo_reports import explain

    def run() -> Segments:
        found = explain(rows, before="A", after="B", dimensions=DIMENSIONS, population=population)
        return [dict(one.segment) for one in found.findings]

    return run


def wise_pizza(rows: pd.DataFrame, population: pd.DataFrame | None) -> Prepared:
    from wise_pizza import explain_changes_in_average

    names = list(COLUMNS)
    plain = rows.astype({"correct": float, **dict.fromkeys(names, str)}).assign(rows=1.0)
    totals = plain.groupby(["period", *names], observed=True)[["correct", "rows"]].sum().reset_index()
    before, after = (totals[totals["period"] == one].drop(columns="period") for one in "AB")

    def run() -> Segments:
        found = explain_changes_in_average(
            before, after, names, "correct", "rows", max_depth=2, max_segments=5, how="totals", solver="lasso"
        )
        moved = [one for one in found.segments if abs(one["impact"]) >= MATERIAL]
        ordered = sorted(moved, key=lambda one: -abs(one["impact"]))
        return [{name: str(value) for name, value in one["segment"].items()} for one in ordered]

    return run


def slice_line(rows: pd.DataFrame, population: pd.DataFrame | None) -> Prepared:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import OneHotEncoder
    from sliceline.slicefinder import Slicefinder

    plain = rows[list(COLUMNS)].astype(str).to_numpy(object)
    wrong, is_after = ~rows["correct"].to_numpy(bool), (rows["period"] == "B").to_numpy()

    def run() -> Segments:
        encoder = OneHotEncoder(handle_unknown="ignore")
        model = LogisticRegression(max_iter=1000).fit(encoder.fit_transform(plain[~is_after]), wrong[~is_after])
        expected = model.predict_proba(encoder.transform(plain[is_after]))[:, 1]
        errors = wrong[is_after] / expected * expected.mean()
        finder = Slicefinder(alpha=0.95, k=3, max_l=3, min_sup=0.01, verbose=False).fit(plain[is_after], errors)
        found = []
        for values, about in zip(finder.top_slices_, finder.top_slices_statistics_, strict=True):
            share = about["slice_size"] / len(errors)
            if share * (about["slice_average_error"] - errors.mean()) >= MATERIAL:
                named = zip(COLUMNS, values, strict=True)
                found.append({name: str(value) for name, value in named if value is not None})
        return found

    return run


WAYS = {"ours": ours, "wise-pizza": wise_pizza, "SliceLine": slice_line}


def measure(way: str, folder: Path) -> dict[str, Any]:
    """Run one way in this process on the rows in a folder."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_GB * 10**9,) * 2)
    signal.signal(signal.SIGXCPU, _out_of_time)
    # A peer's dependency looks for the package ``coverage``, not for the study of that name beside this file.
    sys.path.remove(str(Path(__file__).resolve().parent))
    rows, population = pd.read_parquet(folder / "rows.parquet"), None
    if (folder / "population.parquet").is_file():
        population = pd.read_parquet(folder / "population.parquet")
    few = rows.groupby("period", observed=True).sample(1000, random_state=1)
    WAYS[way](few.reset_index(drop=True), population)()
    run = WAYS[way](rows, population)
    # Of CPU: how much else runs on the machine does not matter.
    used = int(time.process_time()) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + LIMIT_S, used + LIMIT_S + 10))
    before = peak_bytes(forget=True)
    cpu, wall = time.process_time(), time.perf_counter()
    found = run()
    cpu, wall, peak = time.process_time() - cpu, time.perf_counter() - wall, peak_bytes()
    return {"found": found, "cpu": cpu, "wall": wall, "peak": peak / 2**30, "added": (peak - before) / 2**30}


def _out_of_time(number: int, frame: object) -> None:
    raise TimeoutError(_LATE)


_LATE = f"not done after {LIMIT_S} s of CPU"


def in_own_process(way: str, folder: Path, python: str) -> dict[str, Any]:
    command = [python, "-W", "ignore", __file__, "--measure", way, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=4 * LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return {"missing": f"not done after {4 * LIMIT_S} s"}
    if done.returncode:
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL) or _LATE in done.stderr:
            return {"missing": _LATE}
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"missing": f"more than {LIMIT_GB} GB" if "alloc" in said or "MemoryError" in said else said[:160]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def saved(made: Scenario, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    made.rows.to_parquet(folder / "rows.parquet")
    (folder / "population.parquet").unlink(missing_ok=True)
    if made.population is not None:
        made.population.to_parquet(folder / "population.parquet")
    return folder


def judged(made: Scenario, one: Mapping[str, Any]) -> dict[str, float]:
    """What a run found, against what was planted."""
    from rca import alike

    found: Segments = one["found"]
    hits = [[alike(made.rows, segment, cause.segment) for cause in made.causes] for segment in found]
    of_causes = np.array(hits, bool).reshape(len(found), len(made.causes))
    return {
        "causes": len(made.causes),
        "hit": int(of_causes.any(axis=0).sum()),
        "reported": len(found),
        "right": int(of_causes.any(axis=1).sum()),
        "first": float(of_causes[0].any()) if found and made.causes else 0.0,
        **{name: one[name] for name in ("cpu", "wall", "peak", "added")},
    }


def summary(way: str, every: Sequence[Mapping[str, Any]]) -> str:
    """One row of the table."""
    done = [one for one in every if "missing" not in one]
    failed = [str(one["missing"]) for one in every if "missing" in one]
    said = "; ".join(dict.fromkeys(failed)) + (f" ({len(failed)} of {len(every)})" if failed and done else "")
    if not done:
        return f"| {way} | {said} | | | | | | | |"
    caused = [one for one in done if one["causes"]]
    quiet = [one for one in done if not one["causes"]]
    planted, reported = sum(one["causes"] for one in caused), sum(one["reported"] for one in caused)
    shares = (
        f"{np.mean([one['reported'] > 0 for one in quiet]):.0%}" if quiet else "",
        f"{sum(one['hit'] for one in caused) / planted:.2f}" if planted else "",
        f"{sum(one['right'] for one in caused) / reported:.2f}" if reported else "",
        f"{np.mean([one['first'] for one in caused]):.2f}" if caused else "",
    )
    middle = {name: float(np.median([one[name] for one in done])) for name in ("cpu", "wall", "added")}
    most = max(one["peak"] for one in done)
    sizes = f"{middle['cpu']:.2f} s | {middle['wall']:.2f} s | {most:.2f} GiB | {middle['added']:.2f} GiB"
    return f"| {way} | {' | '.join(shares)} | {sizes} |" + (f" {said}" if said else "")


def compare(kinds: Mapping[str, int], rows: int, first_seed: int, pythons: Mapping[str, str]) -> None:
    """Print a table of all ways on the scenarios: so many seeds of each kind."""
    results: dict[str, list[dict[str, Any]]] = {way: [] for way in pythons}
    with tempfile.TemporaryDirectory() as root:
        for kind, seeds in kinds.items():
            for seed in range(first_seed, first_seed + seeds):
                made = {**NO_CAUSE, **CAUSES}[kind](seed, rows)
                folder = saved(made, Path(root) / "scenario")
                for way, python in pythons.items():
                    one = in_own_process(way, folder, python)
                    results[way].append(one if "missing" in one else judged(made, one))
                    about = one.get("missing") or f"{one['cpu']:.2f} s {one['found']}"
                    print(f"{kind} {seed} {way}: {about}", file=sys.stderr, flush=True)
    told = f"{sum(kinds.values())} scenarios of {len(kinds)} kinds, from seed {first_seed} on"
    columns = ("way", "false alarms", "recall", "precision", "first", "CPU", "wall", "peak", "over the input")
    print(f"\n{rows:,} rows, {told}; medians, and the largest peak\n\n| {' | '.join(columns)} |\n|---|" + "--:|" * 8)
    for way, every in results.items():
        print(summary(way, every), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", metavar="PYTHON", help="A Python that has the peers; without one, ours alone runs.")
    parser.add_argument("--seeds", type=int, default=1, help="Of each kind with a cause.")
    parser.add_argument("--quiet-seeds", type=int, default=1, help="Of each kind without.")
    parser.add_argument("--first-seed", type=int, default=60_000)
    parser.add_argument("--rows", type=int, default=50_000, help="0: not at this size.")
    parser.add_argument("--large-rows", type=int, default=2_000_000, help="0: not at this size.")
    parser.add_argument("--kinds", default=",".join([*QUIET, *CAUSES]), help="Separated by commas.")
    parser.add_argument("--large-kinds", default="policy_market", help="Separated by commas.")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure[0], Path(chosen.measure[1]))))
        return
    pythons = {way: sys.executable if way == "ours" else chosen.peers for way in WAYS if way == "ours" or chosen.peers}
    if chosen.rows:
        wanted = chosen.kinds.split(",")
        kinds = {kind: chosen.seeds if kind in CAUSES else chosen.quiet_seeds for kind in wanted}
        compare(kinds, chosen.rows, chosen.first_seed, pythons)
    if chosen.large_rows:
        kinds = dict.fromkeys(chosen.large_kinds.split(","), chosen.seeds)
        compare(kinds, chosen.large_rows, chosen.first_seed, pythons)


if __name__ == "__main__":
    main()
