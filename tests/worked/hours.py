"""KPIs of working time, worked by hand: five people, since nothing is said of fewer."""

from __future__ import annotations

import math

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T4, W1, W2, Row, Worked, rows

# Paid 8 in the first week and 5 in the second, each of the five.
BOOKED = rows(
    "person_id week activity   hours",
    """
     P1        w1   production 6
     P1        w1   break      2
     P2        w1   production 5
     P2        w1   idle       1
     P2        w1   leave      2
     P3        w1   production 1
     P3        w1   audit      6
     P3        w1   meeting    1
     P4        w1   production 4
     P4        w1   training   4
     P5        w1   production 8
    """,
)
for _person in ("P1", "P2", "P3", "P4", "P5"):
    BOOKED += rows("person_id week activity hours", f"{_person} w2 production 4\n{_person} w2 wellness 1")

# Hours of handling: 3, 3, 1, 2, 6 in the first week and three each in the second.
HANDLED: list[Row] = [
    {"labeler_id": f"P{place % 5 + 1}", "week": W1 if place < 5 else W2, "handling_s": 3600 * hours}
    for place, hours in enumerate([3.0, 3.0, 1.0, 2.0, 6.0, 3.0, 3.0, 3.0, 3.0, 3.0])
]

OVERTIME = rows(
    "labeler_id market overtime skipped",
    """
     P1         ID     yes      no
     P1         ID     no       no
     P2         ID     no       no
     P2         ID     no       -
     P3         ID     no       no
     P3         ID     -        no
     P4         ID     yes      no
     P4         ID     yes      no
     P4         ID     yes      yes
     P5         ID     no       no
     P5         MY     no       no
    """,
)

# Days of work: P1 two, the others one each, P5 without any severe item.
SEVERE = rows(
    "labeler_id market work_date handling_s severe skipped",
    """
     P1         ID     w1        600        yes    no
     P1         ID     w1        60         no     no
     P1         ID     w2        1200       yes    no
     P2         ID     w1        300        yes    no
     P2         ID     w1        300        yes    no
     P3         ID     w1        1500       yes    no
     P3         ID     w1        9000       yes    yes
     P4         ID     w2        -          yes    no
     P4         ID     w2        600        yes    no
     P5         ID     w1        900        no     no
     P5         MY     w1        900        yes    no
    """,
)

WORKED = {
    # Production and audits: 6 5 7 4 8 of 8 each and 4 of 5 each: 50 of 65. People: 13 · 10/13 is 10 each; 0 -1 1 -2 2:
    # √(5/4 · 10) / 65, Student at four degrees.
    "utilisation": Worked(
        {"work_hours": BOOKED},
        50 / 65,
        5,
        ends={
            PERIOD_WORK: (50 / 65, 50 / 65),
            PROCESS: (50 / 65 - T4 * math.sqrt(12.5) / 65, 50 / 65 + T4 * math.sqrt(12.5) / 65),
        },
        parts={"week": {W1: (30 / 40, 5), W2: (20 / 25, 5)}},
    ),
    # Neither production, audit nor idle: 2 2 1 4 0 and 1 each: 14 of 65. People: 3 3 2 5 1 less 2.8 each; squares 8.8.
    "shrinkage": Worked(
        {"work_hours": BOOKED},
        14 / 65,
        5,
        ends={
            PERIOD_WORK: (14 / 65, 14 / 65),
            PROCESS: (14 / 65 - T4 * math.sqrt(11) / 65, 14 / 65 + T4 * math.sqrt(11) / 65),
        },
        parts={"week": {W1: (9 / 40, 5), W2: (5 / 25, 5)}},
    ),
    # Handled 15 + 15 hours of 25 + 20 production and idle. People: 6 6 4 5 9 handled of 10 10 5 8 12: in thirds
    # -2 -2 2 -1 3; squares 22/9.
    "occupancy": Worked(
        {"decisions": HANDLED, "work_hours": BOOKED},
        30 / 45,
        5,
        ends={
            PERIOD_WORK: (30 / 45, 30 / 45),
            PROCESS: (
                30 / 45 - T4 * math.sqrt(5 / 4 * 22 / 9) / 45,
                30 / 45 + T4 * math.sqrt(5 / 4 * 22 / 9) / 45,
            ),
        },
        parts={"week": {W1: (15 / 25, 5), W2: (15 / 20, 5)}},
    ),
    # P1 1 of 2, P2 0 of 2, P3 0 of 1 (one is not said), P4 2 of 2 (one was skipped), P5 0 of 2: 3 of 9. In thirds
    # 1 -2 -1 4 -2: squares 26/9; the lower end is below nothing.
    "overtime_share": Worked(
        {"decisions": OVERTIME},
        3 / 9,
        5,
        ends={PERIOD_WORK: (3 / 9, 3 / 9), PROCESS: (0, 3 / 9 + T4 * math.sqrt(5 / 4 * 26 / 9) / 9)},
        parts={"market": {"ID": (3 / 8, 5), "MY": (math.nan, 1)}},
    ),
    # Minutes 10 + 20, 10, 25, 10 and 15 on 2, 1, 1, 1 and 1 days: 90 / 6 = 15. People: 0 -5 10 -5 0, squares 150.
    "exposure_minutes": Worked(
        {"decisions": SEVERE},
        15,
        5,
        ends={
            PERIOD_WORK: (15, 15),
            PROCESS: (15 - T4 * math.sqrt(5 / 4 * 150) / 6, 15 + T4 * math.sqrt(5 / 4 * 150) / 6),
        },
        # The market of P5's severe item has one person only.
        parts={"market": {"ID": (75 / 6, 5), "MY": (math.nan, 1)}},
    ),
}
