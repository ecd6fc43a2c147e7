"""What explains a change, in words: places, sizes and what moved them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit
from smo_reports.present.kpi_table import note_words
from smo_reports.words import Catalogue, number, share, signed_points, spread

if TYPE_CHECKING:
    from smo_reports.analyses.causes import Causes
    from smo_reports.analyses.explanation import Explanation
    from smo_reports.analyses.finding import Finding
    from smo_reports.analyses.parts import Part
    from smo_reports.analyses.unaudited import Unaudited
    from smo_reports.period import Period

PART_NAMES = {
    "mix": "Mix: other shares of the same work",
    "left": "Work that was there before only",
    "entered": "Work that is new",
    "rate": "Rate: the same work, right more or less often",
    "measurement": "Measurement: how it is audited",
}

KINDS = {"rate": "its own rate", "mix": "its share of the work", "measurement": "how it is measured"}

_LISTED = 3
_LEAST_SHOWN = 0.001
_TENTHS = 0.02
"""Half of an interval of which a share is shown in tenths of a per cent."""

MOVED = {
    ("rate", True): "In {place} {kpi} rose: {effect} of the whole.",
    ("rate", False): "In {place} {kpi} fell: {effect} of the whole.",
    ("everywhere", True): "Everywhere {kpi} rose: {effect}.",
    ("everywhere", False): "Everywhere {kpi} fell: {effect}.",
    ("new", True): "{place} is new, and better than what it is held against: {effect} of the whole.",
    ("new", False): "{place} is new, and worse than what it is held against: {effect} of the whole.",
    ("mix", True): "The share of {place} went from {before} to {after}: {effect}, without anybody doing better.",
    ("mix", False): "The share of {place} went from {before} to {after}: {effect}, without anybody doing worse.",
    ("judge", True): "Verdicts of {place} got milder: {effect}, by measurement and not by work.",
    ("judge", False): "Verdicts of {place} got stricter: {effect}, by measurement and not by work.",
    ("drawn", True): "Fewer audits were drawn where it is hard, or more where it is easy ({place}): {effect}.",
    ("drawn", False): "More audits were drawn where it is hard, or fewer where it is easy ({place}): {effect}.",
}
"""By what moved and whether the KPI rose; *judge* and *drawn* are the two ways in which measurement moves."""


def place_words(segment: Mapping[str, str], say: Catalogue) -> str:
    """A segment: ``market ID, queue live``; *everywhere* where it names nothing."""
    return ", ".join(f"{say(name)} {given(value, say)}" for name, value in segment.items()) or say("everywhere")


def given(value: object, say: Catalogue) -> str:
    """A value as a reader sees it; *not given* where a row has none."""
    text = "" if value is None or value != value else str(value)
    return text if text.strip() else say("not given")


def size_words(value: float, low: float, high: float, say: Catalogue) -> str:
    """An effect with its interval, signed: ``−1.2 points (−1.7 to −0.7)``."""
    half = spread(low, high)
    after = wording.suffix("points", say.language)
    middle = wording.amount(value, half, "points", say.language)
    if math.isnan(low) or math.isnan(high):
        return middle
    ends = (wording.amount(end, half, "points", say.language).removesuffix(after) for end in (low, high))
    return "{} ({})".format(middle, say("{low} to {high}", **dict(zip(("low", "high"), ends, strict=True))))


def moved_words(finding: Finding, shown: Mapping[str, str], kpi: str, say: Catalogue) -> str:
    """One finding as a sentence."""
    how: str = finding.kind
    if finding.kind == "measurement":
        how = "drawn" if not math.isnan(finding.share_before) else "judge"
    elif finding.kind == "rate" and finding.new:
        how = "new"
    elif finding.kind == "rate" and not shown:
        how = "everywhere"
    said = say(
        MOVED[how, finding.effect > 0],
        place=place_words(shown, say),
        kpi=wording.within(say, kpi),
        effect=size_words(finding.effect, finding.low, finding.high, say),
        before=plain_share(finding.share_before, say),
        after=plain_share(finding.share, say),
    )
    said = said[:1].upper() + said[1:]
    if finding.low <= 0 <= finding.high:
        return say("It may be less than it seems, or nothing: {said}", said=said)
    return said


def plain_share(value: float, say: Catalogue) -> str:
    """A share without more digits than a reader needs; *new* where there was none."""
    if math.isnan(value):
        return say("new")
    return share(value, 0.2, say.language)


def part_words(part: Part, say: Catalogue) -> str:
    """A part's size with its interval, or that it cannot be told apart."""
    if part.note == "not separable":
        return say("not separable")
    return size_words(part.value, part.low, part.high, say)


