"""Expectation-maximisation for models of annotators, linear in the labels that were given.

Nothing here has a row per item and labeler, or a cell per labeler and label that nobody used: an item's labels are a
row of a sparse matrix, whose columns are the labels that each labeler did use. Items are worked through a piece at a
time, each small enough for the processor's cache, so that no table of all items by labels is made either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from smo_reports.stats.codes import Codes
from smo_reports.stats.intervals import Floats
from smo_reports.stats.recoded import used_pairs

LEAST = 1e-10
"""Smaller chances are taken for this: a label that a labeler was not seen to give is not held to be impossible."""

_CELLS = 1 << 17


@dataclass(frozen=True)
class Given:
    """Who gave which label to which item.

    Attributes
    ----------
    pieces : tuple of csr_array
        Items by used labels, one piece of the items below the other: how often that labeler gave the item that label.
    labeler, label : ndarray of int, shape (used,)
        Whose each used label is, rising, and which it is.
    labels : int
        How many different labels there are.
    entries : int
        Labels given.
    """

    pieces: tuple[sparse.csr_array, ...]
    labeler: npt.NDArray[np.int64]
    label: npt.NDArray[np.int64]
    labels: int
    entries: int

    @classmethod
    def of(cls, item: Codes, labeler: Codes, label: Codes, labels: int) -> Given:
        """Tally codes from 0, none of them missing; every item from 0 to the last has a label."""
        column, used = used_pairs(labeler, label, labels)
        items, width = int(item.max(initial=-1)) + 1, max(len(used), 1)
        key = np.empty(len(item), np.uint32 if items * width <= 1 << 32 else np.int64)
        np.multiply(item, width, out=key, dtype=np.int64, casting="unsafe")
        np.add(key, column, out=key, dtype=np.int64, casting="unsafe")
        key.sort()
        # Where an item's labels begin, for every so many items.
        step = max(_CELLS // labels, 1)
        starts = np.append(np.arange(0, items, step), items)
        cuts = np.searchsorted(key, np.append(starts[:-1] * width, 0).astype(key.dtype))
        cuts[-1] = len(key)
        pieces = tuple(
            _piece(key[cuts[at] : cuts[at + 1]], width, int(starts[at]), int(starts[at + 1]))
            for at in range(len(starts) - 1)
        )
        return cls(pieces, used // labels, used % labels, labels, len(item))

    @property
    def items(self) -> int:
        """How many items there are."""
        return sum(piece.shape[0] for piece in self.pieces)

    def shares(self) -> Iterator[Floats]:
        """Each label's share of each item's labels, shape (items of the piece, labels)."""
        used = len(self.label)
        columns = sparse.csr_array((np.ones(used), (np.arange(used), self.label)), (used, self.labels))
        for piece in self.pieces:
            count = (piece @ columns).toarray()
            yield count / count.sum(axis=1, keepdims=True)

    @cached_property
    def several(self) -> npt.NDArray[np.bool_]:
        """Which items have labels of two people or more, shape (items,)."""
        ends = [
            self.labeler[piece.indices[piece.indptr[:-1]]] != self.labeler[piece.indices[piece.indptr[1:] - 1]]
            for piece in self.pieces
        ]
        return np.concatenate(ends) if ends else np.zeros(0, np.bool_)

    @cached_property
    def first_used(self) -> npt.NDArray[np.int64]:
        """Where each labeler's used labels begin."""
        return np.flatnonzero(np.concatenate([[True], self.labeler[1:] != self.labeler[:-1]]))

    def by_labeler(self, values: Floats) -> Floats:
        """Sum used labels within labelers, and give each used label its labeler's sum."""
        within = np.add.reduceat(values, self.first_used, axis=0)
        return np.repeat(within, np.diff(self.first_used, append=len(self.labeler)), axis=0)


@dataclass(frozen=True)
class Fitted:
    """A model at the point where its bound stopped rising.

    Attributes
    ----------
    prior : ndarray, shape (labels,)
    errors : ndarray, shape (used, labels)
        The chance that the labeler gives this label to an item of each true label.
    before : tuple of ndarray
        The prior and errors that the last posterior was made with, one step before.
    bounds : tuple of float
        After each step, the evidence lower bound over the labels given.
    converged : bool
    log_likelihood : float
        Of the labels given, under ``before``.
    """

    prior: Floats
    errors: Floats
    before: tuple[Floats, Floats]
    bounds: tuple[float, ...]
    converged: bool
    log_likelihood: float


