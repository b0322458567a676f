"""`fix`: what has one right answer is put right in the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Done

Cli = Callable[..., Done]
BROKEN = """\
# two livers
mode: mean estimation  # how
model_id: gem-1-bulk
inputs:
  - metadata: {tissue_ontology_id: UBERON_0002107, sex: Male}
    num_samples: 2
"""
FIXED = """\
# two livers
sampling_strategy: mean estimation  # how
model_id: gem-1-bulk
inputs:
  - metadata: {tissue_ontology_id: UBERON:0002107, sex: male}
    num_samples: 2
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "query.yaml"
    path.write_text(BROKEN)
    return path


def test_without_an_option_it_says_what_it_would_do(cli: Cli, broken: Path) -> None:
    done = cli("fix", "query.yaml")
    assert done.code == 1
    assert done.out.startswith("query.yaml: 3 problems would be fixed; no problems")
    assert broken.read_text() == BROKEN


def test_diff_prints_a_patch_and_changes_nothing(cli: Cli, broken: Path) -> None:
    done = cli("fix", "query.yaml", "--diff")
    assert done.code == 1
    assert done.out.splitlines()[:2] == ["--- a/query.yaml", "+++ b/query.yaml"]
    assert "-mode: mean estimation  # how\n" in done.out
    assert "+sampling_strategy: mean estimation  # how\n" in done.out
    assert broken.read_text() == BROKEN


def test_write_changes_the_file_and_a_second_time_nothing(cli: Cli, broken: Path) -> None:
    assert cli("fix", "query.yaml", "--write").code == 0
    assert broken.read_text() == FIXED
    done = cli("fix", "query.yaml", "--write")
    assert (done.code, done.out) == (0, "query.yaml: nothing to fix; no problems (gem-1-bulk, 1 input)\n")
    assert broken.read_text() == FIXED


def test_what_needs_a_choice_remains(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "query.yaml").write_text(BROKEN.replace("UBERON_0002107", "liver"))
    done = cli("fix", "query.yaml", "--write")
    assert done.code == 1
    assert "term.label-instead-of-id" in done.out
    assert "liver" in (tmp_path / "query.yaml").read_text()


def test_several_files_one_of_which_is_missing(cli: Cli, broken: Path) -> None:
    done = cli("fix", "query.yaml", "none.yaml", "--write")
    assert done.code == 3
    assert broken.read_text() == FIXED
    assert "none.yaml: could not be checked: none.yaml: there is no such file" in done.out


@pytest.mark.parametrize("arguments", [("query.yaml", "--diff", "--write"), ("-", "--write"), ()])
def test_options_that_contradict_each_other_are_wrong_usage(
    cli: Cli, broken: Path, arguments: tuple[str, ...]
) -> None:
    assert cli("fix", *arguments).code == 2
    assert broken.read_text() == BROKEN


def test_json_holds_what_was_fixed_and_what_is_left(cli: Cli, broken: Path) -> None:
    (file,) = cli("fix", "query.yaml", "--json").data
    assert (file["changed"], file["written"], file["left"]["ok"]) == (True, False, True)
    assert [issue["code"] for issue in file["fixed"]] == ["legacy.key", "id.noncanonical", "value.case"]


@pytest.fixture
def folder(tmp_path: Path, broken: Path) -> Path:
    queries = tmp_path / "queries"
    (queries / "deep").mkdir(parents=True)
    broken.rename(queries / "one.yaml")
    (queries / "deep" / "two.json").write_text(
        '{"model_id": "gem-1-bulk", "sampling_strategy": "mean estimation",\n'
        ' "inputs": [{"metadata": {"sex": "M"}, "num_samples": 1}]}'
    )
    (queries / "recipe.yaml").write_text("model: gem-1-bulk\nsamples: [{tissue: uberon_0002107}]\n")
    (queries / "right.yaml").write_text(FIXED)
    (queries / "package.json").write_text('{"name": "no query"}')
    return queries


def test_a_folder_is_fixed_file_by_file(cli: Cli, folder: Path) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*.*")}
    done = cli("fix", "queries/", "--diff")
    assert done.code == 1
    assert done.out.count("\n@@ ") == 3
    assert "package.json: no queries" in done.err
    assert "4 files: 5 problems would be fixed in 3 of them" in done.err
    assert {file: file.read_bytes() for file in folder.rglob("*.*")} == before
    assert cli("fix", "queries/", "--write").code == 0
    assert (folder / "one.yaml").read_text() == FIXED
    assert '"male"' in (folder / "deep" / "two.json").read_text()
    assert "UBERON:0002107" in (folder / "recipe.yaml").read_text()
    again = cli("fix", "queries/", "--diff")
    assert (again.code, again.out) == (0, "")
    assert cli("validate", "queries/").code == 0


def test_patterns_and_tables_are_fixed_too(cli: Cli, folder: Path) -> None:
    (folder / "samples.csv").write_text("tissue,sex\nliver,Female\n")
    assert cli("fix", "queries/*.yaml", "queries/samples.csv", "--model", "gem-1-bulk", "--write").code == 0
    assert (folder / "samples.csv").read_text() == "tissue,sex\nliver,female\n"
    assert '"M"' in (folder / "deep" / "two.json").read_text()


def test_what_is_waived_or_ignored_is_not_fixed(cli: Cli, tmp_path: Path, broken: Path) -> None:
    text = BROKEN.replace("num_samples", "# synthquery: ignore-file[value.case]\n    num_samples")
    broken.write_text(text)
    (tmp_path / "synthquery.toml").write_text('ignore = ["legacy"]\n')
    cli("fix", "query.yaml", "--write")
    assert broken.read_text() == text.replace("UBERON_", "UBERON:")


def test_a_pattern_without_a_file_could_not_be_read(cli: Cli, tmp_path: Path) -> None:
    assert cli("fix", "none/*.json").code == 3
