"""What several labelers of one item say together: by majority, and by models of who is how reliable.

A model's answer is a guess that is consistent with itself; it is not measured against anything, and no quality that
is made from it is held against a target. An item that one person alone labelled is not identified: nothing in the
data can tell that label from the truth, so no chance of being right is claimed for it.

The bound that estimation stops by is crowd-kit's, which counts the prior once for each label given and not for each
item. It is therefore no bound in the strict sense: with many labels an item it may fall from the first step on, and
estimation then ends after two.

References
----------
Dawid & Skene (1979), Applied Statistics 28:20-28.
Zhang, Chen, Zhou & Jordan (2016), Journal of Machine Learning Research 17:1-44 (one coin).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smo_reports.stats.annotators import ErrorsOf, Fitted, Given, confusion_errors, fit, one_coin_errors, posterior
from smo_reports.stats.codes import coded
from smo_reports.stats.intervals import Floats
from smo_reports.stats.majority import Consensus, majority_share, majority_vote
from smo_reports.stats.recoded import as_array, compact, complete

__all__ = ["AnnotatorModel", "Consensus", "dawid_skene", "majority_share", "majority_vote", "one_coin"]


@dataclass(frozen=True)
class AnnotatorModel(Consensus):
    """A consensus, and how reliable the model holds each labeler to be.

    Attributes
    ----------
    prior : ndarray, shape (labels,)
        How frequent each label is.
    labelers : list
    labeler, given : ndarray of int, shape (used,)
        Whose each used label is, and which: places in ``labelers`` and ``labels``. Labels that a labeler never used
        are not among them.
    errors : ndarray, shape (used, labels)
        The chance that the labeler gives this label to an item of each true label.
    bounds : tuple of float
        The evidence lower bound over the labels given, after each step.
    converged : bool
        Whether the bound stopped rising before the steps ran out.
    log_likelihood : float
        Of all labels given, under the parameters that the answers were made with.
    posterior : ndarray, shape (items, labels), or None
        Each label's chance where it was asked for; nan for items that are not identified.
    """

    prior: Floats
    labelers: list[Any]
    labeler: npt.NDArray[np.int64]
    given: npt.NDArray[np.int64]
    errors: Floats
    bounds: tuple[float, ...]
    converged: bool
    log_likelihood: float
    posterior: Floats | None

    def confusion(self, labeler: Any) -> Floats:
        """One labeler's chances, true labels in rows and given ones in columns; 0 for labels that they never gave.

        Raises
        ------
        ValueError
            When nobody of that name gave a label.
        """
        if labeler not in self.labelers:
            raise ValueError(f"{labeler!r} gave no label")
        own = self.labeler == self.labelers.index(labeler)
        table = np.zeros((len(self.labels),) * 2)
        table[:, self.given[own]] = self.errors[own].T
        return table


def dawid_skene(
    item: Any,
    labeler: Any,
    label: Any,
    *,
    tolerance: float = 1e-5,
    most_steps: int = 100,
    keep_posterior: bool = False,
) -> AnnotatorModel:
    """Consensus where each labeler has a confusion matrix of their own (Dawid and Skene).

    Estimated by expectation-maximisation from majority shares on, as the package crowd-kit does it: the same start,
    the same floor of 1e-10 under chances before they are normalised over the labels that a labeler used, and the
    same stopping rule. A labeler's second label of the same item counts as another label.

    Parameters
    ----------
    item, labeler, label : array_like, same length, of hashable values
        Entries with a missing value are left out.
    tolerance : float
        Stop where the evidence lower bound, over the labels given, rises by less.
    most_steps : int
        At least 1.
    keep_posterior : bool
        Whether to give all chances and not only the best label's; that is a table of items by labels.

    Raises
    ------
    ValueError
        Where lengths differ, a value cannot be hashed, or ``most_steps`` is below 1.

    Examples
    --------
    >>> rows = [(item, who, "a" if (item < 4) == (who != "z") else "b") for item in range(8) for who in "xyz"]
    >>> found = dawid_skene(*zip(*rows))
    >>> "".join(found.label), found.confusion("z").round(3).tolist()
    ('aaaabbbb', [[0.0, 1.0], [1.0, 0.0]])
    """
    return _modelled(item, labeler, label, confusion_errors, tolerance, most_steps, keep_posterior)


def one_coin(
    item: Any,
    labeler: Any,
    label: Any,
    *,
    tolerance: float = 1e-5,
    most_steps: int = 100,
    keep_posterior: bool = False,
) -> AnnotatorModel:
    """Consensus where each labeler is right with one chance, whatever the label; see :func:`dawid_skene`.

    It asks for far fewer labels a person than a whole confusion matrix does.
    """
    return _modelled(item, labeler, label, one_coin_errors, tolerance, most_steps, keep_posterior)


def _modelled(
    item: Any, labeler: Any, label: Any, errors_of: ErrorsOf, tolerance: float, most_steps: int, keep_posterior: bool
) -> AnnotatorModel:
    if most_steps < 1:
        raise ValueError(f"most_steps is {most_steps}; a model takes at least one")
    columns = complete(
        item=coded(item, "item", in_order=False), labeler=coded(labeler, "labeler"), label=coded(label, "label")
    )
    items, labelers, labels = (compact(one) for one in columns)
    if not len(items):
        return _nothing(keep_posterior)
    given = Given.of(items.codes, labelers.codes, labels.codes, len(labels.values))
    found = fit(given, errors_of, tolerance, most_steps)
    # Where only one label was ever given, nothing could have been told from anything either.
    several = given.several & (len(labels.values) > 1)
    best, chance, table = _answers(given, found, several, keep_posterior)
    return AnnotatorModel(
        item=as_array(items.values),
        label=as_array(labels.values)[best],
        chance=chance,
        identified=several,
        labels=list(labels.values),
        prior=found.prior,
        labelers=list(labelers.values),
        labeler=given.labeler,
        given=given.label,
        errors=found.errors,
        bounds=found.bounds,
        converged=found.converged,
        log_likelihood=found.log_likelihood,
        posterior=table,
    )


def _answers(
    given: Given, found: Fitted, several: npt.NDArray[np.bool_], keep_posterior: bool
) -> tuple[npt.NDArray[np.int64], Floats, Floats | None]:
    """Each item's likeliest label and its chance, and all chances where they are wanted; no chance where unknown."""
    best, chance, tables = [], [], []
    for chances in posterior(given, *found.before):
        best.append(chances.argmax(axis=1))
        chance.append(chances.max(axis=1))
        if keep_posterior:
            tables.append(chances)
    table = np.where(several[:, None], np.concatenate(tables), np.nan) if keep_posterior else None
    return np.concatenate(best), np.where(several, np.concatenate(chance), np.nan), table


def _nothing(keep_posterior: bool) -> AnnotatorModel:
    """The model of no labels at all."""
    none, whole = np.zeros(0), np.zeros(0, np.int64)
    return AnnotatorModel(
        item=as_array([]),
        label=as_array([]),
        chance=none,
        identified=np.zeros(0, np.bool_),
        labels=[],
        prior=none,
        labelers=[],
        labeler=whole,
        given=whole,
        errors=np.zeros((0, 0)),
        bounds=(),
        converged=False,
        log_likelihood=np.nan,
        posterior=np.zeros((0, 0)) if keep_posterior else None,
    )
