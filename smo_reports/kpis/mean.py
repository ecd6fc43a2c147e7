"""Tallies of a mean: what the engine counts of a number that each row has."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import Groups, collect, columns
from smo_reports.stats.ratio import RatioTallies


@dataclass(frozen=True)
class MeanTallied:
    """A number as the engine summed it.

    Attributes
    ----------
    tallies : RatioTallies
        Of the number over rows: the ratio is the mean.
    groups : Groups
    labelers, unweighted : ndarray, shape (groups,)
        People behind each group, and rows left out for want of a weight.
    """

    tallies: RatioTallies
    groups: Groups
    labelers: np.ndarray
    unweighted: np.ndarray


def mean_tallies(frame: Frame, value: nw.Expr, by: tuple[str, ...]) -> MeanTallied:
    """Sum a number by group, stratum and labeler, with weights where the rows have them.

    Rows without the number are left out, and so are rows without a weight.
    """
    have = columns(frame)
    strata: list[str] = [name for name in ("plan_id", "stratum") if name in have]
    keys = list(dict.fromkeys([*by, *strata, "labeler_id"]))
    weight = nw.when(nw.col("weight") > 0).then(nw.col("weight")) if "weight" in have else nw.lit(1)
    rows = frame.filter(~value.is_null()).with_columns(_w=weight, _y=value)
    rows = rows.with_columns(_w2=nw.col("_w") * nw.col("_w"), _wy=nw.col("_w") * nw.col("_y"))
    rows = rows.with_columns(_w2y=nw.col("_w2") * nw.col("_y"), _w2yy=nw.col("_wy") * nw.col("_wy"))
    sums_of = {name: nw.col(f"_{name}").sum() for name in ("w", "w2", "wy", "w2y", "w2yy")}
    ends = {"least": nw.col("_w").min(), "most": nw.col("_w").max()}
    table = collect(rows.group_by(keys).agg(rows=nw.len(), n=nw.col("_w").count(), **sums_of, **ends))
    return _tallied(table, by, strata, "weight" in have)


def _tallied(table: pd.DataFrame, by: tuple[str, ...], strata: list[str], weighted: bool) -> MeanTallied:
    every = Groups.of(table, by)
    kept = (table["n"] > 0).to_numpy()
    unweighted = every.total(table["rows"] - table["n"])
    table, groups = table[kept], Groups(every.keys, every.codes[kept])
    stratum = np.zeros(len(table), np.intp)
    if strata:
        stratum = np.asarray(table.groupby(strata, dropna=False).ngroup(), np.intp)
    person = pd.factorize(table["labeler_id"], use_na_sentinel=False)[0].astype(np.intp)
    n, w, wy, w2, w2y, w2yy = (table[name].to_numpy(float) for name in ("n", "w", "wy", "w2", "w2y", "w2yy"))
    known = weighted and len(table) > 0 and bool(table["least"].min() >= 1 < table["most"].max())
    tallies = RatioTallies(groups.codes, stratum, person, n, w, wy, w2, w2y, w2yy, groups.count, known)
    return MeanTallied(tallies, groups, groups.distinct(table["labeler_id"]), unweighted)
