"""From text to types, in SQL over whole columns.

Nothing is guessed: a time is ISO 8601 or follows the declared format, a number is plain digits, and what
cannot be read becomes null, for ``rules`` to set the row aside.
"""

from __future__ import annotations

from smo_reports.schema import Column
from smo_reports.warehouse.parsed import Reading
from smo_reports.warehouse.staging import quoted

SQL_TYPES = {
    "text": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "date": "DATE",
    "real": "DOUBLE",
    "int": "BIGINT",
    "bool": "BOOLEAN",
}
"""The staging database's type for every kind of column."""

_SPACES = tuple(ord(mark) for mark in " \t\r\n\v\f\u00a0\ufeff")
_SPACE = " || ".join(f"chr({mark})" for mark in _SPACES)
_DATE = r"\d{4}-\d{2}-\d{2}"
_OFFSET = r" ?(Z|z|[+-]\d{2}(:?\d{2})?)"
_ISO = rf"{_DATE}([T ]\d{{2}}:\d{{2}}(:\d{{2}}([.,]\d{{1,9}})?)?({_OFFSET})?)?"
_ISO_WITH_OFFSET = rf"{_DATE}[T ]\d{{2}}:\d{{2}}(:\d{{2}}([.,]\d{{1,9}})?)?{_OFFSET}"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_NOT_FINITE = r"[+-]?(nan|inf|infinity)"
_INTEGERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "HUGEINT",
)
_REALS = ("FLOAT", "DOUBLE")


def is_text(staged: str) -> bool:
    """Say whether a staged column holds text that has to be read."""
    return staged == "VARCHAR" or staged.startswith("ENUM")


def raw(name: str, staged: str) -> str:
    """SQL of a staged column as it is read: text trimmed, empty text null, all else untouched."""
    if is_text(staged):
        text = f'"{name}"::VARCHAR'
        # Trimming of several characters costs 0.8 µs a value, looking at the ends a tenth of that. A list of all the
        # spaces would be joined like a table, for each end of each column: most of a small import's time.
        ends = " OR ".join(_may_be_space(f"ord({end}({text}, 1))") for end in ("left", "right"))
        return f"nullif(CASE WHEN {ends} THEN trim({text}, {_SPACE}) ELSE {text} END, '')"
    return f'"{name}"'


def _may_be_space(mark: str) -> str:
    """SQL that says whether a character's number is one of ``_SPACES``, or of another mark below them."""
    return f"{mark} <= {ord(' ')} OR {mark} IN {tuple(one for one in _SPACES if one > ord(' '))}"


def value(column: Column, staged: str, reading: Reading, zone: str) -> str:
    """SQL of a canonical value, null where the raw one cannot be read.

    Parameters
    ----------
    column : Column
    staged : str
        The DuckDB type of the staged column, which is ``"raw:<name>"`` in the query.
    reading : Reading
    zone : str
        The project's time zone, for times that say none.
    """
    source = f'"raw:{column.name}"'
    zone = reading.time_zone or zone
    if column.kind == "text":
        return _text(source, staged)
    if column.kind == "time":
        return _time(source, staged, reading.time_format, zone)
    if column.kind == "date":
        return _date(source, staged, reading.time_format)
    if column.kind == "bool":
        return _bool(source, staged)
    return _number(source, staged, column.kind, reading.decimal)


def not_finite(source: str, staged: str) -> str:
    """SQL that says whether a raw number is NaN or infinite."""
    if is_text(staged):
        return f"regexp_full_match({source}, '{_NOT_FINITE}', 'i')"
    return f"NOT isfinite({source})" if staged in _REALS else "false"


def _text(source: str, staged: str) -> str:
    if staged in _REALS:
        # An id column with gaps reaches a data frame as 17.0, 18.0, …: the id is 17.
        whole = f"isfinite({source}) AND {source} = trunc({source}) AND abs({source}) < 9e15"
        return f"CASE WHEN {whole} THEN {source}::BIGINT::VARCHAR ELSE {source}::VARCHAR END"
    return f"{source}::VARCHAR"


def _time(source: str, staged: str, time_format: str | None, zone: str) -> str:
    if staged == "TIMESTAMP WITH TIME ZONE":
        return source
    if staged.startswith("TIMESTAMP") or staged == "DATE":
        return f"timezone({quoted(zone)}, {source}::TIMESTAMP)"
    if not is_text(staged):
        return "NULL::TIMESTAMPTZ"
    if time_format is not None:
        parsed = f"try_strptime({source}, {quoted(time_format)})"
        return f"{parsed}::TIMESTAMPTZ" if "%z" in time_format else f"timezone({quoted(zone)}, {parsed}::TIMESTAMP)"
    plain = f"replace({source}, ',', '.')"
    return (
        f"CASE WHEN regexp_full_match({source}, '{_ISO_WITH_OFFSET}') THEN TRY_CAST({plain} AS TIMESTAMPTZ) "
        f"WHEN regexp_full_match({source}, '{_ISO}') "
        f"THEN timezone({quoted(zone)}, TRY_CAST({plain} AS TIMESTAMP)) END"
    )


def _date(source: str, staged: str, time_format: str | None) -> str:
    if staged == "DATE":
        return source
    if staged.startswith("TIMESTAMP") and staged != "TIMESTAMP WITH TIME ZONE":
        return f"CASE WHEN {source} = date_trunc('day', {source}) THEN {source}::DATE END"
    if not is_text(staged):
        return "NULL::DATE"
    midnight = rf"{_DATE}([T ]00:00(:00(\.0+)?)?)?"
    iso = f"CASE WHEN regexp_full_match({source}, '{midnight}') THEN TRY_CAST(left({source}, 10) AS DATE) END"
    return f"coalesce(try_strptime({source}, {quoted(time_format)})::DATE, {iso})" if time_format else iso


def _bool(source: str, staged: str) -> str:
    if staged == "BOOLEAN":
        return source
    said = f"lower({source}::VARCHAR)"
    return (
        f"CASE WHEN {said} IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true "
        f"WHEN {said} IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END"
    )


def _number(source: str, staged: str, kind: str, decimal: str) -> str:
    target = SQL_TYPES[kind]
    if staged in _REALS or staged.startswith("DECIMAL"):
        real = f"CASE WHEN isfinite({source}::DOUBLE) THEN {source}::DOUBLE END"
        return real if kind == "real" else f"CASE WHEN {source} = trunc({source}) THEN TRY_CAST({real} AS BIGINT) END"
    if staged in _INTEGERS:
        return f"TRY_CAST({source} AS {target})"
    if not is_text(staged):
        return f"NULL::{target}"
    # With a decimal comma a point can only be a thousands mark, which is not guessed at.
    plain = source if decimal == "." else f"replace(replace({source}, '.', '?'), ',', '.')"
    if kind == "int":
        digits = f"regexp_replace({plain}, '\\.0+$', '')"
        return f"CASE WHEN regexp_full_match({digits}, '[+-]?\\d+') THEN TRY_CAST({digits} AS BIGINT) END"
    number = f"TRY_CAST({plain} AS DOUBLE)"
    return f"CASE WHEN regexp_full_match({plain}, '{_NUMBER}') AND isfinite({number}) THEN {number} END"
