"""Estimates in words: value, interval, target and status, with the digits that the interval allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from smo_reports.present.table import status_chip
from smo_reports.words import Catalogue, catalogue, number, seconds, share, signed_points, spread

Row = Mapping[str, Any]

_NAMES = ("Krippendorff", "Gwet", "Cohen", "Fleiss")

STATUS_SHAPES = {
    "met": "●",
    "missed": "▼",
    "undecided": "◆",
    "too few": "○",
    "not measured": "–",
    "undefined": "–",
}
"""Each status has a shape of its own, so that none is told by colour alone."""


SUFFIXES = {
    "share": " %",
    "points": " points",
    "seconds": " s",
    "minutes": " min",
    "hours": " h",
    "days": " d",
    "per hour": "/h",
}
"""What follows a number of each unit; counts, coefficients and indices have nothing."""


def suffix(unit: str, language: str) -> str:
    """What follows a number of a unit, in a language: hours are "h" in English, which are days elsewhere."""
    return catalogue(language)(SUFFIXES.get(unit, ""))


def within(say: Catalogue, title: str) -> str:
    """A KPI's title inside a sentence: without its capital, unless it begins with a name."""
    said = say(title)
    return said if said.startswith(_NAMES) else said[:1].lower() + said[1:]


def amount(value: float, half: float, unit: str, language: str) -> str:
    """A number with its unit."""
    if unit == "share":
        return share(value, half, language)
    if unit == "seconds":
        return seconds(value, half, language)
    if unit == "count":
        return number(value, math.nan, language, most=0)
    if unit == "points" and not math.isnan(value):
        sign = "+" if value > 0 else "−" if value < 0 else ""
        return f"{sign}{signed_points(value, half, language)}{suffix(unit, language)}"
    return number(value, half, language) + (suffix(unit, language) if not math.isnan(value) else "")


def estimate_words(row: Row, say: Catalogue) -> str:
    """The estimate; never "100 %" of a sample that left something out."""
    value, unit = float(row["value"]), str(row["unit"])
    low, high = float(row["low"]), float(row["high"])
    if _all_or_none(row):
        sentence = "all {n}" if value == 1 else "none of {n}"
        return say(sentence, n=number(float(row["n"]), math.nan, say.language, most=0))
    return amount(value, spread(low, high), unit, say.language)


def interval_words(row: Row, say: Catalogue) -> str:
    """The interval in brackets; empty for a number that was counted in full, and in words where there is none."""
    low, high, unit = float(row["low"]), float(row["high"]), str(row["unit"])
    if math.isnan(float(row["value"])) or _in_full(row):
        return ""
    if math.isnan(low) or math.isnan(high):
        return say("no interval")
    half = spread(low, high)
    after = suffix(unit, say.language)
    first, last = (amount(end, half, unit, say.language).removesuffix(after) for end in (low, high))
    if _all_or_none(row):
        # Beside "all 27" one end says nothing new, and the other would stand without a unit.
        return (
            say("at least {bound}", bound=first + after) if row["value"] else say("at most {bound}", bound=last + after)
        )
    return say("{low} to {high}", low=first, high=last)


def _all_or_none(row: Row) -> bool:
    """Whether a share of a sample is said in whole words."""
    return str(row["unit"]) == "share" and float(row["value"]) in (0.0, 1.0) and not _in_full(row)


def _in_full(row: Row) -> bool:
    """Whether a number was counted in full, so that it has no interval because it needs none."""
    return bool(float(row["low"]) == float(row["high"])) or str(row.get("method", "")).startswith("counted in full")


def part_name(row: Row, splits: Sequence[str], say: Catalogue) -> str:
    """What a part is called: its values in the columns of the split."""
    return " / ".join(say("not given") if _absent(row[name]) else str(row[name]) for name in splits)


def _absent(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def full_words(row: Row, say: Catalogue) -> str:
    """Estimate and interval: ``94.1 % (93.0 to 95.2)``."""
    inside = interval_words(row, say)
    return f"{estimate_words(row, say)} ({inside})" if inside else estimate_words(row, say)


def target_words(row: Row, say: Catalogue) -> str:
    """The target with its direction; empty where there is none."""
    if not row.get("bound"):
        return ""
    sentence = "at least {bound}" if row["bound"] == "min" else "at most {bound}"
    unit, target = str(row["unit"]), float(row["target"])
    if unit == "share":
        shown = f"{number(100 * target, math.nan, say.language, most=2 if 100 * target % 1 else 0)} %"
    else:
        shown = amount(target, math.nan, unit, say.language)
    return say(sentence, bound=shown)


def chip(row: Row, say: Catalogue) -> Markup:
    """The status as shape, word and colour; empty where there is no target."""
    status = str(row["status"])
    return status_chip(status, say(status), STATUS_SHAPES[status]) if status else Markup("")


def broken_words(row: Row, say: Catalogue) -> str:
    """What changed with the beginning of a change, where that changed what is measured; empty otherwise."""
    if not row.get("break_name"):
        return ""
    return say(", when what is measured changed: {name}", name=row["break_name"])


def needed_words(row: Row, say: Catalogue) -> str:
    """What would settle an undecided status."""
    needed = float(row.get("needed", math.nan))
    if math.isnan(needed):
        return ""
    if math.isinf(needed):
        return say("not within reach: too near its target to be told apart")
    # Two significant digits: a plan, not a measurement.
    step = 10 ** max(math.floor(math.log10(needed)) - 1, 0)
    rounded = math.ceil(needed / step) * step
    shown = number(rounded, math.nan, say.language, most=0)
    sentence = "about {n} more {counted} would settle it"
    if row.get("running"):
        sentence = "about {n} more {counted} by the end of the period would settle it"
    return say(sentence, n=shown, counted=say(str(row["counts"])))


def difference_words(row: Row, say: Catalogue) -> str:
    """A difference and its interval, in points for shares: ``1.2 points (0.7 to 1.7)``; sign left to the sentence."""
    value, low, high, unit = float(row["value"]), float(row["low"]), float(row["high"]), str(row["unit"])
    half = spread(low, high)
    ends = sorted((abs(low), abs(high)))
    if unit == "share":
        size, first, last = (signed_points(part, half, say.language) for part in (value, *ends))
        return say("{size} points ({low} to {high})", size=size, low=first, high=last)
    size = amount(abs(value), half, unit, say.language)
    first, last = (number(part, half, say.language) for part in ends)
    return say("{size} ({low} to {high})", size=size, low=first, high=last)
