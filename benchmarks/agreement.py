"""Agreement and annotator models on millions of labels, against the field's packages in the same run.

Each measurement is a process of its own: starting Python, importing and loading the labels are left out, making the
coefficients from the labels in long form is not. Peers get the best form they take (tables of items by labels, made
by numpy's ``bincount``, which is counted as theirs). Every result is compared with the peers', as far as they give it.

Run as ``python benchmarks/agreement.py [--annotations N] [--peers PYTHON]``; ``--peers`` is the Python that has
krippendorff, statsmodels, irrcac and crowd-kit, where this one has not.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Labels = dict[str, Any]
Way = Callable[[Labels], Callable[[], dict[str, Any]]]

LIMIT_S = 900
LABELERS, LABELS, PER_ITEM = 1_000, 4, 5
WORDS = ("benign", "hate", "nudity", "violence")
COMMON_MODEL = 1_000_000


def make_labels(annotations: int, labelers: int = LABELERS, labels: int = LABELS) -> Labels:
    """Labels as a team gives them: unequally frequent, people of unequal skill, rows in no order."""
    rng = np.random.default_rng(20261122)
    items = annotations // PER_ITEM
    frequency = 1 / np.arange(1.0, labels + 1)
    truth = rng.choice(labels, items, p=frequency / frequency.sum())
    item = np.repeat(np.arange(items), PER_ITEM)
    # Each item goes to different people: some first one, and others at equal steps from them.
    turn, step = np.tile(np.arange(PER_ITEM), items), rng.integers(1, labelers // PER_ITEM, items)
    labeler = (rng.integers(0, labelers, items).repeat(PER_ITEM) + turn * step.repeat(PER_ITEM)) % labelers
    skill = rng.beta(6, 2.5, labelers)
    label = np.where(rng.random(len(item)) < skill[labeler], truth[item], rng.integers(0, labels, len(item)))
    shuffled = rng.permutation(len(item))
    return {"item": item[shuffled], "labeler": labeler[shuffled], "label": label[shuffled]}


def ours(*names: str) -> Way:
    """The package's coefficients, by name, from one tally; ``conger`` from its own."""

    def prepare(given: Labels) -> Callable[[], dict[str, Any]]:
        from smo_reports.stats import agreement
        from smo_reports.stats.coefficients import alpha, gwet, kappa
        from smo_reports.stats.distances import Nominal
        from smo_reports.stats.item_tally import ItemTally

        def run() -> dict[str, Any]:
            if names == ("conger",):
                return {"conger": agreement.conger_kappa(given["item"], given["labeler"], given["label"]).value}
            tally = ItemTally.alike(given["item"], given["label"])
            made = {
                "alpha": lambda: alpha(tally, Nominal()),
                "fleiss": lambda: kappa(tally),
                "ac1": lambda: gwet(tally, Nominal()),
            }
            return {name: made[name]().value for name in names}

        return run

    return prepare


def counts(given: Labels) -> np.ndarray:
    labels = int(given["label"].max()) + 1
    key = given["item"] * labels + given["label"]
    return np.bincount(key, minlength=(int(given["item"].max()) + 1) * labels).reshape(-1, labels)


def krippendorff_package(given: Labels) -> Callable[[], dict[str, Any]]:
    import krippendorff

    def run() -> dict[str, Any]:
        return {"alpha": krippendorff.alpha(value_counts=counts(given), level_of_measurement="nominal")}

    return run


def statsmodels_package(given: Labels) -> Callable[[], dict[str, Any]]:
    from statsmodels.stats.inter_rater import fleiss_kappa

    return lambda: {"fleiss": float(fleiss_kappa(counts(given)))}


def irrcac_package(given: Labels) -> Callable[[], dict[str, Any]]:
    import pandas as pd
    from irrCAC.raw import CAC

    # Its table of items by people, with no more columns than an item has labels.
    order = np.argsort(given["item"], kind="stable")
    table = pd.DataFrame(given["label"][order].reshape(-1, PER_ITEM).astype(float))

    def run() -> dict[str, Any]:
        found = CAC(table, digits=12)
        return {
            "alpha": float(found.krippendorff()["est"]["coefficient_value"]),
            "fleiss": float(found.fleiss()["est"]["coefficient_value"]),
            "ac1": float(found.gwet()["est"]["coefficient_value"]),
        }

    return run


def our_model(given: Labels) -> Callable[[], dict[str, Any]]:
    from smo_reports.stats.consensus import dawid_skene

    def run() -> dict[str, Any]:
        found = dawid_skene(given["item"], given["labeler"], given["label"])
        errors = np.full((LABELERS * LABELS, LABELS), np.nan)
        errors[np.asarray(found.labelers)[found.labeler] * LABELS + found.given] = found.errors
        return {"steps": len(found.bounds), "_prior": found.prior, "_errors": errors, "_label": found.label}

    return run


