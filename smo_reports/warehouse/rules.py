"""The rules that one row can break by itself, each as SQL: when, its name, and what to do about it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from smo_reports.project import Project
from smo_reports.schema import SEVERAL, Column, Table
from smo_reports.warehouse.parsed import RULE, Reading
from smo_reports.warehouse.staging import quoted
from smo_reports.warehouse.typed import not_finite

LABELS = {"decisions": "label", "audits": "audit_label", "gold": "gold_label"}
"""The columns that may hold only the project's own labels."""

UNKNOWN_LABEL = "label not in the project's labels"
REPEATED = "repeated key with other content"
OTHER_PROJECT = "row of another project"
MISSING = "missing required value"
OUT_OF_ORDER = "times out of order"
AHEAD = "time in the future"
LIGHT = "weight below 1"
SETTLED = "settled when registered"

AHEAD_BY = dt.timedelta(hours=24)
"""How far a source's clock, or a time zone left out, may put a time ahead of the import's clock."""

HAPPENED: dict[str, tuple[str, ...]] = {
    "decisions": ("submitted_at", "started_at", "arrived_at", "work_date"),
    "audits": ("audited_at",),
    "gold": ("added_at",),
    "items": ("arrived_at", "closed_at"),
    "predictions": ("predicted_at",),
    "disputes": ("raised_at", "resolved_at"),
    "appeals": ("appealed_at", "resolved_at"),
    "calibrations": ("held_on",),
    "batches": ("delivered_at",),
    "escalations": ("opened_at", "resolved_at"),
    "questions": ("asked_at", "answered_at"),
    "backlog": ("at",),
    "work_hours": ("work_date", "started_at"),
    "coaching": ("held_on", "acknowledged_at"),
    "candidates": ("entered_at",),
    "actions": ("registered_at", "done_on", "acknowledged_on", "reopened_on"),
}
"""Columns that tell of what has happened. Due dates, plans, shifts, leave (also booked hours of it), ends, announced
events and forecast arrivals may lie ahead."""

_WHAT = {"time": "time", "date": "date", "real": "number", "int": "whole number", "bool": "yes or no"}


class Rule(NamedTuple):
    """One rule: ``broken`` is a SQL condition, ``detail`` SQL text that names the value and the cure."""

    broken: str
    name: str
    detail: str


def row_rules(table: Table, staged: dict[str, str], reading: Reading, project: Project, now: dt.datetime) -> list[Rule]:
    """List the rules of one table, the first broken one of which sets a row aside.

    Parameters
    ----------
    table : Table
    staged : dict of str to str
        The source's columns and their DuckDB types; ``"raw:<name>"`` in the query, beside the read
        ``"<name>"``.
    reading : Reading
    project : Project
    now : datetime
        The import's clock.
    """
    rules = [Rule(f"{RULE} IS NOT NULL", "", "_detail")] if RULE in staged else []
    if "project" in staged:
        wrong = _says("project ", '"project"', f" is not {project.project!r}; import it into its own project")
        rules.append(Rule(f'"project" <> {quoted(project.project)}', OTHER_PROJECT, wrong))
    made = table.key[0] if table.made_id else None
    for column in table.columns:
        if column.name in staged:
            rules += _readable(column, staged[column.name], reading)
        if column.required and column.name not in (made, "project"):
            rules.append(Rule(f'"{column.name}" IS NULL', MISSING, quoted(f"{column.name} is empty; fill it in")))
    if table.name == "audits" and "weight" in staged:
        rules.append(_light())
    for column in table.columns:
        rules += _within(column) if column.name in staged else []
    rules += [_ahead(table, table[name], now) for name in HAPPENED.get(table.name, ()) if name in staged]
    for first, second in table.ordered:
        if first not in staged or second not in staged:
            continue
        rules.append(out_of_order(first, second, f'"{first}"', f'"{second}"'))
    if table.name == "audits":
        cure = quoted("give audit_label or correct")
        verdicts = [f'"{name}" IS NULL' for name in ("audit_label", "correct") if name in staged]
        rules.append(Rule(" AND ".join(verdicts) or "true", "an audit without a verdict", cure))
    return rules + _label_rule(table, staged, project)


def out_of_order(first: str, second: str, one: str, other: str) -> Rule:
    """The rule that a time, SQL ``one``, is not after another, SQL ``other``."""
    said = _says(f"{first} ", f"{one}::VARCHAR", f" is after {second} ", f"{other}::VARCHAR")
    return Rule(f"{one} > {other}", OUT_OF_ORDER, said)


