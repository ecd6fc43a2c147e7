"""Spells of time of many people on one axis: what of planned time somebody was there for, and when they began."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

HOUR = 3600.0
_APART = 1.0
"""Seconds between two people on the axis: nobody's spells touch another's."""


@dataclass(frozen=True)
class Axis:
    """Where each person's time lies on one line.

    Attributes
    ----------
    people : Index
    first, length : float
        Seconds since 1970 at which the time of everybody begins, and how long it is.
    """

    people: pd.Index
    first: float
    length: float

    @classmethod
    def of(cls, table: pd.DataFrame) -> Axis:
        """Of a table of ``person_id, begin, end``, in seconds."""
        first, last = float(table["begin"].min()), float(table["end"].max())
        return cls(pd.Index(table["person_id"].unique()), first, last - first + _APART)

    def at(self, person: pd.Series, moment: pd.Series) -> Floats:
        """Places on the line."""
        place = self.people.get_indexer(pd.Index(person)).astype(float)
        return np.asarray(place * self.length + moment.to_numpy(float) - self.first, float)


def merged(table: pd.DataFrame, axis: Axis) -> pd.DataFrame:
    """Spells that overlap or touch as one, which keeps what else the first of them says.

    Parameters
    ----------
    table : DataFrame
        ``person_id, begin, end`` and any other columns.
    axis : Axis

    Returns
    -------
    DataFrame
        The same columns and ``from, to``, the places on the axis; in order of them.
    """
    placed = table.assign(
        **{"from": axis.at(table["person_id"], table["begin"]), "to": axis.at(table["person_id"], table["end"])}
    )
    placed = placed.sort_values(["from", "to"], kind="stable").reset_index(drop=True)
    if placed.empty:
        return placed
    reached = np.maximum.accumulate(placed["to"].to_numpy(float))
    begins = np.r_[True, placed["from"].to_numpy(float)[1:] > reached[:-1]]
    found = placed[begins].reset_index(drop=True)
    found["to"] = np.maximum.reduceat(placed["to"].to_numpy(float), np.flatnonzero(begins))
    found["end"] = found["begin"] + found["to"] - found["from"]
    return found


def held(planned: pd.DataFrame, actual: pd.DataFrame) -> pd.DataFrame:
    """How much of each planned spell somebody was there for.

    Parameters
    ----------
    planned, actual : DataFrame
        As :func:`merged` gives them, on one axis.

    Returns
    -------
    DataFrame
        ``planned`` with hours: ``planned``; ``kept``, in which the person was there; ``late``, from the planned start
        to the first moment there; ``missed``, of spells in which the person was not there at all; ``short``, the rest.
    """
    begin, end = planned["from"].to_numpy(float), planned["to"].to_numpy(float)
    starts, ends = actual["from"].to_numpy(float), actual["to"].to_numpy(float)
    kept, late = np.zeros(len(planned)), np.zeros(len(planned))
    if len(actual):
        until = np.cumsum(ends - starts)
        edges = np.ravel(np.column_stack([starts, ends]))
        before = np.ravel(np.column_stack([np.r_[0.0, until[:-1]], until]))
        kept = np.interp(end, edges, before) - np.interp(begin, edges, before)
        next_one = np.minimum(np.searchsorted(ends, begin, side="right"), len(ends) - 1)
        late = np.where(kept > 0, np.maximum(starts[next_one] - begin, 0.0), 0.0)
    whole = end - begin
    missed = np.where(kept > 0, 0.0, whole)
    rest = np.maximum(whole - kept - late - missed, 0.0)
    hours = {"planned": whole, "kept": kept, "late": late, "missed": missed, "short": rest}
    return planned.assign(**{name: seconds / HOUR for name, seconds in hours.items()})
