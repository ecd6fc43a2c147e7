"""Audited labels with a known reason for the change of their accuracy, or with none: what the search is judged on.

Every seed draws another operation: other numbers of values, other hard policies, correlated columns (language follows
market, severity follows policy), labelers within teams within vendors, skills that differ between labelers, pairs of
policy and market that are hard by nature. Nothing of the search is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Segment = dict[str, str]

DIMENSIONS = (
    "policy",
    "market",
    "queue",
    "language",
    "content_type",
    "severity",
    "vendor",
    "team",
    "cohort",
    "tool_version",
    "auditor_id",
    "shift",
)


@dataclass(frozen=True)
class Cause:
    """What was planted: the segment, empty for everywhere, and of which kind it is."""

    segment: Segment
    kind: str = "rate"
    effect: float = float("nan")


@dataclass(frozen=True)
class Scenario:
    """Rows of two periods, and the truth about them.

    ``mix`` and ``rate`` are what composition and rates of all work did to its expected accuracy; ``measured`` what the
    way of auditing did to it beside them. ``population`` holds all decisions where audits were not drawn evenly, or
    ``weight`` names the column that says how many decisions each audit stands for.
    """

    name: str
    rows: pd.DataFrame
    causes: tuple[Cause, ...]
    mix: float
    rate: float
    measured: float = 0.0
    population: pd.DataFrame | None = None
    weight: str | None = None


@dataclass
class Operation:
    """One drawn operation: shares of the values, their difficulty, its labelers."""

    random: np.random.Generator
    sizes: dict[str, int]
    shares: dict[str, Floats]
    logits: dict[str, Floats]
    pairs: Floats
    labelers: pd.DataFrame
    drift: float
    base: float
    follow: Mapping[str, Codes] = field(default_factory=dict)


def operation(seed: int, drift: float | None = None) -> Operation:
    """Draw an operation: 50 to 150 labelers, 12 columns, an accuracy of about 0.86 to 0.95."""
    random = np.random.default_rng(seed)
    sizes = {
        "policy": int(random.integers(5, 11)),
        "market": int(random.integers(4, 9)),
        "queue": int(random.integers(3, 6)),
        "content_type": int(random.integers(3, 7)),
        "severity": 3,
        "vendor": int(random.integers(2, 5)),
        "cohort": int(random.integers(4, 8)),
        "tool_version": int(random.integers(2, 4)),
        "auditor_id": int(random.integers(8, 16)),
        "shift": int(random.integers(3, 7)),
    }
    sizes["language"] = sizes["market"]
    people = int(random.integers(50, 151))
    sizes["team"] = max(sizes["vendor"] * int(random.integers(2, 5)), 4)
    shares = {name: random.dirichlet(np.full(size, 6.0)) for name, size in sizes.items()}
    spread = {"policy": 0.45, "market": 0.25, "content_type": 0.25, "severity": 0.3, "queue": 0.15}
    logits = {name: random.normal(0, spread.get(name, 0.05), size) for name, size in sizes.items()}
    hard = random.random((sizes["policy"], sizes["market"])) < 0.12
    team = random.integers(0, sizes["team"], people)
    labelers = pd.DataFrame(
        {
            "team": team,
            "vendor": team % sizes["vendor"],
            "cohort": random.integers(0, sizes["cohort"], people),
            "skill": random.normal(0, random.uniform(0.15, 0.4), people),
            "volume": random.gamma(4.0, 1.0, people),
        }
    )
    return Operation(
        random,
        sizes,
        shares,
        logits,
        np.where(hard, random.normal(-0.7, 0.2, hard.shape), 0.0),
        labelers,
        random.uniform(0.0, 0.1) if drift is None else drift,
        random.uniform(2.0, 3.0),
        {
            "language": random.permutation(sizes["market"]),
            "severity": random.integers(0, 3, sizes["policy"]),
        },
    )


def _work(world: Operation, count: int, shares: Mapping[str, Floats]) -> dict[str, Codes]:
    """Draw the columns of some work: language mostly follows market, severity policy, shift the vendor."""
    random = world.random
    drawn = {
        name: random.choice(world.sizes[name], count, p=shares[name])
        for name in ("policy", "market", "queue", "content_type", "tool_version", "auditor_id", "shift")
    }
    other = random.random(count) < 0.08
    drawn["language"] = np.where(
        other, random.integers(0, world.sizes["language"], count), world.follow["language"][drawn["market"]]
    )
    other = random.random(count) < 0.3
    drawn["severity"] = np.where(other, random.integers(0, 3, count), world.follow["severity"][drawn["policy"]])
    return drawn


def _people(world: Operation, count: int, who: npt.NDArray[np.bool_] | None = None) -> dict[str, Codes]:
    volume = world.labelers["volume"].to_numpy() * (1 if who is None else who)
    labeler = world.random.choice(len(volume), count, p=volume / volume.sum())
    return {
        "labeler_id": labeler,
        **{name: world.labelers[name].to_numpy()[labeler] for name in ("team", "vendor", "cohort")},
    }


def _logit(world: Operation, drawn: Mapping[str, Codes], drifted: Floats | None = None) -> Floats:
    found = np.full(len(drawn["policy"]), world.base)
    for name, values in world.logits.items():
        found += values[np.minimum(drawn[name], len(values) - 1)]
    found += world.pairs[drawn["policy"], np.minimum(drawn["market"], world.sizes["market"] - 1)]
    found += world.labelers["skill"].to_numpy()[drawn["labeler_id"]]
    if drifted is not None:
        found += drifted[drawn["labeler_id"]]
    return found


def _right(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logit)))


Change = Callable[["Draft"], None]


@dataclass
class Draft:
    """Two periods being made: the work of both, and how likely each label is right."""

    world: Operation
    before: dict[str, Codes]
    after: dict[str, Codes]
    right_before: Floats
    right_after: Floats
    causes: list[Cause] = field(default_factory=list)
    mix: float = 0.0
    measured: float = 0.0
    population: pd.DataFrame | None = None

    def rows_of(self, segment: Mapping[str, int]) -> npt.NDArray[np.bool_]:
        """Which rows afterwards the segment covers."""
        found = np.ones(len(self.right_after), bool)
        for name, value in segment.items():
            found &= self.after[name] == value
        return found

    def plant(self, segment: Mapping[str, int], points: float, kind: str = "rate") -> None:
        """Move the accuracy of a segment so that the whole moves by so many points; it is a cause from now on."""
        inside = self.rows_of(segment)
        moved = points / 100 / inside.mean()
        old = self.right_after[inside]
        self.right_after[inside] = np.clip(old + moved, 0.02, 0.998)
        effect = (self.right_after[inside] - old).sum() / len(inside)
        self.causes.append(Cause({name: _name(name, value) for name, value in segment.items()}, kind, effect))
        if kind == "measurement":
            self.measured += effect


def _name(column: str, value: int) -> str:
    return f"{column[:2]}{value:03d}"


def draft(seed: int, count: int, drift: float | None = None, shares: Mapping[str, Floats] | None = None) -> Draft:
    """Draw two periods of an operation in which nothing happened but the labelers' own drift."""
    world = operation(seed, drift)
    half = count // 2
    before = {**_work(world, half, world.shares), **_people(world, half)}
    after = {**_work(world, half, {**world.shares, **(shares or {})}), **_people(world, half)}
    drifted = world.random.normal(0, world.drift, len(world.labelers))
    return Draft(world, before, after, _right(_logit(world, before)), _right(_logit(world, after, drifted)))


