"""When reports are to be run: the slots of the cron lines in ``params/`` and ``smo.yaml``, each in its own time zone.

References
----------
Daylight saving as Debian's cron has it: what falls into an hour that is skipped is run after it, what falls into one
that comes twice is run once; lines that run every hour or oftener follow the clock.
"""

from __future__ import annotations

import datetime as dt
import heapq
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cronsim import CronSim

from smo_reports.project import ALL_PROJECTS, Project, ReportPlan, Workspace


@dataclass(frozen=True, order=True)
class Slot:
    """One time at which one report is to be run.

    Attributes
    ----------
    at : datetime
        With the time zone of what the page is of.
    subject : str
        A project's name, or ``all-projects``.
    report : str
    """

    at: dt.datetime
    subject: str
    report: str

    @property
    def name(self) -> str:
        """Its name among leases: the same on every host."""
        return f"slot:{self.subject}/{self.report}@{self.at.astimezone(dt.UTC).isoformat(timespec='minutes')}"


@dataclass(frozen=True)
class Line:
    """A cron line: of what, in which time zone, when."""

    subject: str
    report: str
    every: str
    zone: zoneinfo.ZoneInfo

    def after(self, moment: dt.datetime) -> Iterator[Slot]:
        """Slots after a time, in order, without end."""
        for at in CronSim(self.every, moment.astimezone(self.zone)):
            yield Slot(at, self.subject, self.report)

    def last(self, moment: dt.datetime, since: dt.datetime) -> Slot | None:
        """The last slot that is not after ``moment`` and after ``since``; None where there is none."""
        # A cron line knows minutes: a second later, the slot of this minute lies before. Added in UTC, since a local
        # time forgets by that which of the two it is in an hour that comes twice.
        upto = (moment.astimezone(dt.UTC) + dt.timedelta(seconds=1)).astimezone(self.zone)
        found = next(iter(CronSim(self.every, upto, reverse=True)), None)
        return Slot(found, self.subject, self.report) if found is not None and found > since else None


def lines(workspace: Workspace, projects: Iterable[Project]) -> list[Line]:
    """Every cron line: of each project, and of pages of several."""
    listed = list(projects)
    found = [_line(one.project, report, plan, one.zone) for one in listed for report, plan in one.reports.items()]
    zone = workspace.zone_of(listed)
    found += [_line(ALL_PROJECTS, report, plan, zone) for report, plan in workspace.reports.items()]
    return [line for line in found if line.every]


def _line(subject: str, report: str, plan: ReportPlan, zone: zoneinfo.ZoneInfo) -> Line:
    return Line(subject, report, plan.every or "", zone)


def coming(all_lines: Iterable[Line], now: dt.datetime) -> Iterator[Slot]:
    """Slots after now, in order, without end."""
    return heapq.merge(*(line.after(now) for line in all_lines))


def due(all_lines: Iterable[Line], now: dt.datetime, catch_up: dt.timedelta) -> list[Slot]:
    """The last slot of each line that is not over for longer than ``catch_up``; earlier ones are superseded by it."""
    found = (line.last(now, now - catch_up) for line in all_lines)
    return sorted(slot for slot in found if slot is not None)
