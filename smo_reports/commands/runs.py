"""What the ledger knows of runs: list them, show one, run one again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

from smo_reports.errors import LedgerError, nearest
from smo_reports.project import Workspace, find_workspace
from smo_reports.runs.ledger import OUTCOMES, Entry, Ledger, open_ledger
from smo_reports.words import printable

_SHORT = 100


def found(
    projects: Sequence[str] = (), reports: Sequence[str] = (), outcomes: Sequence[str] = (), most: int = 20
) -> list[Entry]:
    """Runs, newest first.

    Raises
    ------
    LedgerError
        When an outcome is none, or the ledger cannot be reached.
    """
    for outcome in outcomes:
        if outcome not in OUTCOMES:
            raise LedgerError(f"no outcome {outcome!r}; {nearest(outcome, OUTCOMES)}")
    _, ledger = _opened()
    return ledger.find(projects=projects, reports=reports, outcomes=outcomes, most=most)


def one(start: str) -> Entry:
    """The run whose id begins so.

    Raises
    ------
    LedgerError
        When there is none, or more than one.
    """
    _, ledger = _opened()
    entries = ledger.get(start)
    if not entries:
        raise LedgerError(f"no run's id begins with {start!r}; smo runs lists them")
    if len(entries) > 1:
        raise LedgerError(f"several runs begin with {start!r}, such as {entries[-1].id}; write more of its id")
    return entries[0]


def line(entry: Entry) -> str:
    """One run on one line, without what would not fit."""
    started = dt.datetime.fromisoformat(entry.started_at).astimezone()
    took = "" if entry.seconds is None else f"{entry.seconds:.1f} s"
    # An error begins with the run's name.
    why = entry.error.removeprefix(f"{entry.name}: ") or entry.reason
    said = printable(f"{entry.name}: {why}", _SHORT)
    return f"{entry.id}  {started:%Y-%m-%d %H:%M}  {entry.outcome:<9} {took:>8}  {said}"


def lines(entry: Entry) -> list[str]:
    """Everything that the ledger has of a run."""
    facts = asdict(entry)
    for name in ("parameters", "fingerprint", "files"):
        facts |= {f"{name}.{key}": value for key, value in sorted(facts.pop(name).items())}
    width = max(map(len, facts))
    return [f"{name:<{width}}  {printable(str(value))}" for name, value in facts.items() if value not in ("", None)]


def _opened() -> tuple[Workspace, Ledger]:
    workspace = find_workspace()
    ledger = open_ledger(workspace)
    if not ledger.reachable:
        raise LedgerError("the ledger cannot be reached; is its database there? (ledger in smo.yaml)")
    ledger.catch_up()
    return workspace, ledger
