"""What the read tables are, in SQL that DuckDB and PostgreSQL both run: joins, dates and words of the taxonomy.

Every table that a report reads is its canonical table, cut to the period and with

* ``week`` and ``month``, the first day of each, wherever the table has a date;
* ``violating`` and ``label_rank`` (the label's place in the taxonomy's order, from 0), and ``severity_weight``, on
  decisions; ``violating`` and ``agreed_violating`` on calibrations;
* ``audits`` joined to their decisions, with ``audit_violating``;
* ``gold_decisions``: decisions on gold items with ``gold_label``, the known answer in force when they were made;
* ``severe`` on decisions, from the severities that the project calls severe;
* ``gold`` with ``outdated_at``, the first change of guideline after an answer was added.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping

from smo_reports.project import Labels, Project
from smo_reports.schema import SEVERAL, TABLES
from smo_reports.sources import snapshots
from smo_reports.sources.answers_in_force import answer_in_force, newest_answer, next_guideline
from smo_reports.sources.zones import instant, local_day

DATED: dict[str, str] = {
    "gold": "",
    "people": "",
    "assignments": "",
    "items": "arrived_at",
    "predictions": "predicted_at",
    "arrivals": "interval_start",
    "work_hours": "work_date",
    "events": "at",
    "disputes": "raised_at",
    "appeals": "appealed_at",
    "audit_plans": "starts_on",
    "calibrations": "held_on",
    "batches": "due_on",
    "escalations": "opened_at",
    "questions": "asked_at",
    "backlog": "at",
    "shifts": "shift_date",
    "leave": "starts_on",
    "coaching": "held_on",
    "requisitions": "",
    "candidates": "",
    "actions": "",
}
"""The column that dates a table; empty where a table is read whole. Decisions, labels and audits go by work date."""

SHARED = frozenset(TABLES["audits"].names) & frozenset(TABLES["decisions"].names) - {"decision_id", "project"}
"""What an audit and its decision both have: severity, blind, round, handling time."""

LEDGERS = ("imports", "rejects")
"""Tables that tell how rows came in; they are read whole."""

BY_DECISION = ("decisions", "gold_decisions", "audits", "decision_labels")
"""Tables that are dated by the work date of the decision that they belong to."""

SEVERAL_SQL = f"'{SEVERAL}'"

Columns = Mapping[str, tuple[str, ...]]


def readable(columns: Columns) -> tuple[str, ...]:
    """The names of the tables that can be read, given those that are stored."""
    return (*columns, *(("gold_decisions",) if "gold" in columns else ()), *snapshots.derived(columns))


def read_sql(name: str, columns: Columns, project: Project, start: dt.date | None, end: dt.date | None) -> str:
    """The query of one read table, cut to a period; it reads what is stored under ``stored_<table>``.

    Parameters
    ----------
    name : str
    columns : mapping of str to tuple of str
        The columns of each stored table.
    project : Project
    start, end : date or None
        The end is exclusive.
    """
    if name in snapshots.derived(columns):
        return snapshots.derived_sql(name, columns, project, start, end)
    if name == "decisions":
        query = decisions_sql(columns, project)
    elif name == "gold_decisions":
        query = gold_decisions_sql(columns, project)
    elif name == "audits":
        query = audits_sql(columns, project)
    else:
        query = other_sql(name, columns, project, start, end)
    span = (str(start) if start else None, str(end) if end else None)
    cut = "" if name in LEDGERS else period_filter(name, columns, project.time_zone, *span)
    return f"SELECT * FROM ({query}) AS whole {cut}"


def literal(text: str) -> str:
    """A SQL text literal; a quote inside is doubled.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def in_list(column: str, values: tuple[str, ...]) -> str:
    """``column IN (…)``, or false for no values."""
    return f"{column} IN ({', '.join(map(literal, values))})" if values else "false"


def violating(column: str, labels: Labels) -> str:
    """Whether a label violates, by the taxonomy; of several labels one is enough. Null where none is listed."""
    chosen = []
    for verdict, listed in (("true", labels.violating), ("false", labels.benign)):
        among = [
            f"strpos({SEVERAL_SQL} || {column} || {SEVERAL_SQL}, {literal(f'{SEVERAL}{label}{SEVERAL}')}) > 0"
            for label in listed
        ]
        chosen += [(in_list(column, listed), verdict), (" OR ".join(among) or "false", verdict)]
    # Whole labels first: they are what most rows have, and a comparison is cheap.
    ordered = [chosen[0], chosen[2], chosen[1], chosen[3]]
    return "CASE " + " ".join(f"WHEN {test} THEN {verdict}" for test, verdict in ordered) + " END"


def chosen(column: str, values: Mapping[str, float], kind: str) -> str:
    """The number that goes with a text, as a column of the SQL type ``kind``; null where it is not listed.

    >>> chosen("d.label", {"a": 0}, "BIGINT")
    "CAST(CASE d.label WHEN 'a' THEN 0 END AS BIGINT)"
    """
    cases = " ".join(f"WHEN {literal(text)} THEN {number}" for text, number in values.items())
    return f"CAST(CASE {column} {cases} END AS {kind})"


def decisions_sql(columns: Columns, project: Project) -> str:
    """Decisions with what the taxonomy says of them, week and month."""
    return f"SELECT {', '.join(_decision_columns(columns['decisions'], project))} FROM stored_decisions d"


