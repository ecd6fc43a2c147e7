"""Labels of decisions that may have several, and in what two such answers differ.

Where an answer is a set of labels, what both sides said is agreed on, and what is confused is the rest: ``a | b``
against ``a | c`` is ``b`` for ``c``, and ``a | b`` against ``a`` is ``b`` where nothing more was right.
"""

from __future__ import annotations

import pandas as pd

from smo_reports.schema import SEVERAL

NOTHING = ""
"""What stands for no label where one side has more labels than the other."""


def parts(label: str) -> tuple[str, ...]:
    """The labels of one answer, each once, in alphabetical order.

    >>> parts("spam | hate | spam"), parts("hate")
    (('hate', 'spam'), ('hate',))
    """
    return tuple(sorted({one.strip() for one in label.split(SEVERAL)} - {""}))


def same_order(label: str) -> str:
    """The answer with its labels in alphabetical order, so that answers that say the same are the same."""
    return SEVERAL.join(parts(label))


def apart(given: str, truth: str) -> tuple[str, str]:
    """What was given that is not right, and what is right and was not given.

    >>> apart("a | b", "c | a"), apart("a | b", "a"), apart("a", "b"), apart("b | a", "a | b")
    (('b', 'c'), ('b', ''), ('a', 'b'), ('', ''))
    """
    said, right = set(parts(given)), set(parts(truth))
    return SEVERAL.join(sorted(said - right)), SEVERAL.join(sorted(right - said))


def with_apart(table: pd.DataFrame) -> pd.DataFrame:
    """Add ``given`` and ``truth``, what ``label`` and ``audit_label`` differ in, and the pair ``a < b`` of both.

    All four are missing where a label is, or where both say the same.
    """
    texts = table[["label", "audit_label"]].drop_duplicates()
    found = [_differing(*row) for row in texts.itertuples(index=False)]
    told = pd.DataFrame(found, columns=["given", "truth", "a", "b"], index=texts.index, dtype=object)
    return table.merge(texts.join(told), on=["label", "audit_label"], how="left")


def _differing(label: object, truth: object) -> tuple[str | None, ...]:
    if not isinstance(label, str) or not isinstance(truth, str):
        return (None,) * 4
    given, right = apart(label, truth)
    return (given, right, *sorted((given, right))) if given != right else (None,) * 4


def mentions(label: pd.Series, wanted: tuple[str, str]) -> pd.Series:
    """Which answers contain a label of a pair; of a pair of sets, any label of either."""
    sought = {one for side in wanted for one in parts(side)}
    known = {text: bool(sought & set(parts(text))) for text in label.dropna().unique()}
    return label.map(known).fillna(False).astype(bool)
