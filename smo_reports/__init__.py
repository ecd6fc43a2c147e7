"""SMO Reports: labeling quality, causes and staffing, with the evidence beside every number.

The names below are loaded when they are first used: importing the package itself costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smo_reports import analyses, present
    from smo_reports.analyses.explain import explain
    from smo_reports.kpis import estimate, estimates
    from smo_reports.period import from_dates
    from smo_reports.project import find_workspace, load_project, load_projects
    from smo_reports.pseudonyms import who
    from smo_reports.sources import read, read_all

__version__ = "0.1.0"

_HOMES = {
    "analyses": "",
    "present": "",
    "estimate": "kpis",
    "estimates": "kpis",
    "explain": "analyses.explain",
    "find_workspace": "project",
    "from_dates": "period",
    "load_project": "project",
    "load_projects": "project",
    "read": "sources",
    "read_all": "sources",
    "who": "pseudonyms",
}

__all__ = [
    "analyses",
    "estimate",
    "estimates",
    "explain",
    "find_workspace",
    "from_dates",
    "load_project",
    "load_projects",
    "present",
    "read",
    "read_all",
    "who",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'smo_reports' has no attribute {name!r}")
    home = _HOMES[name]
    found = import_module(f"smo_reports.{name}") if not home else getattr(import_module(f"smo_reports.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*globals(), *__all__]
