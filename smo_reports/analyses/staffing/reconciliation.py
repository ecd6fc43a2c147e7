"""Tool time against booked hours: do the two agree, and where they do not, which of them is not to be trusted?

For teams. A tool that counts half of the real time makes every headcount made of its handling times half of what is
needed, so its times are compared with the hours of those who used it before anything is planned on them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smo_reports.analyses.staffing.person_days import AUDITS, DECISIONS, PersonDays
from smo_reports.analyses.staffing.team_cells import guarded, with_everybody
from smo_reports.kpis.assemble import FEWEST_LABELERS
from smo_reports.kpis.hours import team_ratio
from smo_reports.kpis.tally import Groups
from smo_reports.schema import PROCESS
from smo_reports.stats.ratio_shift import Shift, ratio_shift

USUAL = (0.80, 0.90)
"""The share of booked hours that tools usually count: people also read guidelines, wait and ask."""

FLOOR = 0.70
"""Below it for sure, a tool does not count all of the time."""

MOVED = 0.10
"""A ratio that moved by more, for sure, was not moved by people."""

BOOKED_LESS, COUNTED_LESS = "booked less than counted", "counted far less than booked"
"""What may be said of a team: its whole interval lies above 1, or below ``FLOOR``."""

TOO_LOW, TOO_HIGH, SHIFTED = "too low", "too high", "shifted"
"""Why handling times of a version are not to be trusted."""

_MOSTLY = 0.9


@dataclass(frozen=True)
class Reconciliation:
    """Booked hours and tool time beside each other.

    Attributes
    ----------
    weeks : DataFrame
        By ``team`` and ``week``: ``value`` is tool time / booked hours with the interval of the process, ``n`` people;
        ``booked, tool, gap`` in hours, ``flag`` (``BOOKED_LESS``, ``COUNTED_LESS`` or empty). Groups of fewer than
        five people have no numbers, and their ``note`` says so.
    teams : DataFrame
        The same by ``team``.
    versions : DataFrame
        The same of labelers by ``tool_version``, oldest first, from the days on which somebody used mostly that one;
        with ``since``, ``why`` its times are not to be trusted (empty where they are), ``before`` (the ratio of the
        last version before it that is to be trusted) and ``factor, factor_low, factor_high``: by how much the real
        handling time is longer.
    step : tuple of (date, Shift) or None
        The Monday from which on the ratio of all labelers is another one, by more than ``MOVED`` for sure.
    compared : tuple of str
        The activities whose hours were compared: those of which the tool counts time.
    missing : str
        What it needs, where nothing could be compared.
    """

    weeks: pd.DataFrame
    teams: pd.DataFrame
    versions: pd.DataFrame
    step: tuple[dt.date, Shift] | None
    compared: tuple[str, ...]
    missing: str


def reconcile(days: PersonDays) -> Reconciliation:
    """Compare tool time with the hours booked as production and as audits.

    Parameters
    ----------
    days : PersonDays

    Returns
    -------
    Reconciliation
        Hours of an activity are compared only where the tool counts time of it.

    Notes
    -----
    A version's times are *too low* where the whole interval of its ratio lies below ``FLOOR``, *too high* where it lies
    above 1, and *shifted* where the ratio moved by more than ``MOVED`` for sure since the last version that is to be
    trusted, and came to lie further from what is usual. The factor is the ratio of the trusted versions, or what is
    usual, over its own.
    """
    untimed = "" if len(days.tool) else days.missing.get("tool", "handling times in this period")
    lacks = days.missing.get("booked", "") or untimed
    table, compared = beside(days)
    empty = _ratios(table.iloc[:0], ("team",))
    if lacks or table.empty:
        needs = lacks or "hours booked as production or audit in this period"
        return Reconciliation(empty.assign(week=None), empty, _versions(_by_version(days)), None, compared, needs)
    teams_and_all = with_everybody(table)
    weeks = guarded(_ratios(teams_and_all, ("team", "week")), ("week",))
    teams = guarded(_ratios(teams_and_all, ("team",)))
    own = _by_version(days)
    return Reconciliation(weeks, teams, _versions(own), _step(own), compared, "")


def beside(days: PersonDays) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Each person's day with ``booked`` and ``tool`` hours of the activities of which the tool counts time."""
    kinds = {"production": DECISIONS, "audit": AUDITS}
    compared = tuple(name for name, kind in kinds.items() if days.measured(kind))
    keys = ["person_id", "work_date", "week", "team"]
    booked = days.booked[days.booked["activity"].isin(compared)].groupby(keys)["hours"].sum().rename("booked")
    tool = (days.tool.groupby(keys)["seconds"].sum() / 3600).rename("tool")
    return pd.concat([booked, tool], axis=1).fillna(0.0).reset_index(), compared


