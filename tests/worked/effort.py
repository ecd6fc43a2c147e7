"""KPIs of effort, worked by hand."""

from __future__ import annotations

import math

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T2, W1, W2, Worked, rows

# Five decisions of three people; the sixth was skipped and the seventh was not timed.
TIMED = rows(
    "decision_id labeler_id market week handling_s skipped",
    """
     d1         L1         ID     w1   10         no
     d2         L1         ID     w1   40         no
     d3         L2         ID     w2   20         -
     d4         L2         MY     w2   50         no
     d5         L3         MY     w2   60         no
     d6         L3         MY     w2   9000       yes
    """,
)

HOURS = rows(
    "person_id week activity   hours",
    """
     L1        w1   production 2
     L1        w1   training   7
     L2        w1   production 1
     L2        w2   production 2
     L2        w2   break      1
    """,
)

WORKED = {
    "decisions": Worked(
        {"decisions": TIMED},
        5,
        5,
        ends={PERIOD_WORK: (5, 5)},
        parts={"market": {"ID": (3, 3), "MY": (2, 2)}, "week": {W1: (2, 2), W2: (3, 3)}},
    ),
    # Five decisions on 2 + 1 + 2 booked hours of production: one an hour. People: L1 2 - 2 = 0, L2 2 - 3 = -1, L3,
    # who booked nothing, 1: √(1.5 · 2) / 5 = 0.34641, times Student at two degrees.
    "throughput": Worked(
        {"decisions": TIMED, "work_hours": HOURS},
        1.0,
        5,
        ends={PERIOD_WORK: (1, 1), PROCESS: (0.0, 1 + T2 * math.sqrt(3) / 5)},
        parts={
            "week": {W1: (2 / 3, 2), W2: (3 / 2, 3)},
            # Who booked is who labelled.
            "labeler_id": {"L1": (2 / 2, 2), "L2": (2 / 3, 2), "L3": (math.nan, 1)},
        },
    ),
    # 10 20 40 50 60: 40. Below it: L1 one of two, L2 one of two, L3 none of one: share 0.4, residuals 0.2 0.2 -0.4;
    # error √(1.5 · 0.24) / 5 = 0.12, times 4.30265 is more than one half: from the least to the greatest.
    "handling_time_median": Worked(
        {"decisions": TIMED},
        40,
        5,
        ends={PERIOD_WORK: (40, 40), PROCESS: (10, 60)},
        parts={"market": {"ID": (20, 3), "MY": (55, 2)}, "week": {W1: (25, 2), W2: (50, 3)}},
    ),
    # 180 / 5 = 36. Labelers: 50 - 72 = -22, 70 - 72 = -2, 60 - 36 = 24: √(1.5 · 1064) / 5 = 7.98999 seconds.
    "handling_time_mean": Worked(
        {"decisions": TIMED},
        36,
        5,
        ends={PERIOD_WORK: (36, 36), PROCESS: (36 - T2 * 7.98999, 36 + T2 * 7.98999)},
        parts={"market": {"ID": (70 / 3, 3), "MY": (55, 2)}, "week": {W1: (25, 2), W2: (130 / 3, 3)}},
    ),
}
