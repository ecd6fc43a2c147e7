"""Charts: estimates in, one finding out, drawn with seaborn."""

from __future__ import annotations

import math

import matplotlib.dates as mdates
import matplotlib.ticker as mticker
import pandas as pd
import seaborn as sns
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smo_reports.present import theme
from smo_reports.present.date_axis import name_days
from smo_reports.present.wording import suffix
from smo_reports.words import Catalogue, number

_SIZE = (4.6, 2.5)
_LEVELS = (("centre", "usual"), ("upper", "limit"), ("lower", "limit"))


def week_chart(weeks: pd.DataFrame, unit: str, alt: str, say: Catalogue, target: float, events: pd.DataFrame) -> Markup:
    """One KPI by week: line, interval, target, and the usual level with its limits; broken where what is measured was.

    Parameters
    ----------
    weeks : DataFrame
        Estimates with ``week``, in order, and ``centre, lower, upper, phase``.
    unit : str
    alt : str
        The finding and the numbers, in words.
    say : Catalogue
    target : float
        nan where there is none.
    events : DataFrame
        ``at`` (date) and ``mark`` of what changed.
    """
    with theme.chart_style(f"weeks {alt}"):
        figure = Figure(figsize=_SIZE)
        axes = figure.subplots()
        drawn = _scaled(weeks, unit)
        drawn["week"] = pd.to_datetime(drawn["week"])
        for _, own in drawn.groupby("phase", sort=True):
            axes.fill_between(own["week"], own["low"], own["high"], color=theme.BAND, linewidth=0)
            sns.lineplot(
                own, x="week", y="value", ax=axes, color=theme.ACCENT, linewidth=1.6, marker="o", markersize=3.5,
                markeredgewidth=0, errorbar=None,
            )  # fmt: skip
            axes.plot(own["week"], own["centre"], color=theme.LIMIT, linestyle=(0, (1, 2)), linewidth=1.1)
            for side in ("lower", "upper"):
                axes.plot(own["week"], own[side], color=theme.LIMIT, linewidth=0.7)
        newest = drawn.iloc[-1]
        _draw_target(axes, target * _factor(unit))
        names = [(target * _factor(unit), theme.TARGET, say("target"))]
        names += [(newest[side], theme.LIMIT, say(word)) for side, word in _LEVELS]
        _name_levels(axes, names)
        _mark_events(axes, events)
        _finish(axes, unit, say)
        name_days(axes, 3, 6, say)
        figure.subplots_adjust(left=0.12, right=0.87, top=0.9, bottom=0.14)
        return theme.svg(figure, alt)


def interval_chart(parts: pd.DataFrame, names: list[str], unit: str, alt: str, say: Catalogue) -> Markup:
    """Parts below each other, each with its interval and the target that holds for it.

    Parameters
    ----------
    parts : DataFrame
        Graded estimates, in the order in which they are to be shown.
    names : list of str
        What each part is called.
    unit : str
    alt : str
    say : Catalogue
    """
    with theme.chart_style(f"parts {alt}"):
        figure = Figure(figsize=(_SIZE[0], 0.6 + 0.25 * len(parts)))
        axes = figure.subplots()
        drawn = _scaled(parts, unit)
        places = list(range(len(drawn)))
        colours = [theme.MISSED if marked else theme.ACCENT for marked in parts["stands_out"]]
        axes.hlines(places, drawn["low"], drawn["high"], colors=colours, linewidth=2, alpha=0.75)
        known = drawn["value"].notna()
        sns.scatterplot(
            x=drawn["value"][known], y=[place for place, kept in zip(places, known, strict=True) if kept], ax=axes,
            color=theme.INK, s=24, linewidth=0, zorder=3,
        )  # fmt: skip
        factor = _factor(unit)
        for place, bound in zip(places, parts["target"], strict=True):
            if not math.isnan(bound):
                axes.vlines(bound * factor, place - 0.4, place + 0.4, color=theme.TARGET, linewidth=1.4)
        axes.set_yticks(places, [name if len(name) <= 34 else name[:33] + "…" for name in names])
        axes.invert_yaxis()
        axes.tick_params(axis="y", colors=theme.INK)
        axes.grid(visible=False, axis="y")
        axes.set(xlabel="", ylabel="")
        axes.xaxis.set_major_formatter(_ticks(unit, say))
        figure.tight_layout(pad=0.3)
        return theme.svg(figure, alt)


