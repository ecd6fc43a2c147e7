"""In which part a change lies: only where that part's own change is clear among all that were looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis import estimate, kpi_named
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.schema import PROCESS
from smo_reports.sources import Rows
from smo_reports.stats.difference import difference_interval
from smo_reports.stats.intervals import normal_quantile
from smo_reports.stats.kitagawa import kitagawa

ABOUT: Mapping[str, tuple[str, tuple[str, bool] | None]] = {
    "accuracy": ("correct", None),
    "prevalence": ("audit_violating", None),
    "precision": ("audit_violating", ("violating", True)),
    "recall": ("violating", ("audit_violating", True)),
    "false_negative_rate": ("violating", ("audit_violating", True)),
    "false_positive_rate": ("violating", ("audit_violating", False)),
}
"""The shares of weighted audits whose parts' weights are known: what has to be known of an audit, and which count."""


def change_by_part(before: Rows, after: Rows, name: str, by: Iterable[str]) -> pd.DataFrame:
    """Each part's own change of a share, and how much of the whole change it is.

    Parameters
    ----------
    before, after : Rows
        The tables of two periods.
    name : str
        A KPI that is a share of random audits.
    by : iterable of str
        Columns; what the rows lack is left out.

    Returns
    -------
    DataFrame
        The columns of the split, ``kpi, value, low, high`` (after − before, for labelers like these, at a level at
        which all parts together are wrong once in twenty), ``of_change`` (what the part's own rate did, over the whole
        change) and ``clear``: the part's interval excludes no change. The largest effect first; empty
        where the KPI is no share, or was not measured in one of the periods. ``of_change`` is nan where it is not
        known how much each part weighs in the KPI, and above 1 where other parts, or the mix, went the other way.
    """
    by, table = list(by), next(iter(kpi_named(name).needs))
    have = columns(after.with_columns(table, by)) if table in after else set()
    split = [column for column in by if column in have]
    nothing = pd.DataFrame(columns=[*split, "kpi", "value", "low", "high", "of_change", "clear"])
    if kpi_named(name).unit != "share" or not split or table not in before:
        return nothing
    first, last = (
        _weighed(_process(estimate(name, rows, split), split), name, rows, table, split) for rows in (before, after)
    )
    both = first.merge(last, on=split, how="outer", suffixes=("_before", "_after"))
    if both.empty:
        return nothing
    sides = ("before", "after")
    weights = [both[f"weight_{side}"].fillna(0).to_numpy(float) for side in sides]
    rates = [both[f"value_{side}"].to_numpy(float) for side in sides]
    whole = [float(np.nansum(w * r) / w.sum()) if w.sum() else np.nan for w, r in zip(weights, rates, strict=True)]
    effects = kitagawa(weights[0], rates[0], weights[1], rates[1])
    change = whole[1] - whole[0]
    known = all(_adds_up(name, rows, total) for rows, total in zip((before, after), whole, strict=True))
    both["of_change"] = effects.rate / change if change and known else np.nan
    widening = normal_quantile(1 - 0.05 / max(len(both), 1)) / normal_quantile()
    ends = [_difference(row, widening) for row in both.to_dict("records")]
    both[["value", "low", "high"]] = np.array(ends, float).reshape(-1, 3)
    both["clear"] = (both["low"] > 0) | (both["high"] < 0)
    both["kpi"] = name
    ordered = both.sort_values("of_change", ascending=False, kind="stable", na_position="last")
    return ordered[list(nothing.columns)].reset_index(drop=True)


def _process(table: pd.DataFrame, split: list[str]) -> pd.DataFrame:
    own = table[(table["interval"] == PROCESS) & table["value"].notna()]
    return own[[*split, "value", "low", "high", "n"]]


def _weighed(found: pd.DataFrame, name: str, rows: Rows, table: str, split: list[str]) -> pd.DataFrame:
    """Add how much each part weighs in the KPI: the decisions that its rows stand for, or their number.

    Nan where rows have weights and it is not known which of them the KPI is about.
    """
    if table != "audits" or "weight" not in columns(rows[table]):
        return found.assign(weight=found["n"])
    if name not in ABOUT:
        return found.assign(weight=np.nan)
    outcome, domain = ABOUT[name]
    kept = random_audits(rows.with_columns(table, split)).filter(~nw.col(outcome).is_null(), nw.col("weight") > 0)
    if domain is not None:
        kept = kept.filter(nw.col(domain[0]) == nw.lit(domain[1]))
    weights = collect(kept.group_by(split).agg(weight=nw.col("weight").sum()))
    return found.merge(weights, on=split, how="left")


def _adds_up(name: str, rows: Rows, whole: float) -> bool:
    """Whether the parts by their weights are the KPI: only then is what a part did to the whole known."""
    found = estimate(name, rows)
    own = found.loc[found["interval"] == PROCESS, "value"]
    return bool(len(own) == 1 and np.isclose(float(own.iloc[0]), whole, rtol=0, atol=1e-9))


def _difference(row: Mapping[Any, Any], widening: float) -> tuple[float, float, float]:
    """The difference with each side's distance to its end widened from one comparison to all of them."""
    ends = []
    for side in ("before", "after"):
        value, low, high = (row[f"{name}_{side}"] for name in ("value", "low", "high"))
        ends.append((value, value - widening * (value - low), value + widening * (high - value)))
    return difference_interval(ends[0], ends[1])
