"""The QA of the QA: how strict each auditor is, what they see in calibrations, and whether that is changing.

For the lead only, and for coaching: a stricter auditor may be the one who is right. Who is, calibrations tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import stats as distributions

from smo_reports.analyses.people import SAME
from smo_reports.kpis.assemble import FEWEST_ROWS, LEVEL
from smo_reports.kpis.auditors import blind_calibrations
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.schema import TOO_FEW
from smo_reports.sources import Rows
from smo_reports.stats.heterogeneity import shrunk
from smo_reports.stats.intervals import Floats, normal_quantile
from smo_reports.stats.stratified import Difference, Trend, stratified_difference, trend_difference

STRICTER, LENIENT, STEADY = "stricter", "more lenient", "steady"
Found = TypeVar("Found", Difference, Trend)
_FDR = 0.05
_FEWEST_WEEKS = 6
_WORK = ("policy", "market", "stratum", "month")
"""What makes audits comparable: the same kind of work, at about the same time."""


def auditors_compared(project: Project, rows: Rows) -> pd.DataFrame:
    """Each auditor's random audits against what other auditors find in the same mix of work.

    Parameters
    ----------
    project : Project
    rows : Rows

    Returns
    -------
    DataFrame
        ``auditor_id`` (a pseudonym unless the project says otherwise), ``n`` audits that can be compared, ``found`` and
        ``expected`` share of errors, ``severity`` (points above 0 are stricter, below more lenient than the others;
        drawn towards 0, the further the less is known) with ``low`` and ``high``, and ``group``:
        *stricter, not distinguishable, more lenient* at a false-discovery rate of 5 %, or *too few*. Nobody is compared
        with those who stand out. In alphabetical order; empty where there is nothing to compare.

    References
    ----------
    Mantel & Haenszel (1959) and Sato (1989) for the difference, see :mod:`smo_reports.stats.stratified`; Morris (1983),
    JASA 78:47-65; Benjamini & Hochberg (1995), JRSS B 57:289-300.
    """
    table = _judged(rows, _WORK)
    people, found, groups = _apart(table, lambda own, others: stratified_difference(*_four(own, others)), SAME)
    frame = pd.DataFrame(
        {
            "auditor_id": people,
            "n": [one.rows for one in found],
            "found": [one.observed for one in found],
            "expected": [one.expected for one in found],
            "group": groups,
        }
    )
    value, error = (np.array([getattr(one, name) for one in found], float) for name in ("value", "error"))
    frame[["severity", "low", "high"]] = _drawn_in(value, error)
    return _shown(frame[["auditor_id", "n", "found", "expected", "severity", "low", "high", "group"]], project)


def auditor_drift(project: Project, rows: Rows) -> pd.DataFrame:
    """Whether each auditor's severity, against the others of the same weeks, is changing.

    Parameters
    ----------
    project : Project
    rows : Rows
        Several weeks of them: at least six in which the auditor can be compared.

    Returns
    -------
    DataFrame
        ``auditor_id``, ``weeks`` and ``n`` audits that can be compared, ``change`` (of severity in four weeks, in
        points) with ``low`` and ``high``, and ``drift``: *stricter, steady, more lenient* at a false-discovery rate of
        5 %, or *too few*. In alphabetical order; empty where audits have no dates.
    """
    table = _judged(rows, (*_WORK[:3], "week"))
    if "week" not in table:
        table = table.iloc[:0]
    people, found, drifts = _apart(table, _trend, STEADY)
    frame = pd.DataFrame(
        {
            "auditor_id": people,
            "weeks": [one.times for one in found],
            "n": [one.rows for one in found],
            "change": [one.value for one in found],
            "drift": drifts,
        }
    )
    half = normal_quantile(LEVEL) * np.array([one.error for one in found], float)
    frame["low"], frame["high"] = frame["change"] - half, frame["change"] + half
    return _shown(frame[["auditor_id", "weeks", "n", "change", "low", "high", "drift"]], project)


def severity_by_week(project: Project, rows: Rows) -> pd.DataFrame:
    """Each auditor's severity of every week, as it is: the series behind :func:`auditor_drift`.

    Returns
    -------
    DataFrame
        ``auditor_id, week, n, severity, low, high``; weeks in which nobody else audited the same work are left out.
    """
    table = _judged(rows, (*_WORK[:3], "week"))
    if "week" not in table:
        table = table.iloc[:0].assign(week=pd.Series(dtype="datetime64[ns]"))
    found = []
    for (week, who), _ in table.groupby(["week", "auditor_id"], sort=True):
        then = table[table["week"] == week]
        one = stratified_difference(*_four(*_cells(then, str(who), then["auditor_id"] != who)))
        half = normal_quantile(LEVEL) * one.error
        found.append((who, week, one.rows, one.value, one.value - half, one.value + half))
    frame = pd.DataFrame(found, columns=["auditor_id", "week", "n", "severity", "low", "high"])
    return _shown(frame[frame["n"] > 0], project, "week")


def calibration_matrix(project: Project, rows: Rows) -> pd.DataFrame:
    """What each person said in blind calibrations, by the label that was then agreed on.

    Returns
    -------
    DataFrame
        ``person_id``, ``agreed_label``, ``label``, ``n`` and ``share`` (of that person's labels where this one was
        agreed). Empty where there are no calibrations.
    """
    names = ["person_id", "agreed_label", "label"]
    if "calibrations" not in rows or not set(names) <= columns(rows["calibrations"]):
        return pd.DataFrame({name: [] for name in (*names, "n", "share")})
    table = collect(blind_calibrations(rows["calibrations"]).group_by(names).agg(n=nw.len()))
    table["share"] = table["n"] / table.groupby(names[:2])["n"].transform("sum")
    return _shown(table, project, *names[1:])


def _judged(rows: Rows, work: tuple[str, ...]) -> pd.DataFrame:
    """Random first-round audits by auditor and kind of work: how many, and how many found an error."""
    empty = pd.DataFrame({"auditor_id": [], "n": [], "hits": []})
    if "audits" not in rows or not {"auditor_id", "purpose", "correct"} <= columns(rows["audits"]):
        return empty
    judged = random_audits(rows["audits"]).filter(~nw.col("correct").is_null())
    keys = ["auditor_id", *(name for name in work if name in columns(judged))]
    wrong = nw.when(nw.col("correct")).then(nw.lit(0)).otherwise(nw.lit(1))
    return collect(judged.with_columns(_wrong=wrong).group_by(keys).agg(n=nw.len(), hits=nw.col("_wrong").sum()))


def _apart(table: pd.DataFrame, compare: Callable[..., Found], same: str) -> tuple[list[str], list[Found], list[str]]:
    """Auditors, what comparing each with the others gives, and the group that each then is in.

    One who stands out would make all others stand out from what they find together: the one who does so most is taken
    out of what the others are compared with, again and again, as long as more than half of them are left in it.
    """
    people: list[str] = sorted(table["auditor_id"].unique())
    out: list[str] = []
    while True:
        others = ~table["auditor_id"].isin(out)
        found = [compare(*_cells(table, who, others & (table["auditor_id"] != who))) for who in people]
        groups = _groups([one.score for one in found], [one.rows for one in found], same)
        new = {
            who: abs(one.score)
            for who, one, group in zip(people, found, groups, strict=True)
            if group in (STRICTER, LENIENT) and who not in out
        }
        if not new or 2 * (len(out) + 1) >= len(people):
            return people, found, groups
        out.append(max(new, key=lambda who: new[who]))


def _trend(own: pd.DataFrame, others: pd.DataFrame) -> Trend:
    weeks = pd.to_datetime(own["week"])
    at = (weeks - weeks.min()).dt.days.to_numpy(float) / 28
    found = trend_difference(at, *_four(own, others))
    return found if found.times >= _FEWEST_WEEKS else replace(found, score=math.nan)


def _four(own: pd.DataFrame, others: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
    return own["hits"], own["n"], others["hits"], others["n"]


def _cells(table: pd.DataFrame, who: str, others: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One auditor's tallies, and the others' of the same kinds of work, row by row."""
    kinds = [name for name in table.columns if name not in ("auditor_id", "n", "hits")]
    own = table[table["auditor_id"] == who].reset_index(drop=True)
    rest = table[others]
    if not kinds:
        return own, rest[["n", "hits"]].sum().to_frame().T
    summed = rest.groupby(kinds, dropna=False)[["n", "hits"]].sum().reset_index()
    return own, own[kinds].merge(summed, on=kinds, how="left").fillna({"n": 0, "hits": 0})


def _drawn_in(value: Floats, error: Floats) -> Floats:
    """Severity with its ends, drawn towards 0; nan where nobody found an error, which compares nothing."""
    found = np.full((len(value), 3), np.nan)
    known = error > 0
    if known.any():
        found[known] = np.column_stack(shrunk(value[known], error[known] ** 2, 0.0, LEVEL))
    return found


def _groups(score: list[float], rows: list[int], same: str) -> list[str]:
    z = np.where(np.array(rows, float) >= FEWEST_ROWS, np.array(score, float), np.nan)
    known = ~np.isnan(z)
    found = np.zeros(len(z), bool)
    if known.any():
        found[known] = distributions.false_discovery_control(2 * distributions.norm.sf(np.abs(z[known]))) <= _FDR
    words = np.where(found, np.where(z > 0, STRICTER, LENIENT), same)
    return [str(word) if sure else TOO_FEW for word, sure in zip(words, known, strict=True)]


def _shown(table: pd.DataFrame, project: Project, *then: str) -> pd.DataFrame:
    named = shown_people(table, project)
    return named.sort_values([named.columns[0], *then]).reset_index(drop=True)
