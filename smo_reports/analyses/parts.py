"""The parts of a change: mix, rate and measurement, and what entered or left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smo_reports.stats.intervals import normal_quantile


@dataclass(frozen=True)
class Part:
    """One part of a change.

    Attributes
    ----------
    name : str
        *mix* (the shares of different work), *rate* (how often the same work is right), *measurement* (how it is
        audited), and where there was any: *entered*, *left* (work that was there in one period only).
    value, low, high : float
        In the share's own unit; together the values are the whole change. The interval is nan where the part cannot be
        told apart.
    note : str
        What it is of, or *not separable*.
    """

    name: str
    value: float
    low: float
    high: float
    note: str = ""

    def __float__(self) -> float:
        """The value."""
        return self.value

    @classmethod
    def of(cls, name: str, value: float, error: float, note: str) -> Part:
        """A part with a 95 % interval from its standard error."""
        reach = normal_quantile() * error
        return cls(name, float(value), float(value - reach), float(value + reach), note)


class Parts(Mapping[str, Part]):
    """The parts of a change by name, in the order in which they are read."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = {part.name: part for part in parts}

    def __getitem__(self, name: str) -> Part:
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __repr__(self) -> str:
        return ", ".join(f"{part.name} {points(part.value)}" for part in self.values())

    @property
    def total(self) -> float:
        """The whole change."""
        return float(sum(part.value for part in self.values()))


def points(value: float) -> str:
    """A part of one as signed points."""
    return f"{100 * value:+.2f} points"
