"""Consensus: majorities, Dawid-Skene and one coin, against crowd-kit, the definitions, and known answers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smo_reports.stats.consensus import AnnotatorModel, dawid_skene, majority_share, majority_vote, one_coin
from smo_reports.stats.item_tally import ItemTally

LEAST = 1e-10
MODELS = (dawid_skene, one_coin)
Columns = tuple[list[int], list[int], list[int]]


def team(seed: int, items: int = 80, people: int = 9, labels: int = 3) -> Columns:
    """Items, labelers and labels of people of unequal skill; some items have one label, some pairs come twice."""
    rng = np.random.default_rng(seed)
    truth, skill = rng.integers(0, labels, items), rng.beta(5, 2, people)
    item = np.repeat(np.arange(items), rng.integers(1, 6, items))
    labeler = rng.integers(0, people, len(item))
    label = np.where(rng.random(len(item)) < skill[labeler], truth[item], rng.integers(0, labels, len(item)))
    return item.tolist(), labeler.tolist(), label.tolist()


def by_the_book(rows: Columns, steps: int, *, coin: bool) -> dict[str, Any]:
    """Expectation-maximisation as crowd-kit's source and the papers say it: one label after the other."""
    item, labeler, label = (np.array(column) for column in rows)
    items, labels = sorted(set(item.tolist())), sorted(set(label.tolist()))
    chances = np.array([[np.mean(label[item == one] == kind) for kind in labels] for one in items])
    prior, bounds = chances.mean(axis=0), []

    def errors_of(chances: np.ndarray) -> dict[tuple[int, int], np.ndarray]:
        found = {}
        for who in set(labeler.tolist()):
            own = labeler == who
            table = np.array([chances[item[own & (label == kind)]].sum(axis=0) for kind in labels])
            if coin:
                right = np.trace(table) / own.sum()
                table = np.full(table.shape, (1 - right) / (len(labels) - 1))
                np.fill_diagonal(table, right)
                table = np.clip(table, LEAST, 1 - LEAST)
            else:
                used = [kind for kind in labels if (label[own] == kind).any()]
                table = np.maximum(table, LEAST) / np.maximum(table[used], LEAST).sum(axis=0)
            found |= {(who, kind): table[kind] for kind in labels}
        return found

    errors = errors_of(chances)
    for _ in range(steps):
        logs = np.array([np.log(prior)] * len(items))
        for one, who, kind in zip(*rows, strict=True):
            logs[one] += np.log(errors[who, kind])
        likelihood = float(np.logaddexp.reduce(logs, axis=1).sum())
        chances = np.exp(logs - np.logaddexp.reduce(logs, axis=1)[:, None])
        prior, errors = chances.mean(axis=0), errors_of(chances)
        joint = sum(
            chances[one] @ (np.log(errors[who, kind]) + np.log(prior)) for one, who, kind in zip(*rows, strict=True)
        )
        floored = np.maximum(chances, LEAST)
        bounds.append(float(joint - np.sum(floored * np.log(floored))) / len(item))
    return {"chances": chances, "prior": prior, "errors": errors, "bounds": bounds, "likelihood": likelihood}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(4))
def test_each_step_is_the_books(seed: int, model: Any) -> None:
    rows = team(seed)
    found: AnnotatorModel = model(*rows, tolerance=-math.inf, most_steps=5, keep_posterior=True)
    wanted = by_the_book(rows, 5, coin=model is one_coin)
    assert found.posterior is not None
    assert found.posterior[found.identified] == pytest.approx(wanted["chances"][found.identified], abs=1e-9)
    assert found.label.tolist() == wanted["chances"].argmax(axis=1).tolist()
    assert found.prior == pytest.approx(wanted["prior"], abs=1e-12)
    assert found.bounds == pytest.approx(wanted["bounds"], abs=1e-8)
    assert found.log_likelihood == pytest.approx(wanted["likelihood"], rel=1e-12)
    for at, (who, kind) in enumerate(zip(found.labeler, found.given, strict=True)):
        assert found.errors[at] == pytest.approx(wanted["errors"][int(who), int(kind)], abs=1e-9)
    who = found.labelers[3]
    own = {kind: wanted["errors"][who, kind] for kind in set(np.array(rows[2])[np.array(rows[1]) == who].tolist())}
    for kind, column in own.items():
        assert found.confusion(who)[:, kind] == pytest.approx(column, abs=1e-9)


