"""The guidelines' wording in force, and the words that say why an error was made."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pydantic import Field, field_validator, model_validator

from smo_reports.errors import ProjectError
from smo_reports.project.frozen import Frozen

ROOT_CAUSES = (
    "guideline_gap",
    "guideline_ambiguity",
    "knowledge",
    "slip",
    "tool",
    "gold_error",
    "new_pattern",
    "load",
)
"""Why an error was made, as every project may say; a project's ``root_causes`` adds its own."""

MOST_CHARACTERS = 20_000
"""The longest wording: a section of a guideline, not the book."""

FOLDER = "guidelines"
"""Where the files of wordings lie, in the workspace."""

_MOST_PATH = 200
_LAYOUT = "\n\t"
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make a text be shown in another order than it is read in."""


class Guideline(Frozen):
    """The wording of one policy's guideline, from a day on.

    Attributes
    ----------
    policy : str
        Empty for the wording that holds where no policy has its own.
    version : str
    start : date, optional
        ``from`` in YAML: the day on which it came into force; without one it always was.
    text, path : str, optional
        The wording itself, or a UTF-8 file in the workspace's folder ``guidelines/`` that holds it; one of the two.
        Pages are made again when a file of that folder changes, and no other file of the workspace is published.
    """

    policy: str = ""
    version: str = Field(min_length=1, max_length=100)
    start: dt.date | None = Field(default=None, alias="from")
    text: str | None = Field(default=None, max_length=MOST_CHARACTERS)
    path: str | None = None

    @field_validator("path")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        if value is None:
            return value
        parts = PurePosixPath(value.replace("\\", "/")).parts
        if len(parts) < 2 or parts[0] != FOLDER or ".." in parts:
            raise ValueError(f"{value!r} is not in the folder {FOLDER}/; put the file there: path: {FOLDER}/hate.md")
        if len(value) > _MOST_PATH or not value.isprintable():
            raise ValueError(
                f"{value[:60]!r} is no name of a file: at most {_MOST_PATH} printable characters; rename it, such as "
                f"{FOLDER}/hate.md"
            )
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Guideline:
        if (self.text is None) == (self.path is None):
            raise ValueError(f"guideline {self.version!r} needs either text or path")
        return self

    def wording(self, root: Path) -> str:
        """The text, without control characters and marks that turn the direction of writing.

        It is whatever somebody wrote: whoever shows it escapes it.

        Parameters
        ----------
        root : Path
            The workspace's folder.

        Raises
        ------
        ProjectError
            When the file is missing, outside ``guidelines/``, longer than 20,000 characters, not UTF-8 or cannot be
            read.
        """
        found = self.text if self.path is None else _read(root, self.path, self.version)
        return "".join(one for one in found or "" if one in _LAYOUT or not _hidden(one)).strip()


def _hidden(character: str) -> bool:
    return character in _TURNS or unicodedata.category(character) == "Cc"


def _read(root: Path, path: str, version: str) -> str:
    where = f"guideline {version!r}: {path}"
    try:
        whole, inside = (root / path).resolve(), (root / FOLDER).resolve()
        if not whole.is_relative_to(inside):
            raise ProjectError(f"{where} leaves the folder {FOLDER}/; put the file there")
        if not whole.is_file():
            raise ProjectError(f"{where} is no file in {root.resolve()}; add it, or give the text itself")
        # A character takes at most four bytes: what is longer need not be read.
        with whole.open("rb") as file:
            content = file.read(4 * MOST_CHARACTERS + 1)
    except (OSError, RuntimeError) as error:
        # Before Python 3.13 a circle of links is a RuntimeError.
        raise ProjectError(f"{where} cannot be read: {error}; mend that, or give the text itself") from None
    try:
        found = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if len(content) <= 4 * MOST_CHARACTERS:
            raise ProjectError(f"{where} is not UTF-8; save it as that") from None
        found = content.decode("utf-8-sig", "replace")
    if len(found) > MOST_CHARACTERS:
        raise ProjectError(f"{where} is longer than {MOST_CHARACTERS:,} characters; give the section that is in force")
    return found


def in_force(guidelines: Iterable[Guideline], policy: str | None, day: dt.date | None) -> Guideline | None:
    """The guideline of a policy on a day.

    Parameters
    ----------
    guidelines : iterable of Guideline
    policy : str or None
    day : date or None
        None for the newest.

    Returns
    -------
    Guideline or None
        The policy's newest that had come into force, or else the newest that is of no policy; of several that came in
        on one day the one listed last.
    """
    begun = [one for one in guidelines if day is None or one.start is None or one.start <= day]
    own = [one for one in begun if policy and one.policy == policy] or [one for one in begun if not one.policy]
    if not own:
        return None
    return max(enumerate(own), key=lambda placed: (placed[1].start or dt.date.min, placed[0]))[1]
