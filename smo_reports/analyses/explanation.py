"""What explains a change: its parts and its findings, as a thing that prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

import pandas as pd

from smo_reports.analyses.finding import Finding, named
from smo_reports.analyses.parts import Parts, points
from smo_reports.analyses.unaudited import Unaudited
from smo_reports.stats.intervals import normal_quantile

_SLIGHTLY, _BEYOND = 1.1, 10.0
"""Below the first, a few more rows would tell; above the second, no plan of audits like this one can."""

_LISTED = 5


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
    unaudited : Unaudited
        Of all work, where it is known: the part that nobody audited.
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
    unaudited: Unaudited = field(default_factory=Unaudited)

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
            if not self.looked_at:
                return (
                    f"No cause found: there was too little to look at, no segment has rows enough "
                    f"({self.n_before:,} before and {self.n_after:,} after in all)."
                )
            return f"No cause found in {self.looked_at:,} segments.{self._near()}"
        first = self.findings[0]
        return f"{_where(first)}: {points(first.effect)} ({_interval(first.low, first.high)}), by {first.kind}."

    def _near(self) -> str:
        if self.nearest is None:
            return ""
        return (
            f" Nearest, within chance: {_where(self.nearest)}, {points(self.nearest.effect)} "
            f"({_interval(self.nearest.low, self.nearest.high)}); {self._more()}."
        )

    def _more(self) -> str:
        """How many more rows would tell whether the nearest is a cause."""
        if self.would_tell == "never":
            return "rows drawn like these cannot tell"
        times = f"{self.more_rows:.1f} times the" if self.would_tell == "more" else self.would_tell
        return f"{times} rows would tell"

    @property
    def would_tell(self) -> Literal["slightly more", "more", "never"]:
        """How many more rows would tell: hardly more, ``more_rows`` times as many, or more than can be had."""
        return "slightly more" if self.more_rows < _SLIGHTLY else "never" if self.more_rows > _BEYOND else "more"

    @property
    def not_audited(self) -> str:
        """What of the work nobody audited, as a sentence; empty where there is none."""
        if not self.unaudited.share:
            return ""
        shares = "{} before, {} after".format(*map(_part_of, (self.unaudited.before, self.unaudited.after)))
        listed = [f"{named(name, value)} {_part_of(share)}" for name, value, share in self.unaudited.where[:_LISTED]]
        more = len(self.unaudited.where) - len(listed)
        where = ", ".join(listed) + (f" and {more:,} more" if more else "")
        return f"Work that nobody audited: {shares} ({where}); nothing is known of it."

    def to_frame(self) -> pd.DataFrame:
        """The findings as a table, one row each, the segment as one column of text."""
        table = [{**vars(finding), "segment": _where(finding)} for finding in self.findings]
        return pd.DataFrame(table, columns=list(Finding.__dataclass_fields__))

    def __repr__(self) -> str:
        lines = [line for line in (self._headline(), self.answer, self.not_audited) if line]
        for part in self.parts.values():
            interval = part.note if part.note == "not separable" else _interval(part.low, part.high)
            lines.append(f"  {part.name:12} {points(part.value):>14}  {interval}")
        for place, finding in enumerate(self.findings, 1):
            lines.append(
                f"  {place}. {_where(finding)}: {finding.kind}, {points(finding.effect)} "
                f"({_interval(finding.low, finding.high)}), {_rates(finding)}"
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [
            (
                part.name,
                points(part.value),
                part.note if part.note == "not separable" else _interval(part.low, part.high),
            )
            for part in self.parts.values()
        ]
        found = [
            (_where(one), one.kind, points(one.effect), _interval(one.low, one.high), _rates(one))
            for one in self.findings
        ]
        return (
            f"<p>{escape(self._headline())}</p>"
            + _table(("part", "effect", "95 % interval"), rows)
            + f"<p>{escape(self.answer)}</p>"
            + (f"<p>{escape(self.not_audited)}</p>" if self.not_audited else "")
            + (_table(("segment", "kind", "effect", "95 % interval", "its own rate"), found) if found else "")
        )

    def _headline(self) -> str:
        return (
            f"{self.outcome}: {100 * self.rate_before:.2f} % in {self.before} (n={self.n_before:,}), "
            f"{100 * self.rate_after:.2f} % in {self.after} (n={self.n_after:,}): {points(self.change)}, "
            f"give or take {100 * self.give_or_take:.2f} by chance"
        )


def _where(finding: Finding) -> str:
    """A segment in words: what is hostile in a value stays text."""
    return ", ".join(named(name, value) for name, value in finding.segment.items()) or "everywhere"


def _rates(finding: Finding) -> str:
    before = "new" if finding.n_before == 0 else f"{100 * finding.rate_before:.1f} %"
    return f"{before} → {100 * finding.rate_after:.1f} %, n={finding.n_after:,}"


def _part_of(share: float) -> str:
    """A share of the work; never nothing where there is some."""
    return "less than 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


def _interval(low: float, high: float) -> str:
    return f"{100 * low:+.2f} to {100 * high:+.2f}"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
