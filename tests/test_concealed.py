"""Nothing that a run leaves says what the environment holds."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from smo_reports.cli import run_app
from smo_reports.runs.concealed import conceal, concealed, without

V4 = nbformat.v4
ADDRESS = "postgresql://reader:pa%24%24word@db.example/rows"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMO_ROWS", "rows-of-a-secret-place")
    monkeypatch.setenv("SMO_OTHER", ADDRESS)
    monkeypatch.setenv("SMO_SHORT", "abc")
    (tmp_path / "templates").symlink_to(Path(__file__).parents[1] / "templates")
    for folder in ("notebooks", "params", "rows-of-a-secret-place"):
        (tmp_path / folder).mkdir()
    one = {"decision_id": "d", "project": "demo", "item_id": "i", "labeler_id": "L", "label": "hate"}
    pq.write_table(pa.Table.from_pylist([one]), tmp_path / "rows-of-a-secret-place" / "decisions.parquet")
    settings = {"project": "demo", "title": "D", "time_zone": "UTC", "source": "parquet:${SMO_ROWS}"}
    (tmp_path / "smo.yaml").write_text("title: T\n# not used here: ${SMO_OTHER} ${SMO_SHORT}\n")
    (tmp_path / "params" / "demo.yaml").write_text(yaml.safe_dump(settings))
    says = "import os; print(os.environ['SMO_ROWS'], os.environ['SMO_OTHER'], 'pa$$word')"
    fails = "raise ValueError(os.environ['SMO_OTHER'])"
    for name, sources in {"says": [says], "fails": [says, fails]}.items():
        cells = [V4.new_code_cell('project = ""\nstart = ""\nend = ""', metadata={"tags": ["parameters"]})]
        cells += [V4.new_code_cell(source) for source in sources]
        nbformat.write(V4.new_notebook(cells=cells), tmp_path / "notebooks" / f"{name}.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_addresss_password_is_concealed_as_well_and_what_is_short_is_left(root: Path) -> None:
    found = concealed(root, ("demo", "gone"))
    assert found == {
        "rows-of-a-secret-place": "${SMO_ROWS}",
        ADDRESS: "${SMO_OTHER}",
        "pa%24%24word": "${SMO_OTHER}",
        "pa$$word": "${SMO_OTHER}",
    }
    assert next(iter(found)) == ADDRESS
    assert without(f"at {ADDRESS}: pa$$word", found) == "at ${SMO_OTHER}: ${SMO_OTHER}"
    said = conceal({"pa$$word": ["x pa$$word", {"a": 1, "b": None}], "n": 2.5}, found)
    assert said == {"${SMO_OTHER}": ["x ${SMO_OTHER}", {"a": 1, "b": None}], "n": 2.5}


def test_no_file_message_or_row_of_the_ledger_says_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["smo", "run", "says", "fails", "--period", "all", "--project", "demo", "--json"])
    assert run_app() == 1
    told = capfd.readouterr()
    told_of = {one["report"]: one for one in json.loads(told.out)["runs"]}
    assert told_of["says"]["outcome"] == "succeeded"
    assert "ValueError: ${SMO_OTHER}" in told_of["fails"]["error"]
    left = {
        path: path.read_bytes()
        for folder in ("reports", ".smo")
        for path in (root / folder).rglob("*")
        if path.is_file()
    }
    left |= {path: path.read_bytes() for path in root.glob("ledger.sqlite*")}
    assert any(path.name == "fails.failed.ipynb" for path in left)
    assert any(b"${SMO_ROWS}" in content for content in left.values())
    for secret in ("rows-of-a-secret-place", ADDRESS, "pa%24%24word", "pa$$word"):
        assert secret not in told.out + told.err
        assert [path for path, content in left.items() if secret.encode() in content] == []
