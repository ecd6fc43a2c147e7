"""The workspace: what is not one project's."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ByteSize, Field, field_validator

from smo_reports.project.frozen import Frozen
from smo_reports.project.one import Project
from smo_reports.project.plans import ReportPlan
from smo_reports.project.zones import known_zone


class Workspace(Frozen):
    """A folder with ``smo.yaml``, ``params/``, ``notebooks/`` and ``templates/``.

    ``name`` tells workspaces apart that share a ledger; it is the same on every host that serves one of them.
    ``language``, ``time_zone`` and ``reports`` are of the pages that show several projects. ``ledger`` is the address
    of the database of runs, in which ``${NAME}`` stands for a variable of the environment; without one it is a file.
    ``executor`` is where reports are made: ``local``, or ``dask://host:port``.
    ``catch_up_hours`` is how late a report is still run that could not be when it was to be.
    ``memory`` is what counting may use, ``report_memory`` what a whole report may, by default without a limit.
    """

    name: Annotated[str, Field(max_length=100)] = ""
    title: str = "SMO Reports"
    language: Literal["en", "id"] = "en"
    time_zone: str | None = None
    reports: dict[str, ReportPlan] = Field(default_factory=dict)
    jobs: Annotated[int, Field(ge=1, le=64)] = 2
    memory: str = "2GB"
    report_memory: ByteSize = ByteSize(0)
    ledger: str = ""
    executor: str = "local"
    catch_up_hours: Annotated[float, Field(ge=0, le=24 * 31)] = 24.0
    root: Path = Field(default=Path(), exclude=True)

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)

    def zone_of(self, projects: Iterable[Project]) -> zoneinfo.ZoneInfo:
        """The time zone of a page of several projects: as ``smo.yaml`` says, else theirs if they agree, else UTC."""
        if self.time_zone:
            return zoneinfo.ZoneInfo(self.time_zone)
        zones = {project.time_zone for project in projects}
        return zoneinfo.ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")

    @property
    def projects(self) -> tuple[str, ...]:
        """The names of the projects in ``params/``, sorted."""
        return tuple(sorted(path.stem for path in (self.root / "params").glob("*.yaml")))
