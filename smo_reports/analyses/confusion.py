"""The confusion matrix: what labelers said of the items of each true label, as far as random audits tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.label_sets import same_order
from smo_reports.analyses.small_cells import FEWEST_SHOWN
from smo_reports.kpis.assemble import LEVEL
from smo_reports.kpis.kinds import Kinds, kinds
from smo_reports.kpis.tally import Groups, columns, random_audits
from smo_reports.project import Project
from smo_reports.schema import PERSON_COLUMNS, SEVERAL
from smo_reports.sources import Rows
from smo_reports.stats.sampling import design_interval

NEEDS = ("correct", "purpose", "labeler_id", "label", "audit_label")


@dataclass(frozen=True)
class Confusion:
    """Given labels by true ones.

    Attributes
    ----------
    cells : DataFrame
        One row a segment, true and given label that met: the columns of the split, ``truth, given, n`` audits,
        ``truth_n`` audits of that true label; ``value, low, high``, the share of the items of the true label that got
        the given one in this period's work.
    labels : tuple of str
        In the project's order, violating ones first, then what it does not list.
    by : tuple of str
    unlabelled : int
        Random audits that call a decision wrong and do not say what was right: they are in no cell.
    several : bool
        Whether some decisions have several labels; each set of labels then is a label of its own.
    hidden : int
        Segments that are left out because fewer than three people stand behind them.
    hidden_truths : int
        True labels, of the other segments, that are left out for that reason.
    missing : str
        What the rows lack, where nothing can be said; then ``cells`` is empty.
    """

    cells: pd.DataFrame
    labels: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    unlabelled: int = 0
    several: bool = False
    hidden: int = 0
    hidden_truths: int = 0
    missing: str = ""


def confusion(project: Project, rows: Rows, by: Iterable[str] = ()) -> Confusion:
    """Given against true label in the period's random audits, weighted as they were drawn, by true label.

    What an auditor said counts as true. Of a decision with several labels the order does not matter.

    Parameters
    ----------
    project : Project
    rows : Rows
    by : iterable of str
        Columns to split by; what the rows lack is left out, and so is whatever names a person.
    """
    have = columns(rows.with_columns("audits", by)) if "audits" in rows else set()
    split = tuple(name for name in by if name in have and name not in PERSON_COLUMNS | {"label", "audit_label"})
    nothing = pd.DataFrame(columns=[*split, "truth", "given", "n", "truth_n", "value", "low", "high"])
    missing = [name for name in NEEDS if name not in have]
    if missing:
        return Confusion(nothing, by=split, missing=f"audits.{', audits.'.join(missing)}")
    judged = random_audits(rows.with_columns("audits", split))
    found = kinds(judged.filter(~nw.col("correct").is_null()), ["label", "audit_label", *split])
    told = found.rows["audit_label"].notna() & found.rows["label"].notna()
    unlabelled = int(found.rows.loc[~told, "n"].sum())
    labelled = found.rows.assign(
        **{name: found.rows[name].map(same_order, na_action="ignore") for name in ("label", "audit_label")}
    )
    shown, hidden = _shown(found.rows, split)
    told &= shown
    enough, few = _shown(labelled[told], (*split, "audit_label"))
    told[told] = enough
    labels = _in_order(project, pd.concat([labelled.loc[told, "audit_label"], labelled.loc[told, "label"]]))
    cells = _cells(found, labelled, told.to_numpy(bool), labels, split) if told.any() else nothing
    several = any(SEVERAL in label for label in labels)
    return Confusion(cells, labels, split, unlabelled, several, hidden, few)


def _shown(table: pd.DataFrame, split: tuple[str, ...]) -> tuple[np.ndarray, int]:
    """Which rows are of segments with enough people, and how many segments are not."""
    if table.empty:
        return np.zeros(0, bool), 0
    segments = Groups.of(table, split)
    enough = segments.distinct(table["labeler_id"].astype(object).fillna("")) >= FEWEST_SHOWN
    return enough[segments.codes], int((~enough).sum())


def _in_order(project: Project, seen: pd.Series) -> tuple[str, ...]:
    listed = (*project.labels.violating, *project.labels.benign)
    found = set(seen.unique())
    return (*(label for label in listed if label in found), *sorted(found - set(listed)))


def _cells(
    found: Kinds, labelled: pd.DataFrame, told: np.ndarray, labels: tuple[str, ...], split: tuple[str, ...]
) -> pd.DataFrame:
    """One row a true and given label; every given label is one outcome over all true ones at once."""
    groups = Groups.of(labelled[told], (*split, "audit_label"))
    group = np.zeros(len(labelled), np.intp)
    group[told] = groups.codes
    n = labelled["n"].to_numpy(float)
    truth_n = np.bincount(groups.codes, n[told], groups.count)
    pieces = []
    for label in labels:
        hit = told & (labelled["label"] == label).to_numpy(bool)
        tallies = found.several(group, groups.count, hit, told)
        ends = design_interval(tallies, LEVEL)
        met = np.bincount(group[hit], n[hit], groups.count)
        piece = groups.keys.rename(columns={"audit_label": "truth"}).assign(given=label, n=met, truth_n=truth_n)
        pieces.append(piece.assign(value=tallies.share, low=ends.low, high=ends.high)[met > 0])
    cells = pd.concat(pieces, ignore_index=True).astype({"n": int, "truth_n": int})
    place = {label: at for at, label in enumerate(labels)}
    order = cells.assign(_t=cells["truth"].map(place), _g=cells["given"].map(place))
    return cells.loc[order.sort_values([*split, "_t", "_g"], kind="stable").index].reset_index(drop=True)
