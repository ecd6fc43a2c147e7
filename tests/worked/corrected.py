"""KPIs of accuracy that is corrected for wrong judges, worked by hand."""

from __future__ import annotations

import math

from oracles import cluster_ends, drawn_ends

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T1, T4, Row, Worked, outcomes, rows
from worked.quality import GOLD, GOLD_LABELERS

Z = 1.959964
T9 = 2.26216


def score(p: float, n: float) -> tuple[float, float]:
    """Ends of the score interval: the solutions of (p - x)² = z² x (1 - x) / n."""
    a, b = 1 + Z * Z / n, -(2 * p + Z * Z / n)
    root = math.sqrt(b * b - 4 * a * p * p)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def audit(at: int, correct: bool | None, **more: object) -> Row:
    own = {"decision_id": f"d{at}", "labeler_id": "L1" if at < 5 else "L2", "auditor_id": "Q1", "purpose": "random"}
    return own | {"correct": correct, "audit_round": 1, "audit_blind": False, "market": "ID" if at < 5 else "MY"} | more


# Ten audits, eight right; Q2 looked at six of them again, blind. Not counted as second looks: one that was not blind,
# one by the same auditor, a targeted one, one without a verdict, a third one, and one of a targeted first audit.
ROUNDS = [
    *(audit(at, at not in (8, 9)) for at in range(10)),
    *(audit(at, at not in (3, 8), auditor_id="Q2", audit_round=2, audit_blind=True) for at in (1, 2, 3, 5, 8, 9)),
    audit(4, False, auditor_id="Q2", audit_round=2, audit_blind=False),
    audit(4, False, audit_round=2, audit_blind=True),
    audit(4, False, auditor_id="Q2", audit_round=2, audit_blind=True, purpose="targeted"),
    audit(4, None, auditor_id="Q2", audit_round=2, audit_blind=True),
    audit(4, False, auditor_id="Q3", audit_round=3, audit_blind=True),
    audit(10, False, purpose="targeted"),
    audit(10, False, auditor_id="Q2", audit_round=2, audit_blind=True),
]

# g1 and g2 in ten sessions each, two people a time; once what was agreed on was not the known answer. Not counted: a
# session that was not blind, an item on which nothing was agreed, and one that is no gold.
SESSIONS = [
    {"session_id": f"s{session}", "item_id": item, "person_id": person, "blind": True}
    | {"agreed_label": "b" if (session, item) == (3, "g2") else "a"}
    for session in range(10)
    for item in ("g1", "g2")
    for person in ("Q1", "Q2")
] + rows(
    "session_id item_id person_id blind agreed_label",
    """
     t1         g3      Q1        no    b
     t2         g4      Q1        yes   -
     t2         x1      Q1        yes   b
    """,
)


def corrected(value: float, *moved: tuple[float, float]) -> tuple[float, float]:
    """Ends from what each part's ends do to a value: the root of the sum of squares, and never outside 0 to 1."""
    down, up = (math.hypot(*(side * max(side * (end - value) for end in ends) for ends in moved)) for side in (-1, 1))
    return max(value - down, 0.0), min(value + up, 1.0)


def of_gold(observed: tuple[float, float]) -> tuple[float, float]:
    """Observed .8 and gold .95 (19 of 20), each moved to its ends in (s + g - 1) / (2 g - 1)."""
    by_share = [(end - 0.05) / 0.9 for end in observed]
    by_gold = [(0.8 + end - 1) / (2 * end - 1) for end in score(0.95, 20)]
    return corrected(0.75 / 0.9, (by_share[0], by_share[1]), (by_gold[0], by_gold[1]))


def of_rounds(observed: tuple[float, float]) -> tuple[float, float]:
    """Observed .8, upheld 3 of 4, cleared 1 of 2, each moved to its ends in s u + (1 - s) c."""
    by_share = [end * 0.75 + (1 - end) * 0.5 for end in observed]
    by_upheld = [0.8 * end + 0.1 for end in score(0.75, 4)]
    by_cleared = [0.6 + 0.2 * end for end in score(0.5, 2)]
    return corrected(0.7, (by_share[0], by_share[1]), (by_upheld[0], by_upheld[1]), (by_cleared[0], by_cleared[1]))


WORKED = {
    # Gold accuracy is 4 of 5 and gold itself right in 19 of 20: (.8 - .05) / .9. Its ends are gold accuracy's.
    "gold_adjusted_accuracy": Worked(
        {"gold_decisions": GOLD, "calibrations": SESSIONS},
        0.75 / 0.9,
        5,
        ends={
            PERIOD_WORK: of_gold(drawn_ends(0.8, 4, 5, T4)),
            PROCESS: of_gold(cluster_ends(*outcomes(GOLD_LABELERS))),
        },
        # ID: (2/3 - .05) / .9. MY: all right, which is cut to 1.
        parts={"market": {"ID": ((2 / 3 - 0.05) / 0.9, 3), "MY": (1.0, 2)}},
    ),
    # 8 of 10 were called right; of four of those Q2 calls three right, and of two that were called wrong one:
    # .8 · 3/4 + .2 · 1/2 = .7. One of ten: worth nine at 9 degrees. Labelers: L1 5 - 4 = 1, L2 -1: twice 2 over 100:
    # worth .16 / .04 = 4 at 1 degree.
    "auditor_adjusted_accuracy": Worked(
        {"audits": ROUNDS},
        0.7,
        10,
        ends={
            PERIOD_WORK: of_rounds(drawn_ends(0.8, 9, 10, T9)),
            PROCESS: of_rounds(drawn_ends(0.8, 4, 10, T1)),
        },
        # ID: nothing was called wrong, so nothing of that was looked at again. MY: 3 of 5 called right, the one of them
        # that was looked at again is, and one of two that were called wrong: .6 + .4 / 2.
        parts={"market": {"ID": (math.nan, 5), "MY": (0.8, 5)}},
    ),
}
