"""A share with both of its intervals: what most KPIs of quality are."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, too_few
from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import share_tallies
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.sampling import cluster_interval, design_interval


def share_estimates(
    frame: Frame,
    outcome: nw.Expr,
    by: tuple[str, ...],
    counted: str,
    domain: nw.Expr | None = None,
    importance: nw.Expr | None = None,
) -> pd.DataFrame:
    """Estimate the share of rows with a yes/no outcome; labelers are the clusters of the process interval.

    Parameters
    ----------
    frame : LazyFrame
        Every row that was sampled.
    outcome : Expr
    by : tuple of str
    counted : str
        What the rows are, for the note of a group that has too few.
    domain, importance : Expr, optional
        The rows that are asked about, and how much each counts; see :func:`smo_reports.kpis.tally.share_tallies`.

    Returns
    -------
    DataFrame
        As of :func:`smo_reports.kpis.assemble.estimates_of`.
    """
    found = share_tallies(frame, outcome, by, domain, importance)
    tallies = found.tallies
    design, process = design_interval(tallies, LEVEL), cluster_interval(tallies, LEVEL)
    how = "weighted, finite population" if tallies.population_known else "simple random sample"
    n = tallies.total(tallies.n)
    few = too_few(n, found.labelers, counted)
    return estimates_of(
        found.groups,
        tallies.share,
        n,
        {
            PERIOD_WORK: Bounds(design.low, design.high, f"Wilson and mid-p on the effective n; strata, {how}"),
            PROCESS: Bounds(process.low, process.high, "Wilson and mid-p on the effective n; labelers as clusters"),
        },
        with_left_out(few, found.unweighted),
    )


def with_left_out(notes: list[str], unweighted: np.ndarray) -> list[str]:
    """Notes, and where there is none, how many random audits were left out for want of a weight."""
    return [note or _left_out(int(rows)) for note, rows in zip(notes, unweighted, strict=True)]


def _left_out(rows: int) -> str:
    if rows == 1:
        return "1 random audit has no weight and is left out"
    return f"{rows} random audits have no weight and are left out" if rows else ""
