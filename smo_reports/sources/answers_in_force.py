"""Known answers over time, in SQL that DuckDB and PostgreSQL both run: which was in force, and which grew old."""

from __future__ import annotations


def newest_answer(gold: tuple[str, ...]) -> str:
    """One answer an item, where times cannot tell which was in force: that of the newest version."""
    order = ", ".join(f"{name} DESC NULLS LAST" for name in ("added_at", "gold_version") if name in gold)
    ranked = f"row_number() OVER (PARTITION BY item_id ORDER BY {order or 'gold_label'}) AS place"
    return (
        f"JOIN (SELECT item_id, gold_label FROM (SELECT item_id, gold_label, {ranked} FROM stored_gold) "
        "WHERE place = 1) g ON g.item_id = d.item_id"
    )


def answer_in_force(gold: tuple[str, ...]) -> str:
    """The answer that had been added, and neither retired nor replaced, when the decision was made.

    A decision without a time is held to the answer that is in force now.
    """
    always, never = (f"CAST('{end}infinity' AS TIMESTAMPTZ)" for end in ("-", ""))
    added = f"COALESCE(added_at, {always})"
    order = added + (", gold_version" if "gold_version" in gold else "")
    replaced = f"lead({added}, 1, {never}) OVER (PARTITION BY item_id ORDER BY {order})"
    retired = f"COALESCE(retired_at, {never})" if "retired_at" in gold else never
    spans = f"SELECT item_id, gold_label, {added} AS added, LEAST({retired}, {replaced}) AS ended FROM stored_gold"
    then = "d.submitted_at >= g.added AND d.submitted_at < g.ended"
    now = f"d.submitted_at IS NULL AND g.ended = {never}"
    return f"JOIN ({spans}) g ON g.item_id = d.item_id AND ({then} OR {now})"


def next_guideline(gold: tuple[str, ...], events: tuple[str, ...]) -> str:
    """When a guideline first changed after a known answer was added; one of another policy does not matter."""
    own = ""
    if "policy" in gold and "policy" in events:
        own = "AND (e.policy IS NULL OR t.policy IS NULL OR e.policy = t.policy)"
    return f"SELECT MIN(e.at) FROM stored_events e WHERE e.kind = 'guideline' AND e.at > t.added_at {own}"
