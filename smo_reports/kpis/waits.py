"""KPIs of waiting: for an answer to a question or an escalation, and for a batch of labels."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact
from smo_reports.kpis.durations import DAY, age_of_open, lasting, time_until, waiting
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.tally import Groups, collect
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.intervals import wilson_interval

ACCEPTED = "accepted"
"""The outcome of a batch that its requester took."""


def _age(table: str) -> Callable[[Frames, tuple[str, ...]], pd.DataFrame]:
    def age(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
        """Median age in days of what is open at the period's end."""
        return age_of_open(waiting(frames, table, by), by, 0.5, DAY)

    return age


def _days(table: str) -> Callable[[Frames, tuple[str, ...]], pd.DataFrame]:
    def days(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
        """Median days to an answer of what was opened in the period; open ones are censored."""
        return time_until(lasting(frames, table, by), by, 0.5, DAY, table)

    return days


for _one, _opened, _closed, _about in (
    ("question", "asked_at", "answered_at", "guideline question"),
    ("escalation", "opened_at", "resolved_at", "escalation"),
):
    kpi(
        f"{_one}_age",
        f"Age of open {_about}s",
        unit="days",
        better="lower",
        needs={f"{_one}s_open": ("age_s", "closing")},
        question=f"How long has a typical open {_about} been waiting?",
        formula=f"median of the time since {_opened} of those without {_closed} at the period's end",
        source="KPI dictionary, guideline-gap lead time and backlog age",
        counts=f"open {_about}s",
    )(_age(f"{_one}s_open"))
    kpi(
        f"{_one}_days",
        f"Time to answer a {_about}" if _one == "question" else "Time to resolve an escalation",
        unit="days",
        better="lower",
        needs={f"{_one}s": ("age_s", "closed", "day")},
        question=f"How long does a typical {_about} wait for its answer?",
        formula=f"Kaplan-Meier median of {_closed} − {_opened}; those open at the period's end are censored",
        source="Kaplan & Meier 1958, JASA 53:457-481; KPI dictionary, guideline-gap lead time",
        counts=f"{_about}s",
    )(_days(f"{_one}s"))


def _of_batches(rows: Frame, yes: nw.Expr, by: tuple[str, ...], nothing: str) -> pd.DataFrame:
    """The share of the batches in which ``yes`` holds; each batch is its own cluster."""
    rows = rows.with_columns(_hit=nw.when(yes).then(nw.lit(1)).otherwise(nw.lit(0)))
    counts = {"n": nw.len(), "hits": nw.col("_hit").sum()}
    table = collect(rows.group_by(list(by)).agg(**counts) if by else rows.select(**counts))
    groups = Groups.of(table, by)
    n, hits = groups.total(table["n"]), groups.total(table["hits"].fillna(0))
    low, high = wilson_interval(hits, n, LEVEL)
    share = np.divide(hits, n, out=np.full(len(n), np.nan), where=n > 0)
    return estimates_of(
        groups,
        share,
        n,
        {PERIOD_WORK: exact(share, "all batches"), PROCESS: Bounds(low, high, "Wilson; batches as clusters")},
        ["" if batches else f"undefined: {nothing}" for batches in n],
    )


@kpi(
    "batches_on_time",
    "Batches on time",
    unit="share",
    needs={"batches": ("on_time",)},
    question="What share of the batches due was delivered by the end of the day they were due on?",
    formula="batches delivered by the end of due_on (project's time zone) / batches due; undelivered ones are late",
    source="KPI dictionary, SLA attainment; TSPA curriculum, operations",
    counts="batches due",
)
def batches_on_time(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the batches due in the period that were delivered by then; those not due yet do not count."""
    due = frames["batches"].filter(~nw.col("on_time").is_null())
    return _of_batches(due, nw.col("on_time"), by, "no batch was due")


@kpi(
    "batches_accepted",
    "Batches accepted",
    unit="share",
    needs={"batches": ("outcome",)},
    question="What share of the delivered batches did their requester accept?",
    formula="batches with the outcome accepted / batches with an outcome",
    source="KPI dictionary, acceptance (review) score; ISO 2859-1, lots accepted",
    counts="batches with an outcome",
)
def batches_accepted(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the batches due in the period, and judged, that were accepted."""
    judged = frames["batches"].filter(~nw.col("outcome").is_null())
    return _of_batches(judged, nw.col("outcome") == ACCEPTED, by, "no batch has an outcome")


@kpi(
    "batches_reworked",
    "Batches reworked",
    unit="share",
    better="lower",
    needs={"batches": ("delivered_at", "reworked")},
    question="What share of the delivered batches is rework, or had to be done again?",
    formula="delivered batches that are a rework or were followed by one / delivered batches",
    source="KPI dictionary, first-pass acceptance",
    counts="delivered batches",
)
def batches_reworked(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the delivered batches due in the period that are, or needed, rework."""
    delivered = frames["batches"].filter(~nw.col("delivered_at").is_null())
    return _of_batches(delivered, nw.col("reworked"), by, "no batch was delivered")
