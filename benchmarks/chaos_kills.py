"""Kill a batch's processes at random moments, and look at what every kill leaves."""

from __future__ import annotations

import contextlib
import math
import os
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

import psutil
from chaos_workspace import Trial, end_all, until

from smo_reports.runs.ledger.ledger import LOST

VICTIMS = ("program", "parent", "guardian", "kernel", "kernel's group", "everything")
ENDS_PROGRAM = {"program", "everything"}
LATEST_S = 4.0
"""A kill comes so many seconds after the start, or the kill before, at the latest: a batch takes about twice that."""
ORPHANS_S = 60.0
"""So long, at the most, what a kill leaves may need to end by itself on a busy machine."""


@dataclass
class Kills:
    """What was done, and what came of it: counts by name."""

    trial: Trial
    killed: Counter[str] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)

    def rows(self) -> list[tuple[str, int]]:
        """What happened, in words."""
        return [*((f"killed: {name}", self.killed[name]) for name in VICTIMS), *sorted(self.came.items())]


def kind_of(process: psutil.Process) -> str:
    """What part of a batch a process is."""
    words, name = process.cmdline(), process.name()
    if "smo_reports" in words and "run" in words:
        return "program"
    if name == "kernel-guardian":
        return "guardian"
    if "smo_reports.kernels.zygote" in words:
        above = process.parent()
        return "kernel" if above is not None and above.name() == "kernel-guardian" else "parent"
    return "grandchild"


def processes_of(trial: Trial, kind: str) -> list[psutil.Process]:
    """Those that run now."""
    found = []
    for process in trial.processes():
        with contextlib.suppress(psutil.Error):
            if kind_of(process) == kind:
                found.append(process)
    return found


def kill(trial: Trial, program: subprocess.Popen[str], victim: str, chance: random.Random) -> str:
    """Wait for a process of this kind and kill it, at once or a moment later. Gives what was killed, if anything."""
    kind = "kernel" if victim == "kernel's group" else victim
    found: list[psutil.Process] = []

    def there() -> bool:
        found[:] = trial.processes() if kind == "everything" else processes_of(trial, kind)
        return bool(found) or program.poll() is not None

    until(there, ORPHANS_S)
    if not found or program.poll() is not None:
        return ""
    time.sleep(chance.choice((0.0, chance.uniform(0.0, 0.5))))
    if kind == "everything":
        kill_all_at_once(trial)
        return victim
    process = chance.choice(found)
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        if victim == "kernel's group":
            os.killpg(os.getpgid(process.pid), signal.SIGKILL)
        else:
            process.kill()
    return victim


def kill_all_at_once(trial: Trial) -> None:
    """Kill all that runs as a container's end does: none can start another before its own end comes."""
    halted: list[psutil.Process] = []
    while new := [process for process in trial.processes() if process not in halted]:
        for process in new:
            with contextlib.suppress(psutil.Error):
                process.suspend()
        halted += new
    for process in halted:
        with contextlib.suppress(psutil.Error):
            process.kill()


def kill_at_random(trial: Trial, kills: int, seed: int, latest: float = LATEST_S, seconds: float = math.inf) -> Kills:
    """Run batches and kill at random until so many kills were made, or time is up; then once to the end.

    A batch that ends before its kill is followed by one with other rows, so that all is due again.
    """
    chance, study = random.Random(seed), Kills(trial)
    end = time.monotonic() + seconds
    while sum(study.killed.values()) < kills and time.monotonic() < end:
        if set(trial.states().values()) == {"good"}:
            trial.next_round()
            study.came["rounds completed"] += 1
        one_program(study, kills, chance, latest)
    one_program(study, 0, chance, latest)
    missing = [name for name, state in trial.states().items() if state != "good"]
    trial.count("pages missing at the end", missing, len(missing))
    finish(study)
    return study


