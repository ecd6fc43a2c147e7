"""KPIs of flow, worked by hand."""

from __future__ import annotations

import datetime as dt
import math

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T1, W1, W2, Row, Worked, rows

HOUR = 3600

# Six items; the third has been open for three hours when the period ends.
LIVED = rows(
    "item_id market day week age_s closed",
    """
     i1      ID     w1  w1   3600  yes
     i2      ID     w1  w1   7200  yes
     i3      MY     w1  w1   10800 no
     i4      ID     w2  w2   14400 yes
     i5      MY     w2  w2   18000 yes
     i6      MY     w2  w2   28800 yes
    """,
)


def _due(market: str, day: dt.date, closed_after: float | None) -> Row:
    due = dt.datetime.combine(day, dt.time(12), dt.UTC)
    closed = None if closed_after is None else due + dt.timedelta(hours=closed_after)
    return {"market": market, "day": day, "week": day, "due_at": due, "closed_at": closed}


# Hours from the time due to closing: just in time counts, and what is open does not.
DUE = [_due("ID", W1, -5), _due("ID", W1, 0.001), _due("MY", W1, None)]
DUE += [_due("ID", W2, 0), _due("MY", W2, -1), _due("MY", W2, -20)]

# Open at the end of the first week, and at the period's end.
WAITING = rows(
    "item_id market week closing age_s  past_due",
    """
     i1      ID     w1   no      90000  no
     i7      MY     w1   no      700000 yes
     i7      MY     w2   yes     108000 yes
     i8      ID     w2   yes     3600   no
     i9      ID     w2   yes     18000  no
    """,
)

WORKED = {
    # At risk 6, 5, 3, 2, 1 after 1, 2, 4, 5 and 8 hours: 5/6, 4/6, 4/9, 2/9 and 0 are left; half is passed at 4.
    # Variance at 4 hours: (4/9)² (1/30 + 1/20 + 1/6) less (4/9)(5/9)/6, 2/243; at 5 hours (2/9)² (1/4 + 1/2) less
    # (2/9)(7/9)/6, 2/243 again; before the open item nothing. On the scale log(-log): 0.0907219 / (4/9 · 0.810930)
    # = 0.251714, times 1.959964 exp is 1.63779: 0.26497 to 0.60949; at 5 hours 0.07727 to 0.41331. Both ends pass a
    # half: the lower one at 4 hours, the upper one at 5.
    # Days, the first with 3, 2, 0 at risk: 1/10 + 3/20 and nothing more, the second the opposite: error 2 · S / 4,
    # times Student at one degree. The lower end is below one half after the first hour, the upper one never.
    "turnaround_median": Worked(
        {"items": LIVED},
        4,
        6,
        ends={PERIOD_WORK: (4, 5), PROCESS: (1, math.nan)},
        # ID: 2/3, 1/3; MY: the open item leaves two: 1/2. First week 2/3, 1/3, second 2/3, 1/3.
        parts={"market": {"ID": (2, 3), "MY": (5, 3)}, "week": {W1: (2, 3), W2: (5, 3)}},
    ),
    # One tenth is passed by the curve at 8 hours, by the lower end at 5 (0.07727).
    "turnaround_p90": Worked(
        {"items": LIVED},
        8,
        6,
        ends={PERIOD_WORK: (5, 8), PROCESS: (1, math.nan)},
        parts={"market": {"ID": (4, 3), "MY": (8, 3)}},
    ),
    # One twentieth is passed by the lower end at 8 hours as well.
    "turnaround_p95": Worked(
        {"items": LIVED},
        8,
        6,
        ends={PERIOD_WORK: (8, 8), PROCESS: (1, math.nan)},
        parts={"market": {"ID": (4, 3), "MY": (8, 3)}},
    ),
    # In time: one of three in the first week, all three of the second. Days: 1 - 2 = -1 and 3 - 2 = 1: 2 · 2 / 36;
    # (2/9) / (1/9) = 2 rows at one degree.
    "sla_attainment": Worked(
        {"items_due": DUE},
        4 / 6,
        6,
        ends={PERIOD_WORK: (4 / 6, 4 / 6)},
        score={PROCESS: (2, T1, 1)},
        parts={"market": {"ID": (2 / 3, 3), "MY": (2 / 3, 3)}, "week": {W1: (1 / 3, 3), W2: (1.0, 3)}},
    ),
    "backlog": Worked(
        {"items_open": WAITING},
        3,
        3,
        ends={PERIOD_WORK: (3, 3)},
        parts={"market": {"ID": (2, 2), "MY": (1, 1)}, "week": {W1: (2, 2), W2: (3, 3)}},
    ),
    "backlog_past_due": Worked(
        {"items_open": WAITING},
        1,
        1,
        ends={PERIOD_WORK: (1, 1)},
        parts={"market": {"ID": (0, 0), "MY": (1, 1)}, "week": {W1: (1, 1), W2: (1, 1)}},
    ),
    # 1, 5 and 30 hours: 5. ID: half of 1 and 5 are not older than 1. First week: 25 and 194.444 hours.
    "backlog_age_median": Worked(
        {"items_open": WAITING},
        5,
        3,
        ends={PERIOD_WORK: (5, 5)},
        parts={"market": {"ID": (1, 2), "MY": (30, 1)}, "week": {W1: (25, 2), W2: (5, 3)}},
    ),
    "backlog_age_p90": Worked(
        {"items_open": WAITING},
        30,
        3,
        ends={PERIOD_WORK: (30, 30)},
        parts={"market": {"ID": (5, 2), "MY": (30, 1)}, "week": {W1: (700000 / HOUR, 2), W2: (30, 3)}},
    ),
}
