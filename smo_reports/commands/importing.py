"""Import exports and record events, for the project that a person names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from smo_reports.errors import ImportFileError
from smo_reports.project import ImportMap, find_workspace, load_project, parse_import_map
from smo_reports.sources.importing import import_file, own_warehouse
from smo_reports.warehouse import ImportCounts, add_event


def import_exports(
    files: Sequence[Path], project: str, *, format: str, table: str | None, map_name: str | None
) -> Iterator[ImportCounts]:
    """Import files one after the other, each in a commit of its own.

    Parameters
    ----------
    files : sequence of Path
    project, format : str
    table : str or None
    map_name : str or None
        The name of a map in the project's YAML, or a YAML file.

    Yields
    ------
    ImportCounts
        Of each file, as soon as it is in.
    """
    workspace = find_workspace()
    found = load_project(project, workspace)
    for file in files:
        yield import_file(
            found,
            file,
            format=format,
            table=table,
            map=_map(map_name, found.imports),
            memory_limit=workspace.memory,
        )


def record_event(project: str, kind: str, name: str, at: str, **columns: str | None) -> str:
    """Record an event in a project's warehouse and return its id; columns that are None are left out."""
    found = load_project(project)
    given = {key: value for key, value in columns.items() if value is not None}
    return add_event(own_warehouse(found), found, kind, name, at, **given)


def _map(name: str | None, known: dict[str, ImportMap]) -> ImportMap | str | None:
    if name is None or name in known:
        return name
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        return name
    if not path.is_file():
        raise ImportFileError(f"no file {name!r}; --map takes a map's name in the project's YAML, or a YAML file")
    return parse_import_map(path.read_text("utf-8"), name)
