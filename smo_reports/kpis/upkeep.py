"""KPIs of the rows themselves: how fresh, how complete, and whether two systems that count the same agree."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact
from smo_reports.kpis.registry import Frames, kpi
from smo_reports.kpis.tally import Groups, answered, collect, columns
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.sampling import ShareTallies, cluster_interval

EXPECTED = ("submitted_at", "policy", "queue", "market", "handling_s")
"""Columns of decisions that most KPIs count, date or split by; those that a source does not have at all are no gap."""


@kpi(
    "freshness_hours",
    "Age of the newest decision",
    unit="hours",
    better="lower",
    needs={"decisions": ("submitted_at",)},
    question="How old was the newest decision when the period ended, or is it now?",
    formula="period's end (now, if that is earlier) − newest submitted_at; of an open period, the newest of all parts",
    source="KPI dictionary, data freshness",
    counts="decisions with a time",
)
def freshness_hours(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Hours between the newest decision and the period's end; not split by dates, which are as old as they are."""
    rows = frames["decisions"].filter(~nw.col("submitted_at").is_null())
    counts = {"n": nw.len(), "newest": nw.col("submitted_at").max()}
    table = collect(rows.group_by(list(by)).agg(**counts) if by else rows.select(**counts))
    groups = Groups.of(table, by)
    newest = pd.to_datetime(table["newest"], utc=True)
    until = min(frames.until, dt.datetime.now(dt.UTC)) if frames.until else newest.max()
    hours = np.maximum((pd.Timestamp(until) - newest).dt.total_seconds().to_numpy(float) / 3600, 0.0)
    n = groups.total(table["n"])
    notes = ["" if rows else "not measured: needs decisions with a time in this period" for rows in n]
    value = np.full(groups.count, np.nan)
    value[groups.codes] = hours
    if {"week", "month"} & set(by):
        value[:], notes = np.nan, ["undefined: a past week's decisions are as old as the week"] * groups.count
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all decisions")}, notes)


@kpi(
    "completeness",
    "Complete decisions",
    unit="share",
    needs={"decisions": ("decision_id",)},
    question="What share of the decisions carries everything that their KPIs need?",
    formula=f"decisions with none missing of {', '.join(EXPECTED)}, as far as the source has them / decisions",
    source="KPI dictionary, data completeness",
    counts="decisions",
)
def completeness(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the decisions without a gap in a column that most KPIs need, counted in full."""
    rows = answered(frames["decisions"])
    lacking = [nw.col(name).is_null() for name in EXPECTED if name in columns(rows)]
    gap: nw.Expr = nw.lit(0)
    if lacking:
        gap = nw.when(nw.any_horizontal(*lacking, ignore_nulls=False)).then(nw.lit(1)).otherwise(gap)
    rows = rows.with_columns(_gap=gap)
    counts = {"n": nw.len(), "gaps": nw.col("_gap").sum()}
    table = collect(rows.group_by(list(by)).agg(**counts) if by else rows.select(**counts))
    groups = Groups.of(table, by)
    n, gaps = groups.total(table["n"]), groups.total(table["gaps"].fillna(0))
    value = np.divide(n - gaps, n, out=np.full(len(n), np.nan), where=n > 0)
    notes = ["" if rows else "undefined: there are no decisions" for rows in n]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all decisions")}, notes)


@kpi(
    "hours_gap",
    "Decisions without booked hours",
    unit="share",
    better="lower",
    needs={
        "decisions": ("labeler_id", "work_date"),
        "work_hours": ("person_id", "work_date", "activity", "hours"),
    },
    question="What share of the decisions was given on days for which their labeler booked no production hours?",
    formula="decisions of people without production hours on that work_date / decisions with a work_date",
    source="KPI dictionary, label-vs-hours reconciliation",
    counts="decisions with a date",
    beside=("work_hours",),
)
def hours_gap(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the decisions that the booked hours do not know of; labelers are the clusters."""
    rows = answered(frames["decisions"]).filter(~nw.col("work_date").is_null())
    keys = list(dict.fromkeys([*by, "labeler_id", "work_date"]))
    made = collect(rows.group_by(keys).agg(n=nw.len()))
    production = frames["work_hours"].filter((nw.col("activity") == "production") & (nw.col("hours") > 0))
    booked = collect(production.group_by(["person_id", "work_date"]).agg(hours=nw.col("hours").sum()))
    booked = booked.rename(columns={"person_id": "labeler_id"})
    for table in (made, booked):
        table["work_date"] = pd.to_datetime(table["work_date"])
    table = made.merge(booked, on=["labeler_id", "work_date"], how="left")
    groups = Groups.of(table, by)
    n = table["n"].to_numpy(float)
    gaps = np.where(table["hours"].isna(), n, 0.0)
    person = pd.factorize(table["labeler_id"], use_na_sentinel=False)[0].astype(np.intp)
    tallies = ShareTallies(groups.codes, np.zeros_like(person), person, n, n, n, gaps, gaps, groups.count)
    process = cluster_interval(tallies, LEVEL)
    whole = tallies.total(n)
    notes = ["" if rows else "not measured: needs decisions with a date in this period" for rows in whole]
    return estimates_of(
        groups,
        tallies.share,
        whole,
        {
            PERIOD_WORK: exact(tallies.share, "all decisions and all booked production hours"),
            PROCESS: Bounds(process.low, process.high, "Wilson and mid-p on the effective n; labelers as clusters"),
        },
        notes,
    )
