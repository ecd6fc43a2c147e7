"""Confused pairs of labels in words, for pages and for the brief that leaves the house."""

from __future__ import annotations

import math
from collections.abc import Sequence

from smo_reports.present import wording
from smo_reports.present.error_charts import short
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, number, share, spread

VERDICTS = {
    "points at the guideline": "Good labelers are split on it: that points at the guideline.",
    "points at knowledge": "Good labelers rarely confuse it, others do: that points at knowledge.",
    "cannot tell": "These audits cannot tell whether good labelers are split on it.",
}
"""What the evidence says of a pair; never why anybody erred."""

SHORT_VERDICTS = {
    "points at the guideline": "points at the guideline",
    "points at knowledge": "points at knowledge",
    "cannot tell": "cannot tell",
}
_LONGEST = 60


def label(text: object, say: Catalogue) -> str:
    """A label as it is, on one line; what stands for no label is said so."""
    return short(str(text), _LONGEST) if text else say("no label")


def pair(key: Row, say: Catalogue) -> str:
    """A pair's name: ``harassment: harassment or satire``."""
    both = say("{a} or {b}", a=label(key["a"], say), b=label(key["b"], say))
    policy = key.get("policy")
    return f"{short(policy, _LONGEST)}: {both}" if isinstance(policy, str) and policy else both


def points(ends: Sequence[float], say: Catalogue) -> str:
    """A share of all decisions as points with its interval: ``1.2 points (0.7 to 1.7)``."""
    value, low, high = ends
    if math.isnan(value):
        return "–"
    half = spread(low, high)
    size, first, last = (number(100 * part, 100 * half, say.language, most=2) for part in (value, low, high))
    return say("{size} points ({low} to {high})", size=size, low=first, high=last)


def counted(ends: Sequence[float], say: Catalogue) -> str:
    """An estimated number of decisions with its interval, whole."""
    size, first, last = (number(part, math.nan, say.language, most=0) for part in ends)
    return say("{size} ({low} to {high})", size=size, low=first, high=last)


def rate(ends: Sequence[float], say: Catalogue) -> str:
    """A share with its interval; a dash where it is not shown."""
    value, low, high = ends
    if math.isnan(value):
        return "–"
    half = spread(low, high)
    size = share(value, half, say.language)
    first, last = (share(part, half, say.language).removesuffix(" %") for part in (low, high))
    return say("{size} ({low} to {high})", size=size, low=first, high=last) if not math.isnan(low) else size


def trend(cost: Row, say: Catalogue) -> str:
    """Whether a pair costs more than in the period before, as far as the interval allows."""
    change, low, high = (float(cost[name]) for name in ("change", "change_low", "change_high"))
    if math.isnan(change):
        return say("no period before to compare with")
    size = wording.full_words({**cost, "value": change, "low": low, "high": high, "unit": "points", "method": ""}, say)
    if low > 0:
        return say("worse than before: {size}", size=size)
    if high < 0:
        return say("better than before: {size}", size=size)
    return say("no clear change: {size}", size=size)


def evidence(found: Row, say: Catalogue) -> str:
    """What good labelers do with a pair, and what that points at."""
    said = [say(VERDICTS[str(found["verdict"])])]
    if not math.isnan(float(found["good_rate"])):
        sentence = (
            "Labelers who are good at everything else confuse it in {good} of {n} audits with either label, others in "
            "{others}; elsewhere {elsewhere} of the decisions are wrong."
        )
        ends = [[float(found[f"{side}_{end}"]) for end in ("rate", "low", "high")] for side in ("good", "others")]
        good, others = (rate(part, say) for part in ends)
        n = number(float(found["good_n"]), math.nan, say.language, most=0)
        elsewhere = share(float(found["elsewhere"]), 0.5, say.language)
        said.append(say(sentence, good=good, n=n, others=others, elsewhere=elsewhere))
    if found["items"]:
        split = say.count(
            "Of {n} item that several good labelers saw, they split on {split}.",
            "Of {n} items that several good labelers saw, they split on {split}.",
            int(found["items"]),
            split=share(float(found["split"]), 0.5, say.language),
        )
        said.append(split)
    return " ".join(said)


def gain_sentences(at_most: Sequence[float], likely: Sequence[float], usual: float, say: Catalogue) -> list[str]:
    """What closing a gap could bring, each with the assumption that it rests on."""
    said = [
        say("At most {gain} of accuracy, if the two were never confused again.", gain=points(at_most, say)),
    ]
    if not math.isnan(usual) and math.isnan(likely[1]):
        sentence = (
            "About {gain} points, if they were confused as often as other pairs are ({usual} of the decisions with "
            "either label); too few audits of those for an interval."
        )
        gain = number(100 * likely[0], 1.0, say.language, most=2)
        said.append(say(sentence, gain=gain, usual=share(usual, 0.005, say.language)))
    elif not math.isnan(usual):
        sentence = (
            "{gain}, if they were confused as often as other pairs are ({usual} of the decisions with either label)."
        )
        said.append(say(sentence, gain=points(likely, say), usual=share(usual, 0.005, say.language)))
    return said
