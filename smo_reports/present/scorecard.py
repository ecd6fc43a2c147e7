"""One person's coaching page: what audits say, with what it may be compared, and never a verdict on a person."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import pandas as pd
from markupsafe import Markup

from smo_reports.present import auditor_card, wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.header import page_header
from smo_reports.present.qa import COACHING
from smo_reports.present.sparkline import sparkline
from smo_reports.present.table import Column, table
from smo_reports.words import Catalogue, catalogue, day, number, share

if TYPE_CHECKING:
    from smo_reports.analyses import AuditorCard, Evidence, Scorecard
    from smo_reports.period import Period
    from smo_reports.project import Project

_MOST_ERRORS = 8
_GROUPS = {
    "below": "This is below what that mix of work leads to expect, by more than chance explains when everybody is "
    "looked at at once: worth a talk about the cases below.",
    "not distinguishable": "This cannot be told apart from what that mix of work leads to expect: no conclusion about "
    "this person follows.",
    "above": "This is above what that mix of work leads to expect, by more than chance explains when everybody is "
    "looked at at once: worth asking what others could learn from it.",
    "too few": "These are too few audits to say more: 30 are needed.",
}


def scorecard_header(project: Project, card: Scorecard | AuditorCard, period: Period, rests_on: Evidence) -> Exhibit:
    """The top of the page: whose it is, as pages name them, and how new the data is."""
    say = catalogue(project.language)
    title = say("Coaching page of {person}", person=card.person)
    return page_header(project, title, period, rests_on, readers=say("this person and their lead"))


def scorecard_standing(project: Project, card: Scorecard | AuditorCard) -> Exhibit:
    """The paragraph: how many audits, how many correct, what was to be expected, and what may be concluded."""
    if card.role == "auditor":
        return auditor_card.standing(project, cast("AuditorCard", card))
    card = cast("Scorecard", card)
    say = catalogue(project.language)
    if card.standing.empty:
        said = say("There is no random audit of this person's work in these weeks: nothing can be said of its quality.")
    else:
        row = records(card.standing)[0]
        said = " ".join((_found(row, say), say(_GROUPS[str(row["group"])])))
    weeks = card.weekly["value"].tolist() if "value" in card.weekly else []
    line = sparkline(weeks, math.nan, say("share correct by week")) if len(weeks) > 1 else Markup("")
    html = Markup(
        '<section class="smo-headline" aria-label="{}"><p class="smo-lead">{}</p>{}<p class="smo-note">{}</p></section>'
    ).format(say("In short"), said, line, say(COACHING))
    return Exhibit("scorecard", card.person, html, f"{said} {say(COACHING)}", card.standing)


def _found(row: wording.Row, say: Catalogue) -> str:
    sentence = (
        "Of {n} random audits of the last 26 weeks {correct} found the decision right; this project's labelers "
        "together score {expected} on the same mix of work."
    )
    n = number(float(row["n"]), math.nan, say.language, most=0)
    correct = number(round(float(row["n"]) * float(row["value"])), math.nan, say.language, most=0)
    return say(sentence, n=n, correct=correct, expected=share(float(row["expected"]), 0.05, say.language))


def scorecard_detail(project: Project, card: Scorecard | AuditorCard) -> Exhibit:
    """Accuracy by policy, with everybody's beside it; small numbers have wide intervals, and are said to be small."""
    if card.role == "auditor":
        return auditor_card.detail(project, cast("AuditorCard", card))
    card = cast("Scorecard", card)
    say = catalogue(project.language)
    if card.policies.empty:
        return _nothing("policies", say("By policy"), say("Nothing was audited at random, or audits have no policy."))
    columns = [
        Column(say("policy")),
        Column(say("Estimate (95 % interval)"), digits=True),
        Column(say("n"), digits=True),
        Column(say("Everybody"), digits=True),
    ]
    rows = [
        [
            wording.part_name(row, ["policy"], say),
            wording.full_words(row, say),
            number(float(row["n"]), math.nan, say.language, most=0),
            share(float(row["everybody"]), 0.05, say.language),
        ]
        for row in records(card.policies)
    ]
    note = say(
        "An interval that includes everybody's share says that there is nothing to conclude. Of several policies one "
        "excludes it by chance now and then: what may be concluded stands at the top."
    )
    return Exhibit(
        "policies", say("By policy"), table(columns, rows, say("Accuracy by policy"), note), note, card.policies
    )


