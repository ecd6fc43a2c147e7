"""One embedded engine over a project's Parquet files: its views, and what it keeps because many KPIs read it again."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from contextlib import suppress
from dataclasses import dataclass

import duckdb

from smo_reports.project import Project
from smo_reports.sources import tables as sql

KEPT = ("audits", "gold_decisions")
"""Joins that most KPIs of a page read again: small beside the decisions, so they are made once and kept."""

USUAL = frozenset(
    ("decision_id", "project", "item_id", "labeler_id", "label", "submitted_at", "work_date", "round", "policy")
) | frozenset(("queue", "market", "severity", "vendor", "batch_id", "is_gold", "blind", "skipped"))
"""Decisions' columns that estimates of quality are made of and usually split by. Most of the time of the one pass over
all decisions goes into decoding columns: the others are there for whoever asks for them."""

Span = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True)
class Stored:
    """A table's Parquet files and the columns that hold something for the project."""

    files: tuple[str, ...]
    columns: tuple[str, ...]


class Engine:
    """DuckDB over some files, shared by all periods that are read from them.

    Parameters
    ----------
    project : Project
    stored : dict of str to Stored
    memory : str
        The most that counting may use, such as ``"2GB"``.
    """

    def __init__(self, project: Project, stored: dict[str, Stored], memory: str) -> None:
        self.columns = {name: table.columns for name, table in stored.items()}
        self.connection = duckdb.connect()
        self._project = project
        self._expected: list[Span] = []
        self._spans: list[tuple[Span, bool, int]] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.connection.execute("SET TimeZone = 'UTC'")
        # A bar drawn into a job's log is no output of ours. In a notebook without ipywidgets there is none, and none to
        # switch off.
        with suppress(duckdb.InvalidInputException):
            self.connection.execute("SET enable_progress_bar = false")
        self.connection.execute("SET preserve_insertion_order = false")
        # A page asks a hundred times; the files' footers are read once.
        self.connection.execute("SET parquet_metadata_cache = true")
        self.connection.execute(f"SET memory_limit = {sql.literal(memory)}")
        mine = sql.literal(project.project)
        for name, table in stored.items():
            files = ", ".join(map(sql.literal, table.files))
            picked = ", ".join(f'"{column}"' for column in table.columns)
            source = f"read_parquet([{files}], hive_partitioning = true, union_by_name = true)"
            # A folder of files may hold other projects' rows too; a warehouse keeps each project's files apart.
            shared = project.source_kind == "parquet" and "project" in table.columns
            own = f"WHERE COALESCE(project, {mine}) = {mine}" if shared else ""
            self.connection.execute(f"CREATE VIEW stored_{name} AS SELECT {picked} FROM {source} {own}")

    def expect(self, span: Span) -> None:
        """Say that a period will probably be read: what is kept for one period is then kept for all of them."""
        with self._lock:
            self._expected.append(span)

    def view(self, name: str, start: dt.date | None, end: dt.date | None, every_column: bool = False) -> str:
        """The name of a view of one read table, cut to a period; of a kept one with the usual columns, or with all."""
        with self._lock:
            view = f"main.{name}_{next(self._numbers)}"
            if name in KEPT:
                kept = f"kept_{name}_{self._covering((start, end), every_column)}"
                cut = sql.period_filter(name, self.columns, self._project.time_zone, *map(_text, (start, end)))
                body = f"SELECT * FROM {kept} {cut}"
            else:
                body = sql.read_sql(name, self.columns, self._project, start, end)
            self.connection.execute(f"CREATE VIEW {view} AS {body}")
        return view

    def _covering(self, span: Span, every_column: bool) -> int:
        """The number of kept tables that hold a period; they are made where none do."""
        for held, wide, number in self._spans:
            if wide >= every_column and _within(span, held):
                return number
        number = next(self._numbers)
        span = _hull(span, self._expected)
        self._keep(span, number, every_column)
        self._spans.append((span, every_column, number))
        return number

    def _keep(self, span: Span, number: int, every_column: bool) -> None:
        """Make the kept tables of a period in one pass over its decisions, whose columns cost the most."""
        made = [name for name in KEPT if name in sql.readable(self.columns)]
        kept = tuple(name for name in self.columns["decisions"] if every_column or name in USUAL)
        narrowed = {**self.columns, "decisions": kept}
        sought = {
            "audits": "decision_id IN (SELECT decision_id FROM stored_audits)",
            "gold_decisions": "item_id IN (SELECT item_id FROM stored_gold)",
        }
        cut = sql.period_filter("decisions", self.columns, self._project.time_zone, *map(_text, span)) or "WHERE true"
        picked = ", ".join(f'"{name}"' for name in kept)
        looked_at = f"looked_at_{number}"
        self.connection.execute(
            f"CREATE TABLE {looked_at} AS SELECT {picked} FROM stored_decisions {cut} "
            f"AND ({' OR '.join(sought[name] for name in made)})"
        )
        for name in made:
            body = sql.read_sql(name, narrowed, self._project, *span)
            self.connection.execute(
                f"CREATE TABLE kept_{name}_{number} AS WITH stored_decisions AS (SELECT * FROM {looked_at}) {body}"
            )
        self.connection.execute(f"DROP TABLE {looked_at}")


def _text(day: dt.date | None) -> str | None:
    return None if day is None else str(day)


def _hull(span: Span, others: list[Span]) -> Span:
    """A bounded period widened over the other bounded ones; an open one stays as it is."""
    if not all(span):
        return span
    bounded = [other for other in (span, *others) if all(other)]
    return min(start for start, _ in bounded if start), max(end for _, end in bounded if end)


def _within(span: Span, held: Span) -> bool:
    """Whether a period lies in another; an open side is held by an open side only."""
    after_start = held[0] is None or (span[0] is not None and span[0] >= held[0])
    before_end = held[1] is None or (span[1] is not None and span[1] <= held[1])
    return after_start and before_end
