"""The guideline-gap brief for other tools and other houses: JSON with a versioned schema, and Markdown.

Labels, codes and wordings are whatever somebody wrote. In Markdown every one of their characters that could be markup
is escaped, so that no label becomes a heading, a link, a mention, a picture or a tag.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from smo_reports.present import pair_words as words
from smo_reports.present.error_charts import short
from smo_reports.present.exhibit import plain, records
from smo_reports.present.gap_tables import part_name, questions_words, whole, wording_title
from smo_reports.present.guideline_gap import gap_facts, headline_sentences, largest_words, left_out_words
from smo_reports.present.header import period_words
from smo_reports.words import Catalogue, catalogue, day

if TYPE_CHECKING:
    from smo_reports.analyses import Gap, GuidelineGaps
    from smo_reports.period import Period
    from smo_reports.project import Project

SCHEMA, SCHEMA_VERSION = "smo.guideline-gap-brief", 1
"""What the JSON is, and the version of its form: a key that changes its meaning, or goes, makes a new one."""

_SPECIAL = re.compile(r"[\\`*_\[\]|#~!@$]|(?<=[wW]{3})\.|:(?=//)|(?<=mailto):|(?<=xmpp):", re.IGNORECASE)
_LINE_START = re.compile(r"^(\d*)([-+=]|(?<=\d)[.)])", re.ASCII)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def brief_document(project: Project, period: Period, brief: GuidelineGaps) -> dict[str, Any]:
    """The brief as plain JSON values.

    Shares are in [0, 1] and of all decisions of the period unless a name says otherwise; what is not known is null.
    ``proposed_clarification`` is empty: it is for whoever answers.
    """
    return {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "project": project.project,
        "title": project.title,
        "period": {"start": plain(period.start), "end": plain(period.end), "label": period.label},
        "missing": brief.missing or None,
        "decisions": brief.decisions,
        "random_audits": brief.found.audits,
        "errors": brief.found.errors,
        "errors_in_pairs": brief.found.paired,
        "caution": largest_words(brief, catalogue(project.language)) or None,
        "gaps": [_gap_document(gap) for gap in brief.gaps],
        "left_out": {"few_labelers": brief.knowledge, "smaller": brief.smaller},
    }


def _gap_document(gap: Gap) -> dict[str, Any]:
    cost, evidence = ({name: plain(value) for name, value in part.items()} for part in (gap.cost, gap.evidence))
    ends = ("lost", "low", "high")
    return {
        "policy": plain(gap.key.get("policy")),
        "labels": [gap.key["a"], gap.key["b"]],
        "lost": {"value": cost["lost"], "low": cost["low"], "high": cost["high"]},
        "errors": cost["n"],
        "audits_with_either": cost["said_n"],
        "of_errors": cost["of_errors"],
        "before": cost["before"],
        "change": {"value": cost["change"], "low": cost["change_low"], "high": cost["change_high"]},
        "directions": _plain(gap.directions, ("given", "truth", "n", *ends)),
        "good_labelers": {name: value for name, value in evidence.items() if name not in gap.key},
        "decisions_with_either": gap.decisions,
        "wrong_decisions": _ends(asdict(gap.wrong)),
        "where": _plain(gap.spread, gap.spread.columns),
        "examples": _plain(gap.examples, gap.examples.columns),
        "questions": _plain(gap.questions, gap.questions.columns),
        "wording": None
        if gap.wording is None
        else {"version": gap.wording.version, "from": plain(gap.wording.start), "text": gap.wording.text},
        "gain_at_most": _ends(asdict(gap.at_most)),
        "gain_at_usual_rate": {**_ends(asdict(gap.likely)), "usual_rate": plain(gap.usual)},
        "proposed_clarification": "",
    }


def _plain(table: pd.DataFrame, names: Sequence[str] | pd.Index) -> list[dict[str, Any]]:
    return [{str(name): plain(row[name]) for name in names} for row in records(table)]


def _ends(values: dict[str, float]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def brief_markdown(project: Project, period: Period, brief: GuidelineGaps) -> str:
    """The brief as Markdown (CommonMark with tables), in the project's language, with a place for each answer."""
    say = catalogue(project.language)
    lines = [f"# {escaped(say('Guideline gaps'))}: {escaped(project.title)}", ""]
    lines += [escaped(period_words(period, project.language, say)), ""]
    if brief.missing:
        return "\n".join([*lines, escaped(say("Not measured: needs {what}.", what=brief.missing)), ""])
    if not brief.gaps:
        return "\n".join([*lines, escaped(say("There is no gap to describe.")), ""])
    lines += [escaped(" ".join(headline_sentences(brief, say))), ""]
    for place, gap in enumerate(brief.gaps, 1):
        lines += [*_gap_lines(place, gap, say), ""]
    return "\n".join([*lines, escaped(left_out_words(brief, say)), ""])


