"""What is open in each queue, how old it is, and how long its items may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.flow import age_profile
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.stats.backlog_flow import Opening

HOUR_S = 3600.0


def open_by_age(rows: Mapping[str, Any]) -> dict[str, Opening]:
    """Open items at the period's end, by queue, their ages in hours.

    Parameters
    ----------
    rows : Rows or mapping of frames
        Single items where they are known, to the hour; else the newest snapshot of ``backlog``, each band's items
        spread evenly over its ages (the last band, which has no end, at its beginning).

    Returns
    -------
    dict of str to Opening
        A queue with nothing open may be absent.
    """
    found = {}
    if "items_open" in rows:
        frame = nw.from_native(rows["items_open"]).lazy().filter(nw.col("closing"))
        tally = frame.with_columns(_hour=(nw.col("age_s") / HOUR_S).round(0)).group_by("queue", "_hour")
        table = collect(tally.agg(items=nw.len()))
        found = {str(queue): Opening.of(own["_hour"], own["items"]) for queue, own in table.groupby("queue")}
    if "backlog" in rows:
        single = "items_open" in rows
        bands = age_profile({name: rows[name] for name in ("items", "items_open", "backlog") if name in rows})
        counted = bands[bands["source"] == "snapshots"] if single else bands
        for queue, own in counted.groupby("queue"):
            found[str(queue)] = _spread(own)
    return found


def _spread(bands: pd.DataFrame) -> Opening:
    """Items of age bands, spread over the hours of each."""
    ages, items = [], []
    for low, high, many in zip(bands["from_h"], bands["to_h"], bands["items"], strict=True):
        width = max(int(np.ceil(high - low)), 1) if np.isfinite(high) else 1
        ages.append(low + (np.arange(width) + 0.5) * (high - low) / width if np.isfinite(high) else np.array([low]))
        items.append(np.full(width, many / width))
    return Opening.of(np.concatenate(ages), np.concatenate(items))


def due_hours(project: Project, rows: Mapping[str, Any], queues: tuple[str, ...]) -> dict[str, float]:
    """Hours from arrival to due of each queue: as promised, else the median of its items; absent where neither says."""
    said = {queue: project.staffing.of_queue(queue).due_hours for queue in queues}
    known = {queue: float(hours) for queue, hours in said.items() if hours is not None}
    if len(known) == len(queues) or "items" not in rows:
        return known
    frame = nw.from_native(rows["items"]).lazy()
    if "due_at" not in columns(frame):
        return known
    # Not the difference of two times: not every engine can say how many seconds it has.
    cut = {f"_{name}": nw.col(name).dt.truncate("1h") for name in ("arrived_at", "due_at")}
    timed = frame.filter(~nw.col("due_at").is_null()).with_columns(**cut)
    table = collect(timed.group_by("queue", *cut).agg(n=nw.len()))
    took = pd.to_datetime(table["_due_at"], utc=True) - pd.to_datetime(table["_arrived_at"], utc=True)
    table = table.assign(_hours=took.dt.total_seconds() / HOUR_S).sort_values("_hours")
    for queue, own in table.groupby("queue"):
        reached = own["n"].cumsum().to_numpy(float) / own["n"].sum()
        hours = float(own["_hours"].to_numpy(float)[int(np.searchsorted(reached, 0.5 - 1e-9))])
        if str(queue) in queues and hours > 0:
            known.setdefault(str(queue), hours)
    return known
