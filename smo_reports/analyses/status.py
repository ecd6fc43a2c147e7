"""Status against a target: met, missed, undecided or too few; from the interval, never the point alone."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smo_reports.kpis import KPIS
from smo_reports.project import Project, Target
from smo_reports.schema import MET, MISSED, NOT_MEASURED, PERIOD_WORK, TOO_FEW, UNDECIDED, UNDEFINED
from smo_reports.stats.intervals import normal_quantile
from smo_reports.stats.power import audits_to_settle

Record = Mapping[Any, Any]
"""One estimate's values by column, as pandas gives them."""

OUT_OF_REACH = math.inf
"""``needed`` where the estimate is so near its target that no number of audits would settle it."""

_REACH = 10
"""More than this many times the audits at hand is called out of reach."""


def grade(
    table: pd.DataFrame, project: Project, *, where: dict[str, str] | None = None, open_period: bool = False
) -> pd.DataFrame:
    """Put each estimate against its target.

    Parameters
    ----------
    table : DataFrame
        Estimates; only the rows whose interval is ``PERIOD_WORK`` are kept: that interval grades a target.
    project : Project
    where : dict, optional
        What the rows were filtered by before they were estimated, so that a narrowed target is found.
    open_period : bool
        The period is not over: nothing is called met or missed yet, since looking every day would in the end
        call a true share wrong.

    Returns
    -------
    DataFrame
        The estimates with ``title, counts, target, bound, owner, status, needed``: the status is empty where there
        is no target, and ``needed`` is how many more of what ``n`` counts would probably settle an undecided one
        (infinite: out of reach).
    """
    kept = table[table["interval"] == PERIOD_WORK].reset_index(drop=True)
    found = [_target(row, project.targets, where or {}) for row in kept.to_dict("records")]
    kept["title"] = [KPIS[kpi].title for kpi in kept["kpi"]]
    kept["counts"] = [KPIS[kpi].counts for kpi in kept["kpi"]]
    kept["target"] = [target.bound if target else math.nan for target in found]
    kept["bound"] = ["" if target is None else "min" if target.min is not None else "max" for target in found]
    kept["owner"] = [target.owner or "" if target else "" for target in found]
    records = kept.to_dict("records")
    kept["status"] = [status(row, open_period) for row in records]
    kept["needed"] = [
        _needed(row) if said == UNDECIDED and not open_period else math.nan
        for row, said in zip(records, kept["status"], strict=True)
    ]
    return kept


def status(row: Record, open_period: bool = False) -> str:
    """The status of one estimate with ``value, low, high, note, target, bound``.

    >>> row = {"value": 1.0, "low": 0.9501, "high": 1.0, "note": "", "target": 0.95, "bound": "min"}
    >>> status(row), status(row | {"low": 0.9499}), status(row | {"note": "too few: 20 audits"})
    ('met', 'undecided', 'too few')
    """
    note = str(row["note"])
    for prefix in (NOT_MEASURED, UNDEFINED):
        if note.startswith(prefix):
            return prefix
    if not row["bound"]:
        return TOO_FEW if note.startswith(TOO_FEW) else ""
    low, high, target = float(row["low"]), float(row["high"]), float(row["target"])
    if note.startswith(TOO_FEW):
        return TOO_FEW
    if open_period or math.isnan(low) or math.isnan(high):
        return UNDECIDED
    if row["bound"] == "min":
        return MET if low >= target else MISSED if high < target else UNDECIDED
    return MET if high <= target else MISSED if low > target else UNDECIDED


def stands_out(graded: pd.DataFrame) -> pd.Series:
    """Whether a part misses its target even when all parts were looked at (Holm's method at 5 %).

    Parameters
    ----------
    graded : DataFrame
        Estimates of one KPI by parts, as :func:`grade` returns them.

    Returns
    -------
    Series of bool

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6:65-70.
    """
    error = (graded["high"] - graded["low"]) / (2 * normal_quantile())
    sign = graded["bound"].map({"min": -1.0, "max": 1.0})
    z = (sign * (graded["value"] - graded["target"]) / error).where(graded["status"] == MISSED)
    order = z.sort_values(ascending=False).index
    judged = int((graded["status"].isin([MET, MISSED, UNDECIDED])).sum())
    marked = pd.Series(False, index=graded.index)
    for step, place in enumerate(order):
        # One-sided: a part stands out only by being worse than its target.
        if not z[place] > normal_quantile(1 - 2 * 0.05 / max(judged - step, 1)):
            break
        marked[place] = True
    return marked


def worst_first(graded: pd.DataFrame) -> list[int]:
    """The order of one KPI's parts: by how far each is on the wrong side of its target, in standard errors.

    Parts without a target follow, worst value first; parts without a value come last.
    """
    sign = -1.0 if KPIS[str(graded["kpi"].iloc[0])].better != "lower" else 1.0

    def badness(place: int) -> tuple[int, float]:
        row = graded.iloc[place]
        if math.isnan(row["value"]):
            return 2, 0.0
        error = (row["high"] - row["low"]) / (2 * normal_quantile())
        if row["bound"] and error > 0:
            side = -1.0 if row["bound"] == "min" else 1.0
            return 0, -side * (row["value"] - row["target"]) / error
        return 1, -sign * row["value"]

    return sorted(range(len(graded)), key=badness)


def is_open(end: dt.date | None, today: dt.date) -> bool:
    """Whether a period that ends before ``end`` is still running on ``today``."""
    return end is not None and end > today


def _target(row: Record, targets: tuple[Target, ...], where: dict[str, str]) -> Target | None:
    """The most closely narrowed, then the newest target that applies to an estimate."""
    held = {**row, **where}
    start = row["period_start"]
    fitting = [
        target
        for target in targets
        if target.kpi == row["kpi"]
        and all(held.get(key) == value for key, value in target.where.items())
        and set(where) <= set(target.where)
        and (target.start is None or (isinstance(start, dt.date) and target.start <= start))
    ]
    return max(fitting, key=lambda found: (len(found.where), found.start or dt.date.min), default=None)


def _needed(row: Record) -> float:
    """How many more of what ``n`` counts would settle a share with a chance of 80 %, if it is what it seems."""
    value, low, high, target = (float(row[key]) for key in ("value", "low", "high", "target"))
    n = int(row["n"])
    if KPIS[str(row["kpi"])].unit != "share" or not high > low:
        return math.nan
    plain = 2 * normal_quantile() * math.sqrt(max(value * (1 - value), 0.25 / (n + 4)) / n)
    total = audits_to_settle(value, target, design_effect=max(((high - low) / plain) ** 2, 1e-9))
    return float(max(total - n, 1)) if total <= _REACH * n else OUT_OF_REACH