def scorecard_corrections(project: Project, card: Scorecard | AuditorCard) -> Exhibit:
    """What auditors corrected most often, as cases to talk about."""
    if card.role == "auditor":
        return auditor_card.corrections(project, cast("AuditorCard", card))
    card = cast("Scorecard", card)
    say = catalogue(project.language)
    if card.errors.empty:
        return _nothing("errors", say("Corrections"), say("No random audit corrected a label."))
    named = [name for name in ("policy", "label", "audit_label") if name in card.errors]
    titles = {"policy": "policy", "label": "Label given", "audit_label": "Label of the audit"}
    columns = [*(Column(say(titles[name])) for name in named), Column(say("n"), digits=True)]
    rows = [
        [*(str(row[name]) for name in named), number(float(row["n"]), math.nan, say.language, most=0)]
        for row in records(card.errors.head(_MOST_ERRORS))
    ]
    note = say("Auditors err as well: a correction is a case to talk about, and may be disputed.")
    html = table(columns, rows, say("What random audits corrected"), note)
    return Exhibit("errors", say("Corrections"), html, note, card.errors)


def scorecard_work(project: Project, card: Scorecard | AuditorCard) -> Exhibit:
    """The median handling time, beside everybody's; no target, since speed is not quality."""
    if card.role == "auditor":
        return auditor_card.work(project, cast("AuditorCard", card))
    card = cast("Scorecard", card)
    say = catalogue(project.language)
    by_who = {row["who"]: row for row in records(card.pace)} if not card.pace.empty else {}
    if "person" not in by_who or math.isnan(float(by_who["person"]["value"])):
        return _nothing("pace", say("Pace"), say("No handling time is known in this period."))
    sentence = "Median handling time {mine}, everybody's {all}; the mix of work differs, and speed is not quality."
    said = say(
        sentence,
        mine=wording.estimate_words(by_who["person"], say),
        all=wording.estimate_words(by_who["everybody"], say),
    )
    return Exhibit("pace", say("Pace"), Markup("<p>{}</p>").format(said), said, card.pace)


def scorecard_talks(project: Project, card: Scorecard | AuditorCard) -> Exhibit:
    """Coaching talks and disputes, so that the next talk begins where the last one ended."""
    say = catalogue(project.language)
    sentences = [_talk(row, say) for row in records(card.talks.head(5))]
    disputes = getattr(card, "disputes", pd.DataFrame())
    if not disputes.empty:
        told = ", ".join(f"{say(str(row['outcome']))} {int(row['n'])}" for row in records(disputes))
        sentences.append(say("Disputes raised: {list}.", list=told))
    if not sentences:
        return _nothing("talks", say("Talks"), say("No coaching talk and no dispute is recorded in these weeks."))
    html = Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(one) for one in sentences))
    return Exhibit("talks", say("Talks"), html, " ".join(sentences), card.talks)


def _talk(row: wording.Row, say: Catalogue) -> str:
    held = day(row["held_on"], say.language)
    check = row.get("next_check_on")
    if check is None or pd.isna(check):
        return say("{day}: {topic}.", day=held, topic=row.get("topic") or say("no topic noted"))
    sentence = "{day}: {topic}; to be looked at again on {check}."
    return say(sentence, day=held, topic=row.get("topic") or say("no topic noted"), check=day(check, say.language))


def _nothing(kind: str, title: str, why: str) -> Exhibit:
    return Exhibit(kind, title, Markup('<p class="smo-note">{}</p>').format(why), why)
