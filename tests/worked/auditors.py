"""KPIs of auditors, worked by hand."""

from __future__ import annotations

import math

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T2, W1, W2, Row, Worked, rows

T3 = 3.18245

# Not counted: a label given knowingly, one of which nobody knows, and an item on which nothing was agreed.
CALIBRATIONS = rows(
    "item_id person_id week label  agreed_label blind violating agreed_violating",
    """
     i1      Q1        w1   hate   hate         yes   yes       yes
     i1      Q2        w1   hate   hate         yes   yes       yes
     i1      Q3        w1   normal hate         yes   no        yes
     i2      Q1        w1   normal normal       yes   no        no
     i2      Q2        w1   hate   normal       yes   yes       no
     i2      Q3        w1   normal normal       yes   no        no
     i3      Q1        w2   hate   scam         yes   yes       yes
     i3      Q2        w2   hate   scam         yes   yes       yes
     i3      Q3        w2   hate   scam         yes   yes       yes
     i4      Q1        w2   normal normal       yes   no        no
     i4      Q2        w2   hate   normal       yes   yes       no
     i4      Q3        w2   normal normal       yes   no        no
     i5      Q1        w2   hate   normal       no    yes       no
     i5      Q2        w2   hate   normal       -     yes       no
     i6      Q1        w2   hate   -            yes   yes       -
    """,
)

# Twenty items; Q1 is right on the first 18, Q2 on the first 10, Q3 on the first 14.
JUDGED: list[Row] = [
    {"item_id": f"i{item}", "person_id": person, "agreed_label": "a", "label": "a" if item < right else "b"}
    | {"week": W1 if item < 10 else W2}
    for person, right in (("Q1", 18), ("Q2", 10), ("Q3", 14))
    for item in range(20)
]

PLANS = rows(
    "plan_id stratum week planned",
    """
     p1      A       w1   4
     p1      B       w1   2
     p2      A       w2   5
     p2      C       w2   -
    """,
)


def audits_of(plan: str, stratum: str, times: int, **more: object) -> list[Row]:
    """Random audits of a stratum of a plan, all of the first week's decisions."""
    return [{"plan_id": plan, "stratum": stratum, "week": W1, "purpose": "random", "correct": True} | more] * times


MADE = [
    *audits_of("p1", "A", 5),
    *audits_of("p1", "B", 1),
    *audits_of("p2", "A", 3),
    *audits_of("p2", "A", 1, purpose="targeted"),
    *audits_of("p2", "A", 1, audit_round=2),
    *audits_of("p2", "A", 1, correct=None),
    *audits_of("p2", "B", 7),
]

WORKED = {
    # i1 2 of 3, i2 2, i3 none, i4 2: 6 of 12. Items: 1/2 1/2 -3/2 1/2, squares 3, times 4/3: worth 12²/4 / 4 = 9 at
    # 4 - 1 degrees. Auditors: Q1 3 of 4, Q2 1, Q3 2: 1, -1, 0, squares 2, times 3/2: worth 12²/4 / 3 = 12 at 3 - 1.
    "calibration_agreement": Worked(
        {"calibrations": CALIBRATIONS},
        1 / 2,
        12,
        score={PERIOD_WORK: (9, T3, 1), PROCESS: (12, T2, 1)},
        parts={
            "week": {W1: (4 / 6, 6), W2: (2 / 6, 6)},
            "person_id": {"Q1": (3 / 4, 4), "Q2": (1 / 4, 4), "Q3": (1 / 2, 4)},
        },
    ),
    # Too strict: Q2 on i2 and i4; too lenient: Q3 on i1: 1/12. Items: -1 1 0 1 less 1/4 each: squares 2.75, times 4/3.
    # Auditors: 0 2 -1 less 1/3 each: squares 42/9, times 3/2 is 7; above 1 there is nothing.
    "auditor_bias": Worked(
        {"calibrations": CALIBRATIONS},
        1 / 12,
        12,
        ends={
            PERIOD_WORK: tuple(1 / 12 + side * T3 * math.sqrt(11 / 3) / 12 for side in (-1, 1)),
            PROCESS: (1 / 12 - T2 * math.sqrt(7) / 12, 1.0),
        },
        parts={
            "week": {W1: (0.0, 6), W2: (1 / 6, 6)},
            "person_id": {"Q1": (0.0, 4), "Q2": (1 / 2, 4), "Q3": (-1 / 4, 4)},
        },
    ),
    # .9, .5 and .7: mean .7, squares .08, over two .04; chance gives .7 · .3 / 20 = .0105. Chi-square at two degrees:
    # 7.37776 and 0.0506356.
    "calibration_spread": Worked(
        {"calibrations": JUDGED},
        math.sqrt(0.04 - 0.0105),
        60,
        ends={PERIOD_WORK: (math.sqrt(0.08 / 7.37776 - 0.0105), math.sqrt(0.08 / 0.0506356 - 0.0105))},
        # All are right on the first ten; then .8, 0 and .4: .32/2 less .4 · .6 / 10.
        parts={"week": {W1: (0.0, 30), W2: (math.sqrt(0.16 - 0.024), 30)}},
    ),
    # p1: 4 of 4 (one too many), 1 of 2; p2: 3 of 5; nothing was planned for p2's B, and nobody knows how much for C.
    "audit_plan_done": Worked(
        {"audit_plans": PLANS, "audits": MADE},
        8 / 11,
        11,
        ends={PERIOD_WORK: (8 / 11, 8 / 11)},
        # By the plans' weeks, whenever the decisions were made.
        parts={"week": {W1: (5 / 6, 6), W2: (3 / 5, 5)}},
    ),
}
