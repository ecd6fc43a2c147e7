"""Charts of what is to come: weeks that were, weeks ahead with their band."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.ticker as mticker
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smo_reports.present import theme
from smo_reports.present.date_axis import name_days
from smo_reports.words import Catalogue, number

_WIDTH = 4.6
_HEIGHT = 2.0


@dataclass(frozen=True)
class Ahead:
    """One small chart.

    Attributes
    ----------
    title : str
    past : DataFrame
        ``at, value`` of the weeks that were.
    ahead : DataFrame
        ``at, value, low, high`` of the weeks to come.
    level : DataFrame
        ``at, value, low, high`` of what the weeks to come are held against; may be empty.
    names : tuple of (str, str)
        What ``ahead`` and ``level`` are called at the right edge, where they have a last number: lines are broken
        where a number is infinite.
    """

    title: str
    past: pd.DataFrame
    ahead: pd.DataFrame
    level: pd.DataFrame
    names: tuple[str, str] = ("", "")


def ahead_charts(charts: Sequence[Ahead], alt: str, say: Catalogue) -> Markup:
    """Small charts below each other, each from 0 on an axis of its own.

    Parameters
    ----------
    charts : sequence of Ahead
        At least one.
    alt : str
        The finding and the numbers, in words: the figure's title.
    say : Catalogue
    """
    with theme.chart_style(f"ahead {alt}"):
        figure = Figure(figsize=(_WIDTH, _HEIGHT * len(charts)))
        for axes, one in zip(figure.subplots(len(charts), squeeze=False)[:, 0], charts, strict=True):
            _draw(axes, one, say)
        figure.tight_layout(pad=0.4)
        named = any(any(one.names) for one in charts)
        figure.subplots_adjust(right=0.83 if named else 0.98)
        drawn = theme.svg(figure, alt)
    return Markup('<figure class="smo-figure wide"><figcaption><strong>{}</strong></figcaption>{}</figure>').format(
        alt, drawn
    )


def _draw(axes: Axes, one: Ahead, say: Catalogue) -> None:
    for rows, colour, style in ((one.level, theme.TARGET, (0, (4, 2))), (one.ahead, theme.ACCENT, "solid")):
        if len(rows):
            table = rows.replace([np.inf, -np.inf], np.nan)
            at = pd.to_datetime(table["at"])
            axes.fill_between(at, table["low"], table["high"], color=colour, alpha=0.16, linewidth=0)
            axes.plot(at, table["value"], color=colour, linewidth=1.6, linestyle=style)
    if len(one.past):
        at = pd.to_datetime(one.past["at"])
        axes.plot(at, one.past["value"], color=theme.INK, linewidth=1.4, marker="o", markersize=2.5)
    axes.set_title(one.title, loc="left", fontsize=9.5, color=theme.INK)
    # A level that is far from 0 would look like a fall to nothing on an axis that does not begin there.
    axes.set_ylim(bottom=0)
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_locator(mticker.MaxNLocator(4))
    axes.yaxis.set_major_formatter(mticker.FuncFormatter(lambda value, _: _tick(value, say)))
    name_days(axes, 3, 6, say)
    _name_lines(axes, one)


def _tick(value: float, say: Catalogue) -> str:
    whole = math.isclose(value, round(value), abs_tol=1e-9)
    return number(value, math.nan, say.language, most=0 if whole else 2)


def _name_lines(axes: Axes, one: Ahead) -> None:
    """Name the two lines at their last points; names of lines that end close to each other step apart."""
    ends = [
        (float(table["value"].iloc[-1]), name, colour)
        for table, name, colour in ((one.ahead, one.names[0], theme.ACCENT), (one.level, one.names[1], theme.TARGET))
        if len(table) and name and math.isfinite(float(table["value"].iloc[-1]))
    ]
    low, high = axes.get_ylim()
    last = -math.inf
    for level, name, colour in sorted(ends):
        last = max(level, last + 0.12 * (high - low))
        axes.annotate(
            name, (1.01, last), xycoords=("axes fraction", "data"), color=colour, fontsize=9, va="center",
            annotation_clip=False,
        )  # fmt: skip


def weeks_before(end: dt.date, weeks: int) -> list[dt.date]:
    """The first days of the last so many weeks of seven days before a day."""
    return [end - dt.timedelta(7 * (weeks - place)) for place in range(weeks)]
