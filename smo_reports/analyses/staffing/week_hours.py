"""Three sums of a team's hours, week by week: planned as shifts, booked, and booked as the work itself."""

from __future__ import annotations

import pandas as pd

from smo_reports.analyses.staffing.hours import WorkingTime
from smo_reports.analyses.staffing.shifts import KEPT, ShiftsKept
from smo_reports.analyses.staffing.team_cells import EVERYBODY

_PRODUCTIVE = ("production", "audit")


def hours_by_week(worked: WorkingTime, kept: ShiftsKept) -> pd.DataFrame:
    """Hours of all people together.

    Parameters
    ----------
    worked : WorkingTime
    kept : ShiftsKept

    Returns
    -------
    DataFrame
        ``week, planned, recorded, productive`` in order of the weeks, with those in which nobody is known to have
        booked anything left out; ``planned`` is nan where no shifts were. Nothing is told of fewer than five people.
    """
    parts = worked.parts[(worked.parts["team"] == EVERYBODY) & worked.parts["hours"].notna()]
    recorded = parts.groupby("week")["hours"].sum()
    productive = parts[parts["part"].isin(_PRODUCTIVE)].groupby("week")["hours"].sum()
    weeks = kept.weeks
    shown = weeks[(weeks["team"] == EVERYBODY) & (weeks["measure"] == KEPT) & weeks["value"].notna()]
    planned = shown.set_index("week")["of_hours"]
    table = pd.DataFrame({"planned": planned, "recorded": recorded, "productive": productive}).astype(float)
    table = table[table["recorded"].notna()].rename_axis("week").reset_index()
    return table.sort_values("week", kind="stable").reset_index(drop=True)
