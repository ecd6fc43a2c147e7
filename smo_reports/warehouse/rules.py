"""The rules that one row can break by itself, each as SQL: when, its name, and what to do about it."""

from __future__ import annotations

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

_WHAT = {"time": "time", "date": "date", "real": "number", "int": "whole number", "bool": "yes or no"}


class Rule(NamedTuple):
    """One rule: ``broken`` is a SQL condition, ``detail`` SQL text that names the value and the cure."""

    broken: str
    name: str
    detail: str


def row_rules(table: Table, staged: dict[str, str], reading: Reading, project: Project) -> list[Rule]:
    """List the rules of one table, the first broken one of which sets a row aside.

    Parameters
    ----------
    table : Table
    staged : dict of str to str
        The source's columns and their DuckDB types; ``"raw:<name>"`` in the query, beside the read
        ``"<name>"``.
    reading : Reading
    project : Project
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
    for column in table.columns:
        rules += _within(column) if column.name in staged else []
    for first, second in table.ordered:
        said = _says(f"{first} ", f'"{first}"::VARCHAR', f" is after {second} ", f'"{second}"::VARCHAR')
        rules.append(Rule(f'"{first}" > "{second}"', OUT_OF_ORDER, said))
    if table.name == "audits":
        cure = quoted("give audit_label or correct")
        rules.append(Rule('"audit_label" IS NULL AND "correct" IS NULL', "an audit without a verdict", cure))
    return rules + _label_rule(table, project)


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
    if column.one_of:
        allowed = ", ".join(quoted(word) for word in column.one_of)
        said = _says(f"{column.name} '", name, "' is not one of " + ", ".join(column.one_of))
        rules.append(Rule(f"{name} NOT IN ({allowed})", "value not allowed", said))
    return rules


def _label_rule(table: Table, project: Project) -> list[Rule]:
    column = LABELS.get(table.name)
    known = sorted(project.labels.known)
    if column is None or not known:
        return []
    # A decision with several answers carries them joined; each of them has to be known.
    listed = ", ".join(quoted(label) for label in known)
    broken = f'NOT list_has_all([{listed}], string_split("{column}", {quoted(SEVERAL)}))'
    if table.name == "decisions":
        broken += ' AND "skipped" IS NOT TRUE'
    cure = f"' is not in the project's labels; add it to params/{project.project}.yaml and import again"
    return [Rule(broken, UNKNOWN_LABEL, _says("label '", f'"{column}"', cure))]
