"""How far hiring gets: the funnel's stages with open cases censored, time to fill, and what it costs the team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.funnel import BANDS, LATELY_WEEKS, Hiring, Requisition, no_hiring
from smo_reports.kpis.tally import collect, columns
from smo_reports.stats.funnel_time import LEFT, OPEN, PASSED, Stage, stage
from smo_reports.stats.survival import kaplan_meier_quantile

Floats = npt.NDArray[np.float64]

LEVEL = 0.8
PASSED_WORDS = ("passed", "hired", "accepted")
"""Outcomes with which a candidate goes on; any other one is an end."""

_DAY = pd.Timedelta(days=1)
_LOAD_WEEKS = 8


def hiring_of(rows: Mapping[str, Any], end: dt.date, until: dt.datetime, role: str = "labeler") -> Hiring:
    """Measure the funnel as it stood when the period ended.

    Parameters
    ----------
    rows : Rows or mapping of frames
    end : date
        The period's end, exclusive.
    until : datetime
        The instant of it: what happened later is not known yet.
    role : str
        Whose openings are asked about.
    """
    missing = [name for name in ("requisitions", "candidates") if name not in rows]
    if missing:
        return no_hiring(f"not measured: needs {' and '.join(missing)}")
    opened = collect(nw.from_native(rows["requisitions"]).lazy())
    opened = opened[(opened["role"] == role) & (pd.to_datetime(opened["opened_on"]) < pd.Timestamp(end))]
    if opened.empty:
        return no_hiring(f"not measured: needs requisitions for the role {role!r}")
    steps = _steps(rows, until, set(opened["requisition_id"]))
    if steps.empty:
        return no_hiring("not measured: needs candidates of those requisitions")
    names = _in_order(steps)
    stages = tuple(_stage(steps[steps["stage"] == name]) for name in names)
    openings = opened.assign(weeks=(pd.Timestamp(end) - pd.to_datetime(opened["opened_on"])).dt.days / 7)
    openings = _seats_left(openings, steps, names, end)
    listed = tuple(_requisition(row, steps, names) for row in openings[openings["left"] > 0].to_dict("records"))
    return Hiring(
        names,
        stages,
        listed,
        _applicants(steps[steps["stage"] == names[0]], openings),
        _fill_days(openings, end),
        len(openings),
        int((openings["left"] <= 0).sum()),
        _interviews(steps, until),
        _interviews_a_hire(steps, names),
        _language(openings),
        hired_lately=int((_hires(steps, names)["left"] >= pd.Timestamp(until) - LATELY_WEEKS * 7 * _DAY).sum()),
    )


def _steps(rows: Mapping[str, Any], until: dt.datetime, wanted: set[str]) -> pd.DataFrame:
    """Candidates' steps as they stood: ``stay`` in days, ``end`` as :mod:`smo_reports.stats.funnel_time` has it."""
    frame = nw.from_native(rows["candidates"]).lazy()
    have = [name for name in ("left_at", "outcome", "interview_at") if name in columns(frame)]
    table = collect(frame.select("requisition_id", "candidate_id", "stage", "entered_at", *have))
    table = table[table["requisition_id"].isin(wanted)]
    now = pd.Timestamp(until)
    entered = pd.to_datetime(table["entered_at"], utc=True)
    never = entered.where(entered.isna())
    left, held = (
        pd.to_datetime(table[name], utc=True) if name in have else never for name in ("left_at", "interview_at")
    )
    said = table["outcome"].isin(PASSED_WORDS) if "outcome" in have else pd.Series(data=False, index=table.index)
    # Who went on without the day being kept went on when the next stage began, and from the last one as it was entered.
    after = entered.sort_values().groupby([table["requisition_id"], table["candidate_id"]]).shift(-1).fillna(entered)
    left = left.where(left.notna() | ~said, after)
    over = left.notna() & (left < now)
    stay = (left.where(over, now) - entered) / _DAY
    end = np.where(over, np.where(said, PASSED, LEFT), OPEN)
    table = table.assign(entered=entered, left=left.where(over), held=held, stay=stay.clip(lower=0.0), end=end)
    return table[(entered <= now).to_numpy(bool)]


def _in_order(steps: pd.DataFrame) -> tuple[str, ...]:
    """The stages in the order in which candidates went through them."""
    rank = steps.groupby(["requisition_id", "candidate_id"])["entered"].rank(method="first")
    place = rank.groupby(steps["stage"]).mean().sort_values(kind="stable")
    return tuple(str(name) for name in place.index)


