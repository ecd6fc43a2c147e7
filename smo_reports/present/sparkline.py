"""A sparkline: the last weeks of a KPI in a word's height."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT, _PAD = 96.0, 24.0, 3.0


def sparkline(values: Sequence[float], target: float, alt: str) -> Markup:
    """A small line of values with the target as a dashed rule and the newest value as a dot.

    Parameters
    ----------
    values : sequence of float
        In order of time; gaps (nan) break the line.
    target : float
        nan where there is none.
    alt : str
        What it shows, in words.

    Returns
    -------
    Markup
        Empty where fewer than two values are known.
    """
    known = [value for value in values if not math.isnan(value)]
    if len(known) < 2:
        return Markup("")
    ends = known if math.isnan(target) else [*known, target]
    low, high = min(ends), max(ends)
    scale = (_HEIGHT - 2 * _PAD) / (high - low) if high > low else 0.0

    def place(index: int, value: float) -> str:
        x = _PAD + index * (_WIDTH - 2 * _PAD) / (len(values) - 1)
        return f"{x:.1f},{_HEIGHT - _PAD - (value - low) * scale:.1f}"

    lines: list[list[str]] = []
    run: list[str] = []
    for index, value in enumerate(values):
        if math.isnan(value):
            lines, run = [*lines, run], []
        else:
            run = [*run, place(index, value)]
    lines = [line for line in (*lines, run) if line]
    drawn = "".join(f'<polyline points="{" ".join(line)}"/>' for line in lines)
    if not math.isnan(target):
        y = place(0, target).split(",")[1]
        drawn = f'<line class="target" x1="0" x2="{_WIDTH}" y1="{y}" y2="{y}"/>' + drawn
    if not math.isnan(values[-1]):
        x, y = place(len(values) - 1, values[-1]).split(",")
        drawn += f'<circle cx="{x}" cy="{y}" r="2.4"/>'
    opening = Markup('<svg class="smo-spark" viewBox="0 0 96 24" role="img" aria-label="{}">').format(alt)
    return opening + Markup(drawn) + Markup("</svg>")  # noqa: S704 - made of numbers alone
