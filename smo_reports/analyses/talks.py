"""Coaching talks with one person, so that the next one begins where the last one ended."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from smo_reports.kpis.tally import collect, columns
from smo_reports.sources import Rows


def coaching_talks(rows: Rows, person: str) -> pd.DataFrame:
    """The talks with a person, the newest first: ``held_on, topic, next_check_on`` as far as the rows have them."""
    kept = ["held_on", "topic", "next_check_on"]
    if "coaching" not in rows:
        return pd.DataFrame({name: [] for name in kept})
    have = [name for name in kept if name in columns(rows["coaching"])]
    table = collect(rows["coaching"].filter(nw.col("person_id") == person).select(have))
    for name in {"held_on", "next_check_on"} & set(table.columns):
        table[name] = pd.to_datetime(table[name]).dt.date
    return table.sort_values("held_on", ascending=False).reset_index(drop=True)
