"""Putting estimates together: one row a group and interval, in the frozen columns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.kpis.tally import Groups
from smo_reports.schema import ESTIMATE_COLUMNS, PERIOD_WORK, PROCESS

LEVEL = 0.95
FEWEST_ROWS = 30
FEWEST_LABELERS = 5


@dataclass(frozen=True)
class Bounds:
    """One named interval of every group, and how it was made."""

    low: npt.ArrayLike
    high: npt.ArrayLike
    method: str


def estimates_of(
    groups: Groups,
    value: npt.ArrayLike,
    n: npt.ArrayLike,
    intervals: dict[str, Bounds],
    note: list[str] | None = None,
) -> pd.DataFrame:
    """One row a group and named interval.

    Parameters
    ----------
    groups : Groups
    value, n : array_like, shape (groups,)
    intervals : dict
        By name, ``PERIOD_WORK`` or ``PROCESS``.
    note : list of str, optional

    Returns
    -------
    DataFrame
        The columns of the split, ``value, low, high, n, interval, level, method, note``.
    """
    parts = []
    for name, bounds in intervals.items():
        part = groups.keys.copy()
        part["value"] = np.asarray(value, float)
        part["low"] = np.asarray(bounds.low, float)
        part["high"] = np.asarray(bounds.high, float)
        part["n"] = np.asarray(n).astype("int64")
        part["interval"] = name
        part["level"] = LEVEL
        part["method"] = bounds.method
        part["note"] = note if note is not None else ""
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def too_few(n: np.ndarray, labelers: np.ndarray, counted: str, who: str = "labelers") -> list[str]:
    """The note of each group that has too little behind it to be graded; empty for the others.

    >>> too_few(np.array([40, 12]), np.array([6, 3]), "audits")
    ['', 'too few: 12 audits of 3 labelers; 30 of 5 are needed']
    """
    return [
        ""
        if rows >= FEWEST_ROWS and people >= FEWEST_LABELERS
        else f"too few: {int(rows)} {counted} of {int(people)} {who}; {FEWEST_ROWS} of {FEWEST_LABELERS} are needed"
        for rows, people in zip(n, labelers, strict=True)
    ]


def exact(value: npt.ArrayLike, counted: str) -> Bounds:
    """The interval of a number that was counted in full: itself."""
    return Bounds(value, value, f"counted in full: {counted}")


def not_measured(needs: str, splits: tuple[str, ...]) -> pd.DataFrame:
    """The one row of a KPI that cannot be measured, saying what it needs."""
    row: dict[str, object] = dict.fromkeys(splits)
    row |= {"value": np.nan, "low": np.nan, "high": np.nan, "n": 0, "interval": PERIOD_WORK, "level": LEVEL}
    return pd.DataFrame([row | {"method": "", "note": f"not measured: needs {needs}"}])


def finish(
    table: pd.DataFrame, name: str, unit: str, by: tuple[str, ...], start: dt.date | None, end: dt.date | None
) -> pd.DataFrame:
    """Add what every estimate carries, in the frozen order, sorted by the split."""
    table = table.assign(kpi=name, unit=unit, period_start=start, period_end=end)
    for column, days in (("week", 7), ("month", None)):
        if column in by:
            first = pd.to_datetime(table[column])
            table["period_start"] = first.dt.date
            after = first + pd.Timedelta(days=days) if days else first + pd.offsets.MonthBegin(1)
            table["period_end"] = after.dt.date
    table["interval"] = pd.Categorical(table["interval"], [PERIOD_WORK, PROCESS])
    ordered = table.sort_values([*by, "interval"], kind="stable", key=_sortable)
    ordered["interval"] = ordered["interval"].astype(str)
    return ordered[[*by, *ESTIMATE_COLUMNS]].reset_index(drop=True)


def _sortable(column: pd.Series) -> pd.Series:
    return column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("string").fillna("")
