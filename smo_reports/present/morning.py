"""A lead's morning: one row a project with what is pressing, then each project's list."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.agenda import listed_html, unseen
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.table import Column, table
from smo_reports.words import Catalogue, catalogue, number

if TYPE_CHECKING:
    from smo_reports.project import Workspace


def morning_summary(workspace: Workspace, listed: pd.DataFrame, unread: Mapping[str, str]) -> Exhibit:
    """The paragraph above the list: how much is past due where, and what is overdue."""
    say = catalogue(workspace.language)
    sentences = []
    for topic, sentence in (
        ("past due", "Past due now: {list}."),
        ("will be late", "Will be late at the present pace: {list}."),
        ("overdue action", "Overdue actions: {list}."),
        ("reopened action", "Reopened actions: {list}."),
        ("unacknowledged action", "Actions that nobody has acknowledged: {list}."),
    ):
        actions = topic.endswith(" action")
        own = listed[(listed["topic"] == topic) & listed["note"].isin(["", "for leads"] if actions else [""])]
        if own.empty:
            continue
        # An action's count is its days; those about one person each are one row that counts them.
        counted = own["count"].where(own["note"] != "", 1) if actions else own["count"]
        sums = counted.groupby(own["project_title"], sort=False).sum()
        told = [
            say("{project} {n}", project=name, n=number(float(n), math.nan, say.language, most=0))
            for name, n in sums.sort_values(ascending=False).items()
        ]
        sentences.append(say(sentence, list="; ".join(told)))
    if unread:
        sentences.append(say("Not read: {list}.", list=", ".join(sorted(unread))))
    paragraph = " ".join(sentences) or _quiet(listed, say)
    html = Markup('<section class="smo-headline" aria-label="{}"><p class="smo-lead">{}</p></section>').format(
        say("In short"), paragraph
    )
    return Exhibit(
        "headline", say("In short"), html, paragraph, listed.drop(columns=["owner"]), {"unread": len(unread)}
    )


def _quiet(listed: pd.DataFrame, say: Catalogue) -> str:
    """What is said where nothing is pressing: only of what was looked at, in every project that was read."""
    missing = set(listed.loc[unseen(listed), "topic"])
    due, actions = "past due" not in missing, "overdue action" not in missing
    if due and actions:
        return say("Nothing is past due, and no action is overdue.")
    if due:
        return say("Nothing is past due; not every project has actions to look at.")
    if actions:
        return say("No action is overdue; not every project has items with a time due to look at.")
    return say("Not every project has items with a time due, and actions, to look at.")


def morning_list(workspace: Workspace, listed: pd.DataFrame) -> Exhibit:
    """Each project's list of what needs a decision."""
    say = catalogue(workspace.language)
    parts, text = [], []
    for title, own in listed.groupby("project_title", sort=True):
        html, said = listed_html(own, say)
        parts.append(Markup("<h3>{}</h3>{}").format(title, html))
        text.append(f"{title}: {said}")
    return Exhibit("agenda", say("What needs a decision"), Markup("").join(parts), " ".join(text), listed)


def vendors_table(workspace: Workspace, vendors: pd.DataFrame) -> Exhibit:
    """Accuracy by vendor within each project, over the last weeks."""
    say = catalogue(workspace.language)
    known = vendors[vendors["value"].notna()] if "value" in vendors else vendors
    if known.empty:
        why = say("No project has random audits by vendor.")
        return Exhibit("vendors", say("Vendors"), Markup('<p class="smo-note">{}</p>').format(why), why)
    columns = [
        Column(say("Project")),
        Column(say("Vendor")),
        Column(say("Accuracy (95 % interval)"), digits=True),
        Column(say("n"), digits=True),
        Column(say("Target"), digits=True),
        Column(say("Against target")),
    ]
    rows = [_vendor(row, say) for row in records(known.sort_values(["project_title", "vendor"]))]
    note = say(
        "Random audits of the last four weeks. Vendors do not label the same mix of work: a difference is a question, "
        "not a verdict."
    )
    return Exhibit("vendors", say("Vendors"), table(columns, rows, say("Vendors apart"), note), note, known)


def _vendor(row: wording.Row, say: Catalogue) -> list[str | Markup]:
    n = number(float(row["n"]), math.nan, say.language, most=0)
    chip = wording.chip(row, say)
    vendor = wording.part_name(row, ["vendor"], say)
    return [str(row["project_title"]), vendor, wording.full_words(row, say), n, wording.target_words(row, say), chip]
