"""Sentences of a staffing plan, none of which claims more than its futures agree on."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smo_reports.present.kpi_table import note_words
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, day, number, spread

if TYPE_CHECKING:
    import pandas as pd

    from smo_reports.analyses.staffing.advice import Advice
    from smo_reports.analyses.staffing.plan import Outlook, StaffingPlan

SURE_SHORT, SURE_ENOUGH = 0.9, 0.1
"""Beyond these shares of the futures the whole 80 % band of what is missing lies on one side of nothing."""

_FULL = 0.95
_CERTAIN = 0.99


def fte(value: float, say: Catalogue) -> str:
    """Full-time equivalents: one decimal, two below 1, none from 100 on."""
    if not math.isfinite(value):
        return say("no number is enough") if value > 0 else "–"
    if abs(value) < 1:
        return number(value, 0.05, say.language, most=2)
    return number(value, 0.5 if abs(value) < 100 else 50.0, say.language, most=1)


def chance(value: float, say: Catalogue) -> str:
    """A share of the futures, in whole per cent; never all or none of them: they are some hundreds that were drawn."""
    if value > _CERTAIN:
        return say("more than {share}", share=percent(_CERTAIN, say))
    if value < 1 - _CERTAIN:
        return say("less than {share}", share=percent(1 - _CERTAIN, say))
    return percent(round(value, 2), say)


def percent(value: float, say: Catalogue) -> str:
    """A share that was chosen, in per cent without needless decimals."""
    rounded = round(100 * value, 1)
    if value and not rounded:
        return f"{number(100 * value, math.nan, say.language)} %"
    decimals = 0.5 if rounded != round(rounded) else 50.0
    return f"{number(rounded, decimals, say.language, most=1)} %"


def count(value: float, say: Catalogue) -> str:
    """A number that was chosen, without needless decimals."""
    return number(value, 50.0 if value == round(value) else 0.5, say.language, most=1)


def band(row: Row, name: str, say: Catalogue, ends: tuple[str, str] | None = None) -> str:
    """A number with its band; one that no number of people reaches says so."""
    low_name, high_name = ends or (f"{name}_low", f"{name}_high")
    value, low, high = (float(row[one]) for one in (name, low_name, high_name))
    if math.isnan(value):
        return "–"
    if not math.isfinite(value):
        return say("no number is enough")
    half = spread(low, high) if math.isfinite(high) and math.isfinite(low) else math.nan
    # Small teams are parts of a person: of those one decimal would show nothing but the same number three times.
    most = 2 if max(abs(one) for one in (value, low, high)) < 1 else 1
    shown, first = (_signed(number(one, half, say.language, most)) for one in (value, low))
    last = _signed(number(high, half, say.language, most)) if math.isfinite(high) else say("no end")
    return say("{value} ({low} to {high})", value=shown, low=first, high=last)


def _signed(shown: str) -> str:
    return shown.replace("-", "\u2212", 1)


def gap_words(plan: StaffingPlan, say: Catalogue) -> str:
    """What is required and what will be there in a usual week, and in how many weeks that is not enough."""
    if plan.headcount is None:
        whole = plan.required[plan.required["queue"] == ""]
        if not plan.need.queues or not whole["fte"].notna().any():
            why = people_not_known(plan.notes, say) if plan.need.queues else queues_not_known(plan.notes, say)
            return say("How many people are needed could not be worked out: {what}.", what=why)
        if not math.isfinite(float(whole["fte"].iloc[-1])):
            last = day(whole["week"].iloc[-1], say.language)
            return say("In the week of {day} no number of people keeps every promise.", day=last)
        return say(
            "{required} full-time equivalents are required by the week of {day}; how many there will be is not known.",
            required=fte(float(whole["fte"].iloc[-1]), say),
            day=day(whole["week"].iloc[-1], say.language),
        )
    weeks = plan.headcount
    never = weeks[~weeks["required"].map(math.isfinite)]
    if len(never):
        first = day(never["week"].iloc[0], say.language)
        return say(
            "In {n} of {all} weeks no number of people keeps every promise, the first from {day} on.",
            n=len(never),
            all=len(weeks),
            day=first,
        )
    usual = weeks[["required", "available", "available_low", "available_high"]].median()
    numbers = {name: fte(float(usual[name]), say) for name in ("required", "available")}
    said = say(
        "In a usual week of the {n} from {day} on, {required} full-time equivalents are required and {available} "
        "({low} to {high}) will be there.",
        **numbers,
        n=len(weeks),
        day=day(weeks["week"].iloc[0], say.language),
        low=fte(float(usual["available_low"]), say),
        high=fte(float(usual["available_high"]), say),
    )
    return f"{said} {enough_words(weeks, say)}"


def enough_words(weeks: pd.DataFrame, say: Catalogue) -> str:
    """In how many weeks people are missing, as far as the futures agree."""
    short, unsure = (
        weeks[weeks["short"] >= SURE_SHORT],
        weeks[weeks["short"].between(SURE_ENOUGH, SURE_SHORT, "neither")],
    )
    if len(short):
        first = day(short["week"].iloc[0], say.language)
        sentence = "People are missing in {n} of {all} weeks, the first from {day} on."
        return say.count(sentence, sentence, len(short), all=len(weeks), day=first)
    if len(unsure):
        sentence = "In {n} of {all} weeks people may be missing; the futures do not agree."
        return say.count(sentence, sentence, len(unsure), all=len(weeks))
    return say("There are enough people in every week.")


def opening_words(
    advice: Advice, cost: tuple[float, float, float], say: Catalogue, begun: dt.date, *, ramped: bool = True
) -> str:
    """What to open, by when, and what it costs not to.

    Parameters
    ----------
    advice : Advice
    cost : (float, float, float)
        Items late if nothing is opened, how many fewer if it is, nan where that is not known, and hours of work that
        are past due at the plan's end even so.
    begun : date
        The plan's first day.
    say : Catalogue
    ramped : bool
        Whether it was measured how joiners get up to speed; where it was not, nothing is said of it.
    """
    beyond = _beyond(advice, say)
    if not advice.seats:
        return say("Nobody needs to be hired beyond the seats that are open.") + beyond
    who = f"{say(advice.role)} ({advice.language})" if advice.language else say(advice.role)
    seats = say.count("{n} seat", "{n} seats", advice.seats)
    if advice.seat < _FULL:
        seats = say(
            "{all} full-time equivalents ({seats} of {fte}, as people here have)",
            all=fte(advice.seats * advice.seat, say),
            seats=seats,
            fte=fte(advice.seat, say),
        )
    if advice.open_by is None:
        why = note_words(advice.note, say)
        opened = say("Open {seats} for {who}; by when is not known: {why}.", seats=seats, who=who, why=why)
        return _unskilled(advice, say) + opened + beyond
    if advice.too_late and advice.ramped_by is not None:
        sentence = (
            "To be enough in {sure} of the futures, open {seats} for {who} now: people sought from {begun} on are "
            "ramped by {day}; until then overtime or lent people have to cover."
            if ramped
            else "To be enough in {sure} of the futures, open {seats} for {who} now: people sought from {begun} on "
            "have begun by {day}; until then overtime or lent people have to cover."
        )
        by = day(advice.ramped_by, say.language)
        since = day(begun, say.language)
        said = say(sentence, seats=seats, who=who, sure=percent(advice.sure, say), begun=since, day=by)
    else:
        sentence = "To be enough in {sure} of the futures, open {seats} for {who} by {day}."
        by = day(advice.open_by, say.language)
        said = say(sentence, seats=seats, who=who, day=by, sure=percent(advice.sure, say))
    if cost[0] >= 1:
        said += " " + _cost(*cost, say)
    return _unskilled(advice, say) + said + beyond


def _unskilled(advice: Advice, say: Catalogue) -> str:
    """What stays undone for lack of skills, before what to open: training may do as well."""
    if not advice.lacking:
        return ""
    said = say(
        "About {hours} hours a week of queue {queue} stay undone, since too few people can work on it: train some, or "
        "hire.",
        hours=_about(advice.lacking, say),
        queue=advice.queue,
    )
    return f"{said} "


def _beyond(advice: Advice, say: Catalogue) -> str:
    """Queues that no number of people helps."""
    if not advice.out_of_reach:
        return ""
    sentence = "What queue {queue} promises no number of people keeps: its promise or its hours of work have to change."
    return "".join(f" {say(sentence, queue=name)}" for name in advice.out_of_reach)


def _about(value: float, say: Catalogue) -> str:
    """More digits than a simulation of the months to come can have would only look exact."""
    return number(float(f"{max(value, 0.0):.2g}"), math.nan, say.language, most=0)


def _cost(late: float, saved: float, overdue: float, say: Catalogue) -> str:
    """What it costs not to open seats: items late, and how many of them opening today would save."""
    many = _about(late, say)
    if not saved >= 1:
        return say("If nothing is opened, about {n} items will be late within the plan.", n=many)
    said = say(
        "If nothing is opened, about {n} items will be late within the plan; opening now spares about {saved} of them.",
        n=many,
        saved=_about(saved, say),
    )
    if saved > late / 2 or overdue < 1:
        return said
    sentence = "What is past due has to be worked off beside that: some {hours} hours, or new items stay late too."
    return f"{said} {say(sentence, hours=_about(overdue, say))}"


def queue_words(one: Outlook, say: Catalogue, of: int = 1) -> str:
    """When a queue will break its promise; the likeliest one of so many that may."""
    often = chance(one.breaks, say)
    middle = one.breaks_in[0]
    if of > 1:
        sentence = "{n} queues may break their promise, first of all queue {queue}: in {chance} of the futures."
        return say(sentence, n=of, queue=one.queue, chance=often)
    if not math.isfinite(middle):
        return say("Queue {queue} breaks its promise in {chance} of the futures.", queue=one.queue, chance=often)
    if middle < 1:
        return say(
            "Queue {queue} breaks its promise in {chance} of the futures, in half of all at once.",
            queue=one.queue,
            chance=often,
        )
    return say.count(
        "Queue {queue} breaks its promise in {chance} of the futures, in half of all within {n} day.",
        "Queue {queue} breaks its promise in {chance} of the futures, in half of all within {n} days.",
        math.ceil(middle),
        queue=one.queue,
        chance=often,
    )


_LACKING = re.compile(r"(?P<what>.+): (?P<why>(?:not measured|too few|undefined): .+)", re.DOTALL)
_STRANGER = re.compile(r"staffing\.queues: no rows of queue (?P<queue>.+); (?P<rest>(?:did you|known:) .+)", re.DOTALL)
_NEAR = re.compile(r"did you mean (?P<near>.+)\?", re.DOTALL)


def not_known(notes: Sequence[str], say: Catalogue) -> str:
    """What is not measured and what it needs, one after the other."""
    return "; ".join(_lacking(note, say) for note in notes) or say("nothing that is known of")


def people_not_known(notes: Sequence[str], say: Catalogue) -> str:
    """Why it is not known how many people there will be."""
    own = [note for note in notes if note.startswith(("available people: ", "shrinkage: "))]
    return not_known(own or notes, say)


def queues_not_known(notes: Sequence[str], say: Catalogue) -> str:
    """Why no queue could be planned."""
    own = [note for note in notes if note.startswith("queue ")]
    needed = say("arrivals, or the arrival times of items or decisions")
    return not_known(own, say) if own else say("needs {what}", what=needed)


def _lacking(note: str, say: Catalogue) -> str:
    if match := _STRANGER.fullmatch(note):
        return _stranger(match["queue"], match["rest"], say)
    match = _LACKING.fullmatch(note)
    if match is None:
        return note_words(note, say)
    what, why = match["what"], note_words(match["why"], say)
    # A queue is named as the rows have it, in quotes; everything else is a word of the catalogue.
    name = what.removeprefix("queue ")
    return f"{say(what) if name == what else say('queue {name}', name=name)}: {why}"


def _stranger(queue: str, rest: str, say: Catalogue) -> str:
    """A queue that the project's YAML names and no row has."""
    if near := _NEAR.fullmatch(rest):
        sentence = "staffing.queues names queue {queue}, of which there are no rows; {near} is perhaps meant"
        return say(sentence, queue=queue, near=near["near"])
    sentence = "staffing.queues names queue {queue}, of which there are no rows; there are {known}"
    return say(sentence, queue=queue, known=rest.removeprefix("known: "))