def _stage(steps: pd.DataFrame) -> Stage:
    return stage(steps["stay"].to_numpy(float), steps["end"].to_numpy(np.intp), LEVEL)


def _seats_left(openings: pd.DataFrame, steps: pd.DataFrame, names: tuple[str, ...], end: dt.date) -> pd.DataFrame:
    """Seats that nobody has taken by then, and the day on which the last one was: as it is said, else of that hire."""
    hires = _hires(steps, names).sort_values("left").groupby("requisition_id")["left"]
    taken, days = hires.size(), hires.agg(list)
    by_steps = openings["requisition_id"].map(taken).fillna(0)
    filled = pd.to_datetime(openings["filled_on"] if "filled_on" in openings else pd.Series(index=openings.index))
    over = filled < pd.Timestamp(end)
    left = (openings["headcount"] - by_steps).clip(lower=0)
    last = [
        days[name][int(seats) - 1].tz_localize(None) if 0 < seats <= taken.get(name, 0) else pd.NaT
        for name, seats in zip(openings["requisition_id"], openings["headcount"], strict=True)
    ]
    known = filled.where(over).fillna(pd.Series(last, index=openings.index, dtype="datetime64[ns]"))
    return openings.assign(left=left.mask(over, 0).astype(int), filled=known)


def _hires(steps: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    return steps[(steps["stage"] == names[-1]) & (steps["end"] == PASSED)]


def _requisition(row: dict[Any, Any], steps: pd.DataFrame, names: tuple[str, ...]) -> Requisition:
    own = steps[(steps["requisition_id"] == row["requisition_id"]) & (steps["end"] == OPEN)]
    at = own["stage"].map(names.index).to_numpy(np.intp)
    role, language, site = (
        str(row[name]) if name in row and pd.notna(row[name]) else "" for name in ("role", "language", "site")
    )
    age = own["stay"].to_numpy(float)
    seats, weeks = int(row["left"]), float(row["weeks"])
    return Requisition(str(row["requisition_id"]), role, language, site, seats, weeks, at, age)


def _applicants(first: pd.DataFrame, openings: pd.DataFrame) -> Floats:
    """Applicants a week and seat by weeks since the opening, over the time in which openings were open."""
    born = openings.set_index("requisition_id")
    day = pd.to_datetime(first["requisition_id"].map(born["opened_on"]))
    week = (first["entered"].dt.tz_localize(None) - day) / (7 * _DAY)
    closed = (pd.to_datetime(openings["filled"]) - pd.to_datetime(openings["opened_on"])) / (7 * _DAY)
    until = closed.fillna(openings["weeks"]).to_numpy(float)
    kept = week.to_numpy(float) < first["requisition_id"].map(dict(zip(born.index, until, strict=True))).to_numpy(float)
    found = np.zeros(len(BANDS) - 1)
    for band, (low, high) in enumerate(pairwise(BANDS)):
        inside = kept & (week.to_numpy(float) >= (low if low else -np.inf)) & (week.to_numpy(float) < high)
        spent = np.clip(np.minimum(until, high) - low, 0.0, None) @ openings["headcount"].to_numpy(float)
        found[band] = inside.sum() / spent if spent > 0 else (found[band - 1] if band else 0.0)
    return found


def _fill_days(openings: pd.DataFrame, end: dt.date) -> tuple[float, float, float]:
    begun, over = pd.to_datetime(openings["opened_on"]), pd.to_datetime(openings["filled"])
    days = (over.fillna(pd.Timestamp(end)) - begun).dt.days.clip(lower=0)
    return kaplan_meier_quantile(days.to_numpy(float), over.notna().to_numpy(bool), q=0.5, level=LEVEL)


def _interviews(steps: pd.DataFrame, until: dt.datetime) -> float:
    """Interviews a week that the team gave; nan where their times are not kept."""
    held = steps["held"].dropna()
    if held.empty:
        return float("nan")
    now = pd.Timestamp(until)
    return float(((held < now) & (held >= now - _LOAD_WEEKS * 7 * _DAY)).sum()) / _LOAD_WEEKS


def _interviews_a_hire(steps: pd.DataFrame, names: tuple[str, ...]) -> float:
    hired = len(_hires(steps, names))
    held = int(steps["held"].notna().sum())
    return held / hired if hired and held else float("nan")


def _language(openings: pd.DataFrame) -> str:
    if "language" not in openings:
        return ""
    seats = openings.groupby("language")["headcount"].sum()
    return str(seats.idxmax()) if len(seats) else ""
