"""From YAML text to a project, a map or a workspace; every mistake is named with its place and cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from smo_reports.errors import ProjectError, nearest
from smo_reports.project.import_map import ImportMap
from smo_reports.project.one import NAME, Project
from smo_reports.project.workspace import Workspace

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C is ten times as fast; not every wheel has it."""
_OF_WORKSPACE = frozenset({"root", "memory"})


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
        found = yaml.load(text, _LOADER)  # noqa: S506  (either is a safe loader)
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
