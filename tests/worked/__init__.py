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


def outcomes(labelers: dict[str, str]) -> tuple[list[bool], list[float], list[str]]:
    """Outcome, weight and labeler of each row: a plus is a yes."""
    named = [(name, word) for name, words in labelers.items() for word in words.split()]
    return [word[-1] == "+" for _, word in named], [float(word[:-1]) for _, word in named], [name for name, _ in named]


@dataclass(frozen=True)
class Worked:
    """One KPI worked by hand: value and n of everything, of parts, and the ends of its intervals.

    ``ends`` gives the ends themselves. ``score`` gives, by interval, what the ends of a share are made from: the plain
    rows that it is worth if the population has no end, Student's quantile, and the part of the variance that a finite
    population leaves. ``labelers`` gives the rows of each labeler by weight and outcome, as in "10+ 2-": what labelers
    who are not alike in weight say of the process takes matrices (:func:`oracles.clusters_of`).
    """

    tables: dict[str, list[Row]]
    value: float
    n: int
    score: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    labelers: dict[str, str] = field(default_factory=dict)
    ends: dict[str, tuple[float, float]] = field(default_factory=dict)
    parts: dict[str, dict[Any, tuple[float, int]]] = field(default_factory=dict)
