"""Every KPI's worked value: the arithmetic stands beside the numbers. One module a room of KPIs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]

W1, W2 = dt.date(2026, 11, 2), dt.date(2026, 11, 9)
# Student's 97.5 % quantiles, from the printed table.
T1, T2, T4, T6 = 12.7062, 4.30265, 2.77645, 2.44691


def rows(names: str, lines: str) -> list[Row]:
    """Rows as a table to read: a dash is a missing value, yes and no are truth values, w1 and w2 weeks."""
    known: dict[str, Any] = {"-": None, "yes": True, "no": False, "w1": W1, "w2": W2}

    def value(word: str) -> Any:
        if word in known:
            return known[word]
        return float(word) if word[0].isdigit() else word

    return [dict(zip(names.split(), map(value, line.split()), strict=True)) for line in lines.strip().splitlines()]


@dataclass(frozen=True)
class Worked:
    """One KPI worked by hand: value and n of everything, of parts, and the ends of its intervals.

    ``score`` gives, by interval, the effective n and Student's quantile whose score interval is meant;
    ``ends`` gives the ends themselves.
    """

    tables: dict[str, list[Row]]
    value: float
    n: int
    score: dict[str, tuple[float, float]] = field(default_factory=dict)
    ends: dict[str, tuple[float, float]] = field(default_factory=dict)
    parts: dict[str, dict[Any, tuple[float, int]]] = field(default_factory=dict)
