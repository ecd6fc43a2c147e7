"""The guideline-gap brief as a page: for the team that owns the guideline, without content and without people."""

from __future__ import annotations

import math
from dataclasses import astuple
from typing import TYPE_CHECKING

from markupsafe import Markup

from smo_reports.present import pair_words as words
from smo_reports.present.errors import lost_words, nothing
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.gap_tables import (
    examples_table,
    part_name,
    questions_table,
    spread_table,
    whole,
    wording_in_force,
)
from smo_reports.present.table import Column, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, number, share

if TYPE_CHECKING:
    from smo_reports.analyses import Gap, GuidelineGaps, Pairs
    from smo_reports.project import Project

_MOST_PAIRS = 12


def brief_headline(project: Project, brief: GuidelineGaps) -> Exhibit:
    """The brief in one paragraph: the costliest gap, what it costs, where, and what is asked for."""
    say = catalogue(project.language)
    title = say("Guideline gaps")
    if brief.missing:
        return nothing("brief", title, say("Not measured: needs {what}.", what=brief.missing))
    if not brief.gaps:
        sentence = (
            "No pair of labels costs {least} points of accuracy or more in a way that points beyond single labelers: "
            "{errors} errors in {audits} random audits."
        )
        floor = round(100 * project.materiality, 2)
        least = number(floor, math.nan, say.language, most=2 if 10 * floor % 1 else 1 if floor % 1 else 0)
        why = say(sentence, least=least, errors=whole(brief.found.errors, say), audits=whole(brief.found.audits, say))
        return nothing("brief", title, why)
    said = " ".join(headline_sentences(brief, say))
    return Exhibit("brief", title, Markup('<p class="smo-headline">{}</p>').format(said), said, brief.found.pairs)


def headline_sentences(brief: GuidelineGaps, say: Catalogue) -> list[str]:
    """The first gap, what its being the first of several does to it, and what is asked for; at most five sentences."""
    first = brief.gaps[0]
    parts = [
        say(
            "{pair} cost {lost} of accuracy: {n} of {errors} errors in the random audits.",
            pair=words.pair(first.key, say),
            lost=words.points(astuple(first.at_most), say),
            n=whole(first.cost["n"], say),
            errors=whole(brief.found.errors, say),
        ),
        say(words.VERDICTS[str(first.evidence["verdict"])]),
    ]
    there = records(first.spread)
    if there and not math.isnan(float(there[0]["of_pair"])):
        sentence = (
            "All of them are in {part}." if there[0]["n"] == first.cost["n"] else "{share} of them are in {part}."
        )
        parts.insert(
            1, say(sentence, share=share(there[0]["of_pair"], 0.5, say.language), part=part_name(there[0], say))
        )
    parts += [one for one in (largest_words(brief, say),) if one]
    asked = say.count(
        "Please propose a clarification for {n} pair below.", "Please propose clarifications for {n} pairs below.",
        len(brief.gaps),
    )  # fmt: skip
    return [*parts, asked]


def largest_words(brief: GuidelineGaps, say: Catalogue) -> str:
    """What choosing the largest of several pairs does to its estimate; empty where there was no choice."""
    if len(brief.found.pairs) < 2:
        return ""
    return say("It is the costliest of several pairs, and the largest of several looks a little worse than it is.")


def pairs_table(project: Project, found: Pairs, brief: GuidelineGaps | None = None) -> Exhibit:
    """Confused pairs by the accuracy that they cost, both ways together and each alone.

    Parameters
    ----------
    project : Project
    found : Pairs
    brief : GuidelineGaps, optional
        Adds what good labelers do with each pair.
    """
    say = catalogue(project.language)
    title = say("Labels taken for each other")
    if found.missing:
        return nothing("pairs", title, say("Not measured: needs {what}.", what=found.missing))
    shown = found.pairs.head(_MOST_PAIRS)
    if shown.empty:
        return nothing("pairs", title, say("No label was taken for another in the random audits of this period."))
    verdicts = {} if brief is None else {_key(row, found): row["verdict"] for row in records(brief.evidence)}
    columns = [
        Column(say("Pair")),
        Column(say("Points of accuracy (95 % interval)"), digits=True),
        Column(say("Errors / audits with either"), digits=True),
        Column(say("Which way")),
        Column(say("Against the period before")),
        *([Column(say("Good labelers"))] if brief is not None else []),
    ]
    rows = []
    for row in records(shown):
        verdict = verdicts.get(_key(row, found))
        more = [say(words.SHORT_VERDICTS[str(verdict)]) if verdict else "–"] if brief is not None else []
        counts = f"{whole(row['n'], say)} / {whole(row['said_n'], say)}"
        cells = [words.pair(row, say), lost_words(row, say, ("lost", "low", "high")), counts]
        rows.append([*cells, _ways(row, found, say), words.trend(row, say), *more])
    note = say(
        "Points are of all decisions, so pairs add up; {paired} of {errors} errors are in a pair. The first of many "
        "looks a little worse than it is.",
        paired=whole(found.paired, say),
        errors=whole(found.errors, say),
    )
    if len(found.pairs) > len(shown):
        left = len(found.pairs) - len(shown)
        note += " " + say.count("{n} more pair is not shown.", "{n} more pairs are not shown.", left)
    first = records(shown)[0]
    text = f"{words.pair(first, say)}: {lost_words(first, say, ('lost', 'low', 'high'))}"
    return Exhibit("pairs", title, table(columns, rows, title, note), text, found.pairs)


