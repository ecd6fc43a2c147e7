"""Shifts, rules of work, and the weekly patterns of shifts that keep them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DAYS = 7
WEEK = 24.0 * DAYS
_MOST = 50_000
"""More patterns than a solver gets through in the time that anybody waits."""


@dataclass(frozen=True)
class Shift:
    """One shift; hours.

    Attributes
    ----------
    start : float in [0, 24)
        After midnight of the day it is counted to.
    length : float in (0, 24]
        From coming to going; it may reach into the next day.
    break_at, break_length : float
        When after the start the unpaid break begins, and how long it is; by default there is none.

    Raises
    ------
    ValueError
        When it does not begin within its day, is longer than one, or its break is not within it.
    """

    start: float
    length: float
    break_at: float = 0.0
    break_length: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.start < 24 and 0 < self.length <= 24):
            raise ValueError(f"a shift begins at hour 0 to 24 and is up to 24 hours long; got {self}")
        if not (self.break_at >= 0 and self.break_length >= 0 and self.break_at + self.break_length < self.length):
            raise ValueError(f"a break lies within its shift, and leaves some of it; got {self}")

    @property
    def paid(self) -> float:
        """Hours without the break."""
        return self.length - self.break_length


@dataclass(frozen=True)
class Rules:
    """What a week may look like.

    Attributes
    ----------
    rest : float
        Hours from the end of a shift to the start of the next, at least.
    most_days : int
        Days of work in a week, at most.
    most_hours : float
        Paid hours in a week, at most.
    least_days : int
        Days of work in a week, at least: contracts seldom have fewer.
    same_shift : bool
        Everybody keeps to one shift for the week; otherwise shifts are mixed, of which there are many more patterns.
    days_together : bool
        The days of work follow each other.

    Raises
    ------
    ValueError
        When a number is out of range.
    """

    rest: float = 11.0
    most_days: int = 5
    most_hours: float = 40.0
    least_days: int = 1
    same_shift: bool = True
    days_together: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.least_days <= self.most_days <= DAYS:
            raise ValueError(
                f"1 to 7 days of work, at least as many at most; got {self.least_days} to {self.most_days}"
            )
        if not (self.rest >= 0 and self.most_hours > 0):
            raise ValueError(f"rest is 0 hours or more and most_hours above 0; got {self.rest} and {self.most_hours}")


def weekly_patterns(shifts: Sequence[Shift], rules: Rules) -> list[tuple[int, ...]]:
    """All weeks that the rules allow.

    Returns
    -------
    list of tuple of int
        For each of the seven days the index of a shift, or -1 for a day off.

    Raises
    ------
    ValueError
        When there is none, or there are too many to search.

    Examples
    --------
    >>> len(weekly_patterns([Shift(8, 9, 4, 1)], Rules(least_days=5)))
    21
    """
    found = []
    choices = [(at,) for at in range(len(shifts))] if rules.same_shift else [tuple(range(len(shifts)))]
    for choice in choices:
        for pattern in _grown((), choice, shifts, rules):
            found.append(pattern)
            if len(found) > _MOST:
                raise ValueError(f"more than {_MOST:,} weekly patterns; give fewer shifts, or same_shift")
    if not found:
        raise ValueError(f"no week of these {len(shifts)} shifts keeps the rules {rules}")
    return found


def _grown(
    begun: tuple[int, ...], choice: tuple[int, ...], shifts: Sequence[Shift], rules: Rules
) -> Iterator[tuple[int, ...]]:
    """All weeks that begin with these days."""
    worked = [day for day, shift in enumerate(begun) if shift >= 0]
    if len(worked) > rules.most_days or sum(shifts[begun[day]].paid for day in worked) > rules.most_hours + 1e-9:
        return
    if len(begun) == DAYS:
        if len(worked) >= rules.least_days and _rested(begun, worked, shifts, rules):
            yield begun
        return
    for shift in (-1, *choice):
        if shift < 0 or not worked or _apart(begun, worked[-1], len(begun), shift, shifts) >= rules.rest - 1e-9:
            yield from _grown((*begun, shift), choice, shifts, rules)


def _apart(pattern: tuple[int, ...], day: int, later: int, shift: int, shifts: Sequence[Shift]) -> float:
    """Hours from the end of one day's shift to the start of another on a later day."""
    ended = shifts[pattern[day]]
    return 24 * (later - day) + shifts[shift].start - ended.start - ended.length


def _rested(pattern: tuple[int, ...], worked: list[int], shifts: Sequence[Shift], rules: Rules) -> bool:
    """Whether the week may follow itself, and its days of work follow each other where they have to."""
    over_weekend = _apart(pattern, worked[-1], worked[0] + DAYS, pattern[worked[0]], shifts)
    runs = sum((day + 1) % DAYS not in worked for day in worked)
    return over_weekend >= rules.rest - 1e-9 and (runs <= 1 or not rules.days_together)


def overlap(shift: Shift, day: int, steps: int) -> Floats:
    """Which share of each step of the week somebody on this shift on this day is at work; shape (steps,)."""
    begin = day * 24 + shift.start
    cut = begin + shift.break_at
    edges = np.arange(steps + 1) * (WEEK / steps)
    made = np.zeros(steps)
    for first, last in ((begin, cut), (cut + shift.break_length, begin + shift.length)):
        for turn in (0.0, WEEK):
            inside = np.minimum(edges[1:] + turn, last) - np.maximum(edges[:-1] + turn, first)
            made += np.maximum(inside, 0.0)
    return made / (WEEK / steps)
