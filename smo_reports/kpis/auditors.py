"""KPIs of the auditors themselves: do they see what the team has agreed on, and do they do what was planned."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact, too_few
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.tally import Groups, collect, columns, random_audits
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.heterogeneity import true_spread
from smo_reports.stats.sampling import ShareTallies, cluster_interval, cluster_mean_interval
from smo_reports.stats.sums import sums

_CALIBRATED = ("person_id", "item_id", "label", "agreed_label")
_ITEMS = "items as clusters, auditors fixed"
_PEOPLE = "auditors as clusters"


def blind_calibrations(frame: Frame) -> Frame:
    """Calibration labels given blind, of items on which a label was agreed."""
    kept = frame.filter(~nw.col("agreed_label").is_null())
    return kept.filter(nw.col("blind").fill_null(False)) if "blind" in columns(kept) else kept


def _labels(frames: Frames, by: tuple[str, ...], score: nw.Expr) -> tuple[Groups, pd.DataFrame]:
    """Blind calibration labels by group, item and person, with the sum of a score."""
    keys = list(dict.fromkeys([*by, "item_id", "person_id"]))
    rows = blind_calibrations(frames["calibrations"]).filter(~score.is_null())
    table = collect(rows.with_columns(_score=score).group_by(keys).agg(n=nw.len(), score=nw.col("_score").sum()))
    return Groups.of(table, by), table


def _few(groups: Groups, table: pd.DataFrame, n: npt.NDArray[np.float64]) -> list[str]:
    return too_few(n, groups.distinct(table["person_id"]), "calibration labels", "auditors")


@kpi(
    "calibration_agreement",
    "Calibration agreement",
    unit="share",
    needs={"calibrations": _CALIBRATED},
    question="How often does an auditor's blind label equal the one that was then agreed on?",
    formula="Σ 1[label = agreed_label] / n over blind calibration labels",
    source="KPI dictionary, calibration; Zendesk QA, calibration",
    counts="blind calibration labels",
)
def calibration_agreement(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the blind calibration labels that are the agreed ones; everybody labels the same items."""
    equal = nw.when(nw.col("label") == nw.col("agreed_label")).then(nw.lit(1)).otherwise(nw.lit(0))
    groups, table = _labels(frames, by, equal)
    n, right = (table[name].to_numpy(float) for name in ("n", "score"))
    bounds, share = {}, np.full(groups.count, np.nan)
    for interval, cluster, how in ((PERIOD_WORK, "item_id", _ITEMS), (PROCESS, "person_id", _PEOPLE)):
        codes = pd.factorize(table[cluster])[0].astype(np.intp)
        tallies = ShareTallies(groups.codes, codes * 0, codes, n, n, n, right, right, groups.count)
        share, found = tallies.share, cluster_interval(tallies, LEVEL)
        bounds[interval] = Bounds(found.low, found.high, f"Wilson and mid-p on the effective n; {how}")
    count = groups.total(table["n"])
    return estimates_of(groups, share, count, bounds, _few(groups, table, count))


