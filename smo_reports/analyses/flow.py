"""The age profile of what is open: how much of it is how old, by queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.tally import collect, columns

BANDS_H = (0.0, 4.0, 24.0, 48.0, 72.0, 168.0)
"""Where age bands begin, in hours; the last one has no end."""

ITEMS, SNAPSHOTS = "items", "snapshots"
"""Where a row of an age profile is from."""

_COLUMNS = ["queue", "from_h", "to_h", "items", "past_due", "source"]


def age_profile(rows: Mapping[str, Any], bands: Sequence[float] = BANDS_H) -> pd.DataFrame:
    """Open items at the period's end by queue and age.

    Parameters
    ----------
    rows : Rows or mapping of frames
        The tables of a period. Queues whose single items are not known are taken from the newest snapshot in the
        table ``backlog``, in the bands that it has.
    bands : sequence of float
        Where bands begin, in hours, ascending from 0; a band holds the ages from its beginning up to the next one's.

    Returns
    -------
    DataFrame
        ``queue, from_h, to_h, items, past_due, source``: one row a queue and band, bands without an item included;
        ``to_h`` of the last band is infinite, ``past_due`` is nan where nothing says when items were due, and
        ``source`` is ``ITEMS`` or ``SNAPSHOTS``. Empty where neither is to be had.
    """
    single = _of_items(rows, tuple(bands)) if "items_open" in rows else pd.DataFrame(columns=_COLUMNS)
    if "backlog" not in rows:
        return single
    counted = _of_snapshots(rows)
    known = set(single["queue"]) | (_queues(rows["items"]) if "items" in rows else set())
    parts = [part for part in (single, counted[~counted["queue"].isin(known)]) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else single


def _queues(items: Any) -> set[str]:
    return set(collect(nw.from_native(items).lazy().select("queue").unique())["queue"])


def _of_items(rows: Mapping[str, Any], bands: tuple[float, ...]) -> pd.DataFrame:
    frame = nw.from_native(rows["items_open"]).lazy().filter(nw.col("closing"))
    place: nw.Expr = nw.lit(0)
    for at, hours in enumerate(bands):
        place = nw.when(nw.col("age_s") >= hours * 3600).then(nw.lit(at)).otherwise(place)
    due = "past_due" in columns(frame)
    late = nw.when(nw.col("past_due")).then(nw.lit(1)).otherwise(nw.lit(0)) if due else nw.lit(0)
    tally = frame.with_columns(_band=place, _late=late).group_by("queue", "_band")
    table = collect(tally.agg(items=nw.len(), past_due=nw.col("_late").sum()))
    every = pd.MultiIndex.from_product([sorted(table["queue"].unique()), range(len(bands))], names=["queue", "_band"])
    full = table.set_index(["queue", "_band"]).reindex(every, fill_value=0).reset_index()
    if not due:
        full["past_due"] = np.nan
    ends = np.array([*bands[1:], np.inf])
    band = full["_band"].to_numpy(int)
    return full.assign(from_h=np.array(bands)[band], to_h=ends[band], source=ITEMS)[_COLUMNS]


def _of_snapshots(rows: Mapping[str, Any]) -> pd.DataFrame:
    """Each queue's newest snapshot."""
    table = collect(nw.from_native(rows["backlog"]).lazy().select("queue", "at", "age_from_s", "age_to_s", "items"))
    newest = table[table["at"] == table.groupby("queue")["at"].transform("max")]
    shown = newest.assign(from_h=newest["age_from_s"] / 3600, to_h=newest["age_to_s"] / 3600)
    shown = shown.assign(past_due=np.nan, source=SNAPSHOTS)[_COLUMNS]
    return shown.sort_values(["queue", "from_h"]).reset_index(drop=True)
