"""Kill, starve and cut off batches of real reports, count what is lost, doubled or half-written, and fail where any is.

Run as ``python benchmarks/chaos.py [PART]... [--kills 200] [--minutes 60] [--reports 30] [--slots 50] [--seed 46]``,
where a part is ``kills``, ``slots``, ``disk``, ``away`` or ``memory``; without one all are gone through.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from batches import machine
from chaos_kills import kill_at_random, look_at_the_last
from chaos_lacks import damaged, full_disk, ledger_away, locked, moved, out_of_memory, run_through, small_disk, stopped
from chaos_postgres import server, why_not
from chaos_schedulers import EVERY, run_slots
from chaos_workspace import Trial, end_all, trial_folder

PARTS = ("kills", "slots", "disk", "away", "memory")
SLOT_KILLS = 12


@dataclass
class Study:
    """What was tried, as lines of a table, and how much of it was wrong."""

    options: argparse.Namespace
    wrong: int = 0
    lines: list[str] = field(default_factory=list)

    def tell(self, what: str, came: list[tuple[str, int]], trial: Trial, seconds: float) -> None:
        """Print one trial."""
        faults = [f"**{many} {name}** ({trial.examples[name][:200]})" for name, many in trial.wrong.items()]
        self.wrong += sum(trial.wrong.values())
        said = "; ".join(f"{name} {many}" for name, many in came)
        line = f"| {what} | {said} | {'; '.join(faults) or 'nothing'} | {seconds:.0f} |"
        self.lines.append(line)
        print(line, flush=True)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """One for a trial, which a server's account can enter too."""
        with trial_folder(self.options.folder) as folder:
            folder.chmod(0o711)
            yield folder

    def skip(self, what: str, why: str) -> None:
        """Say what could not be tried."""
        print(f"| {what} | not tried: {why} | | |", flush=True)


def kills(study: Study) -> None:
    """Random kills across a batch."""
    options = study.options
    with study.folder() as folder:
        trial, begun = Trial(folder, options.reports), time.monotonic()
        found = kill_at_random(trial, options.kills, options.seed, seconds=60 * options.minutes)
        look_at_the_last(trial)
        what = f"{sum(found.killed.values())} kills, {options.reports} reports"
        study.tell(what, found.rows(), trial, time.monotonic() - begun)
        end_all(trial)


def slots(study: Study) -> None:
    """Two schedulers at once."""
    count = study.options.slots
    for killed in (0, SLOT_KILLS):
        with_kills = ", one killed now and then" if killed else ""
        one_ledger(study, f"two schedulers, {count} slots, SQLite{with_kills}", killed, own_server=False)
    what = f"two schedulers, {count} slots, PostgreSQL, one killed now and then"
    if why := why_not():
        study.skip(what, why)
    else:
        one_ledger(study, what, SLOT_KILLS, own_server=True)


def one_ledger(study: Study, what: str, killed: int, *, own_server: bool) -> None:
    """Two schedulers on one ledger."""
    with study.folder() as folder, ExitStack() as stack:
        address = stack.enter_context(server(folder / "pg")).address if own_server else ""
        trial, begun = Trial(folder / "t", 1, ledger=address, every=EVERY), time.monotonic()
        found = run_slots(trial, study.options.slots, killed, study.options.seed)
        study.tell(what, found.rows(), trial, time.monotonic() - begun)
        end_all(trial)


def disk(study: Study) -> None:
    """A disk that is full but for two pages, and one that is full."""
    for leave, what in ((150_000, "a disk with room for a few pages"), (0, "a full disk")):
        with study.folder() as folder, small_disk(folder / "ws") as mounted:
            named = what if mounted else f"{what} (none can be mounted: files of a few kB at the most instead)"
            trial, begun = Trial(folder, 8), time.monotonic()
            found = full_disk(trial, leave, mounted=mounted)
            study.tell(named, found, trial, time.monotonic() - begun)
            end_all(trial)


def away(study: Study) -> None:
    """A ledger whose database is away for a while."""
    ways: dict[str, Callable[[Trial], Callable[[], None]]] = {"locked": locked, "moved away": moved}
    for name, way in ways.items():
        with study.folder() as folder:
            trial = Trial(folder, study.options.reports)
            _one_away(study, f"SQLite's file is {name} for 5 s", trial, way(trial))
    for seconds in (5.0, 20.0):
        what = f"PostgreSQL is stopped for {seconds:g} s"
        if why := why_not():
            study.skip(what, why)
            continue
        with study.folder() as folder, server(folder / "pg") as database:
            trial = Trial(folder / "t", study.options.reports, ledger=database.address)
            _one_away(study, what, trial, stopped(database, seconds))
    with study.folder() as folder:
        trial, begun = Trial(folder, 6), time.monotonic()
        run_through(trial)
        damaged(trial)
        study.tell("SQLite's file is replaced by something else", [("pages made", 12)], trial, time.monotonic() - begun)
        end_all(trial)


def _one_away(study: Study, what: str, trial: Trial, cut: Callable[[], None]) -> None:
    begun = time.monotonic()
    waited = ledger_away(trial, cut)
    came = [("pages made and entered", trial.projects), ("runs that waited to be entered", waited)]
    study.tell(what, came, trial, time.monotonic() - begun)
    end_all(trial)


def memory(study: Study) -> None:
    """A report that takes all memory."""
    with study.folder() as folder:
        trial, begun = Trial(folder, 6), time.monotonic()
        how, many = out_of_memory(trial, folder)
        came = [(f"killed {how}", many), ("other pages made", trial.projects - 1)]
        study.tell("one report takes all memory", came, trial, time.monotonic() - begun)
        end_all(trial)


def main() -> int:
    """Go through the parts; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=math.inf, help="of killing, at the most")
    parser.add_argument("--reports", type=int, default=30)
    parser.add_argument("--slots", type=int, default=50)
    parser.add_argument("--seed", type=int, default=46)
    parser.add_argument("--folder", type=Path, help="where trials are made; a short path")
    study = Study(parser.parse_args())
    print(machine())
    print("\n| tried | what came of it | lost, doubled, half-written or left behind | s |\n|---|---|---|---:|")
    for part in study.options.parts or PARTS:
        {"kills": kills, "slots": slots, "disk": disk, "away": away, "memory": memory}[part](study)
    print(f"\n{'nothing' if not study.wrong else study.wrong} lost, doubled, half-written or left behind")
    return min(study.wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
