"""KPIs of known answers, worked by hand."""

from __future__ import annotations

import datetime as dt

from smo_reports.schema import PERIOD_WORK
from worked import Row, Worked, rows
from worked.quality import GOLD


def november(day: str) -> dt.datetime | None:
    """Midnight of a day of November; those before its first are of October."""
    return None if day == "-" else dt.datetime(2026, 11, 1, tzinfo=dt.UTC) + dt.timedelta(int(day) - 1)


def answers(lines: str) -> list[Row]:
    """Known answers as a table to read."""
    names = ("item_id", "gold_version", "policy", "added_at", "retired_at", "outdated_at")
    split = [line.split() for line in lines.strip().splitlines()]
    return [dict(zip(names, (*words[:3], *map(november, words[3:])), strict=True)) for words in split]


# The newest change is of the 10th. Then k2 and k4 are retired, k1 has been replaced on the 5th, and k6 has no time. The
# guideline that outdates k3 comes later, and the one that outdated k1 came before its second version.
ANSWERS = answers(
    """
    k1 1 hate  1  -  3
    k1 2 hate  5  -  -
    k2 1 hate -1  6  3
    k3 1 hate  9  -  12
    k4 1 spam -30 10 3
    k5 1 spam  2  -  6
    k6 1 spam  -  -  -
    """
)

DECIDED = rows(
    "decision_id market skipped",
    """
     d1          ID     no
     d2          ID     no
     d3          ID     -
     d4          ID     no
     d5          ID     no
     d6          ID     yes
     d7          MY     no
     d8          MY     no
     d9          MY     no
     d10         MY     no
     d11         BR     no
    """,
)

WORKED = {
    # Five decisions on gold, three of them in ID, and ten that were answered; BR has no gold.
    "gold_coverage": Worked(
        {"decisions": DECIDED, "gold_decisions": GOLD},
        5 / 10,
        10,
        ends={PERIOD_WORK: (0.5, 0.5)},
        parts={"market": {"ID": (3 / 5, 5), "MY": (2 / 4, 4), "BR": (0.0, 1)}},
    ),
    # On the 10th: k1 is 5 days old, k3 1 and k5 8.
    "gold_age": Worked(
        {"gold": ANSWERS},
        5,
        3,
        ends={PERIOD_WORK: (5, 5)},
        parts={"policy": {"hate": (3, 2), "spam": (8, 1)}},
    ),
    # Of the same three k5 is older than a guideline.
    "gold_version_lag": Worked(
        {"gold": ANSWERS},
        1 / 3,
        3,
        ends={PERIOD_WORK: (1 / 3, 1 / 3)},
        parts={"policy": {"hate": (0.0, 2), "spam": (1.0, 1)}},
    ),
}
