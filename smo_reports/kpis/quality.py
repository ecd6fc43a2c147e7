"""KPIs of quality: what audits and known answers say of the labels that were given."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact, too_few
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.tally import Groups, answered, collect, columns, random_audits, share_tallies
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.sampling import cluster_interval, design_interval

_AUDITED = ("purpose", "labeler_id")


def _share(
    frame: Frame, outcome: nw.Expr, by: tuple[str, ...], counted: str, domain: nw.Expr | None = None
) -> pd.DataFrame:
    found = share_tallies(frame, outcome, by, domain)
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
            PERIOD_WORK: Bounds(design.low, design.high, f"Wilson on the effective n; strata, {how}"),
            PROCESS: Bounds(process.low, process.high, "Wilson on the effective n; labelers as clusters"),
        },
        [note or _left_out(rows) for note, rows in zip(few, found.unweighted, strict=True)],
    )


def _left_out(rows: float) -> str:
    if rows == 1:
        return "1 random audit has no weight and is left out"
    return f"{int(rows)} random audits have no weight and are left out" if rows else ""


@kpi(
    "accuracy",
    "Accuracy",
    unit="share",
    needs={"audits": ("correct", *_AUDITED)},
    question="What share of the decisions is right, as far as random audits tell?",
    formula="Σ w·1[correct] / Σ w over random audits; w is the inverse of the chance to be drawn",
    source="TSPA curriculum, quality assurance; Särndal et al. 1992, ch. 5",
    counts="random audits",
)
def accuracy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the decisions that random audits call correct."""
    return _share(random_audits(frames["audits"]), nw.col("correct"), by, "audits")


@kpi(
    "gold_accuracy",
    "Gold accuracy",
    unit="share",
    needs={"gold_decisions": ("gold_label", "label", "labeler_id")},
    question="What share of the decisions on items with a known answer matches it?",
    formula="Σ 1[label = gold_label] / n over blind decisions on gold items",
    source="CVAT honeypots; WebPurify, quality control programme",
    counts="decisions on gold items",
)
def gold_accuracy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the decisions on gold items that match; gold that labelers could recognise is left out."""
    frame = answered(frames["gold_decisions"]).filter(~nw.col("gold_label").is_null())
    have = columns(frame)
    if "is_gold" in have:
        frame = frame.filter(nw.col("is_gold").fill_null(False))
    if "blind" in have:
        frame = frame.filter(nw.col("blind").fill_null(True))
    frame = frame.select([name for name in have if name not in ("weight", "stratum", "plan_id")])
    return _share(frame, nw.col("label") == nw.col("gold_label"), by, "gold decisions")


@kpi(
    "false_positive_rate",
    "False-positive rate",
    unit="share",
    better="lower",
    needs={"audits": ("violating", "audit_violating", *_AUDITED)},
    question="Of the items that violate nothing, what share was acted on?",
    formula="Σ w·FP / Σ w·(FP + TN) over random audits",
    source="TSPA curriculum, quality assurance",
    counts="random audits of items that violate nothing",
)
def false_positive_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the items that the auditor found harmless and the labeler did not."""
    # Not ~audit_violating: Ibis writes its test for null as NOT audit_violating IS NULL, which asks the opposite.
    harmless = nw.col("audit_violating") == nw.lit(False)
    return _share(random_audits(frames["audits"]), nw.col("violating"), by, "audits of harmless items", harmless)


@kpi(
    "false_negative_rate",
    "False-negative rate",
    unit="share",
    better="lower",
    needs={"audits": ("violating", "audit_violating", *_AUDITED)},
    question="Of the items that violate a policy, what share was missed?",
    formula="Σ w·FN / Σ w·(FN + TP) over random audits",
    source="TSPA curriculum, quality assurance",
    counts="random audits of items that violate a policy",
)
def false_negative_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the items that the auditor found violating and the labeler passed."""
    missed, harmful = nw.col("violating") == nw.lit(False), nw.col("audit_violating")
    return _share(random_audits(frames["audits"]), missed, by, "audits of violating items", harmful)


@kpi(
    "audit_coverage",
    "Audit coverage",
    unit="share",
    needs={"decisions": ("decision_id",), "audits": ("decision_id", "purpose")},
    question="What share of the decisions was audited at random?",
    formula="decisions with a random audit / decisions",
    source="KPI dictionary, audit coverage",
    counts="decisions",
)
def audit_coverage(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Audited decisions over decisions, counted in full."""
    keys = list(by)
    whole = answered(frames["decisions"])
    # Distinct rows, then counted: servers differ in how they count distinct values beside nulls.
    seen = answered(random_audits(frames["audits"])).select(*keys, "decision_id").unique()
    if keys:
        total = collect(whole.group_by(keys).agg(n=nw.len()))
        audited = collect(seen.group_by(keys).agg(audited=nw.len()))
        table = total.merge(audited, on=keys, how="left").fillna({"audited": 0.0})
    else:
        table = collect(whole.select(n=nw.len()))
        table["audited"] = collect(seen.select(audited=nw.len()))["audited"].to_numpy()
    groups = Groups.of(table, by)
    n, audited_n = groups.total(table["n"]), groups.total(table["audited"])
    value = np.divide(audited_n, n, out=np.full(len(n), np.nan), where=n > 0)
    notes = ["" if rows else "undefined: there are no decisions" for rows in n]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all decisions")}, notes)
