"""What an attribution says in plain words: the kind of cause, what to do, and how each clue would look otherwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from smo_reports.present import cause_words
from smo_reports.words import Catalogue, day, number, signed_points

if TYPE_CHECKING:
    from smo_reports.analyses.attribution import Attribution

KIND_NAMES = {
    "confusion": "the same confusion repeated",
    "slips": "scattered slips",
    "guideline": "the guideline",
    "gold or auditor": "gold or an auditor",
    "tool": "the tool",
    "model": "the model's labels",
    "load": "the load",
    "ramp": "people in their first weeks",
    "mix": "other work than before",
    "cannot tell": "cannot tell",
}

SENTENCES = {
    "confusion": "The same confusion repeats: most of the change is {subject}.",
    "slips": "The change is of many sorts of errors: no pair of labels, no tool, no auditor and no load explains most.",
    "guideline": "It points at the guideline: most of the change is {subject}, and good labelers share it.",
    "gold or auditor": "It points at the measure: most of the change is one auditor's verdicts, or outdated answers.",
    "tool": "It points at the tool: most of the change is its errors, or decisions made with one version of it.",
    "model": "Most of the change is errors that repeat the model's label; how often those are corrected moved with it.",
    "load": "It goes with the load: most of the change lies under {subject}, against other work in the same days.",
    "ramp": "Most of the change is with people in their first six weeks.",
    "mix": "The work changed, not how it is done: other items come in than before.",
    "cannot tell": "What kind of cause it is cannot be told.",
}

ACTIONS = {
    "confusion": "Train on the pair, and put items of it into the next calibration; if good labelers split there, send "
    "the brief.",
    "slips": "Show people their own errors; there is no one thing to change.",
    "guideline": "Send the brief for this pair to the team that owns the guideline.",
    "gold or auditor": "Recalibrate before anybody is coached, and look at the verdicts concerned a second time.",
    "tool": "Report it to the tool's team, and label the decisions concerned again.",
    "model": "Hide the model's label for a sample of items, and compare.",
    "load": "Move the work to other hours or more people, and watch the same work under less load.",
    "ramp": "Give the newcomers more training and more feedback; hold them to the ramp's target, not to the team's.",
    "mix": "Tell whoever plans: the targets and the staffing were made for the old mix.",
    "cannot tell": "Safe in either case: have this work read a second time, and talk its errors through with those who "
    "do it; collect what would tell before more is changed.",
}

REASONS = {
    "no rows": "There are no judged decisions of it in one of the periods.",
    "unclear change": "Its own errors did not change clearly enough to look for a reason.",
    "several": "The evidence speaks for several: {list}.",
    "measure": "A change in how it is measured cannot be ruled out as a part of it.",
    "undecided": "No test decides.",
}

TESTS = {
    "pair": "Errors on one pair of labels",
    "overlap": "Good labelers split on the pair",
    "good labelers": "The pair, among good labelers",
    "technical errors": "Technical errors",
    "tool version": "One version of the tool",
    "model labels": "Errors that repeat the model's label",
    "load": "Work under load",
    "new people": "People in their first six weeks",
    "auditors": "One auditor's verdicts",
    "arbitration": "Verdicts overturned on dispute",
    "gold_decisions": "Errors on gold",
    "audits": "Errors by audits",
    "outdated gold": "Answers older than the guideline",
}

OTHERWISE = {
    "pair": "if no pair explained it, the pair would have its usual part",
    "overlap": "if it were people, good labelers would not split",
    "good labelers": "if it were people, good labelers would err much less",
    "technical errors": "if the tool were not it, these would stay as rare as before",
    "tool version": "if the tool were not it, other versions would do as badly in the same days",
    "model labels": "if it were not followed more, its errors would be corrected as often as before",
    "load": "if load were not it, other hours and days would do as badly",
    "new people": "if it were not newcomers, others would do as badly",
    "auditors": "if it were not the auditor, the others would find it too",
    "arbitration": "if the verdicts were right, they would stand",
    "gold_decisions": "if the work had changed, gold would show it too",
    "audits": "if the work had changed, audits would show it too",
    "outdated gold": "if the answers were right, newer ones would be missed as often",
}

VERDICTS = {"supports": "speaks for it", "against": "speaks against it", "undecided": "does not decide"}
LOADS = {"late hours": "late hours", "overtime": "overtime", "busy days": "busy days", "backlog age": "long waits",
         "local_hour": "these hours"}  # fmt: skip


def place_words(found: Attribution, say: Catalogue) -> str:
    """The finding's segment in words."""
    return cause_words.place_words(found.shown, say)


