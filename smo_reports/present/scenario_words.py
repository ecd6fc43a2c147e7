"""What a plan assumes, in words: the static twin of a live page's controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smo_reports.present.staffing_words import count, percent
from smo_reports.words import Catalogue

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.scenario import Scenario

_CHANGES = {
    "volume": "arrivals {change}",
    "handling": "handling times {change}",
    "attrition": "people leaving {change}",
    "hiring_pace": "applicants {change}",
}


def scenario_words(scenario: Scenario, say: Catalogue) -> str:
    """One sentence: as measured, or what was changed."""
    parts = _changes(scenario, say)
    sure = percent(scenario.sure, say)
    begin = count(scenario.start_after_weeks, say)
    rest = say(
        "planned to hold in {sure} of the futures; joiners begin {weeks} weeks after their offer",
        sure=sure,
        weeks=begin,
    )
    if not parts:
        return say("Assumed: everything as measured; {rest}.", rest=rest)
    return say("Assumed: {changes}; {rest}.", changes=", ".join(parts), rest=rest)


def what_if_words(scenario: Scenario, ahead: int | None, say: Catalogue) -> str:
    """What a reader turned, for the top of a page that is not the project's own; empty where nothing was.

    Parameters
    ----------
    scenario : Scenario
    ahead : int or None
        The weeks that the plan goes ahead, where they are not the project's own.
    say : Catalogue
    """
    usual, parts = type(scenario)(), _changes(scenario, say)
    if scenario.start_after_weeks != usual.start_after_weeks:
        begin = count(scenario.start_after_weeks, say)
        parts.append(say("joiners begin {weeks} weeks after their offer", weeks=begin))
    if scenario.sure != usual.sure:
        parts.append(say("planned to hold in {sure} of the futures", sure=percent(scenario.sure, say)))
    if ahead is not None:
        parts.append(say("{n} weeks ahead", n=ahead))
    if not parts:
        return ""
    return say("What if: {changes}.", changes=", ".join(parts))


def _changes(scenario: Scenario, say: Catalogue) -> list[str]:
    parts = []
    for name, sentence in _CHANGES.items():
        value = float(getattr(scenario, name))
        if value:
            sign = "+" if value > 0 else "\u2212"
            size = f"{sign}{percent(abs(value), say)}"
            parts.append(say(sentence, change=size))
    if scenario.shrinkage is not None:
        parts.append(say("shrinkage {value}", value=percent(scenario.shrinkage, say)))
    if scenario.service_level is not None:
        parts.append(say("every queue's service level {value}", value=percent(scenario.service_level, say)))
    return parts