@pytest.mark.parametrize("name", ["DawidSkene", "OneCoinDawidSkene"])
def test_models_equal_crowdkits(name: str) -> None:
    aggregation = pytest.importorskip("crowdkit.aggregation", reason="crowd-kit is not installed")
    model = dawid_skene if name == "DawidSkene" else one_coin
    for seed in range(3):
        rows = team(50 + seed, items=150)
        theirs = getattr(aggregation, name)(n_iter=100, tol=1e-5).fit(
            pd.DataFrame(dict(zip(("task", "worker", "label"), rows, strict=True)))
        )
        found = model(*rows, keep_posterior=True)
        assert found.bounds == pytest.approx(theirs.loss_history_, abs=1e-8)
        assert found.label.tolist() == theirs.labels_.sort_index().tolist()
        chances = theirs.probas_.sort_index()[sorted(theirs.probas_.columns)].to_numpy()
        assert found.posterior is not None
        assert found.posterior[found.identified] == pytest.approx(chances[found.identified], abs=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_it_stops_where_the_bound_stops_rising(model: Any) -> None:
    found = model(*team(1, 200), tolerance=1e-3)
    rises = np.diff(found.bounds)
    assert found.converged
    assert len(rises) > 1
    assert (rises[:-1] >= 1e-3).all()
    assert rises[-1] < 1e-3
    cut = model(*team(1, 200), tolerance=1e-3, most_steps=2)
    assert not cut.converged
    assert cut.bounds == pytest.approx(found.bounds[:2])


@pytest.mark.parametrize("model", MODELS)
def test_items_that_one_person_labelled_are_not_identified(model: Any) -> None:
    rows = [(item, who, "ab"[item % 2]) for item in range(20) for who in "xyz"]
    rows += [("alone", "x", "a"), ("twice", "y", "b"), ("twice", "y", "b"), ("shared", "x", "a"), ("shared", "y", "a")]
    found = model(*zip(*rows, strict=True), keep_posterior=True)
    marked = dict(zip(found.item.tolist(), found.identified.tolist(), strict=True))
    assert {item for item, known in marked.items() if not known} == {"alone", "twice"}
    for at, known in enumerate(found.identified):
        assert math.isnan(found.chance[at]) != known
        assert np.isnan(found.posterior[at]).all() != known
    # One label in all tells nothing of anybody.
    same = model([1, 1, 2, 2], list("xyxy"), list("aaaa"))
    assert same.label.tolist() == ["a", "a"]
    assert not same.identified.any()
    assert np.isnan(same.chance).all()


def test_a_person_who_turns_two_labels_round_is_understood_by_their_own_matrix_only() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for item in range(300):
        truth = int(rng.random() < 0.5)
        for who in ("good", "fair", "turned"):
            right = rng.random() < {"good": 0.9, "fair": 0.8, "turned": 0.05}[who]
            rows.append((item, who, truth if right else 1 - truth))
    found = dawid_skene(*zip(*rows, strict=True))
    assert found.confusion("turned")[[0, 1], [1, 0]] == pytest.approx([0.95, 0.95], abs=0.05)
    assert found.confusion("good").sum(axis=1) == pytest.approx([1, 1])
    coin = one_coin(*zip(*rows, strict=True))
    assert coin.confusion("turned")[[0, 1], [0, 1]] == pytest.approx([0.05, 0.05], abs=0.05)


@pytest.mark.parametrize("model", MODELS)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_no_order_of_rows_and_no_name_changes_an_answer(model: Any, data: st.DataObject) -> None:
    rows = list(zip(*team(data.draw(st.integers(0, 20)), 20, 4), strict=True))
    wanted = model(*zip(*rows, strict=True))
    rng = data.draw(st.randoms(use_true_random=False))
    people = rng.sample(range(100), 100)
    mixed = [(f"item {item:02}", people[who], "xyz"[label]) for item, who, label in rng.sample(rows, len(rows))]
    found = model(*zip(*mixed, strict=True))
    order = np.argsort(found.item)
    assert found.item[order].tolist() == [f"item {item:02}" for item in wanted.item]
    assert found.chance[order] == pytest.approx(wanted.chance, abs=1e-6, nan_ok=True)
    assert found.log_likelihood == pytest.approx(wanted.log_likelihood, rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_the_same_rows_give_the_same_bits(model: Any) -> None:
    one, other = (model(*team(6, 500), keep_posterior=True) for _ in range(2))
    assert one.bounds == other.bounds
    assert one.posterior.tobytes() == other.posterior.tobytes()


@pytest.mark.parametrize("model", MODELS)
def test_rows_with_a_missing_value_are_left_out(model: Any) -> None:
    item, labeler, label = team(2)
    wanted = model(item, labeler, label)
    found = model([*item, None, 3, 4], [*labeler, 1, None, 2], [*label, 1, 0, math.nan])
    assert found.bounds == wanted.bounds
    assert found.item.tolist() == wanted.item.tolist()
    empty = model([], [], [], keep_posterior=True)
    assert (len(empty.item), empty.labels, empty.labelers, empty.bounds) == (0, [], [], ())
    assert math.isnan(empty.log_likelihood)


def test_what_a_model_cannot_take_is_said() -> None:
    with pytest.raises(ValueError, match="most_steps is 0"):
        dawid_skene([1], [1], [1], most_steps=0)
    with pytest.raises(ValueError, match="item has 1, labeler has 2, label has 1 entries"):
        one_coin([1], [1, 2], [1])
    with pytest.raises(ValueError, match="'nobody' gave no label"):
        dawid_skene([1], ["x"], ["a"]).confusion("nobody")


def test_pieces_are_put_together_as_they_were_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = team(8, 300)
    whole = dawid_skene(*rows, keep_posterior=True)
    monkeypatch.setattr("smo_reports.stats.annotators._CELLS", 40)
    cut = dawid_skene(*rows, keep_posterior=True)
    assert cut.bounds == pytest.approx(whole.bounds)
    assert cut.posterior == pytest.approx(whole.posterior, nan_ok=True)
    assert cut.identified.tolist() == whole.identified.tolist()


def test_a_majority_that_ties_is_shared() -> None:
    # item 1: a a b; item 2: a b; item 3: a b c; item 4: a
    tally = ItemTally.of([1, 1, 1, 2, 2, 3, 3, 3, 4], ["a", "a", "b", "a", "b", "a", "b", "c", "a"])
    assert majority_share(tally).tolist() == pytest.approx([1, 0, 1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3, 1])
    assert tally.per_row(majority_share(tally)).tolist() == pytest.approx([1, 1, 1, 1])
    assert majority_share(ItemTally.of([], [])).tolist() == []


def test_a_vote_gives_the_first_of_the_labels_that_tie() -> None:
    found = majority_vote(["u", "v", "v", "u", "u", "w", "v"], ["b", "c", "a", "b", "a", "c", None])
    assert found.item.tolist() == ["u", "v", "w"]
    assert found.label.tolist() == ["b", "a", "c"]
    assert found.chance.tolist() == pytest.approx([2 / 3, 1 / 2, math.nan], nan_ok=True)
    assert found.identified.tolist() == [True, True, False]
    assert found.labels == ["a", "b", "c"]
    assert len(majority_vote([], []).item) == 0


@pytest.fixture(scope="module")
def adult(data_folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    folder = data_folder / "adult-content"
    rows = pd.read_csv(folder / "labels.tsv", sep="\t", header=None, names=["labeler", "item", "label"])
    gold = pd.read_csv(folder / "gold.tsv", sep="\t", header=None, names=["item", "label"])
    return rows, gold.set_index("item")["label"]


@pytest.mark.parametrize(
    ("name", "model"),
    [("MajorityVote", majority_vote), ("DawidSkene_100", dawid_skene), ("OneCoinDawidSkene_100", one_coin)],
)
def test_accuracy_on_adult_content(
    adult: tuple[pd.DataFrame, pd.Series], reference: dict[str, Any], name: str, model: Any
) -> None:
    """Ties go to the first label in crowd-kit's vote too: its idxmax takes the first column."""
    rows, gold = adult
    columns = (
        (rows["item"], rows["label"]) if name == "MajorityVote" else (rows["item"], rows["labeler"], rows["label"])
    )
    found = model(*columns)
    answers = pd.Series(found.label, index=found.item)
    known = answers[answers.index.isin(gold.index)]
    peer = reference["adult-content"]["aggregation"]
    assert len(known) == peer["n_gold_with_labels"] == 333
    assert float(np.mean(known == gold[known.index])) == pytest.approx(peer["aggregation"][name]["accuracy"], abs=1e-12)
