"""What a KPI is, and the list of all of them: a decorated function is a KPI, nothing else has to be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw
import pandas as pd

from smo_reports.errors import KpiError, nearest

Frame = nw.LazyFrame[Any]
Frames = Mapping[str, Frame]
Count = Callable[[Frames, tuple[str, ...]], pd.DataFrame]
Unit = Literal["share", "coefficient", "seconds", "per hour", "count"]


@dataclass(frozen=True)
class Kpi:
    """One KPI: what it asks, how it is made and what it needs.

    Attributes
    ----------
    name, title : str
    unit : {"share", "coefficient", "seconds", "per hour", "count"}
    better : {"higher", "lower", None}
        Which way is an improvement; None where neither is.
    needs : mapping of str to tuple of str
        Columns by table; without them the KPI is *not measured*.
    question, formula, source : str
    counts : str
        What ``n`` counts.
    of : callable
        From frames and the columns to split by to estimates (see :mod:`smo_reports.kpis.assemble`).
    """

    name: str
    title: str
    unit: Unit
    better: Literal["higher", "lower"] | None
    needs: Mapping[str, tuple[str, ...]]
    question: str
    formula: str
    source: str
    counts: str
    of: Count


KPIS: dict[str, Kpi] = {}
"""Every KPI by name; a report chooses which, and in what order."""


def kpi(
    name: str,
    title: str,
    *,
    unit: Unit,
    needs: Mapping[str, tuple[str, ...]],
    question: str,
    formula: str,
    source: str,
    counts: str,
    better: Literal["higher", "lower"] | None = "higher",
) -> Callable[[Count], Count]:
    """Make a function a KPI under ``name``; see :class:`Kpi`."""

    def register(function: Count) -> Count:
        KPIS[name] = Kpi(name, title, unit, better, needs, question, formula, source, counts, function)
        return function

    return register


def kpi_named(name: str) -> Kpi:
    """Look a KPI up.

    Raises
    ------
    KpiError
        When there is none of that name; it says which was probably meant.
    """
    if name not in KPIS:
        raise KpiError(f"unknown KPI {name!r}; {nearest(name, KPIS)}")
    return KPIS[name]
