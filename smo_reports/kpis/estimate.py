"""From rows to estimates: find the KPI, check what it needs, count, and fill the frozen columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw
import pandas as pd

from smo_reports.errors import KpiError, nearest
from smo_reports.kpis.assemble import finish, not_measured
from smo_reports.kpis.registry import Frame, Frames, Kpi, kpi_named
from smo_reports.kpis.tally import columns
from smo_reports.schema import PERSON_COLUMNS

DERIVED: Mapping[str, str] = {
    "gold_decisions": "gold",
    "violating": "labels (violating, benign) in the project's YAML",
    "audit_violating": "labels (violating, benign) in the project's YAML",
    "agreed_violating": "labels (violating, benign) in the project's YAML",
    "label_rank": "labels (ordered) in the project's YAML",
    "severity_weight": "severity_weights in the project's YAML",
    "outdated_at": "guideline changes in the table events, and times on the table gold",
    "severe": "severe in the project's YAML",
    "items_due": "items with due_at and closed_at",
    "items_open": "items with closed_at",
    "questions_open": "questions with answered_at",
    "escalations_open": "escalations with resolved_at",
    "age_s": "times at which the rows begin and end",
    "closed": "times at which the rows begin and end",
    "past_due": "items.due_at",
    "on_time": "batches.delivered_at",
    "reworked": "batches.rework_of",
    "day": "dates on the rows",
    "week": "dates on the rows",
    "month": "dates on the rows",
}
"""Tables and columns that reading makes, and what is missing where they are."""


def estimate(name: str, rows: Any, by: Iterable[str] = ()) -> pd.DataFrame:
    """Estimate one KPI.

    Parameters
    ----------
    name : str
        A KPI, such as ``"accuracy"``.
    rows : Rows, mapping of frames, or one frame
        Canonical tables by name; one frame stands for the first table that the KPI needs. Frames may be of
        any kind that narwhals reads: pandas, DuckDB, Ibis, Spark.
    by : iterable of str
        Columns to split by.

    Returns
    -------
    DataFrame
        The columns of ``by``, then ``schema.ESTIMATE_COLUMNS``; one row a group and named interval. What
        cannot be measured is one row whose ``note`` says what it needs.

    Raises
    ------
    KpiError
        When there is no such KPI, a column to split by is in none of its tables, or names a person and the KPI
        speaks of working time.

    Examples
    --------
    >>> estimate("accuracy", read(p, "audits", start, end), by=["market"])  # doctest: +SKIP
    """
    measured = kpi_named(name)
    by = (by,) if isinstance(by, str) else tuple(by)
    _refuse_people(measured, by)
    frames = frames_of(measured, rows, by)

    def made() -> pd.DataFrame:
        missing = what_is_missing(measured, frames, by)
        table = not_measured(missing, by) if missing else measured.of(frames, by)
        return finish(table, name, measured.unit, by, getattr(rows, "start", None), getattr(rows, "end", None))

    return frames.shared(("estimate", name, by), made).copy()


def estimates(names: Iterable[str], rows: Any, by: Iterable[str] = ()) -> pd.DataFrame:
    """Estimate several KPIs, one below the other; see :func:`estimate`."""
    by = (by,) if isinstance(by, str) else tuple(by)
    return pd.concat([estimate(name, rows, by) for name in names], ignore_index=True)


def frames_of(measured: Kpi, rows: Any, by: tuple[str, ...] = ()) -> Frames:
    """The tables that a KPI needs, of those that there are, with the columns to split by where the source has them.

    One frame stands for the first table that is needed.
    """
    if not isinstance(rows, Mapping):
        return Frames({next(iter(measured.needs)): _lazy(rows)})
    widened = getattr(rows, "with_columns", None)
    tables = {
        table: _lazy(widened(table, by) if widened and table not in measured.beside else rows[table])
        for table in measured.needs
        if table in rows
    }
    return Frames(tables, getattr(rows, "until", None), getattr(rows, "remembered", None))


def _lazy(rows: Any) -> Frame:
    frame = nw.from_native(rows)
    return frame.lazy() if isinstance(frame, nw.DataFrame) else frame


def what_is_missing(measured: Kpi, frames: Frames, by: tuple[str, ...]) -> str:
    """What the KPI needs and does not have, in words; empty where nothing is missing."""
    for table, needed in measured.needs.items():
        if table not in frames:
            return f"the table {DERIVED.get(table, table)}"
        have = columns(frames[table])
        for column in needed:
            if column not in have:
                return DERIVED.get(column, f"{table}.{column}")
    split = {table: _splits(table, frames[table]) for table in measured.needs if table not in measured.beside}
    everywhere = set.union(*split.values())
    for column in by:
        if column not in everywhere and column not in DERIVED:
            raise KpiError(f"{measured.name} cannot be split by {column!r}; {nearest(column, everywhere)}")
        for table, have in split.items():
            if column not in have:
                return DERIVED.get(column, f"{table}.{column} to be split by {column}")
    return ""


def _splits(table: str, frame: Frame) -> set[str]:
    """What a table can be split by: who booked the hours is who labelled."""
    have = columns(frame)
    return have | {"labeler_id"} if table == "work_hours" else have


def _refuse_people(measured: Kpi, by: tuple[str, ...]) -> None:
    people = sorted(set(by) & PERSON_COLUMNS)
    if people and measured.team_only:
        raise KpiError(
            f"{measured.name} cannot be split by {people[0]!r}: it speaks of working time, which is shown for teams "
            "and never for a person; split it by something else"
        )
