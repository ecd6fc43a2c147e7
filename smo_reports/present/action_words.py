"""What is said beside an action: why it stands as it does, on how much evidence, and what else changed."""

from __future__ import annotations

import datetime as dt
import math

from smo_reports.present import wording
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, day, number

_VERDICTS = ("effective", "partly effective", "not effective", "undecided")
PRESSING = ("overdue", "unacknowledged", "reopened")
_WHY = {
    "no comparison": "there are no audits outside the segment to compare with",
    "no rows": "there are no random audits of the segment in one of the windows",
    "too few": "fewer than 30 audits on one side, or fewer than 5 labelers: too few to tell",
    "no audited KPI": "its KPI is not a share of random audits, on which verdicts rest",
    "everywhere": "it was meant for everything, so there is nothing that it did not touch to compare with",
    "unreadable segment": "its segment cannot be read; it has to be JSON: columns and their values",
    "no plan": "it was registered without {detail}",
    "done late": "it was done only after its window had begun",
    "bad window": "its window begins before its baseline ends, or lasts less than a week",
    "lacking": "the rows lack {detail}",
}


def evidence_words(row: Row, say: Catalogue) -> list[str]:
    """The sentences beside an action: why it stands as it does, on how much evidence, and what else changed."""
    state, found = str(row["state"]), []
    if row["overdue"]:
        found.append(say.count("{n} day late.", "{n} days late.", int(row["days_late"])))
    found += [say("Also {state}.", state=say(name)) for name in PRESSING[1:] if row[name] and name != state]
    if state == "running" and isinstance(row["evaluate_to"], dt.date):
        found.append(say("The verdict is due on {day}.", day=day(row["evaluate_to"], say.language)))
    if row["reason"] in _WHY:
        found.append(say("Undecided: {why}.", why=say(_WHY[row["reason"]], detail=row["detail"])))
    if row["reason"] == "too wide":
        found.append(_wide(row, say))
    if int(row["n_after"]):
        counts = {name: whole(row[f"n_{name}"], say) for name in ("before", "after", "compared")}
        found.append(say("{before} audits before, {after} after, {compared} elsewhere.", **counts))
    if int(row["days_lacking"]):
        days = {name: whole(row[f"days_{name}"], say) for name in ("lacking", "asked")}
        sentence = "Of {lacking} of the {asked} working days of its window there are no audits yet: it may change."
        found.append(say(sentence, **days))
    if row["cut"]:
        found.append(say("The week that triggered it was left out of its baseline."))
    found += _no_proof(row, say)
    for name, sentence in (("inside", "Meanwhile in the segment: {list}."), ("elsewhere", "Meanwhile: {list}.")):
        if row[name]:
            found.append(say(sentence, list=row[name]))
    return found


def _no_proof(row: Row, say: Catalogue) -> list[str]:
    """Why a verdict, given or to come, proves nothing."""
    found: list[str] = []
    if row["state"] not in ("running", *_VERDICTS):
        return found
    if row["after_the_fact"]:
        found.append(say("Registered after the fact: its verdict is no proof."))
    if row["picked"] and row["reason"] not in _WHY:
        found.append(say("Its baseline is short or old and may have been picked: its verdict is no proof."))
    return found


def _wide(row: Row, say: Catalogue) -> str:
    if not row["needed"]:
        return say("Undecided: what was expected is too small to be told by audits like these.")
    needed = wording.needed_words({"needed": float(row["needed"]), "counts": "audits of the segment"}, say)
    return say("Undecided: {needed}.", needed=needed)


def whole(value: float, say: Catalogue) -> str:
    """A count."""
    return number(float(value), math.nan, say.language, most=0)
