"""A model's own list makes validation two-layered: a real term, and one this model accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthquery.errors import UnknownModelError, VocabularyError
from synthquery.validation import Report, validate
from synthquery.vocab import add_vocabulary, list_vocabularies, remove_vocabulary, vocabulary_of

LIVER, BRAIN, LEFT_LOBE, LOBE, ORGAN = (
    "UBERON:0002107",
    "UBERON:0000955",
    "UBERON:0001115",
    "UBERON:0001113",
    "UBERON:0000062",
)


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTHQUERY_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def publish(folder: Path, content: Any, model: str = "gem-1-bulk") -> None:
    file = folder / "accepted.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    add_vocabulary(model, file)


def checked(model: str | None = "gem-1-bulk", **metadata: str) -> Report:
    return validate(
        {"sampling_strategy": "mean estimation", "inputs": [{"metadata": metadata, "num_samples": 1}]}, model
    )


def test_an_accepted_term_passes_in_any_spelling_of_the_list(tmp_path: Path) -> None:
    publish(tmp_path, {"tissue": ["UBERON_0002107", {"id": "uberon:0000955", "label": "brain"}]})
    assert not checked(tissue_ontology_id=LIVER).issues
    assert not checked(tissue_ontology_id=BRAIN).issues


def test_a_real_term_that_the_model_does_not_accept_is_named_with_its_nearest(tmp_path: Path) -> None:
    publish(tmp_path, {"tissue_ontology_id": [LIVER, BRAIN]})
    (issue,) = checked(tissue_ontology_id=LEFT_LOBE).issues
    assert (issue.code, issue.suggestions) == ("term.not-in-model", (LIVER,))
    assert "left lobe of liver" in issue.message
    assert "above it" in issue.message


def test_the_nearest_ancestors_come_first_then_descendants_then_siblings(tmp_path: Path) -> None:
    publish(tmp_path, {"tissue": [LIVER, LEFT_LOBE, "UBERON:0001114"]})
    (issue,) = checked(tissue_ontology_id=LOBE).issues
    assert issue.suggestions[0] == LIVER
    assert set(issue.suggestions[1:]) == {LEFT_LOBE, "UBERON:0001114"}
    publish(tmp_path, {"tissue": ["UBERON:0001114"]})
    (issue,) = checked(tissue_ontology_id=LEFT_LOBE).issues
    assert (issue.suggestions, "beside it" in issue.message) == (("UBERON:0001114",), True)


def test_a_term_without_accepted_relatives_says_so(tmp_path: Path) -> None:
    publish(tmp_path, {"cell_line": ["CVCL_0030"]})
    (issue,) = checked(cell_line_ontology_id="CVCL_0023", sample_type="cell line").issues
    assert (issue.code, issue.suggestions) == ("term.not-in-model", ())


def test_what_is_no_real_term_is_said_first(tmp_path: Path) -> None:
    publish(tmp_path, {"tissue": [LIVER]})
    assert [issue.code for issue in checked(tissue_ontology_id="UBERON:9999999").issues] == ["id.unknown"]
    codes = [issue.code for issue in checked(tissue_ontology_id="uberon_0000955").issues]
    assert codes == ["id.noncanonical", "term.not-in-model"]


def test_words_are_checked_too_and_keys_that_are_not_listed_are_not(tmp_path: Path) -> None:
    publish(tmp_path, {"developmental_stage": ["adult", "embryonic"], "age_years": [61, "7"]})
    assert not checked(developmental_stage="adult", age_years="61", tissue_ontology_id=LIVER).issues
    (issue,) = checked(developmental_stage="embrionic").issues
    assert (issue.code, issue.suggestions) == ("term.not-in-model", ("embryonic",))
    assert [issue.code for issue in checked(age_years="62").issues] == ["term.not-in-model"]


def test_genes_and_compounds_are_values_of_one_key(tmp_path: Path) -> None:
    publish(tmp_path, {"gene": ["ENSG00000141510"], "compound": ["CHEBI:45783"]})
    found = vocabulary_of("gem-1-bulk")
    assert found is not None
    assert dict(found.values) == {"perturbation_ontology_id": frozenset({"ENSG00000141510", "CHEBI:45783"})}


def test_other_models_are_not_concerned(tmp_path: Path) -> None:
    publish(tmp_path, {"tissue": [BRAIN]})
    assert not checked("gem-1-sc", tissue_ontology_id=LIVER).issues
    # Without a model a body suits either: what one of them accepts passes.
    assert "term.not-in-model" not in {issue.code for issue in checked(None, tissue_ontology_id=LIVER).issues}


def test_removed_it_is_forgotten(tmp_path: Path) -> None:
    publish(tmp_path, {"tissue": [BRAIN]})
    assert [vocabulary.model_id for vocabulary in list_vocabularies()] == ["gem-1-bulk"]
    assert remove_vocabulary("gem-1-bulk")
    assert not remove_vocabulary("gem-1-bulk")
    assert list_vocabularies() == []
    assert not checked(tissue_ontology_id=LIVER).issues


@pytest.mark.parametrize(
    ("content", "because"),
    [
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "expected an object of fields"),
        ("{}", "expected an object of fields"),
        ({"tissue": []}, "at least one"),
        ({"tissue": "UBERON:0002107"}, "expected a list"),
        ({"tissue": [None]}, r"tissue\[0\]: None is no value"),
        ({"tisue": [LIVER]}, "there is no field 'tisue'"),
    ],
)
def test_what_is_no_vocabulary_is_refused_and_the_old_one_stays(
    tmp_path: Path, content: Any, because: str
) -> None:
    publish(tmp_path, {"tissue": [LIVER]})
    with pytest.raises(VocabularyError, match=because):
        publish(tmp_path, content)
    assert not checked(tissue_ontology_id=LIVER).issues
    assert [issue.code for issue in checked(tissue_ontology_id=BRAIN).issues] == ["term.not-in-model"]


def test_a_damaged_list_is_said_and_never_fine_in_silence(tmp_path: Path, own_data: Path) -> None:
    publish(tmp_path, {"tissue": [BRAIN]})
    (own_data / "vocabularies" / "gem-1-bulk.json").write_text("{")
    report = checked(tissue_ontology_id=LIVER)
    assert [issue.code for issue in report.issues] == ["model.unchecked"]
    assert report.unchecked
    publish(tmp_path, {"tissue": [LIVER]})
    assert not checked(tissue_ontology_id=LIVER).issues


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(UnknownModelError, match="gem-1-bulk"):
        add_vocabulary("gem-1-bluk", "accepted.json")


def test_a_field_the_model_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="takes no tissue_ontology_id"):
        publish(tmp_path, {"tissue": [LIVER]}, "gem-1-bulk_reference-conditioning")


def test_fields_may_be_wrapped_and_listed_with_counts(tmp_path: Path) -> None:
    publish(
        tmp_path, {"model_id": "gem-1-bulk", "fields": {"Cell type": {"CL:0000182": 12, "CL:0000236": 3}}}
    )
    found = vocabulary_of("gem-1-bulk")
    assert found is not None
    assert found.values["cell_type_ontology_id"] == {"CL:0000182", "CL:0000236"}
