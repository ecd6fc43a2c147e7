"""Staged text becomes typed rows with ids, each judged by the rules that it can break by itself."""

from __future__ import annotations

import datetime as dt

from smo_reports.project import Project
from smo_reports.schema import Table
from smo_reports.warehouse.identity import judge_repeats, made_id
from smo_reports.warehouse.parsed import DETAIL, LINE, RULE
from smo_reports.warehouse.rules import first_broken, row_rules
from smo_reports.warehouse.staging import Staged, Staging, quoted
from smo_reports.warehouse.typed import SQL_TYPES, raw, value


def judge(rows: Staging, table: Table, project: Project, now: dt.datetime) -> None:
    """Make ``typed_<table>`` of a table's staged rows: typed, with ids, each with a state.

    It has the columns that the sources give (``Staging.columns``): typing all that a table could have would
    cost most of an import's time.

    ``_state`` is ``new`` (later perhaps ``updated`` or ``unchanged``) or ``set aside``, which ``_rule`` and
    ``_detail`` explain.
    """
    columns = ", ".join(f'"{name}" {SQL_TYPES[table[name].kind]}' for name in rows.columns(table.name))
    extra = "_part INTEGER, _row BIGINT, _line BIGINT, _rule VARCHAR, _detail VARCHAR, _state VARCHAR"
    rows.sql.execute(f"CREATE TABLE typed_{table.name} ({columns}, {extra})")
    for staged in rows.staged.values():
        if staged.table == table.name:
            rows.sql.execute(f"INSERT INTO typed_{table.name} BY NAME {_typing(rows, table, staged, project, now)}")
    judge_repeats(rows, table)


def _typing(rows: Staging, table: Table, staged: Staged, project: Project, now: dt.datetime) -> str:
    """SQL of one source's rows of one table, typed, with ids, and judged by the rules of single rows."""
    have = [column for column in table.columns if column.name in staged.columns]
    reserved = [name for name in (LINE, "_row", RULE, DETAIL) if name in staged.columns]
    raws = [f'{raw(column.name, staged.columns[column.name])} AS "raw:{column.name}"' for column in have]
    inner = f"SELECT {', '.join([*reserved, *raws])} FROM {staged.name}"
    values = {
        column.name: value(column, staged.columns[column.name], staged.reading, project.time_zone) for column in have
    }
    wanted = rows.columns(table.name)
    listed = [f'{values.get(name, f"NULL::{SQL_TYPES[table[name].kind]}")} AS "{name}"' for name in wanted]
    kept = [f'"raw:{column.name}"' for column in have]
    inner = f"SELECT {', '.join([*reserved, *kept, *listed])} FROM ({inner})"
    filled = [f'coalesce("project", {quoted(project.project)}) AS "project"']
    if table.name == "decisions" and "submitted_at" in staged.columns:
        local = f"timezone({quoted(project.time_zone)}, submitted_at)"
        filled += [f"coalesce(work_date, {local}::DATE) AS work_date"]
        filled += [f"coalesce(local_hour, hour({local})) AS local_hour"]
    if table.made_id:
        own = table.key[0]
        if own not in staged.columns or rows.one(f'SELECT bool_or("{own}" IS NULL) FROM ({inner})')[0]:
            made = made_id(table, [column.name for column in have], project.project, rows.origins[staged.part].format)
            filled.append(f'coalesce("{own}", {made}) AS "{own}"')
    rule, detail = first_broken(row_rules(table, staged.columns, staged.reading, project, now))
    inner = f"SELECT * REPLACE ({', '.join(filled)}) FROM ({inner})"
    names = ", ".join(f'"{name}"' for name in wanted)
    inner = f"SELECT *, {rule} AS _broken FROM ({inner})"
    told = f"CASE WHEN _broken IS NOT NULL THEN {detail} END"
    state = "CASE WHEN _broken IS NULL THEN 'new' ELSE 'set aside' END"
    return (
        f"SELECT {names}, _row, _line, _broken AS _rule, {told} AS _detail, {staged.part} AS _part, "
        f"{state} AS _state FROM ({inner})"
    )