@kpi(
    "auditor_bias",
    "Auditor bias",
    unit="points",
    better=None,
    needs={"calibrations": (*_CALIBRATED, "violating", "agreed_violating")},
    question="Are auditors stricter (above 0) or more lenient (below 0) than what was agreed on?",
    formula="(labels violating where benign was agreed − benign where violating was agreed) / blind calibration labels",
    source="Zendesk QA, grade the grader (too high, too low); KPI dictionary, signed auditor bias",
    counts="blind calibration labels",
)
def auditor_bias(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Called violating too often less too seldom, as a share of the blind calibration labels."""
    said, agreed = nw.col("violating"), nw.col("agreed_violating")
    as_agreed = nw.when(said == agreed).then(nw.lit(0))
    signed = nw.when(said & (agreed == nw.lit(False))).then(nw.lit(1)).otherwise(as_agreed)
    signed = nw.when((said == nw.lit(False)) & agreed).then(nw.lit(-1)).otherwise(signed)
    groups, table = _labels(frames, by, signed)
    count, total = groups.total(table["n"]), groups.total(table["score"])
    value = np.divide(total, count, out=np.full(groups.count, np.nan), where=count > 0)
    bounds = {}
    for interval, cluster, how in ((PERIOD_WORK, "item_id", _ITEMS), (PROCESS, "person_id", _PEOPLE)):
        low, high = _clustered(groups, table, cluster)
        how = f"Student on the linearised mean; {how}"
        bounds[interval] = Bounds(np.maximum(low, -1), np.minimum(high, 1), how)
    return estimates_of(groups, value, count, bounds, _few(groups, table, count))


def _clustered(groups: Groups, table: pd.DataFrame, cluster: str) -> tuple[np.ndarray, np.ndarray]:
    codes = pd.factorize(table[cluster])[0].astype(np.intp)
    pair = groups.codes * (codes.max(initial=0) + 1) + codes
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    n, total = (sums(inverse.ravel(), table[name]) for name in ("n", "score"))
    return cluster_mean_interval(groups.codes[first], n, total, groups.count, LEVEL)


@kpi(
    "calibration_spread",
    "Calibration spread",
    unit="points",
    better="lower",
    needs={"calibrations": _CALIBRATED},
    question="How far apart are auditors in how often they see what was agreed on, chance taken off?",
    formula="standard deviation between auditors of their calibration agreement, less what chance gives (Paule-Mandel)",
    source="KPI dictionary, calibration variance; Paule & Mandel 1982, J. Res. NBS 87:377-385",
    counts="blind calibration labels",
)
def calibration_spread(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Spread between auditors that few labels do not explain; 0 where chance explains all of it."""
    equal = nw.when(nw.col("label") == nw.col("agreed_label")).then(nw.lit(1)).otherwise(nw.lit(0))
    groups, table = _labels(frames, by, equal)
    count = groups.total(table["n"])
    found = []
    for code in range(groups.count):
        people = table[groups.codes == code].groupby("person_id", sort=True)[["score", "n"]].sum()
        found.append(true_spread(people["score"], people["n"], LEVEL))
    value, low, high = np.array(found, float).reshape(-1, 3).T
    notes = _few(groups, table, count)
    notes = [note or _undefined(spread) for note, spread in zip(notes, value, strict=True)]
    return estimates_of(groups, value, count, {PERIOD_WORK: Bounds(low, high, "Q-profile over the auditors")}, notes)


def _undefined(spread: float) -> str:
    return "undefined: a spread needs two auditors" if np.isnan(spread) else ""


@kpi(
    "audit_plan_done",
    "Audit plan done",
    unit="share",
    needs={
        "audit_plans": ("plan_id", "stratum", "planned"),
        "audits": ("plan_id", "stratum", "purpose", "correct"),
    },
    beside=("audits",),
    question="What share of the planned audits was made?",
    formula="Σ min(random audits made, planned) / Σ planned over strata of plans; too many in one make up for no other",
    source="TSPA curriculum, quality assurance (sampling); KPI dictionary, audits done against plan",
    counts="planned audits",
)
def audit_plan_done(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Audits made over audits planned, stratum by stratum, counted in full."""
    keys = ["plan_id", "stratum"]
    plans = collect(frames["audit_plans"].select(list(dict.fromkeys([*by, *keys, "planned"]))))
    judged = random_audits(frames["audits"]).filter(~nw.col("correct").is_null())
    made = collect(judged.group_by(keys).agg(made=nw.len()))
    table = plans.merge(made, on=keys, how="left").fillna({"made": 0})
    groups = Groups.of(table, by)
    planned = groups.total(table["planned"].fillna(0))
    done = groups.total(table[["made", "planned"]].min(axis=1).fillna(0))
    value = np.divide(done, planned, out=np.full(len(planned), np.nan), where=planned > 0)
    notes = ["" if rows else "undefined: no audits were planned" for rows in planned]
    return estimates_of(groups, value, planned, {PERIOD_WORK: exact(value, "all plans")}, notes)