def _gap_lines(place: int, gap: Gap, say: Catalogue) -> list[str]:
    lines = [f"## {place}. {escaped(words.pair(gap.key, say))}", ""]
    lines += [f"- **{escaped(name)}:** {escaped(said)}" for name, said in gap_facts(gap, say)]
    lines += ["", f"### {escaped(say('Where it is confused'))}", "", *_spread_lines(gap, say)]
    lines += ["", f"### {escaped(say('Examples, without content'))}", "", *_example_lines(gap, say)]
    lines += ["", f"### {escaped(wording_title(gap, say))}", ""]
    lines += [f"> {escaped_line(line)}" for line in (gap.wording.text.splitlines() if gap.wording else [])]
    asked = say("Nobody asked about this pair.") if gap.questions.empty else questions_words(gap, say)
    lines += ["", f"### {escaped(asked)}", ""]
    still = gap.questions[gap.questions["open"].astype(bool)]
    lines += [
        f"- {escaped(short(str(row['question_id']), 60))} ({escaped(day(row['asked_on'], say.language))})"
        for row in records(still)
    ]
    return [*lines, "", f"### {escaped(say('Proposed clarification:'))}", "", "……………………"]


def _spread_lines(gap: Gap, say: Catalogue) -> list[str]:
    names = [say("Where"), say("Decisions with either label"), say("Errors / audits with either")]
    rows = [
        [part_name(row, say), whole(row["decisions"], say), f"{whole(row['n'], say)} / {whole(row['said_n'], say)}"]
        for row in records(gap.spread)
    ]
    return _table_lines(names, rows)


def _example_lines(gap: Gap, say: Catalogue) -> list[str]:
    names = [say("Decision"), say("labeler said"), say("auditor said")]
    rows = [
        [short(str(row["decision_id"]), 80), words.label(row["given"], say), words.label(row["truth"], say)]
        for row in records(gap.examples)
    ]
    return _table_lines(names, rows)


def _table_lines(names: list[str], rows: list[list[str]]) -> list[str]:
    if not rows:
        return ["–"]
    lined = [names, ["---"] * len(names), *rows]
    return [
        "| " + " | ".join(escaped(cell) if cell != "---" else cell for cell in row) + " |"
        for row in lined
    ]  # fmt: skip


def escaped(text: str) -> str:
    r"""Text as Markdown that says just that, on one line.

    >>> escaped("<b>*x*</b> [y](http://z) | @all")
    '&lt;b&gt;\\*x\\*&lt;/b&gt; \\[y\\](http\\://z) \\| \\@all'
    """
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    line = "".join(_ENTITIES.get(one, one) for one in line)
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", line)


def escaped_line(text: str) -> str:
    r"""A line of somebody's text: nor does its beginning make it a list, a heading or a rule.

    >>> escaped_line("1. one"), escaped_line("- two")
    ('1\\. one', '\\- two')
    """
    return _LINE_START.sub(r"\1\\\2", escaped(text))
