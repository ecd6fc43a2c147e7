"""KPIs of handling time: what a decision takes, as the typical one (median) and as what staffing needs (mean)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact, too_few
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.tally import Groups, answered, collect
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.intervals import student_quantile
from smo_reports.stats.sampling import cluster_mean_interval
from smo_reports.stats.sums import sums

_FINENESS = 200.0
"""Bins per factor of e in which handling times are tallied for the median's interval: half a per cent."""

_MOST_CUTS = 24
"""People's decisions are counted below so many different times at most: each costs the engine another sum."""


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
    middle = {"value": nw.col("handling_s").median()}
    medians = collect(rows.group_by(list(by)).agg(**middle) if by else rows.select(**middle))
    binned = rows.with_columns(_bin=((nw.col("handling_s") + 1.0).log() * _FINENESS).round(0))
    table = collect(binned.group_by([*by, "_bin"]).agg(n=nw.len()))
    groups = Groups.of(table, by)
    value = _in_order(medians, groups, by)
    half, people = _half_widths(frames, groups, by, value)
    ends = [_ends(table[groups.codes == code], value[code], half[code]) for code in range(groups.count)]
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
        too_few(n, people, "decisions"),
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
    table = handled(frames, by)
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


def handled(frames: Frames, by: tuple[str, ...], below: Mapping[str, nw.Expr] | None = None) -> pd.DataFrame:
    """Tally each labeler's timed decisions: ``labeler_id, n, seconds`` and the split; made once for several KPIs.

    Parameters
    ----------
    frames : Frames
    by : tuple of str
    below : mapping of str to Expr, optional
        Further columns to sum, by the names that they get.
    """
    sought = below or {}

    def made() -> pd.DataFrame:
        keys = list(dict.fromkeys([*by, "labeler_id"]))
        counts = {"n": nw.len(), "seconds": nw.col("handling_s").sum()} | {name: nw.col(name).sum() for name in sought}
        rows = _timed(frames).with_columns(**sought) if sought else _timed(frames)
        table = collect(rows.group_by(keys).agg(**counts))
        return table.fillna(dict.fromkeys(sought, 0))

    shared = frames.shared(("handled", by), made)
    return shared if set(sought) <= set(shared) else made()


def _half_widths(
    frames: Frames, groups: Groups, by: tuple[str, ...], median: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The clustered error of the share below each group's median, times Student's quantile; and how many people."""
    cut, place = _cuts(median)
    times = {f"_below_{edge:.0f}": math.expm1((edge - 0.5) / _FINENESS) for edge in cut.tolist()}
    below = {name: nw.when(nw.col("handling_s") < time).then(nw.lit(1)) for name, time in times.items()}
    table = handled(frames, by, below)
    own = Groups.of(table, by)
    n = table["n"].to_numpy(float)
    under = np.zeros(len(table))
    for at, name in enumerate(below):
        under = np.where(place[own.codes] == at, table[name].to_numpy(float), under)
    people = sums(own.codes, np.ones(len(table)), groups.count)
    whole = sums(own.codes, n, groups.count)
    share = np.divide(sums(own.codes, under, groups.count), whole, out=np.full(groups.count, np.nan), where=whole > 0)
    small = np.divide(people, people - 1, out=np.full(groups.count, np.nan), where=people > 1)
    residual = under - share[own.codes] * n
    error = np.sqrt(small * sums(own.codes, residual**2, groups.count)) / np.where(whole > 0, whole, np.nan)
    return student_quantile(people - 1, LEVEL) * error, people


def _cuts(median: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bins, at most two dozen, below which people's decisions are counted, and which is each group's.

    Each lies within half a per cent of the median, or, where groups are many and far apart, as near as so few
    can: the spread among people of the share below the median is nearly that of the share beside it.
    """
    known = np.isfinite(median)
    bins = np.round(np.log1p(np.where(known, median, 0.0)) * _FINENESS)
    step = 1
    while len(np.unique(np.round(bins[known] / step))) > _MOST_CUTS:
        step *= 2
    edges, place = np.unique(np.round(bins / step) * step, return_inverse=True)
    return edges, place.ravel()


def _ends(table: pd.DataFrame, median: float, half: float) -> tuple[float, float]:
    """Quantiles at one half plus and minus an error of that share."""
    if np.isnan(half):
        return np.nan, np.nan
    ordered = table.sort_values("_bin")
    reached = ordered["n"].cumsum().to_numpy(float) / table["n"].sum()
    seconds = np.expm1(ordered["_bin"].to_numpy(float) / _FINENESS)
    ends = np.searchsorted(reached, [max(0.5 - half, 0.0), min(0.5 + half, 1.0)])
    low, high = seconds[np.minimum(ends, len(seconds) - 1)]
    return min(float(low), median), max(float(high), median)
