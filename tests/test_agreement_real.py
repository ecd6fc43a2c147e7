"""Public data, through the importer and the reader, against independent packages' results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smo_reports.kpis import estimates
from smo_reports.project import ImportMap, Project, parse_project
from smo_reports.sources import read_all
from smo_reports.sources.importing import import_file
from smo_reports.stats.agreement import fleiss_kappa, krippendorff_alpha, raw_agreement


def project_in(folder: Path, name: str) -> Project:
    return parse_project(f"project: {name}\ntitle: Public data\ntime_zone: UTC\n", name, folder)


def measured(project: Project, *names: str) -> pd.DataFrame:
    found = estimates(names, read_all(project))
    return found.drop_duplicates("kpi").set_index("kpi")


@pytest.fixture(scope="module")
def adult_content(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    project = project_in(tmp_path_factory.mktemp("adult"), "adult-content")
    labels = ImportMap(
        table="decisions", header=False, delimiter="\t", columns={"labeler_id": 1, "item_id": 2, "label": 3}
    )
    gold = ImportMap(table="gold", header=False, delimiter="\t", columns={"item_id": 1, "gold_label": 2})
    import_file(project, data_folder / "adult-content" / "labels.tsv", map=labels)
    import_file(project, data_folder / "adult-content" / "gold.tsv", map=gold)
    return measured(project, "decisions", "gold_accuracy", "consensus_gold_accuracy", "agreement", "krippendorff_alpha")


def test_accuracy_of_public_labels(adult_content: pd.DataFrame, reference: dict[str, Any]) -> None:
    peer = reference["adult-content"]["aggregation"]
    assert adult_content.loc["decisions", "value"] == peer["n_labels"]
    own = adult_content.loc["gold_accuracy"]
    assert (own["value"], own["n"]) == (
        pytest.approx(peer["individual_label_accuracy_vs_gold"]),
        peer["n_labels_on_gold"],
    )
    own = adult_content.loc["consensus_gold_accuracy"]
    assert own["n"] == peer["n_gold_with_labels"] == 333
    published = reference["published"]["adult_content_aggregation_accuracy_on_333_gold"]["MV"]
    # The peers break ties by chance or by order; ours counts each tied label for its part.
    assert own["value"] == pytest.approx(published, abs=0.01)
    assert own["low"] < published < own["high"]


def test_agreement_on_public_labels(adult_content: pd.DataFrame, reference: dict[str, Any]) -> None:
    peer = reference["adult-content"]["agreement"]["overall"]
    alpha, raw = adult_content.loc["krippendorff_alpha"], adult_content.loc["agreement"]
    assert alpha["value"] == pytest.approx(peer["krippendorff_alpha_nominal"], abs=1e-9)
    assert raw["value"] == pytest.approx(peer["mean_pairwise_percent_agreement_items_ge2"], abs=1e-9)
    # 379 of the items have one label, and can neither agree nor disagree.
    assert alpha["n"] == raw["n"] == peer["n_items"] - peer["ratings_per_item"]["1"]
    assert alpha["low"] < alpha["value"] < alpha["high"]


def test_agreement_of_indonesian_headlines(data_folder: Path, tmp_path: Path, reference: dict[str, Any]) -> None:
    project = project_in(tmp_path, "click-id")
    columns = {"item_id": "item_id", "labeler_id": "assessor", "label": "label", "queue": "publisher"}
    import_file(
        project,
        data_folder / "click-id" / "click_id_long.csv.gz",
        map=ImportMap(table="decisions", columns=columns),
    )
    peer = reference["click-id"]["overall"]
    names = ("agreement", "krippendorff_alpha", "fleiss_kappa", "gwet_ac1", "cohen_kappa")
    whole = measured(project, *names)
    wanted = {
        "agreement": peer["mean_pairwise_percent_agreement_items_ge2"],
        "krippendorff_alpha": peer["krippendorff_alpha_nominal"],
        "fleiss_kappa": peer["fleiss_kappa_statsmodels"],
        "gwet_ac1": peer["irrCAC_gwet_ac1"]["coef"],
        # Every pair of assessors labelled all headlines: the mean is the plain one.
        "cohen_kappa": np.mean([pair["kappa"] for pair in peer["cohen_kappa_pairs"].values()]),
    }
    assert whole["value"].to_dict() == {name: pytest.approx(value, abs=5e-9) for name, value in wanted.items()}
    for name, theirs in (("fleiss_kappa", "fleiss"), ("gwet_ac1", "gwet_ac1"), ("krippendorff_alpha", "krippendorff")):
        own = whole.loc[name]
        assert [own["low"], own["high"]] == pytest.approx(peer[f"irrCAC_{theirs}"]["ci95"], abs=5e-9), name
    parts = estimates(names[:3], read_all(project), "queue").set_index(["kpi", "queue"])["value"]
    for name, column in zip(
        names[:3],
        ("mean_pairwise_percent_agreement_items_ge2", "krippendorff_alpha_nominal", "fleiss_kappa_statsmodels"),
        strict=True,
    ):
        wanted = {queue: one[column] for queue, one in reference["click-id"]["by_publisher"].items()}
        assert parts[name].to_dict() == {queue: pytest.approx(value, abs=1e-9) for queue, value in wanted.items()}
    assert parts["fleiss_kappa", "fimela"] == pytest.approx(-0.009, abs=5e-4)


def test_agreement_as_the_authors_of_the_headlines_published_it(data_folder: Path, reference: dict[str, Any]) -> None:
    """The cells of their own spreadsheets; of Sindonews they are not those of the labels that they published."""
    rows = pd.read_csv(data_folder / "click-id" / "click_id_long.csv.gz")
    published = reference["click-id"]["published_in_workbooks_per_publisher"]
    by_publisher = dict(iter(rows.groupby(rows["item_id"].str[:3])))
    assert set(by_publisher) == set(published)
    assert len(published) == 12
    for name, own in by_publisher.items():
        found, raw = (function(own["item_id"], own["label"]) for function in (fleiss_kappa, raw_agreement))
        assert found.items == published[name]["N"]
        same = [
            abs(found.value - published[name]["K"]) < 1e-9,
            abs(found.expected - published[name]["Pe"]) < 1e-9,
            abs(raw.value - published[name]["Pi"]) < 1e-9,
        ]
        assert same == [name != "SDN"] * 3, name
    whole = fleiss_kappa(rows["item_id"], rows["label"])
    cells = reference["published"]["click_id"]["overall"]
    assert (whole.value, whole.expected, whole.observed) == pytest.approx(
        (cells["K"], cells["Pe"], cells["Pi"]), abs=5e-7
    )


def test_free_marginals_of_headlines(data_folder: Path, reference: dict[str, Any]) -> None:
    """Randolph's coefficient is (Po - 1/q) / (1 - 1/q), from the agreement that is measured here."""
    rows = pd.read_csv(data_folder / "click-id" / "click_id_long.csv.gz")
    for name, own in rows.groupby("publisher"):
        observed = raw_agreement(own["item_id"], own["label"]).value
        wanted = reference["click-id"]["by_publisher"][name]["randolph_free_marginal_statsmodels"]
        assert 2 * observed - 1 == pytest.approx(wanted, abs=1e-12)


