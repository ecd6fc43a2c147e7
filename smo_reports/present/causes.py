"""Why a KPI moved: the answer in a paragraph, the parts of the change, the findings, and what was found innocent."""

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
    PART_NAMES,
    change_words,
    moved_words,
    part_words,
    place_words,
    plain_share,
    size_words,
    unexplained_words,
)
from smo_reports.present.exhibit import Exhibit
from smo_reports.present.table import Column, table
from smo_reports.present.waterfall import Step, waterfall_chart
from smo_reports.words import Catalogue, catalogue, day, number, share

if TYPE_CHECKING:
    from smo_reports.analyses.attribution import Attribution
    from smo_reports.analyses.causes import Causes
    from smo_reports.analyses.explanation import Explanation
    from smo_reports.analyses.finding import Finding
    from smo_reports.project import Project

Span = tuple[dt.date, dt.date]

_SAID = 2
"""So many findings are told in the paragraph; the table has all."""

_CANNOT_TELL = "cannot tell"
_OF_WHAT = ("all work", "the audited work only", "auditors only", "the drawing of audits only")


def causes_headline(
    project: Project, found: Causes, before: Span, after: Span, why: Sequence[Attribution] = ()
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
    """
    say = catalogue(project.language)
    compared = say("Compared: {before} with {after}.", before=_span(before, say), after=_span(after, say))
    sentences = [compared, *_answer(found, why, say)]
    html = Markup(
        '<section class="smo-headline" aria-label="{}"><p class="smo-lead">{}</p><p class="smo-note">{}</p></section>'
    ).format(say("In short"), escape(" ".join(sentences[1:])), compared)
    return Exhibit("causes_headline", say("In short"), html, " ".join(sentences), found.estimates)


def _answer(found: Causes, why: Sequence[Attribution], say: Catalogue) -> list[str]:
    explained = found.explanation
    if explained is None:
        return [unexplained_words(found.note, say)]
    sentences = [change_words(found.title, explained.change, _reach(explained), say)]
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
        sentences.append(_nothing(found, explained, say))
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


def _nothing(found: Causes, explained: Explanation, say: Catalogue) -> str:
    looked = number(explained.looked_at, math.nan, say.language, most=0)
    said = say("No cause was found among {n} segments.", n=looked)
    near = explained.nearest
    if near is None or near.people:
        return said
    times = number(explained.more_rows, math.nan, say.language, most=1)
    return said + " " + say(
        "What came nearest may be chance: {place}, {effect}; {times} times as many audits would tell.",
        place=place_words(found.nearest, say),
        effect=size_words(near.effect, near.low, near.high, say),
        times=times,
    )  # fmt: skip


def change_waterfall(project: Project, found: Causes) -> Exhibit:
    """From the rate before to the rate after, step by step, and the same as a table."""
    say = catalogue(project.language)
    title = say("Where the change came from")
    explained = found.explanation
    if explained is None:
        return _note("change_waterfall", title, unexplained_words(found.note, say))
    steps = _steps(found, explained, say)
    said = "; ".join(f"{step.name} {step.words}" for step in steps)
    alt = say(
        "{kpi} went from {before} to {after}: {list}.",
        kpi=say(found.title),
        before=share(explained.rate_before, _reach(explained), say.language),
        after=share(explained.rate_after, _reach(explained), say.language),
        list=said,
    )
    drawn = waterfall_chart(explained.rate_before, explained.rate_after, steps, alt, say)
    columns = [
        Column(say("Part")),
        Column(say("Points of the change (95 % interval)"), digits=True),
        Column(say("Of what")),
    ]
    rows: list[list[str | Markup]] = [
        [say(PART_NAMES[part.name]), part_words(part, say), _of_what(part.note, say)]
        for part in explained.parts.values()
    ]
    note = say(
        "The parts add up to the observed change. By chance alone it would move by up to {give} points either way.",
        give=number(100 * _reach(explained), 100 * _reach(explained), say.language),
    )
    html = Markup(
        '<figure class="smo-figure"><figcaption><strong>{}</strong><span>{}</span></figcaption>{}</figure>{}'
    ).format(
        _told(found, explained, say),
        say("Each bar is a part of the change, in points; together they lead from before to after"),
        drawn,
        table(columns, rows, say("The parts of the change"), note),
    )
    return Exhibit("change_waterfall", title, html, alt, found.estimates)


def _told(found: Causes, explained: Explanation, say: Catalogue) -> str:
    """The finding of the waterfall: which part is the largest, where one is more than chance."""
    clear = [part for part in explained.parts.values() if part.low > 0 or part.high < 0]
    if not clear:
        return say("No part of the change is more than chance")
    largest = max(clear, key=lambda part: abs(part.value))
    name = say(PART_NAMES[largest.name]).split(":")[0]
    return say("The largest part is {name}: {size}", name=name.lower(), size=part_words(largest, say))


def _of_what(note: str, say: Catalogue) -> str:
    if note == "not separable":
        return say("no weights, no count of all work, or auditors not assigned at random")
    return say(note) if note in _OF_WHAT else note


def _steps(found: Causes, explained: Explanation, say: Catalogue) -> list[Step]:
    """The parts, the rate's told by its findings; what names a person stays with the rest."""
    steps = []
    for part in explained.parts.values():
        left, words = part.value, part_words(part, say)
        if part.name == "rate":
            own = [
                (one, shown)
                for one, shown in zip(found.findings, found.shown, strict=True)
                if one.kind == "rate" and not one.people and not _entered(one, explained)
            ]
            for one, shown in own:
                name = place_words(shown, say)
                steps.append(Step(name, one.effect, size_words(one.effect, one.low, one.high, say)))
                left -= one.effect
            name = say("Rate: everything else") if own else say("Rate")
            words = words if not own else size_words(left, math.nan, math.nan, say)
        else:
            name = say(PART_NAMES[part.name]).split(":")[0]
        if part.note != "not separable":
            steps.append(Step(name, left, words))
    return steps


def _entered(one: Finding, explained: Explanation) -> bool:
    """Whether a finding is work that entered: the parts count it there."""
    came = {(name, str(value)) for name, value, how in explained.came_and_went if how == "entered"}
    return bool(came & {(name, str(value)) for name, value in one.segment.items()})


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
        return _note("findings", title, unexplained_words(found.note, say))
    if not kept:
        why = say("There is no such finding.") if people else _nothing(found, found.explanation, say)
        if not people and found.findings:
            why = say("Every finding names a person, and is for the lead.")
        return _note("findings", title, why)
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
    title = say("Looked at and found innocent")
    if found.explanation is None:
        return _note("innocent", title, unexplained_words(found.note, say))
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
        say("{name} {value} is new.", name=say(name), value=value)
        if how == "entered"
        else say("{name} {value} is gone.", name=say(name), value=value)
        for name, value, how in found.explanation.came_and_went
    ]
    words = " ".join(one for one in [*said, *went] if one) or say("Nothing could be cleared.")
    return Exhibit("innocent", title, Markup("<p>{}</p>").format(words), words)


def _reach(explained: Explanation) -> float:
    """Half of the 95 % interval that the change would have if nothing had happened."""
    return explained.give_or_take


def _span(span: Span, say: Catalogue) -> str:
    last = span[1] - dt.timedelta(days=1)
    return say("{first} to {last}", first=day(span[0], say.language), last=day(last, say.language))


def _note(kind: str, title: str, words: str) -> Exhibit:
    return Exhibit(kind, title, Markup('<p class="smo-note">{}</p>').format(words), words)
