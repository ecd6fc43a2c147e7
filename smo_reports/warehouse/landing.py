"""An import, from staged rows to one published catalog: everything lands, or nothing does."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence

import duckdb
from deltalake.exceptions import DeltaError

from smo_reports.errors import ImportFileError, WarehouseError
from smo_reports.project import Project
from smo_reports.schema import TABLES, Table
from smo_reports.warehouse import catalog
from smo_reports.warehouse.booked import hours_notes
from smo_reports.warehouse.counts import SHOWN_REJECTS, ImportCounts, Reject, TableCounts
from smo_reports.warehouse.durable import flush
from smo_reports.warehouse.identity import (
    PARENTS,
    corrected,
    judge_parents,
    judge_stored,
    same,
)
from smo_reports.warehouse.judging import judge
from smo_reports.warehouse.ledgers import Ledger
from smo_reports.warehouse.parsed import Part
from smo_reports.warehouse.staging import Staging, fill, quoted, staging
from smo_reports.warehouse.store import STORED, Warehouse, stored_table, write
from smo_reports.warehouse.typed import SQL_TYPES
from smo_reports.warehouse.withdrawn import find_withdrawn

Progress = Callable[[str, float], None]


def land(
    warehouse: Warehouse,
    project: Project,
    parts: Sequence[Part],
    *,
    memory_limit: str = "1GB",
    timeout: float = 60.0,
    strict: bool = False,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
) -> ImportCounts:
    """Import some files of one project in one commit.

    Parameters
    ----------
    warehouse : Warehouse
    project : Project
    parts : sequence of Part
    memory_limit : str
        Of the staging database, such as ``1GB``.
    timeout : float
        Seconds to wait for another import to end.
    strict : bool
        Refuse the whole import when a row breaks a rule, rather than set that row aside.
    progress : callable, optional
        Told what is being done and the share done, 0 to 1.
    now : datetime, optional
        The time, with its zone, that nothing that happened may be far ahead of; the clock's without one.

    Raises
    ------
    ImportFileError
        When a file cannot be read as a whole, or changes while it is read.
    WarehouseError
        When the project was imported under another time zone, another import holds the lock for too long, or
        the disk is full. In every case the warehouse is as it was.
    """
    tell = progress or (lambda what, share: None)
    clock = now or dt.datetime.now(dt.UTC)
    try:
        with staging(warehouse.root, memory_limit) as rows:
            for number, part in enumerate(parts):
                tell(f"reading {part.name}", 0.5 * number / len(parts))
                fill(rows, part)
            for at, name in enumerate(_tables(rows)):
                tell(f"typing {name}", 0.5 + 0.2 * at / len(TABLES))
                judge(rows, TABLES[name], project, clock)
            with catalog.writing(warehouse.root, timeout):
                return _commit(warehouse, project, rows, strict, tell)
    except (OSError, duckdb.Error, DeltaError) as error:
        # Delta's writer reports a full disk as OSError too; unreadable files raise ImportFileError earlier.
        raise WarehouseError(f"{warehouse.root}: import stopped, nothing was changed: {error}") from error


def _tables(rows: Staging) -> list[str]:
    """The staged tables, those that others speak of first."""
    named = {table for _, table in rows.staged}
    return [name for name in TABLES if name in named]


def _commit(warehouse: Warehouse, project: Project, rows: Staging, strict: bool, tell: Progress) -> ImportCounts:
    now = catalog.load(warehouse.root)
    _check_zone(warehouse, project, now.zones.get(project.project))
    stored = {name: _stored(warehouse, name, at, project.project) for name, at in now.tables.items()}
    names = _tables(rows)
    for at, name in enumerate(names):
        tell(f"comparing {name}", 0.7 + 0.1 * at / len(names))
        parent = PARENTS.get(name, ("", ""))
        judge_parents(rows, TABLES[name], _only(stored.get(parent[1]), parent[0]))
        judge_stored(rows, TABLES[name], stored.get(name))
    if strict:
        _refuse(rows, names)
    ledger = Ledger(rows, project, names)
    changed: dict[str, int] = {}
    for at, name in enumerate(names):
        tell(f"writing {name}", 0.8 + 0.15 * at / len(names))
        version = _write(warehouse, project, rows, TABLES[name], stored.get(name), now.tables.get(name))
        changed |= {} if version is None else {name: version}
        if name == "work_hours":
            rows.notes += hours_notes(rows, stored)
    for ledger_name, query, replacing in ledger.rows(stored, anything=bool(changed)):
        replaced = project.project if replacing else None
        at_version = now.tables.get(ledger_name)
        changed[ledger_name] = write(warehouse.root, ledger_name, at_version, rows.stream(query), replaced)
    made = now.next(changed, {project.project: project.time_zone}) if changed else now
    if changed:
        tell("flushing to disk", 0.97)
        for name, version in changed.items():
            flush(warehouse.root, name, now.tables.get(name), version)
        catalog.publish(warehouse.root, made)
    tell("done", 1.0)
    return ImportCounts(tuple(o.name for o in rows.origins), _count(rows, names), made.version, tuple(rows.notes))


def _check_zone(warehouse: Warehouse, project: Project, zone: str | None) -> None:
    if zone not in (None, project.time_zone):
        raise WarehouseError(
            f"project {project.project!r} was imported into {warehouse.root} under {zone}, and its "
            f"time_zone is now {project.time_zone}: its local dates would not fit together. "
            f"Import everything again into a new warehouse folder, or put the zone back to {zone}"
        )


def _stored(warehouse: Warehouse, name: str, at: int, project: str) -> str | None:
    """SQL of a project's stored rows, with every canonical column."""
    found = stored_table(warehouse.root, name, at, project)
    if found is None:
        return None
    table = STORED[name]
    columns = [
        f'"{column.name}"' if column.name in found.columns else f'NULL::{SQL_TYPES[column.kind]} AS "{column.name}"'
        for column in table.columns
    ]
    files = ", ".join(quoted(file) for file in found.files)
    source = f"read_parquet([{files}], hive_partitioning = true, hive_types = {{'project': VARCHAR}})"
    return f"SELECT {', '.join(columns)} FROM {source}"