def test_agreement_of_web_pages_with_and_without_repeats(data_folder: Path, reference: dict[str, Any]) -> None:
    rows = pd.read_csv(
        data_folder / "adult-content" / "labels.tsv", sep="\t", header=None, names=["labeler", "item", "label"]
    )
    peers = reference["adult-content"]["agreement"]
    for own, peer in ((rows, "overall"), (rows.drop_duplicates(["labeler", "item"]), "dedup_first_worker_item")):
        assert len(own) == peers[peer]["n_ratings"]
        found, raw = (function(own["item"], own["label"]) for function in (krippendorff_alpha, raw_agreement))
        assert found.value == pytest.approx(peers[peer]["krippendorff_alpha_nominal"], abs=1e-12)
        assert raw.value == pytest.approx(peers[peer]["mean_pairwise_percent_agreement_items_ge2"], abs=1e-12)
        assert found.items == raw.items == peers[peer]["n_items"] - peers[peer]["ratings_per_item"]["1"]


def test_agreement_of_statements_rated_in_order(data_folder: Path, reference: dict[str, Any]) -> None:
    for number in range(1, 5):
        rows = pd.read_csv(data_folder / "truthfulness" / f"batch-{number}.csv")
        item, label = rows["doc_name"], rows["doc_truthfulness_value"]
        peer = reference["truthfulness"][f"batch{number}"]
        for level in ("nominal", "ordinal"):
            found = krippendorff_alpha(item, label, level).value
            assert found == pytest.approx(peer[f"krippendorff_alpha_{level}"], abs=1e-12)
        assert raw_agreement(item, label).value == pytest.approx(
            peer["mean_pairwise_percent_agreement_items_ge2"], abs=1e-12
        )
