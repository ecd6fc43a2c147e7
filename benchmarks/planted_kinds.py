"""Two fortnights of judged decisions, with a change of a known kind planted in one policy of one market."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.finding import Finding
from smo_reports.sources import Rows

START, CHANGE, END = dt.date(2026, 10, 5), dt.date(2026, 10, 19), dt.date(2026, 11, 2)
SEGMENT = {"policy": "p0", "market": "ID"}
LABELS = np.array(["benign", "harassment", "hate", "satire", "spam"])
PAIR = (1, 3)
PEOPLE, AUDITORS, DAYS = 60, 6, 14
BASE, MORE = 0.06, 0.07
"""Errors before, and how many more there are in the segment after."""

EXPECTED = {
    "confusion": {"confusion"},
    "guideline": {"guideline"},
    "slips": {"slips"},
    "strict auditor": {"gold or auditor"},
    "lenient auditor": {"gold or auditor"},
    "auditor on one pair": {"gold or auditor"},
    "technical errors": {"tool"},
    "tool version": {"tool"},
    "model followed": {"model"},
    "late hours": {"load"},
    "overtime": {"load"},
    "new people": {"ramp"},
    "all auditors stricter": {"cannot tell"},
    "slips as a tool is released": {"cannot tell"},
    "tool and new people": {"cannot tell"},
    "nothing": {"cannot tell"},
}
"""What each planted kind should be attributed to."""

WEAKER = {"guideline": {"confusion"}}
"""What is true as well, and says less."""

_OWN_EVENT = {
    "guideline": "guideline",
    "technical errors": "tool",
    "tool version": "tool",
    "model followed": "model",
    "slips as a tool is released": "tool",
    "new people": "staffing",
    "tool and new people": "tool",
}


def planted(kind: str, seed: int, audits: int = 6000) -> tuple[Finding, Rows, Rows, Rows]:
    """A finding and the tables of both periods, and of everything; ``audits`` a period."""
    rng = np.random.default_rng([seed, sorted(EXPECTED).index(kind)])
    tables = [_period(rng, kind, side, audits) for side in (0, 1)]
    events, people = _events(rng, kind), _people()
    sides = [
        {**tables[side], "events": events[events["period"] == side].drop(columns="period"), "people": people}
        for side in (0, 1)
    ]
    every = {name: pd.concat([tables[0][name], tables[1][name]], ignore_index=True) for name in tables[0]}
    every |= {"events": events.drop(columns="period"), "people": people}
    return (
        _finding(kind, tables),
        _rows(sides[0], START, CHANGE),
        _rows(sides[1], CHANGE, END),
        _rows(every, None, None),
    )


def _rows(tables: dict[str, pd.DataFrame], start: dt.date | None, end: dt.date | None) -> Rows:
    return Rows(tuple(tables), lambda name: nw.from_native(tables[name]).lazy(), start, end)


def _finding(kind: str, tables: list[dict[str, pd.DataFrame]]) -> Finding:
    own = [one["audits"] for one in tables]
    inside = [one[(one["policy"] == "p0") & (one["market"] == "ID")] for one in own]
    rates = [float(one["correct"].mean()) for one in inside]
    n = [len(one) for one in inside]
    share = n[1] / len(own[1])
    effect = share * (rates[1] - rates[0])
    named = {"tool version": {"tool_version": "t2"}}.get(kind, {})
    return Finding({**SEGMENT, **named}, "rate", effect, effect, effect, *rates, *n, share)


def _people() -> pd.DataFrame:
    started = [dt.date(2026, 10, 12) if one % 5 == 0 else dt.date(2024, 1, 1) for one in range(PEOPLE)]
    return pd.DataFrame(
        {"person_id": [f"L{one}" for one in range(PEOPLE)], "role": "labeler", "started_on": pd.to_datetime(started)}
    )


def _events(rng: np.random.Generator, kind: str) -> pd.DataFrame:
    """What the operation recorded: the cause's own event, and two that have nothing to do with it."""
    day = dt.datetime.combine(CHANGE, dt.time(3), dt.UTC)
    own = _OWN_EVENT.get(kind)
    rows = [(day, own, f"The {own} changed", 1)] if own else []
    for other in rng.choice(["training", "sampling", "gold", "model", "guideline"], 2, replace=False):
        at = dt.datetime.combine(START, dt.time(3), dt.UTC) + dt.timedelta(int(rng.integers(0, 2 * DAYS)))
        rows.append((at, str(other), f"Another {other}", int(at.date() >= CHANGE)))
    table = pd.DataFrame(rows, columns=["at", "kind", "name", "period"])
    return table.assign(event_id=[f"e{one}" for one in range(len(table))], policy=None, market=None)


