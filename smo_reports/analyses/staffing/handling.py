"""When in the week the work is done, and how far joiners are week by week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.kpis.assemble import FEWEST_LABELERS
from smo_reports.kpis.tally import answered, collect, columns
from smo_reports.stats.ramp import NO_RAMP, Ramp, ramp_curve
from smo_reports.stats.sums import sums

Floats = npt.NDArray[np.float64]

RAMP_WEEKS = 12
"""Weeks after which everybody counts as experienced."""


def work_spread(rows: Mapping[str, Any]) -> Floats | None:
    """Which share of a week's handling is done in each hour of it; shape (7, 24), Monday first.

    None where decisions tell neither their day nor how long they took.
    """
    if "decisions" not in rows:
        return None
    frame = answered(nw.from_native(rows["decisions"]).lazy())
    have = columns(frame)
    if not {"work_date", "handling_s"} <= have:
        return None
    keys = [name for name in ("work_date", "local_hour") if name in have]
    table = collect(frame.group_by(keys).agg(seconds=nw.col("handling_s").sum())).dropna()
    if table.empty or not table["seconds"].sum() > 0:
        return None
    day = np.asarray(pd.to_datetime(table["work_date"]).dt.day_of_week, np.intp)
    spread = np.zeros((7, 24))
    seconds = table["seconds"].to_numpy(float)
    if "local_hour" in have:
        np.add.at(spread, (day, table["local_hour"].to_numpy(np.intp)), seconds)
    else:
        spread += sums(day, seconds, 7)[:, None] / 24
    return np.asarray(spread / spread.sum(), float)


@dataclass(frozen=True)
class Ramped:
    """The ramp of new joiners, as measured, or why it could not be.

    Attributes
    ----------
    ramp : Ramp
    joiners : int
        People whose first weeks are in the rows.
    note : str
        Starts with ``not measured:`` where everybody is counted in full from the first day.
    """

    ramp: Ramp
    joiners: int
    note: str = ""

    def estimates(self) -> pd.DataFrame:
        """One row a week since the start: ``week, value, low, high, n``; none where few joined.

        A week in which fewer than five joiners were seen has no numbers: they would be those people's own.
        """
        table = pd.DataFrame(
            {
                "week": np.arange(len(self.ramp.part)),
                "value": self.ramp.part,
                "low": self.ramp.low,
                "high": self.ramp.high,
                "n": self.ramp.people,
            }
        )
        few = (self.ramp.people < FEWEST_LABELERS).astype(bool)
        table = table.astype({"n": float})
        table.loc[few, ["value", "low", "high", "n"]] = np.nan
        return table if not self.note else table.iloc[:0]


def ramp_of(rows: Mapping[str, Any]) -> Ramped:
    """How much of an experienced person's work joiners do, by week since ``people.started_on``.

    Parameters
    ----------
    rows : Rows or mapping of frames
        Decisions of the history, and the people.

    Returns
    -------
    Ramped
        Nobody's own: fewer than five joiners make no curve.

    Notes
    -----
    A joiner's handling time is held against that of people with more than twelve weeks, queue by queue. Weeks between
    the start and the first decision are training: nothing done. People who began before the first decision in the rows
    are no joiners.
    """
    needs = "labelers' decisions with handling times, and people with the day they started on"
    if "people" not in rows or "decisions" not in rows:
        return Ramped(NO_RAMP, 0, f"not measured: needs {needs}")
    frame = answered(nw.from_native(rows["decisions"]).lazy())
    if not {"work_date", "handling_s", "labeler_id"} <= columns(frame):
        return Ramped(NO_RAMP, 0, f"not measured: needs {needs}")
    queue = ["queue"] if "queue" in columns(frame) else []
    kept = frame.filter(~nw.col("handling_s").is_null() & ~nw.col("work_date").is_null())
    done = collect(kept.group_by("labeler_id", "work_date", *queue).agg(n=nw.len(), seconds=nw.col("handling_s").sum()))
    people = collect(nw.from_native(rows["people"]).lazy().select("person_id", "role", "started_on"))
    started = people[people["role"] == "labeler"].groupby("person_id")["started_on"].min()
    return _ramped(done.assign(queue=done["queue"] if queue else ""), pd.to_datetime(started))


def _ramped(done: pd.DataFrame, started: pd.Series) -> Ramped:
    at = pd.to_datetime(done["work_date"])
    begun = done["labeler_id"].map(started)
    week = (at - begun).dt.days // 7
    usual = done[week.to_numpy(float) >= RAMP_WEEKS].groupby("queue")[["n", "seconds"]].sum()
    usual = usual[usual["n"] > 0]
    pace = done["queue"].map(usual["seconds"] / usual["n"])
    joined = (begun >= at.min()) & pace.notna() & (week >= 0)
    own = done.assign(week=week, expected=done["n"] * pace)[joined.to_numpy(bool)]
    joiners = int(own["labeler_id"].nunique())
    if joiners < FEWEST_LABELERS:
        said = f"not measured: needs {FEWEST_LABELERS} people who joined while decisions were kept, has {joiners}"
        return Ramped(NO_RAMP, joiners, f"{said}; everybody is counted in full from the first day")
    each = own.groupby(["labeler_id", "week"], as_index=False)[["seconds", "expected"]].sum()
    first = each.groupby("labeler_id")["week"].min()
    idle = pd.DataFrame(
        [(person, before, 0.0, 0.0) for person, until in first.items() for before in range(int(until))],
        columns=["labeler_id", "week", "seconds", "expected"],
    )
    every = pd.concat([each, idle], ignore_index=True) if len(idle) else each
    codes = pd.factorize(every["labeler_id"], sort=True)[0]
    week_codes = every["week"].to_numpy(np.intp)
    ramp = ramp_curve(codes, week_codes, every["seconds"], every["expected"], weeks=RAMP_WEEKS)
    return Ramped(ramp, joiners)
