"""What a page is made from, hashed part by part, so that a plan can say what changed."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import smo_reports
from smo_reports.project.guidelines import FOLDER as GUIDELINES
from smo_reports.runs.parameters import PINS
from smo_reports.runs.publish import digest

_CHANGED = {
    "data": "the data changed",
    "notebook": "the notebook changed",
    "parameters": "the parameters changed",
    "project": "the project's settings changed",
    "notes": "somebody wrote a note",
    "workspace": "smo.yaml changed",
    "templates": "the templates changed",
    "code": "SMO Reports changed",
}


def _digest_files(paths: Iterable[Path], root: Path) -> str:
    """Hash names and contents; a file that is absent counts as such."""
    total = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes() if path.is_file() else None
        size = "absent" if content is None else str(len(content))
        total.update(f"{path.relative_to(root).as_posix()}\0{size}\0".encode() + (content or b""))
    return total.hexdigest()


@functools.cache
def code_fingerprint() -> str:
    """Hash this package's own files: SHA-256 as 64 hexadecimal digits; read once a process."""
    root = Path(smo_reports.__file__).parent
    found = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return _digest_files(found, root)


def fingerprint(
    root: Path, notebook: Path, projects: Sequence[str], parameters: dict[str, object], data: str, code: bool
) -> dict[str, str]:
    """Hash what a page will be made from.

    Parameters
    ----------
    root : Path
        The workspace's folder.
    notebook : Path
        The report's notebook, in the workspace.
    projects : sequence of str
        Those that the page shows.
    parameters : dict
        Checked parameters.
    data : str
        Whatever changes when the rows that the report reads change.
    code : bool
        Whether the page shows the notebook's code.

    Returns
    -------
    dict of str to str
        SHA-256 by part: data, notebook, parameters, project (with the wordings in ``guidelines/``), notes, workspace,
        templates, code.
    """
    # A new version of the tables that leaves this report's rows as they were must not run it again: the
    # version is a parameter, so that a run can be repeated on it, but the data's own fingerprint decides.
    wordings = (path for path in (root / GUIDELINES).rglob("*") if path.is_file())
    values = {name: value for name, value in parameters.items() if name not in PINS}
    return {
        "data": digest(data.encode()),
        "notebook": _digest_files([notebook], root),
        "parameters": digest(json.dumps([values, code], sort_keys=True).encode()),
        "project": _digest_files([*(root / "params" / f"{name}.yaml" for name in projects), *wordings], root),
        "notes": _digest_files((root / "notes" / name / f"{notebook.stem}.jsonl" for name in projects), root),
        "workspace": _digest_files([root / "smo.yaml"], root),
        "templates": _digest_files((path for path in (root / "templates").rglob("*") if path.is_file()), root),
        "code": code_fingerprint(),
    }


def what_changed(before: dict[str, str], now: dict[str, str]) -> str:
    """Say which part differs, the likeliest first: ``the data changed``; empty when none does."""
    for part, said in _CHANGED.items():
        if before.get(part) != now[part]:
            return said
    return ""
