"""One auditor's coaching page, section by section."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.qa import COACHING, coded_words, signed_severity
from smo_reports.present.table import Column, table
from smo_reports.words import catalogue, number, share

if TYPE_CHECKING:
    from smo_reports.analyses import AuditorCard
    from smo_reports.project import Project

_MOST = 12
_GROUPS = {
    "stricter": "These verdicts are stricter than others on the same work, by more than chance explains when "
    "everybody is looked at at once; whether rightly so, calibrations tell.",
    "not distinguishable": "This cannot be told apart from what others find in the same work.",
    "more lenient": "These verdicts are more lenient than others on the same work, by more than chance explains when "
    "everybody is looked at at once; whether rightly so, calibrations tell.",
    "too few": "These are too few audits to say more: 30 are needed.",
}


def standing(project: Project, card: AuditorCard) -> Exhibit:
    """The paragraph: errors found, what others find in the same work, and what may be concluded."""
    say = catalogue(project.language)
    if card.standing.empty:
        said = say("There is no random audit of this person in these weeks that could be compared with others'.")
    else:
        row = records(card.standing)[0]
        sentence = (
            "Of {n} random audits of the last 26 weeks {found} found an error; others find one in {expected} of the "
            "same work. Strictness: {severity}."
        )
        said = say(
            sentence,
            n=number(float(row["n"]), math.nan, say.language, most=0),
            found=share(float(row["found"]), 0.05, say.language),
            expected=share(float(row["expected"]), 0.05, say.language),
            severity=signed_severity(row, say),
        )
        said += " " + say(_GROUPS[str(row["group"])])
    if len(card.drift) and str(card.drift["drift"].iloc[0]) in ("stricter", "more lenient"):
        said += " " + say("Over the weeks they are becoming {drift}.", drift=say(str(card.drift["drift"].iloc[0])))
    html = Markup(
        '<section class="smo-headline" aria-label="{}"><p class="smo-lead">{}</p><p class="smo-note">{}</p></section>'
    ).format(say("In short"), said, say(COACHING))
    return Exhibit("scorecard", card.person, html, f"{said} {say(COACHING)}", card.standing)


def detail(project: Project, card: AuditorCard) -> Exhibit:
    """The calibration matrix: the label that was agreed on, and what this auditor had said."""
    say = catalogue(project.language)
    title = say("In blind calibrations")
    if card.calibrations.empty:
        return _nothing("calibrations", title, say("No blind calibration of this person is recorded in these weeks."))
    columns = [
        Column(say("Agreed label")),
        Column(say("Label given")),
        Column(say("n"), digits=True),
        Column(say("Of the agreed label"), digits=True),
    ]
    rows = [
        [
            str(row["agreed_label"]),
            str(row["label"]),
            number(float(row["n"]), math.nan, say.language, most=0),
            share(float(row["share"]), 0.5, say.language),
        ]
        for row in records(card.calibrations)
    ]
    same = card.calibrations["agreed_label"] == card.calibrations["label"]
    right, whole = int(card.calibrations.loc[same, "n"].sum()), int(card.calibrations["n"].sum())
    said = say("{right} of {n} labels were the agreed one.", right=right, n=whole)
    return Exhibit("calibrations", title, table(columns, rows, title, said), said, card.calibrations)


def corrections(project: Project, card: AuditorCard) -> Exhibit:
    """Verdicts that arbitration reversed, as cases to talk about."""
    say = catalogue(project.language)
    title = say("Verdicts that were overturned")
    if card.overturned.empty:
        return _nothing("overturned", title, say("No verdict of this person was overturned in these weeks."))
    titles = {
        "policy": "policy",
        "label": "Label given",
        "audit_label": "Label of the audit",
        "final_label": "Final label",
    }
    named = [name for name in titles if name in card.overturned]
    columns = [*(Column(say(titles[name])) for name in named), Column(say("n"), digits=True)]
    rows = [
        [*(str(row[name]) for name in named), number(float(row["n"]), math.nan, say.language, most=0)]
        for row in records(card.overturned.head(_MOST))
    ]
    note = say("Who disputes chooses what is disputed: these are cases to talk about, and no rate of error.")
    return Exhibit("overturned", title, table(columns, rows, title, note), note, card.overturned)


def work(project: Project, card: AuditorCard) -> Exhibit:
    """Audits, minutes, feedback and coded errors of the period."""
    say = catalogue(project.language)
    title = say("Work in the period")
    if card.work.empty:
        return _nothing("work", title, say("This person audited nothing in the period."))
    row = records(card.work)[0]
    told = [
        (say("Audits"), float(row["audits"]), "count"),
        (say("Drawn by plan"), float(row["planned"]), "count"),
        (say("Minutes"), float(row["minutes"]), "count"),
        (say("Time to feedback, median"), float(row["feedback_hours"]), "hours"),
        (say("Disputed"), float(row["disputed"]), "count"),
        (say("Overturned"), float(row["overturned"]), "count"),
    ]
    rows = [[name, wording.amount(value, math.nan, unit, say.language)] for name, value, unit in told]
    rows.append([say("Errors with a cause noted"), coded_words(row, say)])
    html = table([Column(say("What")), Column(say("Amount"), digits=True)], rows, title, cards=False)
    return Exhibit("work", title, html, "; ".join(f"{name} {value}" for name, value in rows), card.work)


def _nothing(kind: str, title: str, why: str) -> Exhibit:
    return Exhibit(kind, title, Markup('<p class="smo-note">{}</p>').format(why), why)
