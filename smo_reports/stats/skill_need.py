"""What is asked of people who can work on several queues, checked, and as the limits of a linear program."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SkillNeed:
    """Need, skills and hours whose shapes fit; as the arguments of ``cover_skills``."""

    need: Floats
    can: Bools
    hours: Floats
    weight: Floats
    home: Bools | None
    severe: Bools
    cap: Floats | None

    @property
    def pairs(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Day, group and queue of every variable: one for each queue that a group can work on."""
        group, queue = np.nonzero(self.can)
        days = len(self.need)
        return np.repeat(np.arange(days), len(group)), np.tile(group, days), np.tile(queue, days)

    def part(self, days: slice) -> SkillNeed:
        """Of some of the days."""
        cap = None if self.cap is None else self.cap[days]
        return replace(self, need=self.need[days], hours=self.hours[days], cap=cap)

    def limits(self) -> tuple[sparse.csr_array, Floats]:
        """No queue gets more than it needs, no group gives more than it has, nor more than its cap to severe queues."""
        day, group, queue = self.pairs
        days, queues, groups = *self.need.shape, len(self.can)
        each, one = np.arange(len(day)), np.ones(len(day))
        rows = [sparse.csr_array((one, (day * queues + queue, each)), (days * queues, len(day)))]
        rows.append(sparse.csr_array((one, (day * groups + group, each)), (days * groups, len(day))))
        bounds = [self.need.ravel(), self.hours.ravel()]
        if self.cap is not None:
            harsh = self.severe[queue].astype(float)
            rows.append(sparse.csr_array((harsh, (day * groups + group, each)), (days * groups, len(day))))
            bounds.append(self.cap.ravel())
        return sparse.vstack(rows, format="csr"), np.concatenate(bounds)


def skill_need(
    need: npt.ArrayLike,
    can: npt.ArrayLike,
    hours: npt.ArrayLike,
    weight: npt.ArrayLike,
    home: npt.ArrayLike | None,
    severe: npt.ArrayLike | None,
    cap: npt.ArrayLike | None,
) -> SkillNeed:
    """The arguments as arrays, or a ValueError that says which one does not fit."""
    if (severe is None) != (cap is None):
        raise ValueError("severe and cap go together: which queues are severe, and the most hours at them")
    wanted, skills, present = known("need", need), np.asarray(can, bool), known("hours", hours)
    if wanted.ndim != 2 or skills.ndim != 2 or skills.shape[1] != wanted.shape[1]:
        raise ValueError(
            f"need is days by queues and can groups by queues; got the shapes {wanted.shape} and {skills.shape}"
        )
    by_group = (len(wanted), len(skills))
    if present.shape != by_group:
        raise ValueError(f"hours has the shape {present.shape}; {by_group} is needed: days by groups")
    queue_weight = np.broadcast_to(known("weight", weight), (wanted.shape[1],))
    if (queue_weight <= 0).any():
        raise ValueError("weight is above 0: a queue whose unmet hours cost nothing needs no hours")
    return SkillNeed(
        wanted,
        skills,
        present,
        queue_weight,
        None if home is None else _flags("home", home, skills.shape),
        np.zeros(wanted.shape[1], bool) if severe is None else _flags("severe", severe, wanted.shape[1:]),
        None if cap is None else np.broadcast_to(known("cap", cap), by_group),
    )


def known(name: str, value: npt.ArrayLike) -> Floats:
    """The value as an array of numbers of 0 or more, or a ValueError."""
    given = np.asarray(value, float)
    if not (np.isfinite(given) & (given >= 0)).all():
        raise ValueError(f"{name}: known numbers of 0 or more are needed")
    return given


def _flags(name: str, value: npt.ArrayLike, shape: tuple[int, ...]) -> Bools:
    given = np.asarray(value, bool)
    if given.shape != shape:
        raise ValueError(f"{name} has the shape {given.shape}; {shape} is needed")
    return given
