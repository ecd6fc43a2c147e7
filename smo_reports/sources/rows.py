"""Rows: a project's canonical tables over one period, lazy, on one connection."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any

import narwhals as nw

Frame = nw.LazyFrame[Any]
UTC = zoneinfo.ZoneInfo("UTC")


class Rows(Mapping[str, Frame]):
    """Canonical tables by name; a table is asked of the engine when it is first looked at.

    Parameters
    ----------
    tables : iterable of str
        Names of the tables that the source has for this project.
    load : callable
        Gives a table's lazy rows.
    start, end : date or None
        The period, end exclusive; None where it is open.
    zone : ZoneInfo
        The project's time zone: its days begin there.
    load_whole : callable, optional
        Gives a table's lazy rows with every column, where ``load`` gives audits and gold with the usual ones.

    Attributes
    ----------
    until : datetime or None
        The instant at which the period ends, UTC.
    remembered : dict
        Tallies that several KPIs share: whoever makes one may leave it here.
    """

    def __init__(
        self,
        tables: tuple[str, ...],
        load: Callable[[str], Frame],
        start: dt.date | None = None,
        end: dt.date | None = None,
        zone: zoneinfo.ZoneInfo = UTC,
        load_whole: Callable[[str], Frame] | None = None,
    ) -> None:
        self._names = tables
        self._load = load
        self._load_whole = load_whole
        self._loaded: dict[str, Frame] = {}
        self.remembered: dict[Hashable, Any] = {}
        self.start = start
        self.end = end
        self.until = None if end is None else dt.datetime.combine(end, dt.time(), zone).astimezone(dt.UTC)

    def __getitem__(self, name: str) -> Frame:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def with_columns(self, name: str, wanted: Iterable[str]) -> Frame:
        """A table that has the wanted columns, as far as the source has them.

        Audits and gold decisions carry only their decisions' usual columns unless others are asked for: fetching them
        takes a second look at every decision.
        """
        return self[name] if set(wanted) <= set(self[name].columns) else self.whole(name)

    def whole(self, name: str) -> Frame:
        """A table with every column that the source has."""
        if self._load_whole is None or name not in self._names:
            return self[name]
        key = f"{name} with every column"
        if key not in self._loaded:
            self._loaded[key] = self._load_whole(name)
        return self._loaded[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
