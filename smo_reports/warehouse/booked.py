"""What is odd about booked hours though no single row breaks a rule: said by the import, for nothing is lost so."""

from __future__ import annotations

from smo_reports.warehouse.identity import same
from smo_reports.warehouse.staging import Staging
from smo_reports.warehouse.withdrawn import kept_days

DAY_HOURS = 24.0

_KEY = ("person_id", "work_date", "activity", "started_at", "source")
_WHO = {"people": "person_id", "decisions": "labeler_id", "audits": "auditor_id"}
_GIVEN = "(SELECT * FROM typed_work_hours WHERE _state <> 'set aside')"
_LOOKED_AT = "activity NOT IN ('wellness', 'leave')"
"""As in the lead's list of days to be corrected."""


def hours_notes(rows: Staging, stored: dict[str, str | None]) -> list[str]:
    """What to say of the hours of an import, once they are judged and what it takes back is known.

    Parameters
    ----------
    rows : Staging
        With ``typed_work_hours``.
    stored : dict of str to (str or None)
        SQL of the project's stored rows, by table, before the import.
    """
    before = stored.get("work_hours")
    return [*kept_days(rows, before), *_overfull(rows, before), *_strangers(rows, stored)]


def _overfull(rows: Staging, stored: str | None) -> list[str]:
    """Days of which a person has more hours in all than a day has: entries that overlap, or two names of one entry."""
    every = f"SELECT DISTINCT ON ({', '.join(_KEY)}) person_id, work_date, activity, hours FROM {_GIVEN}"
    if stored is not None:
        kept = (
            f"SELECT s.* FROM ({stored}) s SEMI JOIN {_GIVEN} d USING (person_id, work_date) "
            f"ANTI JOIN {_GIVEN} k ON {same(_KEY, 'k', 's')}"
        )
        if ("withdrawn_work_hours",) in rows.sql.sql("SHOW TABLES").fetchall():
            kept += f" ANTI JOIN withdrawn_work_hours w ON {same(_KEY, 'w', 's')}"
        every = f"({every}) UNION ALL (SELECT person_id, work_date, activity, hours FROM ({kept}))"
    looked_at = f"FROM ({every}) WHERE {_LOOKED_AT}"
    summed = f"SELECT person_id, work_date {looked_at} GROUP BY ALL HAVING sum(hours) > {DAY_HOURS} + 1e-6"
    count, line, day = rows.one(
        f"SELECT count(DISTINCT (g.person_id, g.work_date)), min(g._line), arg_min(g.work_date, g._line)::VARCHAR "
        f"FROM {_GIVEN} g SEMI JOIN ({summed}) d USING (person_id, work_date)"
    )
    if not count:
        return []
    return [
        f"days on which one person has more than {DAY_HOURS:g} hours in all: {count:,}, the first in line {line} "
        f"({day}): entries overlap, or came in twice under two sources; the page for leads lists them"
    ]


def _strangers(rows: Staging, stored: dict[str, str | None]) -> list[str]:
    """People of whom nothing is known but hours: ids that differ between two tools, as a rule."""
    known = [f"SELECT {column} AS person_id FROM ({sql})" for name, column in _WHO.items() if (sql := stored.get(name))]
    if not known:
        return []
    met = f"SELECT DISTINCT person_id FROM ({' UNION ALL '.join(known)}) SEMI JOIN {_GIVEN} g USING (person_id)"
    people, strange, line = rows.one(
        "SELECT count(DISTINCT person_id), count(DISTINCT person_id) FILTER (NOT met), min(_line) FILTER (NOT met) "
        f"FROM (SELECT person_id, _line, person_id IN ({met}) AS met FROM {_GIVEN})"
    )
    if not strange:
        return []
    return [
        f"people with hours and neither decisions, audits nor a row of people: {strange:,} of {people:,}, the first in "
        f"line {line}; if another tool calls them otherwise (by e-mail address, by name), give that id in the map: "
        "values: {person_id: {…: …}}"
    ]
