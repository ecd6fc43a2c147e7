"""KPIs of working time, from booked hours: for teams only.

They speak of how a team's paid time is used. A person's breaks, wellness time and leave are nobody's business here:
no figure is split by a person or by an activity, and none is given for fewer than five people.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.errors import KpiError
from smo_reports.kpis.assemble import FEWEST_LABELERS, LEVEL, Bounds, estimates_of, exact
from smo_reports.kpis.handling import handled
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.tally import Groups, answered, collect
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.sampling import cluster_mean_interval

PRODUCTIVE = ("production", "audit")
"""Activities that are the work itself: a labeler's and an auditor's."""

_BOOKED = {"work_hours": ("person_id", "activity", "hours")}


def booked(frame: Frame, by: tuple[str, ...], activities: tuple[str, ...]) -> pd.DataFrame:
    """Tally each person's hours: ``person_id, spent`` on some activities, ``paid`` in all, and the split."""
    if "activity" in by:
        raise KpiError("working time cannot be split by 'activity': wellness and leave are never itemised")
    rows = frame.with_columns(_spent=nw.when(nw.col("activity").is_in(activities)).then(nw.col("hours")))
    table = collect(rows.group_by([*by, "person_id"]).agg(spent=nw.col("_spent").sum(), paid=nw.col("hours").sum()))
    return table.fillna({"spent": 0.0, "paid": 0.0})


def team_ratio(
    groups: Groups, person: pd.Series, whole: pd.Series, part: pd.Series, counted: str, most: float = np.inf
) -> pd.DataFrame:
    """Estimate Σ part / Σ whole of each group from one row a person; nothing is said of fewer than five people.

    Parameters
    ----------
    groups : Groups
    person, whole, part : Series, shape (rows,)
        One row a group and person.
    counted : str
        What was counted in full.
    most : float
        What the ratio cannot exceed.

    Returns
    -------
    DataFrame
        As of :func:`smo_reports.kpis.assemble.estimates_of`; ``n`` counts people.
    """
    people, total = groups.distinct(person), groups.total(whole)
    shown = (people >= FEWEST_LABELERS) & (total > 0)
    value = np.divide(groups.total(part), total, out=np.full(groups.count, np.nan), where=shown)
    low, high = cluster_mean_interval(
        groups.codes, whole.to_numpy(float), part.to_numpy(float), groups.count, LEVEL
    )  # fmt: skip
    low, high = (np.where(shown, np.clip(end, 0, most), np.nan) for end in (low, high))
    notes = [_small(number, base) for number, base in zip(people, total, strict=True)]
    bounds = {
        PERIOD_WORK: exact(value, counted),
        PROCESS: Bounds(low, high, "linearised ratio; people as clusters"),
    }
    return estimates_of(groups, value, people, bounds, notes)


def _small(people: int, base: float) -> str:
    if people == 0:
        return "not measured: needs rows of this period"
    if people < FEWEST_LABELERS:
        return f"too few: {people} people; working time is shown for {FEWEST_LABELERS} or more"
    return "" if base > 0 else "not measured: needs hours of that kind in this period"


def _share_of_hours(frames: Frames, by: tuple[str, ...], activities: tuple[str, ...], rest: bool) -> pd.DataFrame:
    table = booked(frames["work_hours"], by, activities)
    part = table["paid"] - table["spent"] if rest else table["spent"]
    return team_ratio(Groups.of(table, by), table["person_id"], table["paid"], part, "all booked hours", 1.0)


