"""Stored rows that a later import takes back, though their keys are not in it."""

from __future__ import annotations

from smo_reports.warehouse.identity import same
from smo_reports.warehouse.staging import Staging

TAKEN_BACK = {
    "decision_labels": "answers taken out because a correction no longer has them",
    "work_hours": "hours taken out because they are now of another activity",
}
"""What is said of the rows taken back, by table."""

_ENTRY = ("person_id", "work_date", "started_at", "source")


def find_withdrawn(staging: Staging, table: str, stored: str | None) -> int:
    """List the stored rows of a table that an import takes back, by key in the table ``withdrawn``; give their number.

    Parameters
    ----------
    staging : Staging
    table : str
        A name of ``TAKEN_BACK``; no other table's rows are ever taken back.
    stored : str or None
        SQL of the stored rows.
    """
    if stored is None or table not in TAKEN_BACK or not any(name == table for _, name in staging.staged):
        return 0
    listed = _answers if table == "decision_labels" else _reclassified
    listed(staging, stored)
    return int(staging.one("SELECT count(*) FROM withdrawn")[0])


def _reclassified(staging: Staging, stored: str) -> None:
    """List hours that were stored under another activity: the same entry would be counted twice otherwise.

    An entry is known by its beginning, or, of a tool that has none, by its source, which names project and task. A
    day's hours without either may well be of two activities.
    """
    given = "(SELECT * FROM typed_work_hours WHERE _state <> 'set aside')"
    staging.sql.execute(
        f"CREATE TABLE withdrawn AS SELECT DISTINCT s.person_id, s.work_date, s.activity, s.started_at, s.source "
        f"FROM ({stored}) s JOIN {given} g ON {same(_ENTRY, 'g', 's')} AND g.activity <> s.activity "
        f"ANTI JOIN {given} k ON {same((*_ENTRY, 'activity'), 'k', 's')} "
        "WHERE s.started_at IS NOT NULL OR s.source LIKE 'harvest: %'"
    )


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
        f"CREATE TABLE withdrawn AS SELECT s.decision_id, s.question, s.value FROM ({stored}) s "
        f"LEFT JOIN {asked} a ON a.decision_id = s.decision_id AND a.question = s.question "
        f"ANTI JOIN {given} g ON {same(('decision_id', 'question', 'value'), 'g', 's')} "
        f"WHERE a.question IS NOT NULL OR {corrected}"
    )