def gold_decisions_sql(columns: Columns, project: Project) -> str:
    """Decisions on items with a known answer, with ``gold_label``: the answer in force when they were made."""
    have, gold = columns["decisions"], columns["gold"]
    picked = ", ".join((*_decision_columns(have, project), "g.gold_label"))
    join = answer_in_force(gold) if "submitted_at" in have and "added_at" in gold else newest_answer(gold)
    return f"SELECT {picked} FROM stored_decisions d {join}"


def audits_sql(columns: Columns, project: Project) -> str:
    """Audits with their decisions' columns; where both have one, the audit's is called ``audit_<name>``.

    An audit's severity is that of its error, a decision's that of its item: they must not be mistaken for each other.
    """
    have, labels = columns["audits"], project.labels
    own = [_named_apart(name) for name in have if name not in ("audit_label", "correct")]
    label = "a.audit_label" if "audit_label" in have else "NULL"
    correct = "a.correct" if "correct" in have else "NULL"
    own.append(f"COALESCE({correct}, {label} = d.label) AS correct")
    truth = f"COALESCE({label}, CASE WHEN {correct} THEN d.label END)"
    own.append(f"{truth} AS audit_label")
    taken = {"correct", "audit_label", *(name for name in have if name not in SHARED)}
    own += [f'd."{name}"' for name in columns["decisions"] if name not in taken]
    if labels.known:
        own.append(f"{violating('d.label', labels)} AS violating")
        typed = "a.error_type" if "error_type" in have else "NULL"
        own.append(
            f"COALESCE({violating(truth, labels)}, CASE {typed} WHEN 'false_positive' THEN false "
            f"WHEN 'false_negative' THEN true WHEN 'wrong_selection' THEN true END) AS audit_violating"
        )
    own += _severity_weight(columns["decisions"], project)
    if "work_date" in columns["decisions"]:
        own += _calendar("d.work_date")
    return f"SELECT {', '.join(own)} FROM stored_audits a JOIN stored_decisions d USING (decision_id)"


def _named_apart(name: str) -> str:
    return f'a."{name}" AS "audit_{name}"' if name in SHARED else f'a."{name}"'


def other_sql(table: str, columns: Columns, project: Project, start: dt.date | None, end: dt.date | None) -> str:
    """Any other table, with week and month in the project's time zone where it has a date."""
    dated = DATED.get(table, "")
    picked = [f't."{name}"' for name in columns[table]]
    if table == "calibrations" and project.labels.known:
        words = {"label": "violating", "agreed_label": "agreed_violating"}
        picked += [f"{violating(f't.{c}', project.labels)} AS {words[c]}" for c in words if c in columns[table]]
    if table == "gold" and "added_at" in columns[table] and "events" in columns:
        picked.append(f"({next_guideline(columns[table], columns['events'])}) AS outdated_at")
    if table == "decision_labels":
        dated_by = "stored_decision_labels t JOIN stored_decisions d USING (decision_id)"
        day = ["d.work_date"] if "work_date" in columns["decisions"] else []
        return f"SELECT {', '.join(picked + day)} FROM {dated_by}"
    if dated and dated in columns[table]:
        own = f't."{dated}"'
        picked += _calendar(own if _is_date(dated) else local_day(own, project.zone, start, end))
    picked += snapshots.added(table, columns, project, start, end)
    return f"SELECT {', '.join(picked)} FROM stored_{table} t"


def period_filter(table: str, columns: Columns, time_zone: str, start: str | None, end: str | None) -> str:
    """The WHERE clause that cuts a read table to a period; empty where nothing is cut."""
    dated = "work_date" if table in BY_DECISION else DATED.get(table, "")
    present = columns["decisions"] if table in BY_DECISION else columns[table]
    if not dated or (start is None and end is None):
        return ""
    if dated not in present:
        return "WHERE false"
    zone = None if _is_date(dated) else zoneinfo.ZoneInfo(time_zone)
    bounds = [
        f'"{dated}" {sign} {instant(dt.date.fromisoformat(day), zone) if zone else f"DATE {literal(day)}"}'
        for sign, day in ((">=", start), ("<", end))
        if day
    ]
    return "WHERE " + " AND ".join(bounds)


def _is_date(column: str) -> bool:
    return column.endswith(("_date", "_on"))


def _calendar(day: str) -> list[str]:
    return [f"CAST(date_trunc('{unit}', {day}) AS DATE) AS {unit}" for unit in ("week", "month")]


def _decision_columns(have: tuple[str, ...], project: Project) -> list[str]:
    picked, labels = [f'd."{name}"' for name in have], project.labels
    if labels.known:
        picked.append(f"{violating('d.label', labels)} AS violating")
    if labels.ordered:
        ranks = {label: place for place, label in enumerate(labels.ordered)}
        picked.append(f"{chosen('d.label', ranks, 'BIGINT')} AS label_rank")
    picked += _severity_weight(have, project)
    if "severity" in have and project.severe:
        picked.append(f"COALESCE({in_list('d.severity', project.severe)}, false) AS severe")
    return picked + (_calendar("d.work_date") if "work_date" in have else [])


def _severity_weight(have: tuple[str, ...], project: Project) -> list[str]:
    if "severity" not in have or not project.severity_weights:
        return []
    return [f"{chosen('d.severity', project.severity_weights, 'DOUBLE PRECISION')} AS severity_weight"]
