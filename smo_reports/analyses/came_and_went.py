"""Work that was there in one period only, and what it did to the rate that it came, or that it left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smo_reports.analyses.encoded import Encoded, Everything
from smo_reports.analyses.halfway import Halfway
from smo_reports.analyses.roles import Roles
from smo_reports.stats.composition import Composition
from smo_reports.stats.labeler_drift import drift
from smo_reports.stats.segment_fit import Known, Rows, fit
from smo_reports.stats.segment_search import Search
from smo_reports.stats.sums import inner

Went = tuple[str, object, str]
"""Column, value, and *entered* or *left*."""


@dataclass(frozen=True)
class Entered:
    """What work that came in did to the rate, and its standard error; zeros where none came."""

    value: float = 0.0
    error: float = 0.0


@dataclass(frozen=True)
class Left:
    """What it did to the rate that work left.

    Attributes
    ----------
    value, error : float
        And its standard error; zeros where none left.
    stayed : Composition
        The work of before without it.
    """

    value: float
    error: float
    stayed: Composition


def came_and_went(read: Encoded, roles: Roles, everything: Everything | None) -> list[Went]:
    """Work that was there in one period only: column, value, and how; of all work, where that is known."""
    found = []
    for column in roles.work:
        code, period = read.data.codes[column], read.data.after
        if everything is not None and len(everything.codes[column]):
            code, period = everything.codes[column], everything.after
        size = read.data.sizes[column] + 1
        was, now = (np.bincount(code[rows], minlength=size) for rows in (~period, period))
        for how, here, there in (("left", was, now), ("entered", now, was)):
            found += [
                (read.columns[column], value, how)
                for value, rows, others in zip(read.values[column], here, there, strict=False)
                if rows and not others
            ]
    return found


def left_behind(
    before: Composition, went: Sequence[Went], read: Encoded, halfway: Halfway, known: Sequence[int]
) -> Left:
    """What it does to the rate of before that some values are gone, the rest keeping its proportions.

    Parameters
    ----------
    before : Composition
        All work before.
    went : sequence of (column, value, how)
    read : Encoded
    halfway : Halfway
        The rates of each kind of work.
    known : sequence of int
        The columns by which the composition is known.
    """
    stays = np.ones(len(before.rate), bool)
    for name, value, how in went:
        column = read.columns.index(name)
        if how == "left" and len(before.codes[column]):
            stays &= before.codes[column] != read.values[column].index(value)
    if stays.all() or not stays.any():
        return Left(0.0, 0.0, before)
    codes = tuple(code[stays] if len(code) else code for code in before.codes)
    stayed = Composition(codes, before.rate[stays], before.weight[stays], before.counted)
    sampling = 0.0
    if not before.counted:
        # Each row's pull on the difference of the two means, which share the rows that stayed.
        pull = before.weight / before.weight.sum() * (before.mean - before.rate)
        pull[stays] += stayed.weight / stayed.weight.sum() * (stayed.rate - stayed.mean)
        sampling = inner(pull, pull)
    share = 1 - float(stayed.weight.sum() / before.weight.sum())
    learnt = max(halfway.unknown(before, stayed, known), share**2 * _of_outcomes(read, went))
    return Left(stayed.mean - before.mean, float(np.sqrt(sampling + learnt)), stayed)


def _of_outcomes(read: Encoded, went: Sequence[Went]) -> float:
    """The variance of how much better the audits of before were of work that left than of the rest, by labelers.

    What a model knows of a rate it judges by the rows of all kinds of work; those that left may have been harder than
    most, and vary more.
    """
    data = read.data
    gone = np.zeros(len(data), bool)
    for name, value, how in went:
        if how == "left":
            column = read.columns.index(name)
            gone |= data.codes[column] == read.values[column].index(value)
    pull = np.zeros(len(data))
    for rows, sign in ((gone & ~data.after, 1.0), (~gone & ~data.after, -1.0)):
        weight = data.weights[rows]
        if not weight.sum():
            return 0.0
        pull[rows] = sign * weight / weight.sum() * (data.right[rows] - np.average(data.right[rows], weights=weight))
    if data.people < 2:
        return inner(pull, pull)
    by_labeler = np.bincount(data.labeler, pull, data.people).astype(float)
    return max(inner(by_labeler, by_labeler), inner(pull, pull))


def brought_in(read: Encoded, looked: Search, went: Sequence[Went]) -> Entered:
    """What values that came do to the rate: their rows, each once, against others with the same other values."""
    data = read.data
    new = np.zeros(len(data), bool)
    for name, value, how in went:
        column = read.columns.index(name)
        if how == "entered" and value in read.values[column]:
            new |= data.codes[column] == read.values[column].index(value)
    inside = new & data.after
    if not inside.any():
        return Entered()
    place = np.flatnonzero(inside)
    rest = data.right[place] - looked.known.by_columns([code[place] for code in data.codes])
    whole = float(data.weights[data.after].sum())
    value = inner(data.weights[place], rest) / whole
    share = float(data.weights[place].sum()) / whole
    # Its own shift, with labelers as clusters, and how large a part of the rows it came to be.
    expected = looked.known.expected(data)
    shift = value / share
    settled = expected + shift * inside
    own = fit(data, Known(settled, looked.known.level_error), drift(data, settled), [Rows(inside, ~data.after, True)])
    drawn = float(((data.weights[data.after] / whole) ** 2).sum()) * share * (1 - share)
    return Entered(value, float(np.hypot(share * float(own.error[0]), shift * np.sqrt(drawn))))
