"""What a KPI is, and the list of all of them: a decorated function is a KPI, nothing else has to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import narwhals as nw
import pandas as pd

from smo_reports.errors import KpiError, nearest

Frame = nw.LazyFrame[Any]
T = TypeVar("T")
Unit = Literal["share", "points", "coefficient", "index", "seconds", "minutes", "hours", "days", "per hour", "count"]


class Frames(Mapping[str, Frame]):
    """The tables that a KPI is made from, and the period that they were cut to.

    Parameters
    ----------
    tables : mapping of str to LazyFrame
    until : datetime, optional
        The instant at which the period ends, UTC: what is open then is open, whatever happened later.
    remembered : dict, optional
        Where tallies are left that several KPIs share.
    """

    def __init__(
        self,
        tables: Mapping[str, Frame],
        until: dt.datetime | None = None,
        remembered: dict[Hashable, Any] | None = None,
    ) -> None:
        self._tables = tables
        self._remembered = {} if remembered is None else remembered
        self.until = until

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for all KPIs that ask for the same key; nobody may change it."""
        if key not in self._remembered:
            self._remembered[key] = make()
        found: T = self._remembered[key]
        return found

    def __getitem__(self, name: str) -> Frame:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


Count = Callable[[Frames, tuple[str, ...]], pd.DataFrame]


@dataclass(frozen=True)
class Kpi:
    """One KPI: what it asks, how it is made and what it needs.

    Attributes
    ----------
    name, title : str
    unit : {"share", "points", "coefficient", "index", "seconds", "minutes", "hours", "days", "per hour", "count"}
        A share is in [0, 1]; points are a signed difference of shares; a coefficient has no unit.
    better : {"higher", "lower", None}
        Which way is an improvement; None where neither is.
    needs : mapping of str to tuple of str
        Columns by table; without them the KPI is *not measured*.
    question, formula, source : str
    counts : str
        What ``n`` counts.
    of : callable
        From frames and the columns to split by to estimates (see :mod:`smo_reports.kpis.assemble`).
    gradable : bool
        Whether it may be held against a target: what people select themselves into, and what a model guesses,
        may not.
    team_only : bool
        Speaks of working time: it is shown for teams and never split by a person.
    beside : tuple of str
        Tables of ``needs`` that are only looked up, and need not have the columns of a split.
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
    gradable: bool = True
    team_only: bool = False
    beside: tuple[str, ...] = ()


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
    gradable: bool = True,
    team_only: bool = False,
    beside: tuple[str, ...] = (),
) -> Callable[[Count], Count]:
    """Make a function a KPI under ``name``; see :class:`Kpi`."""

    def register(function: Count) -> Count:
        told = (name, title, unit, better, needs, question, formula, source, counts, function)
        KPIS[name] = Kpi(*told, gradable, team_only, beside)
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
