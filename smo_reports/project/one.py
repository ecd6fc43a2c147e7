"""One labeling project, as its YAML says."""

from __future__ import annotations

import os
import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from smo_reports.errors import ProjectError
from smo_reports.project.frozen import Frozen
from smo_reports.project.guidelines import ROOT_CAUSES, Guideline
from smo_reports.project.import_map import ImportMap
from smo_reports.project.plans import Access, Delivery, ReportPlan
from smo_reports.project.staffing import Staffing
from smo_reports.project.targets import Target
from smo_reports.project.taxonomy import Labels
from smo_reports.project.zones import known_zone

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
ALL_PROJECTS = "all-projects"
"""The folder of the pages that are of all projects; no project may be called so."""

_SECRET = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class Project(Frozen):
    """One labeling project: its taxonomy, targets, reports and where its rows are.

    ``materiality`` is the part of a KPI, as a share of 1, below which a cause is not worth a finding.
    ``holidays`` is a country's two letters, with a region's code where holidays differ (``ID``, ``DE-BY``).
    """

    project: str
    title: str
    time_zone: str
    language: Literal["en", "id"] = "en"
    source: str = "warehouse/"
    labels: Labels = Labels()
    severity_weights: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    severe: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    reports: dict[str, ReportPlan] = Field(default_factory=dict)
    access: Access = Access()
    deliver: tuple[Delivery, ...] = ()
    imports: dict[str, ImportMap] = Field(default_factory=dict)
    freshness_hours: Annotated[float, Field(gt=0)] = 48.0
    people: Literal["pseudonyms", "ids"] = "pseudonyms"
    root_causes: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    guidelines: tuple[Guideline, ...] = ()
    materiality: Annotated[float, Field(ge=0, lt=1)] = 0.001
    holidays: str | None = None
    staffing: Staffing = Staffing()
    root: Path = Field(default=Path(), exclude=True)
    memory: str = Field(default="2GB", exclude=True)

    _check_zone = field_validator("time_zone")(known_zone)

    @field_validator("project")
    @classmethod
    def _name(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError(f"{value!r} is no project name; use small letters, digits, - and _")
        if value == ALL_PROJECTS:
            raise ValueError(f"{value!r} is the folder of pages of all projects; call the project something else")
        return value

    @field_validator("holidays")
    @classmethod
    def _country(cls, value: str | None) -> str | None:
        if value is not None and not COUNTRY.fullmatch(value):
            raise ValueError(f"{value!r} is no country's code; use two capital letters, such as ID, BR or DE-BY")
        return value

    @property
    def known_causes(self) -> tuple[str, ...]:
        """Why errors are made: the default list, then the project's own ``root_causes``."""
        return tuple(dict.fromkeys((*ROOT_CAUSES, *self.root_causes)))

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The project's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def source_kind(self) -> Literal["warehouse", "parquet", "server"]:
        """Where the rows are: a folder of Delta tables, a folder of Parquet files, or a server."""
        address = self.source_address
        if "://" in address:
            return "server"
        return "parquet" if address.startswith("parquet:") else "warehouse"

    @property
    def source_address(self) -> str:
        """``source`` with every ``${NAME}`` replaced from the environment.

        Raises
        ------
        ProjectError
            When a named variable is not set.
        """

        def value(match: re.Match[str]) -> str:
            if match[1] not in os.environ:
                raise ProjectError(
                    f"project {self.project!r}: source names ${{{match[1]}}}, which is not set; export it"
                )
            return os.environ[match[1]]

        return _SECRET.sub(value, self.source)
