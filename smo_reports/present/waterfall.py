"""A waterfall: from one rate to another, a bar for each part of the change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.ticker as mticker
from markupsafe import Markup
from matplotlib.figure import Figure

from smo_reports.present import theme
from smo_reports.present.error_charts import short
from smo_reports.words import Catalogue, number, share


@dataclass(frozen=True)
class Step:
    """One bar: what it is called, its size as a part of 1, and that in words."""

    name: str
    size: float
    words: str


def waterfall_chart(before: float, after: float, steps: Sequence[Step], alt: str, say: Catalogue) -> Markup:
    """Draw the rate before, one bar a step, and the rate after, below each other.

    Parameters
    ----------
    before, after : float
        Parts of 1.
    steps : sequence of Step
    alt : str
    say : Catalogue
    """
    with theme.chart_style(f"waterfall {alt}"):
        figure = Figure(figsize=(4.6, 0.6 + 0.3 * (len(steps) + 2)))
        axes = figure.subplots()
        at, ends = 100 * before, [100 * before, 100 * after]
        for place, step in enumerate(steps, 1):
            size = 100 * step.size
            axes.barh(place, size, left=at, height=0.6, color=theme.MISSED if size < 0 else theme.ACCENT, linewidth=0)
            axes.vlines(at, place - 1, place + 0.3, color=theme.LIMIT, linewidth=0.7)
            at += size
            ends.append(at)
            axes.annotate(
                f"{'+' if size > 0 else '−' if size < 0 else ''}{number(abs(size), math.nan, say.language, most=2)}",
                (max(at, at - size), place), xytext=(4, 0), textcoords="offset points", fontsize=9, va="center",
                color=theme.INK,
            )  # fmt: skip
        last = len(steps) + 1
        axes.vlines(at, last - 1, last, color=theme.LIMIT, linewidth=0.7)
        for place, rate in ((0, before), (last, after)):
            axes.plot([100 * rate], [place], marker="D", markersize=6, color=theme.INK)
            axes.annotate(
                share(rate, 0.0005, say.language), (100 * rate, place), xytext=(7, 0), textcoords="offset points",
                fontsize=9, va="center", color=theme.INK,
            )  # fmt: skip
        names = [say("before"), *(short(step.name, 26) for step in steps), say("after")]
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(axis="y", colors=theme.INK)
        room = max(max(ends) - min(ends), 0.2)
        axes.set_xlim(min(ends) - 0.15 * room, max(ends) + 0.3 * room)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_locator(mticker.MaxNLocator(4))
        axes.xaxis.set_major_formatter(lambda value, _: f"{number(value, math.nan, say.language, most=1)} %")
        figure.tight_layout(pad=0.3)
        return theme.svg(figure, alt)
