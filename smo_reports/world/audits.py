"""Audits of a week: a stratified random sample with weights, and the other purposes, which are not random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from smo_reports.schema import ERROR_TYPES, PURPOSES
from smo_reports.world.columns import canonical, ids, words
from smo_reports.world.decisions import Work
from smo_reports.world.exports import decision_ids
from smo_reports.world.incidents import CATCH, LENIENT_CATCH, effects
from smo_reports.world.moments import HOUR, Calendar
from smo_reports.world.operation import SEVERITIES, Bools, Ints, Operation, Reals, pick, pick_by_row
from smo_reports.world.people import Crew

FALSE_ALARM = 0.006
THIN_SAMPLE = 8
AUDIT_SECONDS = 80.0
ROOT_CAUSES = (
    "knowledge",
    "guideline_ambiguity",
    "guideline_gap",
    "slip",
    "new_pattern",
    "load",
    "gold_error",
    "tool",
)
_CAUSE_ODDS = np.array([0.3, 0.18, 0.07, 0.3, 0.06, 0.06, 0.03, 0.0])
_CODED = 0.7
_RANDOM, _TARGETED, _GATE, _ONBOARDING, _CALIBRATION = range(len(PURPOSES))


@dataclass(frozen=True)
class Review:
    """Audits of one week; ``row`` points into its decisions, ``stratum`` is -1 outside the random sample."""

    row: Ints
    auditor: Ints
    purpose: Ints
    label: Ints
    at: Ints
    handling: Reals
    error: Ints
    cause: Ints
    stratum: Ints
    weight: Reals
    population: Ints
    planned: Ints

    @property
    def correct(self) -> Bools:
        """Whether the auditor agreed with the decision."""
        return self.error < 0


def sample_size(volume: int, thin: bool) -> int:
    """Random audits of a week: less than in proportion to the volume, and most of a small one."""
    if thin:
        return min(volume, THIN_SAMPLE)
    return min(volume, int(max(3 * volume**0.6, min(0.75 * volume, 36))))


def strata_names(operation: Operation) -> list[str]:
    """Policy and risk: ``<policy>/low`` and ``<policy>/high``."""
    return [f"{one.name}/{risk}" for one in operation.policies for risk in ("low", "high")]


def _random_sample(operation: Operation, work: Work, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw the stratified sample; high-risk decisions (the model is unsure) are drawn 1.6 times as often.

    Returns rows and their strata, and population and sample size of every stratum.
    """
    stratum = work.policy * 2 + (work.model_score < 0.7)
    stratum[work.gold >= 0] = -1
    strata = 2 * len(operation.policies)
    population = np.bincount(stratum + 1, minlength=strata + 1)[1:]
    wish = population * np.tile([1.0, 1.6], strata // 2)
    total = sample_size(int(population.sum()), operation.thin)
    planned = np.rint(total * wish / max(wish.sum(), 1.0)).astype(np.int64)
    planned = np.minimum(population, np.maximum(planned, np.minimum(population, 1 if operation.thin else 2)))
    rows = [
        np.flatnonzero(stratum == one)[rng.choice(population[one], planned[one], replace=False)]
        for one in range(strata)
    ]
    return np.concatenate(rows), np.repeat(np.arange(strata), planned), population, planned


def _others(operation: Operation, crew: Crew, work: Work, taken: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Choose the audits that are not random: each purpose prefers decisions that are more often wrong."""
    free = work.gold < 0
    free[taken] = False
    room = max(1, len(taken) // 4)
    doubt = (work.model_label != work.label) & (work.confidence < 0.85) & free
    fresh = (7 * work.week + work.day - crew.started[work.labeler] < 28) & free
    batched = np.array([one.batched for one in operation.queues])[work.queue] & (work.confidence < 0.9) & free
    unsure = (work.confidence < 0.6) & free
    rows, purposes = [], []
    for purpose, pool, most in (
        (_TARGETED, doubt, room),
        (_GATE, batched, room // 2),
        (_ONBOARDING, fresh, room),
        (_CALIBRATION, unsure, 0 if operation.thin else 4),
    ):
        found = np.flatnonzero(pool)
        chosen = found[rng.choice(len(found), min(most, len(found)), replace=False)]
        doubt[chosen] = fresh[chosen] = batched[chosen] = unsure[chosen] = False
        if purpose == _CALIBRATION:
            chosen = np.repeat(chosen, 2)
        rows.append(chosen)
        purposes.append(np.full(len(chosen), purpose))
    return np.concatenate(rows), np.concatenate(purposes)


def _times(work: Work, rows: Ints, calendar: Calendar, rng: np.random.Generator) -> Ints:
    """Half a day to four days after the decision, in office hours; never after the world's end."""
    wait = rng.integers(1, 4, len(rows))
    office = calendar.utc(7 * work.week + work.day[rows] + wait, (9 + 8 * rng.random(len(rows))) * 3600)
    submitted = work.submitted[rows]
    at = np.maximum(office, submitted + 12 * HOUR)
    rest = calendar.end_utc - submitted
    hurried = submitted + (rest * (0.2 + 0.7 * rng.random(len(rows)))).astype(np.int64)
    return np.where(at < calendar.end_utc, at, hurried)


def _errors(operation: Operation, work: Work, rows: Ints, label: Ints) -> Ints:
    """Error types as positions in ``ERROR_TYPES``, -1 where the audit agrees."""
    given, bad = work.label[rows], len(operation.violating)
    kind = np.where((given < bad) & (label >= bad), 0, np.where((given >= bad) & (label < bad), 1, 2))
    kind = np.where(work.technical[rows], 3, kind)
    return np.where(given == label, -1, kind)


def _causes(operation: Operation, crew: Crew, work: Work, rows: Ints, error: Ints, rng: np.random.Generator) -> Ints:
    """Root causes of most errors, -1 where none was coded."""
    cause = pick(rng, _CAUSE_ODDS, len(rows))
    fresh = 7 * work.week + work.day[rows] - crew.started[work.labeler[rows]] < 42
    cause = np.where(fresh & (rng.random(len(rows)) < 0.6), ROOT_CAUSES.index("knowledge"), cause)
    if effects(operation.name, work.week).confused:
        swapped = (work.policy[rows] == operation.code("policy", "harassment")) & (rng.random(len(rows)) < 0.6)
        cause = np.where(swapped, ROOT_CAUSES.index("guideline_ambiguity"), cause)
    cause = np.where(error == ERROR_TYPES.index("technical"), ROOT_CAUSES.index("tool"), cause)
    return np.where((error >= 0) & (rng.random(len(rows)) < _CODED), cause, -1)


def review(operation: Operation, crew: Crew, work: Work, calendar: Calendar, rng: np.random.Generator) -> Review:
    """Audit a week (or one part of it; each part has its own plan).

    Auditors find 95 % of the errors and see one where none is in 0.6 %; the lenient one, while at work, finds
    a third. Where an error is not found, the audit repeats the decision's label.
    """
    drawn, stratum, population, planned = _random_sample(operation, work, rng)
    other, purpose = _others(operation, crew, work, drawn, rng)
    rows = np.concatenate([drawn, other])
    purpose = np.concatenate([np.full(len(drawn), _RANDOM), purpose])
    auditor = rng.integers(0, crew.auditors, len(rows))
    second = np.r_[False, (rows[1:] == rows[:-1]) & (purpose[1:] == _CALIBRATION)]
    again = np.flatnonzero(second)
    auditor[again] = (auditor[again - 1] + 1) % crew.auditors
    catch = np.full(len(rows), CATCH)
    if effects(operation.name, work.week).lenient:
        catch[auditor == 0] = LENIENT_CATCH
    given, truth = work.label[rows], work.truth[rows]
    found = (given != truth) & (rng.random(len(rows)) < catch)
    label = np.where(found, truth, given)
    alarm = (given == truth) & (rng.random(len(rows)) < FALSE_ALARM)
    label[alarm] = pick_by_row(rng, operation.confusion, truth[alarm])
    error = _errors(operation, work, rows, label)
    weight = np.full(len(rows), np.nan)
    weight[: len(drawn)] = (population / np.maximum(planned, 1))[stratum]
    return Review(
        rows,
        auditor,
        purpose,
        label,
        _times(work, rows, calendar, rng),
        np.round(AUDIT_SECONDS * rng.lognormal(0, 0.4, len(rows)), 1),
        error,
        _causes(operation, crew, work, rows, error, rng),
        np.concatenate([stratum, np.full(len(other), -1)]),
        weight,
        population,
        planned,
    )


def audit_numbers(work: Work, places: Ints) -> Ints:
    """Numbers of a week's audits: unique without knowing how many the weeks before had."""
    return (work.week * 100 + work.part) * 100_000 + places


def plan_id(operation: Operation, work: Work) -> str:
    """Name the audit plan of a week or of its part."""
    return f"{operation.key}-plan-{work.week:02d}-{work.part + 1}"


def audits(operation: Operation, crew: Crew, work: Work, found: Review) -> pa.Table:
    """Make the ``audits`` table of a week."""
    size = len(found.row)
    same = np.zeros(size, np.int64)
    columns = {
        "audit_id": ids(f"{operation.key}-a", audit_numbers(work, np.arange(size)), 9),
        "decision_id": decision_ids(operation, work, found.row),
        "auditor_id": crew.auditor_ids(found.auditor),
        "audited_at": found.at,
        "audit_label": words(operation.labels, found.label),
        "correct": found.correct,
        "purpose": words(PURPOSES, found.purpose),
        "blind": found.purpose == _CALIBRATION,
        "round": same + 1,
        "handling_s": found.handling,
        "error_type": words(ERROR_TYPES, found.error),
        "root_cause": words(ROOT_CAUSES, found.cause),
        "severity": words(SEVERITIES, np.where(found.correct, -1, work.severity[found.row])),
        "plan_id": words([plan_id(operation, work)], np.where(found.stratum < 0, -1, 0)),
        "stratum": words(strata_names(operation), found.stratum),
        "weight": found.weight,
    }
    return canonical("audits", operation.name, columns)


def plans(operation: Operation, calendar: Calendar, work: Work, found: Review) -> pa.Table:
    """Make the ``audit_plans`` table of a week: strata with their population and what was drawn."""
    strata = np.flatnonzero(found.population)
    same = np.zeros(len(strata), np.int64)
    columns = {
        "plan_id": words([plan_id(operation, work)], same),
        "stratum": words(strata_names(operation), strata),
        "starts_on": same + calendar.first_day + 7 * work.week,
        "ends_on": same + calendar.first_day + 7 * work.week + 6,
        "population": found.population[strata],
        "planned": found.planned[strata],
        "method": words(["stratified random, high risk oversampled"], same),
    }
    return canonical("audit_plans", operation.name, columns)
