"""KPIs of what kind of error was made, and how much harm it does."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact, too_few
from smo_reports.kpis.mean import mean_tallies
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.share import share_estimates, with_left_out
from smo_reports.kpis.tally import Groups, collect, columns, random_audits
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.ratio import cluster_ratio_interval, design_ratio_interval

_AUDITED = ("purpose", "labeler_id")


def _judged(frame: Frame) -> Frame:
    """Random audits with a verdict."""
    return random_audits(frame).filter(~nw.col("correct").is_null())


def _typed(frame: Frame, wanted: str, untyped: nw.Expr) -> nw.Expr:
    """Whether an audit found an error of a type; ``untyped`` answers where no type was written."""
    if "error_type" not in columns(frame):
        return untyped
    return nw.when(nw.col("error_type").is_null()).then(untyped).otherwise(nw.col("error_type") == wanted)


@kpi(
    "wrong_selection_rate",
    "Wrong-selection rate",
    unit="share",
    better="lower",
    needs={"audits": ("correct", "violating", "audit_violating", *_AUDITED)},
    question="In what share of the decisions was acting right, but the label wrong?",
    formula="Σ w·1[wrong selection] / Σ w over random audits: error_type, or where none is written, label and audit "
    "both violating and the audit not correct",
    source="TSPA curriculum, quality assurance",
    counts="random audits",
)
def wrong_selection_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the audited decisions that named the wrong policy or label for an item that does violate."""
    audits = _judged(frames["audits"])
    # Unknown where an error has no type and nobody wrote what would have been right: such audits are left out.
    other = (nw.col("correct") == nw.lit(False)) & nw.col("violating") & nw.col("audit_violating")
    return share_estimates(audits, _typed(audits, "wrong_selection", other), by, "audits")


@kpi(
    "technical_error_rate",
    "Technical-error rate",
    unit="share",
    better="lower",
    needs={"audits": ("correct", "error_type", *_AUDITED)},
    question="In what share of the decisions did a tool or missing information spoil a right judgement?",
    formula="Σ w·1[error_type = technical] / Σ w over random audits; errors without a type are left out",
    source="TSPA curriculum, quality assurance",
    counts="random audits",
)
def technical_error_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the audited decisions whose error is technical."""
    audits = _judged(frames["audits"])
    return share_estimates(audits, _typed(audits, "technical", nw.when("correct").then(nw.lit(False))), by, "audits")


@kpi(
    "severity_weighted_error",
    "Severity-weighted error",
    unit="index",
    better="lower",
    needs={"audits": ("correct", "severity", "severity_weight", *_AUDITED)},
    question="Weighted by severity, what share was decided wrongly?",
    formula="Σ s·w·1[not correct] / Σ s·w over random audits; s is the severity_weights of the item's severity",
    source="TSPA curriculum, quality assurance (harm per error varies); Särndal et al. 1992, ch. 5",
    counts="random audits of items whose severity has a weight",
)
def severity_weighted_error(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of wrong decisions, each counted as often as its item is severe; 0 is flawless and 1 all wrong."""
    wrong = nw.col("correct") == nw.lit(False)
    importance = nw.col("severity_weight")
    return share_estimates(random_audits(frames["audits"]), wrong, by, "audits", importance=importance)


@kpi(
    "audit_score",
    "Audit score",
    unit="index",
    needs={"audits": ("score", *_AUDITED)},
    question="What score do random audits give on average?",
    formula="Σ w·score / Σ w over random audits with a score, on the scale of the score card",
    source="Zendesk QA, internal quality score; Särndal et al. 1992, ch. 5",
    counts="random audits with a score",
)
def audit_score(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Mean score; the design interval is of this period's decisions, the process one of labelers like these."""
    found = mean_tallies(random_audits(frames["audits"]), nw.col("score"), by)
    tallies = found.tallies
    design, process = design_ratio_interval(tallies, LEVEL), cluster_ratio_interval(tallies, LEVEL)
    n = tallies.total(tallies.n)
    how = "weighted, finite population" if tallies.population_known else "simple random sample"
    return estimates_of(
        found.groups,
        tallies.ratio,
        n,
        {
            PERIOD_WORK: Bounds(*design, f"Student on the linearised mean; strata, {how}"),
            PROCESS: Bounds(*process, "Student on the linearised mean; labelers as clusters"),
        },
        with_left_out(too_few(n, found.labelers, "audits"), found.unweighted),
    )


@kpi(
    "root_cause_coverage",
    "Errors with a root cause",
    unit="share",
    needs={"audits": ("correct", "root_cause", "purpose")},
    question="What share of the errors that random audits found has a root cause noted?",
    formula="errors with a root_cause / errors, over random audits; each counts once, whatever its weight",
    source="KPI dictionary, RCA coverage and Pareto",
    counts="errors found by random audits",
)
def root_cause_coverage(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the errors found that were coded, counted in full: it is about the coding, not about all decisions."""
    wrong = random_audits(frames["audits"]).filter(nw.col("correct") == nw.lit(False))
    known = ~nw.col("root_cause").is_null() & (nw.col("root_cause") != nw.lit(""))
    wrong = wrong.with_columns(_coded=nw.when(known).then(nw.lit(1)).otherwise(nw.lit(0)))
    counts = {"n": nw.len(), "coded": nw.col("_coded").sum()}
    table = collect(wrong.group_by(list(by)).agg(**counts) if by else wrong.select(**counts))
    groups = Groups.of(table, by)
    n, coded = groups.total(table["n"]), groups.total(table["coded"].fillna(0))
    value = np.divide(coded, n, out=np.full(len(n), np.nan), where=n > 0)
    notes = ["" if errors else "undefined: random audits found no error" for errors in n]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all errors that random audits found")}, notes)
