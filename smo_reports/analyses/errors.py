"""What kinds of errors there are, the commonest first, and how many of them anybody gave a kind.

An error that nobody coded is one of its own kind: to share the uncoded ones out among the codes would say that they
were coded by chance, which nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL
from smo_reports.kpis.kinds import Kinds, kinds
from smo_reports.kpis.tally import columns, random_audits
from smo_reports.project import Project
from smo_reports.schema import ERROR_TYPES
from smo_reports.sources import Rows
from smo_reports.stats.sampling import design_interval

Coding = Literal["error_type", "root_cause"]

_COLUMNS = ("code", "listed", "n", "labelers", "value", "low", "high", "cumulative", "lost", "lost_low", "lost_high")


@dataclass(frozen=True)
class Pareto:
    """Errors by their code.

    Attributes
    ----------
    coding : {"error_type", "root_cause"}
    codes : DataFrame
        One row a code, the commonest first, and last the errors without one (``code`` is empty):

        * ``listed``: whether the code is one that the project knows (others are shown as they were given);
        * ``n`` errors found by random audits, of how many ``labelers``;
        * ``value, low, high``: share of all errors in this period's work, by the audits' weights, and its interval;
        * ``cumulative``: the share of this code and all before it;
        * ``lost, lost_low, lost_high``: share of all decisions, so points of accuracy.
    errors, coded : int
        Errors that random audits found, and those of them with a code.
    unweighted : int
        Random audits that are left out for want of a weight.
    missing : str
        What the rows lack, where nothing can be said; then ``codes`` is empty.
    """

    coding: Coding
    codes: pd.DataFrame
    errors: int
    coded: int
    unweighted: int = 0
    missing: str = ""

    @property
    def coverage(self) -> float:
        """Coded errors over errors; nan where there are none."""
        return self.coded / self.errors if self.errors else float("nan")


def pareto(project: Project, rows: Rows, coding: Coding) -> Pareto:
    """Errors of the period's random audits by type or by root cause, weighted as the audits were drawn.

    Parameters
    ----------
    project : Project
        Its root causes are those that are listed.
    rows : Rows
    coding : {"error_type", "root_cause"}

    Returns
    -------
    Pareto
        The interval is of this period's work, as that of accuracy.

    References
    ----------
    Juran (1951), Quality Control Handbook (the vital few); KPI dictionary, RCA coverage and Pareto; Särndal, Swensson
    & Wretman (1992), ch. 5 and 10 (shares of a domain that a sample found).
    """
    nothing = pd.DataFrame({name: [] for name in _COLUMNS})
    have = columns(rows["audits"]) if "audits" in rows else set()
    missing = [name for name in ("correct", "purpose", "labeler_id", coding) if name not in have]
    if missing:
        return Pareto(coding, nothing, 0, 0, missing=f"audits.{', audits.'.join(missing)}")
    judged = random_audits(rows["audits"]).filter(~nw.col("correct").is_null())
    found = kinds(judged, ["correct", coding])
    wrong = ~found.rows["correct"].to_numpy(bool)
    code = _cleaned(found.rows[coding])
    known = ERROR_TYPES if coding == "error_type" else project.known_causes
    lines = [_line(found, wrong, (code == one).to_numpy(bool), str(one)) for one in code[wrong].unique()]
    codes = pd.DataFrame(lines, columns=list(_COLUMNS))
    codes["listed"] = codes["code"].isin(known)
    codes = codes.assign(last=codes["code"] == "").sort_values(["last", "value", "code"], ascending=[True, False, True])
    codes["cumulative"] = codes["value"].cumsum()
    errors, uncoded = (int(own["n"].sum()) for own in (codes, codes[codes["last"]]))
    return Pareto(coding, codes[list(_COLUMNS)].reset_index(drop=True), errors, errors - uncoded, found.unweighted)


def _line(found: Kinds, wrong: np.ndarray, is_code: np.ndarray, name: str) -> dict[str, object]:
    """One code among the errors, and among all decisions."""
    own = wrong & is_code
    line: dict[str, object] = {"code": name, "n": int(found.rows.loc[own, "n"].sum())}
    line["labelers"] = found.rows.loc[own, "labeler_id"].nunique(dropna=False)
    for words, domain in ((("value", "low", "high"), wrong), (("lost", "lost_low", "lost_high"), None)):
        tallies = found.tallies(own, domain)
        ends = design_interval(tallies, LEVEL)
        line |= zip(words, (float(part[0]) for part in (tallies.share, ends.low, ends.high)), strict=True)
    return line


def _cleaned(code: pd.Series) -> pd.Series:
    """Codes as they were given, without blanks around them; empty where there is none."""
    return code.astype("string").fillna("").str.strip().astype(object)
