"""What an import leaves on record: a row of ``imports`` per file and table, and the rows it set aside."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

from smo_reports.project import Project
from smo_reports.schema import TABLES, Table
from smo_reports.warehouse.parsed import RAW
from smo_reports.warehouse.staging import Staging, quoted
from smo_reports.warehouse.store import IMPORTS, REJECTS

RAW_LIMIT = 4_000
"""Characters of a rejected row's text that are kept."""


class Ledger:
    """The record of one import.

    Parameters
    ----------
    rows : Staging
        Typed and judged.
    project : Project
    names : list of str
        The staged tables.
    """

    def __init__(self, rows: Staging, project: Project, names: list[str]) -> None:
        self.staging = rows
        self.project = project
        self.names = names
        self.id = uuid.uuid4().hex[:16]
        self.at = f"TIMESTAMPTZ {quoted(dt.datetime.now(dt.UTC).isoformat(timespec='microseconds'))}"

    def rows(self, stored: dict[str, str | None], *, anything: bool) -> Iterator[tuple[str, str, bool]]:
        """Give what has to be written: ledger, SQL of its rows, and whether they replace the project's rows.

        Nothing at all where the same files were imported before and would change nothing now.

        Parameters
        ----------
        stored : dict of str to (str or None)
            SQL of the project's stored rows, by table.
        anything : bool
            Whether the import changed a canonical table.
        """
        sql = self.staging.sql
        sql.execute(f"CREATE TABLE new_rejects AS {self._rejects()}")
        sql.execute(f"CREATE TABLE new_imports AS {self._imports()}")
        columns = ", ".join(REJECTS.names)
        old = stored.get("rejects")
        mine = f"SELECT * FROM ({old}) o SEMI JOIN new_imports i USING (source_sha256, table_name)" if old else ""
        others = f"SELECT {columns} FROM ({old}) o ANTI JOIN new_imports i USING (source_sha256, table_name)"
        new = f"SELECT {columns} FROM new_rejects"
        differ = self._differ(mine)
        if differ and mine and self._any(mine):
            yield "rejects", f"{others} UNION ALL {new}", True
        elif differ:
            yield "rejects", new, False
        past = stored.get("imports")
        unseen = f"SELECT * FROM new_imports n ANTI JOIN ({past}) p USING (source_sha256, table_name)"
        if self._any("FROM new_imports") and (anything or differ or past is None or self._any(unseen)):
            yield "imports", f"SELECT {', '.join(IMPORTS.names)} FROM new_imports", False

    def _any(self, query: str) -> bool:
        return bool(self.staging.one(f"SELECT count(*) FROM ({query})")[0])

    def _differ(self, mine: str) -> bool:
        """Say whether the rejects of these files are other than the stored ones."""
        if not mine:
            return self._any("FROM new_rejects")
        told = "table_name, source_sha256, line, rule, detail, raw"
        old, new = f"SELECT {told} FROM ({mine})", f"SELECT {told} FROM new_rejects"
        return self._any(f"({old} EXCEPT ALL {new}) UNION ALL ({new} EXCEPT ALL {old})")

    def _rejects(self) -> str:
        queries = []
        for staged in self.staging.staged.values():
            origin = self.staging.origins[staged.part]
            shown = [name for name in staged.columns if not name.startswith("_")]
            pairs = ", ".join(f'{quoted(name)}: s."{name}"::VARCHAR' for name in shown)
            made = f"to_json({{{pairs}}})::VARCHAR" if shown else "''"
            text = f"coalesce(s.{RAW}, {made})" if RAW in staged.columns else made
            queries.append(
                f"SELECT {quoted(self.project.project)} AS project, {quoted(staged.table)} AS table_name, "
                f"{quoted(origin.name)} AS source_file, "
                f"{quoted(origin.sha256)} AS source_sha256, t._line AS line, "
                f"t._rule AS rule, t._detail AS detail, {_cut(text)} AS raw, {quoted(self.id)} AS import_id, "
                f"{self.at} AS rejected_at "
                f"FROM typed_{staged.table} t JOIN {staged.name} s ON s._row = t._row "
                f"WHERE t._state = 'set aside' AND t._part = {staged.part}"
            )
        return " UNION ALL ".join(queries) if queries else _empty(REJECTS)

    def _imports(self) -> str:
        queries = []
        for (part, name), staged in self.staging.staged.items():
            origin = self.staging.origins[part]
            time = next((column.name for column in TABLES[name].columns if column.kind == "time"), None)
            spans = [
                f"{bound}(\"{time}\") FILTER (_state <> 'set aside')"
                if time in self.staging.columns(name)
                else "NULL::TIMESTAMPTZ"
                for bound in ("min", "max")
            ]
            states = {
                "taken": "new",
                "updated": "updated",
                "unchanged": "unchanged",
                "set_aside": "set aside",
            }
            counted = ", ".join(f"count(*) FILTER (_state = '{said}') AS {as_}" for as_, said in states.items())
            queries.append(
                f"SELECT {quoted(self.id)} AS import_id, {quoted(self.project.project)} AS project, "
                f"{quoted(name)} AS table_name, {quoted(origin.format)} AS format, {quoted(origin.name)} AS "
                f"source_file, {quoted(origin.sha256)} AS source_sha256, count(*) AS read, {counted}, "
                f"{spans[0]} AS first_at, {spans[1]} AS last_at, {self.at} AS imported_at, "
                f"{quoted(self.project.time_zone)} AS time_zone "
                f"FROM typed_{staged.table} WHERE _part = {part} HAVING count(*) > 0"
            )
        return " UNION ALL ".join(queries) if queries else _empty(IMPORTS)


def _cut(text: str) -> str:
    """SQL of a text of at most ``RAW_LIMIT`` characters, which says so where it was cut."""
    said = f"' … (cut: ' || length({text}) || ' characters in all)'"
    begin = f"left({text}, {RAW_LIMIT - 60})"
    return f"CASE WHEN length({text}) > {RAW_LIMIT} THEN {begin} || {said} ELSE {text} END"


def _empty(table: Table) -> str:
    kinds = {"text": "VARCHAR", "int": "BIGINT", "time": "TIMESTAMPTZ"}
    return f"SELECT {', '.join(f'NULL::{kinds[c.kind]} AS {c.name}' for c in table.columns)} WHERE false"
