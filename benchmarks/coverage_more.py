"""The rest of the coverage study: corrections for imperfect gold and auditors, and people compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy import special

from smo_reports.stats.correction import Corrected, auditor_corrected, gold_corrected, reaudit_corrected
from smo_reports.stats.funnel import Work, found_beyond, overdispersion, scores
from smo_reports.stats.intervals import share_interval
from smo_reports.stats.shrinkage import shrunk_shares

Part = tuple[float, int]
"""A true share, and of how many rows it is estimated."""


@cache
def _estimate(hits: int, n: int) -> tuple[float, float, float]:
    low, high = share_interval(hits / n, n)
    return hits / n, float(low), float(high)


def covered(correct: Callable[..., Corrected], parts: tuple[Part, ...], truth: float, draws: int) -> tuple[float, ...]:
    """Coverage and mean width in per cent, and the mean corrected value, of simple samples of each part."""
    rng = np.random.default_rng([round(1e4 * truth), *(n for _, n in parts), *(round(1e4 * p) for p, _ in parts)])
    hits = np.stack([rng.binomial(n, p, draws) for p, n in parts], axis=1)
    distinct, times = np.unique(hits, axis=0, return_counts=True)
    found = [correct(*(_estimate(int(x), n) for x, (_, n) in zip(row, parts, strict=True))) for row in distinct]
    ends = np.array([(one.low, one.high, one.value) for one in found])
    held = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    share = times / draws
    return (
        100 * float(share @ held),
        100 * float(share @ np.nan_to_num(ends[:, 1] - ends[:, 0])),
        float(share @ np.nan_to_num(ends[:, 2])),
    )


def corrections(draws: int) -> list[str]:
    """Coverage of each correction over a grid."""
    lines = ["## Corrections", ""]
    gold = [(t, g, n, m) for t in (0.8, 0.95, 0.99) for g in (0.9, 0.97, 0.99) for n in (200, 1000) for m in (100, 400)]
    lines += [
        "### Imperfect gold",
        "",
        "| true share | gold right | n | re-adjudicated gold | coverage / width | mean |",
    ]
    lines += ["|--:|--:|--:|--:|--:|--:|"]
    for truth, g, n, m in gold:
        seen = truth * g + (1 - truth) * (1 - g)
        found = covered(gold_corrected, ((seen, n), (g, m)), truth, draws)
        lines += [f"| {truth} | {g} | {n:,} | {m} | {found[0]:.1f} / {found[1]:.3g} | {found[2]:.4f} |"]
    lines += ["", "### Imperfect auditors: sensitivity and specificity", ""]
    lines += ["| true share | sensitivity | specificity | n | wrong, right re-audited | coverage / width | mean |"]
    lines += ["|--:|--:|--:|--:|--:|--:|--:|"]
    rates = [(t, a, b, n, w, r) for t in (0.8, 0.95) for a, b in ((0.95, 0.994), (0.8, 0.98)) for n in (200, 1000)
             for w, r in ((30, 200), (100, 500))]  # fmt: skip
    for truth, finds, spares, n, w, r in rates:
        seen = truth * spares + (1 - truth) * (1 - finds)
        found = covered(auditor_corrected, ((seen, n), (finds, w), (spares, r)), truth, draws)
        lines += [
            f"| {truth} | {finds} | {spares} | {n:,} | {w}, {r} | {found[0]:.1f} / {found[1]:.3g} | {found[2]:.4f} |"
        ]
    lines += ["", "### Imperfect auditors: both verdicts re-audited", ""]
    lines += ["| true share | sensitivity | specificity | n | wrong, right re-audited | coverage / width | mean |"]
    lines += ["|--:|--:|--:|--:|--:|--:|--:|"]
    for truth, finds, spares, n, w, r in rates:
        seen = truth * spares + (1 - truth) * (1 - finds)
        upheld, cleared = truth * spares / seen, truth * (1 - spares) / (1 - seen)
        found = covered(reaudit_corrected, ((seen, n), (upheld, r), (cleared, w)), truth, draws)
        lines += [
            f"| {truth} | {finds} | {spares} | {n:,} | {w}, {r} | {found[0]:.1f} / {found[1]:.3g} | {found[2]:.4f} |"
        ]
    return [*lines, ""]


def named(n: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Who is named among people with audits and hits by kind of work, shape (people, kinds): -1, 0 or 1."""
    rate = hits.sum(axis=0) / n.sum(axis=0)
    people = [Work(one, rate, int(right.sum())) for one, right in zip(n, hits, strict=True)]
    score = np.array([scores(work)[work.hits] for work in people])
    return np.where(found_beyond(score, overdispersion(score)), np.sign(score), 0)


