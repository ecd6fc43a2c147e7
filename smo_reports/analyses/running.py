"""What grades an estimate while its period runs: a confidence sequence, made of its ordinary intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smo_reports.schema import PROCESS
from smo_reports.stats.sequence import daily_worth, sequence_interval, sequence_widening

Record = Mapping[Any, Any]
"""One estimate's values by column, as pandas gives them."""


def daily_ends(row: Record) -> tuple[float, float]:
    """The confidence sequence of one estimate, made of its ordinary intervals.

    Parameters
    ----------
    row : mapping
        ``unit, value, low, high, n`` and, where there is one, the process interval as ``process_low, process_high``.

    Returns
    -------
    low, high : float
        nan where the number was counted in full, or has no interval. A share's sequence is that of as many plain
        audits as the wider of its intervals is worth, at most ``n``; any other sampled number's is the wider
        interval, widened. It never leaves out what the ordinary interval holds, as a sequence does that is without an
        error: no verdict is firmer while a period runs than it would be if the period were over.
    """
    value, low, high, n = (float(row[key]) for key in ("value", "low", "high", "n"))
    if not high > low or n <= 0:
        return math.nan, math.nan
    if row["unit"] == "share":
        ends = sequence_interval(value, worth_of(row, daily=True))
        return min(float(ends[0]), low), max(float(ends[1]), high)
    wider, beside = float(sequence_widening(n)), (row.get("process_low", math.nan), row.get("process_high", math.nan))
    low, high = float(np.fmin(low, beside[0])), float(np.fmax(high, beside[1]))
    return value - wider * (value - low), value + wider * (high - value)


def with_process(table: pd.DataFrame, records: list[dict[Any, Any]]) -> list[dict[Any, Any]]:
    """Each estimate with the process interval that stands beside it."""
    splits = list(table.columns[: list(table.columns).index("kpi") + 1])
    beside = {
        tuple(str(row[name]) for name in splits): row for row in table[table["interval"] == PROCESS].to_dict("records")
    }
    nothing = {"low": math.nan, "high": math.nan}
    found = [beside.get(tuple(str(row[name]) for name in splits), nothing) for row in records]
    return [
        row | {"process_low": other["low"], "process_high": other["high"]}
        for row, other in zip(records, found, strict=True)
    ]


def worth_of(row: Record, daily: bool) -> float:
    """The plain audits that a share's interval is worth; never more than there are."""
    ends = [(row["low"], row["high"])]
    if daily:
        ends.append((row.get("process_low", math.nan), row.get("process_high", math.nan)))
    return float(daily_worth(row["value"], row["n"], *ends))


def shown_daily(graded: pd.DataFrame, records: list[dict[Any, Any]]) -> pd.DataFrame:
    """The estimates with the interval that graded them."""
    ends = [daily_ends(row) for row in records]
    known = [not math.isnan(low) for low, _ in ends]
    shown = graded.copy()
    if not any(known):
        return shown
    shown.loc[known, ["low", "high"]] = [end for end, said in zip(ends, known, strict=True) if said]
    shown.loc[known, "method"] = "confidence sequence, right at all looks; from: " + graded.loc[known, "method"]
    return shown
