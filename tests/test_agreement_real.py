"""Public data, through the importer and the reader, against independent packages' results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from smo_reports.kpis import estimates
from smo_reports.project import ImportMap, Project, parse_project
from smo_reports.sources import read_all
from smo_reports.sources.importing import import_file


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
    peer = reference["click-id"]
    whole = measured(project, "krippendorff_alpha", "agreement")
    assert whole.loc["krippendorff_alpha", "value"] == pytest.approx(
        peer["overall"]["krippendorff_alpha_nominal"], abs=1e-9
    )
    assert whole.loc["agreement", "value"] == pytest.approx(
        peer["overall"]["mean_pairwise_percent_agreement_items_ge2"], abs=1e-9
    )
    parts = estimates(["krippendorff_alpha"], read_all(project), "queue").set_index("queue")["value"]
    wanted = {name: one["krippendorff_alpha_nominal"] for name, one in peer["by_publisher"].items()}
    assert parts.to_dict() == {name: pytest.approx(value, abs=1e-9) for name, value in wanted.items()}
