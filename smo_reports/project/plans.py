"""How reports are run, who may read them, and where they go."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from cronsim import CronSim, CronSimError
from pydantic import field_validator

from smo_reports.project.frozen import Frozen
from smo_reports.schema import PERSON_COLUMNS

PeriodKind = Literal["day", "week", "month", "today"]
"""What a report's period is when nobody names one: the last one that is over, or the running day."""


_FIELDS = 5


class ReportPlan(Frozen):
    """How one report is run: when, for which period and how it is split.

    ``every`` is a cron line of five fields, in the time zone of what the page is of.
    """

    every: str | None = None
    period: PeriodKind = "week"
    by: tuple[str, ...] = ("policy", "market")

    @field_validator("every")
    @classmethod
    def _is_a_cron_line(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            fields = len(value.split())
            CronSim(value, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        except CronSimError as error:
            raise ValueError(
                f"{value!r} is no cron line ({error}); write minute hour day month weekday, such as 0 7 * * MON"
            ) from None
        if fields != _FIELDS:
            raise ValueError(f"{value!r} has {fields} fields; a cron line has five, such as 0 7 * * MON")
        return value

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
