"""How reports are run, who may read them, and where they go."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from smo_reports.project.frozen import Frozen
from smo_reports.schema import PERSON_COLUMNS

PeriodKind = Literal["day", "week", "month", "today"]
"""What a report's period is when nobody names one: the last one that is over, or the running day."""


class ReportPlan(Frozen):
    """How one report is run: its period and how it is split."""

    every: str | None = None
    period: PeriodKind = "week"
    by: tuple[str, ...] = ("policy", "market")

    @field_validator("by")
    @classmethod
    def _no_person(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        people = sorted(set(value) & PERSON_COLUMNS)
        if people:
            raise ValueError(f"{people[0]} names a person; people are shown to their lead only")
        return value


class Access(Frozen):
    """The groups that may read a project's pages, and those that lead it."""

    leads: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()


class Delivery(Frozen):
    """Where finished pages go."""

    to: str
    reports: tuple[str, ...]