def finish(name: str, made: Draft, mix: float = 0.0) -> Scenario:
    """Draw whether each label was right, and write the rows down."""
    random = made.world.random
    tables = []
    for period, drawn, right in (("A", made.before, made.right_before), ("B", made.after, made.right_after)):
        columns = {key: _named(key, drawn[key]) for key in (*DIMENSIONS, "labeler_id")}
        tables.append(pd.DataFrame({"period": period, **columns, "correct": random.random(len(right)) < right}))
    whole = float(made.right_after.mean() - made.right_before.mean())
    rows = pd.concat(tables, ignore_index=True)
    rate = whole - mix - made.measured
    return Scenario(name, rows, tuple(made.causes), mix, rate, made.measured, made.population)


def _named(column: str, values: Codes) -> pd.Categorical:
    names = [_name(column, value) for value in range(int(values.max()) + 1)]
    return pd.Categorical.from_codes(values, names)


def _expected(world: Operation, shares: Mapping[str, Floats], count: int = 400_000) -> float:
    """Draw much work to learn how accurate it is in expectation: the truth about a mix."""
    drawn = {**_work(world, count, shares), **_people(world, count)}
    return float(_right(_logit(world, drawn)).mean())


def _pick(made: Draft, names: tuple[str, ...], least: float, most: float) -> dict[str, int]:
    """Draw a segment of these columns with a share in the bounds, or with the share nearest to them."""
    random = made.world.random
    best: tuple[float, dict[str, int]] = (np.inf, {})
    for _ in range(60):
        segment = {name: int(made.after[name][random.integers(len(made.right_after))]) for name in names}
        share = made.rows_of(segment).mean()
        off = max(least - share, share - most, 0.0)
        if off < best[0]:
            best = (off, segment)
        if off == 0:
            break
    return best[1]


