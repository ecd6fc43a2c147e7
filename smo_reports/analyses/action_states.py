"""The action ledger as it stood at a moment: what is done, what is overdue, what nobody has acknowledged."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.schema import PERSON_COLUMNS, TABLES
from smo_reports.sources import Rows

UNREADABLE = "unreadable segment"
OPEN, OVERDUE, UNACKNOWLEDGED, REOPENED = "open", "overdue", "unacknowledged", "reopened"
DONE, RUNNING = "done", "running"
ACKNOWLEDGE_DAYS = 3
"""An action that nobody has acknowledged for longer than this may not have reached its owner."""

PROMISED_DAYS = 7
SEGMENT_COLUMNS = (
    *("policy", "queue", "market", "language", "content_type", "severity", "task", "vendor", "team", "site", "role"),
    *("cohort", "guideline_version", "tool_version", "model_version"),
)
"""What an action may be about, beside a person; not a moment, one case, or how audits came out."""

FOR_LEADS = "for leads"
"""The note of actions that are about one person each."""

_DATES = tuple(column.name for column in TABLES["actions"].columns if column.kind == "date")
_TEXTS = tuple(
    column.name for column in TABLES["actions"].columns if column.kind == "text" and column.name != "project"
)


def action_states(project: Project, everything: Rows, until: dt.datetime) -> pd.DataFrame:
    """One row an action that was open by a moment, with what had become of it.

    Parameters
    ----------
    project : Project
    everything : Rows
        The project's tables without a period.
    until : datetime
        With its zone: what happened later is not known. A day has happened once it has begun.

    Returns
    -------
    DataFrame
        The columns of ``actions`` (null where the source has none), dates as dates, ordered by what is due first, and

        * ``done``: done, and not reopened since (on the day of its reopening it counts as done again);
        * ``overdue``, ``unacknowledged`` (for more than three days; only where the source keeps who acknowledged) and
          ``reopened``: of actions that are not done;
        * ``days_late``, days since it was due; 0 where it is not overdue;
        * ``state``: overdue, reopened, unacknowledged or open, the first that is true, of actions that are not done;
          of the others *done*, or *running* until their window closes;
        * ``closed``: its window has closed;
        * ``after_the_fact``: its window had begun when it was registered, or nobody knows when it was registered;
        * ``people``: its segment names a person, or cannot be read and so may: it is for leads only.
    """
    table = _whole(everything)
    have = columns(everything["actions"])
    zone, today = project.zone, until.astimezone(project.zone).date()
    table = table[[bool(_happened(day, until, zone)) for day in table["opened_on"]]]
    found = table.assign(
        segment=[_shown(segment_of(text), project) for text in table["segment"]],
        people=pd.Series([_of_a_person(segment_of(text)) for text in table["segment"]], table.index, bool),
        segment_key=table["segment"],
    )
    rows = [_state(row, until, zone, today, "acknowledged_on" in have) for row in found.to_dict("records")]
    stated = pd.DataFrame(rows, columns=[*_KINDS], index=found.index).astype({**_KINDS})
    joined = pd.concat([found, stated], axis=1)
    return joined.sort_values(["due_on", "title"], na_position="last", kind="stable").reset_index(drop=True)


_KINDS: Mapping[str, str] = {
    "done": "bool",
    "overdue": "bool",
    "unacknowledged": "bool",
    "reopened": "bool",
    "days_late": "int64",
    "state": "object",
    "closed": "bool",
    "after_the_fact": "bool",
}
NOTHING = pd.DataFrame(columns=[*TABLES["actions"].names, "segment_key", "people", *_KINDS])
"""The ledger of a project that has no table of actions."""


def actions_waiting(states: pd.DataFrame, today: dt.date) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Actions that wait for somebody, and those that were promised for the last seven days and are done.

    Parameters
    ----------
    states : DataFrame
        As ``action_states`` gives it.
    today : date

    Yields
    ------
    tuple
        State (the first of overdue, reopened and unacknowledged that is true; *done* of a kept promise), title, and
        ``count`` (days since it was due, reopened or opened), ``due``, ``owner`` and ``note``. Those that are about
        one person each are counted, without a title.
    """
    for state, since in ((OVERDUE, "due_on"), (REOPENED, "reopened_on"), (UNACKNOWLEDGED, "opened_on")):
        own = states[states["state"] == state]
        for row in own[~own["people"]].to_dict("records"):
            days = (today - row[since]).days
            yield state, str(row["title"]), {"count": days, "due": row["due_on"], "owner": row["owner"]}
        if own["people"].any():
            yield state, "", {"count": int(own["people"].sum()), "note": FOR_LEADS}
    kept = states[states["done"] & states["due_on"].notna() & ~states["people"]]
    for row in kept.to_dict("records"):
        if today - dt.timedelta(PROMISED_DAYS) <= row["due_on"] < today:
            yield DONE, str(row["title"]), {"due": row["due_on"], "owner": row["owner"], "note": "done"}


