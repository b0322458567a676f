"""Builders: words in, a typed query and its provenance out; never a silent guess."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from synthquery.builder import (
    WORDS,
    BulkQueryBuilder,
    MetadataPredictionQueryBuilder,
    ReferenceConditioningQueryBuilder,
    SingleCellQueryBuilder,
    releases,
    word_for,
)
from synthquery.errors import CountsDataError, InvalidValueError, SynthQueryError, UnresolvedLabelError
from synthquery.query import (
    METADATA_KEYS,
    BulkQuery,
    MetadataPredictionQuery,
    ReferenceConditioningQuery,
    SingleCellQuery,
)
from synthquery.simulator.genes import gene_order

BULK = BulkQueryBuilder()
READS = np.arange(44_592)


def metadata_of(builder: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = builder.build().to_dict()["inputs"][-1]["metadata"]
    return metadata


@pytest.mark.parametrize(
    ("words", "metadata"),
    [
        ({"tissue": "liver"}, {"tissue_ontology_id": "UBERON:0002107"}),
        ({"cell_type": "hepatocyte"}, {"cell_type_ontology_id": "CL:0000182"}),
        ({"disease": "hepatocellular carcinoma"}, {"disease_ontology_id": "MONDO:0007256"}),
        ({"disease": "healthy"}, {"disease_ontology_id": "PATO:0000461"}),
        ({"cell_line": "A549"}, {"cell_line_ontology_id": "CVCL_0023"}),
        ({"gene": "TP53"}, {"perturbation_ontology_id": "ENSG00000141510"}),
        (
            {"compound": "metformin"},
            {"perturbation_ontology_id": "CHEBI:6801", "perturbation_type": "compound"},
        ),
        ({"age": "18 months"}, {"age_years": "1.5"}),
        ({"age": 61}, {"age_years": "61"}),
        ({"time": "24h", "dose": "10uM"}, {"perturbation_time": "24 hours", "perturbation_dose": "10 um"}),
        ({"sex": "Male", "sample_type": "Primary Tissue"}, {"sample_type": "primary tissue", "sex": "male"}),
        ({"sex": "F"}, {"sex": "female"}),
        (
            {"library_selection": "polyA", "library_layout": "paired", "platform": "Illumina"},
            {"library_selection": "PolyA", "library_layout": "PAIRED", "platform": "illumina"},
        ),
        ({"race": "White", "ethnicity": "unlisted words"}, {"race": "white", "ethnicity": "unlisted words"}),
        ({"genotype": "KRAS  p.Gly13Asp "}, {"genotype": "KRAS p.Gly13Asp"}),
        ({"developmental_stage": "adult"}, {"developmental_stage": "adult"}),
        ({"study": "prjna248332"}, {"study": "PRJNA248332"}),
        ({"study": "GTEx"}, {"study": "GTEx"}),
        ({}, {}),
        ({"tissue": None}, {}),
    ],
    ids=str,
)
def test_words_become_metadata(words: dict[str, Any], metadata: dict[str, Any]) -> None:
    assert metadata_of(BULK.add(**words)) == metadata


@pytest.mark.parametrize(
    ("word", "spelling", "identifier"),
    [
        ("tissue", "UBERON_0002107", "UBERON:0002107"),
        ("tissue", "http://purl.obolibrary.org/obo/UBERON_0002107", "UBERON:0002107"),
        ("cell_line", "RRID:CVCL_0023", "CVCL_0023"),
        ("gene", "ENSG00000141510.17", "ENSG00000141510"),
        ("compound", "CHEBI_6801", "CHEBI:6801"),
        ("compound", "CHEMBL:25", "CHEMBL25"),
        ("perturbation", "ensembl:ENSG00000141510", "ENSG00000141510"),
        ("perturbation", "chembl25", "CHEMBL25"),
        ("perturbation", "taxid:11320", "NCBITAXON:11320"),
        ("perturbation", "11320", "NCBITAXON:11320"),
        ("tissue_ontology_id", "uberon:0002107", "UBERON:0002107"),
        ("perturbation_ontology_id", "CHEBI:6801", "CHEBI:6801"),
    ],
)
def test_identifiers_are_taken_in_any_spelling(word: str, spelling: str, identifier: str) -> None:
    assert identifier in metadata_of(BULK.add(**{word: spelling})).values()


def test_the_service_names_are_accepted_for_the_words() -> None:
    words = BULK.add(tissue="liver", age=61, time="24h", dose="10uM", perturbation="dmso")
    names = BULK.add(
        tissue_ontology_id="UBERON:0002107",
        age_years="61",
        perturbation_time="24 hours",
        perturbation_dose="10 um",
        perturbation_ontology_id="dmso",
    )
    assert words.build() == names.build()


def test_a_taxon_may_be_written_in_digits() -> None:
    builder = BulkQueryBuilder(taxon_form="digits").add(perturbation="NCBITaxon_11320")
    assert metadata_of(builder) == {"perturbation_ontology_id": "11320"}


def test_a_control_word_fills_the_type_and_a_given_type_stays() -> None:
    assert metadata_of(BULK.add(perturbation="DMSO")) == {
        "perturbation_ontology_id": "dmso",
        "perturbation_type": "control",
    }
    assert (
        metadata_of(BULK.add(perturbation="dmso", perturbation_type="compound"))["perturbation_type"]
        == "compound"
    )
    assert (
        metadata_of(BULK.add(compound="metformin", perturbation_type="other"))["perturbation_type"] == "other"
    )
    assert "perturbation_type" not in metadata_of(BULK.add(gene="TP53"))


def test_an_obsolete_identifier_is_replaced_and_the_match_says_so() -> None:
    builder = BULK.add(cell_type="CL:0000003")
    (match,) = builder.matches
    assert metadata_of(builder) == {"cell_type_ontology_id": match.id}
    assert match.id == "CL:0000000"
    assert match.how == "id (replaces CL:0000003)"


def test_every_match_says_where_it_came_from() -> None:
    builder = BULK.add(tissue="liver").add(cell_line="A549", sex="M", time="24h", genotype="wt")
    tissue, cell_line, sex, time = builder.matches
    assert (tissue.place, tissue.label, tissue.id, tissue.term_label) == (
        "samples[0].tissue",
        "liver",
        "UBERON:0002107",
        "liver",
    )
    assert (tissue.how, tissue.matched) == ("label", "liver")
    assert tissue.release.startswith("UBERON v")
    assert (cell_line.place, cell_line.term_label) == ("samples[1].cell_line", "A-549")
    assert (sex.label, sex.id, sex.how) == ("M", "male", "vocabulary")
    assert (time.label, time.id, time.how) == ("24h", "24 hours", "quantity")
    assert 0 < tissue.score <= 1
    assert tissue.to_dict()["release"] == tissue.release
    assert set(releases(builder.matches)) == {"UBERON", "CVCL"}


def test_a_builder_does_not_change_and_may_go_two_ways() -> None:
    one = BULK.add(tissue="liver")
    two, three = one.add(sex="male"), one.add(sex="female")
    assert (len(BULK), len(one), len(two), len(three)) == (0, 1, 2, 2)
    assert two.build() != three.build()
    assert len(one.matches) == 1


def test_building_twice_gives_the_same_query() -> None:
    def built() -> BulkQuery:
        return (
            BulkQueryBuilder(seed=7)
            .add(tissue="liver", disease="hepatocellular carcinoma", num_samples=5)
            .build()
        )

    assert built() == built()
    assert built().to_json() == built().to_json()


def test_settings_and_numbers_of_samples_travel() -> None:
    builder = BulkQueryBuilder(
        sampling_strategy="mean estimation",
        total_count=8_000_000,
        deterministic_latents=True,
        seed=np.int64(42),
    )
    query = builder.add(tissue="liver", num_samples=np.int32(5)).add(tissue="brain").build()
    assert type(query) is BulkQuery
    assert query.n_samples == 6
    assert query.to_dict() == {
        "sampling_strategy": "mean estimation",
        "total_count": 8_000_000,
        "deterministic_latents": True,
        "seed": 42,
        "inputs": [
            {"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 5},
            {"metadata": {"tissue_ontology_id": "UBERON:0000955"}, "num_samples": 1},
        ],
    }


def test_single_cells_have_their_own_model_and_strategy() -> None:
    query = (
        SingleCellQueryBuilder().add(cell_type="plasma cell", tissue="colon", platform="10x 3' v3").build()
    )
    assert type(query) is SingleCellQuery
    assert query.model_id == "gem-1-sc"
    assert query.sampling_strategy == "mean estimation"
    assert query.inputs[0].metadata.platform == "10x 3' v3"


@pytest.mark.parametrize(
    "label", ["zzyzx unheard of", "liver or kidney perhaps", "CL:9999999", "UBERON:0002107x"]
)
def test_a_label_that_is_no_clear_term_raises(label: str) -> None:
    with pytest.raises(UnresolvedLabelError) as caught:
        BULK.add(cell_type=label)
    assert caught.value.resolution.status != "resolved"
    assert caught.value.resolution.label == label
    assert str(caught.value).startswith("cell_type: ")
    assert isinstance(caught.value, SynthQueryError | LookupError)


def test_an_ambiguous_label_lists_its_candidates() -> None:
    with pytest.raises(UnresolvedLabelError) as caught:
        BULK.add(disease="flu-like thing")
    candidates = caught.value.resolution.candidates
    assert candidates
    assert candidates[0].term.id in str(caught.value)
    assert caught.value.problems[0].suggestions[0] == candidates[0].term.id


def test_an_identifier_of_another_ontology_is_refused() -> None:
    with pytest.raises(UnresolvedLabelError, match="not a MONDO identifier"):
        BULK.add(disease="UBERON:0002107")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"sex": "unknown"}, "sex: 'unknown' is none of the values: male, female"),
        ({"sample_type": "blood"}, "organoid"),
        ({"library_selection": "magic"}, "Hybrid Selection"),
        ({"platform": "nanopore"}, "none of the values: illumina"),
        ({"age": "60-69"}, "several values"),
        ({"age": True}, "no age"),
        ({"time": 24}, "no unit"),
        ({"time": "5 m"}, "'5 minutes' or '5 months'"),
        ({"dose": "10 foo"}, "unknown unit 'foo'"),
        ({"tissue": ""}, "is empty"),
        ({"tissue": 5}, "expected text, not int"),
        ({"num_samples": 0}, "no number of samples"),
        ({"num_samples": True}, "no number of samples"),
        ({"num_samples": "5"}, "no number of samples"),
        ({"num_samples": 2.0}, "no number of samples"),
        ({"gene": "TP53", "compound": "metformin"}, "gene and compound are given"),
        ({"compound": "metformin", "perturbation": "dmso"}, "compound and perturbation are given"),
        ({"perturbation": "TP53"}, "use gene or compound"),
        ({"perturbation": "ENST00000269305"}, "transcript"),
        ({"perturbation": "MONDO:0007256"}, "no identifier of a gene, compound or taxon"),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_used_raises(words: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidValueError, match=said) as caught:
        BULK.add(**words)
    assert len(caught.value.problems) == 1
    assert isinstance(caught.value, ValueError)


def test_all_faults_of_one_call_are_told_together() -> None:
    with pytest.raises(UnresolvedLabelError) as caught:
        BULK.add(tissue="zzyzx", sex="unknown", age="60-69", num_samples=0)
    assert [problem.place for problem in caught.value.problems] == ["tissue", "sex", "age", "num_samples"]


def test_a_control_given_as_a_compound_gets_a_hint() -> None:
    with pytest.raises(UnresolvedLabelError, match="For a control write perturbation: vehicle control"):
        BULK.add(compound="vehicle control")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"tisue": "liver"}, "unexpected keyword argument 'tisue'; did you mean 'tissue'"),
        ({"tissue_id": "x"}, "did you mean 'tissue"),
        ({"qqq": 1}, "unexpected keyword argument 'qqq'$"),
        ({"tissue": "liver", "tissue_ontology_id": "UBERON:0002107"}, "are the same"),
    ],
    ids=str,
)
def test_an_unknown_keyword_is_a_type_error_with_a_hint(words: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        BULK.add(**words)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: BulkQueryBuilder(seed=True), "seed: expected a whole number, not True"),
        (lambda: BulkQueryBuilder(seed=-1), "at least 0"),
        (lambda: BulkQueryBuilder(seed=2**40), "at most"),
        (lambda: BulkQueryBuilder(total_count=0), "at least 1"),
        (lambda: BulkQueryBuilder(total_count=1.5), "whole number"),
        (lambda: BulkQueryBuilder(deterministic_latents=1), "true or false"),
        (lambda: BulkQueryBuilder(sampling_strategy="guess"), "takes 'sample generation' or"),
        (
            lambda: SingleCellQueryBuilder(sampling_strategy="sample generation"),
            "gem-1-sc takes 'mean estimation'",
        ),
        (lambda: ReferenceConditioningQueryBuilder(conditioning="biological"), "expected a list"),
        (lambda: ReferenceConditioningQueryBuilder(conditioning=["x"]), "'biological' or 'technical'"),
        (BULK.build, "needs at least one input"),
        (MetadataPredictionQueryBuilder().build, "needs at least one input"),
    ],
)
def test_settings_are_checked_when_they_are_given(make: Any, said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        make()


@pytest.mark.parametrize(
    "counts",
    [
        READS.tolist(),
        READS,
        READS[None, :],
        pd.Series(READS),
        pd.DataFrame([READS]),
        sparse.csr_matrix(READS[None, :]),
    ],
    ids=lambda counts: type(counts).__name__,
)
def test_counts_come_in_any_container(counts: Any) -> None:
    query = MetadataPredictionQueryBuilder(modality="bulk", seed=1).add(counts).build()
    assert type(query) is MetadataPredictionQuery
    assert query.model_id == "gem-1-bulk_predict-metadata"
    assert np.array_equal(query.inputs[0].counts, READS)


@pytest.mark.parametrize("make", [pd.Series, lambda *parts: pd.Series(*parts).to_frame().T])
@pytest.mark.parametrize("modality", ["bulk", "single-cell"])
def test_names_of_genes_in_another_order_than_the_models_are_refused(modality: Any, make: Any) -> None:
    order = list(gene_order(modality))
    other = sorted(order) if modality == "single-cell" else order[::-1]
    counts = make(np.arange(len(other)), other)
    assert len(MetadataPredictionQueryBuilder(modality=modality).add(make(np.arange(len(order)), order))) == 1
    with pytest.raises(CountsDataError, match=r"sorted by Ensembl ID.*give gene_order="):
        MetadataPredictionQueryBuilder(modality=modality).add(counts)
    query = MetadataPredictionQueryBuilder(modality=modality, gene_order="simulator").add(counts).build()
    assert query.inputs[0].counts[order.index(other[5])] == 5


def test_each_row_of_counts_is_an_input() -> None:
    reads = np.ones((3, 37_125), dtype=int)
    builder = ReferenceConditioningQueryBuilder(
        modality="single-cell", conditioning=["technical"], fixed_total_count=True
    )
    builder = builder.add(reads, gene="TP53", perturbation_type="crispr", time="96h", num_samples=2).add(
        counts=reads[0]
    )
    query = builder.build()
    assert type(query) is ReferenceConditioningQuery
    assert query.model_id == "gem-1-sc_reference-conditioning"
    assert query.n_samples == 3 * 2 + 1
    assert query.inputs[2].metadata.to_dict() == {
        "perturbation_ontology_id": "ENSG00000141510",
        "perturbation_type": "crispr",
        "perturbation_time": "96 hours",
    }
    assert query.inputs[3].metadata.to_dict() == {}
    assert {match.sample for match in builder.matches} == {0, 1, 2}
    settings = {key: value for key, value in query.to_dict().items() if key != "inputs"}
    assert settings == {
        "sampling_strategy": "mean estimation",
        "fixed_total_count": True,
        "conditioning": ["technical"],
    }


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([1, 2, 3], "expected 44,592 counts a sample"),
        (np.zeros((44_592, 2)), "rows are samples"),
        (READS - 1, "is negative"),
        (READS / 2, "not a whole number"),
        ("many", "a list or an array"),
        ([], "44,592"),
        (np.zeros((0, 44_592)), "no samples"),
    ],
)
def test_counts_that_are_none_are_refused(counts: Any, said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        MetadataPredictionQueryBuilder().add(counts)


def test_a_table_is_one_condition_a_row() -> None:
    table = pd.DataFrame(
        {
            "Tissue": ["liver", "brain", None],
            "cell-type": [None, "", "hepatocyte"],
            "age": [1.0, None, 61],
            "num_samples": [2, 3, 1],
        }
    )
    builder = BULK.add_table(table)
    by_hand = (
        BULK.add(tissue="liver", age=1, num_samples=2)
        .add(tissue="brain", num_samples=3)
        .add(cell_type="hepatocyte", age=61)
    )
    assert builder.build() == by_hand.build()
    assert (
        BULK.add_table([{"tissue_ontology_id": "UBERON:0002107"}]).build() == BULK.add(tissue="liver").build()
    )


def test_faults_of_a_table_are_told_together_with_their_rows() -> None:
    with pytest.raises(UnresolvedLabelError) as caught:
        BULK.add_table([{"tissue": "zzyzx"}, {"tissue": "liver"}, {"sex": "unknown", "num_samples": 0}])
    places = [problem.place for problem in caught.value.problems]
    assert places == ["row 0, tissue", "row 2, sex", "row 2, num_samples"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([{"tisue": "liver"}], "no field for the column 'tisue'; did you mean 'tissue'"),
        ([{"tissue": "liver", "tissue_ontology_id": "x"}], "two columns are for tissue"),
        ({"tissue": "liver"}, "expected a DataFrame"),
        ([5], "expected a DataFrame"),
        (5, "expected a DataFrame"),
    ],
    ids=str,
)
def test_a_table_of_another_shape_is_refused(table: Any, said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        BULK.add_table(table)


def test_the_words_cover_the_metadata_keys_and_the_keywords() -> None:
    assert {word.key for word in WORDS.values()} == set(METADATA_KEYS)
    for builder in (BulkQueryBuilder, SingleCellQueryBuilder):
        keywords = set(inspect.signature(builder.add).parameters) - {"self", "api_names", "num_samples"}
        assert keywords == set(WORDS)
    assert {word_for(key) for key in METADATA_KEYS} <= set(WORDS)
    assert word_for("Cell type") == "cell_type"
    assert word_for("colour") is None


@pytest.mark.parametrize(
    "kind",
    [
        BulkQueryBuilder,
        SingleCellQueryBuilder,
        ReferenceConditioningQueryBuilder,
        MetadataPredictionQueryBuilder,
    ],
)
def test_builders_print_what_they_hold(kind: Any) -> None:
    assert repr(kind(seed=3)).startswith(f"<{kind.__name__}: 0 inputs")
    assert "seed=3" in repr(kind(seed=3))