def funnel_chart(people: pd.DataFrame, alt: str, say: Catalogue) -> Markup:
    """People by how many audits they have, within the limits of whoever scores what is expected.

    Parameters
    ----------
    people : DataFrame
        ``n, adjusted, group`` and the limits ``funnel_…``, in order of ``n``.
    alt : str
    say : Catalogue
    """
    with theme.chart_style(f"funnel {alt}"):
        figure = Figure(figsize=_SIZE)
        axes = figure.subplots()
        for ends, width in ((("funnel_low", "funnel_high"), 1.1), (("funnel_low_outer", "funnel_high_outer"), 0.6)):
            for end in ends:
                axes.plot(people["n"], 100 * people[end], color=theme.LIMIT, linewidth=width)
        far = people["group"].isin(["below", "above"])
        for own, colour in ((people[~far], theme.ACCENT), (people[far], theme.TARGET)):
            sns.scatterplot(x=own["n"], y=100 * own["adjusted"], ax=axes, color=colour, s=22, linewidth=0, zorder=3)
        axes.set(xlabel=say("random audits"), ylabel="")
        axes.yaxis.set_major_locator(mticker.MaxNLocator(5))
        axes.yaxis.set_major_formatter(_ticks("share", say))
        axes.xaxis.set_major_locator(mticker.MaxNLocator(5, integer=True))
        figure.tight_layout(pad=0.4)
        return theme.svg(figure, alt)


def _scaled(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Shares in per cent and their differences in points, everything else as it is."""
    drawn = table.copy()
    numbers = [name for name in ("value", "low", "high", "centre", "lower", "upper") if name in drawn]
    drawn[numbers] *= _factor(unit)
    return drawn


def _factor(unit: str) -> float:
    return 100.0 if unit in ("share", "points") else 1.0


def _draw_target(axes: Axes, target: float) -> None:
    if not math.isnan(target):
        axes.axhline(target, color=theme.TARGET, linestyle=(0, (4, 2)), linewidth=1.1)


def _name_levels(axes: Axes, levels: list[tuple[float, str, str]]) -> None:
    """Name lines at the right edge, from the lowest up; names of lines that are close step apart."""
    low, high = axes.get_ylim()
    apart, last = 0.075 * (high - low), -math.inf
    for level, colour, word in sorted((one for one in levels if not math.isnan(one[0])), key=lambda one: one[0]):
        last = max(level, last + apart)
        axes.annotate(
            word, (1.01, last), xycoords=("axes fraction", "data"), color=colour, fontsize=9, va="center",
            annotation_clip=False,
        )  # fmt: skip


def _mark_events(axes: Axes, events: pd.DataFrame) -> None:
    first, last = axes.get_xlim()
    for event in events.itertuples(index=False):
        at = mdates.date2num(event.at)
        if first <= at <= last:
            axes.axvline(at, color=theme.MUTED, linewidth=0.8, alpha=0.7)
            axes.annotate(
                str(event.mark), (at, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2),
                textcoords="offset points", fontsize=9, color=theme.MUTED, ha="center",
            )  # fmt: skip


def _finish(axes: Axes, unit: str, say: Catalogue) -> None:
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_locator(mticker.MaxNLocator(5))
    axes.yaxis.set_major_formatter(_ticks(unit, say))


def _ticks(unit: str, say: Catalogue) -> mticker.FuncFormatter:
    after = suffix(unit, say.language)

    def shown(value: float, _: int | None = None) -> str:
        whole = math.isclose(value, round(value), abs_tol=1e-9)
        return number(value, math.nan, say.language, most=0 if whole else 2) + after

    return mticker.FuncFormatter(shown)
