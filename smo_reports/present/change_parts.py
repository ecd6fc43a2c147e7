"""The parts of a change: a waterfall from the rate before to the rate after, and the same as a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from smo_reports.present.cause_words import (
    PART_NAMES,
    part_words,
    place_words,
    size_words,
    unexplained,
    unexplained_words,
)
from smo_reports.present.exhibit import Exhibit
from smo_reports.present.table import Column, table
from smo_reports.present.waterfall import Step, waterfall_chart
from smo_reports.words import Catalogue, catalogue, number, share

if TYPE_CHECKING:
    from smo_reports.analyses.causes import Causes
    from smo_reports.analyses.explanation import Explanation
    from smo_reports.analyses.finding import Finding
    from smo_reports.project import Project

_OF_WHAT = ("all work", "the audited work only", "auditors only", "the drawing of audits only")


def change_waterfall(project: Project, found: Causes) -> Exhibit:
    """From the rate before to the rate after, step by step, and the same as a table."""
    say = catalogue(project.language)
    title = say("Where the change came from")
    explained = found.explanation
    if explained is None:
        return unexplained("change_waterfall", title, unexplained_words(found.note, say))
    steps = _steps(found, explained, say)
    said = "; ".join(f"{step.name} {step.words}" for step in steps)
    alt = say(
        "{kpi} went from {before} to {after}: {list}.",
        kpi=say(found.title),
        before=share(explained.rate_before, explained.give_or_take, say.language),
        after=share(explained.rate_after, explained.give_or_take, say.language),
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
        give=number(100 * explained.give_or_take, 100 * explained.give_or_take, say.language),
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