def _only(stored: str | None, column: str) -> str | None:
    return f"SELECT {column} FROM ({stored})" if stored else None


def _refuse(rows: Staging, names: list[str]) -> None:
    for name in names:
        broken = rows.sql.sql(f"SELECT _rule, _detail FROM typed_{name} WHERE _state = 'set aside' LIMIT 1").fetchall()
        for rule, detail in broken:
            raise ImportFileError(f"{name}: {rule}: {detail}")


def _write(
    warehouse: Warehouse, project: Project, rows: Staging, table: Table, stored: str | None, at: int | None
) -> int | None:
    """Write one table's new and replaced rows; ``None`` when there is nothing to write."""
    typed, names = f"typed_{table.name}", ", ".join(f'"{name}"' for name in table.names)
    key = ", ".join(f'"{name}"' for name in table.key)
    have = ", ".join(f'"{name}"' for name in rows.columns(table.name))
    new, updated = rows.one(
        f"SELECT count(*) FILTER (_state = 'new'), count(*) FILTER (_state = 'updated') FROM {typed}"
    )
    withdrawn = find_withdrawn(rows, table.name, stored)
    if not new and not updated and not withdrawn:
        return None
    # Delta fills the columns that no source has with nulls.
    query = f"SELECT {have} FROM {typed} WHERE _state = 'new'"
    rows.notes += withdrawn
    replacing = bool(updated or withdrawn)
    if stored is not None and replacing:
        gone = f"SELECT {key} FROM {typed} WHERE _state = 'updated'"
        if withdrawn:
            gone += f" UNION ALL SELECT {key} FROM withdrawn_{table.name}"
        kept = f"SELECT {names} FROM ({stored}) s ANTI JOIN ({gone}) u ON {same(table.key, 's', 'u')}"
        query = f"{kept} UNION ALL BY NAME ({corrected(rows, table, stored)}) UNION ALL BY NAME {query}"
    return write(warehouse.root, table.name, at, rows.stream(query), project.project if replacing else None)


def _count(rows: Staging, names: list[str]) -> tuple[TableCounts, ...]:
    found = []
    for name in names:
        if name != names[0] and not rows.one(f"SELECT count(*) FROM typed_{name}")[0]:
            continue
        states: Counter[str] = Counter()
        rejects: dict[str, int] = {}
        query = f"SELECT _state, _rule, count(*) FROM typed_{name} GROUP BY ALL ORDER BY ALL"
        for state, rule, count in rows.sql.sql(query).fetchall():
            states[state] += count
            if rule is not None:
                rejects[rule] = count
        taken, updated, unchanged = states["new"], states["updated"], states["unchanged"]
        counted = (states.total(), taken, updated, unchanged, states["set aside"])
        found.append(TableCounts(name, *counted, rejects, _first_rejects(rows, name)))
    return tuple(found)


def _first_rejects(rows: Staging, name: str) -> tuple[Reject, ...]:
    """The first rows that were set aside, each rule's first one before any rule's second."""
    query = (
        f"SELECT _part, _line, _rule, _detail FROM typed_{name} WHERE _state = 'set aside' "
        f"ORDER BY row_number() OVER (PARTITION BY _rule ORDER BY _row), _row LIMIT {SHOWN_REJECTS}"
    )
    found = rows.sql.sql(query).fetchall()
    return tuple(Reject(rows.origins[part].name, line, rule, detail) for part, line, rule, detail in found)
