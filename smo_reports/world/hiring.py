"""Openings and the steps that candidates went through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from smo_reports.world.columns import listed
from smo_reports.world.moments import DAY, HOUR, Calendar
from smo_reports.world.operation import Operation
from smo_reports.world.people import Crew

STAGES = (("applied", 4.0, 0.65), ("language test", 5.0, 0.7), ("interview", 7.0, 0.55), ("offer", 5.0, 0.85))
"""Stage, mean days in it, share that passes."""
_OPENED_WEEKS = (1, 9, 17)
_SOURCES = ("referral", "job board", "agency")


def hiring(
    operation: Operation, crew: Crew, calendar: Calendar, rng: np.random.Generator
) -> dict[str, pa.Table | None]:
    """Make ``requisitions`` and ``candidates``: three openings, each with its funnel; none in a pilot."""
    openings: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    for place, week in enumerate(() if operation.thin else _OPENED_WEEKS):
        market = operation.markets[place % len(operation.markets)]
        name = f"{operation.key}-r{place + 1:02d}"
        seats = 1 + crew.size // 15
        hired: list[int] = []
        for number in range(12 * seats):
            hired += _candidate(crew, calendar, rng, (name, week, number), steps)
        filled = sorted(hired)[seats - 1] if len(hired) >= seats else None
        openings.append(
            {
                "requisition_id": name,
                "role": "labeler",
                "headcount": seats,
                "opened_on": calendar.date(7 * week),
                "language": next(iter(market.languages)),
                "site": market.vendors[0][1],
                "needed_by": calendar.date(7 * (week + 7)),
                "filled_on": None if filled is None else int(calendar.local(np.array([filled]))[0][0]),
            }
        )
    return {
        "requisitions": listed("requisitions", operation.name, openings),
        "candidates": listed("candidates", operation.name, steps),
    }


def _candidate(
    crew: Crew,
    calendar: Calendar,
    rng: np.random.Generator,
    place: tuple[str, int, int],
    steps: list[dict[str, Any]],
) -> list[int]:
    """Send one candidate through the stages; returns when the offer was taken, if it was."""
    opening, week, number = place
    at = int(calendar.utc(7 * week)) + int(rng.uniform(0, 28) * DAY)
    source = _SOURCES[int(rng.integers(0, len(_SOURCES)))]
    for stage, mean, share in STAGES:
        if at >= calendar.end_utc:
            return []
        left = at + int(rng.gamma(2.0, mean / 2) * DAY) + HOUR
        done = left < calendar.end_utc
        passed = bool(rng.random() < share)
        talk = stage == "interview"
        steps.append(
            {
                "requisition_id": opening,
                "candidate_id": f"{opening}-k{number + 1:03d}",
                "stage": stage,
                "entered_at": at,
                "left_at": left if done else None,
                "outcome": ("passed" if passed else "rejected") if done else None,
                "source": source,
                "interviewer_id": f"T{crew.first_lead}" if talk else None,
                "interview_at": left - HOUR // 2 if talk and done else None,
                "score": round(float(rng.normal(3.6 if passed else 2.6, 0.5)), 1) if talk and done else None,
            }
        )
        if not (done and passed):
            return []
        at = left
    return [at]
