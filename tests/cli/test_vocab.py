"""`synthquery vocab`: add, list, remove, and what `validate` then says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Done


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHQUERY_DATA_DIR", str(tmp_path / "data"))


def test_add_validate_list_remove(cli: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "accepted.json").write_text('{"tissue": ["UBERON:0000955"]}')
    (tmp_path / "query.json").write_text(
        '{"model_id": "gem-1-bulk", "sampling_strategy": "mean estimation",'
        ' "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 1}]}'
    )
    assert cli("validate", "query.json").code == 0
    done = cli("vocab", "add", "gem-1-bulk", "accepted.json")
    assert (done.code, done.out.strip().endswith("tissue_ontology_id 1")) == (0, True)
    done = cli("validate", "query.json")
    assert (done.code, "term.not-in-model" in done.out) == (1, True)
    assert cli("vocab", "list", "--json").data[0]["values"] == {"tissue_ontology_id": 1}
    assert "gem-1-bulk" in cli("vocab", "list").out
    assert cli("vocab", "remove", "gem-1-bulk").code == 0
    assert cli("vocab", "remove", "gem-1-bulk").code == 1
    assert cli("validate", "query.json").code == 0
    assert "no vocabulary was added" in cli("vocab", "list").out


def test_what_is_no_vocabulary_is_one_line(cli: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "accepted.json").write_text("nothing")
    done = cli("vocab", "add", "gem-1-bulk", "accepted.json")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert cli("vocab", "add", "gem-1-bluk", "accepted.json").code == 2
    assert cli("vocab", "add", "gem-1-bulk", "missing.json").code == 2
