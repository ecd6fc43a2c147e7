"""Stored rows that a later import takes back, though their keys are not in it."""

from __future__ import annotations

from smo_reports.warehouse.identity import same
from smo_reports.warehouse.staging import Staging

ANSWERS = "answers taken out because a correction no longer has them"
REPLACED = "hours of older exports taken out because this one tells all of the same person, day and project"
RECLASSIFIED = "hours taken out because they are now of another activity"
LEFT = "hours of older exports kept, of days within this one's span on which the same person has no entry in it"

_KEY = ("person_id", "work_date", "activity", "started_at", "source")
_ENTRY = ("person_id", "work_date", "started_at", "source")
_GIVEN = "(SELECT * FROM typed_work_hours WHERE _state <> 'set aside')"


def find_withdrawn(staging: Staging, table: str, stored: str | None) -> list[str]:
    """List the stored rows of a table that an import takes back, by key in the table ``withdrawn_<table>``.

    Parameters
    ----------
    staging : Staging
    table : str
        Only answers and booked hours are ever taken back.
    stored : str or None
        SQL of the stored rows.

    Returns
    -------
    list of str
        What is to be said of them; empty where there are none.
    """
    if stored is None or not any(name == table for _, name in staging.staged):
        return []
    if table == "decision_labels":
        _answers(staging, stored)
        (count,) = staging.one("SELECT count(*) FROM withdrawn_decision_labels")
        return [f"{ANSWERS}: {count:,}"] if count else []
    return _hours(staging, stored) if table == "work_hours" else []


def kept_days(staging: Staging, stored: str | None) -> list[str]:
    """What is to be said of stored hours that may have been moved or deleted where they were booked."""
    if stored is None or not staging.covered:
        return []
    spans = "SELECT person_id, _part, min(work_date) AS first, max(work_date) AS last FROM covered_days GROUP BY ALL"
    count, hours = staging.one(
        f"SELECT count(*), coalesce(sum(s.hours), 0) FROM ({stored}) s JOIN ({spans}) d "
        "ON s.person_id = d.person_id AND s.work_date BETWEEN d.first AND d.last "
        f"JOIN covered_sources c ON c._part = d._part AND {_of_source()} "
        "ANTI JOIN covered_days t ON t.person_id = s.person_id AND t.work_date = s.work_date"
    )
    return [f"{LEFT}: {count:,} ({hours:,.2f} h)"] if count else []


def _of_source() -> str:
    """SQL that says whether a stored row ``s`` is of a covered source ``c``."""
    return "(s.source = c.source OR (ends_with(c.source, ' / ') AND starts_with(s.source, c.source)))"


def _hours(staging: Staging, stored: str) -> list[str]:
    """List hours that were stored under another beginning or activity: the same entry would be counted twice otherwise.

    Of a person's day that a file tells all of, whatever it does not have goes. Of other files an entry is known by its
    beginning; a day's hours without one may well be of two activities.
    """
    keys = ", ".join(f"s.{name}" for name in _KEY)
    every = (
        f"SELECT DISTINCT {keys}, s.hours, false AS replaced FROM ({stored}) s "
        f"JOIN {_GIVEN} g ON {same(_ENTRY, 'g', 's')} AND g.activity <> s.activity "
        f"ANTI JOIN {_GIVEN} k ON {same(_KEY, 'k', 's')} WHERE s.started_at IS NOT NULL"
    )
    if staging.covered:
        every += (
            f" UNION ALL SELECT DISTINCT {keys}, s.hours, true AS replaced FROM ({stored}) s "
            "JOIN covered_days d ON d.person_id = s.person_id AND d.work_date = s.work_date "
            f"JOIN covered_sources c ON c._part = d._part AND {_of_source()} "
            f"ANTI JOIN {_GIVEN} k ON {same(_KEY, 'k', 's')}"
        )
    named = ", ".join(_KEY)
    staging.sql.execute(
        f"CREATE TABLE withdrawn_work_hours AS "
        f"SELECT {named}, any_value(hours) AS hours, bool_or(replaced) AS replaced FROM ({every}) GROUP BY {named}"
    )
    said = []
    for replaced, what in ((True, REPLACED), (False, RECLASSIFIED)):
        count, hours = staging.one(
            f"SELECT count(*), coalesce(sum(hours), 0) FROM withdrawn_work_hours WHERE replaced = {replaced}"
        )
        said += [f"{what}: {count:,} ({hours:,.2f} h)"] if count else []
    return said


def _answers(staging: Staging, stored: str) -> None:
    """List the stored answers that a correction no longer has.

    The answers to one question of one decision are replaced as a set, and all answers of a decision that the
    same import corrects: an answer taken back would stay otherwise, since its value is part of its key.
    """
    given = "(SELECT * FROM typed_decision_labels WHERE _state <> 'set aside')"
    asked = f"(SELECT DISTINCT decision_id, question FROM {given})"
    corrected = "false"
    if any(name == "decisions" for _, name in staging.staged):
        corrected = "s.decision_id IN (SELECT decision_id FROM typed_decisions WHERE _state = 'updated')"
    staging.sql.execute(
        f"CREATE TABLE withdrawn_decision_labels AS SELECT s.decision_id, s.question, s.value FROM ({stored}) s "
        f"LEFT JOIN {asked} a ON a.decision_id = s.decision_id AND a.question = s.question "
        f"ANTI JOIN {given} g ON {same(('decision_id', 'question', 'value'), 'g', 's')} "
        f"WHERE a.question IS NOT NULL OR {corrected}"
    )
