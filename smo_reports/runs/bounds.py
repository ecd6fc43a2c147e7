"""Between what a parameter of a report may be set, as the notebook's own metadata says.

A notebook holds only plain values, so what is too much stands beside them::

    "smo": {"bounds": {"volume": {"least": -1, "most": 3, "means": "a relative change: 0.2 is 20 % more"}}}
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from smo_reports.errors import ParameterError, ReportError, nearest

_KEYS = {"least", "most", "means"}


@dataclass(frozen=True)
class Bounds:
    """The least and the most that a parameter may be, both allowed, and what its number means."""

    least: float
    most: float
    means: str

    def check(self, report: str, name: str, value: object) -> None:
        """Refuse a number out of bounds; what is no number, such as none, is not bounded.

        Raises
        ------
        ParameterError
            It names the parameter, its bounds and what its number means.
        """
        if isinstance(value, bool) or not isinstance(value, int | float) or self.least <= value <= self.most:
            return
        raise ParameterError(
            f"report {report!r}: parameter {name!r} is {value:g}, and may be {self.least:g} to {self.most:g}: "
            f"it is {self.means}"
        )


def read_bounds(path: Path, said: object, names: Collection[str]) -> dict[str, Bounds]:
    """Read what a notebook's metadata ``smo.bounds`` says.

    Parameters
    ----------
    path : Path
        For messages.
    said : object
        None where it says nothing.
    names : collection of str
        The parameters that the notebook declares.

    Raises
    ------
    ReportError
        When it is malformed, or bounds a parameter that there is not.
    """
    where = f"{path}: metadata smo.bounds"
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise ReportError(f"{where} is no table of parameters")
    found = {}
    for name, one in said.items():
        if name not in names:
            raise ReportError(f"{where}: no parameter {name!r}; {nearest(name, names)}")
        if not isinstance(one, Mapping) or set(one) != _KEYS or not _sound(one):
            raise ReportError(f"{where}: {name} needs least, most (numbers, least below most) and means (a text)")
        found[name] = Bounds(float(one["least"]), float(one["most"]), one["means"])
    return found


def _sound(one: Mapping[str, object]) -> bool:
    least, most, means = one["least"], one["most"], one["means"]
    if isinstance(least, bool) or not isinstance(least, int | float):
        return False
    if isinstance(most, bool) or not isinstance(most, int | float):
        return False
    return math.isfinite(least) and math.isfinite(most) and least < most and isinstance(means, str) and bool(means)
