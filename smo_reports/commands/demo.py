"""The demo: a workspace with a generated world, imported and reported; a second time only what changed is done."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import smo_reports
from smo_reports.commands.workspace import init_workspace
from smo_reports.project import Workspace, load_project
from smo_reports.schema import TABLES
from smo_reports.sources.importing import import_files
from smo_reports.world import describe_incidents, generate

Progress = Callable[[str, float], None]

_TEN_YEARS_H = 87_600


@dataclass(frozen=True)
class Recipe:
    """What a demo world is made from; the same recipe makes the same world."""

    size: Literal["small", "demo"] = "demo"
    seed: int = 46
    end: str = ""
    package: str = smo_reports.__version__


def last_monday(today: dt.date | None = None) -> dt.date:
    """The Monday that begins this week: a world that ends there has a whole last week."""
    today = today or dt.datetime.now(dt.UTC).date()
    return today - dt.timedelta(today.weekday())


def make_demo(folder: Path, recipe: Recipe, progress: Progress | None = None) -> tuple[Workspace, bool]:
    """Make the demo's workspace, world and warehouse, unless they are there from the same recipe.

    Parameters
    ----------
    folder : Path
    recipe : Recipe
        ``end`` is the ISO date of a Monday.
    progress : callable, optional
        Told what is being done and the share done, 0 to 1.

    Returns
    -------
    workspace : Workspace
    made : bool
        False where everything was there already.
    """
    tell = progress or (lambda _what, _share: None)
    workspace, _ = init_workspace(
        folder, example=False, title="SMO Reports demo", reports={"portfolio": "week", "today": "today"}
    )
    mark = folder / ".smo" / "demo.json"
    if mark.is_file() and json.loads(mark.read_text("utf-8")) == asdict(recipe):
        return workspace, False
    mark.parent.mkdir(exist_ok=True)
    mark.unlink(missing_ok=True)
    world = generate(
        folder / "data",
        size=recipe.size,
        seed=recipe.seed,
        end=dt.date.fromisoformat(recipe.end),
        progress=lambda name, share: tell(f"generating {name}", share / 2),
    )
    for made in world.projects:
        settings = _never_stale(made.params) if _is_past(dt.date.fromisoformat(recipe.end)) else made.params
        (folder / "params" / f"{made.name}.yaml").write_text(settings, "utf-8")
    for place, made in enumerate(world.projects):
        tell(f"importing {made.name}", 0.5 + place / len(world.projects) / 2)
        own = folder / "data" / made.name
        files = [(path, name) for name in TABLES for path in sorted(own.glob(f"{name}*.parquet")) if _is(path, name)]
        import_files(load_project(made.name, workspace), files)
    (folder / "incidents.md").write_text(describe_incidents(world), "utf-8")
    mark.write_text(json.dumps(asdict(recipe)), "utf-8")
    tell("imported", 1.0)
    return workspace, True


def _is_past(end: dt.date) -> bool:
    """Whether a world ended more than a week ago: somebody asked for that day."""
    return last_monday() > end


def _never_stale(settings: str) -> str:
    """A world of the past gets no newer rows, so that its pages are not to be held stale for that."""
    return re.sub(r"^freshness_hours: .*$", f"freshness_hours: {_TEN_YEARS_H}", settings, flags=re.MULTILINE)


def _is(path: Path, table: str) -> bool:
    """Whether a file holds a table: ``items.parquet`` and ``items-0001.parquet`` do, ``items_x.parquet`` does not."""
    return path.stem == table or path.stem.removeprefix(f"{table}-").isdigit()