def change_words(kpi: str, change: float, noise: float, say: Catalogue) -> str:
    """The observed change, and whether it is more than chance."""
    size = signed_points(change, noise, say.language)
    give = number(100 * noise, 100 * noise, say.language)
    name = say(kpi)
    if abs(change) <= noise:
        sentence = "{kpi} did not clearly change: {size} points, and chance alone gives up to {give}."
        return say(sentence, kpi=name, size=wording.amount(change, noise, "points", say.language).split()[0], give=give)
    sentence = (
        "{kpi} rose by {size} points (give or take {give})."
        if change > 0
        else "{kpi} fell by {size} points (give or take {give})."
    )
    return say(sentence, kpi=name, size=size, give=give)


def no_audits_words(period: Period, newest: dt.date | None, say: Catalogue) -> str:
    """That audits have not reached a period yet, and which one to look at; empty where they have."""
    if newest is None or period.start is None or newest >= period.start:
        return ""
    return say(
        "There are no audits in {period} yet; the last with audits is {last}: use --period {last}.",
        period=period.label,
        last=period.with_day(newest).label,
    )


def nothing_words(found: Causes, explained: Explanation, say: Catalogue) -> str:
    """That no cause was found, what came nearest, and how many more audits would tell."""
    if not explained.looked_at:
        return say("There was too little to look at: no segment has audits enough.")
    looked = number(explained.looked_at, math.nan, say.language, most=0)
    said = say("No cause was found among {n} segments.", n=looked)
    near = explained.nearest
    if near is None or near.people:
        return said
    place, effect = place_words(found.nearest, say), size_words(near.effect, near.low, near.high, say)
    nearest = say("What came nearest may be chance: {place}, {effect}.", place=place, effect=effect)
    return f"{said} {nearest} {more_audits_words(explained, say)}"


def more_audits_words(explained: Explanation, say: Catalogue) -> str:
    """How many times as many audits would tell whether what came nearest is a cause."""
    if explained.would_tell == "slightly more":
        return say("Slightly more audits would tell.")
    if explained.would_tell == "never":
        return say("Audits of this plan cannot tell.")
    times = number(explained.more_rows, math.nan, say.language, most=1)
    return say("{times} times as many audits would tell.", times=times)


def unaudited_words(found: Unaudited, say: Catalogue) -> str:
    """How much of the work nobody audited, and where."""
    listed = [f"{say(name)} {given(value, say)}" for name, value, _ in found.where[:_LISTED]]
    if len(found.where) > _LISTED:
        listed.append(say("{n} more", n=number(len(found.where) - _LISTED, math.nan, say.language, most=0)))
    return say(
        "{after} of the work was not audited ({before} before): nothing is known of {list}.",
        after=_part_of(found.after, say),
        before=_part_of(found.before, say),
        list=", ".join(listed),
    )


def _part_of(value: float, say: Catalogue) -> str:
    """A share of the work; never nothing where there is some."""
    if 0 < value < _LEAST_SHOWN:
        return say("less than {share}", share=share(_LEAST_SHOWN, _TENTHS, say.language))
    return share(value, _TENTHS, say.language)


def unexplained(kind: str, title: str, words: str) -> Exhibit:
    """A sentence in the place of an exhibit."""
    return Exhibit(kind, title, Markup('<p class="smo-note">{}</p>').format(words), words)


def unexplained_words(note: str, say: Catalogue) -> str:
    """Why nothing could be looked for, as a sentence: ``Not measured: needs audits.``"""
    said = "{}: {}.".format(say(note.split(":")[0]), note_words(note, say))
    return said[:1].upper() + said[1:]
