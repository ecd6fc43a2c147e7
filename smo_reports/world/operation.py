"""The demo operation: its projects, policies, queues, markets and taxonomies, as frozen facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

WEEKS = 26
DAYS = WEEKS * 7
SEVERITIES = ("low", "medium", "high")
HOLIDAYS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "ID": ((1, 1), (5, 1), (6, 1), (8, 17), (12, 25)),
    "MY": ((1, 1), (5, 1), (8, 31), (9, 16), (12, 25)),
    "BR": ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 15), (12, 25)),
    "DE": ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)),
    "AT": ((1, 1), (5, 1), (8, 15), (10, 26), (12, 25), (12, 26)),
}
"""Days of the year (month, day) on which a market's volume drops."""


@dataclass(frozen=True)
class Policy:
    """One policy: its share of the items, how its items' true labels are spread, and how easy it is.

    ``ease`` is added to the log odds of a right decision; ``severity`` gives the shares of low, medium, high.
    """

    name: str
    share: float
    prior: Mapping[str, float]
    ease: float = 0.0
    severity: tuple[float, float, float] = (0.5, 0.35, 0.15)


@dataclass(frozen=True)
class Queue:
    """One queue; a live one is answered within minutes, a deferred one within days."""

    name: str
    share: float
    live: bool
    due_hours: float
    batched: bool = False
    listed: bool = True


@dataclass(frozen=True)
class Market:
    """One market, its languages, and the vendors (with their sites) that work for it."""

    name: str
    share: float
    languages: Mapping[str, float]
    vendors: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Operation:
    """One labeling project of the demo world.

    ``share`` is its part of all decisions, ``accuracy`` the mean skill of its settled labelers, ``contents``
    gives for each content type its share and its median handling time in seconds, ``confusable`` the pairs of
    labels that are taken for one another and how often, ``plans`` the reports that it has beside its KPIs.
    """

    name: str
    key: str
    title: str
    zone: str
    share: float
    accuracy: float
    markets: tuple[Market, ...]
    policies: tuple[Policy, ...]
    queues: tuple[Queue, ...]
    contents: Mapping[str, tuple[float, float]]
    violating: tuple[str, ...]
    benign: tuple[str, ...]
    confusable: tuple[tuple[str, str, float], ...]
    targets: tuple[str, ...]
    thin: bool = False
    multi_select: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, violating ones first."""
        return self.violating + self.benign

    @property
    def owners(self) -> tuple[str, ...]:
        """The groups that answer for the targets, those that lead the project first."""
        named = [target.split("owner: ")[1].rstrip("}") for target in self.targets]
        return tuple(dict.fromkeys(named))

    @cached_property
    def priors(self) -> Reals:
        """Cumulative true-label shares, one row per policy."""
        shares = np.array([[policy.prior.get(label, 0.0) for label in self.labels] for policy in self.policies])
        return np.cumsum(shares / shares.sum(1, keepdims=True), 1)

    @cached_property
    def confusion(self) -> Reals:
        """Cumulative shares of the wrong labels, one row per true label; the true label itself has none."""
        odds = np.full((len(self.labels), len(self.labels)), 0.03)
        for first, second, weight in self.confusable:
            one, two = self.labels.index(first), self.labels.index(second)
            odds[one, two] = odds[two, one] = weight
        np.fill_diagonal(odds, 0.0)
        return np.cumsum(odds / odds.sum(1, keepdims=True), 1)

    @cached_property
    def severities(self) -> Reals:
        """Cumulative severity shares, one row per policy."""
        return np.cumsum(np.array([policy.severity for policy in self.policies]), 1)

    def code(self, kind: str, name: str) -> int:
        """Find the position of a named policy, market or label."""
        names = {
            "policy": [one.name for one in self.policies],
            "market": [one.name for one in self.markets],
            "label": list(self.labels),
        }
        return names[kind].index(name)


def pick(rng: np.random.Generator, shares: Reals, size: int) -> Ints:
    """Draw ``size`` codes with the given shares (which need not sum to 1)."""
    steps = np.cumsum(shares)
    return np.asarray(np.searchsorted(steps, rng.random(size) * steps[-1], side="right"), np.int64)


def pick_by_row(rng: np.random.Generator, steps: Reals, rows: Ints) -> Ints:
    """Draw one code for each row from the cumulative shares ``steps[row]``."""
    drawn = (rng.random(len(rows))[:, None] >= steps[rows]).sum(1)
    return np.asarray(np.minimum(drawn, steps.shape[1] - 1), np.int64)
