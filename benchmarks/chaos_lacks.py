"""What a batch does when the disk is full, when the ledger's database is away, and when a kernel takes all memory."""

from __future__ import annotations

import contextlib
import functools
import os
import resource
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from chaos_kills import kind_of, look_at_end
from chaos_postgres import Server
from chaos_workspace import GRANDCHILD, SHOW, Trial, until, write_notebook

AWAY_S = 5.0
DISK_BYTES = 6_000_000
LARGEST_FILE = 6_000
"""Where nothing can be mounted no file may be larger: a page is, its record is not."""
MEMORY_BYTES = 2_500_000_000
GREEDY = """rows = []
while True:
    rows.append(bytearray(b"x" * 50_000_000))"""
_CGROUPS = Path("/sys/fs/cgroup")


# A full disk


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of a few megabytes in a folder; False where it cannot be mounted."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "chaos", str(folder)]
    mounted = subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def fill(trial: Trial, leave: int) -> Path:
    """Leave only so many bytes of the disk."""
    ballast = trial.root / "ballast"
    free = os.statvfs(trial.root)
    with ballast.open("wb") as file:
        file.write(b"\0" * max(0, free.f_bavail * free.f_frsize - leave))
    return ballast


def full_disk(trial: Trial, leave: int, *, mounted: bool) -> list[tuple[str, int]]:
    """Fill the disk but for so many bytes, run, free it, and run again.

    Parameters
    ----------
    trial : Trial
    leave : int
        0: the ledger cannot write either.
    mounted : bool
        Whether its workspace is a small disk; else files are limited instead.

    Returns
    -------
    list of (str, int)
        What happened, in words.
    """
    run_through(trial)
    trial.next_round()
    if mounted:
        ballast = fill(trial, leave)
        code = trial.start().wait()
        ballast.unlink()
    else:
        code = trial.start(preexec_fn=_limit_files).wait()
    states = trial.states()
    broken = {name: state for name, state in states.items() if state not in ("good", "old", "failed")}
    trial.count("pages that are not whole on a full disk", broken, len(broken))
    trial.count("a full disk, and exit code 0", code, code == 0)
    said = trial.output
    reason = "No space left" if mounted else "File too large"
    trial.count("a full disk, and nothing said of it", said[-300:], reason not in said)
    trial.count("a full disk, and a traceback", said[-300:], "Traceback" in said)
    trial.count("files left behind", trial.leftovers()[:3], len(trial.leftovers()))
    trial.check_ledger_file()
    run_through(trial)
    made = sum(state == "good" for state in states.values())
    return [("pages made while full", made), ("good pages that stayed", len(states) - made - len(broken)),
            ("made once there was room", len(states) - made)]  # fmt: skip


def _limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))


def run_through(trial: Trial) -> None:
    """Run what is missing: exactly that is made, once, and all is well."""
    before, known = trial.states(), {entry.id for entry in trial.entries()}
    program = trial.start()
    code = program.wait()
    look_at_end(trial, code, program.pid)
    missing = Counter(name for name, state in before.items() if state != "good")
    new = [entry for entry in trial.entries() if entry.id not in known and entry.pid == program.pid]
    made = Counter(entry.project for entry in new if entry.outcome == "succeeded")
    trial.count("not exactly what was missing was made", (missing, made), made != missing)
    states = trial.states()
    trial.count("pages missing at the end", states, sum(state != "good" for state in states.values()))


# A ledger that is away


def ledger_away(trial: Trial, away: Callable[[], None]) -> int:
    """Run a batch while its ledger's database is away for a while; gives how many runs waited for it."""
    program = trial.start()
    until(lambda: program.poll() is not None or "good" in trial.states(running=True).values(), 300.0)
    trial.count("the batch ended before the database was away", program.poll(), program.poll() is not None)
    away()
    code = program.wait()
    waited = len(list((trial.root / ".smo" / "unrecorded").glob("*.json")))
    trial.count("an exit code that is not 0", (code, trial.output[-300:]), code != 0)
    states = trial.states()
    trial.count("pages missing", states, sum(state != "good" for state in states.values()))
    with trial.opened() as ledger:
        ledger.catch_up()
    entries = trial.entries()
    made = Counter(entry.project for entry in entries if entry.outcome == "succeeded")
    trial.count("runs that the ledger does not have", made, sum(name not in made for name in trial.names))
    trial.count("runs entered twice", made, sum(made.values()) - len(made))
    left = [entry.id for entry in entries if entry.outcome != "succeeded"]
    trial.count("runs left open in the ledger", left, len(left))
    still = list((trial.root / ".smo" / "unrecorded").iterdir()) if waited else []
    trial.count("runs that still wait", still, len(still))
    trial.check_ledger_file()
    return waited


