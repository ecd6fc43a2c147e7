"""What labelers and the model answer, given what an item truly is."""

from __future__ import annotations

import numpy as np

from smo_reports.world.incidents import CONFUSED_LABELS, GUIDELINE, SWAPPED, Effects
from smo_reports.world.items import Seen
from smo_reports.world.operation import Bools, Ints, Operation, Reals, pick_by_row
from smo_reports.world.people import Crew

NEW_MODEL_WEEK = 12


def answer(
    rng: np.random.Generator, operation: Operation, crew: Crew, seen: Seen, week: int, acting: Effects
) -> tuple[Ints, Bools]:
    """Draw what labelers answer: the truth, or a label that is easily taken for it.

    Returns
    -------
    label : ndarray of int
    technical : ndarray of bool
        The tool stored another label than the chosen one.
    """
    truth, size = seen.truth, seen.size
    tenure = np.maximum(7 * week + seen.day - crew.started[seen.labeler], 0) / 7
    odds = crew.skill[seen.labeler] - crew.dip[seen.labeler] * np.exp(-tenure / 5)
    odds += np.array([one.ease for one in operation.policies])[seen.policy]
    odds += rng.normal(0.15, 0.6, size)[seen.item]
    wrong = rng.random(size) >= 1 / (1 + np.exp(-odds))
    label = truth.copy()
    label[wrong] = pick_by_row(rng, operation.confusion, truth[wrong])
    if acting.confused:
        label = _confuse(rng, operation, seen, label)
    technical = ~wrong & (label == truth) & (rng.random(size) < acting.technical)
    label[technical] = (truth[technical] + 1) % len(operation.labels)
    return label, technical


def _confuse(rng: np.random.Generator, operation: Operation, seen: Seen, label: Ints) -> Ints:
    """Swap the two labels that the changed guideline blurs, in its policy and market."""
    one, two = (operation.code("label", name) for name in CONFUSED_LABELS)
    inside = seen.policy == operation.code("policy", GUIDELINE.where["policy"])
    inside &= seen.market == operation.code("market", GUIDELINE.where["market"])
    swapped = inside & (rng.random(len(label)) < SWAPPED)
    return np.where(swapped & (label == one), two, np.where(swapped & (label == two), one, label))


def guess(rng: np.random.Generator, operation: Operation, truth: Ints, item: Ints, week: int) -> tuple[Ints, Reals]:
    """Draw what the model says of each item and how sure it is, to two decimals; better from week 12 on."""
    right = rng.random(len(truth)) < (0.84 if week < NEW_MODEL_WEEK else 0.88)
    label = np.where(right, truth, pick_by_row(rng, operation.confusion, truth))
    score = np.where(right, rng.beta(7, 1.7, len(truth)), rng.beta(4, 2.6, len(truth)))
    return label[item], np.round(0.3 + 0.69 * score, 2)[item]
