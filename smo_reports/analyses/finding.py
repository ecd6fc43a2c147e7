"""A finding: one place, or one reason, in which a change of a KPI lies, with the evidence of its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["rate", "mix", "measurement"]


@dataclass(frozen=True)
class Finding:
    """One cause of a change, in its simplest form.

    Attributes
    ----------
    segment : mapping of str to object
        The column's values that name it; empty for *everywhere*.
    kind : {"rate", "mix", "measurement"}
        Whether the segment's own rate changed, its share of the work did, or how it is measured did.
    effect, low, high : float
        What it did to the whole KPI, in the KPI's own unit, and its interval; corrected for having been searched for.
    rate_before, rate_after : float
        The segment's own rate; nan where it had no rows.
    n_before, n_after : int
        Its rows.
    share : float
        Its share of the rows afterwards.
    new : bool
        It holds a value that was not seen before.
    people : bool
        It names a person: for that person's lead only.
    share_before : float
        Its share of the rows before, where that is what changed.
    also : tuple of mapping
        Other segments that cover nearly the same rows: the data cannot tell them apart.
    """

    segment: Mapping[str, Any]
    kind: Kind
    effect: float
    low: float
    high: float
    rate_before: float
    rate_after: float
    n_before: int
    n_after: int
    share: float
    new: bool = False
    people: bool = False
    share_before: float = float("nan")
    also: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the effect's 95 % interval."""
        return self.low, self.high


NOT_GIVEN = "not given"
"""What is said of a value that a row does not have."""


def named(column: str, value: object) -> str:
    """A column with its value as anybody reads it: ``market ID``, ``market not given``.

    >>> named("market", "ID"), named("market", None), named("market", float("nan"))
    ('market ID', 'market not given', 'market not given')
    """
    return f"{column} {NOT_GIVEN if not_given(value) else value}"


def not_given(value: object) -> bool:
    """Whether a value is none: null, nan, or a text without a letter in it."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())
