"""The KPI report's data time and peak memory, against the same numbers from pandas; how fast ``smo`` starts.

The numbers are those of notebooks/kpi.ipynb: its own cells are executed as they stand, up to the first that
shows something. Once the rows are where the package leaves them, in Parquet read by the embedded engine; once
the same files are first read into pandas (only the columns that the numbers need), joined, and given to the
same KPIs. Each measurement is a process of its own, under a memory limit and a time limit.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "hate-speech-id"
END = dt.date(2026, 11, 16)
SIZES = (300_000, 3_000_000, 30_000_000)
GIB = 2**30
START_BAR_S = 0.4

# What the numbers need of each table; pandas is spared the rest.
NEEDED = {
    "decisions": [
        "decision_id",
        "item_id",
        "labeler_id",
        "label",
        "task",
        "round",
        "submitted_at",
        "work_date",
        "handling_s",
        "policy",
        "market",
        "severity",
        "queue",
        "is_gold",
        "blind",
        "skipped",
        "vendor",
        "batch_id",
    ],
    "audits": [
        "audit_id",
        "decision_id",
        "audit_label",
        "correct",
        "purpose",
        "blind",
        "round",
        "error_type",
        "plan_id",
        "stratum",
        "weight",
    ],
    "gold": ["item_id", "gold_label", "added_at", "retired_at"],
    "work_hours": ["person_id", "work_date", "activity", "hours"],
    "events": ["event_id", "at", "kind", "name", "version"],
}


def world(decisions: int, cache: Path) -> Path:
    """The folder of a project with about so many decisions, generated unless it is there; as a workspace."""
    from smo_reports.world import build
    from smo_reports.world.projects import OPERATIONS

    folder = cache / str(decisions)
    mark = folder / "made.json"
    if not mark.is_file():
        started = time.monotonic()
        (only,) = [operation for operation in OPERATIONS if operation.name == PROJECT]
        # The world's other projects would only take time: each is made from seeds of its own.
        build.OPERATIONS = (only,)
        made = build.generate(folder, rows=round(decisions / only.share), end=END)
        text = made.projects[0].params.replace("source: warehouse/", f"source: parquet:{PROJECT}")
        (folder / "params").mkdir(exist_ok=True)
        (folder / "params" / f"{PROJECT}.yaml").write_text(text, "utf-8")
        (folder / "smo.yaml").write_text("title: benchmark\n", "utf-8")
        mark.write_text(json.dumps({"decisions": made.decisions}), "utf-8")
        print(f"generated {made.decisions:,} decisions in {time.monotonic() - started:.0f} s", flush=True)
    return folder


def data_cells() -> str:
    """The notebook's code between its parameters and the first cell that shows something."""
    cells = json.loads((ROOT / "notebooks" / "kpi.ipynb").read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    first_shown = next(place for place, text in enumerate(sources) if text.startswith("present."))
    return "\n".join(sources[:first_shown])


def measure(how: str, folder: Path, limit: int) -> dict[str, Any]:
    """Make the report's numbers in this process; the time leaves out importing what both need."""
    import smo_reports
    from smo_reports import project

    for name in ("analyses", "kpis", "present", "sources.duckdb"):
        import_module(f"smo_reports.{name}")
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    found = project.load_project(PROJECT, project.find_workspace(folder))
    imported = time.process_time()
    read_s = 0.0
    if how == "pandas":
        started = time.monotonic()
        tables = read_frames(folder / PROJECT, found)
        read_s = time.monotonic() - started
        smo_reports.read_all = frames_of(tables)
    names: dict[str, Any] = {}
    parameters = f"\nproject, start, end = {PROJECT!r}, {str(END - dt.timedelta(7))!r}, {str(END)!r}\n"
    cells = data_cells()
    head, rest = cells.split("\nfrom smo_reports import", 1)
    smo_reports.load_project = lambda _name: found
    code = compile(f"{head}{parameters}from smo_reports import{rest}", "kpi.ipynb", "exec")
    started = time.monotonic()
    exec(code, names)
    seconds = time.monotonic() - started
    cpu = time.process_time() - imported
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tables_made = {name: names[name] for name in ("now", "weekly", "kpis", "change", "parts")}
    numbers = {name: json.loads(table.astype(str).to_json(orient="records")) for name, table in tables_made.items()}
    return {"seconds": seconds, "read_s": read_s, "cpu": cpu, "peak": peak, "numbers": numbers}


def read_frames(folder: Path, project: Any) -> dict[str, Any]:
    """Read the tables into pandas and join them as the package's reader does."""
    import pandas as pd
    import pyarrow.parquet as pq

    tables = {}
    for name, columns in NEEDED.items():
        have = pq.read_schema(folder / f"{name}.parquet").names
        kept = [column for column in columns if column in have]
        tables[name] = pd.read_parquet(folder / f"{name}.parquet", columns=kept)
    for name in ("decisions", "work_hours"):
        days = pd.to_datetime(tables[name]["work_date"])
        tables[name]["work_date"] = days
        tables[name]["week"] = days - pd.to_timedelta(days.dt.weekday, unit="D")
    violating = dict.fromkeys(project.labels.violating, True) | dict.fromkeys(project.labels.benign, False)
    decisions = tables["decisions"]
    decisions["violating"] = decisions["label"].map(violating).astype("boolean")
    taken = [name for name in decisions if name == "decision_id" or name not in tables["audits"]]
    audits = tables["audits"].merge(decisions[taken], on="decision_id")
    right = audits["correct"].astype("boolean")
    audits["correct"] = right.fillna(audits["audit_label"] == audits["label"])
    audits["audit_label"] = audits["audit_label"].fillna(audits["label"].where(right.fillna(False)))
    truth = audits["audit_label"].map(violating).astype("boolean")
    if "error_type" in audits:
        typed = {"false_positive": False, "false_negative": True, "wrong_selection": True}
        truth = truth.fillna(audits["error_type"].map(typed).astype("boolean"))
    audits["audit_violating"] = truth
    gold = tables["gold"].sort_values("added_at", na_position="first")
    ended = gold.groupby("item_id")["added_at"].shift(-1)
    gold["ended"] = pd.concat([ended, gold["retired_at"]], axis=1).min(axis=1) if "retired_at" in gold else ended
    known = decisions.merge(gold, on="item_id")
    in_force = (known["added_at"].isna() | (known["submitted_at"] >= known["added_at"])) & (
        known["ended"].isna() | (known["submitted_at"] < known["ended"])
    )
    return {
        "decisions": decisions,
        "audits": audits,
        "gold_decisions": known[in_force].drop(columns=["added_at", "retired_at", "ended"], errors="ignore"),
        "work_hours": tables["work_hours"],
        "events": tables["events"]
        .assign(work_date=tables["events"]["at"].dt.tz_convert(project.time_zone).dt.date)
        .assign(work_date=lambda found: pd.to_datetime(found["work_date"])),
    }


def frames_of(tables: dict[str, Any]) -> Any:
    """A ``read_all`` over frames in memory."""
    import narwhals as nw
    import pandas as pd

    from smo_reports.sources import Rows

    def read_all(_project: object, start: dt.date | None = None, end: dt.date | None = None, **_more: object) -> Rows:
        def load(name: str) -> Any:
            rows = tables[name]
            if start is not None:
                rows = rows[rows["work_date"] >= pd.Timestamp(start)]
            if end is not None:
                rows = rows[rows["work_date"] < pd.Timestamp(end)]
            return nw.from_native(rows).lazy()

        return Rows(tuple(tables), load, start, end)

    return read_all


def in_own_process(how: str, folder: Path, limit: int, seconds: float) -> dict[str, Any] | str:
    """What :func:`measure` gives, or in a few words why it gave nothing."""
    command = [sys.executable, __file__, "--measure", how, str(folder), "--limit-gib", str(limit // GIB)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"not done after {seconds / 60:.0f} min"
    if done.returncode == 0:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    out_of_memory = done.returncode < 0 or any(word in done.stderr for word in ("MemoryError", "malloc", "bad_alloc"))
    return f"out of memory at {limit // GIB} GiB" if out_of_memory else f"failed: {said[:200]}"


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Where two sets of numbers differ: values to nine digits, everything else exactly."""
    found = []
    for table, rows in ours.items():
        other = theirs[table]
        if len(rows) != len(other):
            found.append(f"{table}: {len(rows)} and {len(other)} rows")
            continue
        for place, (one, two) in enumerate(zip(rows, other, strict=True)):
            found += [
                f"{table} {place} {one.get('kpi')} {name}: {value} and {two.get(name)}"
                for name, value in one.items()
                if not same(value, two.get(name))
            ]
    return found


def of_both(ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Our numbers of those KPIs that pandas was given the tables for, and how many KPIs that leaves out."""
    measured = {row["kpi"] for row in theirs["now"] if not row["note"].startswith("not measured")}
    left_out = {row["kpi"] for row in ours["now"]} - measured
    kept = {table: [row for row in rows if row["kpi"] in measured] for table, rows in ours.items()}
    return kept, len(left_out)


def same(one: str, two: str | None) -> bool:
    """Whether two values agree, both as text."""
    if one == two:
        return True
    try:
        return math.isclose(float(one), float(two or ""), rel_tol=1e-9, abs_tol=1e-12)
    except ValueError:
        # A day is a date in one engine and a time at midnight in another.
        return one.removesuffix(" 00:00:00") == (two or "").removesuffix(" 00:00:00")


def start_seconds() -> float:
    """CPU seconds of ``smo --help``, the median of five."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "smo_reports", "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(taken)


def row(decisions: int, how: str, made: dict[str, Any] | str) -> str:
    """One line of the printed table."""
    if isinstance(made, str):
        return f"{decisions:>12,}  {how:<9} {made}"
    total = made["read_s"] + made["seconds"]
    read = f", of it {made['read_s']:.1f} s reading" if made["read_s"] else ""
    peak = made["peak"] / GIB
    return f"{decisions:>12,}  {how:<9} {total:8.1f} s  {made['cpu']:8.1f} s  {peak:6.2f} GiB{read}"


def compare(sizes: list[int], cache: Path, limit: int, seconds: float) -> bool:
    """Print both ways at each size; False where their numbers differ, or ours were not made."""
    print(f"{'decisions':>12}  {'way':<9} {'data time':>10}  {'CPU':>10}  {'peak':>10}", flush=True)
    agreed = True
    for size in sizes:
        folder = world(size, cache)
        decisions = json.loads((folder / "made.json").read_text("utf-8"))["decisions"]
        made = {}
        for how in ("engine", "pandas"):
            made[how] = in_own_process(how, folder, limit, seconds)
            print(row(decisions, how, made[how]), flush=True)
        ours, theirs = made["engine"], made["pandas"]
        if isinstance(ours, str):
            agreed = False
        elif not isinstance(theirs, str):
            mine, left_out = of_both(ours["numbers"], theirs["numbers"])
            wrong = differences(mine, of_both(theirs["numbers"], theirs["numbers"])[0])
            count = sum(len(rows) for rows in mine.values())
            said = f"{len(wrong)} differ" if wrong else "all equal"
            print(f"{'':12}  {count} rows of numbers, {said}; {left_out} KPIs of other tables only by the engine")
            print(*wrong[:10], sep="\n", end="\n" if wrong else "", flush=True)
            agreed = agreed and not wrong
    return agreed


def main() -> int:
    """Run what the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--decisions", type=int, action="append", help="a size; may be repeated; default: all three")
    asked.add_argument("--cache", type=Path, default=ROOT / "build" / "bench", help="where worlds are kept")
    asked.add_argument("--limit-gib", type=int, default=16, help="address space that a measurement may use")
    asked.add_argument("--minutes", type=float, default=10.0, help="time that a measurement may take")
    asked.add_argument("--measure", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.measure:
        how, folder = given.measure
        print(json.dumps(measure(how, Path(folder), given.limit_gib * GIB)))
        return 0
    agreed = compare(given.decisions or list(SIZES), given.cache, given.limit_gib * GIB, 60 * given.minutes)
    start = start_seconds()
    print(f"smo --help: {start:.2f} s of CPU, median of 5 (bar: {START_BAR_S} s)")
    return 0 if agreed and start < START_BAR_S else 1


if __name__ == "__main__":
    sys.exit(main())
