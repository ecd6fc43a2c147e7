r"""One project's YAML and the workspace's ``smo.yaml``, read once, checked whole, then frozen.

>>> parse_project("title: x\n", "params/demo.yaml")
Traceback (most recent call last):
smo_reports.errors.ProjectError: params/demo.yaml: 'project' is missing; add it
"""

from __future__ import annotations

import datetime as dt
import os
import re
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from smo_reports.errors import ProjectError, nearest
from smo_reports.schema import PERSON_COLUMNS, TABLES

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
ALL_PROJECTS = "all-projects"
"""The folder of the pages that are of all projects; no project may be called so."""

_OF_WORKSPACE = frozenset({"root", "memory"})
_SECRET = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Labels(_Frozen):
    """The taxonomy: which labels say that an item violates a policy and which say that it does not.

    ``ordered`` lists labels from the mildest to the gravest, where they have an order.
    """

    violating: tuple[str, ...] = ()
    benign: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        """Every label that a decision may carry; empty when the project lists none."""
        return frozenset(self.violating) | frozenset(self.benign)

    @model_validator(mode="after")
    def _apart(self) -> Labels:
        both = sorted(set(self.violating) & set(self.benign))
        if both:
            raise ValueError(f"label {both[0]!r} is listed as violating and as benign; keep it in one")
        twice = [label for place, label in enumerate(self.ordered) if label in self.ordered[:place]]
        if twice:
            raise ValueError(f"label {twice[0]!r} stands twice in ordered; keep it once")
        strange = [label for label in self.ordered if self.known and label not in self.known]
        if strange:
            raise ValueError(
                f"label {strange[0]!r} of ordered is neither violating nor benign; {nearest(strange[0], self.known)}"
            )
        return self


class Target(_Frozen):
    """What a KPI has to reach, where, from when, and who answers for it."""

    kpi: str
    min: float | None = None
    max: float | None = None
    where: dict[str, str] = Field(default_factory=dict)
    start: dt.date | None = Field(default=None, alias="from")
    owner: str | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Target:
        if (self.min is None) == (self.max is None):
            raise ValueError(f"a target of {self.kpi!r} needs either min or max")
        people = sorted(set(self.where) & PERSON_COLUMNS)
        if people:
            raise ValueError(f"where: {people[0]} names a person; a target is for work, set it for a team or a queue")
        return self

    @property
    def bound(self) -> float:
        """The number to reach (``min``) or to stay under (``max``)."""
        return self.min if self.min is not None else float(self.max or 0.0)


PeriodKind = Literal["day", "week", "month", "today"]
"""What a report's period is when nobody names one: the last one that is over, or the running day."""


class ReportPlan(_Frozen):
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


class Access(_Frozen):
    """The groups that may read a project's pages, and those that lead it."""

    leads: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()


class Delivery(_Frozen):
    """Where finished pages go."""

    to: str
    reports: tuple[str, ...]


class ImportMap(_Frozen):
    """How a delimited file's columns become a canonical table's.

    ``columns`` gives for each canonical column the source's column name, or its position counted from 1 when
    the file has no header. ``values`` translates single values, ``constants`` fills columns that the file
    lacks.
    """

    table: str
    columns: dict[str, str | int]
    header: bool = True
    delimiter: str | None = None
    encoding: str = "utf-8-sig"
    sheet: str | None = None
    time_format: str | None = None
    time_zone: str | None = None
    decimal: Literal[".", ","] = "."
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> ImportMap:
        if self.table not in TABLES:
            raise ValueError(f"unknown table {self.table!r}; {nearest(self.table, TABLES)}")
        names = TABLES[self.table].names
        for column in (*self.columns, *self.values, *self.constants):
            if column not in names:
                raise ValueError(f"table {self.table!r} has no column {column!r}; {nearest(column, names)}")
        if not self.header and any(not isinstance(source, int) for source in self.columns.values()):
            raise ValueError("without a header, columns are given by position: 1, 2, 3 …")
        return self


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"unknown time zone {value!r}; {nearest(value, zoneinfo.available_timezones())}") from None
    return value


class Project(_Frozen):
    """One labeling project: its taxonomy, targets, reports and where its rows are."""

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
    root: Path = Field(default=Path(), exclude=True)
    memory: str = Field(default="2GB", exclude=True)

    _check_zone = field_validator("time_zone")(_zone)

    @field_validator("project")
    @classmethod
    def _name(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError(f"{value!r} is no project name; use small letters, digits, - and _")
        if value == ALL_PROJECTS:
            raise ValueError(f"{value!r} is the folder of pages of all projects; call the project something else")
        return value

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


class Workspace(_Frozen):
    """A folder with ``smo.yaml``, ``params/``, ``notebooks/`` and ``templates/``.

    ``language``, ``time_zone`` and ``reports`` are of the pages that show several projects.
    """

    title: str = "SMO Reports"
    language: Literal["en", "id"] = "en"
    time_zone: str | None = None
    reports: dict[str, ReportPlan] = Field(default_factory=dict)
    jobs: Annotated[int, Field(ge=1, le=64)] = 2
    memory: str = "2GB"
    root: Path = Field(default=Path(), exclude=True)

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, value: str | None) -> str | None:
        return value if value is None else _zone(value)

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


