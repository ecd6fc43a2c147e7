"""Nothing that a run leaves says what the environment holds."""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path
from urllib.parse import quote, quote_plus

import nbformat
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smo_reports.cli import run_app
from smo_reports.runs.concealed import conceal, concealed, message, without

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


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of nothing but what the fixture ``root`` puts there."""
    for name in os.environ:
        if name not in ("SMO_ROWS", "SMO_OTHER", "SMO_SHORT"):
            monkeypatch.delenv(name)


@pytest.mark.usefixtures("bare")
def test_an_addresss_password_is_concealed_as_well_and_what_is_short_is_left(root: Path) -> None:
    found = concealed(root, ("demo", "gone"))
    assert {secret: name for secret, name in found.items() if name != "${SMO_OTHER}"} == {
        "rows-of-a-secret-place": "${SMO_ROWS}"
    }
    for spelling in (ADDRESS, "pa%24%24word", "pa$$word", quote(ADDRESS, safe="")):
        assert found[spelling] == "${SMO_OTHER}"
    assert next(iter(found)) == quote(ADDRESS, safe="")
    assert without(f"at {ADDRESS}: pa$$word", found) == "at ${SMO_OTHER}: ${SMO_OTHER}"


@pytest.mark.usefixtures("bare")
def test_what_no_file_names_is_concealed_unless_it_is_harmless(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OTHER_TOKEN": "tok-3f9a8c",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
        "LANG": "id_ID.UTF-8",
        "PYTHONPATH": "/a/long/path",
        "BUILD_NUMBER": "20261123",
        "REPORT_TITLE": "Hate speech in Indonesia",
        "SHORT_ONE": "abcdefg",
        "ENVIRONMENT": "production",
        "PROJECT_NAME": "hate-speech-id",
        "WORK_FOLDER": str(root),
        "SEVERAL_FOLDERS": f"{root}{os.pathsep}/nowhere",
        "MAIL_PASSWORD": "correct horse battery",
        "KEY_FILE": "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nshort\n-----END KEY-----",
    }.items():
        monkeypatch.setenv(name, value)
    found = concealed(root, ("demo",), public="print('Hate speech in Indonesia')")
    assert set(found.values()) == {
        *(
            "${SMO_ROWS}",
            "${SMO_OTHER}",
            "${OTHER_TOKEN}",
            "${AWS_SECRET_ACCESS_KEY}",
            "${KEY_FILE}",
            "${MAIL_PASSWORD}",
        )
    }
    assert without("x MIIEvQIBADANBgkqhkiG9w0 short", found) == "x ${KEY_FILE} short"


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=8, max_size=30).filter(
        lambda text: "\n" not in text
    )
)
@settings(max_examples=200, deadline=None)
def test_a_secret_is_known_in_every_spelling(secret: str) -> None:
    assume(not re.fullmatch(r"[\d\s.,:+-]*", secret))
    assume(not any(Path(part).exists() for part in secret.split(os.pathsep) if part))
    shown = [secret, html.escape(secret), repr(secret), repr({"a": secret}), json.dumps([secret]), quote_plus(secret)]
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            patch.delenv(name)
        patch.setenv("S3_KEY", secret)
        found = concealed(Path("nowhere"), ())
    spellings = {secret, html.escape(secret), repr(secret)[1:-1], json.dumps(secret)[1:-1], quote_plus(secret)}
    for text in shown:
        assert "${S3_KEY}" in without(text, found), text
        left = without(text, found).replace("${S3_KEY}", "")
        assert not [spelling for spelling in spellings if spelling in left]


def test_only_what_a_notebook_says_is_concealed_and_nothing_of_how_it_is_built() -> None:
    secrets = dict.fromkeys(("text", "data", "stream", "code", "rows", "image/png"), "${S}")
    output = V4.new_output("stream", text="the text of code")
    shown = V4.new_output("display_data", data={"text/plain": "data", "application/json": {"rows": ["rows", 1, None]}})
    notebook = V4.new_notebook(cells=[V4.new_code_cell("code", outputs=[output, shown]), V4.new_markdown_cell("rows")])
    conceal(notebook, secrets)
    nbformat.validate(notebook)
    cell = notebook.cells[0]
    assert (cell.cell_type, cell.source, notebook.cells[1].source) == ("code", "${S}", "${S}")
    assert (cell.outputs[0].output_type, cell.outputs[0].text) == ("stream", "the ${S} of ${S}")
    assert cell.outputs[1].data == {"text/plain": "${S}", "application/json": {"rows": ["${S}", 1, None]}}


def test_a_message_is_cut_after_it_is_concealed() -> None:
    secrets = {"s" * 40: "${S}"}
    said = message("x" * 590 + "s" * 40 + "y" * 100, secrets)
    assert said == "x" * 590 + "${S}" + "y" * 6 + " …"


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
