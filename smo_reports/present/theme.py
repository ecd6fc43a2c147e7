"""The look of charts: seaborn's settings, and colours that follow the page into dark mode and print."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
import seaborn as sns
from markupsafe import Markup
from matplotlib.figure import Figure

INK, MUTED, RULE = "#010101", "#020202", "#030303"
ACCENT, BAND, TARGET, LIMIT, MISSED = "#040404", "#050505", "#060606", "#070707", "#080808"
PAPER = "#090909"

_VARIABLES = {
    INK: "ink, #1c2024",
    MUTED: "muted, #5b6470",
    RULE: "rule, #dfe3e8",
    ACCENT: "accent, #1f5f99",
    BAND: "band, #d5e4f1",
    TARGET: "target, #9a4d00",
    LIMIT: "limit, #6b7480",
    MISSED: "missed, #a8201a",
    PAPER: "paper, #ffffff",
}
"""Colours as charts draw them, and the page's variables that they become: one drawing serves light, dark and print.

JupyterLab has none of these variables; there the colours behind them are shown, those of a light page."""


@contextmanager
def chart_style(salt: str) -> Iterator[None]:
    """Draw inside this; ``salt`` keeps the ids of several charts on one page apart, and the same from run to run."""
    settings = {
        **sns.axes_style("whitegrid"),
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        # A label such as "$x$" is text, not a formula.
        "text.parse_math": False,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 9.5,
        "axes.labelsize": 9.5,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "axes.edgecolor": RULE,
        "grid.color": RULE,
        "grid.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
    }
    with mpl.rc_context(settings):
        yield


def svg(figure: Figure, alt: str) -> Markup:
    """A figure as inline SVG that says in ``alt`` what it shows."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    for colour, name in _VARIABLES.items():
        drawn = drawn.replace(colour, f"var(--{name})")
    # The page's own font is used for all text of a chart.
    drawn = re.sub(r"font: (?:[\d.]+ )?([\d.]+px) [^;\"]*", r"font: \1 var(--sans, sans-serif)", drawn)
    head, rest = drawn.split(">", 1)
    head = re.sub(r' (?:xmlns:xlink|version)="[^"]*"', "", head)
    label = Markup(' role="img" aria-label="{}"').format(alt)
    return Markup(f"{head}{label}>{rest}")  # noqa: S704 - matplotlib escapes its texts
