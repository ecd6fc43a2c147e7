"""Why a KPI moved: the answer in a paragraph, the findings, and what was found innocent."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup, escape

from smo_reports.present import wording
from smo_reports.present.attribution_words import ACTIONS, attribution_words
from smo_reports.present.cause_words import (
    KINDS,
    change_words,
    given,
    moved_words,
    no_audits_words,
    nothing_words,
    place_words,
    plain_share,
    size_words,
    unaudited_words,
    unexplained,
    unexplained_words,
)
from smo_reports.present.exhibit import Exhibit
from smo_reports.present.table import Column, table
from smo_reports.words import Catalogue, catalogue, days, number

if TYPE_CHECKING:
    from smo_reports.analyses.attribution import Attribution
    from smo_reports.analyses.causes import Causes
    from smo_reports.analyses.finding import Finding
    from smo_reports.period import Period
    from smo_reports.project import Project

Span = tuple[dt.date, dt.date]

_SAID = 2
"""So many findings are told in the paragraph; the table has all."""

_CANNOT_TELL = "cannot tell"


def causes_headline(
    project: Project,
    found: Causes,
    before: Span,
    after: Span,
    why: Sequence[Attribution] = (),
    *,
    period: Period | None = None,
    newest: dt.date | None = None,
) -> Exhibit:
    """The answer: what changed, between what, where it lies, of what kind it is, what to do, what is not known.

    Parameters
    ----------
    project : Project
    found : Causes
        As ``analyses.root_causes`` gives them.
    before, after : tuple of (date, date)
        The periods compared, ends exclusive.
    why : sequence of Attribution
        Of the findings, in their order.
    period : Period, optional
        What the page is of: it is said where audits have not reached it yet.
    newest : date, optional
        The last day of which there are audits, as ``analyses.last_audited`` gives it.
    """
    say = catalogue(project.language)
    compared = say("Compared: {before} with {after}.", before=_span(before, say), after=_span(after, say))
    sentences = [compared, *_answer(project, found, why, say)]
    if period is not None and (empty := no_audits_words(period, newest, say)):
        sentences.insert(1, empty)
    html = Markup(
        '<section class="smo-headline" aria-label="{}"><p class="smo-lead">{}</p><p class="smo-note">{}</p></section>'
    ).format(say("In short"), escape(" ".join(sentences[1:])), compared)
    return Exhibit("causes_headline", say("In short"), html, " ".join(sentences), found.estimates)


def _answer(project: Project, found: Causes, why: Sequence[Attribution], say: Catalogue) -> list[str]:
    explained = found.explanation
    if explained is None:
        return [unexplained_words(found.note, say)]
    sentences = [change_words(found.title, explained.change, explained.give_or_take, say)]
    open_to_all = [place for place, one in enumerate(found.findings) if not one.people]
    for place in open_to_all[:_SAID]:
        sentences.append(moved_words(found.findings[place], found.shown[place], found.title, say))
    attributed = next((one for one in why if not one.finding.people), None)
    if open_to_all and attributed is not None:
        first = attributed
        sentences.append(attribution_words(first, say))
        if first.kind != _CANNOT_TELL:
            sentences.append(f"{say('Suggested:')} {say(ACTIONS[first.kind])}")
    if not found.findings:
        sentences.append(nothing_words(found, explained, say))
        sentences.append(
            say(
                "Where to look next: the pairs of labels that are confused most, below, and the guideline-gap brief "
                "(smo brief {project}).",
                project=project.project,
            )
        )
    if explained.unaudited.share:
        sentences.append(unaudited_words(explained.unaudited, say))
    people = len(found.findings) - len(open_to_all)
    if people:
        sentences.append(
            say.count(
                "{n} finding names a person, and is for the lead.",
                "{n} findings name people, and are for the lead.",
                people,
            )
        )
    if explained.parts["measurement"].note:
        sentences.append(say("Whether the work changed or how it is audited cannot be told apart."))
    return sentences


def findings_table(project: Project, found: Causes, people: bool = False) -> Exhibit:
    """The findings, the largest effect first, each with evidence, size and interval.

    Parameters
    ----------
    project : Project
    found : Causes
    people : bool
        Show those that name a person: only in a cell tagged ``lead``.
    """
    say = catalogue(project.language)
    title = say("Findings that name people") if people else say("Findings")
    kept = [(one, shown) for one, shown in zip(found.findings, found.shown, strict=True) if one.people == people]
    if found.explanation is None:
        return unexplained("findings", title, unexplained_words(found.note, say))
    if not kept:
        why = say("There is no such finding.") if people else nothing_words(found, found.explanation, say)
        if not people and found.findings:
            why = say("Every finding names a person, and is for the lead.")
        return unexplained("findings", title, why)
    columns = [
        Column(say("Where")),
        Column(say("What moved")),
        Column(say("Points of the change (95 % interval)"), digits=True),
        Column(say("Before → after"), digits=True),
        Column(say("Share of the audited work"), digits=True),
        Column(say("n"), digits=True),
    ]
    rows = [_row(one, shown, say) for one, shown in kept]
    note = say(
        "A rate is named where it moved beyond what the largest of {n} segments would by chance in 3 of 100 "
        "comparisons; its size is corrected for having been searched for, with labelers' own ups and downs in the "
        "interval. A share is named where it changed and that matters.",
        n=number(found.explanation.looked_at, math.nan, say.language, most=0),
    )
    if people:
        note += " " + say("For coaching, never the only ground for pay or dismissal.")
    words = " ".join(moved_words(one, shown, found.title, say) for one, shown in kept)
    shown_rows = pd.DataFrame(
        [(place_words(shown, say), one.kind, one.effect, one.low, one.high, one.n_after) for one, shown in kept],
        columns=["place", "kind", "value", "low", "high", "n"],
    )
    made = table(columns, rows, say("The largest effect first"), note)
    return Exhibit("findings", title, made, words, shown_rows)


def _row(one: Finding, shown: Mapping[str, str], say: Catalogue) -> list[str | Markup]:
    shares = (one.share_before, one.share) if one.kind == "mix" else (one.rate_before, one.rate_after)
    rates = [plain_share(rate, say) for rate in shares]
    also = "; ".join(place_words(other, say) for other in one.also if not one.people)
    where = place_words(shown, say)
    counts = (number(count, math.nan, say.language, most=0) for count in (one.n_before, one.n_after))
    return [
        f"{where} ({say('nearly the same rows: {list}', list=also)})" if also else where,
        say(KINDS[one.kind]),
        size_words(one.effect, one.low, one.high, say),
        " → ".join(rates),
        plain_share(one.share, say),
        " → ".join(counts),
    ]


def innocent(project: Project, found: Causes) -> Exhibit:
    """What was looked at and found innocent: columns none of whose values moved the KPI beyond chance."""
    say = catalogue(project.language)
    title = say("Looked at, nothing found")
    if found.explanation is None:
        return unexplained("innocent", title, unexplained_words(found.note, say))
    guilty = {name for one in found.findings for segment in (one.segment, *one.also) for name in segment}
    cleared = [name for name in (*found.looked_at, "labeler_id") if name not in guilty]
    said = [
        say(
            "For these columns nothing was found that moved {kpi} beyond chance, alone or in combination: {list}. "
            "That is no proof that they had no part in it.",
            kpi=wording.within(say, found.title),
            list=", ".join(say(name) for name in cleared),
        )
        if cleared
        else ""
    ]
    went = [
        say("{name} {value} is new.", name=say(name), value=given(value, say))
        if how == "entered"
        else say("{name} {value} is gone.", name=say(name), value=given(value, say))
        for name, value, how in found.explanation.came_and_went
    ]
    words = " ".join(one for one in [*said, *went] if one) or say("Nothing could be cleared.")
    return Exhibit("innocent", title, Markup("<p>{}</p>").format(words), words)


def _span(span: Span, say: Catalogue) -> str:
    last = span[1] - dt.timedelta(days=1)
    return days(span[0], last, say.language)
