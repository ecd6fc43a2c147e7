"""Who a row is: ids made where a source has none, keys repeated within an import, and keys already stored."""

from __future__ import annotations

from collections.abc import Callable

from smo_reports.schema import Table
from smo_reports.warehouse.rules import OUT_OF_ORDER, REPEATED, SETTLED, out_of_order
from smo_reports.warehouse.staging import Staging, quoted

_BETWEEN = "chr(31)"


def made_id(table: Table, columns: list[str], project: str, source: str) -> str:
    """SQL of the id of a row whose source gives none.

    It is made of the project, the source, the columns that the table names, and an occurrence number that
    counts rows alike in those columns in order of their content: shuffling a file's rows changes no id, and a
    label that a person honestly gave twice stays two decisions.

    Parameters
    ----------
    table : Table
    columns : list of str
        The columns that the source has.
    project, source : str
    """
    alike = ", ".join(f'"{name}"' for name in table.made_id)
    content = _joined([name for name in columns if name != table.key[0]])
    occurrence = f'row_number() OVER (PARTITION BY "{table.key[0]}" IS NULL, {alike} ORDER BY md5({content}))'
    said = _joined(list(table.made_id))
    fixed = quoted(f"{project}\x1f{source}\x1f")
    return f"left(sha256({fixed} || {said} || {_BETWEEN} || {occurrence}), 24)"


def _joined(names: list[str]) -> str:
    values = ", ".join(f"coalesce(\"{name}\"::VARCHAR, '')" for name in names)
    return f"concat_ws({_BETWEEN}, {values})" if names else "''"


def same(columns: tuple[str, ...], left: str, right: str) -> str:
    """SQL that says whether two rows agree in some columns, null being equal to null."""
    return " AND ".join(f'{left}."{name}" IS NOT DISTINCT FROM {right}."{name}"' for name in columns) or "true"


def _by_part(staging: Staging, table: Table, said: Callable[[tuple[str, ...]], str]) -> str:
    """SQL that depends on the columns that the row ``t`` has from its source."""
    cases = [
        f"WHEN t._part IN ({', '.join(map(str, parts))}) THEN {said(given)}"
        for given, parts in staging.parts(table.name).items()
    ]
    return f"CASE {' '.join(cases)} END"


def judge_repeats(staging: Staging, table: Table) -> None:
    """Judge rows whose key stands earlier in the import: a copy is unchanged, other content is set aside.

    Content is that of the columns which the later row's source has.
    """
    typed = f"typed_{table.name}"
    key = ", ".join(f'"{name}"' for name in table.key)
    staging.sql.execute(
        f"CREATE OR REPLACE TABLE firsts AS SELECT {key}, min(_row) AS _first FROM {typed} "
        "WHERE _state = 'new' GROUP BY ALL HAVING count(*) > 1"
    )
    if not staging.one("SELECT count(*) FROM firsts")[0]:
        return
    detail = "'the same key stands in line ' || f._line || ' with other content; keep one of them'"
    alike = _by_part(staging, table, lambda given: same(given, "t", "f"))
    staging.sql.execute(
        f"CREATE OR REPLACE TABLE repeats AS SELECT t._row, {alike} AS alike, "
        f"{detail} AS detail FROM {typed} t JOIN firsts k ON {same(table.key, 't', 'k')} "
        f"JOIN {typed} f ON f._row = k._first WHERE t._state = 'new' AND t._row <> k._first"
    )
    staging.sql.execute(
        f"UPDATE {typed} SET _state = CASE WHEN r.alike THEN 'unchanged' ELSE 'set aside' END, "
        f"_rule = CASE WHEN r.alike THEN NULL ELSE {quoted(REPEATED)} END, "
        f"_detail = CASE WHEN r.alike THEN NULL ELSE r.detail END FROM repeats r WHERE {typed}._row = r._row"
    )


