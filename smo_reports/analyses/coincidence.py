"""When a segment's errors changed, how surely that is known, and which recorded events fall on that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd

from smo_reports.analyses.judged_rows import Judged, value_is
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.sources import Rows
from smo_reports.stats.change_point import change_point
from smo_reports.stats.contrast import contrast

SHARP_DAYS = 7
"""An interval of more days than this is compatible with too much: nothing *coincides* with it."""

_PLACES = ("policy", "market", "queue")
_EVENTS = ("at", "kind", "name", "version", *_PLACES)


@dataclass(frozen=True)
class Timing:
    """When errors changed.

    Attributes
    ----------
    at, first, last : date or None
        The likeliest first day of the new level, and the ends of its 95 % interval; None where days are not known.
    events : DataFrame
        ``at, kind, name, version`` of the recorded events that concern the segment and fall on these days: a change
        shows on the day of its event or on the next.
    note : str
        ``not measured: needs X``, or empty.
    """

    at: dt.date | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    events: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["at", "kind", "name", "version"]))
    note: str = ""

    @property
    def sharp(self) -> bool:
        """Whether the day is known to within a week."""
        return self.first is not None and self.last is not None and (self.last - self.first).days <= SHARP_DAYS

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of the events that it coincides with."""
        return frozenset(map(str, self.events["kind"]))


def timing(project: Project, found: Judged, everything: Rows, scope: Mapping[str, Any]) -> Timing:
    """The day on which a scope's share of errors changed, and the events that it coincides with.

    Parameters
    ----------
    project : Project
    found : Judged
        Of both periods; days between them are possible too, and make the interval as wide as they are many.
    everything : Rows
        Whose ``events`` are looked at.
    scope : mapping of str to str
    """
    if not found.has("work_date"):
        return Timing(note="not measured: needs work_date on the table decisions")
    rows = found.rows.assign(day=pd.to_datetime(found.rows["work_date"]).dt.date, n=1)
    days = rows.groupby("day")[["err", "n"]].sum()
    every = [at.date() for at in pd.date_range(days.index.min(), days.index.max())]
    days = days.reindex(every, fill_value=0)
    step = change_point(days["err"].to_numpy(float), days["n"].to_numpy(float), _dispersion(found))
    if step is None:
        return Timing(note="not measured: needs rows of several days")
    at, first, last = (every[place] for place in (step.at, step.first, step.last))
    events = concerning(project, everything, scope)
    near = events["at"].map(lambda day: first - dt.timedelta(1) <= day <= last).astype(bool)
    return Timing(at, first, last, events[near].reset_index(drop=True))


def concerning(project: Project, rows: Rows, scope: Mapping[str, Any]) -> pd.DataFrame:
    """The events that may concern a scope: of its policy, market and queue, or of all; ``at`` is the local date.

    An event that names a place where the scope names none concerns a part of the scope, and is kept.
    """
    if "events" not in rows:
        return pd.DataFrame(columns=["at", "kind", "name", "version"])
    have = columns(rows["events"])
    frame = rows["events"]
    for place in _PLACES:
        if place in have and place in scope:
            frame = frame.filter(nw.col(place).is_null() | value_is(place, scope[place]))
    table = collect(frame.select([name for name in _EVENTS if name in have]))
    local = pd.to_datetime(table["at"], utc=True).dt.tz_convert(project.time_zone).dt.date
    if "version" not in table:
        table["version"] = None
    return table.assign(at=local).sort_values(["at", "name"]).reset_index(drop=True)


def _dispersion(found: Judged) -> float:
    """By how much labelers resembling themselves makes the change less sure than strangers would."""
    strangers = contrast(found.err, found.after, (-1, 1), range(len(found.rows)), found.rows["weight"])
    if not (found.change.known and strangers.known):
        return 1.0
    return max(1.0, (found.change.error / strangers.error) ** 2)
