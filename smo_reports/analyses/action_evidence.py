"""The audits that an action is judged by: those of its segment and of the rest, before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.change import ABOUT
from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.sources import Rows
from smo_reports.stats.window_tally import Tally

MIX = ("policy", "market")
"""Columns whose cells are held fixed, so that a mix that moves is no effect; those that the rows have."""

HISTORY_WEEKS = 8
"""Weeks before the baseline that tell how much the segment's weeks swing by themselves."""

_FALLING = ("false_negative_rate",)
"""KPIs that count the rows that ``ABOUT`` does not."""


@dataclass(frozen=True)
class Windows:
    """The days that are compared; every second day is exclusive."""

    baseline_from: dt.date
    baseline_to: dt.date
    evaluate_from: dt.date
    evaluate_to: dt.date


def trigger_week(opened_on: dt.date) -> dt.date:
    """The Monday of the last whole week before an action was opened: the one whose badness may have been luck.

    >>> trigger_week(dt.date(2026, 11, 17))
    datetime.date(2026, 11, 9)
    """
    return opened_on - dt.timedelta(opened_on.weekday() + 7)


def tally_of(everything: Rows, kpi: str, segment: Mapping[str, str], windows: Windows) -> Tally | str:
    """Count the random audits that judge an action, by labeler, case-mix cell and week.

    Parameters
    ----------
    everything : Rows
        The project's tables without a period.
    kpi : str
        One of ``change.ABOUT``.
    segment : mapping of str to str
        Not empty. Audits of which it is not known whether they are in it are left out.
    windows : Windows

    Returns
    -------
    Tally or str
        What the rows lack, as ``table`` or ``table.column``, where nothing can be counted.
    """
    if "audits" not in everything:
        return "audits"
    outcome, domain = ABOUT[kpi]
    mix = [name for name in MIX if name not in segment]
    frame = everything.with_columns("audits", [*segment, *MIX])
    have = columns(frame)
    asked = [outcome, "work_date", "labeler_id", "purpose", *segment, *([domain[0]] if domain else [])]
    lacking = [name for name in asked if name not in have]
    if lacking:
        return f"audits.{lacking[0]}"
    weighted = "weight" in have
    kept = [name for name in MIX if name in have]
    rows = _marked(random_audits(frame), segment, windows).filter(~nw.col(outcome).is_null())
    if domain is not None:
        rows = rows.filter(nw.col(domain[0]) == nw.lit(domain[1]))
    counted = _counted(rows, [*kept, "labeler_id", "week", "_in", "_window"], outcome, weighted)
    return _tally(counted, kept, [name for name in mix if name in have], kpi in _FALLING)


def _marked(rows: Frame, segment: Mapping[str, str], windows: Windows) -> Frame:
    """The rows of the windows, and of some weeks before: whether they are in the segment, and of which window."""
    day = nw.col("work_date")
    first = windows.baseline_from - dt.timedelta(weeks=HISTORY_WEEKS)
    before, after = day < nw.lit(windows.baseline_to), day >= nw.lit(windows.evaluate_from)
    rows = rows.filter(
        day >= nw.lit(first),
        before | after,
        day < nw.lit(windows.evaluate_to),
        *(~nw.col(c).is_null() for c in segment),
    )
    inside = nw.all_horizontal(*(nw.col(name) == nw.lit(value) for name, value in segment.items()), ignore_nulls=False)
    history = nw.when(day < nw.lit(windows.baseline_from)).then(nw.lit(-1)).otherwise(nw.lit(0))
    return rows.with_columns(
        _in=nw.when(inside).then(nw.lit(1)).otherwise(nw.lit(0)),
        _window=nw.when(after).then(nw.lit(1)).otherwise(history),
    )


def _counted(rows: Frame, keys: list[str], outcome: str, weighted: bool) -> pd.DataFrame:
    # Rows without a weight, where weights are kept, are of no stratum, and stand for nothing that is known.
    rows = rows.filter(nw.col("weight") > 0) if weighted else rows
    rows = rows.with_columns(_w=nw.col("weight") if weighted else nw.lit(1))
    hit = nw.when(nw.col(outcome)).then(nw.col("_w")).otherwise(nw.lit(0))
    rows = rows.with_columns(_wy=hit, _w2=nw.col("_w") * nw.col("_w"))
    sums = {"w": nw.col("_w").sum(), "w2": nw.col("_w2").sum(), "wy": nw.col("_wy").sum()}
    return collect(rows.group_by(keys).agg(n=nw.len(), **sums))


def _tally(table: pd.DataFrame, cells: list[str], trends: list[str], falling: bool) -> Tally:
    def codes(names: list[str]) -> np.ndarray:
        if not names:
            return np.zeros(len(table), np.intp)
        return table.groupby(names, dropna=False).ngroup().to_numpy(np.intp)

    n, weight, square, hits = (table[name].to_numpy(float) for name in ("n", "w", "w2", "wy"))
    if falling:
        hits = weight - hits
    window = table["_window"].to_numpy(np.intp)
    # Rows without a labeler are somebody's: one unknown person, which can only make the interval wider.
    person = codes(["labeler_id"])
    week = codes(["week", "_window"])
    return Tally(
        n, weight, square, hits, table["_in"].to_numpy(int) == 1, window, codes(cells), codes(trends), person, week
    )
