"""What needs a decision: work that is late or will be, audits behind plan, the next batch, what waits for an answer."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses import action_states as ledger
from smo_reports.analyses.action_states import action_states, actions_waiting
from smo_reports.analyses.plans_behind import lacking, plans_behind
from smo_reports.kpis import estimate
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.schema import PERIOD_WORK
from smo_reports.sources import Rows
from smo_reports.sources.snapshots import LIVES
from smo_reports.stats.intervals import Floats

PAST_DUE, WILL_BE_LATE, AUDITS, BATCH = "past due", "will be late", "audits", "next batch"
DISPUTES, ESCALATIONS, QUESTIONS = "disputes", "escalations", "questions"
OVERDUE, PROMISED = "overdue action", "promised"
_TOPIC = {
    ledger.OVERDUE: OVERDUE,
    ledger.REOPENED: "reopened action",
    ledger.UNACKNOWLEDGED: "unacknowledged action",
    ledger.DONE: PROMISED,
}
COLUMNS = ("topic", "part", "count", "of", "age_h", "due", "owner", "value", "low", "high", "n", "note")
_WAITING = (DISPUTES, ESCALATIONS, QUESTIONS)
_DAY = 86400.0
_PACE_DAYS = 7


def agenda(
    project: Project, rows: Rows, recent: Rows, everything: Rows, now: dt.datetime | None = None
) -> pd.DataFrame:
    """List what needs a decision at the end of a period, or now where it is not over.

    Parameters
    ----------
    project : Project
    rows : Rows
        The period's tables.
    recent : Rows
        The period with some weeks before it: the decisions that a batch is made of, and the items that came in.
    everything : Rows
        The same project without a period, for batches, actions and audit plans that lie before or after it.
    now : datetime, optional
        Default: now.

    Returns
    -------
    DataFrame
        One row a thing, the most pressing topic first: ``topic``; ``part`` (queue, stratum, batch, action); ``count``
        and what it is ``of``; ``age_h``, hours that the oldest has waited; ``due`` (date) and ``owner``;
        ``value, low, high, n``, the accuracy of a batch; ``note``. Of audits, ``n`` is how many were due by now, where
        the plan is still running. A topic whose table or column is absent has one row, without a ``part``, whose note
        says what it needs.
    """
    now = now or dt.datetime.now(dt.UTC)
    until = min(rows.until or now, now)
    found = [
        *_queues(recent, rows, until),
        *_audits(project, rows, recent, everything, until),
        *_batches(project, recent, everything, until),
        *(row for topic in _WAITING for row in _waiting(rows, topic)),
        *_actions(project, everything, until),
    ]
    return pd.DataFrame(found, columns=list(COLUMNS)) if found else pd.DataFrame(columns=list(COLUMNS))


def _row(topic: str, part: str = "", **more: object) -> dict[str, object]:
    blank: dict[str, object] = dict.fromkeys(("count", "of", "age_h", "value", "low", "high", "n"), math.nan)
    return {**dict.fromkeys(COLUMNS), **blank, "owner": "", "note": "", "topic": topic, "part": part, **more}


def _missing(topic: str, needs: str) -> list[dict[str, object]]:
    return [_row(topic, note=f"not measured: needs {needs}")]


def _closing(rows: Rows, table: str, wanted: Iterable[str]) -> pd.DataFrame:
    """What is open at the period's end, one row a thing."""
    frame = rows[table].filter(nw.col("closing") == nw.lit(True))
    return collect(frame.select([name for name in wanted if name in columns(frame)]))


def _queues(recent: Rows, rows: Rows, until: dt.datetime) -> list[dict[str, object]]:
    """Per queue what is past due, and what will be at the present pace even if nothing new comes in."""
    needs = _open_needs(rows, "items", ("closed_at", "due_at"))
    if needs:
        return _missing(PAST_DUE, needs)
    open_items = _closing(rows, "items_open", ("queue", "arrived_at", "due_at", "age_s", "past_due"))
    pace = _pace(recent, open_items, until)
    found = []
    for queue, own in open_items.groupby("queue", sort=True):
        late = own[own["past_due"].fillna(False).astype(bool)]
        if len(late):
            oldest = float(late["age_s"].max()) / 3600
            found.append(_row(PAST_DUE, str(queue), count=len(late), of=len(own), age_h=oldest))
        ahead = own[own["due_at"].notna() & ~own["past_due"].fillna(False).astype(bool)]
        expected = _late_at_pace(_hours_left(ahead), len(late), pace.get(str(queue), 0.0))
        if expected:
            found.append(_row(WILL_BE_LATE, str(queue), count=expected, of=len(ahead), value=pace.get(str(queue), 0.0)))
    return sorted(found, key=lambda row: (row["topic"] != PAST_DUE, -float(str(row["count"]))))


def _open_needs(rows: Rows, table: str, wanted: Iterable[str]) -> str:
    """What is lacking to tell what is open; empty where there is everything."""
    if table not in rows:
        return f"the table {table}"
    return next((f"{table}.{name}" for name in wanted if name not in columns(rows[table])), "")


