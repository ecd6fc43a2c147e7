"""KPIs of accuracy as it would be if those who judge it were never wrong, with what is unknown of both."""

from __future__ import annotations

import math

import narwhals as nw
import pandas as pd

from smo_reports.kpis.assemble import FEWEST_ROWS, LEVEL
from smo_reports.kpis.auditors import blind_calibrations
from smo_reports.kpis.gold import GOLD_NEEDS, blind_gold
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.share import share_estimates
from smo_reports.kpis.tally import Groups, collect, random_audits
from smo_reports.stats.correction import Corrected, Estimate, gold_corrected, reaudit_corrected
from smo_reports.stats.intervals import wilson_interval

_REAUDITED = ("correct", "purpose", "labeler_id", "decision_id", "auditor_id", "audit_round", "audit_blind")


def _share_of(hits: float, n: float) -> Estimate:
    low, high = wilson_interval(hits, n, LEVEL)
    return (hits / n if n else math.nan), float(low), float(high)


def _of_row(row: pd.Series) -> Estimate:
    return float(row["value"]), float(row["low"]), float(row["high"])


def _with(table: pd.DataFrame, found: list[Corrected], notes: list[str]) -> pd.DataFrame:
    """Estimates with a correction's numbers; the assumptions stand with the method, and what fails in the note."""
    table = table.copy()
    for name in ("value", "low", "high"):
        table[name] = [getattr(one, name) for one in found]
    table["method"] = [
        f"{how}; corrected (recovered variances), assuming: {'; '.join(one.assumptions)}"
        for how, one in zip(table["method"], found, strict=True)
    ]
    undefined = [f"undefined: {one.note}" if math.isnan(one.value) and one.note else "" for one in found]
    own = zip(notes, undefined, table["note"], found, strict=True)
    table["note"] = [missing or wrong or note or one.note for missing, wrong, note, one in own]
    return table


@kpi(
    "gold_adjusted_accuracy",
    "Gold accuracy, corrected for wrong gold",
    unit="share",
    needs={
        "gold_decisions": (*GOLD_NEEDS, "item_id"),
        "calibrations": ("session_id", "item_id", "agreed_label", "blind"),
    },
    beside=("calibrations",),
    question="What share of the decisions on gold items is right, allowing for known answers that are wrong?",
    formula="(observed − (1 − g)) / (2g − 1); g is the share of gold items in blind calibrations whose agreed label is "
    "the known answer",
    source="Rogan & Gladen 1978, Am. J. Epidemiol. 107:71-76; KPI dictionary, gold-error-adjusted accuracy",
    counts="decisions on gold items",
)
def gold_adjusted_accuracy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Gold accuracy less what wrong answers take from it: what blind sessions agreed on stands for the truth.

    The gold answers that were looked at again are those of all groups: they are few.
    """
    known = blind_gold(frames["gold_decisions"])
    table = share_estimates(known, nw.col("label") == nw.col("gold_label"), by, "gold decisions")
    right, looked_at = _looked_at_again(known, frames["calibrations"])
    gold = _share_of(right, looked_at)
    found = [gold_corrected(_of_row(row), gold) for _, row in table.iterrows()]
    few = ""
    if not looked_at:
        few = "not measured: needs blind calibrations of gold items of this period"
    elif looked_at < FEWEST_ROWS:
        few = f"too few: {looked_at} gold answers were looked at again; {FEWEST_ROWS} are needed"
    return _with(table, found, [few] * len(table))


def _looked_at_again(known: Frame, calibrations: Frame) -> tuple[int, int]:
    """Of the gold answers that blind sessions agreed on anew, how many were right, and how many there are."""
    agreed = blind_calibrations(calibrations).select("session_id", "item_id", "agreed_label").unique()
    answers = known.select("item_id", "gold_label").unique()
    right = nw.when(nw.col("agreed_label") == nw.col("gold_label")).then(nw.lit(1)).otherwise(nw.lit(0))
    pairs = agreed.join(answers, on="item_id", how="inner").with_columns(_right=right)
    counted = collect(pairs.group_by("_right").agg(n=nw.len()))
    return int(counted.loc[counted["_right"] == 1, "n"].sum()), int(counted["n"].sum())


@kpi(
    "auditor_adjusted_accuracy",
    "Accuracy, corrected for auditors' errors",
    unit="share",
    needs={"audits": _REAUDITED},
    question="What share of the decisions is right, allowing for what auditors get wrong?",
    formula="accuracy · P(right | called right) + (1 − accuracy) · P(right | called wrong), from another auditor's "
    "blind random re-audits; disputes are never used",
    source="Tenenbein 1970, JASA 65:1350-1361 (double sampling); Yang et al. 2023, arXiv 2306.07466",
    counts="random audits",
)
def auditor_adjusted_accuracy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Accuracy with each first verdict counted as often as blind second ones bear it out."""
    audits = frames["audits"]
    table = share_estimates(random_audits(audits), nw.col("correct"), by, "audits")
    groups, pairs = _pairs(audits, by)
    # By the groups' values, as texts: a group may have no re-audit at all.
    place = {key: code for code, key in enumerate(_names(groups.keys, by))}
    found, notes = [], []
    for key, (_, row) in zip(_names(table, by), table.iterrows(), strict=True):
        own = pairs[groups.codes == place.get(key, -1)]
        called = {verdict: own[own["first"] == verdict] for verdict in (1, 0)}
        upheld, cleared = (
            _share_of(float(one.loc[one["second"] == 1, "n"].sum()), float(one["n"].sum())) for one in called.values()
        )
        found.append(reaudit_corrected(_of_row(row), upheld, cleared))
        notes.append(_too_few_pairs(*(int(one["n"].sum()) for one in called.values())))
    return _with(table, found, notes)


def _too_few_pairs(called_right: int, called_wrong: int) -> str:
    if not called_right or not called_wrong:
        verdict = "right" if not called_right else "wrong"
        return f"not measured: needs blind random audits of round 2 of decisions that were called {verdict}"
    pairs = called_right + called_wrong
    return f"too few: {pairs} blind re-audits; {FEWEST_ROWS} are needed" if pairs < FEWEST_ROWS else ""


def _pairs(audits: Frame, by: tuple[str, ...]) -> tuple[Groups, pd.DataFrame]:
    """First and second verdicts of decisions that were audited twice, by two people, the second one blind."""
    verdict = nw.when(nw.col("correct")).then(nw.lit(1)).otherwise(nw.lit(0))
    judged = audits.filter(~nw.col("correct").is_null()).with_columns(_verdict=verdict)
    again = judged.filter((nw.col("purpose") == "random") & (nw.col("audit_round") == 2) & nw.col("audit_blind"))
    again = again.select("decision_id", second="_verdict", other="auditor_id")
    # The parts' names are kept apart: whoever splits by auditor splits by the first.
    first = random_audits(judged).select(*dict.fromkeys([*by, "decision_id"]), first="_verdict", one="auditor_id")
    both = first.join(again, on="decision_id", how="inner").filter(nw.col("one") != nw.col("other"))
    table = collect(both.group_by([*by, "first", "second"]).agg(n=nw.len()))
    return Groups.of(table, by), table


def _names(keys: pd.DataFrame, by: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in keys[list(by)].itertuples(index=False)]
