"""Who is there when a plan begins, and since when everybody was watched: what rates of leaving are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.kpis.assemble import FEWEST_LABELERS
from smo_reports.kpis.tally import collect, columns

Floats = npt.NDArray[np.float64]

_WEEK_S = 7 * 86_400.0


@dataclass(frozen=True)
class Leaving:
    """Who is there when the plan begins, and at what rate people leave; see :mod:`smo_reports.stats.attrition`.

    Attributes
    ----------
    tenure, fte, leaves : ndarray, shape (people,)
        Weeks at the period's end, part of full time, and weeks until a leaving that is known.
    begun, until : ndarray
        Weeks of tenure between which everybody, those who left included, was watched.
    left : ndarray of bool
    names : tuple of str
        People's ids, for what they can work on; never shown.
    """

    tenure: Floats
    fte: Floats
    leaves: Floats
    begun: Floats
    until: Floats
    left: npt.NDArray[np.bool_]
    names: tuple[str, ...]


def leaving_of(rows: Mapping[str, Any], end: dt.date, first: dt.date, role: str = "labeler") -> Leaving | None:
    """Read who is there; None where there are no people, or fewer than five.

    Parameters
    ----------
    rows : Rows or mapping of frames
    end : date
        The period's end, exclusive.
    first : date
        Since when people were watched: the first day of the rows.
    role : str
    """
    if "people" not in rows:
        return None
    frame = nw.from_native(rows["people"]).lazy()
    have = [name for name in ("ended_on", "fte") if name in columns(frame)]
    table = collect(frame.filter(nw.col("role") == role).select("person_id", "started_on", *have))
    now = pd.Timestamp(end)
    spells = _merged(table, now)
    began, ended, fte = spells["began"], spells["ended"], spells["fte"].to_numpy(float)
    there = (ended.isna() | (ended >= now)).to_numpy(bool)
    if there.sum() < FEWEST_LABELERS:
        return None
    tenure, known = _weeks(now - began), _weeks(ended - now)
    seen = ((began < now) & (ended.isna() | (ended >= pd.Timestamp(first)))).to_numpy(bool)
    begun = np.maximum(_weeks(pd.Timestamp(first) - began), 0.0)
    left = (ended < now).to_numpy(bool)
    until = np.where(left, _weeks(ended - began), tenure)
    names = tuple(str(name) for name in spells["person_id"][there])
    leaves = np.where(np.isnan(known), np.inf, known)
    return Leaving(tenure[there], fte[there], leaves[there], begun[seen], until[seen], left[seen], names)


def _merged(table: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """One row a person and unbroken stay: ``person_id, began, ended, fte``.

    A change of team or contract ends one spell and begins another on the next day: nobody left, and nobody joined. Of
    spells at once the parts of full time add up, to one at most.
    """
    spells = pd.DataFrame({"person_id": table["person_id"].astype(str)})
    spells["began"] = pd.to_datetime(table["started_on"])
    spells["ended"] = pd.to_datetime(table["ended_on"]) if "ended_on" in table else pd.NaT
    spells["ended"] = pd.to_datetime(spells["ended"])
    spells["fte"] = table["fte"].fillna(1.0).astype(float) if "fte" in table else 1.0
    spells = spells.sort_values(["person_id", "began"], kind="stable", ignore_index=True)
    # Whoever is still there has no last day: later than any.
    last = spells["ended"].fillna(pd.Timestamp.max.normalize())
    reached = last.groupby(spells["person_id"]).cummax().groupby(spells["person_id"]).shift()
    stay = (reached.isna() | (spells["began"] - pd.Timedelta(days=1) > reached)).cumsum()
    running = (spells["began"] <= now) & (last >= now)
    spells["running"] = spells["fte"].where(running, 0.0)
    by = spells.assign(last=last).groupby(stay, sort=True)
    found = by.agg(
        person_id=("person_id", "first"),
        began=("began", "min"),
        last=("last", "max"),
        running=("running", "sum"),
        latest=("fte", "last"),
    )
    found["fte"] = found["running"].where(found["running"] > 0, found["latest"]).clip(upper=1.0)
    found["ended"] = found["last"].where(found["last"] < pd.Timestamp.max.normalize())
    return found.reset_index(drop=True)


def _weeks(spans: pd.Series) -> Floats:
    return np.asarray(spans.dt.total_seconds().to_numpy(float) / _WEEK_S, np.float64)