def one_program(study: Kills, kills: int, chance: random.Random, latest: float) -> None:
    """Start a program, kill until it ends or enough was killed, and look at what it leaves."""
    trial = study.trial
    before, known = trial.states(), {entry.id for entry in trial.entries()}
    program, killed, history = trial.start(), "", list[str]()
    while program.poll() is None and killed not in ENDS_PROGRAM:
        if sum(study.killed.values()) >= kills:
            program.wait()
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(chance.uniform(0.0, latest))
            break
        killed = kill(trial, program, chance.choice(VICTIMS), chance)
        if not killed:
            break
        study.killed[killed] += 1
        history.append(killed)
        look_at_pages(trial, before, running=killed not in ENDS_PROGRAM)
    code = program.wait()
    study.came["programs"] += 1
    look_at_orphans(study, history)
    look_at_pages(trial, before, running=False)
    trial.check_ledger_file()
    look_at_entries(study, before, known, program.pid)
    if killed not in ENDS_PROGRAM:
        look_at_end(trial, code, program.pid)
    study.came["files left aside, at the most"] = max(
        study.came["files left aside, at the most"], len(trial.leftovers())
    )


def look_at_pages(trial: Trial, before: dict[str, str], *, running: bool) -> None:
    """Every page is whole, and none that was good is gone."""
    for name, state in trial.states(running=running).items():
        trial.count(state, name, state not in ("good", "old", "none", "failed"))
        trial.count("good pages lost", f"{name}: {state}", before[name] == "good" != state)
        trial.count("good pages lost", f"{name}: {state}", before[name] == "old" and state == "none")


def look_at_orphans(study: Kills, history: list[str]) -> None:
    """Nothing of a program that ended runs, but one parent of kernels that waits for the next.

    Where first the parent was killed and then a guardian that it had forked, nobody is left who knows what their
    kernel had started: that is counted, and no fault.
    """
    trial = study.trial

    def quiet() -> bool:
        names = []
        for process in trial.processes():
            with contextlib.suppress(psutil.Error):
                names.append(process.name())
        return names in ([], ["kernel-zygote"])

    if not until(quiet, ORPHANS_S):
        left = [process.name() for process in trial.processes()]
        after = history[history.index("parent") :] if "parent" in history else []
        if "guardian" in after and set(left) <= {"kernel-zygote", "sleep"}:
            study.came["orphans of a parent and a guardian that were both killed"] += left.count("sleep")
        else:
            trial.count("processes left behind", (left, history), len(left))
        end_all(trial)


def look_at_entries(study: Kills, before: dict[str, str], known: set[str], pid: int) -> None:
    """What was made was missing, and was made once."""
    trial = study.trial
    new = [entry for entry in trial.entries() if entry.id not in known and entry.pid == pid]
    made = Counter(entry.project for entry in new if entry.outcome == "succeeded")
    trial.count("made twice", made, sum(made.values()) - len(made))
    again = sorted({entry.project for entry in new if before[entry.project] == "good"})
    trial.count("made again though good", again, len(again))
    after = trial.states()
    for name, state in after.items():
        fresh = state == "good" != before[name]
        study.came["pages made"] += fresh
        # The kill came between the last rename and the ledger's entry.
        study.came["pages made, the ledger not told"] += fresh and name not in made
        trial.count("entered as made, and not there", name, name in made and state != "good")


def look_at_end(trial: Trial, code: int, pid: int) -> None:
    """A program that came to its end says truly how it ended, and leaves no run open."""
    outcomes = trial.outcomes()
    told = {one["project"]: one["outcome"] in ("succeeded", "unchanged") for one in outcomes}
    truth = {name: state == "good" for name, state in trial.states().items()}
    trial.count("outcomes that are not true", {name for name in truth if told.get(name) != truth[name]}, told != truth)
    trial.count("wrong exit codes", (code, told), (code == 0) != all(truth.values()))
    running = [entry.id for entry in trial.entries() if entry.outcome == "running"]
    trial.count("runs left open in the ledger", running, len(running))
    wrong = [entry for entry in trial.entries() if entry.error == LOST and entry.pid == pid]
    trial.count("runs closed though their program lived", wrong, len(wrong))


def finish(study: Kills) -> None:
    """What is left when all is over."""
    trial = study.trial
    study.came["runs that a kill cut off, closed by a later program"] = sum(
        entry.error == LOST for entry in trial.entries()
    )
    left = trial.leftovers()
    trial.count("files left behind", left[:3], len(left))


def look_at_the_last(trial: Trial) -> None:
    """The last parent of kernels ends by itself when nobody has needed it for a while."""
    end = time.monotonic() + 2 * ORPHANS_S
    while trial.processes() and time.monotonic() < end:
        time.sleep(0.5)
    trial.count("processes left at the end", trial.processes(), len(trial.processes()))
