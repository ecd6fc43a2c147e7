"""What a report is of: one project, or several projects of a workspace on one page."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass

from smo_reports.project import ALL_PROJECTS, Project, Workspace
from smo_reports.runs.parameters import EVERY
from smo_reports.runs.publish import digest
from smo_reports.words import catalogue

_LONGEST = 100


@dataclass(frozen=True)
class Subject:
    """What a page is of.

    Attributes
    ----------
    name : str
        The folder of its pages: a project's name, ``all-projects``, or names joined by ``+``, which no project's
        name has.
    title, language, time_zone : str
    projects : tuple of str
    parameter : str
        What the notebook's parameter ``project`` is set to: a name, names apart by commas, or ``*``.
    """

    name: str
    title: str
    language: str
    time_zone: str
    projects: tuple[str, ...]
    parameter: str

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)


def of_project(project: Project) -> Subject:
    """What a report of one project is of."""
    name = project.project
    return Subject(name, project.title, project.language, project.time_zone, (name,), name)


def of_workspace(workspace: Workspace, projects: Sequence[Project], *, everything: bool) -> Subject:
    """What a report of several projects is of.

    Parameters
    ----------
    workspace : Workspace
        Says the page's language and time zone.
    projects : sequence of Project
    everything : bool
        Whether all projects are meant, those of tomorrow too.
    """
    say = catalogue(workspace.language)
    names = tuple(project.project for project in projects)
    zone = workspace.zone_of(projects).key
    if everything:
        return Subject(ALL_PROJECTS, say("All projects"), workspace.language, zone, names, EVERY)
    listed = ", ".join(project.title for project in projects)
    return Subject(_folder(names), listed, workspace.language, zone, names, ",".join(names))


def _folder(names: tuple[str, ...]) -> str:
    """A folder's name for some projects: their names, or where those are too long the first and a digest of all.

    >>> _folder(("nudity-id", "spam-br"))
    'nudity-id+spam-br'
    """
    joined = "+".join(names)
    if len(joined) <= _LONGEST:
        return joined
    return f"{names[0]}+{len(names) - 1}-more-{digest(joined.encode())[:8]}"
