"""The parts of a change: mix, rate and measurement, which add up to it, and the shares that moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smo_reports.analyses.came_and_went import brought_in, came_and_went, left_behind
from smo_reports.analyses.encoded import Encoded, Everything
from smo_reports.analyses.finding import Finding, Kind, named
from smo_reports.analyses.halfway import Halfway
from smo_reports.analyses.parts import Part
from smo_reports.analyses.roles import Roles
from smo_reports.stats.composition import Composition, Shifted, shifted
from smo_reports.stats.cuboids import Bools, Codes, Floats
from smo_reports.stats.intervals import normal_quantile
from smo_reports.stats.labeler_drift import drift
from smo_reports.stats.segment_fit import Known, Rows, fit
from smo_reports.stats.segment_hunt import Found
from smo_reports.stats.segment_search import Search
from smo_reports.stats.sums import inner


@dataclass(frozen=True)
class Moved:
    """A segment whose rate moved, measured on all rows.

    Attributes
    ----------
    found : Found
    rows : Rows
    shift, error : float
        Of its rate, beyond the other findings, and the standard error.
    corrected : tuple of float
        The shift and its interval, corrected for having been searched for.
    share : float
        Its share of the rows afterwards.
    judges : bool
        It names who judged, and they were assigned at random.
    """

    found: Found
    rows: Rows
    shift: float
    error: float
    corrected: tuple[float, float, float]
    share: float
    judges: bool


@dataclass(frozen=True)
class Decomposed:
    """The parts of a change.

    Attributes
    ----------
    parts : tuple of Part
    findings : tuple of Finding
        Of shares that changed, of work and of audits.
    noise : float
        The standard error of the whole change.
    came_and_went : tuple of (str, object, str)
        Column, value, and *entered* or *left*, of work that was there in one period only.
    """

    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    noise: float
    came_and_went: tuple[tuple[str, object, str], ...]


def decomposed(
    read: Encoded, roles: Roles, looked: Search, moved: Sequence[Moved], everything: Everything | None, floor: float
) -> Decomposed:
    """Split the change of the whole into what mix, rates and measurement did.

    Parameters
    ----------
    read : Encoded
    roles : Roles
    looked : Search
    moved : sequence of Moved
    everything : Everything or None
        All work; None: the audited rows are all that is known of the mix.
    floor : float
        A share that moved the whole by less is not named.

    Notes
    -----
    Each row is given the rate that its columns' values had on average over both periods (Kitagawa 1955, JASA
    50:1168-1194, with a model of each period in place of cells). The mix is the difference of its means. A value that
    is new has no rate of before: what it does is never mix. Judges that were assigned at random get the same work, so
    what their own shares and verdicts did is measurement.
    """
    halfway = Halfway.of(read.data, looked, roles.work)
    audited, worked = _compositions(read, roles, halfway, everything)
    sampling = (audited[1].mean - audited[0].mean) - (worked[1].mean - worked[0].mean)
    known = [column for column in roles.mixed if len(worked[0].codes[column])]
    learnt = halfway.unknown(*worked, known)
    drawn_error = 0.0 if everything is None else float(np.sqrt(audited[0].variance + audited[1].variance + learnt))
    drawn = roles.drawn(read.data)
    by_judges, judges_error = _by_judges(read, halfway, moved, drawn)
    rate_error = _rate_error(read, looked, moved)

    went = came_and_went(read, roles, everything)
    left = left_behind(worked[0], went, read, halfway, known)
    entered = brought_in(read, looked, went)
    mix = worked[1].mean - worked[0].mean - left.value
    # What stayed: without what left, whose rate and share are the other part's.
    learnt_of_rest = halfway.unknown(left.stayed, worked[1], known)
    mix_error = float(np.sqrt(left.stayed.variance + worked[1].variance + learnt_of_rest))
    measured = sampling + by_judges
    about = "all work" if everything is not None else "the audited work only"
    parts = [Part.of("mix", mix, mix_error, about)]
    for how, own in (("left", left), ("entered", entered)):
        names = [named(column, what) for column, what, which in went if which == how]
        if names:
            parts.append(Part.of(how, own.value, own.error, ", ".join(names)))
    sampled = everything is not None or read.data.weight is not None
    if drawn or (sampled and not roles.judges):
        about = "" if sampled and drawn else "the drawing of audits only" if sampled else "auditors only"
        measurement = Part.of("measurement", measured, float(np.hypot(drawn_error, judges_error)), about)
    else:
        # What is known of it, such as how audits were drawn, is not all of it: no interval would be right.
        measurement = Part("measurement", float(measured), float("nan"), float("nan"), "not separable")
    change = _mean(read, read.data.after) - _mean(read, ~read.data.after)
    rest = change - sum(part.value for part in parts) - measurement.value
    parts += [Part.of("rate", rest, float(np.hypot(rate_error, judges_error)), ""), measurement]

    sizes = [size + 1 for size in read.data.sizes]
    names_of = [len(values) for values in read.values]
    mixed = shifted(*worked, sizes, known, floor, looked.known.single, named=names_of)
    single = looked.known.single
    findings = [_of_share(read, one, "mix", single) for one in mixed]
    if abs(sampling) > max(floor, normal_quantile() * drawn_error):
        chosen = shifted(worked[1], audited[1], sizes, known, floor, looked.known.single, named=names_of)
        findings += [_of_share(read, one, "measurement", single) for one in chosen]
    noise = float(np.sqrt(rate_error**2 + audited[0].variance + audited[1].variance))
    return Decomposed(tuple(parts), tuple(findings), noise, tuple(went))


_Both = tuple[Composition, Composition]


def _compositions(read: Encoded, roles: Roles, halfway: Halfway, everything: Everything | None) -> tuple[_Both, _Both]:
    """Of the audited rows before and after, and of all work, with the rates of the columns that both have."""
    data = read.data
    columns = [column for column in roles.mixed if everything is None or len(everything.codes[column])]

    def of(codes: Sequence[Codes], period: Bools, weights: Floats, counted: bool) -> Composition:
        own = tuple(code[period] if len(code) else code for code in codes)
        rate = halfway.rates(own, columns, int(period.sum()))
        return Composition(own, rate, weights[period], counted)

    audited = tuple(of(data.codes, period, data.weights, False) for period in (~data.after, data.after))
    if everything is None:
        return (audited[0], audited[1]), (audited[0], audited[1])
    periods = (~everything.after, everything.after)
    worked = tuple(of(everything.codes, period, everything.weight, True) for period in periods)
    return (audited[0], audited[1]), (worked[0], worked[1])


def _by_judges(read: Encoded, halfway: Halfway, moved: Sequence[Moved], drawn: Sequence[int]) -> tuple[float, float]:
    """What judges who were assigned at random did: their shares of the audits, and their own verdicts; its error."""
    data, value, variance = read.data, 0.0, 0.0
    for column in drawn:
        was, now = (
            np.bincount(data.codes[column][period], data.weights[period], data.sizes[column])
            for period in (~data.after, data.after)
        )
        grown = now / now.sum() - was / was.sum()
        severity = (halfway.first.effects[column] + halfway.last.effects[column])[:-1] / 2
        value += inner(grown, severity)
        variance += (halfway.first.unknown({column: grown}) + halfway.last.unknown({column: grown})) / 4
    whole = float(data.weights[~data.after].sum())
    for one in moved:
        if one.judges:
            before = float(data.weights[one.rows.before].sum()) / whole if not one.rows.new else one.share
            share = (before + one.share) / 2
            value += one.shift * share
            variance += (one.error * share) ** 2
    return value, float(np.sqrt(variance))


def _rate_error(read: Encoded, looked: Search, moved: Sequence[Moved]) -> float:
    """The standard error of the change of the whole rate: single outcomes, and labelers as clusters."""
    data = read.data
    expected = looked.known.expected(data)
    for one in moved:
        expected = expected + one.shift * one.rows.after
    known = Known(expected, looked.known.level_error)
    whole = Rows(data.after, ~data.after, False)
    return float(fit(data, known, drift(data, expected), [whole]).error[0])


def _of_share(read: Encoded, one: Shifted, kind: Kind, single: float) -> Finding:
    """A changed share as a finding; its rates are known as well as its audits of both periods allow."""
    data = read.data
    inside = data.covered(one.segment)
    groups = [rows & period for rows in (inside, ~inside) for period in (data.after, ~data.after)]
    of_rates = single / 4 * sum(1 / max(float(data.weights[rows].sum()), 1.0) for rows in groups)
    reach = normal_quantile() * float(np.hypot(one.error, (one.share_after - one.share_before) * np.sqrt(of_rates)))
    return Finding(
        read.named(one.segment),
        kind,
        one.effect,
        one.effect - reach,
        one.effect + reach,
        _mean(read, inside & ~data.after),
        _mean(read, inside & data.after),
        int((inside & ~data.after).sum()),
        int((inside & data.after).sum()),
        one.share_after,
        share_before=one.share_before,
    )


def _mean(read: Encoded, rows: Bools) -> float:
    weights = read.data.weights[rows]
    return inner(weights, read.data.right[rows]) / float(weights.sum()) if len(weights) else float("nan")
