"""Whether a worker sees the rows: a server answers for itself, embedded rows have to lie in a folder that both see."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from smo_reports.errors import ExecutorError
from smo_reports.project import Project, Workspace, load_project

MOUNTED = "SMO_WORKSPACE"
"""A worker's variable: where it sees the workspace's folder, if not under the same path."""
_SAMPLED = 50

Sample = Mapping[str, int]
"""Sizes in bytes, by a file's path in the folder of rows."""


def sampled(workspace: Workspace, projects: Sequence[str]) -> dict[str, Sample]:
    """The newest files of each project's embedded rows, by project; servers have none.

    Raises
    ------
    ExecutorError
        When rows are in a folder that a worker cannot be told of.
    """
    found: dict[str, Sample] = {}
    for name in projects:
        project = load_project(name, workspace)
        if project.source_kind == "server":
            continue
        address = _address(project)
        if ".." in address.parts:
            raise ExecutorError(
                f"project {name!r}: source {str(address)!r} leads out of the workspace, and workers may see that "
                "under another path; give the folder in full"
            )
        folder = workspace.root / address
        newest = heapq.nlargest(_SAMPLED, _files(folder))
        found[name] = {path: size for _, path, size in newest}
    return found


def _files(folder: Path) -> Iterator[tuple[int, str, int]]:
    """When each file was written, its path in the folder and its size."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            told = path.stat()
            yield told.st_mtime_ns, path.relative_to(folder).as_posix(), told.st_size


def _address(project: Project) -> PurePath:
    return PurePath(project.source_address.removeprefix("parquet:"))


def bring_in(unpacked: Workspace, home: str, samples: Mapping[str, Sample], who: str) -> None:
    """Have the unpacked workspace's rows be those of the workspace that it came from.

    Parameters
    ----------
    unpacked : Workspace
    home : str
        The workspace's folder where it came from.
    samples : mapping of str to Sample
        What its rows had there, by project.
    who : str
        This worker, for messages.

    Raises
    ------
    ExecutorError
        When this worker does not see the rows, or sees others.
    ProjectError
        When a project names a variable that this worker has not.
    """
    for name, sample in samples.items():
        address = _address(load_project(name, unpacked))
        folder = Path(os.environ.get(MOUNTED) or home) / address
        lacking = next((path for path, size in sample.items() if _size(folder / path) != size), None)
        if lacking is not None:
            seen = "is not there" if not folder.is_dir() else f"has not {lacking} as it is where the run was asked for"
            raise ExecutorError(
                f"worker {who} does not see the rows of project {name!r}: {folder} {seen}; mount the folder there, or "
                f"start the worker with {MOUNTED} set to where it sees the workspace, or keep the rows on a server"
            )
        link = unpacked.root / address
        if not address.is_absolute() and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(folder, target_is_directory=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