def people(worlds: int) -> list[str]:
    """Whom the comparison names in teams of sixty, and how often shrunk shares' intervals hold the truth."""
    lines = ["## People compared", "", f"Sixty people, {worlds:,} worlds each.", ""]
    lines += ["| team | worlds in which somebody is named | named, per cent of all | of those that differ, found |"]
    lines += ["|---|--:|--:|--:|"]
    for name, make in _TEAMS.items():
        rng = np.random.default_rng(list(name.encode()))
        some, of_all, found, differ = 0, 0, 0, 0
        for _ in range(worlds):
            n, skill, other = make(rng)
            who = named(n, rng.binomial(n, skill))
            some, of_all = some + bool(who.any()), of_all + int((who != 0).sum())
            found, differ = found + int((who == other)[other != 0].sum()), differ + int((other != 0).sum())
        shown = f"{100 * found / differ:.1f} %" if differ else "–"
        lines += [f"| {name} | {100 * some / worlds:.1f} % | {100 * of_all / worlds / 60:.2f} % | {shown} |"]
    lines += ["", "| shrunk shares, 60 people of 100 audits, mean .93 | people hold | width | unshrunk width |"]
    lines += ["|---|--:|--:|--:|"]
    for spread in (0.0, 0.02, 0.05):
        lines += [_shrunk(spread, worlds)]
    return [*lines, ""]


def _shrunk(spread: float, worlds: int) -> str:
    rng = np.random.default_rng([round(1000 * spread), 5])
    held, width, plain = 0.0, 0.0, 0.0
    for _ in range(worlds):
        strength = 0.93 * 0.07 / spread**2 - 1 if spread else 0.0
        truth = rng.beta(0.93 * strength, 0.07 * strength, 60) if spread else np.full(60, 0.93)
        hits = rng.binomial(100, truth)
        found = shrunk_shares(hits, np.full(60, 100), np.full(60, hits.sum() / 6000))
        held += float(np.mean((found.low <= truth) & (truth <= found.high)))
        width += float(np.mean(found.high - found.low))
        low, high = share_interval(hits / 100, np.full(60, 100))
        plain += float(np.mean(high - low))
    parts = (100 * total / worlds for total in (held, width, plain))
    return (
        f"| people's standard deviation {100 * spread:g} points | " + " | ".join(f"{part:.1f}" for part in parts) + " |"
    )


Team = tuple[np.ndarray, np.ndarray, np.ndarray]


def _alike(each: int, skill: float) -> Callable[[np.random.Generator], Team]:
    return lambda rng: (np.full((60, 1), each), np.full((60, 1), skill), np.zeros(60))


def _uneven(rng: np.random.Generator) -> Team:
    return np.round(np.geomspace(30, 600, 60)).astype(int)[:, None], np.full((60, 1), 0.95), np.zeros(60)


def _mixed(rng: np.random.Generator) -> Team:
    """Three kinds of work, of which one goes wrong six times as often; everybody has a mix of their own."""
    mix = rng.dirichlet([0.6, 0.6, 0.6], 60)
    return np.stack([rng.multinomial(120, own) for own in mix]), np.tile([0.98, 0.95, 0.85], (60, 1)), np.zeros(60)


def _worse(each: int, usual: float, skill: float, who: int) -> Callable[[np.random.Generator], Team]:
    def make(rng: np.random.Generator) -> Team:
        other = np.r_[np.full(who, -1), np.zeros(60 - who)]
        return np.full((60, 1), each), np.where(other < 0, skill, usual)[:, None], other

    return make


def _spread(each: int, spread: float) -> Callable[[np.random.Generator], Team]:
    def make(rng: np.random.Generator) -> Team:
        skill = special.expit(special.logit(0.94) + spread * rng.standard_normal(60))
        return np.full((60, 1), each), skill[:, None], np.zeros(60)

    return make


_TEAMS: dict[str, Callable[[np.random.Generator], Team]] = {
    "alike, 30 audits each, .97 right": _alike(30, 0.97),
    "alike, 60 audits each, .98 right": _alike(60, 0.98),
    "alike, 100 audits each, .95 right": _alike(100, 0.95),
    "alike, 500 audits each, .9 right": _alike(500, 0.9),
    "alike, 30 to 600 audits, .95 right": _uneven,
    "alike, 120 audits of different mixes of easy and hard work": _mixed,
    "two of sixty at .85, the others at .96, 100 audits each": _worse(100, 0.96, 0.85, 2),
    "one of sixty at .75, the others at .97, 60 audits each": _worse(60, 0.97, 0.75, 1),
    "everybody somewhat different (log odds spread by .5), 300 audits each": _spread(300, 0.5),
    "everybody very different (log odds spread by 1), 300 audits each": _spread(300, 1.0),
}
