"""KPIs of effort: how much was labelled, how long it took, and how much a booked hour yields."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact, too_few
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.tally import Groups, answered, collect
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.intervals import student_quantile
from smo_reports.stats.sampling import cluster_mean_interval

_FINENESS = 200.0
"""Bins per factor of e in which handling times are tallied for the median's interval: half a per cent."""


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
    rows = answered(frames["decisions"])
    table = collect(rows.group_by(list(by)).agg(n=nw.len()) if by else rows.select(n=nw.len()))
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
    keys = [*by, "labeler_id"]
    made = collect(answered(frames["decisions"]).group_by(keys).agg(n=nw.len()))
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


def _timed(frames: Frames) -> Frame:
    return answered(frames["decisions"]).filter(~nw.col("handling_s").is_null())


@kpi(
    "handling_time_median",
    "Handling time, median",
    unit="seconds",
    better="lower",
    needs={"decisions": ("handling_s", "labeler_id")},
    question="How long does a typical decision take?",
    formula="median of handling_s",
    source="Label Studio dashboards, annotator; KPI dictionary, AHT",
    counts="decisions with a handling time",
)
def handling_time_median(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Median handling time; the process interval turns the error of the share below it into seconds.

    References
    ----------
    Woodruff (1952), JASA 47:635-646.
    """
    rows = _timed(frames)
    middle = nw.col("handling_s").median()
    exact_table = collect(rows.group_by(list(by)).agg(value=middle) if by else rows.select(value=middle))
    keys = [*by, "_bin"] if "labeler_id" in by else [*by, "labeler_id", "_bin"]
    binned = rows.with_columns(_bin=((nw.col("handling_s") + 1.0).log() * _FINENESS).round(0))
    table = collect(binned.group_by(keys).agg(n=nw.len()))
    groups = Groups.of(table, by)
    value = _in_order(exact_table, groups, by)
    ends = [_woodruff(table[groups.codes == code], value[code]) for code in range(groups.count)]
    low, high = np.array(ends, float).reshape(-1, 2).T
    n = groups.total(table["n"])
    return estimates_of(
        groups,
        value,
        n,
        {
            PERIOD_WORK: exact(value, "all decisions with a handling time"),
            PROCESS: Bounds(low, high, "Woodruff, to half a per cent; labelers as clusters"),
        },
        too_few(n, groups.distinct(table["labeler_id"]), "decisions"),
    )


@kpi(
    "handling_time_mean",
    "Handling time, mean",
    unit="seconds",
    better="lower",
    needs={"decisions": ("handling_s", "labeler_id")},
    question="How much time does the work take per decision?",
    formula="mean of handling_s",
    source="KPI dictionary, AHT",
    counts="decisions with a handling time",
)
def handling_time_mean(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Mean handling time, which staffing needs; labelers are the clusters of the process interval."""
    keys = list(by) if "labeler_id" in by else [*by, "labeler_id"]
    table = collect(_timed(frames).group_by(keys).agg(n=nw.len(), seconds=nw.col("handling_s").sum()))
    groups = Groups.of(table, by)
    n, seconds = groups.total(table["n"]), groups.total(table["seconds"])
    value = np.divide(seconds, n, out=np.full(len(n), np.nan), where=n > 0)
    low, high = cluster_mean_interval(
        groups.codes, table["n"].to_numpy(float), table["seconds"].to_numpy(float), groups.count, LEVEL
    )
    return estimates_of(
        groups,
        value,
        n,
        {
            PERIOD_WORK: exact(value, "all decisions with a handling time"),
            PROCESS: Bounds(np.maximum(low, 0), high, "linearised mean; labelers as clusters"),
        },
        too_few(n, groups.distinct(table["labeler_id"]), "decisions"),
    )


def _in_order(table: pd.DataFrame, groups: Groups, by: tuple[str, ...]) -> np.ndarray:
    """The ``value`` column in the order of the groups."""
    if not by:
        return table["value"].to_numpy(float)
    return groups.keys.merge(table, on=list(by), how="left")["value"].to_numpy(float)


def _woodruff(table: pd.DataFrame, median: float) -> tuple[float, float]:
    """Quantiles at one half plus and minus the clustered error of the share below the median."""
    people = pd.factorize(table["labeler_id"])[0]
    count = table["n"].to_numpy(float)
    clusters = int(people.max(initial=-1)) + 1
    if clusters < 2:
        return np.nan, np.nan
    below = table["_bin"].to_numpy(float) < np.round(np.log1p(median) * _FINENESS)
    share = float(count[below].sum() / count.sum())
    residual = np.bincount(people, count * below, clusters) - share * np.bincount(people, count, clusters)
    error = np.sqrt(clusters / (clusters - 1) * np.sum(residual**2)) / count.sum()
    half = float(student_quantile(clusters - 1, LEVEL)) * error
    by_time = table.groupby("_bin")["n"].sum().sort_index()
    reached = by_time.cumsum().to_numpy(float) / count.sum()
    seconds = np.expm1(by_time.index.to_numpy(float) / _FINENESS)
    ends = np.searchsorted(reached, [max(0.5 - half, 0.0), min(0.5 + half, 1.0)])
    low, high = seconds[np.minimum(ends, len(seconds) - 1)]
    return min(float(low), median), max(float(high), median)
