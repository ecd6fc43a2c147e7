"""What explains a change: its parts and its findings, as a thing that prints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from smo_reports.analyses.finding import Finding
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
        return ", ".join(f"{part.name} {_points(part.value)}" for part in self.values())

    @property
    def total(self) -> float:
        """The whole change."""
        return float(sum(part.value for part in self.values()))


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a share moved between two periods.

    Attributes
    ----------
    outcome : str
    before, after : object
        The periods.
    rate_before, rate_after : float
    n_before, n_after : int
        Rows.
    parts : Parts
        They add up to ``change``.
    findings : tuple of Finding
        The largest effect first; empty where no cause was found.
    noise : float
        The standard error that the change would have if nothing had happened: of sampling, and of labelers' own drift.
    looked_at : int
        How many segments.
    nearest : Finding or None
        Where nothing was found: what came nearest, with an interval that allows for all that was looked at; it may
        well be chance.
    more_rows : float
        How many times as many rows would make the nearest a finding, if it is what it seems; nan where there is none.
    undecided : int
        Rows without an outcome, left out.
    came_and_went : tuple of (column, value, how)
        Work that was there in one period only.
    """

    outcome: str
    before: object
    after: object
    rate_before: float
    rate_after: float
    n_before: int
    n_after: int
    parts: Parts
    findings: tuple[Finding, ...]
    noise: float
    looked_at: int
    nearest: Finding | None = None
    more_rows: float = math.nan
    undecided: int = 0
    came_and_went: tuple[tuple[str, object, str], ...] = ()

    @property
    def change(self) -> float:
        """The observed change."""
        return self.rate_after - self.rate_before

    @property
    def give_or_take(self) -> float:
        """By how much the share would move either way, 19 times in 20, if nothing had happened."""
        return normal_quantile() * self.noise

    @property
    def answer(self) -> str:
        """One sentence."""
        if not self.findings:
            return f"No cause found in {self.looked_at:,} segments.{self._near()}"
        first = self.findings[0]
        return f"{_where(first)}: {_points(first.effect)} ({_interval(first.low, first.high)}), by {first.kind}."

    def _near(self) -> str:
        if self.nearest is None:
            return ""
        return (
            f" Nearest, within chance: {_where(self.nearest)}, {_points(self.nearest.effect)} "
            f"({_interval(self.nearest.low, self.nearest.high)}); {self.more_rows:.1f} times the rows would tell."
        )

    def to_frame(self) -> pd.DataFrame:
        """The findings as a table, one row each, the segment as one column of text."""
        table = [{**vars(finding), "segment": _where(finding)} for finding in self.findings]
        return pd.DataFrame(table, columns=list(Finding.__dataclass_fields__))

    def __repr__(self) -> str:
        lines = [self._headline(), self.answer]
        for part in self.parts.values():
            interval = part.note if part.note == "not separable" else _interval(part.low, part.high)
            lines.append(f"  {part.name:12} {_points(part.value):>14}  {interval}")
        for place, finding in enumerate(self.findings, 1):
            lines.append(
                f"  {place}. {_where(finding)}: {finding.kind}, {_points(finding.effect)} "
                f"({_interval(finding.low, finding.high)}), {_rates(finding)}"
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [
            (
                part.name,
                _points(part.value),
                part.note if part.note == "not separable" else _interval(part.low, part.high),
            )
            for part in self.parts.values()
        ]
        found = [
            (_where(one), one.kind, _points(one.effect), _interval(one.low, one.high), _rates(one))
            for one in self.findings
        ]
        return (
            f"<p>{escape(self._headline())}</p>"
            + _table(("part", "effect", "95 % interval"), rows)
            + f"<p>{escape(self.answer)}</p>"
            + (_table(("segment", "kind", "effect", "95 % interval", "its own rate"), found) if found else "")
        )

    def _headline(self) -> str:
        return (
            f"{self.outcome}: {100 * self.rate_before:.2f} % in {self.before} (n={self.n_before:,}), "
            f"{100 * self.rate_after:.2f} % in {self.after} (n={self.n_after:,}): {_points(self.change)}, "
            f"give or take {100 * self.give_or_take:.2f} by chance"
        )


def _where(finding: Finding) -> str:
    """A segment in words: what is hostile in a value stays text."""
    return ", ".join(f"{name} {value}" for name, value in finding.segment.items()) or "everywhere"


def _rates(finding: Finding) -> str:
    before = "new" if finding.n_before == 0 else f"{100 * finding.rate_before:.1f} %"
    return f"{before} → {100 * finding.rate_after:.1f} %, n={finding.n_after:,}"


def _points(value: float) -> str:
    return f"{100 * value:+.2f} points"


def _interval(low: float, high: float) -> str:
    return f"{100 * low:+.2f} to {100 * high:+.2f}"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
