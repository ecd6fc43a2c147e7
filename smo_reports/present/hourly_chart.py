"""A week by the hour as a grid: too few people, enough, or more than there is work for, by shape and colour."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from smo_reports.present import theme
from smo_reports.words import Catalogue

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_STATUS = {"short": "too few people", "fits": "enough", "spare": "more than there is work for"}
_MARKS = {"short": ("v", theme.MISSED, 34), "fits": ("o", theme.ACCENT, 14), "spare": ("^", theme.LIMIT, 16)}
_SHAPES = {"short": "▼", "fits": "●", "spare": "△"}
_TICKS = range(0, 24, 3)


def hourly_chart(hours: pd.DataFrame, status: str, title: str, alt: str, say: Catalogue) -> Markup:
    """Draw 7 days by 24 hours.

    Parameters
    ----------
    hours : DataFrame
        ``weekday, hour`` and the column ``status``, of ``short``, ``fits`` and ``spare``.
    status : str
    title : str
        The finding.
    alt : str
        The same with the numbers, for who does not see the drawing.
    say : Catalogue
    """
    with theme.chart_style(f"hourly {alt}"):
        figure = Figure(figsize=(4.6, 2.1))
        axes = figure.subplots()
        for name, (marker, colour, size) in _MARKS.items():
            own = hours[hours[status] == name]
            hollow = {"facecolors": "none", "linewidths": 0.8} if name == "spare" else {"linewidths": 0}
            axes.scatter(
                own["hour"] + 0.5, own["weekday"], marker=marker, s=size, color=None if name == "spare" else colour,
                **({"edgecolors": colour} | hollow if name == "spare" else hollow),
            )  # fmt: skip
        axes.set_yticks(range(7), [say(WEEKDAYS[at]) for at in range(7)])
        axes.set_xticks(list(_TICKS), [f"{hour:02d}" for hour in _TICKS])
        axes.set(xlim=(0, 24), ylim=(6.6, -0.6), xlabel="", ylabel="")
        axes.grid(visible=False, axis="y")
        figure.tight_layout(pad=0.4)
        drawn = theme.svg(figure, alt)
    used = [name for name in _MARKS if np.any(hours[status] == name)]
    key = " · ".join(f"{_SHAPES[name]} {say(_STATUS[name])}" for name in used)
    return Markup('<figure class="smo-figure wide"><figcaption><strong>{}</strong> {}</figcaption>{}</figure>').format(
        title, key, drawn
    )
