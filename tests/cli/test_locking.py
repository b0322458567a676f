"""`build --lock`, then `build` and `validate` with and without `--locked`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Done


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHQUERY_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def locked(cli: Callable[..., Done], recipe: Path, tmp_path: Path) -> Path:
    assert cli("build", recipe, "-o", "q.json", "--lock").code == 0
    return tmp_path / "synthquery.lock"


def test_a_locked_build_gives_the_same_bytes(cli: Callable[..., Done], recipe: Path, locked: Path) -> None:
    first, lock = Path("q.json").read_bytes(), locked.read_bytes()
    for options in ((), ("--locked",), ("--lock",)):
        assert cli("build", recipe, "-o", "q.json", *options).code == 0
        assert Path("q.json").read_bytes() == first
        assert locked.read_bytes() == lock


def test_the_file_reads_well(locked: Path) -> None:
    text = locked.read_text()
    assert (
        '  { field = "tissue", label = "liver", id = "UBERON:0002107", term = "liver", decided_by = "rule" },'
        in text
    )
    assert '[ontologies."MONDO"]\nrelease = "v' in text
    assert '[recipes."recipe.yaml"]' in text
    assert 'query = "q.json"' in text


def test_what_differs_fails_a_locked_build(cli: Callable[..., Done], recipe: Path, locked: Path) -> None:
    recipe.write_text(recipe.read_text().replace("tissue: liver", "tissue: brain"))
    done = cli("build", recipe, "-o", "other.json", "--locked")
    assert done.code == 1
    assert "is not the recipe that was locked" in done.err
    assert "tissue 'brain' is not locked" in done.err
    assert not Path("other.json").exists()
    assert cli("build", recipe, "-o", "other.json").code == 0


def test_a_decision_in_the_lock_is_followed(cli: Callable[..., Done], recipe: Path, locked: Path) -> None:
    locked.write_text(
        locked.read_text().replace(
            'label = "liver", id = "UBERON:0002107"', 'label = "liver", id = "UBERON:0000955"'
        )
    )
    assert cli("build", recipe, "-o", "q2.json").code == 0
    assert "UBERON:0000955" in Path("q2.json").read_text()
    done = cli("build", recipe, "--locked")
    assert (done.code, "is not the one that was locked" in done.err) == (1, True)


def test_validation_fails_on_any_drift(cli: Callable[..., Done], locked: Path) -> None:
    assert cli("validate", "q.json", "--locked").code == 0
    good = locked.read_text()
    locked.write_text(good.replace('[ontologies."CL"]\nrelease = "v', '[ontologies."CL"]\nrelease = "v1999-'))
    done = cli("validate", "q.json", "--locked")
    assert (done.code, "CL v1999-" in done.err) == (1, True)
    done = cli("validate", "q.json")
    assert (done.code, "warning: " in done.err) == (0, True)
    locked.write_text(good)
    Path("q.json").write_text(Path("q.json").read_text().replace('"male"', '"female"'))
    done = cli("validate", "q.json", "--locked")
    assert (done.code, "q.json is not the query that was locked" in done.err) == (1, True)
    assert cli("validate", "q.json").code == 0


def test_without_a_lock_file_locked_fails_and_the_rest_goes_on(
    cli: Callable[..., Done], recipe: Path
) -> None:
    done = cli("build", recipe, "--locked")
    assert (done.code, "there is no lock file" in done.err) == (1, True)
    assert cli("build", recipe).code == 0
    assert not Path("synthquery.lock").exists()
    assert cli("build", recipe, "--lock", "--locked").code == 2


def test_a_broken_lock_file_is_one_line(cli: Callable[..., Done], recipe: Path) -> None:
    Path("synthquery.lock").write_text("<<<<<<< HEAD\n")
    done = cli("build", recipe)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "is no lock file" in done.err


def test_recipes_share_a_lock_file(cli: Callable[..., Done], recipe: Path, locked: Path) -> None:
    other = Path("more") / "other.yaml"
    other.parent.mkdir()
    other.write_text("model: gem-1-sc\nsamples:\n  - {cell_type: B cell}\n")
    assert cli("build", other, "-o", "more/other.json", "--lock").code == 0
    assert cli("build", recipe, "--locked").code == 0
    assert cli("build", other, "--locked").code == 0
    assert cli("validate", "q.json", "more/other.json", "--locked").code == 0


def test_what_is_locked_does_not_end_up_in_a_file_of_decisions(
    cli: Callable[..., Done], locked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "next.yaml").write_text(
        "model: gem-1-bulk\nsampling_strategy: mean estimation\n"
        "samples:\n  - {tissue: liver}\n  - {tissue: muscle thing}\n"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("UBERON:0002385\n"))
    assert cli("build", "next.yaml", "-o", "next.json", "--interactive").code == 0
    kept = (tmp_path / "synthquery.decisions.tsv").read_text()
    assert "muscle thing" in kept
    assert "liver" not in kept