def crowdkit_package(given: Labels) -> Callable[[], dict[str, Any]]:
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    frame = pd.DataFrame({"task": given["item"], "worker": given["labeler"], "label": given["label"]})

    def run() -> dict[str, Any]:
        found = DawidSkene(n_iter=100, tol=1e-5).fit(frame)
        place = found.errors_.index.get_level_values(0) * LABELS + found.errors_.index.get_level_values(1)
        errors = np.full((LABELERS * LABELS, LABELS), np.nan)
        errors[place] = found.errors_[sorted(found.errors_.columns)].to_numpy()
        label = found.labels_.sort_index().to_numpy()
        steps = len(found.loss_history_)
        return {"steps": steps, "_prior": found.priors_.sort_index().to_numpy(), "_errors": errors, "_label": label}

    return run


WAYS: dict[str, Way] = {
    "ours: alpha, AC1 and Fleiss": ours("alpha", "ac1", "fleiss"),
    "ours: alpha": ours("alpha"),
    "ours: AC1": ours("ac1"),
    "ours: Fleiss": ours("fleiss"),
    "ours: Conger": ours("conger"),
    "krippendorff: alpha": krippendorff_package,
    "statsmodels: Fleiss": statsmodels_package,
    "irrCAC: all three": irrcac_package,
    "ours: Dawid-Skene": our_model,
    "crowd-kit: Dawid-Skene": crowdkit_package,
}
PACKAGE = {"krippendorff": "krippendorff", "statsmodels": "statsmodels", "irrCAC": "irrCAC", "crowd-kit": "crowdkit"}


def measure(way: str, form: str, folder: Path) -> dict[str, Any]:
    """Time one way in this process; arrays of its result are left in the folder."""
    package = PACKAGE.get(way.split(":")[0])
    if package and importlib.util.find_spec(package) is None:
        return {"missing": f"{package} is not installed"}
    given = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    if form != "whole numbers":
        given = as_words(given, form)
    run = WAYS[way](given)
    before = peak_bytes(forget=True)
    cpu, wall = time.process_time(), time.perf_counter()
    found = run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = peak_bytes()
    arrays = {name[1:]: value for name, value in found.items() if name.startswith("_")}
    if arrays:
        np.savez(folder / f"{way.split(':')[0]}.npz", **arrays)
    plain = {name: value for name, value in found.items() if not name.startswith("_")}
    return {"cpu": cpu, "wall": wall, "peak": peak / 2**30, "added": (peak - before) / 2**30, "found": plain}


def peak_bytes(*, forget: bool = False) -> int:
    """The most memory that this process had at once; with ``forget`` since now, where the system can do that."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    # Not getrusage: a process begins with the peak of the one that started it.
    if forget:
        Path("/proc/self/clear_refs").write_text("5")
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def as_words(given: Labels, form: str) -> Labels:
    """The same labels as exports have them: item-0000001, person-001, and words."""
    words = {
        "item": [f"item-{at:07}" for at in range(int(given["item"].max()) + 1)],
        "label": [WORDS[at] for at in range(LABELS)],
    }
    made = {name: [known[at] for at in given[name].tolist()] for name, known in words.items()}
    if form == "list of str":
        return made
    import pandas as pd

    return {name: pd.Series(column) for name, column in made.items()}


def in_own_process(way: str, form: str, folder: Path, python: str) -> dict[str, Any]:
    command = [python, __file__, "--measure", way, form, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return {"missing": f"not done after {LIMIT_S // 60} min"}
    if done.returncode:
        return {"missing": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:160]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def show(what: str, form: str, one: dict[str, Any], basis: float | None = None) -> None:
    if "missing" in one:
        print(f"| {what} | {form} | {one['missing']} | | | | |", flush=True)
        return
    ratio = f"{one['cpu'] / basis:.1f}" if basis else ""
    sizes = f"{one['peak']:.2f} GiB | {one['added']:.2f} GiB"
    print(f"| {what} | {form} | {one['cpu']:.2f} s | {one['wall']:.2f} s | {sizes} | {ratio} |", flush=True)


def head(text: str) -> None:
    columns = ("what", "labels as", "CPU", "wall", "peak memory", "over the input", "x ours")
    print(f"\n{text}\n\n| {' | '.join(columns)} |\n|---|---|--:|--:|--:|--:|--:|", flush=True)


def saved(given: Labels, root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    for column, values in given.items():
        np.save(folder / f"{column}.npy", values)
    return folder


def coefficients(annotations: int, root: Path, peers: str) -> list[str]:
    """All coefficients at one size; what differs from the peers' or misses the bar."""
    wrong = []
    folder = saved(make_labels(annotations), root, "coefficients")
    head(f"{annotations:,} labels, {annotations // PER_ITEM:,} items, {LABELS} labels")
    basis: dict[str, float] = {}
    mine: dict[str, float] = {}
    for way in WAYS:
        if "Dawid" in way or "Conger" in way:
            continue
        found = in_own_process(way, "whole numbers", folder, sys.executable if way.startswith("ours") else peers)
        which = {"alpha": "ours: alpha", "fleiss": "ours: Fleiss"}.get(next(iter(found.get("found", {})), ""), "")
        same = basis.get("ours: alpha, AC1 and Fleiss" if "all three" in way else which)
        show(way, "whole numbers", found, None if way.startswith("ours") else same)
        basis[way] = found.get("cpu", 0.0)
        if way == "ours: alpha, AC1 and Fleiss":
            mine = found["found"]
            if annotations == 10_000_000 and found["cpu"] > 1.0:
                wrong.append(f"{way}: {found['cpu']:.2f} s CPU; the bar is 1 s")
        for name, value in found.get("found", {}).items():
            if abs(value - mine[name]) > 1e-9:
                wrong.append(f"{way}: {name} is {value!r} where ours is {mine[name]!r}")
    for form in ("pandas str", "list of str"):
        found = in_own_process("ours: alpha, AC1 and Fleiss", form, folder, sys.executable)
        show("ours: alpha, AC1 and Fleiss", form, found)
        wrong += [f"{form}: {name} differs" for name, value in found["found"].items() if abs(value - mine[name]) > 1e-9]
    head(f"{annotations:,} labels: memory as labels and people grow")
    for labels, labelers in ((4, 100), (400, 100), (4, 100_000)):
        folder = saved(make_labels(annotations, labelers, labels), root, f"{labels}-{labelers}")
        for way in ("ours: alpha, AC1 and Fleiss", "ours: Conger"):
            found = in_own_process(way, "whole numbers", folder, sys.executable)
            show(f"{way}; {labels} labels, {labelers:,} people", "whole numbers", found)
    return wrong


