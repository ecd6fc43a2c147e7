"""KPIs of corrective actions, worked by hand; the plain tables have no period, so everything that is past counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from smo_reports.schema import PERIOD_WORK
from worked import Worked


def _day(number: int) -> dt.date:
    return dt.date(2026, 3, number)


def _action(owner: str, due: int, done: int | None, reopened: int | None = None, **more: Any) -> dict[str, Any]:
    days = {"due_on": _day(due), "done_on": done and _day(done), "reopened_on": reopened and _day(reopened)}
    return {"owner": owner, **days, **more}


# On time; a day late; never; on time and reopened since; reopened, and done again by its due date; not yet due.
LEDGER = [
    _action("qa", 10, 10),
    _action("qa", 10, 11),
    _action("ops", 10, None),
    _action("ops", 10, 8, reopened=9),
    _action("ops", 20, 18, reopened=16),
    {"owner": "ops", "due_on": dt.date(2999, 1, 1), "done_on": None},
]


def _judged(owner: str, verdict: str | None, registered: int, done: int | None = 5, ends: int = 28) -> dict[str, Any]:
    at = dt.datetime(2026, 3, registered, 12, tzinfo=dt.UTC)
    window = {"evaluate_from": _day(9), "evaluate_to": _day(ends), "registered_at": at}
    # Opened on a Monday: the four weeks before the last whole one.
    window |= {"opened_on": _day(2), "baseline_from": dt.date(2026, 1, 26), "baseline_to": dt.date(2026, 2, 23)}
    return {"owner": owner, "done_on": done and _day(done), "verdict": verdict, **window}


# Proved; effective, but registered when its window had begun; not effective; not judged; never done; window open;
# effective, but done late; effective against three weeks, and against four that ended two weeks too early.
JUDGED = [
    _judged("qa", "effective", 2),
    _judged("qa", "effective", 9),
    _judged("qa", "not effective", 2),
    _judged("ops", None, 2),
    _judged("ops", "effective", 2, done=None),
    {**_judged("ops", "effective", 2), "evaluate_to": dt.date(2999, 1, 1)},
    _judged("ops", "effective", 2, done=10),
    {**_judged("ops", "effective", 2), "baseline_from": dt.date(2026, 2, 2)},
    {**_judged("ops", "effective", 2), "baseline_from": dt.date(2026, 1, 5), "baseline_to": dt.date(2026, 2, 9)},
]

WORKED = {
    # The first and the fifth of the five that are due.
    "action_closure": Worked(
        {"actions": LEDGER},
        2 / 5,
        5,
        ends={PERIOD_WORK: (2 / 5, 2 / 5)},
        parts={"owner": {"qa": (1 / 2, 2), "ops": (1 / 3, 3)}},
    ),
    # One of the seven that were done and whose window has closed.
    "action_effectiveness": Worked(
        {"actions": JUDGED},
        1 / 7,
        7,
        ends={PERIOD_WORK: (1 / 7, 1 / 7)},
        parts={"owner": {"qa": (1 / 3, 3), "ops": (0.0, 4)}},
    ),
}
