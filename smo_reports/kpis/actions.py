"""KPIs of corrective actions: whether they are done when promised, and whether they work."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import estimates_of, exact, not_measured
from smo_reports.kpis.registry import Frames, kpi
from smo_reports.kpis.tally import Groups, collect, columns
from smo_reports.schema import PERIOD_WORK


@kpi(
    "action_closure",
    "Actions done on time",
    unit="share",
    needs={"actions": ("due_on", "done_on")},
    question="Of the actions that were due by the period's end, what share was done by its due date, and stayed done?",
    formula="actions with done_on ≤ due_on, not reopened since / actions with due_on before the period's end",
    source="KPI dictionary, action closure",
    counts="actions due",
)
def action_closure(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the actions due so far that were done on time: a few a month, so all of them count, not the week's."""
    table, end = _ledger(frames, by, ("due_on", "done_on"))
    own = table[table["due_on"] < end]
    return _share(own, by, own["kept"] & (own["done_on"] <= own["due_on"]), "needs actions that are due by then")


@kpi(
    "action_effectiveness",
    "Actions verified effective",
    unit="share",
    needs={
        "actions": (
            *("opened_on", "done_on", "baseline_from", "baseline_to", "evaluate_from", "evaluate_to"),
            *("registered_at", "verdict"),
        )
    },
    question="Of the actions that were done and whose window has closed, what share was found to have worked?",
    formula=(
        "actions whose recorded verdict is effective, registered and done before their window began, held against a "
        "baseline that nobody picked / actions done with evaluate_to by the period's end"
    ),
    source="KPI dictionary, action closure and effectiveness",
    counts="actions whose window has closed",
)
def action_effectiveness(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the closed actions with proof that they worked; those that nobody has judged have none."""
    days = ("opened_on", "done_on", "baseline_from", "baseline_to", "evaluate_from", "evaluate_to")
    table, end = _ledger(frames, by, days, ("registered_at", "verdict"))
    own = table[table["kept"] & (table["done_on"] < end) & (table["evaluate_to"] <= end)]
    registered = pd.to_datetime(own["registered_at"], utc=True).dt.tz_localize(None)
    proof = (own["verdict"] == "effective") & (registered < own["evaluate_from"])
    proof &= own["done_on"] <= own["evaluate_from"]
    proof &= ~picked_baselines(own["opened_on"], own["baseline_from"], own["baseline_to"])
    if table["verdict"].isna().all():
        # A column that holds nothing is none, wherever the rows are.
        return not_measured("actions.verdict", by)
    return _share(own, by, proof, "needs actions whose window has closed by then")


def picked_baselines(opened: pd.Series, start: pd.Series, end: pd.Series) -> pd.Series:
    """Whether baselines may have been picked for how bad they look: what follows would look better by luck.

    Parameters
    ----------
    opened, start, end : Series of date
        When each action was opened, and its baseline, its last day exclusive.

    Returns
    -------
    Series of bool
        True where the baseline, without the last whole week before the action was opened and what follows, is shorter
        than four weeks or ends more than a week before that week; also where one of the days is unknown.
    """
    opened, start, end = (pd.to_datetime(days) for days in (opened, start, end))
    trigger = opened - pd.to_timedelta(opened.dt.day_of_week + 7, unit="D")
    clean = end.where(end < trigger, trigger)
    return ~((clean - start >= pd.Timedelta(weeks=4)) & (clean >= trigger - pd.Timedelta(weeks=1)) & end.notna())


def _ledger(
    frames: Frames, by: tuple[str, ...], days: tuple[str, ...], more: tuple[str, ...] = ()
) -> tuple[pd.DataFrame, pd.Timestamp]:
    """The ledger with days as timestamps, ``kept`` (done, and not reopened after that), and the day the period ends."""
    frame = frames["actions"]
    back = [name for name in ("reopened_on",) if name in columns(frame)]
    table = collect(frame.select(list(dict.fromkeys([*by, *days, *more, *back]))))
    for name in (*days, *back):
        table[name] = pd.to_datetime(table[name])
    reopened = table["reopened_on"] if back else pd.Series(pd.NaT, table.index)
    table["kept"] = table["done_on"].notna() & ~(reopened > table["done_on"])
    # Local midnight as an instant: thirteen hours on it is that day in UTC, wherever local is from UTC-10 to UTC+13.
    until = frames.until or dt.datetime.now(dt.UTC) + dt.timedelta(1)
    return table, pd.Timestamp((until.astimezone(dt.UTC) + dt.timedelta(hours=13)).date())


def _share(own: pd.DataFrame, by: tuple[str, ...], hit: pd.Series, lacking: str) -> pd.DataFrame:
    groups = Groups.of(own, by)
    n = np.bincount(groups.codes, minlength=groups.count).astype(float)
    hits = groups.total(hit.astype(float))
    value = np.divide(hits, n, out=np.full(groups.count, np.nan), where=n > 0)
    notes = ["" if rows else f"not measured: {lacking}" for rows in n]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all actions of the ledger")}, notes)