def _ratios(table: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Tool time over booked hours of each group of five people or more."""
    people = table.groupby([*by, "person_id"], dropna=False)[["booked", "tool"]].sum().reset_index()
    groups = Groups.of(people, by)
    found = team_ratio(groups, people["person_id"], people["booked"], people["tool"], "all hours and handling times")
    found = found[found["interval"] == PROCESS].reset_index(drop=True)
    shown = found["n"] >= FEWEST_LABELERS
    for name in ("booked", "tool"):
        found[name] = np.where(shown, groups.total(people[name]), np.nan)
    flags = np.where(found["low"] > 1, BOOKED_LESS, np.where(found["high"] < FLOOR, COUNTED_LESS, ""))
    return found.assign(gap=found["booked"] - found["tool"], flag=flags, kpi="tool_time_ratio", unit="share")


def _by_version(days: PersonDays) -> pd.DataFrame:
    """Labelers' days on which one version counted nine tenths of the time, with the production hours booked."""
    keys = ["person_id", "work_date", "week"]
    made = days.tool[days.tool["kind"] == DECISIONS]
    whole = made.groupby(keys)["seconds"].transform("sum")
    own = made[(made["seconds"] >= _MOSTLY * whole) & (made["seconds"] > 0)]
    own = own.assign(tool=whole[own.index] / 3600)[[*keys, "tool_version", "tool"]]
    booked = days.booked[days.booked["activity"] == "production"].groupby(keys)["hours"].sum().rename("booked")
    return own.merge(booked.reset_index(), on=keys)


def _versions(own: pd.DataFrame) -> pd.DataFrame:
    first = own.groupby("tool_version")["work_date"].min().sort_values()
    table = _ratios(own, ("tool_version",)).set_index("tool_version").reindex(first.index).reset_index()
    table = table.assign(since=first.to_numpy())
    why, before, trusted = list[str](), list[float](), None
    for row in table.to_dict("records"):
        moved = None if trusted is None else _moved(own, trusted, row["tool_version"])
        before.append(math.nan if moved is None else moved.before)
        why.append(_why(row, moved))
        trusted = row["tool_version"] if not why[-1] and row["value"] > 0 else trusted
    table = table.assign(why=why, before=before)
    return _with_factor(table)


def _with_factor(table: pd.DataFrame) -> pd.DataFrame:
    """What handling times of versions that are not trusted have to be multiplied by to be like those of the others."""
    kept = table[(table["why"] == "") & table["value"].notna()]
    usual = float(kept["tool"].sum() / kept["booked"].sum()) if len(kept) else sum(USUAL) / 2
    # Without a version that can be trusted the usual range is all there is.
    least, most = (usual, usual) if len(kept) else USUAL
    untrusted = table["why"] != ""
    for name, expected, ratio in (("", usual, "value"), ("_low", least, "high"), ("_high", most, "low")):
        table[f"factor{name}"] = np.where(untrusted & (table[ratio] > 0), expected / table[ratio], np.nan)
    return table


def _why(row: Mapping[Hashable, Any], moved: Shift | None) -> str:
    if row["high"] < FLOOR:
        return TOO_LOW
    if row["low"] > 1:
        return TOO_HIGH
    if moved is None or not (moved.low > MOVED or moved.high < -MOVED):
        return ""
    return SHIFTED if _distance(moved.after) > _distance(moved.before) else ""


def _distance(ratio: float) -> float:
    """How far a ratio lies outside the usual range."""
    return max(USUAL[0] - ratio, ratio - USUAL[1], 0.0)


def _moved(own: pd.DataFrame, older: str | None, newer: str) -> Shift | None:
    return _between(own, (own["tool_version"] == older).to_numpy(bool), (own["tool_version"] == newer).to_numpy(bool))


def _between(own: pd.DataFrame, before: np.ndarray, after: np.ndarray, level: float = 0.95) -> Shift | None:
    """How the ratio moved between two sets of days; None where fewer than five people are on either side."""
    sums = [own[side].groupby("person_id")[name].sum() for side in (before, after) for name in ("booked", "tool")]
    if min(len(sums[0]), len(sums[2])) < FEWEST_LABELERS:
        return None
    x, y, u, v = pd.concat(sums, axis=1).fillna(0.0).to_numpy(float).T
    return ratio_shift(x, y, u, v, level)


def _step(own: pd.DataFrame) -> tuple[dt.date, Shift] | None:
    """The Monday that divides the weeks best, if the two sides differ by more than ``MOVED`` for sure.

    Every Monday was looked at, so each is judged at a level as much higher (Bonferroni).
    """
    weeks = sorted(own["week"].unique())
    found = []
    for monday in weeks[1:]:
        after = (own["week"] >= monday).to_numpy(bool)
        moved = _between(own, ~after, after, 1 - 0.05 / len(weeks[1:]))
        if moved is not None and (moved.low > MOVED or moved.high < -MOVED):
            found.append((abs(moved.difference) / max(moved.error, 1e-12), monday, moved))
    best = max(found, key=lambda one: one[0], default=None)
    return None if best is None else (best[1], best[2])
