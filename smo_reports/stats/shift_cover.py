"""How many people on which weekly pattern of shifts cover a need by the hour, within the rules of work.

The set-covering form of shift scheduling (Dantzig 1954, Operations Research 2:339-341), solved by HiGHS's branch and
bound (Huangfu & Hall 2018, Mathematical Programming Computation 10:119-142). A week follows a like week: its last
night reaches into its first morning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from smo_reports.stats.shift_patterns import DAYS, WEEK, Floats, Rules, Shift, overlap, weekly_patterns

_TIE = 1e-4
"""What a full week's paid hours count, in people or in uncovered hours: it only breaks ties."""
_WHOLE = 1e-6


@dataclass(frozen=True)
class ShiftCover:
    """People by weekly pattern.

    Attributes
    ----------
    pattern : tuple of tuple of int, shape (patterns, 7)
        For each weekday the index of the shift that is worked, or -1; only patterns that somebody works.
    people : ndarray of int, shape (patterns,)
    cover, over, under : ndarray, shape (steps of the week,)
        People at work on average in each step, and by how much that is more or less than needed.
    paid_hours : float
        Of all people in the week.
    bound : float
        Nothing better exists than this: people where everything is covered, uncovered hours where people are limited.
    gap : float
        How far that is below what was found, as a share of it; 0 where the plan is proven best.
    """

    pattern: tuple[tuple[int, ...], ...]
    people: npt.NDArray[np.intp]
    cover: Floats
    over: Floats
    under: Floats
    paid_hours: float
    bound: float
    gap: float


def cover_shifts(
    need: npt.ArrayLike,
    shifts: Sequence[Shift],
    rules: Rules,
    *,
    people: int | None = None,
    seconds: float = 10.0,
) -> ShiftCover:
    """The fewest people who cover the need; or with so many people, the least that is left uncovered.

    Parameters
    ----------
    need : array_like >= 0, shape (steps of the week,)
        People needed in each step from the week's first midnight on, in fractions: 168 hours, 336 half hours, ...
    shifts : sequence of Shift
    rules : Rules
    people : int >= 0, optional
        The most there are. Without it everything is covered.
    seconds : float > 0
        How long the search may take; then the best plan found until then is given, with its gap.

    Returns
    -------
    ShiftCover
        Of plans as good, one with the fewest paid hours.

    Raises
    ------
    ValueError
        When the need is not a week of known numbers, no pattern keeps the rules, or no shift covers a step that needs
        somebody.
    TimeoutError
        When the time was not enough for any plan.
    """
    wanted = _week(need)
    if people is not None and people < 0:
        raise ValueError(f"people is a number of 0 or more; got {people}")
    if not seconds > 0:
        raise ValueError(f"seconds is a time above 0; got {seconds}")
    patterns = weekly_patterns(shifts, rules)
    presence = _presence(patterns, shifts, len(wanted))
    bare = (presence.max(axis=1).toarray().ravel() == 0) & (wanted > 0)
    if people is None and bare.any():
        at = float(np.flatnonzero(bare)[0]) * WEEK / len(wanted)
        day, hour = divmod(at, 24)
        raise ValueError(
            f"nobody can work at hour {hour:g} of day {int(day) + 1}, which needs {wanted[bare][0]:g} people"
        )
    paid = np.array([sum(shifts[shift].paid for shift in each if shift >= 0) for each in patterns])
    problem = _Problem(wanted, presence, patterns, paid)
    if people is None:
        return problem.cover(problem.solved(None, seconds), None)
    if not bare.any() and wanted.sum() * WEEK / len(wanted) <= people * paid.max():
        # Perhaps there are enough: that is found sooner by asking for the fewest than by leaving the least uncovered.
        enough = problem.cover(problem.solved(None, seconds / 2), None)
        if enough.people.sum() <= people:
            return replace(enough, bound=0.0, gap=0.0)
    return problem.cover(problem.solved(people, seconds), people)


def _week(need: npt.ArrayLike) -> Floats:
    wanted = np.asarray(need, float)
    if wanted.ndim != 1 or len(wanted) == 0 or len(wanted) % DAYS:
        raise ValueError(f"need is one number for each step of a week of seven days; got the shape {wanted.shape}")
    if not (np.isfinite(wanted) & (wanted >= 0)).all():
        raise ValueError("need: known numbers of 0 or more are needed")
    return wanted


def _presence(patterns: Sequence[tuple[int, ...]], shifts: Sequence[Shift], steps: int) -> sparse.csr_array[Any]:
    """Which share of each step somebody on each pattern is at work; shape (steps, patterns)."""
    once = np.stack([[overlap(shift, day, steps) for shift in shifts] for day in range(DAYS)])
    made = np.zeros((steps, len(patterns)))
    for at, each in enumerate(patterns):
        for day, shift in enumerate(each):
            if shift >= 0:
                made[:, at] += once[day, shift]
    return sparse.csr_array(made)


@dataclass(frozen=True)
class _Problem:
    """A need, and who is at work when on each pattern."""

    need: Floats
    presence: Any
    patterns: Sequence[tuple[int, ...]]
    paid: Floats

    def solved(self, people: int | None, seconds: float) -> Any:
        """People on each pattern, and where they are limited, what is uncovered in each step."""
        steps, patterns = self.presence.shape
        tie = _TIE * self.paid / self.paid.max()
        if people is None:
            cost, whole = 1 + tie, np.ones(patterns)
            limits = [optimize.LinearConstraint(self.presence, self.need, np.inf)]
        else:
            cost = np.concatenate([tie, np.full(steps, WEEK / steps)])
            whole = np.concatenate([np.ones(patterns), np.zeros(steps)])
            short: Any = sparse.hstack([self.presence, sparse.eye_array(steps)], format="csr")
            all_: Any = sparse.csr_array(whole[None, :])
            limits = [optimize.LinearConstraint(short, self.need, np.inf), optimize.LinearConstraint(all_, 0, people)]
        found: Any = optimize.milp(
            cost, constraints=limits, integrality=whole, options={"time_limit": seconds, "mip_rel_gap": 0.0}
        )
        if found.x is None:
            raise TimeoutError(f"no plan was found within {seconds:g} s: {found.message}")
        return found

    def cover(self, found: Any, people: int | None) -> ShiftCover:
        """The solver's answer as people, cover, and what is known of better ones."""
        count = np.round(found.x[: len(self.patterns)]).astype(np.intp)
        cover = np.asarray(self.presence @ count, float)
        under = np.maximum(self.need - cover, 0.0)
        under[under < _WHOLE] = 0.0
        reached = float(count.sum()) if people is None else float(under.sum()) * WEEK / len(under)
        # The solver's bound has the paid hours in it, which count at most a tie's worth for each of the people.
        least = float(found.mip_dual_bound)
        bound = math.ceil(least / (1 + _TIE) - _WHOLE) if people is None else max(least - _TIE * people, 0.0)
        bound = min(float(bound), reached)
        if found.status == 0:
            bound = reached
        used = np.flatnonzero(count).tolist()
        return ShiftCover(
            tuple(self.patterns[at] for at in used),
            count[used],
            cover,
            np.maximum(cover - self.need, 0.0),
            under,
            float(count @ self.paid),
            bound,
            (reached - bound) / reached if reached > 0 else 0.0,
        )