def _pace(recent: Rows, open_items: pd.DataFrame, until: dt.datetime) -> dict[str, float]:
    """Items closed an hour in each queue over seven days: one day is too short, a month too slow to change.

    The seven days end when the open items were looked at: at the period's end, or at the newest instant in the rows
    where that is earlier, for what those do not reach is not a week without work. Items that had come in more than
    four weeks before the period are not counted: few are closed so late, and finding them takes a look at every item.
    """
    if open_items.empty:
        return {}
    arrived = pd.to_datetime(open_items["arrived_at"], utc=True).iloc[0]
    looked = arrived + pd.Timedelta(seconds=float(open_items["age_s"].iloc[0]))
    # Ages are fractions of seconds, which do not add up to the microsecond.
    last = min(looked.ceil("ms").to_pydatetime(), until)
    first = last - dt.timedelta(_PACE_DAYS)
    closed = recent["items"].filter(nw.col("closed_at") > first, nw.col("closed_at") <= last)
    table = collect(closed.group_by("queue").agg(n=nw.len()))
    return {str(queue): n / (24 * _PACE_DAYS) for queue, n in zip(table["queue"], table["n"], strict=True)}


def _hours_left(open_items: pd.DataFrame) -> Floats:
    """Hours from the moment of looking until each item is due."""
    arrived, due = (pd.to_datetime(open_items[name], utc=True) for name in ("arrived_at", "due_at"))
    return np.asarray(((due - arrived).dt.total_seconds() - open_items["age_s"]) / 3600, float)


def _late_at_pace(hours_left: Floats, before: int, pace: float) -> int:
    """How many open items will be closed late if they are worked off by due time, past-due ones first.

    At one item in two hours, and with one past due, these are closed after 4, 6 and 8 hours:

    >>> _late_at_pace(np.array([1.0, 3.0, 20.0]), 1, 0.5)
    2

    Without any pace those are late that are due within a day.
    """
    left = np.sort(hours_left)
    if pace <= 0:
        return int((left < 24).sum())
    done = (before + np.arange(1, len(left) + 1)) / pace
    return int((done > left).sum())


def _audits(
    project: Project, rows: Rows, recent: Rows, everything: Rows, until: dt.datetime
) -> list[dict[str, object]]:
    """Audits made against audits planned, for the strata that are behind."""
    needs = lacking(everything)
    if needs:
        return _missing(AUDITS, needs)
    behind = plans_behind(rows, recent, everything, until, until.astimezone(project.zone).date())
    return [
        _row(AUDITS, str(row["stratum"]), count=row["made"], of=row["planned"], value=row["share"], n=row["due"])
        for row in behind.to_dict("records")
    ]


def _batches(project: Project, recent: Rows, everything: Rows, until: dt.datetime) -> list[dict[str, object]]:
    """Batches past due and undelivered, and the next one that is due, with the accuracy of its decisions so far."""
    if "batches" not in everything:
        return _missing(BATCH, "the table batches")
    kept = ("batch_id", "due_on", "items", "delivered_at", "requester")
    have = columns(everything["batches"])
    table = collect(everything["batches"].select([name for name in kept if name in have]))
    table["due_on"] = pd.to_datetime(table["due_on"]).dt.date
    done = pd.to_datetime(table.get("delivered_at", pd.Series(pd.NaT, table.index)), utc=True) < pd.Timestamp(until)
    today = until.astimezone(project.zone).date()
    waiting = table[~done].sort_values(["due_on", "batch_id"])
    late, ahead = waiting[waiting["due_on"] < today], waiting[waiting["due_on"] >= today]
    found = []
    for row in [*late.to_dict("records"), *ahead.head(1).to_dict("records")]:
        quality = _batch_quality(recent, str(row["batch_id"]))
        found.append(
            _row(
                BATCH, str(row["batch_id"]), count=row.get("items", math.nan), due=row["due_on"],
                owner=row.get("requester") or "", **quality,
            )
        )  # fmt: skip
    return found


def _batch_quality(recent: Rows, batch: str) -> dict[str, object]:
    if "audits" not in recent or "batch_id" not in columns(recent["audits"]):
        return {"note": "not measured: needs audits of decisions with a batch_id"}
    found = estimate("accuracy", recent, ["batch_id"])
    own = found[(found["batch_id"] == batch) & (found["interval"] == PERIOD_WORK)]
    if own.empty:
        return {"note": "not measured: needs random audits of this batch"}
    row = own.iloc[0]
    return {name: row[name] for name in ("value", "low", "high", "n", "note")}


def _waiting(rows: Rows, topic: str) -> list[dict[str, object]]:
    """What waits for an answer, and for how long."""
    needs = _open_needs(rows, topic, (LIVES[topic][1],))
    if needs:
        return _missing(topic, needs)
    ages = _closing(rows, f"{topic}_open", ("age_s",))["age_s"].to_numpy(float)
    if not len(ages):
        return []
    old = int((ages > 3 * _DAY).sum())
    return [_row(topic, count=len(ages), of=old, age_h=float(ages.max()) / 3600, value=float(np.median(ages)) / 3600)]


def _actions(project: Project, everything: Rows, until: dt.datetime) -> list[dict[str, object]]:
    """Corrective actions that wait for somebody, and those that were promised for the last seven days and are done."""
    needs = _open_needs(everything, "actions", ("due_on",))
    if needs:
        return _missing(OVERDUE, needs)
    states = action_states(project, everything, until)
    waiting = actions_waiting(states, until.astimezone(project.zone).date())
    return [_row(_TOPIC[state], part, **more) for state, part, more in waiting]