# No cause.


def independent(seed: int, count: int) -> Scenario:
    """Nothing happened, and labelers do not drift."""
    return finish("independent", draft(seed, count, drift=0.0))


def drifting(seed: int, count: int) -> Scenario:
    """Labelers drift a little, and a tool and a model were rolled out that change nothing that matters."""
    random = np.random.default_rng(seed + 77)
    made = draft(seed, count, drift=float(random.uniform(0.05, 0.2)))
    new = made.world.sizes["tool_version"]
    rolled = random.random(len(made.right_after)) < random.uniform(0.2, 0.8)
    made.after["tool_version"] = np.where(rolled, new, made.after["tool_version"])
    return finish("drifting", made)


def wobble(seed: int, count: int) -> Scenario:
    """The mix of policies, markets, queues and content moves by a few percent of each share."""
    world = operation(seed)
    random = np.random.default_rng(seed + 99)
    shares = {}
    for name in ("policy", "market", "queue", "content_type"):
        moved = world.shares[name] * np.exp(random.normal(0, 0.05, world.sizes[name]))
        shares[name] = moved / moved.sum()
    mix = _expected(world, {**world.shares, **shares}) - _expected(operation(seed), world.shares)
    return finish("wobble", draft(seed, count, shares=shares), mix)


def weighted(seed: int, count: int) -> Scenario:
    """Nothing happened, but audits are drawn unevenly, in each period by another plan; their weights say how."""
    world = operation(seed)
    random = np.random.default_rng(seed + 55)
    drawn, weights = [], []
    for _ in range(2):
        plan = {name: world.shares[name] * random.uniform(1, 6, world.sizes[name]) for name in _PLANNED}
        plan = {name: shares / shares.sum() for name, shares in plan.items()}
        work = _work(world, count // 2, {**world.shares, **plan})
        drawn.append({**work, **_people(world, count // 2)})
        each = np.prod([(world.shares[name] / plan[name])[work[name]] for name in _PLANNED], axis=0)
        weights.append(20 * each)
    drifted = world.random.normal(0, world.drift, len(world.labelers))
    right = [_right(_logit(world, drawn[0])), _right(_logit(world, drawn[1], drifted))]
    made = finish("weighted", Draft(world, *drawn, *right))
    before, after = (np.average(own, weights=each) for own, each in zip(right, weights, strict=True))
    rows = made.rows.assign(stands_for=np.concatenate(weights))
    return replace(made, rows=rows, rate=float(after - before), weight="stands_for")


_PLANNED = ("policy", "queue", "content_type")


def weighted_few(seed: int, count: int) -> Scenario:
    """The same with few audits."""
    return replace(weighted(seed, min(count, 2_000)), name="weighted_few")


NO_CAUSE = {
    "independent": independent,
    "drifting": drifting,
    "wobble": wobble,
    "weighted": weighted,
    "weighted_few": weighted_few,
}

# Causes of about one point.


def cohort(seed: int, count: int) -> Scenario:
    """New labelers of a new cohort, with little skill."""
    made = draft(seed, count)
    random = made.world.random
    people, new = len(made.world.labelers), int(random.integers(8, 25))
    joined = random.random(len(made.right_after)) < random.uniform(0.08, 0.25)
    fresh = people + random.integers(0, new, len(joined))
    made.after["labeler_id"] = np.where(joined, fresh, made.after["labeler_id"])
    made.after["cohort"] = np.where(joined, made.world.sizes["cohort"], made.after["cohort"])
    where = random.integers(0, made.world.sizes["vendor"])
    made.after["vendor"] = np.where(joined, where, made.after["vendor"])
    skill = random.normal(0, 0.02, new)
    made.right_after = np.clip(
        made.right_after + np.where(joined, skill[np.clip(fresh - people, 0, new - 1)], 0.0), 0.02, 0.998
    )
    made.plant({"cohort": made.world.sizes["cohort"]}, -_about_one(made))
    return finish("cohort", made)


def policy_market(seed: int, count: int) -> Scenario:
    """A guideline changed for one policy in one market."""
    made = draft(seed, count)
    made.plant(_pick(made, ("policy", "market"), 0.02, 0.15), -_about_one(made))
    return finish("policy_market", made)


def new_tool(seed: int, count: int) -> Scenario:
    """A new tool version with a fault."""
    made = draft(seed, count)
    random, new = made.world.random, made.world.sizes["tool_version"]
    rolled = random.random(len(made.right_after)) < random.uniform(0.15, 0.6)
    made.after["tool_version"] = np.where(rolled, new, made.after["tool_version"])
    made.plant({"tool_version": new}, -_about_one(made))
    return finish("new_tool", made)


def strict_auditor(seed: int, count: int) -> Scenario:
    """One auditor, whose work is assigned at random, calls more wrong than before."""
    made = draft(seed, count)
    made.plant(_pick(made, ("auditor_id",), 0.04, 0.2), -_about_one(made), "measurement")
    return finish("strict_auditor", made)


def three_way(seed: int, count: int) -> Scenario:
    """One kind of content, in one policy and one market."""
    made = draft(seed, count)
    made.plant(_pick(made, ("policy", "market", "content_type"), 0.015, 0.08), -_about_one(made))
    return finish("three_way", made)


def two_causes(seed: int, count: int) -> Scenario:
    """Two that have nothing to do with each other."""
    made = draft(seed, count)
    made.plant(_pick(made, ("policy", "queue"), 0.03, 0.2), -_about_one(made))
    made.plant(_pick(made, ("team",), 0.04, 0.2), -_about_one(made))
    return finish("two_causes", made)


def nested(seed: int, count: int) -> Scenario:
    """A market got worse, and one policy in it more."""
    made = draft(seed, count)
    market = _pick(made, ("market",), 0.1, 0.35)
    policy = int(made.world.random.integers(0, made.world.sizes["policy"]))
    made.plant(market, -_about_one(made))
    made.plant({**market, "policy": policy}, -_about_one(made))
    return finish("nested", made)


def bad_labelers(seed: int, count: int) -> Scenario:
    """Two to four labelers do much worse than before."""
    made = draft(seed, count)
    random = made.world.random
    busy = made.world.labelers["volume"].to_numpy() > np.median(made.world.labelers["volume"])
    chosen = random.choice(np.flatnonzero(busy), int(random.integers(2, 5)), replace=False)
    for labeler in chosen:
        made.plant({"labeler_id": int(labeler)}, -1.2 / len(chosen))
    return finish("bad_labelers", made)


def offsetting(seed: int, count: int) -> Scenario:
    """One segment lost what another gained: the whole hardly moves."""
    made = draft(seed, count)
    size = _about_one(made)
    made.plant(_pick(made, ("policy",), 0.06, 0.3), -size)
    for _ in range(50):
        segment = _pick(made, ("market", "queue"), 0.03, 0.2)
        room = (0.998 - made.right_after[made.rows_of(segment)]).sum() / len(made.right_after)
        if room > 0.012:
            break
    made.plant(segment, size)
    return finish("offsetting", made)


def mix_only(seed: int, count: int) -> Scenario:
    """The hardest policy's share grew."""
    made, mix, cause = _harder(seed, count)
    made.causes.append(cause)
    return finish("mix_only", made, mix)


def mix_and_rate(seed: int, count: int) -> Scenario:
    """The hardest policy's share grew, and a market got worse."""
    made, mix, cause = _harder(seed, count)
    made.causes.append(cause)
    made.plant(_pick(made, ("market", "content_type"), 0.03, 0.2), -_about_one(made))
    return finish("mix_and_rate", made, mix)


def simpson(seed: int, count: int) -> Scenario:
    """Everything got a little better, and the whole worse: the hardest policy's share grew."""
    made, mix, cause = _harder(seed, count, points=2.0)
    made.causes.append(cause)
    made.plant({}, 1.0)
    return finish("simpson", made, mix)


def _harder(seed: int, count: int, points: float = 1.0) -> tuple[Draft, float, Cause]:
    """Raise the share of the policy that is hardest by far until the mix alone costs so many points."""
    world = operation(seed)
    hard = int(np.argmin(world.logits["policy"]))
    world.logits["policy"][hard] = min(world.logits["policy"][hard], -0.9)
    drawn = {**_work(world, 200_000, world.shares), **_people(world, 200_000)}
    right = _right(_logit(world, drawn))
    inside = drawn["policy"] == hard
    old = world.shares["policy"][hard]
    grown = min(old + points / 100 / float(right[~inside].mean() - right[inside].mean()), 0.7)
    moved = world.shares["policy"] * (1 - grown) / (1 - old)
    moved[hard] = grown
    shares = {**world.shares, "policy": moved}
    mix = float((grown - old) * (right[inside].mean() - right[~inside].mean()))
    half = count // 2
    before = {**_work(world, half, world.shares), **_people(world, half)}
    after = {**_work(world, half, shares), **_people(world, half)}
    drifted = world.random.normal(0, world.drift, len(world.labelers))
    made = Draft(world, before, after, _right(_logit(world, before)), _right(_logit(world, after, drifted)))
    return made, mix, Cause({"policy": _name("policy", hard)}, "mix", mix)


def sampling_shift(seed: int, count: int) -> Scenario:
    """The audits were drawn more from the hardest policy: the work itself did not change."""
    made, mix, cause = _harder(seed, count)
    world = made.world
    made.causes.append(Cause(cause.segment, "measurement", mix))
    made.measured = mix
    size = 4 * len(made.right_before)
    tables = []
    for period in ("A", "B"):
        drawn = {**_work(world, size, world.shares), **_people(world, size)}
        columns = {name: _named(name, drawn[name]) for name in DIMENSIONS if name != "auditor_id"}
        tables.append(pd.DataFrame({"period": period, **columns}))
    made.population = pd.concat(tables, ignore_index=True)
    return finish("sampling_shift", made)


def everywhere(seed: int, count: int) -> Scenario:
    """All got worse alike."""
    made = draft(seed, count)
    made.plant({}, -_about_one(made) - 0.2)
    return finish("everywhere", made)


def _about_one(made: Draft) -> float:
    return float(made.world.random.uniform(0.85, 1.25))


CAUSES = {
    "cohort": cohort,
    "policy_market": policy_market,
    "new_tool": new_tool,
    "strict_auditor": strict_auditor,
    "three_way": three_way,
    "two_causes": two_causes,
    "nested": nested,
    "bad_labelers": bad_labelers,
    "offsetting": offsetting,
    "mix_only": mix_only,
    "mix_and_rate": mix_and_rate,
    "simpson": simpson,
    "sampling_shift": sampling_shift,
    "everywhere": everywhere,
}
