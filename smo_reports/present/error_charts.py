"""Charts of errors: a Pareto chart of their kinds, and the confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from markupsafe import Markup
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from smo_reports.present import theme
from smo_reports.words import Catalogue, number, printable

_TICKS = (0, 25, 50, 75, 100)
_LONGEST = 30


def short(label: str, longest: int = _LONGEST) -> str:
    r"""A label of the data as one line that fits: without control characters, cut where it is long.

    >>> short("a\nb\x00"), short("x" * 40)[-3:]
    ('a b', 'xx…')
    """
    return printable(label, longest)


def pareto_chart(codes: pd.DataFrame, names: Sequence[str], alt: str, say: Catalogue) -> Markup:
    """Kinds of errors below each other: bars from 0 with their intervals, and the cumulative share as a line.

    Parameters
    ----------
    codes : DataFrame
        ``code, n, value, low, high, cumulative``, in the order in which they are to be shown.
    names : sequence of str
        What each is called.
    alt : str
    say : Catalogue
    """
    with theme.chart_style(f"pareto {alt}"):
        figure = Figure(figsize=(4.6, 0.75 + 0.3 * len(codes)))
        axes = figure.subplots()
        places = np.arange(len(codes))
        # What nobody coded is no kind: it is drawn as what is left over.
        colours = [theme.LIMIT if code == "" else theme.ACCENT for code in codes["code"]]
        sns.barplot(
            x=100 * codes["value"].to_numpy(float), y=places, orient="h", hue=places, palette=colours, legend=False,
            ax=axes, width=0.62, errorbar=None, linewidth=0, saturation=1,
        )  # fmt: skip
        axes.hlines(places, 100 * codes["low"], 100 * codes["high"], colors=theme.INK, linewidth=1)
        line = 100 * codes["cumulative"].to_numpy(float)
        axes.plot(line, places, color=theme.TARGET, linewidth=1.2, marker="o", markersize=3.5)
        # The first adds up nothing: its bar says the same.
        for place, at in list(zip(places, line, strict=True))[1:]:
            word = f"{number(at, math.nan, say.language, most=0)} %"
            axes.annotate(
                word, (at, float(place)), xytext=(5, 4), textcoords="offset points", fontsize=8, color=theme.TARGET
            )
        axes.set_yticks(places, [short(name) for name in names])
        axes.set_xticks(_TICKS, [f"{tick} %" for tick in _TICKS])
        axes.set(xlim=(0, 114), xlabel="", ylabel="")
        axes.tick_params(axis="y", colors=theme.INK)
        axes.grid(visible=False, axis="y")
        figure.tight_layout(pad=0.4)
        return theme.svg(figure, alt)


def confusion_chart(counts: pd.DataFrame, shares: pd.DataFrame, alt: str, say: Catalogue) -> Markup:
    """Given labels by true ones: how many audits, and what share of the row; only what was confused is coloured.

    Parameters
    ----------
    counts, shares : DataFrame
        True labels in rows, given ones in columns, in the same order; 0 where a pair did not meet, nan where nothing
        is known of the true label.
    alt : str
    say : Catalogue
    """
    size = len(counts.columns)
    errors = shares.to_numpy(float, copy=True)
    for at, label in enumerate(counts.index):
        errors[at, [column == label for column in counts.columns]] = 0.0
    with theme.chart_style(f"confusion {alt}"):
        figure = Figure(figsize=(1.6 + 0.62 * size, 1.0 + 0.46 * len(counts)))
        axes = figure.subplots()
        # One colour of the page, from nothing to half: the numbers stay readable on it in light and dark.
        red = to_rgb(theme.MISSED)
        colours = LinearSegmentedColormap.from_list("confused", [(*red, 0.0), (*red, 0.5)])
        words = [[_cell(n, part, say) for n, part in zip(*row, strict=True)] for row in _rows(counts, shares)]
        largest = float(np.nanmax(errors, initial=0.0))
        sns.heatmap(
            np.nan_to_num(errors), vmin=0, vmax=largest or 1.0, cmap=colours, cbar=False, ax=axes, annot=words, fmt="",
            annot_kws={"color": theme.INK, "fontsize": 8}, linewidths=0.6, linecolor=theme.RULE,
        )  # fmt: skip
        places = np.arange(size) + 0.5
        axes.set_xticks(places, [short(label, 18) for label in counts.columns], rotation=40, ha="right")
        axes.set_yticks(
            np.arange(len(counts)) + 0.5, [short(label, 18) for label in counts.index], rotation=0
        )  # fmt: skip
        axes.grid(visible=False)
        axes.tick_params(length=0, colors=theme.INK)
        axes.set(xlabel=say("labeler said"), ylabel=say("auditor said"))
        figure.tight_layout(pad=0.4)
        return theme.svg(figure, alt)


def _rows(counts: pd.DataFrame, shares: pd.DataFrame) -> list[tuple[list[float], list[float]]]:
    return list(zip(counts.to_numpy(float).tolist(), shares.to_numpy(float).tolist(), strict=True))


def _cell(n: float, part: float, say: Catalogue) -> str:
    if not n:
        return ""
    if part == 1:
        return f"{say('all')}\n{number(n, math.nan, say.language, most=0)}"
    return f"{number(100 * part, math.nan, say.language, most=0)} %\n{number(n, math.nan, say.language, most=0)}"
