"""Keep what the environment holds out of everything that a run leaves: notebooks, pages, records, messages."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SHORTEST, _SHORTEST_UNNAMED = 4, 8
"""Shorter values stand in any text by chance: a port, a user's initials. What no file names may be no secret at all."""
_CALLED_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASS|PWD|CRED|AUTH|COOKIE|PRIVATE|SALT|SIGN|DSN", re.IGNORECASE)
_NUMBER = re.compile(r"[\d\s.,:+-]*")
_WORDS = re.compile(r"[^\W\d_][^\W\d]*([ .,/:-]+[^\W\d]+)*[.,]?")
_SHORTEST_LINE = 16
_LONGEST_MESSAGE = 600
_HARMLESS = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "USERNAME", "SHELL", "TERM", "COLORTERM", "LANG", "LANGUAGE", "TZ", "PWD",
    "OLDPWD", "TMPDIR", "TEMP", "TMP", "EDITOR", "VISUAL", "PAGER", "HOSTNAME", "HOST", "DISPLAY", "SHLVL", "COLUMNS",
    "LINES", "MAIL", "CI", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "DEBIAN_FRONTEND", "SMO_KERNELS",
    "SMO_TEST_DATA", "LD_LIBRARY_PATH", "LD_PRELOAD", "MANPATH", "PS1", "_",
})  # fmt: skip
_HARMLESS_STARTS = (
    "LC_",
    "XDG_",
    "PYTHON",
    "PYTEST_",
    "JUPYTER_",
    "JPY_",
    "MPL",
    "OMP_",
    "OPENBLAS_",
    "NUMEXPR_",
    "LS_",
)


def concealed(root: Path, projects: Sequence[str], public: str = "") -> dict[str, str]:
    """What must not be written, and what is written instead.

    Parameters
    ----------
    root : Path
        The workspace's folder.
    projects : sequence of str
        Those that the page shows.
    public : str, optional
        Text that everybody may read, such as the notebook's: what stands there in the clear is no secret.

    Returns
    -------
    dict of str to str
        ``${NAME}`` by value, longest first, in every spelling in which a page, a notebook or a message may have it. It
        is the value of each variable that ``params/<project>.yaml`` or ``smo.yaml`` name, where that is an address the
        password in it, and whatever else the environment holds that may be a secret: neither harmless by its name, nor
        a number, words or a file's place, nor said in those files or in ``public``.
    """
    files = [root / "smo.yaml", *(root / "params" / f"{name}.yaml" for name in projects)]
    text = "\n".join(file.read_text("utf-8") for file in files if file.is_file())
    mentioned = set(named(text))
    found: dict[str, str] = {}
    for name, value in os.environ.items():
        if name not in mentioned and not _may_be_secret(name, value, text + public):
            continue
        shortest = _SHORTEST if name in mentioned else _SHORTEST_UNNAMED
        for secret in (value, *_passwords(value), *_lines(value)):
            if len(secret) >= shortest:
                found |= dict.fromkeys(_spellings(secret), f"${{{name}}}")
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def named(text: str) -> list[str]:
    """The variables that a text names.

    >>> named("postgresql://${USER}:${PASSWORD}@server/labels")
    ['USER', 'PASSWORD']
    """
    return _NAMED.findall(text)


def _may_be_secret(name: str, value: str, public: str) -> bool:
    """Whether a variable that no file names is to be kept to oneself all the same.

    Pages say ``production`` and a project's name, and messages say folders: such values are none, unless the variable
    is called as secrets are.
    """
    if name in _HARMLESS or name.startswith(_HARMLESS_STARTS) or value in public:
        return False
    plain = _NUMBER.fullmatch(value) or any(Path(part).exists() for part in value.split(os.pathsep) if part)
    return not plain and bool(_CALLED_SECRET.search(name) or not _WORDS.fullmatch(value))


def _passwords(value: str) -> tuple[str, ...]:
    """An address's password, as it stands there and as a driver would say it."""
    try:
        password = urlsplit(value).password if "://" in value else None
    except ValueError:
        return ()
    return (password, unquote(password)) if password else ()


def _lines(value: str) -> Iterator[str]:
    """The lines of a value that has several, as a key's file has."""
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE)


def _spellings(secret: str) -> set[str]:
    """As it is, and as HTML, Python, JSON and addresses write it."""
    return {
        secret,
        html.escape(secret),
        html.escape(secret, quote=False),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
    }


def without(text: str, secrets: Mapping[str, str]) -> str:
    """A text with the variables' names instead of their values."""
    for secret, name in secrets.items():
        text = text.replace(secret, name)
    return text


def message(text: str, secrets: Mapping[str, str]) -> str:
    """A message without secrets, and then no longer than a line can be: half of a secret would not be known for one."""
    said = without(text, secrets)
    return said if len(said) <= _LONGEST_MESSAGE else f"{said[:_LONGEST_MESSAGE]} …"


def conceal(notebook: Any, secrets: Mapping[str, str]) -> None:
    """Conceal what a notebook says, in place: what its cells are, show and know, and nothing of how it is built."""
    if not secrets:
        return
    for cell in notebook["cells"]:
        cell["source"] = _said(cell["source"], secrets)
        cell["metadata"] = _said(cell["metadata"], secrets)
        for output in cell.get("outputs", ()):
            for name in {"text", "data", "ename", "evalue", "traceback", "metadata"} & set(output):
                output[name] = _said(output[name], secrets)
    notebook["metadata"] = _said(notebook["metadata"], secrets)


def _said(value: Any, secrets: Mapping[str, str]) -> Any:
    """The same of anything that JSON can say; names in it are as they were."""
    if isinstance(value, str):
        return without(value, secrets)
    if isinstance(value, list):
        return [_said(one, secrets) for one in value]
    if isinstance(value, dict):
        return type(value)({name: _said(one, secrets) for name, one in value.items()})
    return value