def models(annotations: int, root: Path, peers: str) -> list[str]:
    """Dawid-Skene against crowd-kit where that is done in time, and alone at ten times the size."""
    wrong = []
    common = min(annotations, COMMON_MODEL)
    given = make_labels(common)
    folder = saved(given, root, "model")
    head(f"Dawid-Skene: {common:,} labels, {common // PER_ITEM:,} items, {LABELERS:,} people, {LABELS} labels")
    one = in_own_process("ours: Dawid-Skene", "whole numbers", folder, sys.executable)
    other = in_own_process("crowd-kit: Dawid-Skene", "whole numbers", folder, peers)
    show("ours: Dawid-Skene", "whole numbers", one)
    show("crowd-kit: Dawid-Skene", "whole numbers", other, one["cpu"])
    if "missing" not in other:
        wrong += compared(given, np.load(folder / "ours.npz", allow_pickle=True), np.load(folder / "crowd-kit.npz"))
        if other["cpu"] < 10 * one["cpu"]:
            wrong.append("crowd-kit took less than ten times as long")
        print(f"\n{one['found']['steps']} steps of ours, {other['found']['steps']} of crowd-kit")
    if common == COMMON_MODEL and one["cpu"] > 2.0:
        wrong.append(f"Dawid-Skene on {common:,}: {one['cpu']:.2f} s CPU; the bar is 2 s")
    if annotations > common:
        folder = saved(make_labels(annotations), root, "large-model")
        head(f"Dawid-Skene: {annotations:,} labels, {annotations // PER_ITEM:,} items, {LABELERS:,} people")
        one = in_own_process("ours: Dawid-Skene", "whole numbers", folder, sys.executable)
        show("ours: Dawid-Skene", "whole numbers", one)
        if annotations == 10_000_000 and one["cpu"] > 8.0:
            wrong.append(f"Dawid-Skene on {annotations:,}: {one['cpu']:.2f} s CPU; the bar is 8 s")
    return wrong


def compared(given: Labels, one: Any, other: Any) -> list[str]:
    likelihoods = [log_likelihood(given, np.asarray(x["prior"], float), x["errors"]) for x in (one, other)]
    apart = abs(likelihoods[0] / likelihoods[1] - 1)
    equal = float(np.mean(np.asarray(one["label"], int) == np.asarray(other["label"], int)))
    print(
        f"\nlog-likelihood {likelihoods[0]:.6f} and {likelihoods[1]:.6f}: {apart:.1e} apart; {equal:.4%} equal labels"
    )
    return [] if apart <= 1e-6 and equal >= 0.999 else ["Dawid-Skene differs from crowd-kit's"]


def log_likelihood(given: Labels, prior: np.ndarray, errors: np.ndarray) -> float:
    """Of the labels, under either package's parameters, by neither package's code."""
    used = given["labeler"] * LABELS + given["label"]
    items = int(given["item"].max()) + 1
    logs = [
        np.log(prior[true]) + np.bincount(given["item"], np.log(errors[used, true]), items) for true in range(LABELS)
    ]
    return float(np.logaddexp.reduce(logs, axis=0).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--annotations", type=int, default=10_000_000)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        way, form, folder = chosen.measure
        print(json.dumps(measure(way, form, Path(folder))))
        return
    with tempfile.TemporaryDirectory() as root:
        wrong = coefficients(chosen.annotations, Path(root), chosen.peers)
        wrong += models(chosen.annotations, Path(root), chosen.peers)
    print("\n" + ("; ".join(wrong) or "every result equals the peers', and no bar is missed"))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
