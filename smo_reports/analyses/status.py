"""Status against a target: met, missed, undecided or too few; from the interval, never the point alone.

When a period is over, its ordinary design interval grades it, once. While it runs its page is looked at every day, and
the first day on which an ordinary interval happens to exclude the target would be taken for a verdict. Then a
confidence sequence grades (:mod:`smo_reports.stats.sequence`): in at most 5 of 100 periods it is wrong at any of its
looks. It takes the decisions still to come to be like those that were given, and the labelers audited so far for draws
of all. What is counted in full has no sampling error to be sequential about: it waits for the period's end.
"""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd

from smo_reports.analyses.running import Record, daily_ends, shown_daily, with_process, worth_of
from smo_reports.kpis import KPIS
from smo_reports.project import Project, Target
from smo_reports.schema import MET, MISSED, NOT_MEASURED, PERIOD_WORK, TOO_FEW, UNDECIDED, UNDEFINED
from smo_reports.stats.intervals import normal_quantile
from smo_reports.stats.power import POWER, more_to_settle

OUT_OF_REACH = math.inf
"""``needed`` where the estimate is too near its target for more audits to settle it.

Either more decisions would have to be audited than the period has, or the estimate is not even told from its target
with a confidence of 80 % (one-sided): on which side the share lies is then a guess, and so would be a number of audits
that rests on it. Where nothing is known of the decisions that alone is the bound; it never asks for more than some ten
times the audits at hand.
"""

_TELLS = normal_quantile(2 * POWER - 1)


def grade(
    table: pd.DataFrame,
    project: Project,
    *,
    where: dict[str, str] | None = None,
    open_period: bool = False,
    decisions_per_audit: float = math.inf,
) -> pd.DataFrame:
    """Put each estimate against its target.

    Parameters
    ----------
    table : DataFrame
        Estimates; only the rows whose interval is ``PERIOD_WORK`` are kept: that interval grades a target. The
        process interval beside it, if there is one, keeps a sequence from being narrower than labelers differ.
    project : Project
    where : dict, optional
        What the rows were filtered by before they were estimated, so that a narrowed target is found.
    open_period : bool
        The period is not over: ``low``, ``high`` and ``method`` are then those of a confidence sequence, and what was
        counted in full is undecided.
    decisions_per_audit : float
        How many decisions the whole period has, or will have, for each random audit made so far: no more can be
        audited.

    Returns
    -------
    DataFrame
        The estimates with ``title, counts, target, bound, owner, running, status, needed``: the status is empty
        where there is no target; ``running`` repeats ``open_period``; ``needed`` is how many more of what ``n``
        counts, drawn as those before them until the period is over, would settle an undecided one then, with a
        chance of 80 % if the estimate is true (infinite: not within reach).
    """
    kept = table[table["interval"] == PERIOD_WORK].reset_index(drop=True)
    found = [_target(row, project.targets, where or {}) for row in kept.to_dict("records")]
    kept["title"] = [KPIS[kpi].title for kpi in kept["kpi"]]
    kept["counts"] = [KPIS[kpi].counts for kpi in kept["kpi"]]
    kept["target"] = [target.bound if target else math.nan for target in found]
    kept["bound"] = ["" if target is None else "min" if target.min is not None else "max" for target in found]
    kept["owner"] = [target.owner or "" if target else "" for target in found]
    records = with_process(table, kept.to_dict("records"))
    kept["running"] = open_period
    kept["status"] = [status(row, open_period) for row in records]
    kept["needed"] = [
        audits_needed(row, decisions_per_audit) if said == UNDECIDED else math.nan
        for row, said in zip(records, kept["status"], strict=True)
    ]
    return shown_daily(kept, records) if open_period else kept


def status(row: Record, open_period: bool = False) -> str:
    """The status of one estimate with ``unit, value, low, high, n, note, target, bound``.

    Parameters
    ----------
    row : mapping
        ``low`` and ``high`` are of the ordinary interval, also in a period that is not over.
    open_period : bool

    Returns
    -------
    str
        Empty where there is no target.

    Examples
    --------
    >>> row = {"unit": "share", "value": 1.0, "n": 73, "low": 0.9501, "high": 1.0, "note": ""}
    >>> row |= {"target": 0.95, "bound": "min"}
    >>> status(row), status(row | {"low": 0.9499}), status(row | {"note": "too few: 20 audits"})
    ('met', 'undecided', 'too few')
    >>> status(row, open_period=True)
    'undecided'
    """
    note = str(row["note"])
    for prefix in (NOT_MEASURED, UNDEFINED):
        if note.startswith(prefix):
            return prefix
    if not row["bound"]:
        return TOO_FEW if note.startswith(TOO_FEW) else ""
    if note.startswith(TOO_FEW):
        return TOO_FEW
    low, high = daily_ends(row) if open_period else (float(row["low"]), float(row["high"]))
    target = float(row["target"])
    if math.isnan(low) or math.isnan(high):
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
    """The most closely narrowed, then the newest target that applies to an estimate that may be graded."""
    held = {**row, **where}
    start = row["period_start"]
    fitting = [
        target
        for target in targets
        if target.kpi == row["kpi"]
        and KPIS[target.kpi].gradable
        and all(held.get(key) == value for key, value in target.where.items())
        and set(where) <= set(target.where)
        and (target.start is None or (isinstance(start, dt.date) and target.start <= start))
    ]
    return max(fitting, key=lambda found: (len(found.where), found.start or dt.date.min), default=None)


def audits_needed(row: Record, decisions_per_audit: float = math.inf) -> float:
    """How many more of what ``n`` counts would settle an undecided share, by the interval that grades a whole period.

    Parameters
    ----------
    row : mapping
        ``kpi, unit, value, low, high, n, target``; the interval is the ordinary one.
    decisions_per_audit : float
        As for :func:`grade`.

    Returns
    -------
    float
        The chance that so many settle it is 80 %, if the share is what it seems. nan for anything but a share that
        was sampled, and where the period's end will do it without any more; ``OUT_OF_REACH`` where more audits would
        not.
    """
    value, low, high, target = (float(row[key]) for key in ("value", "low", "high", "target"))
    if row["unit"] != "share" or not low < high or not 0 < target < 1 or not low <= target <= high:
        return math.nan
    worth, n = worth_of(row, daily=False), int(row["n"])
    if abs(value - target) < _TELLS * math.sqrt(target * (1 - target) / worth):
        return OUT_OF_REACH
    more = more_to_settle(value, n, worth, target)
    most = n * (decisions_per_audit - 1) if "audits" in KPIS[str(row["kpi"])].needs else math.inf
    return more if more <= most else OUT_OF_REACH
