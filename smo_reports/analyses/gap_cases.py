"""Examples and open questions of a pair of labels: what is needed to look them up, and nothing that shows them.

Neither content nor people: an example is a decision's id with its labels, and a question its id and its dates.
"""

from __future__ import annotations

import hashlib
import re

import narwhals as nw
import pandas as pd

from smo_reports.analyses.label_sets import with_apart
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.project import Project
from smo_reports.pseudonyms import pseudonym, workspace_key
from smo_reports.sources import Rows

_SHOWN = ("work_date", "policy", "market", "language", "content_type", "severity", "guideline_version")
EXAMPLE_COLUMNS = ("decision_id", "given", "truth", *_SHOWN)
QUESTION_COLUMNS = ("question_id", "asked_on", "days", "open", "guideline_version")
_WORDS = re.compile(r"[\W_]+")
_MOST_ID = 80
_DAY = 86_400.0


def audited_errors(project: Project, rows: Rows) -> pd.DataFrame:
    """The period's random audits that found an error with other labels, for :func:`examples`.

    Ids that name the labeler or the auditor, whole or as one of their words, are replaced by pseudonyms. People are
    numbered in ``person`` and not named.
    """
    wanted = ["decision_id", "labeler_id", "auditor_id", "label", "audit_label", *_SHOWN]
    audits = rows.with_columns("audits", wanted)
    picked = [name for name in wanted if name in columns(audits)]
    wrong = random_audits(audits).filter(nw.col("correct") == nw.lit(False)).select(picked)
    table = with_apart(collect(wrong))
    table = table[table["a"].notna()].reset_index(drop=True)
    people = [name for name in ("labeler_id", "auditor_id") if name in table]
    key = workspace_key(project.root)
    named = zip(table["decision_id"], *(table[name] for name in people), strict=True)
    table["decision_id"] = [_masked(str(one), {str(who) for who in whose}, key) for one, *whose in named]
    table["person"] = pd.factorize(table["labeler_id"], use_na_sentinel=False)[0]
    return table.drop(columns=people)


def _masked(one: str, whose: set[str], key: bytes) -> str:
    said, names = one.casefold(), {name.casefold() for name in whose}
    if said in names or names & set(_WORDS.split(said)) or any(len(name) > 2 and name in said for name in names):
        return pseudonym(one, key).replace("P-", "D-")
    return one[:_MOST_ID]


def examples(errors: pd.DataFrame, key: dict[str, str], most: int, where: pd.DataFrame) -> pd.DataFrame:
    """Some decisions of a pair, at most one of a person, drawn by a hash of their ids and so by nobody's choice.

    A market or language whose numbers are hidden in ``where`` (:func:`~smo_reports.analyses.gap_spread.spread`) is not
    named: an error there is its one labeler's.
    """
    own = errors
    for name, value in key.items():
        if name in own:
            own = own[own[name].isna() if pd.isna(value) else own[name] == value]
    drawn = own["decision_id"].map(lambda one: hashlib.sha256(one.encode()).hexdigest())
    own = own.assign(_drawn=drawn).sort_values(["_drawn"]).drop_duplicates("person").head(most)
    for by, parts in where.groupby("by"):
        if by in own:
            own[str(by)] = own[by].where(own[by].isin(parts.loc[parts["rate"].notna(), "part"]), None)
    return own[[name for name in EXAMPLE_COLUMNS if name in own]].reset_index(drop=True)


def pair_questions(project: Project, rows: Rows) -> pd.DataFrame:
    """Guideline questions about pairs: those asked in the period, and all that were open at its end.

    Returns
    -------
    DataFrame
        ``a, b, policy`` and ``question_id, asked_on, days`` (to the answer, or up to the period's end), ``open``,
        ``guideline_version``. Who asked, and the text, are left out.
    """
    parts = []
    for name, still in (("questions", False), ("questions_open", True)):
        if name not in rows or not {"label_a", "label_b", "age_s"} <= columns(rows[name]):
            continue
        frame = rows[name].filter(nw.col("closing") if still else nw.col("closed"))
        wanted = ("question_id", "asked_at", "label_a", "label_b", "policy", "age_s", "guideline_version")
        found = collect(frame.select([one for one in wanted if one in columns(frame)]))
        parts.append(found.assign(open=still))
    if not parts:
        return pd.DataFrame(columns=["a", "b", "policy", *QUESTION_COLUMNS])
    table = pd.concat(parts, ignore_index=True)
    table = table[table["label_a"].notna() & table["label_b"].notna()].reset_index(drop=True)
    sides = [sorted(pair) for pair in zip(table["label_a"], table["label_b"], strict=True)]
    table["a"], table["b"] = [one for one, _ in sides], [one for _, one in sides]
    asked = pd.to_datetime(table["asked_at"], utc=True).dt.tz_convert(project.zone)
    table = table.assign(asked_on=asked.dt.date, days=table["age_s"].astype(float) / _DAY)
    return table.reindex(columns=["a", "b", "policy", *QUESTION_COLUMNS])


def questions_on(asked: pd.DataFrame, key: dict[str, str]) -> pd.DataFrame:
    """Those about one pair, open and old ones first; a question of no policy is one of any."""
    own = asked[(asked["a"] == key["a"]) & (asked["b"] == key["b"])]
    if "policy" in key:
        own = own[own["policy"].isna() | (own["policy"] == key["policy"])]
    own = own.sort_values(["open", "days", "question_id"], ascending=[False, False, True])
    return own[list(QUESTION_COLUMNS)].reset_index(drop=True)