def _complaint(where: str, error: ValidationError, model: type[BaseModel]) -> ProjectError:
    first = error.errors()[0]
    path = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = _keys_at(model, first["loc"][:-1])
        return ProjectError(f"{where}: unknown key {path!r}; {nearest(str(first['loc'][-1]), known)}")
    if first["type"] == "missing":
        return ProjectError(f"{where}: {path!r} is missing; add it")
    said = str(first["msg"]).removeprefix("Value error, ")
    return ProjectError(f"{where}: {path + ': ' if path else ''}{said}")


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys that the model at ``path`` allows, by the names that a YAML file uses."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            found = _models(model.model_fields[part].annotation)
            if found:
                model = found[0]
    return [
        spec.alias or name
        for name, spec in model.model_fields.items()
        if name not in _OF_WORKSPACE or (model is Workspace and name != "root")
    ]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _models(part)]


def _mapping(text: str, where: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ProjectError(f"{where}: not YAML: {str(error).splitlines()[0]}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ProjectError(f"{where}: expected keys and values, found {type(found).__name__}")
    return found


def parse_project(text: str, where: str, root: Path | None = None, memory: str = "2GB") -> Project:
    """Read one project from YAML text.

    Parameters
    ----------
    text : str
    where : str
        The file's name, for messages.
    root : Path, optional
        The workspace's folder.
    memory : str
        How much memory counting may use, as the workspace says.

    Raises
    ------
    ProjectError
        When the YAML is malformed or breaks a rule; it names the key and the cure.
    """
    values = _mapping(text, where)
    for name in sorted(_OF_WORKSPACE & set(values)):
        raise ProjectError(f"{where}: unknown key {name!r}; {nearest(name, _keys_at(Project, ()))}")
    try:
        return Project(**{**values, "root": root or Path(), "memory": memory})
    except ValidationError as error:
        raise _complaint(where, error, Project) from None


def parse_import_map(text: str, where: str) -> ImportMap:
    """Read one column map from YAML text (``smo import --map``); errors as in :func:`parse_project`."""
    try:
        return ImportMap(**_mapping(text, where))
    except ValidationError as error:
        raise _complaint(where, error, ImportMap) from None


def find_workspace(start: Path | None = None) -> Workspace:
    """Find the workspace that ``start`` (default: the current folder) lies in.

    Raises
    ------
    ProjectError
        When no folder from ``start`` upwards has a ``smo.yaml``, or when that file breaks a rule.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        path = folder / "smo.yaml"
        if path.is_file():
            try:
                return Workspace(**{**_mapping(path.read_text("utf-8"), str(path)), "root": folder})
            except ValidationError as error:
                raise _complaint(str(path), error, Workspace) from None
    raise ProjectError(f"no smo.yaml in {here} or above it; make a workspace with: smo init DIR")


def load_project(name: str, workspace: Workspace | None = None) -> Project:
    """Load ``params/<name>.yaml`` of a workspace (default: the one around the current folder).

    Raises
    ------
    ProjectError
        When there is no such project, or its YAML breaks a rule.
    """
    workspace = workspace or find_workspace()
    path = workspace.root / "params" / f"{name}.yaml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise ProjectError(f"no project {name!r} in {workspace.root / 'params'}; {nearest(name, workspace.projects)}")
    project = parse_project(path.read_text("utf-8"), str(path), workspace.root, workspace.memory)
    if project.project != name:
        raise ProjectError(f"{path}: project is {project.project!r}; it has to be the file's name, {name!r}")
    return project


def load_projects(names: str, workspace: Workspace | None = None) -> tuple[Project, ...]:
    """Load several projects, as a report of the workspace is told them.

    Parameters
    ----------
    names : str
        Names apart by commas, or ``*`` for all.
    workspace : Workspace, optional
        Default: the one around the current folder.

    Returns
    -------
    tuple of Project
        In the order of the workspace, each once.

    Raises
    ------
    ProjectError
        When there is no such project, when there is none at all, or when a project's YAML breaks a rule.
    """
    workspace = workspace or find_workspace()
    asked = {name.strip() for name in names.split(",")} if names != "*" else set(workspace.projects)
    if not asked:
        raise ProjectError(f"no project in {workspace.root / 'params'}; add one (see params/example.yaml)")
    return tuple(load_project(name, workspace) for name in sorted(asked))