def judge_stored(staging: Staging, table: Table, stored: str | None) -> None:
    """Judge rows whose key is stored: the same content is unchanged, other content replaces the stored row.

    Only the columns that a row's source has are content: the others stay as they are stored. A time that
    comes alone is set aside where the stored one, which it has to be in order with, contradicts it; and so is a row
    that would change what was settled when the stored one was registered.

    Parameters
    ----------
    staging : Staging
    table : Table
    stored : str or None
        SQL of the stored rows with all canonical columns; ``None`` when there are none.
    """
    if stored is None:
        return
    typed = f"typed_{table.name}"
    alike = _by_part(
        staging, table, lambda given: same(tuple(name for name in given if name not in table.key), "t", "s")
    )
    late = _by_part(staging, table, lambda given: _late(table, given))
    kept = _by_part(staging, table, lambda given: _settled(table, given))
    staging.sql.execute(
        f"CREATE OR REPLACE TABLE known AS SELECT t._row, {alike} AS alike, "
        f"CASE WHEN NOT alike THEN {late} END AS late, CASE WHEN NOT alike THEN {kept} END AS kept "
        f"FROM {typed} t JOIN ({stored}) s ON {same(table.key, 't', 's')} WHERE t._state = 'new'"
    )
    wrong = "COALESCE(k.late, k.kept)"
    state = f"CASE WHEN k.alike THEN 'unchanged' WHEN {wrong} IS NULL THEN 'updated' ELSE 'set aside' END"
    staging.sql.execute(
        f"UPDATE {typed} SET _state = {state}, _detail = {wrong}, "
        f"_rule = CASE WHEN k.late IS NOT NULL THEN {quoted(OUT_OF_ORDER)} "
        f"WHEN k.kept IS NOT NULL THEN {quoted(SETTLED)} END "
        f"FROM known k WHERE {typed}._row = k._row"
    )


def _settled(table: Table, given: tuple[str, ...]) -> str:
    """SQL of the settled columns of a registered row that another value comes for; null when none does."""
    cases = []
    for name in (name for name in table.settled if name in given):
        said = quoted(f"{name} was settled when it was registered; open another action")
        cases.append(f'WHEN t."{name}" IS DISTINCT FROM s."{name}" THEN {said}')
    if not cases:
        return "NULL::VARCHAR"
    return f"CASE WHEN s.registered_at IS NULL THEN NULL {' '.join(cases)} END"


def _late(table: Table, given: tuple[str, ...]) -> str:
    """SQL of what is wrong with two times, one of which comes and one of which is stored; null when nothing."""
    cases = []
    for pair in table.ordered:
        if len(set(pair) & set(given)) == 1:
            times = [f'{"t" if name in given else "s"}."{name}"' for name in pair]
            rule = out_of_order(*pair, *times)
            cases.append(f"WHEN {rule.broken} THEN {rule.detail}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def corrected(staging: Staging, table: Table, stored: str) -> str:
    """SQL of the rows that replace stored ones, with every canonical column.

    Parameters
    ----------
    staging : Staging
    table : Table
    stored : str
        SQL of the stored rows with all canonical columns.
    """
    queries = []
    for given, parts in staging.parts(table.name).items():
        names = ", ".join(f'{"t" if name in given else "s"}."{name}"' for name in table.names)
        queries.append(
            f"SELECT {names} FROM typed_{table.name} t JOIN ({stored}) s ON {same(table.key, 't', 's')} "
            f"WHERE t._state = 'updated' AND t._part IN ({', '.join(map(str, parts))})"
        )
    return " UNION ALL ".join(queries)


PARENTS = {
    "decision_labels": ("decision_id", "decisions"),
    "audits": ("decision_id", "decisions"),
    "appeals": ("decision_id", "decisions"),
    "disputes": ("audit_id", "audits"),
}
"""Which column of a table has to be known in which other table."""


def judge_parents(staging: Staging, table: Table, stored: str | None) -> None:
    """Set aside rows that speak of a decision or audit which is neither stored nor in this import.

    Parameters
    ----------
    staging : Staging
    table : Table
    stored : str or None
        SQL of the parents' stored ids; ``None`` when there are none.
    """
    if table.name not in PARENTS:
        return
    column, parent = PARENTS[table.name]
    sources = [stored] if stored else []
    if any(name == parent for _, name in staging.staged):
        sources.append(f"SELECT {column} FROM typed_{parent} WHERE _state <> 'set aside'")
    known = f"{column} NOT IN ({' UNION ALL '.join(sources)})" if sources else "true"
    what = parent.removesuffix("s")
    detail = f"'{what} ''' || left({column}, 200) || ''' is not in the warehouse; import {parent} first'"
    staging.sql.execute(
        f"UPDATE typed_{table.name} SET _state = 'set aside', _rule = 'unknown {what}', _detail = {detail} "
        f"WHERE _state = 'new' AND {known}"
    )