def stopped(server: Server, seconds: float = AWAY_S) -> Callable[[], None]:
    """Stop a server, and start it again."""

    def away() -> None:
        server.stop()
        time.sleep(seconds)
        server.start()

    return away


def locked(trial: Trial) -> Callable[[], None]:
    """Keep every other writer out of SQLite's file."""

    def away() -> None:
        with contextlib.closing(sqlite3.connect(trial.root / "ledger.sqlite", timeout=60)) as connection:
            connection.execute("begin exclusive")
            time.sleep(AWAY_S)
            connection.rollback()

    return away


def moved(trial: Trial) -> Callable[[], None]:
    """Move SQLite's files to another folder, and back over what was begun in their place."""

    def away() -> None:
        elsewhere = trial.folder / "elsewhere"
        elsewhere.mkdir()
        for path in trial.root.glob("ledger.sqlite*"):
            path.replace(elsewhere / path.name)
        time.sleep(AWAY_S)
        for path in trial.root.glob("ledger.sqlite*"):
            path.unlink()
        for path in elsewhere.iterdir():
            path.replace(trial.root / path.name)

    return away


def damaged(trial: Trial) -> None:
    """Put something else in the ledger's place while nothing runs: what was made is not made again, and the rest is."""
    (trial.root / "ledger.sqlite").write_bytes(b"no database at all" * 1000)
    run_through(trial)
    trial.next_round()
    run_through(trial)
    kept = len(list(trial.root.glob("ledger.sqlite.damaged-*")))
    trial.count("a damaged ledger that was not kept", kept, kept != 1)


# A kernel that takes all memory


def out_of_memory(trial: Trial, folder: Path) -> tuple[str, int]:
    """One report takes all the memory that the batch may have; gives how it was killed, and how often."""
    greedy = trial.names[0]
    write_notebook(trial.root / "notebooks" / "light.ipynb", GRANDCHILD, SHOW)
    write_notebook(trial.root / "notebooks" / "greedy.ipynb", GREEDY)
    trial.write_project(greedy, "greedy")
    group = memory_group(folder.name)
    if group is None:
        how, program = "from outside, since no memory cgroup can be made", trial.start()
        kills = _kill_greedy(trial, program)
        code = program.wait()
    else:
        how, code = "by Linux", trial.start(preexec_fn=functools.partial(_enter, group)).wait()
        kills = _oom_kills(group)
    trial.count("nothing was killed for its memory", kills, not kills)
    outcomes = {one["project"]: one for one in trial.outcomes()}
    error = str(outcomes[greedy]["error"])
    trial.count("no word of the memory", error, "the kernel died; it ran out of memory" not in error)
    trial.count("an exit code that is not 1", code, code != 1)
    others = {name: one["outcome"] for name, one in outcomes.items() if name != greedy}
    trial.count("other reports that did not go on", others, sum(one != "succeeded" for one in others.values()))
    wrong = [one.id for one in trial.entries() if one.project == greedy and one.outcome != "failed"]
    trial.count("a killed run that is not entered as failed", wrong, len(wrong))
    write_notebook(trial.root / "notebooks" / "greedy.ipynb", SHOW)
    code = trial.start().wait()
    again = {one["project"] for one in trial.outcomes() if one["outcome"] != "unchanged"}
    trial.count("not exactly what was missing was made", (code, again), code != 0 or again != {greedy})
    if group is not None:
        until(lambda: not trial.processes())
        group.rmdir()
    return how, kills


def _enter(group: Path) -> None:
    (group / "cgroup.procs").write_text("0")


def memory_group(name: str) -> Path | None:
    """A control group whose processes have little memory together; None where none can be made."""
    for above, limit in ((_CGROUPS / "memory", "memory.limit_in_bytes"), (_CGROUPS, "memory.max")):
        with contextlib.suppress(OSError):
            (above / name).mkdir()
            try:
                (above / name / limit).write_text(str(MEMORY_BYTES))
            except OSError:
                (above / name).rmdir()
                raise
            return above / name
    return None


def _oom_kills(group: Path) -> int:
    for name in ("memory.oom_control", "memory.events"):
        if (group / name).exists():
            lines = dict(line.split() for line in (group / name).read_text().splitlines())
            return int(lines.get("oom_kill", 0))
    return 0


def _kill_greedy(trial: Trial, program: subprocess.Popen[str]) -> int:
    kills = 0
    while program.poll() is None:
        time.sleep(0.1)
        for process in trial.processes():
            with contextlib.suppress(psutil.Error):
                if kind_of(process) == "kernel" and process.memory_info().rss > MEMORY_BYTES // 2:
                    process.kill()
                    kills += 1
    return kills
