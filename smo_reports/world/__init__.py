"""A generated labeling operation with planted incidents, for demonstrations and tests.

Importing this package is cheap: numpy and pyarrow are loaded when one of its names is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smo_reports.world.build import World, WorldProject, describe_incidents, generate
    from smo_reports.world.incidents import Incident

__all__ = ["Incident", "World", "WorldProject", "describe_incidents", "generate"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from smo_reports.world import build

    return getattr(build, name)