def _period(rng: np.random.Generator, kind: str, side: int, audits: int) -> dict[str, pd.DataFrame]:
    shared = np.repeat(np.arange(audits // 3), 3)
    known = audits // 3
    item = np.concatenate([np.arange(audits), audits + shared, audits + audits // 3 + np.arange(known)])
    rows = _work(rng, kind, side, item)
    rows["is_gold"] = np.arange(len(rows)) >= audits + len(shared)
    rows["blind"] = np.arange(len(rows)) >= audits
    audited = rows.iloc[:audits].reset_index(drop=True)
    gold = rows[rows["is_gold"]].assign(gold_label=LABELS[rows.loc[rows["is_gold"], "truth"]])
    return {
        "decisions": rows.drop(columns=["truth", "code"]),
        "audits": _audited(rng, kind, side, audited),
        "gold_decisions": gold.drop(columns=["truth", "code"]),
        "disputes": _disputes(rng, side),
    }


def _work(rng: np.random.Generator, kind: str, side: int, item: np.ndarray) -> pd.DataFrame:
    """Decisions, each with the item's truth and the label given."""
    items, n = int(item.max()) + 1, len(item)
    policy, market, truth = (rng.integers(0, size, items)[item] for size in (4, 2, len(LABELS)))
    labeler = (rng.integers(0, PEOPLE, n) + 7 * np.arange(n)) % PEOPLE
    hour, overtime = rng.integers(8, 20, n), rng.random(n) < 0.15
    day = rng.integers(0, DAYS, n)
    inside = (policy == 0) & (market == 0) & (side == 1)
    new = labeler % 5 == 0
    version = np.where((rng.random(n) < 0.4) & (side == 1) & (kind == "tool version"), "t2", "t1")
    guess_wrong = rng.random(items)[item] < 0.12
    guess = np.where(guess_wrong, (truth + 1 + rng.integers(0, 4, items)[item]) % 5, truth)
    skill = np.exp(np.random.default_rng(7).normal(0, 0.5, PEOPLE))[labeler]
    base = np.where((policy == 0) & (market == 0) & (kind == "lenient auditor"), 5 * BASE, BASE)
    wrong = rng.random(n) < np.minimum(base * skill, 0.6)
    label = np.where(wrong, (truth + 1 + rng.integers(0, 4, n)) % 5, truth)
    follows = guess_wrong & (rng.random(n) < 0.1)
    label = np.where(follows, guess, label)
    technical = rng.random(n) < 0.003
    draw = rng.random(n)
    weak = skill > np.median(skill)
    on_pair = (truth == PAIR[0]) | (truth == PAIR[1])
    swapped = np.where(truth == PAIR[0], PAIR[1], PAIR[0])
    if kind == "guideline":
        label = np.where(inside & on_pair & (draw < MORE / 0.4), swapped, label)
    elif kind == "confusion":
        label = np.where(inside & on_pair & weak & (draw < MORE / 0.2), swapped, label)
    elif kind == "model followed":
        label = np.where(inside & guess_wrong & (draw < MORE / 0.12), guess, label)
    chance = {
        "slips": MORE, "slips as a tool is released": MORE, "late hours": (hour >= 17) * MORE * 4,
        "overtime": overtime * MORE / 0.15, "new people": new * MORE * 5,
        "tool version": (version == "t2") * MORE / 0.4,
        "tool and new people": new * MORE * 2.5,
    }.get(kind, 0.0)  # fmt: skip
    label = np.where(inside & (draw < chance), (truth + 1 + rng.integers(0, 4, n)) % 5, label)
    if kind in ("technical errors", "tool and new people"):
        technical |= inside & (rng.random(n) < (MORE if kind == "technical errors" else MORE / 2))
    label = np.where(technical, (truth + 1) % 5, label)
    at = pd.to_datetime(START + dt.timedelta(DAYS * side)) + pd.to_timedelta(day, "D")
    arrived = pd.DatetimeIndex(at, tz="UTC") + pd.to_timedelta(hour, "h")
    return pd.DataFrame(
        {
            "decision_id": [f"{side}-{one}" for one in range(n)], "item_id": [f"{side}-{one}" for one in item],
            "labeler_id": [f"L{one}" for one in labeler], "label": LABELS[label], "truth": truth, "code": technical,
            "policy": [f"p{one}" for one in policy], "market": np.array(["ID", "MY"])[market], "work_date": at,
            "local_hour": hour, "overtime": overtime, "tool_version": version, "model_label": LABELS[guess],
            "arrived_at": arrived, "submitted_at": arrived + pd.to_timedelta(rng.exponential(60, n), "m"),
        }
    )  # fmt: skip


def _audited(rng: np.random.Generator, kind: str, side: int, rows: pd.DataFrame) -> pd.DataFrame:
    """Auditors find 95 % of the errors and see one where there is none in 0.6 %; some change in the segment."""
    n = len(rows)
    auditor = rng.integers(0, AUDITORS, n)
    inside = ((rows["policy"] == "p0") & (rows["market"] == "ID")).to_numpy() & (side == 1)
    given = np.searchsorted(LABELS, rows["label"].to_numpy(str))
    truth = rows["truth"].to_numpy()
    other = (given + 1 + rng.integers(0, 4, n)) % 5
    catch = np.where((kind == "lenient auditor") & inside & (auditor == 0), 0.1, 0.95)
    verdict = np.where((given != truth) & (rng.random(n) < catch), truth, given)
    alarm = np.full(n, 0.006)
    alarm += inside * {"all auditors stricter": MORE}.get(kind, 0.0)
    alarm += inside * (auditor == 0) * {"strict auditor": MORE * AUDITORS}.get(kind, 0.0)
    seen = np.where((given == truth) & (rng.random(n) < alarm), other, verdict)
    misread = (kind == "auditor on one pair") & inside & (auditor == 0) & np.isin(given, PAIR)
    seen = np.where(misread & (rng.random(n) < 0.9), np.where(given == PAIR[0], PAIR[1], PAIR[0]), seen)
    technical = rows["code"].to_numpy(bool) & (seen != given)
    return rows.drop(columns=["truth", "code", "is_gold"]).assign(
        audit_id=[f"a{side}-{one}" for one in range(n)],
        auditor_id=[f"A{one}" for one in auditor],
        audit_label=LABELS[seen],
        correct=seen == given,
        purpose="random",
        error_type=np.where(seen == given, None, np.where(technical, "technical", "wrong_selection")),
    )


def _disputes(rng: np.random.Generator, side: int) -> pd.DataFrame:
    asked = rng.choice(6000, 40, replace=False)
    outcome = rng.choice(["upheld", "overturned"], 40)
    return pd.DataFrame({"audit_id": [f"a{side}-{one}" for one in asked], "outcome": outcome})