def first_broken(rules: list[Rule]) -> tuple[str, str]:
    """SQL of the first broken rule's name and of its detail, both null where every rule is kept."""
    names = " ".join(f"WHEN {rule.broken} THEN {quoted(rule.name) if rule.name else RULE}" for rule in rules)
    details = " ".join(f"WHEN {rule.broken} THEN {rule.detail}" for rule in rules)
    return f"CASE {names} ELSE NULL END", f"CASE {details} ELSE NULL END"


def _says(*pieces: str) -> str:
    """SQL text of alternating fixed text and SQL; long values are cut."""
    parts = [quoted(piece) if at % 2 == 0 else f"left({piece}, 200)" for at, piece in enumerate(pieces)]
    return " || ".join(parts)


def _readable(column: Column, staged: str, reading: Reading) -> list[Rule]:
    if column.kind == "text":
        return []
    raw = f'"raw:{column.name}"'
    cure = "correct it"
    if column.kind in ("time", "date"):
        form = reading.time_format
        cure = f"it does not follow the format {form!r}" if form else "it is not ISO 8601; give time_format in the map"
    elif column.kind in ("real", "int"):
        cure = "write digits only" + (" with a decimal comma" if reading.decimal == "," else "")
    elif column.kind == "bool":
        cure = "write true or false"
    shown = f"{raw}::VARCHAR"
    rules = []
    if column.kind in ("real", "int"):
        said = _says(f"{column.name} is ", shown, "; leave it empty where it is not known")
        rules.append(Rule(not_finite(raw, staged), "not a finite number", said))
    unread = f'{raw} IS NOT NULL AND "{column.name}" IS NULL'
    said = _says(f"{column.name} '", shown, f"' is not a {_WHAT[column.kind]} that can be read: {cure}")
    return [*rules, Rule(unread, f"unreadable {_WHAT[column.kind]}", said)]


def _within(column: Column) -> list[Rule]:
    name = f'"{column.name}"'
    rules = []
    if column.least is not None:
        said = _says(f"{column.name} ", f"{name}::VARCHAR", f" is below {column.least:g}; correct it")
        rules.append(Rule(f"{name} < {column.least}", "value too small", said))
    if column.most is not None:
        said = _says(f"{column.name} ", f"{name}::VARCHAR", f" is above {column.most:g}; correct it")
        # Seconds added up as hours may come out a hair above a whole day.
        rules.append(Rule(f"{name} > {column.most} + 1e-6", "value too large", said))
    if column.one_of:
        allowed = ", ".join(quoted(word) for word in column.one_of)
        said = _says(f"{column.name} '", name, "' is not one of " + ", ".join(column.one_of))
        rules.append(Rule(f"{name} NOT IN ({allowed})", "value not allowed", said))
    return rules


def _light() -> Rule:
    """A weight is the inverse of the probability that the audit was drawn, so at least 1, but for rounding."""
    cure = (
        " is below 1: it is the inverse of the probability that the audit was drawn. Normalised weights have lost "
        "their scale: give decisions per audit of the stratum, or leave weight out"
    )
    return Rule('"weight" < 1 - 1e-9', LIGHT, _says("weight ", '"weight"::VARCHAR', cure))


def _ahead(table: Table, column: Column, now: dt.datetime) -> Rule:
    latest = (now + AHEAD_BY).astimezone(dt.UTC)
    bound = f"TIMESTAMPTZ {quoted(latest.isoformat(timespec='microseconds'))}"
    if column.kind == "date":
        # A date is local, and the day begins 14 hours before UTC's in the easternmost zone.
        bound = f"DATE {quoted((latest + dt.timedelta(hours=14)).date().isoformat())}"
    name = f'"{column.name}"'
    cure = " is more than a day ahead of the clock; correct it, the map's time_format or time_zone, or the clock"
    # The clock's own time is not told: the same file set aside twice would read as two different rejects.
    planned = " AND \"activity\" IS DISTINCT FROM 'leave'" if table.name == "work_hours" else ""
    return Rule(f"{name} > {bound}{planned}", AHEAD, _says(f"{column.name} ", f"{name}::VARCHAR", cure))


def _label_rule(table: Table, staged: dict[str, str], project: Project) -> list[Rule]:
    column = LABELS.get(table.name)
    known = sorted(project.labels.known)
    if column not in staged or not known:
        return []
    # A decision with several answers carries them joined; each of them has to be known.
    listed = ", ".join(quoted(label) for label in known)
    broken = f'NOT list_has_all([{listed}], string_split("{column}", {quoted(SEVERAL)}))'
    if "skipped" in staged:
        broken += ' AND "skipped" IS NOT TRUE'
    cure = f"' is not in the project's labels; add it to params/{project.project}.yaml and import again"
    return [Rule(broken, UNKNOWN_LABEL, _says("label '", f'"{column}"', cure))]
