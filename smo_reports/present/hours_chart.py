"""Hours by week as lines: what was planned, what was booked, and what of it went into the work itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import matplotlib.ticker as mticker
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smo_reports.present import theme
from smo_reports.present.date_axis import name_days
from smo_reports.present.exhibit import Exhibit
from smo_reports.words import Catalogue, catalogue, day, number

if TYPE_CHECKING:
    from smo_reports.project import Project

LINES = {"planned": "planned", "recorded": "booked", "productive": "work itself"}
"""The lines, by column, as they are called."""

_LOOK = {
    "planned": (theme.TARGET, (0, (4, 2)), "s"),
    "recorded": (theme.INK, "solid", "o"),
    "productive": (theme.ACCENT, "solid", "^"),
}


def hours_by_week(project: Project, weeks: pd.DataFrame) -> Exhibit:
    """Planned, booked and productive hours of all people, week by week.

    Parameters
    ----------
    project : Project
    weeks : DataFrame
        As ``analyses.hours_by_week`` gives it.
    """
    say = catalogue(project.language)
    title = say("Hours by week")
    if len(weeks) < 2:
        why = say("Hours by week are drawn from two weeks on in which five people or more booked hours.")
        return Exhibit("hours_by_week", title, Markup('<p class="smo-note">{}</p>').format(why), why, weeks)
    said = _finding(weeks, say)
    with theme.chart_style("hours by week"):
        figure = Figure(figsize=(4.6, 2.0))
        _draw(figure.subplots(), weeks, say)
        figure.tight_layout(pad=0.4)
        figure.subplots_adjust(right=0.8)
        drawn = theme.svg(figure, said)
    html = Markup('<figure class="smo-figure wide"><figcaption><strong>{}</strong> {}</figcaption>{}</figure>').format(
        said, say("Hours a week, of all people together."), drawn
    )
    return Exhibit("hours_by_week", title, html, said, weeks)


def _finding(weeks: pd.DataFrame, say: Catalogue) -> str:
    last = weeks.iloc[-1]
    told = {name: _hours(float(last[name]), say) for name in LINES}
    when = day(last["week"], say.language)
    if math.isnan(float(last["planned"])):
        return say(
            "In the week of {day} {recorded} hours were booked, {productive} of them for the work itself; no shifts "
            "are known.",
            day=when, recorded=told["recorded"], productive=told["productive"],
        )  # fmt: skip
    return say(
        "In the week of {day} {planned} hours were planned as shifts and {recorded} booked, {productive} of them for "
        "the work itself.",
        day=when,
        **told,
    )


def _hours(value: float, say: Catalogue) -> str:
    return number(value, 0.5 if abs(value) < 100 else math.nan, say.language, most=1 if abs(value) < 100 else 0)


def _tick(value: float, say: Catalogue) -> str:
    whole = math.isclose(value, round(value), abs_tol=1e-9)
    return number(value, math.nan, say.language, most=0 if whole else 1)


def _draw(axes: Axes, weeks: pd.DataFrame, say: Catalogue) -> None:
    at = pd.to_datetime(weeks["week"])
    for name, (colour, style, marker) in _LOOK.items():
        axes.plot(at, weeks[name], color=colour, linestyle=style, linewidth=1.5, marker=marker, markersize=3)
    axes.set_ylim(bottom=0)
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_locator(mticker.MaxNLocator(4))
    axes.yaxis.set_major_formatter(
        mticker.FuncFormatter(lambda value, _: number(value, math.nan, say.language, most=1))
    )
    name_days(axes, 3, 6, say)
    ends = sorted((float(weeks[name].iloc[-1]), name) for name in LINES if not math.isnan(float(weeks[name].iloc[-1])))
    low, high = axes.get_ylim()
    place = -math.inf
    for level, name in ends:
        # Names of lines that end close to each other step apart.
        place = max(level, place + 0.14 * (high - low))
        axes.annotate(
            say(LINES[name]), (1.02, place), xycoords=("axes fraction", "data"), color=_LOOK[name][0], fontsize=9,
            va="center", annotation_clip=False,
        )  # fmt: skip