ErrorsOf = Callable[[Given, Floats], Floats]
"""From how often each used label is expected to have met each true one to the chances of it: the model's M-step."""


def confusion_errors(given: Given, expected: Floats) -> Floats:
    """Dawid and Skene's: each labeler has a chance of their own for each pair of labels."""
    kept = np.maximum(expected, LEAST)
    return np.asarray(kept / given.by_labeler(kept), float)


def one_coin_errors(given: Given, expected: Floats) -> Floats:
    """The one-coin model's: each labeler is right with one chance, and else gives any other label alike."""
    used = np.arange(len(given.label))
    right = given.by_labeler(expected[used, given.label]) / given.by_labeler(expected.sum(axis=1))
    errors = np.repeat(((1 - right) / max(given.labels - 1, 1))[:, None], given.labels, axis=1)
    errors[used, given.label] = right
    return np.clip(errors, LEAST, 1 - LEAST)


def fit(given: Given, errors_of: ErrorsOf, tolerance: float, most_steps: int) -> Fitted:
    """Estimate a model by expectation-maximisation, from each item's shares of labels on.

    Parameters
    ----------
    given : Given
        With at least one label.
    errors_of : callable
    tolerance : float
        Stop where the bound, over the labels given, rises by less.
    most_steps : int
        At least 1.
    """
    prior, errors = np.zeros(given.labels), np.zeros((len(given.label), given.labels))
    for piece, shares in zip(given.pieces, given.shares(), strict=True):
        prior += shares.sum(axis=0)
        errors += piece.T @ shares
    prior, errors = prior / given.items, errors_of(given, errors)
    bounds: list[float] = []
    converged = False
    before, likelihood = (prior, errors), np.nan
    while len(bounds) < most_steps and not converged:
        before = prior, errors
        logs = np.log(np.maximum(prior, LEAST)), np.log(errors)
        mass, expected, likelihood = _step(given, *logs)
        # The entropy of the posterior, without a logarithm of each of its cells.
        entropy = likelihood - mass @ logs[0] - np.sum(expected * logs[1])
        prior, errors = mass / given.items, errors_of(given, expected)
        # As the field's package has it: the prior is counted once for each label given, not for each item.
        joint = np.sum(expected * np.log(errors)) + expected.sum(axis=0) @ np.log(np.maximum(prior, LEAST))
        bounds.append(float(joint + entropy) / given.entries)
        converged = len(bounds) > 1 and bounds[-1] - bounds[-2] < tolerance
    return Fitted(prior, errors, before, tuple(bounds), converged, likelihood)


def posterior(given: Given, prior: Floats, errors: Floats) -> Iterator[Floats]:
    """Each true label's chance for each item, a piece at a time, shape (items of the piece, labels)."""
    log_prior, log_errors = np.log(np.maximum(prior, LEAST)), np.log(errors)
    for piece in given.pieces:
        yield _chances(piece, log_prior, log_errors)[0]


def _step(given: Given, log_prior: Floats, log_errors: Floats) -> tuple[Floats, Floats, float]:
    """Posterior mass of each label, expected meetings of used and true labels, and the log-likelihood."""
    mass, expected, likelihood = np.zeros(given.labels), np.zeros(log_errors.shape), 0.0
    for piece in given.pieces:
        chances, own = _chances(piece, log_prior, log_errors)
        mass += chances.sum(axis=0)
        expected += piece.T @ chances
        likelihood += own
    return mass, expected, likelihood


def _chances(piece: sparse.csr_array, log_prior: Floats, log_errors: Floats) -> tuple[Floats, float]:
    chances: Floats = piece @ log_errors
    chances += log_prior
    # Column by column: a reduction over a few cells in each of many rows is what numpy is slowest at.
    most = chances[:, 0].copy()
    for column in range(1, chances.shape[1]):
        np.maximum(most, chances[:, column], out=most)
    chances -= most[:, None]
    np.exp(chances, out=chances)
    total = chances.sum(axis=1)
    chances /= total[:, None]
    return chances, float(most.sum() + np.log(total).sum())


def _piece(key: npt.NDArray[Any], width: int, start: int, stop: int) -> sparse.csr_array:
    """The sparse rows of some items, from their sorted keys: the same key twice is one cell of two."""
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    count = np.diff(begins, append=len(key)).astype(float)
    row, column = np.divmod(key[begins].astype(np.int64) - start * width, width)
    first = np.searchsorted(row, np.arange(stop - start + 1)).astype(np.int32)
    return sparse.csr_array((count, column.astype(np.int32), first), (stop - start, width))