def subject_words(found: Attribution, say: Catalogue) -> str:
    """What an attribution is about: a pair of labels and a version as they are, a load in words; no auditor's name."""
    if found.kind == "load":
        return say(LOADS.get(found.subject, found.subject))
    return "" if found.kind == "gold or auditor" else found.subject


def attribution_words(found: Attribution, say: Catalogue) -> str:
    """One attribution in two or three sentences: the kind, why if it cannot be told, and what coincides."""
    sentence = say(SENTENCES[found.kind], subject=subject_words(found, say))
    said = [sentence]
    if found.why:
        listed = ", ".join(say(KIND_NAMES[kind]) for kind in found.between)
        said.append(say(REASONS[found.why], list=listed))
    said += [words for words in (timing_words(found, say),) if words]
    return " ".join(said)


def timing_words(found: Attribution, say: Catalogue) -> str:
    """What the change coincides with, never what it was caused by; two events at once cannot be told apart."""
    when = found.timing
    if not when.sharp or when.first is None or when.last is None or found.why in ("unclear change", "no rows"):
        return ""
    days = {"first": day(when.first, say.language), "last": day(when.last, say.language)}
    names = [str(name) for name in dict.fromkeys(when.events["name"])]
    if not names:
        sentence = "The change came between {first} and {last}; no recorded event falls there."
        return say(sentence, **days)
    if len(names) == 1:
        return say("The change came between {first} and {last}, and coincides with: {name}.", name=names[0], **days)
    sentence = "The change came between {first} and {last}, and coincides with {list}: timing cannot tell which."
    return say(sentence, list="; ".join(names), **days)


def needed_words(found: Attribution, say: Catalogue) -> str:
    """What would tell, where it cannot be told, or whether a confusion is the guideline's; empty otherwise."""
    counts = {name: value for name, value in found.needed.items() if math.isfinite(value)}
    if found.kind not in ("cannot tell", "confusion") or len(counts) < 3:
        return ""
    shown = {name.replace(" ", "_").replace("-", "_"): _two_digits(value, say) for name, value in counts.items()}
    if found.kind == "confusion":
        sentence = "About {n} items in each period, labelled by two good labelers, would tell whether they split."
        return say(sentence, n=shown["overlap_items"])
    sentence = (
        "About {audits} audits in each period, {blind_re_audits} blind second audits, or {overlap_items} items in each "
        "period labelled by two people would tell more."
    )
    return say(sentence, **shown)


def part_words(value: float, low: float, high: float, say: Catalogue) -> str:
    """A part of the change in signed points with its interval."""
    if math.isnan(value):
        return "–"
    half = (high - low) / 2
    first, last = (("−" if end < 0 else "+") + signed_points(end, half, say.language) for end in (low, high))
    sign = "−" if value < 0 else "+"
    size = sign + signed_points(value, half, say.language)
    return size if math.isnan(low) else say("{size} ({low} to {high})", size=size, low=first, high=last)


def _two_digits(value: float, say: Catalogue) -> str:
    step = 10 ** max(math.floor(math.log10(max(value, 1))) - 1, 0)
    return number(math.ceil(value / step) * step, math.nan, say.language, most=0)
