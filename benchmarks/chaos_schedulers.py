"""Two schedulers at once, and one of them killed now and then: every slot is run once.

Both are real programs with their real leases, whose length alone is shorter; they are handed the clock, week after week
of the past, and go on to the next once the ledger says that this one's slot is done.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from chaos_workspace import Trial

from smo_reports.runs.ledger.ledger import LOST
from smo_reports.runs.ledger.tables import leases
from smo_reports.runs.publish import digest
from smo_reports.runs.record import read_record

EVERY = "0 7 * * MON"
LEASE_S = 6.0
AUDIENCES = ("light", "light.lead")
_LONGEST_S = 1800.0

PROGRAM = """
import datetime as dt, sys, time
from pathlib import Path
from smo_reports.commands.schedule import Scheduler
from smo_reports.runs.slots import due
root, first, count, lease = Path(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
scheduler = Scheduler(root, print, lease=float(lease))
for week in range(count):
    now = first + dt.timedelta(weeks=week)
    slots = [slot.name for slot in due(scheduler.lines(), now, dt.timedelta(hours=scheduler.workspace.catch_up_hours))]
    while len(scheduler.leases.done(slots) or ()) < len(slots):
        for outcome in scheduler.tick(now):
            print("ran", week, outcome.job.subject.name, outcome.job.stem, outcome.outcome, flush=True)
        time.sleep(0.05)
"""


@dataclass
class Slots:
    """What came of the slots."""

    trial: Trial
    count: int
    came: Counter[str] = field(default_factory=Counter)
    ran: Counter[str] = field(default_factory=Counter)

    def rows(self) -> list[tuple[str, int]]:
        """What happened, in words."""
        return sorted(self.came.items())


def first_slot(count: int) -> dt.datetime:
    """Half a minute after the first of the last Mondays, at seven in Jakarta: later ones are not to come."""
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=30, microsecond=0)
    return today - dt.timedelta(days=today.weekday(), weeks=count)


def run_slots(trial: Trial, count: int, kills: int, seed: int) -> Slots:
    """Run two schedulers through so many slots; kill one of them so many times and start it again."""
    chance, study = random.Random(seed), Slots(trial, count)
    both = [_start(study, number) for number in range(2)]
    end = time.monotonic() + _LONGEST_S
    # Spread over the slots, and in the seconds in which the next one is run.
    after = sorted(chance.sample(range(count), kills))
    while any(one.poll() is None for one in both) and time.monotonic() < end:
        time.sleep(0.2)
        if after and _done(trial) >= after[0]:
            del after[0]
            time.sleep(chance.uniform(0.0, 2.0))
            number = chance.randrange(2)
            if both[number].poll() is None:
                both[number].kill()
                both[number].wait()
                study.came["schedulers killed"] += 1
                both[number] = _start(study, number)
    for one in both:
        with contextlib.suppress(subprocess.TimeoutExpired):
            one.wait(1)
        trial.count("schedulers that did not come to their end", one.poll(), one.poll() != 0)
        one.kill()
    _look(study, killed=kills > 0)
    return study


def _log(study: Slots, number: int) -> Path:
    return study.trial.folder / f"scheduler-{number}"


def _start(study: Slots, number: int) -> subprocess.Popen[bytes]:
    trial = study.trial
    command = [sys.executable, "-c", PROGRAM, str(trial.root)]
    command += [first_slot(study.count).isoformat(), str(study.count), str(LEASE_S)]
    with _log(study, number).open("ab") as log:
        return subprocess.Popen(command, cwd=trial.root, env=trial.environment, stdout=log, stderr=log)


def _done(trial: Trial) -> int:
    """How many slots are done."""
    with trial.opened() as ledger, ledger.engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).where(leases.c.done.is_(True))).scalar_one())


def _look(study: Slots, *, killed: bool) -> None:
    """Every slot is done and was run once, every page is there and whole and was made once."""
    trial, wanted = study.trial, study.count * len(AUDIENCES)
    said = [line for number in range(2) for line in _log(study, number).read_text().splitlines()]
    ran = Counter(tuple(line.split()[1:4]) for line in said if line.startswith("ran "))
    done = _done(trial)
    study.came["slots done"] = done
    trial.count("slots not done", done, max(0, study.count - done))
    if not killed:
        trial.count("slots run by both", ran.most_common(1), sum(ran.values()) - len(ran))
        trial.count("slots that nobody ran", len(ran), wanted - len(ran))
    made = Counter((one.project, one.stem, one.period_label) for one in trial.entries() if one.outcome == "succeeded")
    cut = [one for one in trial.entries() if one.error == LOST]
    study.came["runs that a kill cut off, closed by the other scheduler"] = len(cut)
    trial.count("pages made twice", made.most_common(1), sum(made.values()) - len(made))
    left = [one.id for one in trial.entries() if one.outcome == "running"]
    trial.count("runs left open in the ledger", left[:1], len(left))
    whole = sum(_whole(folder, stem) for folder in (trial.root / "reports").glob("*/light/*") for stem in AUDIENCES)
    study.came["pages made"] = whole
    trial.count("pages missing or not whole", whole, wanted - whole)
    trial.check_ledger_file()


def _whole(folder: Path, stem: str) -> bool:
    record = read_record(folder / f"{stem}.json")
    return record is not None and all(
        digest((folder / name).read_bytes()) == value for name, value in record.files.items()
    )