@kpi(
    "utilisation",
    "Utilisation",
    unit="share",
    better=None,
    needs=_BOOKED,
    question="What share of the paid time is spent on the work itself?",
    formula="hours booked as production or audit / all booked hours, leave and breaks included",
    source="KPI dictionary, utilisation (words differ from team to team: this is productive / paid)",
    counts="people who booked hours",
    team_only=True,
)
def utilisation(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Productive over paid hours of a team; people are the clusters of the process interval."""
    return _share_of_hours(frames, by, PRODUCTIVE, rest=False)


@kpi(
    "shrinkage",
    "Shrinkage",
    unit="share",
    better=None,
    needs=_BOOKED,
    question="What share of the paid time are people not available for work?",
    formula="hours booked as anything but production, audit or idle / all booked hours",
    source="KPI dictionary, shrinkage; Monet Software, how to calculate shrinkage",
    counts="people who booked hours",
    team_only=True,
)
def shrinkage(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Unavailable over paid hours of a team: what a plan of staffing has to add."""
    return _share_of_hours(frames, by, (*PRODUCTIVE, "idle"), rest=True)


@kpi(
    "occupancy",
    "Occupancy",
    unit="share",
    better=None,
    needs={"decisions": ("handling_s", "labeler_id"), **_BOOKED},
    question="What share of the time that labelers are available do they handle items?",
    formula="Σ handling_s / hours booked as production or idle",
    source="KPI dictionary, occupancy; Call Centre Helper, relationship of shrinkage and occupancy",
    counts="people",
    team_only=True,
)
def occupancy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Handling time over available time of a team; above 1 where less was booked than handled."""
    made = handled(frames, by).rename(columns={"labeler_id": "person_id"})
    available = booked(frames["work_hours"], by, ("production", "idle"))
    table = made.merge(available, on=[*by, "person_id"], how="outer").fillna({"seconds": 0.0, "spent": 0.0})
    # Auditors and others who neither label nor wait for items are not asked about.
    table = table[(table["seconds"] > 0) | (table["spent"] > 0)]
    groups = Groups.of(table, by)
    return team_ratio(groups, table["person_id"], table["spent"], table["seconds"] / 3600, "all hours and decisions")


@kpi(
    "overtime_share",
    "Overtime",
    unit="share",
    better="lower",
    needs={"decisions": ("overtime", "labeler_id")},
    question="What share of the decisions is given in overtime?",
    formula="decisions marked overtime / decisions that say whether they are",
    source="KPI dictionary, adherence; TSPA curriculum, wellness",
    counts="people",
    team_only=True,
)
def overtime_share(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of a team's decisions given in overtime; people are the clusters of the process interval."""
    rows = answered(frames["decisions"]).filter(~nw.col("overtime").is_null())
    rows = rows.with_columns(_late=nw.when(nw.col("overtime")).then(nw.lit(1)).otherwise(nw.lit(0)))
    table = collect(rows.group_by([*by, "labeler_id"]).agg(n=nw.len(), late=nw.col("_late").sum()))
    return team_ratio(Groups.of(table, by), table["labeler_id"], table["n"], table["late"], "all decisions", 1.0)


@kpi(
    "exposure_minutes",
    "Exposure",
    unit="minutes",
    better="lower",
    needs={"decisions": ("handling_s", "labeler_id", "work_date", "severe")},
    question="How many minutes of a working day does a labeler handle severe content?",
    formula="Σ handling_s of severe decisions / 60 / days on which somebody labelled, each person's counted",
    source="KPI dictionary, exposure load; ActiveFence, questions of trust and safety leaders",
    counts="people",
    team_only=True,
)
def exposure_minutes(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Minutes of handling severe content per person and working day, as a team's mean.

    Split by a part of the work, a day counts where that part was worked on.
    """
    rows = answered(frames["decisions"])
    rows = rows.with_columns(_severe_s=nw.when(nw.col("severe")).then(nw.col("handling_s")))
    keys = [*by, "labeler_id"]
    days = rows.group_by(list(dict.fromkeys([*keys, "work_date"]))).agg(seconds=nw.col("_severe_s").sum())
    each = days.group_by(keys).agg(days=nw.len(), seconds=nw.col("seconds").sum())
    table = collect(each).fillna({"seconds": 0.0})
    return team_ratio(Groups.of(table, by), table["labeler_id"], table["days"], table["seconds"] / 60, "all decisions")
