"""`build`, `validate`, `predict`, `models`, `example`: from words to files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Done

Cli = Callable[..., Done]
MODELS = [
    f"gem-1-{modality}{suffix}"
    for modality in ("bulk", "sc")
    for suffix in ("", "_reference-conditioning", "_predict-metadata")
]


def test_build_writes_the_query_and_where_every_id_came_from(cli: Cli, recipe: Path, tmp_path: Path) -> None:
    done = cli("build", recipe, "-o", "query.json")
    assert done.code == 0
    assert "MONDO:0007256" in done.out
    query = json.loads((tmp_path / "query.json").read_text())
    assert query["inputs"][0]["metadata"]["tissue_ontology_id"] == "UBERON:0002107"
    assert query["inputs"][1]["metadata"]["perturbation_time"] == "96 hours"
    matches = json.loads((tmp_path / "query.provenance.json").read_text())["matches"]
    assert {"liver", "hepatocellular carcinoma", "A549", "TP53"} <= {match["label"] for match in matches}


def test_build_without_output_prints_the_query_alone_on_standard_output(cli: Cli, recipe: Path) -> None:
    done = cli("build", recipe)
    assert json.loads(done.out)["seed"] == 3
    assert "UBERON:0002107" in done.err


def test_build_takes_a_table_and_predict_what_it_wrote(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "samples.csv").write_text("tissue,sex,num_samples\nliver,M,2\nlung,,1\n")
    assert cli("build", "samples.csv", "-o", "query.json").code == 1
    done = cli("build", "samples.csv", "--model", "gem-1-bulk", "-o", "query.json")
    assert done.code == 0
    assert "UBERON:0002048" in done.out
    assert cli("predict", "query.json", "-o", "results").code == 0
    assert len(pd.read_csv(tmp_path / "results" / "metadata.csv")) == 3


def test_predict_says_that_a_recipe_or_table_has_to_be_built(cli: Cli, recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "samples.csv").write_text("tissue\nliver\n")
    for file in (recipe, "samples.csv"):
        done = cli("predict", file, "-o", "results")
        assert done.code == 1
        assert "build makes the query of it" in done.err
    (tmp_path / "broken.json").write_text("{")
    assert "build" not in cli("predict", "broken.json", "-o", "results").err


def test_predict_reads_a_query_from_standard_input(
    cli: Cli, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("build", recipe, "-o", "query.json")
    written = (tmp_path / "query.json").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(written)))
    assert cli("predict", "-", "-o", "piped").code == 0
    assert cli("predict", "query.json", "-o", "named").code == 0
    for name in ("query.json", "metadata.csv", "expression.csv.gz"):
        assert (tmp_path / "piped" / name).read_bytes() == (tmp_path / "named" / name).read_bytes()


@pytest.mark.parametrize(("text", "told"), [(b"", "is empty"), (b'{"model_id": "gem-1-sc"}', "needs inputs")])
def test_predict_says_what_is_wrong_on_standard_input(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, text: bytes, told: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    done = cli("predict", "-", "-o", "results")
    assert done.code == 1
    assert "standard input: " in done.err
    assert told in done.err
    assert "nothing was sent" in done.err
    assert not Path("results").exists()


def test_building_twice_gives_the_same_bytes(cli: Cli, recipe: Path, tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        cli("build", recipe, "-o", name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_build_reports_every_fault_of_a_recipe(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "model: gem-1-bulk\nsampling_strategy: mean estimation\n"
        "samples:\n  - {tissue: xyzzy plugh}\n  - {tisue: liver}\n"
    )
    done = cli("build", "bad.yaml", "-o", "query.json")
    assert done.code == 1
    assert "xyzzy plugh" in done.err
    assert "tisue" in done.err
    assert not (tmp_path / "query.json").exists()


def test_what_build_wrote_is_valid(cli: Cli, recipe: Path) -> None:
    cli("build", recipe, "-o", "query.json")
    done = cli("validate", "query.json", "--json")
    assert done.code == 0
    assert done.data[0]["ok"] is True


def test_validate_names_the_fault_and_exits_with_1(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "query.json").write_text(
        '{"model_id": "gem-1-bulk", "sampling_strategy": "mean estimation",'
        ' "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:9999999"}, "num_samples": 1}]}'
    )
    done = cli("validate", "query.json")
    assert done.code == 1
    assert "id.unknown" in done.out
    assert "/inputs/0/metadata/tissue_ontology_id" in done.out


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"[" * 1_000_000, b"{", b"null", b"\xff\xfe", b'{"inputs": NaN}'],
    ids=["empty", "binary", "deep", "cut off", "null", "bad UTF-16", "NaN"],
)
def test_a_file_that_is_no_query_gets_one_clear_message(cli: Cli, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "query.json").write_bytes(content)
    done = cli("validate", "query.json")
    assert done.code == 1
    assert "query.json" in done.out + done.err


@pytest.mark.parametrize("command", ["validate", "build"])
def test_a_folder_and_a_missing_file_get_one_clear_message(cli: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("folder", "missing.json"):
        done = cli(command, name)
        assert done.code in {2, 3}
        assert name in done.out + done.err


def test_predict_writes_metadata_expression_query_and_report(cli: Cli, recipe: Path, tmp_path: Path) -> None:
    cli("build", recipe, "-o", "query.json")
    done = cli("predict", "query.json", "--transport", "simulator", "-o", "results")
    assert done.code == 0
    assert "simulated" in done.out.lower()
    names = {path.name.split(".")[0] for path in (tmp_path / "results").iterdir()}
    assert {"metadata", "expression", "query", "report"} <= names
    metadata = pd.read_csv(tmp_path / "results" / "metadata.csv", index_col=0)
    assert len(metadata) == 3


@pytest.mark.parametrize("name", ["metadata.csv", "query.json", "prediction.json", "report.json"])
def test_predict_writes_over_nobodys_files(cli: Cli, tmp_path: Path, name: str) -> None:
    (tmp_path / "asked.json").write_text(cli("example", "gem-1-bulk").out, encoding="utf-8")
    (tmp_path / name).write_text("mine", encoding="utf-8")
    done = cli("predict", "asked.json", "-o", ".")
    assert done.code == 2
    assert name in done.err
    assert "another folder" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["asked.json", name])
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_predict_says_that_a_file_is_no_folder_for_results(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "asked.json").write_text(cli("example", "gem-1-bulk").out, encoding="utf-8")
    done = cli("predict", "asked.json", "-o", "asked.json")
    assert done.code == 3
    assert "asked.json: is a file" in done.err


def test_predict_writes_over_its_own_results_and_leaves_the_query_as_it_was_written(
    cli: Cli, tmp_path: Path
) -> None:
    text = cli("example", "gem-1-bulk").out + "\n\n"
    (tmp_path / "query.json").write_text(text, encoding="utf-8")
    for _ in range(2):
        assert cli("predict", "query.json", "-o", ".").code == 0
    assert (tmp_path / "query.json").read_text(encoding="utf-8") == text
    assert (tmp_path / "metadata.csv").is_file()


def test_predict_sends_nothing_when_the_query_has_errors(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "query.json").write_text('{"model_id": "gem-1-sc", "inputs": []}')
    done = cli("predict", "query.json", "-o", "results")
    assert done.code == 1
    assert not (tmp_path / "results").exists()


def test_an_unknown_transport_is_named_with_those_there_are(cli: Cli, recipe: Path) -> None:
    cli("build", recipe, "-o", "query.json")
    done = cli("predict", "query.json", "--transport", "pigeon", "-o", "results")
    assert done.code in {2, 3}
    assert "simulator" in done.err


def test_models_lists_all_six(cli: Cli) -> None:
    assert [model["model_id"] for model in cli("models", "--json").data if model["model_id"] in MODELS]
    assert {model["model_id"] for model in cli("models", "--json").data} >= set(MODELS)
    assert "44,592" in cli("models").out


@pytest.mark.parametrize("model", MODELS)
def test_the_example_of_every_model_is_valid(cli: Cli, model: str) -> None:
    assert cli("example", model, "-o", "example.json").code == 0
    assert cli("validate", "example.json").code == 0


def test_an_unknown_model_is_wrong_usage_with_near_names(cli: Cli) -> None:
    done = cli("example", "gem-1-bluk")
    assert done.code == 2
    assert "gem-1-bulk" in done.err