def _of_a_person(segment: Mapping[str, str] | None) -> bool:
    """Whether a segment names a person; one that cannot be read may."""
    return segment is None or bool(PERSON_COLUMNS & set(segment))


def segment_of(text: object) -> dict[str, str] | None:
    """The segment that an action is about: canonical JSON text as columns and values.

    Returns
    -------
    dict or None
        Empty for everything, also where there is no text; None where the text cannot be read, or names what no action
        is about: neither one of ``SEGMENT_COLUMNS`` nor a person.

    Examples
    --------
    >>> segment_of('{"market": "ID", "policy": "hate"}')
    {'market': 'ID', 'policy': 'hate'}
    >>> segment_of("policy=hate") is None
    True
    """
    if not isinstance(text, str) or not text.strip():
        return {}
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return None
    if not set(found) <= {*SEGMENT_COLUMNS, *PERSON_COLUMNS}:
        return None
    return dict(sorted(found.items()))


def _whole(everything: Rows) -> pd.DataFrame:
    """The table with every column that is canonical, dates as dates."""
    frame = everything["actions"]
    table = collect(frame.select([name for name in TABLES["actions"].names if name in columns(frame)]))
    missing = {name: None for name in TABLES["actions"].names if name not in table}
    table = table.assign(**missing)
    for name in _DATES:
        days = pd.to_datetime(table[name])
        table[name] = days.dt.date.astype(object).where(days.notna(), None)
    table["registered_at"] = pd.to_datetime(table["registered_at"], utc=True)
    for name in _TEXTS:
        table[name] = table[name].astype(object).where(table[name].notna(), "")
    return table


def _shown(segment: Mapping[str, str] | None, project: Project) -> str:
    """A segment in words, people as the project shows them."""
    if segment is None:
        return UNREADABLE
    if not segment:
        return ""
    shown = shown_people(pd.DataFrame([segment]), project).iloc[0]
    return ", ".join(f"{name}: {shown[name]}" for name in segment)


def _happened(day: dt.date | None, until: dt.datetime, zone: ZoneInfo) -> bool:
    return day is not None and dt.datetime.combine(day, dt.time(), zone) < until


def _state(
    row: Mapping[Any, Any], until: dt.datetime, zone: ZoneInfo, today: dt.date, known: bool
) -> dict[str, object]:
    def day(name: str) -> dt.date | None:
        found = row[name]
        return found if isinstance(found, dt.date) and not pd.isna(found) else None

    opened, due, back = day("opened_on"), day("due_on"), day("reopened_on")
    ended, begun, finished = day("evaluate_to"), day("evaluate_from"), day("done_on")
    again = _happened(back, until, zone)
    undone = again and back is not None and finished is not None and back > finished
    done = _happened(finished, until, zone) and not undone
    late = not done and due is not None and due < today
    silent = not done and known and not _happened(day("acknowledged_on"), until, zone)
    silent = silent and opened is not None and (today - opened).days > ACKNOWLEDGE_DAYS
    closed = ended is not None and dt.datetime.combine(ended, dt.time(), zone) <= until
    registered = row["registered_at"]
    late_entry = True
    if isinstance(registered, dt.datetime) and not pd.isna(registered):
        late_entry = begun is not None and registered.astimezone(zone).date() >= begun
    waiting = [(late, OVERDUE), (not done and again, REOPENED), (silent, UNACKNOWLEDGED), (not done, OPEN)]
    over = [(begun is not None and not closed, RUNNING), (True, DONE)]
    return {
        "done": done,
        "overdue": late,
        "unacknowledged": silent,
        "reopened": not done and again,
        "days_late": (today - due).days if late and due is not None else 0,
        "state": next(name for true, name in (*waiting, *over) if true),
        "closed": closed,
        "after_the_fact": late_entry,
    }
