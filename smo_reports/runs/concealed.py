"""Keep what the environment holds out of everything that a run leaves: notebooks, pages, records, messages."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SHORTEST = 4
"""Shorter values stand in any text by chance: a port, a user's initials."""


def concealed(root: Path, projects: Sequence[str]) -> dict[str, str]:
    """What must not be written, and what is written instead.

    Parameters
    ----------
    root : Path
        The workspace's folder.
    projects : sequence of str
        Those that the page shows.

    Returns
    -------
    dict of str to str
        ``${NAME}`` by value, longest first: the values of all variables that ``params/<project>.yaml`` or ``smo.yaml``
        name, and, where one is an address, the password in it.
    """
    files = [root / "smo.yaml", *(root / "params" / f"{name}.yaml" for name in projects)]
    text = "\n".join(file.read_text("utf-8") for file in files if file.is_file())
    found: dict[str, str] = {}
    for name in named(text):
        value = os.environ.get(name, "")
        for secret in (value, *_passwords(value)):
            if len(secret) >= _SHORTEST:
                found[secret] = f"${{{name}}}"
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def named(text: str) -> list[str]:
    """The variables that a text names.

    >>> named("postgresql://${USER}:${PASSWORD}@server/labels")
    ['USER', 'PASSWORD']
    """
    return _NAMED.findall(text)


def _passwords(value: str) -> tuple[str, ...]:
    """An address's password, as it stands there and as a driver would say it."""
    try:
        password = urlsplit(value).password if "://" in value else None
    except ValueError:
        return ()
    return (password, unquote(password)) if password else ()


def without(text: str, secrets: Mapping[str, str]) -> str:
    """A text with the variables' names instead of their values."""
    for secret, name in secrets.items():
        text = text.replace(secret, name)
    return text


def conceal(value: Any, secrets: Mapping[str, str]) -> Any:
    """The same of anything that JSON can say; lists and dicts are changed in place."""
    if not secrets:
        return value
    if isinstance(value, str):
        return without(value, secrets)
    if isinstance(value, list):
        value[:] = [conceal(one, secrets) for one in value]
    elif isinstance(value, dict):
        for key in list(value):
            value[without(key, secrets)] = conceal(value.pop(key), secrets)
    return value
