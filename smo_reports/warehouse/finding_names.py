"""A finding's name: its segment as one text, as notes and the command line have it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smo_reports.errors import ParameterError

EVERYWHERE = "everywhere"

_PARTING = re.compile(r"[\\,=]")
_ESCAPED = re.compile(r"\\([\\,=])")
_NEXT_COLUMN = re.compile(r",(?=[^,=]+=)")
_ASIDE = dict(zip("\\,=", "\udc00\udc01\udc02", strict=True))
"""What stands for an escaped sign while a finding is taken apart: no text that can be stored has half surrogates."""

_BACK = str.maketrans({aside: sign for sign, aside in _ASIDE.items()})


def finding_key(segment: Mapping[str, Any]) -> str:
    r"""A segment as one text, the same in whatever order its columns are named, and another for every other segment.

    A comma, an equals sign and a backslash in a name or a value have a backslash before them.

    >>> finding_key({"policy": "harassment", "market": "ID"}), finding_key({})
    ('market=ID,policy=harassment', 'everywhere')
    >>> print(finding_key({"queue": "a,b=c"}))
    queue=a\,b\=c
    """
    pairs = (tuple(_PARTING.sub(r"\\\g<0>", str(part)) for part in pair) for pair in sorted(segment.items()))
    return ",".join("=".join(pair) for pair in pairs) or EVERYWHERE


def parse_finding(text: str) -> dict[str, str]:
    r"""A finding's segment from the text that names it; nothing, or *everywhere*, for everywhere.

    What :func:`finding_key` wrote comes back as it was; by hand a comma needs no backslash where no column's name and
    equals sign follow it.

    Raises
    ------
    ParameterError
        When a part has no column or no equals sign.

    Examples
    --------
    >>> parse_finding("policy=harassment, market=ID"), parse_finding("everywhere")
    ({'policy': 'harassment', 'market': 'ID'}, {})
    >>> parse_finding(r"queue=a\,b\=c"), parse_finding("queue=a, b and c")
    ({'queue': 'a,b=c'}, {'queue': 'a, b and c'})
    """
    if text in ("", EVERYWHERE):
        return {}
    found = {}
    for part in _NEXT_COLUMN.split(_ESCAPED.sub(lambda sign: _ASIDE[sign[1]], text)):
        name, equals, value = (side.translate(_BACK) for side in part.partition("="))
        if not (equals and name.strip()):
            where = part.strip().translate(_BACK)
            raise ParameterError(f"--finding {text!r} cannot be read at {where!r}; write policy=harassment,market=ID")
        found[name.strip()] = value
    return found
