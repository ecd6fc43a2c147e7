"""The rows of a project that a search for causes compares: its random audits, and the tally of all its decisions."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.change import ABOUT
from smo_reports.analyses.unaudited import Blank, Unaudited
from smo_reports.kpis.tally import answered, collect, columns, random_audits
from smo_reports.sources import Rows

MIXED = ("policy", "market", "queue", "language", "content_type", "severity", "vendor")
"""Those of them that the mix of all decisions is counted by."""

_COUNTED = (*MIXED, "tool_version", "model_version")
"""What decisions are counted by: a new tool that nobody audits has decisions only."""

PERIOD, COUNT = "period", "decisions"


def audits_of(rows: Rows, kpi: str, asked: list[str]) -> pd.DataFrame:
    """The random audits that the KPI is about, with the columns to search."""
    outcome, domain = ABOUT[kpi]
    frame = random_audits(rows.with_columns("audits", [name for name in asked if name != "cohort"]))
    frame = frame.filter(~nw.col(outcome).is_null())
    if domain is not None:
        frame = frame.filter(nw.col(domain[0]) == nw.lit(domain[1]))
    have = columns(frame)
    kept = [name for name in dict.fromkeys([*asked, "labeler_id", "weight", outcome]) if name in have]
    if "weight" in kept:
        frame = frame.filter(nw.col("weight") > 0)
    table = collect(frame.select(kept))
    if "cohort" in asked and "cohort" not in table and "people" in rows:
        table = table.assign(cohort=table["labeler_id"].map(_cohorts(rows)))
    return table


def _cohorts(rows: Rows) -> dict[str, str]:
    """Each person's cohort, by the newest spell in a role that says one."""
    if not {"cohort", "started_on"} <= columns(rows["people"]):
        return {}
    spells = collect(rows["people"].select("person_id", "cohort", "started_on")).dropna(subset=["cohort"])
    newest = spells.sort_values("started_on", kind="stable").drop_duplicates("person_id", keep="last")
    return dict(zip(newest["person_id"], newest["cohort"], strict=True))


def all_work(before: Rows, after: Rows, kpi: str) -> pd.DataFrame | None:
    """All decisions of both periods, counted; None where only audits know which of them the KPI is about.

    Returns
    -------
    DataFrame or None
        ``period`` (*before* or *after*), ``decisions``, and those columns of the mix, and the tool's and model's
        versions, that decisions have.
    """
    domain, have = ABOUT[kpi][1], columns(after.with_columns("decisions", _COUNTED))
    have &= columns(before.with_columns("decisions", _COUNTED))
    counted = [name for name in _COUNTED if name in have]
    if not counted or (domain is not None and domain[0] not in have):
        return None
    tallies = []
    for name, rows in (("before", before), ("after", after)):
        frame = answered(rows.with_columns("decisions", _COUNTED))
        if domain is not None:
            frame = frame.filter(nw.col(domain[0]) == nw.lit(domain[1]))
        tallies.append(collect(frame.group_by(counted).agg(nw.len().alias(COUNT))).assign(**{PERIOD: name}))
    return pd.concat(tallies, ignore_index=True) if all(map(len, tallies)) else None


def mix_of(work: pd.DataFrame, mixed: Sequence[str]) -> pd.DataFrame | None:
    """The tally of all work by the columns of the mix alone; None where it has none of them."""
    kept = [name for name in mixed if name in work]
    if not kept:
        return None
    return work.groupby([PERIOD, *kept], dropna=False, observed=True)[COUNT].sum().reset_index()


def unaudited_work(audits: pd.DataFrame, work: pd.DataFrame) -> Unaudited:
    """How much of all work has a value that no audit of its period has.

    Parameters
    ----------
    audits : DataFrame
        The audits of both periods, with ``period``.
    work : DataFrame
        As ``all_work`` counts it.
    """
    blank = Blank((work[PERIOD] == "after").to_numpy(), work[COUNT].to_numpy(float))
    for name in (column for column in _COUNTED if column in work and column in audits):
        seen = tuple(frozenset(_plain(audits.loc[audits[PERIOD] == period, name])) for period in ("before", "after"))
        codes, values = pd.factorize(work[name], use_na_sentinel=False)
        blank.mark(name, np.asarray(codes, np.intp), _plain(pd.Series(values)), (seen[0], seen[1]))
    return blank.told()


def _plain(values: pd.Series) -> list[object]:
    """Values that are equal where they mean the same; None for any that is missing."""
    return [None if pd.isna(value) else value for value in values]
