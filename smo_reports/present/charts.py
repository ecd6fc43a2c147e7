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
from smo_reports.words import Catalogue, number

_SIZE = (4.6, 2.5)


def week_chart(
    weeks: pd.DataFrame,
    unit: str,
    alt: str,
    say: Catalogue,
    target: float,
    centre: float,
    events: pd.DataFrame,
) -> Markup:
    """One KPI by week: line, interval, target and usual level, with events marked.

    Parameters
    ----------
    weeks : DataFrame
        Estimates with ``week``, in order.
    unit : str
    alt : str
        The finding and the numbers, in words.
    say : Catalogue
    target, centre : float
        nan where there is none.
    events : DataFrame
        ``at`` (date) and ``mark`` of what changed.
    """
    with theme.chart_style(f"weeks {alt}"):
        figure = Figure(figsize=_SIZE)
        axes = figure.subplots()
        drawn = _scaled(weeks, unit)
        drawn["week"] = pd.to_datetime(drawn["week"])
        axes.fill_between(drawn["week"], drawn["low"], drawn["high"], color=theme.BAND, linewidth=0)
        sns.lineplot(
            drawn, x="week", y="value", ax=axes, color=theme.ACCENT, linewidth=1.6, marker="o", markersize=3.5,
            markeredgewidth=0, errorbar=None,
        )  # fmt: skip
        factor = 100.0 if unit == "share" else 1.0
        _draw_levels(axes, target * factor, centre * factor, say)
        _mark_events(axes, events)
        _finish(axes, unit, say)
        axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=6))
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))
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
        factor = 100.0 if unit == "share" else 1.0
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


def _scaled(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Shares in per cent, everything else as it is."""
    drawn = table.copy()
    if unit == "share":
        drawn[["value", "low", "high"]] *= 100
    return drawn


def _draw_levels(axes: Axes, target: float, centre: float, say: Catalogue) -> None:
    """Target and usual level, named at the right edge; the names step apart where the lines are close."""
    low, high = axes.get_ylim()
    close = abs(target - centre) < 0.12 * (max(high, target) - min(low, target))
    above, below = ("bottom", "top") if target > centre else ("top", "bottom")
    for level, colour, style, word, side in (
        (target, theme.TARGET, (0, (4, 2)), say("target"), above),
        (centre, theme.LIMIT, (0, (1, 2)), say("usual"), below),
    ):
        if not math.isnan(level):
            axes.axhline(level, color=colour, linestyle=style, linewidth=1.1)
            axes.annotate(
                word, (1.01, level), xycoords=("axes fraction", "data"), color=colour, fontsize=9,
                va=side if close else "center",
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
    suffix = {"share": " %", "seconds": " s", "per hour": "/h"}.get(unit, "")

    def shown(value: float, _: int | None = None) -> str:
        whole = math.isclose(value, round(value), abs_tol=1e-9)
        return number(value, math.nan, say.language, most=0 if whole else 2) + suffix

    return mticker.FuncFormatter(shown)
