"""Pages that are made with other parameters than the project's own: beside its page, under names of their own.

What a reader turns (``smo run staffing -P volume=0.2``) must not take the place of what the project reports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from smo_reports.runs.parameters import ALWAYS, PERSON, PINS, check_parameters, read_parameters
from smo_reports.runs.publish import digest

MARK = "what-if"
"""What names such a page's files: ``staffing.what-if.volume_0.2.html``."""

_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(\.\d+)*")
_LONGEST = 80


def turned(notebook: Path, parameters: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """The parameters of a run that are other than the project's own, in order of their names.

    Whose page it is, its period and what it reads are none of them.

    Parameters
    ----------
    notebook : Path
        The report's notebook.
    parameters : mapping of str to object
        Checked values of the run.
    own : mapping of str to object
        What the project itself runs with, where that is not the notebook's default.
    """
    mine = {name: one.default for name, one in read_parameters(notebook).items()}
    mine |= check_parameters(notebook, dict(own))
    free = sorted(set(parameters) - {*ALWAYS, *PINS, PERSON})
    return {name: parameters[name] for name in free if parameters[name] != mine[name]}


def suffix(changed: Mapping[str, object]) -> str:
    """What such a page's files are called after the report's name; the same for the same values.

    >>> suffix({"shrinkage": 0.3, "volume": -0.1}), suffix({"by": ["policy", "market"]})
    ('what-if.shrinkage_0.3.volume_-0.1', 'what-if.by_policy+market')
    """
    said = ".".join(f"{name}_{_spelled(value)}" for name, value in changed.items())
    if len(said) > _LONGEST:
        said = f"{'.'.join(changed)[:_LONGEST]}.{digest(said.encode())[:8]}"
    return f"{MARK}.{said}"


def _spelled(value: object) -> str:
    """A value as a file's name may have it; where none may, a digest of it."""
    parts = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    said = "+".join(parts)
    # A plus that stands in a value would read as the one between two.
    ambiguous = isinstance(value, list) and any("+" in part for part in parts)
    return said if _PLAIN.fullmatch(said) and not ambiguous else digest(repr(value).encode())[:8]
