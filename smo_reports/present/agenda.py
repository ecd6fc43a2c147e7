"""What needs a decision, a sentence a thing: what is late or will be, what waits for an answer, what was promised."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, day, long_age, number

if TYPE_CHECKING:
    from smo_reports.project import Project

_MOST = 5
"""Sentences of one topic; the others are counted."""

_NEEDS = "not measured: needs "
_QUIET = {"past due", "disputes", "escalations", "questions"}
"""Nothing is past due, and nothing waits: that may be said where all of these were looked at."""

_ALONG = {"will be late", "promised", "reopened action", "unacknowledged action"}
"""Topics that are looked at with another: with what is past due, and with overdue actions."""

_TITLES = {
    "past due": "Past due",
    "will be late": "Will be late",
    "next batch": "Batches",
    "audits": "Audits behind plan",
    "disputes": "Disputes",
    "escalations": "Escalations",
    "questions": "Guideline questions",
    "overdue action": "Overdue actions",
    "reopened action": "Reopened actions",
    "unacknowledged action": "Unacknowledged actions",
    "promised": "Promised, and done",
}


def agenda(project: Project, listed: pd.DataFrame) -> Exhibit:
    """The list of what needs a decision.

    Parameters
    ----------
    project : Project
    listed : DataFrame
        As ``analyses.agenda`` gives it.
    """
    html, text = listed_html(listed, catalogue(project.language))
    return Exhibit("agenda", catalogue(project.language)("What needs a decision"), html, text, listed)


def listed_html(listed: pd.DataFrame, say: Catalogue) -> tuple[Markup, str]:
    """The list as HTML and in words."""
    entries, text = [], []
    shown = listed[~unseen(listed)]
    for topic, title in _TITLES.items():
        own = records(shown[shown["topic"] == topic])
        if not own:
            continue
        sentences = [_sentence(row, say, say.language) for row in own[:_MOST]]
        if len(own) > _MOST:
            sentences.append(say.count("and {n} more", "and {n} more", len(own) - _MOST))
        body = Markup("<br>").join(sentences)
        entries.append(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(say(title), body))
        text.append(f"{say(title)}: {' '.join(sentences)}")
    if not entries:
        text = [_quiet(listed, say)]
        entries = [Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(say("Nothing"), text[0])]
    lacking = _lacking(listed, say)
    note = Markup('<p class="smo-note">{}</p>').format(lacking) if lacking else Markup("")
    html = Markup('<dl class="smo-agenda">{}</dl>{}').format(Markup("").join(entries), note)
    return html, " ".join([*text, lacking]).strip()


def unseen(listed: pd.DataFrame) -> pd.Series[bool]:
    """Which rows stand for a topic that could not be looked at."""
    return listed["note"].str.startswith(_NEEDS) & (listed["part"] == "")


def _quiet(listed: pd.DataFrame, say: Catalogue) -> str:
    """What is said of an empty list: only of what was looked at that there is nothing."""
    missing = set(listed.loc[unseen(listed), "topic"])
    if not missing & _QUIET:
        return say("Nothing is past due, and nothing waits for an answer.")
    looked = [say(title) for topic, title in _TITLES.items() if topic not in missing | _ALONG]
    if not looked:
        return say("Nothing could be looked at.")
    return say("Looked at, with nothing to decide: {list}.", list=", ".join(looked))


def _lacking(listed: pd.DataFrame, say: Catalogue) -> str:
    """What cannot be listed, and why: an empty topic must not be taken for a quiet one."""
    needs = listed.loc[unseen(listed), "note"]
    if needs.empty:
        return ""
    names = ", ".join(sorted({note.removeprefix(_NEEDS).removeprefix("the table ") for note in needs}))
    return say("Not looked at, since there is no table or column: {list}.", list=names)


def _whole(value: float, language: str) -> str:
    return number(float(value), math.nan, language, most=0)


def _age(hours: float, language: str) -> str:
    return long_age(dt.timedelta(hours=float(hours)), language)


def _sentence(row: Row, say: Catalogue, language: str) -> str:
    count = _whole(row["count"], language) if not _nan(row["count"]) else ""
    of = _whole(row["of"], language) if not _nan(row["of"]) else ""
    due = day(row["due"], language) if isinstance(row["due"], dt.date) else ""
    topic = row["topic"]
    if topic == "past due":
        sentence = "{part}: {count} of {of} open items are past due; the oldest has waited {age}."
        return say(sentence, part=row["part"], count=count, of=of, age=_age(row["age_h"], language))
    if topic == "will be late":
        sentence = (
            "{part}: about {count} of {of} open items will be closed late at the pace of the last seven days, {pace} a "
            "day, even if nothing new comes in."
        )
        pace = _whole(24 * row["value"], language)
        return say(sentence, part=row["part"], count=count, of=of, pace=pace)
    if topic == "audits":
        if _nan(row["n"]):
            return say("{part}: {count} of {of} planned audits are done.", part=row["part"], count=count, of=of)
        sentence = "{part}: {count} of {of} planned audits are done, {expected} were due by now."
        return say(sentence, part=row["part"], count=count, of=of, expected=_whole(row["n"], language))
    if topic == "next batch":
        return _batch(row, say, count, due)
    if topic.endswith(" action") or topic == "promised":
        return _action(row, say, count, due)
    median, oldest = _age(row["value"], language), _age(row["age_h"], language)
    sentence = "{count} open; half have waited over {median}, {of} of them for more than three days, the oldest {age}."
    if not float(row["of"]):
        sentence = "{count} open; half have waited over {median}, the oldest {age}."
    return say(sentence, count=count, of=of, median=median, age=oldest)


def _action(row: Row, say: Catalogue, count: str, due: str) -> str:
    topic, named = row["topic"], {"part": row["part"], "owner": row["owner"]}
    if row["note"] == "for leads":
        return say.count(
            "{n} about one person, for their lead.", "{n} about one person each, for their leads.", int(row["count"])
        )
    if topic == "reopened action":
        return say("{part} ({owner}) was reopened {n} days ago and is not done.", n=count, **named)
    if topic == "unacknowledged action":
        return say("{part} ({owner}) was opened {n} days ago, and nobody has acknowledged it.", n=count, **named)
    if topic == "overdue action":
        return say("{part} ({owner}) was due on {due} and is not done.", due=due, **named)
    return say("{part} ({owner}), due {due}.", due=due, **named)


def _batch(row: Row, say: Catalogue, count: str, due: str) -> str:
    quality = say("its accuracy is not known yet")
    if not _nan(row["value"]):
        estimate = wording.full_words({**row, "unit": "share", "method": ""}, say)
        n = _whole(row["n"], say.language)
        quality = say("accuracy so far {estimate} from {n} random audits", estimate=estimate, n=n)
    return say("{part}, {count} items, due {due}: {quality}.", part=row["part"], count=count, due=due, quality=quality)


def _nan(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
