"""Days along a chart's axis, with the months' names in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import matplotlib.dates as mdates
from babel.dates import get_month_names
from matplotlib.axes import Axes

from smo_reports.words import Catalogue


class _Days(mdates.ConciseDateFormatter):
    """Short labels; their months are named by a catalogue's language, not by that of the computer."""

    def __init__(self, locator: mdates.DateLocator, language: str) -> None:
        super().__init__(locator, show_offset=False)  # type: ignore[no-untyped-call]
        months = get_month_names("abbreviated", locale=language)
        self._months = {f"{dt.date(2000, month, 1):%b}": months[month] for month in range(1, 13)}
        self._any = re.compile("|".join(map(re.escape, self._months)))

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The labels of all ticks at once."""
        labels = super().format_ticks(values)  # type: ignore[no-untyped-call]
        return [self._any.sub(lambda found: self._months[found[0]], label) for label in labels]


def name_days(axes: Axes, fewest: int, most: int, say: Catalogue) -> None:
    """Place so many days on the horizontal axis, and name them.

    Parameters
    ----------
    axes : Axes
        Its horizontal axis holds dates.
    fewest, most : int
        Ticks.
    say : Catalogue
    """
    locator = mdates.AutoDateLocator(minticks=fewest, maxticks=most)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_Days(locator, say.language))
