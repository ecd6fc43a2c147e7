"""KPIs of flow: how long items take from arrival to closing, whether they are in time, and what is still open.

An item that is open is never left out: it is censored where its duration is asked for, and late where it is past due.
"""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact
from smo_reports.kpis.durations import HOUR, age_of_open, lasting, time_until, waiting
from smo_reports.kpis.registry import Frames, kpi
from smo_reports.kpis.tally import Groups, collect
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.sampling import ShareTallies, cluster_interval

_LIVED = {"items": ("age_s", "closed", "day")}
_OPEN = {"items_open": ("age_s", "closing")}


def _turnaround(q: float) -> Callable[[Frames, tuple[str, ...]], pd.DataFrame]:
    def turnaround(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
        """Hours from arrival until a share of the items that came in was closed; open ones are censored."""
        table = frames.shared(("lasting", "items", by), lambda: lasting(frames, "items", by))
        return time_until(table, by, q, HOUR, "items")

    return turnaround


for _name, _said, _part, _q in (
    ("median", "half", "median", 0.5),
    ("p90", "nine of ten", "90th percentile", 0.9),
    ("p95", "nineteen of twenty", "95th percentile", 0.95),
):
    kpi(
        f"turnaround_{_name}",
        f"Turnaround, {_part}",
        unit="hours",
        better="lower",
        needs=_LIVED,
        question=f"How long does it take until {_said} of the items that came in are closed?",
        formula=f"Kaplan-Meier {_part} of closed_at − arrived_at; items open at the period's end are censored",
        source="Kaplan & Meier 1958, JASA 53:457-481; KPI dictionary, TAT",
        counts="items that came in",
    )(_turnaround(_q))


@kpi(
    "sla_attainment",
    "Closed in time",
    unit="share",
    needs={"items_due": ("due_at", "closed_at", "day")},
    question="What share of the items that were due was closed in time?",
    formula="items with closed_at ≤ due_at / items due in the period; open ones past due are late",
    source="KPI dictionary, SLA attainment",
    counts="items due",
)
def sla_attainment(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the items due in the period that were closed by then; the days they were due on are clusters."""
    # An open item has no time of closing: nothing is then compared, and it falls to the late ones.
    met = nw.when(nw.col("closed_at") <= nw.col("due_at")).then(nw.lit(1)).otherwise(nw.lit(0))
    rows = frames["items_due"].with_columns(_met=met)
    table = collect(rows.group_by(list(dict.fromkeys([*by, "day"]))).agg(n=nw.len(), met=nw.col("_met").sum()))
    groups = Groups.of(table, by)
    n, met_n = (table[name].to_numpy(float) for name in ("n", "met"))
    day = pd.factorize(table["day"])[0].astype(np.intp)
    tallies = ShareTallies(groups.codes, np.zeros_like(day), day, n, n, n, met_n, met_n, groups.count)
    process = cluster_interval(tallies, LEVEL)
    whole = groups.total(table["n"])
    notes = ["" if rows else "not measured: needs items that were due in this period" for rows in whole]
    return estimates_of(
        groups,
        tallies.share,
        whole,
        {
            PERIOD_WORK: exact(tallies.share, "all items due"),
            PROCESS: Bounds(process.low, process.high, "Wilson and mid-p on the effective n; days as clusters"),
        },
        notes,
    )


def _waiting(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    return frames.shared(("waiting", "items", by), lambda: waiting(frames, "items_open", by))


def _counted(table: pd.DataFrame, by: tuple[str, ...], of: pd.Series) -> pd.DataFrame:
    groups = Groups.of(table, by)
    n = groups.total(of)
    return estimates_of(groups, n, n, {PERIOD_WORK: exact(n, "all open items")})


@kpi(
    "backlog",
    "Open items",
    unit="count",
    better="lower",
    needs=_OPEN,
    question="How many items are open at the end of the period?",
    formula="items that came in before the period's end and were not closed by then",
    source="KPI dictionary, backlog and age profile",
    counts="open items",
)
def backlog(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Open items at the period's end, or at the end of each week, counted in full."""
    table = _waiting(frames, by)
    return _counted(table, by, table["n"])


@kpi(
    "backlog_past_due",
    "Open items past due",
    unit="count",
    better="lower",
    needs={"items_open": ("age_s", "closing", "past_due")},
    question="How many open items are past the time they were due at?",
    formula="items open at the period's end with due_at before it",
    source="KPI dictionary, backlog and age profile",
    counts="open items past due",
)
def backlog_past_due(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Open items past due at the period's end, or at the end of each week, counted in full."""
    table = _waiting(frames, by)
    return _counted(table, by, table["n"].where(table["past_due"].astype(bool), 0))


def _backlog_age(q: float) -> Callable[[Frames, tuple[str, ...]], pd.DataFrame]:
    def backlog_age(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
        """Age that a share of the open items does not exceed at the period's end, in hours."""
        return age_of_open(_waiting(frames, by), by, q, HOUR)

    return backlog_age


for _name, _said, _part, _q in (
    ("median", "How old is a typical open item?", "median", 0.5),
    ("p90", "How old are the oldest tenth of the open items, at least?", "90th percentile", 0.9),
):
    kpi(
        f"backlog_age_{_name}",
        f"Age of open items, {_part}",
        unit="hours",
        better="lower",
        needs=_OPEN,
        question=_said,
        formula=f"{_part} of the time since arrived_at of the items open at the period's end",
        source="KPI dictionary, backlog and age profile",
        counts="open items",
    )(_backlog_age(_q))
