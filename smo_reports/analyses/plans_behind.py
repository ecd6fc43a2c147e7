"""Audit plans against the audits made: which strata are behind what was due by a day."""

from __future__ import annotations

import datetime as dt
import math

import narwhals as nw
import pandas as pd

from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.sources import Rows

_KEYS = ["plan_id", "stratum"]


def lacking(everything: Rows) -> str:
    """What the comparison needs and the project does not have; empty where there is everything."""
    for table, wanted in (("audit_plans", ("planned",)), ("audits", ("plan_id", "stratum", "purpose"))):
        if table not in everything:
            return f"the table {table}"
        for name in wanted:
            if name not in columns(everything[table]):
                return f"{table}.{name}"
    return ""


def plans_behind(rows: Rows, recent: Rows, everything: Rows, until: dt.datetime, today: dt.date) -> pd.DataFrame:
    """Strata whose audits are behind plan, the one furthest behind first.

    A plan is looked at where it overlaps the period, whenever it starts; its audits are counted over the whole plan.
    A running plan is compared with the share of it that is over: on the third day of seven, three sevenths of its
    audits are due, rounded down. Of a plan that is over, all are.

    Parameters
    ----------
    rows : Rows
        Gives the period.
    recent, everything : Rows
        Audits of the last weeks; and the project without a period, for the plans, and for the audits of plans that
        began before those weeks.
    until : datetime
        Later audits are not counted.
    today : date
        The first day that is not over yet.

    Returns
    -------
    DataFrame
        ``plan_id, stratum, made, planned``, ``due`` (by now; nan where the plan is over) and ``share`` made.
    """
    plans = collect(everything["audit_plans"].select(*_KEYS, "starts_on", "ends_on", "planned"))
    plans = plans[plans["planned"].fillna(0) > 0]
    for name in ("starts_on", "ends_on"):
        plans[name] = pd.to_datetime(plans[name]).dt.date
    plans = plans[plans["starts_on"] < min(today, rows.end or today)]
    if rows.start is not None:
        plans = plans[plans["ends_on"] >= rows.start]
    if plans.empty:
        return pd.DataFrame({name: [] for name in (*_KEYS, "made", "planned", "due", "share")})
    earlier = recent.start is not None and min(plans["starts_on"]) < recent.start
    judged = random_audits((everything if earlier else recent)["audits"]).filter(
        ~nw.col("correct").is_null(), nw.col("audited_at") < until, nw.col("plan_id").is_in(list(set(plans["plan_id"])))
    )
    made = collect(judged.group_by(_KEYS).agg(made=nw.len()))
    table = plans.merge(made.astype(dict.fromkeys(_KEYS, object)), on=_KEYS, how="left")
    table["made"] = table["made"].fillna(0).astype(float)
    days = [
        ((min(today, last + dt.timedelta(1)) - first).days, (last - first).days + 1)
        for first, last in zip(table["starts_on"], table["ends_on"], strict=True)
    ]
    # In whole numbers: 3/7 of 70 are 30, not 29.999.
    expected = [int(n) * past // whole for n, (past, whole) in zip(table["planned"], days, strict=True)]
    table["due"] = [n if past < whole else math.nan for n, (past, whole) in zip(expected, days, strict=True)]
    table["share"] = table["made"] / table["planned"]
    behind = table[table["made"] < expected].sort_values(["share", *_KEYS])
    return behind[[*_KEYS, "made", "planned", "due", "share"]].reset_index(drop=True)
