"""What a forecast may be asked: counts, options and named days, checked before anything is computed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from smo_reports.stats.forecast_calendar import ORDINARY, Calendar

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def checked_counts(counts: npt.ArrayLike) -> Floats:
    """Counts as a table of days and intervals.

    Raises
    ------
    ValueError
        When they are negative or infinite, of another shape, or no day is known.
    """
    table = np.asarray(counts, float)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not table.shape[1]:
        raise ValueError(f"counts are one value a day, or one row of intervals a day; got the shape {table.shape}")
    if np.isinf(table).any() or (table < 0).any():
        raise ValueError("counts are numbers of items, 0 or more; write nan where a day is not known")
    if not (~np.isnan(table).any(1)).any():
        raise ValueError("no day is known; a forecast needs at least one")
    return table


def checked_options(level: float, **numbers: int) -> None:
    """Check that a level is a share, and that numbers are 1 or more.

    Raises
    ------
    ValueError
    """
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1, such as 0.8; got {level}")
    for name, value in numbers.items():
        if value < 1:
            raise ValueError(f"{name} is a number of 1 or more; got {value}")


def checked_calendar(calendar: Calendar, days: int, horizon: int) -> tuple[Codes, Codes]:
    """Codes of past days and of those to come, each of shape (1, days).

    Raises
    ------
    ValueError
        When they are not as many as there are days, or name a kind that is not there.
    """
    past, future = (np.asarray(part, np.intp)[None, :] for part in (calendar.past, calendar.future))
    if past.shape[1] != days or future.shape[1] != horizon:
        raise ValueError(
            f"the calendar names {past.shape[1]} past days and {future.shape[1]} to come; "
            f"there are {days} days of counts and a horizon of {horizon}"
        )
    if max(past.max(initial=ORDINARY), future.max(initial=ORDINARY)) >= len(calendar.kinds):
        raise ValueError(f"the calendar has {len(calendar.kinds)} kinds of days and codes beyond them")
    strange = sorted(set(calendar.closed) - set(calendar.kinds))
    if strange:
        raise ValueError(f"closed kinds that the calendar does not have: {', '.join(strange)}")
    return past, future