def gap_sections(project: Project, brief: GuidelineGaps) -> Exhibit:
    """Each gap with all that is needed to close it: cost, work touched, where, examples, the wording, questions."""
    say = catalogue(project.language)
    title = say("Gaps, the costliest first")
    if not brief.gaps:
        return nothing("gaps", title, say("There is no gap to describe."))
    parts = [_gap(place, gap, say) for place, gap in enumerate(brief.gaps, 1)]
    left = left_out_words(brief, say)
    html = Markup("").join(parts) + Markup('<p class="smo-note">{}</p>').format(left)
    text = "; ".join(words.pair(gap.key, say) for gap in brief.gaps)
    return Exhibit("gaps", title, html, text, brief.found.pairs)


def left_out_words(brief: GuidelineGaps, say: Catalogue) -> str:
    """What the brief leaves out, and what its examples leave out."""
    parts = [say("Examples are drawn by chance, one of a person at most; look them up where you may see content.")]
    if brief.knowledge:
        parts.append(
            say.count(
                "{n} pair that only few labelers confuse is left to their leads.",
                "{n} pairs that only few labelers confuse are left to their leads.",
                brief.knowledge,
            )
        )
    if brief.smaller:
        parts.append(
            say.count(
                "{n} more pair cost less, or rests on too few errors.",
                "{n} more pairs cost less, or rest on too few errors.",
                brief.smaller,
            )
        )
    return " ".join(parts)


def gap_facts(gap: Gap, say: Catalogue) -> list[tuple[str, str]]:
    """What is known of a gap, as names and sentences."""
    ways = "; ".join(
        f"{_way(row, say)}: {words.points([float(row[name]) for name in ('lost', 'low', 'high')], say)}"
        for row in records(gap.directions)
    )
    wrong = words.counted(astuple(gap.wrong), say)
    gains = words.gain_sentences(astuple(gap.at_most), astuple(gap.likely), gap.usual, say)
    return [
        (say("Cost"), words.points(astuple(gap.at_most), say)),
        (say("Which way"), ways),
        (say("Trend"), words.trend(gap.cost, say)),
        (
            say("Work touched"),
            say(
                "{n} decisions gave one of the two labels; about {wrong} of all decisions are wrong by this pair.",
                n=whole(gap.decisions, say),
                wrong=wrong,
            ),
        ),
        (say("Good labelers"), words.evidence(gap.evidence, say)),
        (say("Estimated gain"), " ".join(gains)),
    ]


def _gap(place: int, gap: Gap, say: Catalogue) -> Markup:
    facts = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, said) for name, said in gap_facts(gap, say)
    )  # fmt: skip
    return Markup(
        '<section class="smo-gap"><h3>{}. {}</h3><dl>{}</dl>{}{}{}{}<p><strong>{}</strong> {}</p></section>'
    ).format(
        place,
        words.pair(gap.key, say),
        facts,
        spread_table(gap, say),
        examples_table(gap, say),
        wording_in_force(gap, say),
        questions_table(gap, say),
        say("Proposed clarification:"),
        "……………………",
    )


def _way(row: Row, say: Catalogue) -> str:
    return say("{given} given for {truth}", given=words.label(row["given"], say), truth=words.label(row["truth"], say))


def _ways(row: Row, found: Pairs, say: Catalogue) -> str:
    own = found.directions
    for name in found.keys:
        own = own[own[name] == row[name]] if isinstance(row[name], str) else own[own[name].isna()]
    return "; ".join(
        f"{_way(way, say)} {whole(way['n'], say)}" for way in records(own.sort_values("n", ascending=False))
    )


def _key(row: Row, found: Pairs) -> tuple[object, ...]:
    return tuple(row[name] for name in found.keys)
