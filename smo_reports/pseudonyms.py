"""Pseudonyms: the same person has the same one throughout a workspace, and nobody can work back from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from smo_reports.errors import ParameterError, nearest
from smo_reports.project import Project
from smo_reports.schema import PERSON_COLUMNS

if TYPE_CHECKING:
    # A batch in which nothing changed reads no row, and takes no second for what could.
    import pandas as pd

_KEY = Path(".smo") / "pseudonyms.key"
_FORM = re.compile(r"P-[A-Z2-7]{8}")
_WORK = (("decisions", "labeler_id"), ("audits", "auditor_id"))
"""Where those stand who have a page of their own: people who label and people who audit."""


def pseudonym(person: str, key: bytes) -> str:
    """A short name made of a person's id and the workspace's secret key.

    >>> pseudonym("L1042", b"a key")
    'P-JQ4CHM6W'
    """
    digest = hmac.new(key, person.encode(), hashlib.sha256).digest()
    return "P-" + base64.b32encode(digest)[:8].decode()


def workspace_key(root: Path) -> bytes:
    """The workspace's key, made on first use and readable by its owner only."""
    path = root / _KEY
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # Another process was first: its key is the workspace's.
        finally:
            aside.unlink()
    return path.read_bytes()


def shown_people(table: pd.DataFrame, project: Project) -> pd.DataFrame:
    """The table with every person's id replaced as the project's ``people:`` says (default: pseudonyms)."""
    found = [name for name in table.columns if name in PERSON_COLUMNS]
    if not found or project.people == "ids":
        return table
    key = workspace_key(project.root)
    hidden = {name: table[name].map(lambda person: pseudonym(str(person), key), na_action="ignore") for name in found}
    return table.assign(**hidden)


def who(project: Project, rows: Mapping[str, Any], person: str) -> str:
    """The id of the person that a pseudonym, or the id itself, stands for.

    Parameters
    ----------
    project : Project
    rows : Rows or mapping of frames
        Decisions and audits: people who neither label nor audit in them are not known.
    person : str
        As pages show them (``P-JQ4CHM6W``), or an id.

    Raises
    ------
    ParameterError
        When nobody in the rows is meant; it says who probably was, by pseudonym unless the project shows ids.
    """
    ids = _people(rows)
    if person in ids:
        return person
    key = workspace_key(project.root)
    by_name: dict[str, list[str]] = {}
    for one in sorted(ids):
        by_name.setdefault(pseudonym(one, key), []).append(one)
    found = by_name.get(person, [])
    if len(found) == 1:
        return found[0]
    if found:
        raise ParameterError(f"project {project.project!r}: {person!r} stands for {len(found)} people; give the id")
    # What is not the form of a pseudonym may be somebody's id, which no message repeats.
    said = repr(person) if project.people == "ids" or _FORM.fullmatch(person) else "that id"
    known = ids if project.people == "ids" else by_name
    raise ParameterError(
        f"project {project.project!r}: nobody who labels or audits there is {said}; {nearest(person, known)}"
    )


def _people(rows: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    for table, column in _WORK:
        if table in rows:
            frame = nw.from_native(rows[table]).lazy()
            if column in frame.columns:
                found |= {str(one) for one in frame.select(column).unique().collect()[column].drop_nulls().to_list()}
    return found
