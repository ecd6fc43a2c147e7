"""KPIs of disputes and appeals, worked by hand."""

from __future__ import annotations

import datetime as dt
import math

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import W1, W2, Row, Worked, rows

# Five audits found an error, one of them was targeted; q6 has no verdict.
AUDITED = rows(
    "audit_id week purpose  correct",
    """
     q1       w1   random   no
     q2       w1   random   no
     q3       w1   random   yes
     q8       w1   random   no
     q4       w2   random   no
     q5       w2   targeted no
     q6       w2   random   -
     q7       w2   random   yes
    """,
)


def raised(audit: str, week: dt.date, outcome: str | None, first: int, last: int | None) -> Row:
    days = (None if day is None else dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (first, last))
    return dict(
        zip(
            ("audit_id", "week", "outcome", "raised_at", "resolved_at"),
            (audit, week, outcome, *days),
            strict=True,
        )
    )


# q1 was disputed twice. The newest instant is the 13th, when the last one had been open for two days.
DISPUTES = [
    raised("q1", W1, "overturned", 2, 4),
    raised("q1", W1, "overturned", 3, 6),
    raised("q2", W1, "upheld", 5, 6),
    raised("q4", W2, "overturned", 9, 13),
    raised("q5", W2, None, 11, None),
]

ACTED = rows(
    "decision_id week violating skipped",
    """
     v1          w1   yes       no
     v2          w1   yes       no
     v3          w1   yes       -
     v4          w2   yes       no
     v5          w2   no        no
     v6          w2   yes       yes
     v7          w2   -         no
    """,
)

APPEALS = rows(
    "decision_id week outcome",
    """
     v1          w1   overturned
     v4          w2   upheld
     v4          w2   -
    """,
)

WORKED = {
    # q1 q2 q4 q5 were disputed, and q1 q2 q8 q4 q5 found an error.
    "dispute_rate": Worked(
        {"audits": AUDITED, "disputes": DISPUTES},
        4 / 5,
        5,
        ends={PERIOD_WORK: (4 / 5, 4 / 5)},
        parts={"week": {W1: (2 / 3, 3), W2: (1.0, 2)}},
    ),
    # Three of the four that were resolved.
    "dispute_acceptance": Worked(
        {"disputes": DISPUTES},
        3 / 4,
        4,
        ends={PERIOD_WORK: (3 / 4, 3 / 4)},
        parts={"week": {W1: (2 / 3, 3), W2: (1.0, 1)}},
    ),
    # Verdicts on q1 and q4 were reversed, of seven.
    "overturn_rate": Worked(
        {"audits": AUDITED, "disputes": DISPUTES},
        2 / 7,
        7,
        ends={PERIOD_WORK: (2 / 7, 2 / 7)},
        parts={"week": {W1: (1 / 4, 4), W2: (1 / 3, 3)}},
    ),
    # Days 1, 2, 3, 4, and one still open after 2. Left after each: 4/5; of four at risk one: 3/5; of two one: 3/10; 0.
    # Of these five only: Greenwood .09 (1/20 + 1/12 + 1/2) = .057 less .21/5 leaves .015 after day 3 and nothing before
    # it; on the log(-log) scale .3 is between .3^1.944 = .096 and .3^(1/1.944) = .538: the median is day 3 at the
    # earliest, and day 4 at the latest.
    # Five days of which each is a cluster: after day 1 the pulls are .8 (1/5, four times -1/20): error
    # √(5/4 · .64 · .05) = .2, times 2.77645 over .8 · .22314: .8 may be .8^22.4 = .007: day 1 at the earliest. At the
    # latest: after day 3 .3^(1/7.78) = .857 may be left, and nothing is known of later: never.
    "dispute_days": Worked(
        {"disputes": DISPUTES},
        3,
        5,
        ends={PERIOD_WORK: (3, 4), PROCESS: (1, math.nan)},
        # The first week: 1, 2, 3. The second: one after 4, one open after 2.
        parts={"week": {W1: (2, 3), W2: (4, 2)}},
    ),
    # Three appeals; v1 to v4 were acted on. In the second week two against one.
    "appeal_rate": Worked(
        {"decisions": ACTED, "appeals": APPEALS},
        3 / 4,
        4,
        ends={PERIOD_WORK: (3 / 4, 3 / 4)},
        parts={"week": {W1: (1 / 3, 3), W2: (2.0, 1)}},
    ),
    "appeal_overturn_rate": Worked(
        {"appeals": APPEALS},
        1 / 2,
        2,
        ends={PERIOD_WORK: (1 / 2, 1 / 2)},
        parts={"week": {W1: (1.0, 1), W2: (0.0, 1)}},
    ),
}
