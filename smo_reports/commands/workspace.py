"""Make a workspace from what the package carries."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from smo_reports.errors import ProjectError
from smo_reports.project import PeriodKind, Workspace, find_workspace

_SETTINGS = """\
title: SMO Reports      # shown on the index of pages
jobs: 2                 # reports that run at once
memory: 2GB             # the most memory that counting may use
# Of the pages that show several projects:
language: en            # en or id
# time_zone: UTC        # default: the projects' own where they agree, otherwise UTC
# reports:              # which of them smo run makes when it is told none
#   portfolio: {period: week}
"""


def carried(folder: str) -> Path:
    """The package's own ``notebooks``, ``templates`` or ``params``: in the wheel, or in a checkout's top level."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "carried" / folder
    return inside if inside.is_dir() else package.parent / folder


def init_workspace(
    folder: Path, *, example: bool = True, title: str = "", reports: Mapping[str, PeriodKind] | None = None
) -> tuple[Workspace, list[Path]]:
    """Make ``smo.yaml params/ notebooks/ templates/`` in a folder; files that are there already are left alone.

    Parameters
    ----------
    folder : Path
        Made where it does not exist.
    example : bool
        Put the example project into ``params/``.
    title : str
        The workspace's title.
    reports : mapping of str to period, optional
        Reports of several projects to plan in ``smo.yaml``, those that the package carries.

    Returns
    -------
    workspace : Workspace
    kept : list of Path
        Files that were there already.

    Raises
    ------
    ProjectError
        When ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"{folder} is a file; name a folder for the workspace")
    folder.mkdir(parents=True, exist_ok=True)
    kept = []
    for name in ("notebooks", "templates", "params"):
        target = folder / name
        target.mkdir(exist_ok=True)
        for source in sorted(carried(name).rglob("*")):
            skipped = source.is_dir() or source.name.startswith(".") or ".ipynb_checkpoints" in source.parts
            if skipped or (name == "params" and not example):
                continue
            place = target / source.relative_to(carried(name))
            if place.exists():
                kept.append(place)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
    settings = folder / "smo.yaml"
    if settings.exists():
        kept.append(settings)
    else:
        text = _SETTINGS.replace("title: SMO Reports ", f"title: {title} ") if title else _SETTINGS
        planned = {
            name: kind for name, kind in (reports or {}).items() if (folder / "notebooks" / f"{name}.ipynb").is_file()
        }
        lines = [f"  {name}: {{period: {kind}}}\n" for name, kind in planned.items()]
        settings.write_text("".join([text, *(["reports:\n"] if lines else []), *lines]), "utf-8")
    return find_workspace(folder), kept
