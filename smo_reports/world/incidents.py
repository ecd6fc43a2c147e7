"""The planted incidents: what happens where and when, and how strongly it acts on the numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from smo_reports.world.operation import WEEKS


@dataclass(frozen=True)
class Incident:
    """One planted incident.

    Attributes
    ----------
    name, project, kind : str
    week : int
        The first week, 0 being the world's first and 25 its last.
    start, end : date
        ``end`` is exclusive; None when it lasts until the world's end.
    where : dict
        The segment that it acts on.
    kpi, effect : str
        The KPI that shows it first, and what it does.
    """

    name: str
    project: str
    kind: str
    week: int
    start: dt.date
    end: dt.date | None
    where: dict[str, str]
    kpi: str
    effect: str


@dataclass(frozen=True)
class Planted:
    """An incident in relative weeks; ``weeks`` is None when it lasts until the end."""

    name: str
    project: str
    kind: str
    week: int
    weeks: int | None
    where: Mapping[str, str]
    kpi: str
    effect: str

    def active(self, week: int) -> bool:
        """Whether it acts in a week."""
        return self.week <= week and (self.weeks is None or week < self.week + self.weeks)


GUIDELINE, COHORT, TOOL, LENIENT, MIX, BACKLOG = PLANTED = (
    Planted(
        "satire exemption",
        "hate-speech-id",
        "guideline",
        22,
        None,
        {"policy": "harassment", "market": "ID"},
        "accuracy",
        "a new guideline version makes `harassment` and `satire` hard to tell apart: "
        "accuracy of the segment falls by 8 to 10 points",
    ),
    Planted(
        "new cohort",
        "hate-speech-br",
        "staffing",
        23,
        None,
        {"vendor": "Vega"},
        "accuracy",
        "a large cohort starts at one vendor with little skill: its accuracy is over 10 points below its "
        "colleagues', and it is slower",
    ),
    Planted(
        "sticky drop-down",
        "spam-br",
        "tool",
        17,
        2,
        {"tool_version": "t12.4"},
        "handling_time_median",
        "a tool release stores another label than the chosen one in 5 % of the decisions (technical "
        "errors), and every decision takes a third longer",
    ),
    Planted(
        "lenient auditor",
        "nudity-id",
        "audit",
        15,
        None,
        {"auditor_id": "the project's first auditor"},
        "accuracy",
        "one auditor passes two thirds of the errors: measured accuracy rises while gold accuracy does not move",
    ),
    Planted(
        "harder mix",
        "live-safety-id",
        "mix",
        20,
        None,
        {"policy": "dangerous_acts"},
        "accuracy",
        "the hardest policy's share of the items doubles: accuracy falls although it is unchanged within each policy",
    ),
    Planted(
        "backlog",
        "nudity-de",
        "volume",
        24,
        None,
        {"queue": "appeals"},
        "items",
        "a deferred queue receives a third more than is worked off: open items pile up and go past "
        "due, and closed ones are late",
    ),
)
"""Every planted incident; the first six names are also constants of this module."""

CONFUSED_LABELS = ("harassment", "satire")
SWAPPED = 0.205
LOST_CLICKS = 0.05
SLOWER = 1.34
MIX_FACTOR = 2.57
"""Odds factor that takes a share of 0.22 to 0.42, about twice as much."""
CATCH, LENIENT_CATCH = 0.95, 0.33


@dataclass(frozen=True)
class Effects:
    """What the incidents do in one project and week."""

    confused: bool = False
    technical: float = 0.002
    slow: float = 1.0
    lenient: bool = False
    mix: Mapping[str, float] = field(default_factory=dict)
    backlog: bool = False


def effects(project: str, week: int) -> Effects:
    """Which effects act in a project's week."""
    acting = {plan.name for plan in PLANTED if plan.project == project and plan.active(week)}
    bug = TOOL.name in acting
    return Effects(
        confused=GUIDELINE.name in acting,
        technical=LOST_CLICKS if bug else 0.002,
        slow=SLOWER if bug else 1.0,
        lenient=LENIENT.name in acting,
        mix={MIX.where["policy"]: MIX_FACTOR} if MIX.name in acting else {},
        backlog=BACKLOG.name in acting,
    )


def dated(end: dt.date) -> tuple[Incident, ...]:
    """Date the planted incidents in a world that ends at ``end``."""
    first = end - dt.timedelta(weeks=WEEKS)
    return tuple(
        Incident(
            plan.name,
            plan.project,
            plan.kind,
            plan.week,
            first + dt.timedelta(weeks=plan.week),
            None if plan.weeks is None else first + dt.timedelta(weeks=plan.week + plan.weeks),
            dict(plan.where),
            plan.kpi,
            plan.effect,
        )
        for plan in PLANTED
    )


def described(incidents: tuple[Incident, ...]) -> str:
    """Write the incidents as a Markdown table."""
    lines = [
        "| incident | project | from | to | where | first seen in | effect |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in incidents:
        where = ", ".join(f"{column} = {value}" for column, value in one.where.items())
        until = one.end.isoformat() if one.end else "the end"
        since = f"{one.start.isoformat()} (week {one.week} of 0–{WEEKS - 1})"
        lines.append(f"| {one.name} | {one.project} | {since} | {until} | {where} | {one.kpi} | {one.effect} |")
    return "\n".join(lines) + "\n"
