"""One week (or part of one) of decisions: which items, by whom, when, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.world.answers import answer, guess
from smo_reports.world.incidents import effects
from smo_reports.world.moments import Calendar
from smo_reports.world.operation import Bools, Ints, Operation, Reals, pick, pick_by_row
from smo_reports.world.people import Crew
from smo_reports.world.timing import arrive, lay_out

GOLD_SHARE = 0.035
COPY_SHARE = 0.055
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


@dataclass
class Work:
    """Decisions of one project and week, as codes; one entry per decision.

    ``item`` is the row that first saw the item (its own row, unless it is a blind copy); times are microseconds
    since 1970, UTC; ``gold`` is the position in the bank or -1; ``truth`` is what the item is.
    """

    week: int
    part: int
    first: int
    labeler: Ints
    day: Ints
    market: Ints
    item: Ints
    gold: Ints
    blind: Bools
    policy: Ints
    queue: Ints
    content: Ints
    severity: Ints
    language: Ints
    truth: Ints
    label: Ints
    technical: Bools
    confidence: Reals
    model_label: Ints
    model_score: Reals
    handling: Reals
    started: Ints
    submitted: Ints
    arrived: Ints
    due: Ints
    closed: Ints
    overtime: Bools

    @property
    def size(self) -> int:
        """How many decisions."""
        return len(self.labeler)

    @property
    def copy(self) -> Bools:
        """Whether the item was seen by somebody else first."""
        return self.item != np.arange(self.size)


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
    active = (
        active[active < bank.old]
        if week < NEW_GOLD_WEEK
        else active[(active < bank.kept) | (active >= bank.old)]
    )
    turn = (rng.random(len(market)) * (len(active) // markets)).astype(np.int64)
    found = np.where(rng.random(len(market)) < GOLD_SHARE, active[turn * markets + market], -1)
    return found.astype(np.int64)


def simulate(
    operation: Operation,
    crew: Crew,
    bank: Bank,
    calendar: Calendar,
    counts: Ints,
    place: tuple[int, int, int],
    rng: np.random.Generator,
) -> Work:
    """Simulate one week, or one part of it.

    Parameters
    ----------
    operation, crew, bank, calendar
    counts : ndarray of int, shape (labelers * 7,)
        Decisions of each labeler and day.
    place : tuple of int
        Week, part, and the number of the first decision.
    rng : Generator
        The week's own; nothing else is random.
    """
    week, part, first = place
    cells = np.repeat(np.arange(len(counts)), counts)
    acting = effects(operation.name, week)
    who, day = np.divmod(cells, 7)
    size, markets = len(cells), len(operation.markets)
    market = crew.market[who]
    gold = _gold(rng, bank, market, markets, week)
    item = _copies(rng, who, day * markets + market, gold < 0)
    known = gold >= 0
    shares = np.array([one.share * acting.mix.get(one.name, 1.0) for one in operation.policies])
    drawn = pick(rng, shares, size)
    policy = np.where(known, bank.policy[gold], drawn)[item]
    content = pick(rng, np.array([share for share, _ in operation.contents.values()]), size)
    content = np.where(known, bank.content[gold], content)[item]
    severity = np.where(known, bank.severity[gold], pick_by_row(rng, operation.severities, policy))[item]
    truth = np.where(known, bank.truth[gold], pick_by_row(rng, operation.priors, policy))[item]
    queue = pick(rng, np.array([one.share for one in operation.queues]), size)[item]
    tongues = np.array([len(one.languages) for one in operation.markets])
    chance = np.array([next(iter(one.languages.values())) for one in operation.markets])[market]
    language = np.where(rng.random(size) < chance, 0, np.minimum(1, tongues[market] - 1))[item]
    columns = {"truth": truth, "policy": policy, "labeler": who, "item": item, "day": day, "market": market}
    label, technical = answer(rng, operation, crew, columns, week, acting)
    model_label, model_score = guess(rng, operation, truth, item, week)
    medians = np.array([median for _, median in operation.contents.values()])[content]
    tenure = np.maximum(7 * week + day - crew.started[who], 0) / 7
    slow = acting.slow * crew.speed[who] * (1 + 0.5 * np.exp(-tenure / 4))
    handling = medians * slow * rng.lognormal(0, 0.55, size)
    handling, started, submitted, overtime = lay_out(rng, crew, cells, handling, calendar, week)
    backlog = acting.backlog & ~np.array([one.live for one in operation.queues])[queue]
    late = backlog & (rng.random(size) < 0.55)
    arrived, due = arrive(rng, operation, 7 * week + day, queue, item, started, calendar, late)
    closed = submitted.copy()
    copies = np.flatnonzero(item != np.arange(size))
    np.maximum.at(closed, item[copies], submitted[copies])
    blind = known.copy()
    blind[copies] = blind[item[copies]] = True
    sure = np.where(label == truth, rng.beta(9, 1.6, size), rng.beta(5, 2.6, size))
    return Work(
        week=week,
        part=part,
        first=first,
        labeler=who,
        day=day,
        market=market,
        item=item,
        gold=gold,
        blind=blind,
        policy=policy,
        queue=queue,
        content=content,
        severity=severity,
        language=language,
        truth=truth,
        label=label,
        technical=technical,
        confidence=np.round(sure, 3),
        model_label=model_label,
        model_score=model_score,
        handling=handling,
        started=started,
        submitted=submitted,
        arrived=arrived,
        due=due,
        closed=closed[item],
        overtime=overtime,
    )
