"""KPIs of waiting for an answer and for a batch, worked by hand."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import W1, W2, Row, Worked, rows

Z = 1.959964
DAY = 86400

# 1, 2 and 6 days at the period's end; ten days at the end of the first week.
STILL_OPEN = rows(
    "policy week closing age_s",
    """
     nudity w1   no      864000
     nudity w2   yes     86400
     hate   w2   yes     172800
     hate   w2   yes     518400
    """,
)

# Answered after 1, 2 and 3 days; two are open, for 4 days and for half a day.
ASKED = rows(
    "policy day week age_s  closed",
    """
     nudity w1  w1   86400  yes
     nudity w1  w1   172800 yes
     hate   w1  w1   345600 no
     hate   w2  w2   259200 yes
     hate   w2  w2   43200  no
    """,
)


def _batch(**said: Any) -> Row:
    delivered = dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC)
    row = {"requester": "a", "week": W1, "delivered_at": delivered, "outcome": None, "on_time": None}
    return row | {"reworked": False} | said


# The fifth is not due yet, and the fourth was never delivered.
BATCHES = [
    _batch(on_time=True, outcome="accepted"),
    _batch(on_time=True, outcome="returned", reworked=True),
    _batch(on_time=False, outcome="accepted", reworked=True, week=W2),
    _batch(on_time=False, delivered_at=None, requester="b", week=W2),
    _batch(delivered_at=None, requester="b", week=W2),
]


def _wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's interval as in his paper: (2np + z² ± z √(z² + 4np(1 - p))) / 2(n + z²)."""
    root = Z * math.sqrt(Z**2 + 4 * hits * (1 - hits / n))
    return (2 * hits + Z**2 - root) / (2 * (n + Z**2)), (2 * hits + Z**2 + root) / (2 * (n + Z**2))


# At risk 4, 3, 2 after 1, 2 and 3 days (the newest left at half a day): 3/4, 1/2 and 1/4: two days. Variances are
# S² (1/12, 1/12 + 1/6, 1/4 + 1/2) less S (1 - S) / 5, that is 15/320, 1/16 and 3/64 less 3/80, 1/20 and 3/80: errors
# 0.0968246, 0.1118034, 0.0968246; over S |ln S|, times 1.959964: 0.87955, 0.63227, 0.54758. The lower end is 0.49994
# after one day, exp(-0.287682 · 2.40982), and the upper one 0.4484 after three, exp(-1.386294 · 0.57835).
# The days: the first has 2 - 0 at risk of 3 less the open one: 3 of 4, 2 of 3 and 1 of 2: 1/4 / 3, then 1/3 / 2,
# then -1/2 / 1: 1/12, 1/4, -1/4, the second the opposite; error 2 S / 12, 2 S / 4, 2 S / 4. With Student's 12.7062 at
# one degree the lower end is below one half after one day, the upper one never.
_ANSWERED = Worked(
    {"questions": ASKED},
    2,
    5,
    ends={PERIOD_WORK: (1, 3), PROCESS: (1, math.nan)},
    # nudity: 1/2 after one day; hate: one of the two that are left after three.
    parts={"policy": {"hate": (3, 3), "nudity": (1, 2)}, "week": {W1: (2, 3), W2: (3, 2)}},
)
_UNANSWERED = Worked(
    {"questions_open": STILL_OPEN},
    2,
    3,
    ends={PERIOD_WORK: (2, 2)},
    parts={"policy": {"hate": (2, 2), "nudity": (1, 1)}, "week": {W1: (10, 1), W2: (2, 3)}},
)

WORKED = {
    "question_days": _ANSWERED,
    "question_age": _UNANSWERED,
    "escalation_days": Worked({"escalations": ASKED}, 2, 5, ends=_ANSWERED.ends, parts=_ANSWERED.parts),
    "escalation_age": Worked({"escalations_open": STILL_OPEN}, 2, 3, ends=_UNANSWERED.ends, parts=_UNANSWERED.parts),
    "batches_on_time": Worked(
        {"batches": BATCHES},
        2 / 4,
        4,
        ends={PERIOD_WORK: (2 / 4, 2 / 4), PROCESS: _wilson(2, 4)},
        parts={"requester": {"a": (2 / 3, 3), "b": (0.0, 1)}, "week": {W1: (1.0, 2), W2: (0.0, 2)}},
    ),
    "batches_accepted": Worked(
        {"batches": BATCHES},
        2 / 3,
        3,
        ends={PERIOD_WORK: (2 / 3, 2 / 3), PROCESS: _wilson(2, 3)},
        parts={"requester": {"a": (2 / 3, 3)}, "week": {W1: (1 / 2, 2), W2: (1.0, 1)}},
    ),
    "batches_reworked": Worked(
        {"batches": BATCHES},
        2 / 3,
        3,
        ends={PERIOD_WORK: (2 / 3, 2 / 3), PROCESS: _wilson(2, 3)},
        parts={"requester": {"a": (2 / 3, 3)}, "week": {W1: (1 / 2, 2), W2: (1.0, 1)}},
    ),
}
