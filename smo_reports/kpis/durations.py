"""Tallies of how long things took, or have been waiting: binned in the engine, estimated here."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact
from smo_reports.kpis.registry import Frames
from smo_reports.kpis.tally import Groups, collect, columns
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.survival import kaplan_meier_quantile

HOUR, DAY = 3600.0, 86_400.0

_FINENESS = 100.0
"""Bins per factor of e in which durations are tallied: one per cent wide."""

HOW = "Kaplan-Meier on tallies of one per cent, log-log; open ones censored"


def lasting(frames: Frames, table: str, by: tuple[str, ...]) -> pd.DataFrame:
    """Tally how long the things of a table took: ``day, closed, n, age_s`` (the longest of its bin) and the split."""
    keys = list(dict.fromkeys([*by, "day", "closed", "_bin"]))
    rows = frames[table].with_columns(_bin=((nw.col("age_s") + 1.0).log() * _FINENESS).round(0))
    found = collect(rows.group_by(keys).agg(n=nw.len(), age_s=nw.col("age_s").max()))
    return found.assign(closed=found["closed"].astype(bool))


def waiting(frames: Frames, table: str, by: tuple[str, ...]) -> pd.DataFrame:
    """Tally how old what is open was: at the ends of weeks where those are split by, otherwise at the period's end."""
    due = ["past_due"] if "past_due" in columns(frames[table]) else []
    keys = list(dict.fromkeys([*by, *due, "_bin"]))
    rows = frames[table] if "week" in by else frames[table].filter(nw.col("closing"))
    rows = rows.with_columns(_bin=((nw.col("age_s") + 1.0).log() * _FINENESS).round(0))
    return collect(rows.group_by(keys).agg(n=nw.len(), age_s=nw.col("age_s").max()))


def time_until(table: pd.DataFrame, by: tuple[str, ...], q: float, unit_s: float, what: str) -> pd.DataFrame:
    """Estimate the time by which a share ``q`` was over, from :func:`lasting`.

    Parameters
    ----------
    table : DataFrame
    by : tuple of str
    q : float
    unit_s : float
        Seconds of the KPI's unit.
    what : str
        What the rows are, for the note of a group without any.

    Returns
    -------
    DataFrame
        As of :func:`smo_reports.kpis.assemble.estimates_of`. The period's interval is about what the open ones will
        still take, and no wider than nothing where none is open before it; the process's takes the days on which
        things came in as clusters.
    """
    groups = Groups.of(table, by)
    n, still = groups.total(table["n"]), groups.total(table["n"].where(~table["closed"], 0))
    work, process = np.full((groups.count, 3), np.nan), np.full((groups.count, 3), np.nan)
    for code in range(groups.count):
        own = table[groups.codes == code]
        # One length a bin, whatever the day: the estimate holds a number for every day and length.
        tallied = (own.groupby("_bin")["age_s"].transform("max") / unit_s, own["closed"], own["n"], q, LEVEL)
        work[code] = kaplan_meier_quantile(*tallied, finite=True)
        process[code] = kaplan_meier_quantile(*tallied, cluster=pd.factorize(own["day"])[0])
    notes = [
        f"not measured: needs {what} of this period"
        if rows == 0
        else f"not reached: {int(left)} are still open"
        if np.isnan(value)
        else ""
        for rows, left, value in zip(n, still, work[:, 0], strict=True)
    ]
    return estimates_of(
        groups,
        work[:, 0],
        n,
        {
            PERIOD_WORK: Bounds(work[:, 1], work[:, 2], HOW),
            PROCESS: Bounds(process[:, 1], process[:, 2], f"{HOW}; days as clusters"),
        },
        notes,
    )


def age_of_open(table: pd.DataFrame, by: tuple[str, ...], q: float, unit_s: float) -> pd.DataFrame:
    """Give the age that a share ``q`` of what is open does not exceed, from :func:`waiting`; counted in full."""
    groups = Groups.of(table, by)
    n, value = groups.total(table["n"]), np.full(groups.count, np.nan)
    for code in range(groups.count):
        own = table[groups.codes == code].sort_values("_bin")
        if len(own):
            reached = own["n"].cumsum().to_numpy(float) / own["n"].sum()
            value[code] = own["age_s"].iloc[int(np.searchsorted(reached, q - 1e-9))] / unit_s
    notes = ["" if rows else "undefined: nothing is open" for rows in n]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all that is open, to one per cent")}, notes)
