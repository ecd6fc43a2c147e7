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
    began = pd.to_datetime(table["started_on"])
    ended = pd.to_datetime(table["ended_on"]) if "ended_on" in have else began.where(began.isna())
    now = pd.Timestamp(end)
    fte = table["fte"].fillna(1.0).to_numpy(float) if "fte" in have else np.ones(len(table))
    there = (ended.isna() | (ended >= now)).to_numpy(bool)
    if there.sum() < FEWEST_LABELERS:
        return None
    tenure, known = _weeks(now - began), _weeks(ended - now)
    seen = ((began < now) & (ended.isna() | (ended >= pd.Timestamp(first)))).to_numpy(bool)
    begun = np.maximum(_weeks(pd.Timestamp(first) - began), 0.0)
    left = (ended < now).to_numpy(bool)
    until = np.where(left, _weeks(ended - began), tenure)
    names = tuple(str(name) for name in table["person_id"][there])
    leaves = np.where(np.isnan(known), np.inf, known)
    return Leaving(tenure[there], fte[there], leaves[there], begun[seen], until[seen], left[seen], names)


def _weeks(spans: pd.Series) -> Floats:
    return np.asarray(spans.dt.total_seconds().to_numpy(float) / _WEEK_S, np.float64)
