"""The tables and the wording that stand under one gap of the brief."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from smo_reports.present import pair_words as words
from smo_reports.present.error_charts import short
from smo_reports.present.exhibit import records
from smo_reports.present.table import Column, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, day, number

if TYPE_CHECKING:
    from smo_reports.analyses import Gap

_MOST_PARTS = 8
_MOST_QUESTIONS = 8


def wording_title(gap: Gap, say: Catalogue) -> str:
    """What the wording is: its version and since when."""
    if gap.wording is None:
        return say("The wording in force is not in the project's guidelines.")
    if gap.wording.start is None:
        return say("The wording in force ({version})", version=short(gap.wording.version, 60))
    since = day(gap.wording.start, say.language)
    return say("The wording in force ({version}, since {day})", version=short(gap.wording.version, 60), day=since)


def wording_in_force(gap: Gap, say: Catalogue) -> Markup:
    """The guideline's text, every line escaped."""
    if gap.wording is None:
        return Markup('<p class="smo-note">{}</p>').format(wording_title(gap, say))
    lines = Markup("<br>").join(gap.wording.text.splitlines())
    return Markup("<p><strong>{}</strong></p><blockquote>{}</blockquote>").format(wording_title(gap, say), lines)


def spread_table(gap: Gap, say: Catalogue) -> Markup:
    """Where a pair is confused, by market and language."""
    rows = [
        [
            part_name(row, say),
            whole(row["decisions"], say),
            f"{whole(row['n'], say)} / {whole(row['said_n'], say)}",
            words.rate([float(row[name]) for name in ("rate", "low", "high")], say),
        ]
        for row in records(gap.spread.groupby("by", sort=False).head(_MOST_PARTS))
    ]
    if not rows:
        return Markup("")
    columns = [
        Column(say("Where")),
        Column(say("Decisions with either label"), digits=True),
        Column(say("Errors / audits with either"), digits=True),
        Column(say("Confused (95 % interval)"), digits=True),
    ]
    note = say("A dash: fewer than three people stand behind it.")
    return table(columns, rows, say("Where it is confused"), note)


def examples_table(gap: Gap, say: Catalogue) -> Markup:
    """A few decisions to look up; neither content nor people."""
    seen = [name for name in ("market", "language", "content_type", "severity") if name in gap.examples]
    rows = [
        [
            short(str(row["decision_id"]), 80),
            words.label(row["given"], say),
            words.label(row["truth"], say),
            " / ".join(short(str(row[name])) for name in seen if isinstance(row[name], str)),
        ]
        for row in records(gap.examples)
    ]
    if not rows:
        return Markup("")
    columns = [
        Column(say("Decision")),
        Column(say("labeler said")),
        Column(say("auditor said")),
        Column(" / ".join(say(name) for name in seen) or say("part")),
    ]
    return table(columns, rows, say("Examples, without content"))


def questions_table(gap: Gap, say: Catalogue) -> Markup:
    """Questions to the central team about a pair, without who asked and what."""
    if gap.questions.empty:
        return Markup('<p class="smo-note">{}</p>').format(say("Nobody asked about this pair."))
    rows = [
        [
            short(str(row["question_id"]), 60),
            day(row["asked_on"], say.language),
            number(float(row["days"]), math.nan, say.language, most=1),
            say("open") if row["open"] else say("answered"),
        ]
        for row in records(gap.questions.head(_MOST_QUESTIONS))
    ]
    columns = [
        Column(say("Question")), Column(say("Asked")), Column(say("Days"), digits=True), Column(say("Status")),
    ]  # fmt: skip
    return table(columns, rows, questions_words(gap, say))


def questions_words(gap: Gap, say: Catalogue) -> str:
    """How many questions about a pair were asked, and how many are open."""
    still = int(gap.questions["open"].sum())
    return say(
        "Questions on this pair: {open} open, {answered} answered in the period",
        open=whole(still, say),
        answered=whole(len(gap.questions) - still, say),
    )


def part_name(row: Row, say: Catalogue) -> str:
    """A market or a language by name."""
    return f"{say(str(row['by']))} {short(str(row['part']), 60)}"


def whole(value: float, say: Catalogue) -> str:
    """A count."""
    return number(float(value), math.nan, say.language, most=0)
