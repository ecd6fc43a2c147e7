"""Sentences of a staffing plan, none of which claims more than its futures agree on."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smo_reports.present.kpi_table import note_words
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, day, number, spread

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.advice import Advice
    from smo_reports.analyses.staffing.plan import Outlook, StaffingPlan

_LAST_WEEKS = 4
_FULL = 0.95


def fte(value: float, say: Catalogue) -> str:
    """Full-time equivalents: one decimal, two below 1, none from 100 on."""
    if not math.isfinite(value):
        return say("no number is enough") if value > 0 else "–"
    if abs(value) < 1:
        return number(value, 0.05, say.language, most=2)
    return number(value, 0.5 if abs(value) < 100 else 5.0, say.language, most=1)


def percent(value: float, say: Catalogue) -> str:
    """A share that was chosen or counted in futures, in per cent without needless decimals."""
    rounded = round(100 * value, 1)
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
    shown = number(value, half, say.language, most=1)
    last = number(high, half, say.language, most=1) if math.isfinite(high) else say("no end")
    return say("{value} ({low} to {high})", value=shown, low=number(low, half, say.language, most=1), high=last)


def gap_words(plan: StaffingPlan, say: Catalogue) -> str:
    """What is required and what will be there in the plan's last weeks."""
    if plan.headcount is None:
        whole = plan.required[plan.required["queue"] == ""]
        if whole.empty or not whole["fte"].notna().any():
            return say("How many people are needed could not be worked out: {what}.", what=not_known(plan.notes, say))
        return say(
            "{required} full-time equivalents are required by the week of {day}; how many there will be is not known.",
            required=fte(float(whole["fte"].iloc[-1]), say),
            day=day(whole["week"].iloc[-1], say.language),
        )
    last = plan.headcount.iloc[-1]
    short = float(plan.headcount["short"].tail(_LAST_WEEKS).mean())
    numbers = {
        "day": day(last["week"], say.language),
        "required": fte(float(last["required"]), say),
        "available": fte(float(last["available"]), say),
        "low": fte(float(last["available_low"]), say),
        "high": fte(float(last["available_high"]), say),
    }
    if short >= plan.scenario.sure:
        return say(
            "By the week of {day} {required} full-time equivalents are required and {available} ({low} to {high}) "
            "will be there: people will be missing.",
            **numbers,
        )
    if short > 1 - plan.scenario.sure:
        return say(
            "By the week of {day} {required} full-time equivalents are required and {available} ({low} to {high}) "
            "will be there: whether that is enough cannot be told yet.",
            **numbers,
        )
    return say(
        "By the week of {day} {required} full-time equivalents are required and {available} ({low} to {high}) will be "
        "there: that is enough.",
        **numbers,
    )


def opening_words(advice: Advice, late: float, saved: float, say: Catalogue) -> str:
    """What to open, by when, and what it costs not to."""
    if not advice.seats:
        if advice.note:
            return note_words(advice.note, say)
        return say("Nobody needs to be hired beyond the seats that are open.")
    who = f"{say(advice.role)} ({advice.language})" if advice.language else say(advice.role)
    seats = say.count("{n} seat", "{n} seats", advice.seats)
    if advice.seat < _FULL:
        seats = say("{seats} of {fte} full time each", seats=seats, fte=fte(advice.seat, say))
    if advice.open_by is None:
        why = note_words(advice.note, say)
        return say(
            "{seats} for {who} are missing; by when to open them is not known: {why}.", seats=seats, who=who, why=why
        )
    if advice.too_late and advice.ramped_by is not None:
        said = say(
            "Open {seats} for {who} now: people hired from today are ramped by {day}, which is too late for the first "
            "weeks that are short.",
            seats=seats,
            who=who,
            day=day(advice.ramped_by, say.language),
        )
    else:
        said = say("Open {seats} for {who} by {day}.", seats=seats, who=who, day=day(advice.open_by, say.language))
    if late >= 1:
        said += " " + _cost(late, saved, say)
    return said


def _cost(late: float, saved: float, say: Catalogue) -> str:
    """What it costs not to open seats: items late, and how many of them opening today would save."""
    # More digits than a simulation of the months to come can have would only look exact.
    many, fewer = (number(float(f"{max(value, 0.0):.2g}"), math.nan, say.language, most=0) for value in (late, saved))
    if saved >= 1:
        return say(
            "If nothing is opened, about {n} items will be late within the plan; opening now spares about {saved} of "
            "them.",
            n=many,
            saved=fewer,
        )
    return say("If nothing is opened, about {n} items will be late within the plan.", n=many)


def queue_words(one: Outlook, say: Catalogue) -> str:
    """When a queue will break its promise."""
    chance = percent(one.breaks, say)
    middle = one.breaks_in[0]
    if not math.isfinite(middle):
        return say("Queue {queue} breaks its promise in {chance} of the futures.", queue=one.queue, chance=chance)
    if middle < 1:
        return say(
            "Queue {queue} breaks its promise at once in half of the futures, and within the plan in {chance} of them.",
            queue=one.queue,
            chance=chance,
        )
    return say.count(
        "Queue {queue} breaks its promise in {chance} of the futures, in half of all within {n} day.",
        "Queue {queue} breaks its promise in {chance} of the futures, in half of all within {n} days.",
        round(middle),
        queue=one.queue,
        chance=chance,
    )


_PLACE = re.compile(r"(?P<what>[^:]+): (?P<why>.+)", re.DOTALL)


def not_known(notes: Sequence[str], say: Catalogue) -> str:
    """What is not measured and what it needs, one after the other."""
    told = []
    for note in notes:
        match = _PLACE.fullmatch(note)
        told.append(f"{say(match['what'])}: {note_words(match['why'], say)}" if match else note_words(note, say))
    return "; ".join(told) or say("nothing that is known of")
