"""KPIs of the rows themselves, worked by hand."""

from __future__ import annotations

import datetime as dt

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T2, Worked, rows

_NEWEST = dt.datetime(2026, 11, 9, 12, tzinfo=dt.UTC)


def _gave(market: str, hours_before: float | None) -> dict[str, object]:
    at = None if hours_before is None else _NEWEST - dt.timedelta(hours=hours_before)
    return {"market": market, "submitted_at": at}


# A gap in three of the five that count; the sixth was skipped, and content_type is nobody's need.
GAPS = rows(
    "decision_id vendor market policy handling_s content_type skipped",
    """
     d1          a      ID     hate   10         video        no
     d2          a      ID     -      10         video        no
     d3          a      ID     hate   -          -            -
     d4          b      MY     hate   10         -            no
     d5          b      -      hate   10         video        no
     d6          b      MY     -      -          -            yes
    """,
)

# L1 booked both days, L2 only the first (training on the second), L3 nothing.
DAYS = rows(
    "labeler_id market work_date skipped",
    """
     L1         ID     w1        no
     L1         MY     w2        -
     L2         ID     w1        no
     L2         MY     w2        no
     L3         MY     w2        no
     L3         MY     w2        no
     L3         MY     w2        yes
     L3         MY     -         no
    """,
)
BOOKED = rows(
    "person_id work_date activity   hours",
    """
     L1        w1        production 8
     L1        w2        production 4
     L1        w2        production 4
     L2        w1        production 8
     L2        w2        training   8
     L3        w2        production 0
    """,
)

WORKED = {
    # Of a period without an end, the parts are compared with the newest of all.
    "freshness_hours": Worked(
        {"decisions": [_gave("ID", 0), _gave("ID", 40), _gave("MY", 3), _gave("MY", 30), _gave("MY", None)]},
        0,
        4,
        ends={PERIOD_WORK: (0, 0)},
        parts={"market": {"ID": (0, 2), "MY": (3, 2)}},
    ),
    "completeness": Worked(
        {"decisions": GAPS},
        2 / 5,
        5,
        ends={PERIOD_WORK: (2 / 5, 2 / 5)},
        parts={"vendor": {"a": (1 / 3, 3), "b": (1 / 2, 2)}},
    ),
    # L2's second day and both of L3's: 3 of 6. Labelers: 0 - 1, 1 - 1, 2 - 1: 3/2 · 2 / 36 = 1/12; worth (1/4) / (1/12)
    # rows at two degrees.
    "hours_gap": Worked(
        {"decisions": DAYS, "work_hours": BOOKED},
        3 / 6,
        6,
        ends={PERIOD_WORK: (3 / 6, 3 / 6)},
        score={PROCESS: (3, T2, 1)},
        parts={
            "market": {"ID": (0.0, 2), "MY": (3 / 4, 4)},
            "labeler_id": {"L1": (0.0, 2), "L2": (0.5, 2), "L3": (1.0, 2)},
        },
    ),
}
