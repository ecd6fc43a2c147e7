"""One week (or part of one) of decisions: which items, by whom, when, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.world.answers import answer, guess
from smo_reports.world.incidents import effects
from smo_reports.world.items import Bank, Seen, look
from smo_reports.world.moments import Calendar
from smo_reports.world.operation import Bools, Ints, Operation, Reals
from smo_reports.world.people import Crew
from smo_reports.world.timing import arrive, lay_out


@dataclass(frozen=True)
class Work(Seen):
    """Decisions of one project and week: the items seen, what was answered, and when.

    ``first`` is the number of the first decision; times are microseconds since 1970, UTC; ``handling`` is
    seconds; ``technical`` says that the tool stored another label than the chosen one.
    """

    week: int
    part: int
    first: int
    blind: Bools
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
    seen = look(operation, crew, bank, cells, week, acting, rng)
    label, technical = answer(rng, operation, crew, seen, week, acting)
    model_label, model_score = guess(rng, operation, seen.truth, seen.item, week)
    wish = _wished_handling(operation, crew, seen, week, acting.slow, rng)
    handling, started, submitted, overtime = lay_out(rng, crew, cells, wish, calendar, week)
    arrived, due = arrive(rng, operation, seen, 7 * week, started, calendar, acting.backlog)
    closed, blind = _shared(seen, submitted)
    sure = np.where(label == seen.truth, rng.beta(9, 1.6, seen.size), rng.beta(5, 2.6, seen.size))
    return Work(
        **vars(seen),
        week=week,
        part=part,
        first=first,
        blind=blind,
        label=label,
        technical=technical,
        confidence=np.asarray(np.round(sure, 3), np.float64),
        model_label=model_label,
        model_score=model_score,
        handling=handling,
        started=started,
        submitted=submitted,
        arrived=arrived,
        due=due,
        closed=closed,
        overtime=overtime,
    )


def _wished_handling(
    operation: Operation, crew: Crew, seen: Seen, week: int, slow: float, rng: np.random.Generator
) -> Reals:
    """Draw handling times (log-normal, seconds) by content type, labeler and tenure; newcomers are slower."""
    medians = np.array([median for _, median in operation.contents.values()])[seen.content]
    tenure = np.maximum(7 * week + seen.day - crew.started[seen.labeler], 0) / 7
    pace = slow * crew.speed[seen.labeler] * (1 + 0.5 * np.exp(-tenure / 4))
    return np.asarray(medians * pace * rng.lognormal(0, 0.55, seen.size), np.float64)


def _shared(seen: Seen, submitted: Ints) -> tuple[Ints, Bools]:
    """When each row's item was closed (by its last decision), and whether the row was labelled blind."""
    closed = submitted.copy()
    copies = np.flatnonzero(seen.copy)
    np.maximum.at(closed, seen.item[copies], submitted[copies])
    blind = seen.gold >= 0
    blind[copies] = blind[seen.item[copies]] = True
    return closed[seen.item], blind
