"""The items that a week's decisions are about: gold, blind copies, and what each item truly is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.world.incidents import Effects
from smo_reports.world.operation import Bools, Ints, Operation, pick, pick_by_row
from smo_reports.world.people import Crew

GOLD_SHARE = 0.035
COPY_SHARE = 0.068
NEW_GOLD_WEEK = 10


@dataclass(frozen=True)
class Bank:
    """A project's gold items; item ``i`` belongs to market ``i % markets``.

    The first ``kept`` are valid throughout, those up to ``old`` until week 10, the others from then on.
    ``answer`` is what the bank says, ``truth`` what is so.
    """

    policy: Ints
    content: Ints
    severity: Ints
    truth: Ints
    answer: Ints
    kept: int
    old: int


def fill_bank(operation: Operation, weekly: float, rng: np.random.Generator) -> Bank:
    """Make a gold bank whose size grows with the volume; one answer in eighty is wrong."""
    per_market = int(np.clip(20 + weekly**0.5, 20, 600))
    markets = len(operation.markets)
    size = per_market * markets
    policy = pick(rng, np.array([one.share for one in operation.policies]), size)
    truth = pick_by_row(rng, operation.priors, policy)
    wrong = pick_by_row(rng, operation.confusion, truth)
    return Bank(
        policy,
        pick(rng, np.array([share for share, _ in operation.contents.values()]), size),
        pick_by_row(rng, operation.severities, policy),
        truth,
        np.where(rng.random(size) < 1 / 80, wrong, truth),
        per_market // 2 * markets,
        per_market * 3 // 4 * markets,
    )


@dataclass(frozen=True)
class Seen:
    """Who saw which item, as codes; one entry per decision.

    ``day`` counts from the week's Monday, ``item`` is the row that first saw the item (its own row, unless it
    is a blind copy), ``gold`` the position in the bank or -1, and ``truth`` what the item is.
    """

    labeler: Ints
    day: Ints
    market: Ints
    item: Ints
    gold: Ints
    policy: Ints
    queue: Ints
    content: Ints
    severity: Ints
    language: Ints
    truth: Ints

    @property
    def size(self) -> int:
        """How many decisions."""
        return len(self.labeler)

    @property
    def copy(self) -> Bools:
        """Whether somebody else saw the item first."""
        return np.asarray(self.item != np.arange(self.size))


def _copies(rng: np.random.Generator, labeler: Ints, place: Ints, free: Bools) -> Ints:
    """Let some rows be blind copies of another labeler's item of the same day and market.

    An item is seen by four labelers at most, and by nobody twice. Returns each row's first row.
    """
    size = len(labeler)
    item = np.arange(size)
    choice = rng.permutation(np.flatnonzero(free))
    wanted = int(COPY_SHARE * size) + 1
    source, copy = choice[:wanted], choice[wanted : 2 * wanted + wanted // 3]
    source = source[np.argsort(place[source], kind="stable")]
    low = np.searchsorted(place[source], place[copy], "left")
    high = np.searchsorted(place[source], place[copy], "right")
    copy, low, high = copy[high > low], low[high > low], high[high > low]
    origin = source[low + (rng.random(len(copy)) * (high - low)).astype(np.int64)]
    apart = labeler[origin] != labeler[copy]
    copy, origin = copy[apart], origin[apart]
    once = np.unique(origin * (labeler.max(initial=0) + 1) + labeler[copy], return_index=True)[1]
    copy, origin = copy[once], origin[once]
    if len(origin):
        starts = np.flatnonzero(np.r_[True, origin[1:] != origin[:-1]])
        rank = np.arange(len(origin)) - np.repeat(starts, np.diff(np.r_[starts, len(origin)]))
        item[copy[rank < 3]] = origin[rank < 3]
    return item


def _gold(rng: np.random.Generator, bank: Bank, market: Ints, markets: int, week: int) -> Ints:
    active = np.arange(len(bank.truth))
    active = active[active < bank.old] if week < NEW_GOLD_WEEK else active[(active < bank.kept) | (active >= bank.old)]
    turn = (rng.random(len(market)) * (len(active) // markets)).astype(np.int64)
    found = np.where(rng.random(len(market)) < GOLD_SHARE, active[turn * markets + market], -1)
    return found.astype(np.int64)


def look(
    operation: Operation,
    crew: Crew,
    bank: Bank,
    cells: Ints,
    week: int,
    acting: Effects,
    rng: np.random.Generator,
) -> Seen:
    """Draw the items behind a week's decisions.

    Parameters
    ----------
    operation, crew, bank
    cells : ndarray of int
        ``labeler * 7 + day`` of each decision, ascending.
    week : int
    acting : Effects
        The incidents at work; a changed mix acts here.
    rng : Generator
    """
    who, day = np.divmod(cells, 7)
    size, markets = len(cells), len(operation.markets)
    market = crew.market[who]
    gold = _gold(rng, bank, market, markets, week)
    known = gold >= 0
    item = _copies(rng, who, day * markets + market, ~known)
    shares = np.array([one.share * acting.mix.get(one.name, 1.0) for one in operation.policies])
    policy = np.where(known, bank.policy[gold], pick(rng, shares, size))[item]
    contents = np.array([share for share, _ in operation.contents.values()])
    severity = np.where(known, bank.severity[gold], pick_by_row(rng, operation.severities, policy))
    truth = np.where(known, bank.truth[gold], pick_by_row(rng, operation.priors, policy))
    tongues = np.array([len(one.languages) for one in operation.markets])
    chance = np.array([next(iter(one.languages.values())) for one in operation.markets])
    spoken = np.where(rng.random(size) < chance[market], 0, np.minimum(1, tongues[market] - 1))
    return Seen(
        labeler=who,
        day=day,
        market=market,
        item=item,
        gold=gold,
        policy=policy,
        queue=pick(rng, np.array([one.share for one in operation.queues]), size)[item],
        content=np.where(known, bank.content[gold], pick(rng, contents, size))[item],
        severity=severity[item],
        language=spoken[item],
        truth=truth[item],
    )
