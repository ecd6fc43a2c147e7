"""Pseudonyms: the same person has the same one throughout a workspace, and nobody can work back from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

import pandas as pd

from smo_reports.project import Project
from smo_reports.schema import PERSON_COLUMNS

_KEY = Path(".smo") / "pseudonyms.key"


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
