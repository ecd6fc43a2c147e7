"""KPIs of effort: how much was labelled, and how much a booked hour yields."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact, too_few
from smo_reports.kpis.registry import Frames, kpi
from smo_reports.kpis.tally import Groups, collect, decisions_given
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.sampling import cluster_mean_interval


@kpi(
    "decisions",
    "Decisions",
    unit="count",
    better=None,
    needs={"decisions": ("decision_id",)},
    question="How many decisions were given?",
    formula="number of decisions; skipped items are left out",
    source="KPI dictionary, throughput",
    counts="decisions",
)
def decisions(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Decisions, counted in full."""
    table = decisions_given(frames, by)
    groups = Groups.of(table, by)
    n = groups.total(table["n"])
    return estimates_of(groups, n, n, {PERIOD_WORK: exact(n, "all decisions")})


@kpi(
    "throughput",
    "Throughput",
    unit="per hour",
    needs={"decisions": ("labeler_id",), "work_hours": ("person_id", "activity", "hours")},
    question="How many decisions does a booked production hour yield?",
    formula="decisions / hours booked as production",
    source="Label Studio dashboards, throughput",
    counts="decisions",
)
def throughput(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Decisions per production hour; people are the clusters of the process interval."""
    keys = list(dict.fromkeys([*by, "labeler_id"]))
    made = decisions_given(frames, by)
    booked = frames["work_hours"].filter(nw.col("activity") == "production").rename({"person_id": "labeler_id"})
    hours = collect(booked.group_by(keys).agg(hours=nw.col("hours").sum()))
    table = made.merge(hours, on=keys, how="outer").fillna({"n": 0.0, "hours": 0.0})
    groups = Groups.of(table, by)
    count, spent = groups.total(table["n"]), groups.total(table["hours"])
    value = np.divide(count, spent, out=np.full(len(count), np.nan), where=spent > 0)
    low, high = cluster_mean_interval(
        groups.codes, table["hours"].to_numpy(float), table["n"].to_numpy(float), groups.count, LEVEL
    )
    notes = too_few(count, groups.distinct(table["labeler_id"]), "decisions")
    unbooked = groups.total(table["n"].where(table["hours"] == 0, 0.0))
    for code, without in enumerate(unbooked):
        if spent[code] == 0:
            notes[code] = "not measured: needs hours booked as production in this period"
        elif without and not notes[code]:
            notes[code] = f"{int(without)} decisions are of people who booked no production hours"
    return estimates_of(
        groups,
        value,
        count,
        {
            PERIOD_WORK: exact(value, "all decisions and all booked production hours"),
            PROCESS: Bounds(np.maximum(low, 0), high, "linearised ratio; labelers as clusters"),
        },
        notes,
    )
