"""How a label is read beyond the label as it stands, and what a reading passes over."""

from __future__ import annotations

import pytest

import synthquery as sq
from synthquery.resolver.readings import has_detail, names_several, readings


def read(label: str, field: str) -> list[tuple[str, str, str]]:
    return [(reading.text, reading.kind, reading.without) for reading in readings(label, field)]


def test_a_detail_in_brackets_is_passed_over_and_noted() -> None:
    assert ("Collecting Duct", "aside", "Outer Medulla") in read("Collecting Duct (Outer Medulla)", "tissue")


def test_an_abbreviation_of_the_label_itself_is_no_detail() -> None:
    assert read("Fibroblastic Reticular Cell (FRC)", "cell_type")[0] == (
        "Fibroblastic Reticular Cell",
        "aside",
        "",
    )
    assert not has_detail("Human Intestinal Epithelial Cells (HIECs)")
    assert has_detail("Dendritic cell (migratory)")


def test_square_brackets_hold_another_wording() -> None:
    assert ("rubella", "aside", "") in read("rubella [german measles]", "disease")
    assert not has_detail("rubella [german measles]")


def test_a_word_in_brackets_may_stand_for_the_word_before() -> None:
    assert "cingulate gyrus, posterior part" in [
        text for text, _, _ in read("cingulate gyrus, caudal (posterior) part", "tissue")
    ]


def test_a_comma_says_more_of_a_thing_and_a_slash_names_another() -> None:
    assert ("paracentral lobule", "aside", "caudal part") in [
        (text, kind, without.strip())
        for text, kind, without in read("paracentral lobule, caudal part", "tissue")
    ]
    pieces = [(text, kind) for text, kind, _ in read("hepatocytes/cholangiocytes", "cell_type")]
    assert pieces == [("hepatocytes", "piece"), ("cholangiocytes", "later piece")]


@pytest.mark.parametrize(
    ("label", "several"),
    [("Tem/Trm cytotoxic T cells", True), ("lung; liver", True), ("L2/3 IT", False), ("heart or lung", True)],
)
def test_labels_that_name_several_things_are_known(label: str, several: bool) -> None:
    assert names_several(label) is several


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Dendritic cell (migratory)", "cell_type"),
        ("Keratinocyte (Basal)", "cell_type"),
        ("megakaryocytes/platelets", "cell_type"),
        ("bone marrow sinusoid", "tissue"),
        ("decidual blood vessel", "tissue"),
    ],
)
def test_a_label_with_more_detail_than_the_term_found_is_a_question(label: str, field: str) -> None:
    found = sq.resolve(label, field)
    assert found.status == "ambiguous"
    assert found.candidates


@pytest.mark.parametrize(
    ("label", "term"),
    [
        ("paracentral lobule, caudal part", "posterior segment of paracentral lobule"),
        ("Collecting Duct (Outer Medulla)", "outer medullary collecting duct"),
        ("cingulate gyrus, caudal (posterior) part", "posterior cingulate gyrus"),
        ("gut associated lymphoid tissue (GALT)/lamina propria", "gut-associated lymphoid tissue"),
    ],
)
def test_a_term_that_says_all_of_a_label_comes_before_one_that_says_half(label: str, term: str) -> None:
    assert sq.resolve(label, "tissue").candidates[0].term.label == term


@pytest.mark.parametrize(
    ("label", "cell"),
    [
        ("iPSC-derived neurons", "CL:0000540"),
        ("human iPSC derived cardiomyocytes", "CL:0000746"),
        ("iPSC-Derived Neurons", "CL:0000540"),
        ("monocyte-derived macrophages", "CL:0000235"),
        ("macrophages derived from monocytes", "CL:0000235"),
        ("monocyte-derived dendritic cells", "CL:0011031"),  # has a term of its own
    ],
)
def test_the_cell_that_a_cell_was_made_from_is_no_detail_of_its_type(label: str, cell: str) -> None:
    found = sq.resolve(label, "cell_type")
    assert (found.status, found.candidates[0].term.id) == ("resolved", cell)


@pytest.mark.parametrize(
    ("label", "cell"),
    [("bone marrow derived mast cells", "CL:0000097"), ("skin-derived fibroblasts", "CL:0002620")],
)
def test_the_tissue_that_a_cell_was_made_from_is_a_question(label: str, cell: str) -> None:
    found = sq.resolve(label, "cell_type")
    assert (found.status, found.candidates[0].term.id) == ("ambiguous", cell)


@pytest.mark.parametrize(
    ("label", "disease"),
    [("Crohn's", "MONDO:0005011"), ("Sjögren's", "MONDO:0010030"), ("Graves'", "MONDO:0005364")],
)
def test_a_name_alone_is_that_persons_disease_or_syndrome(label: str, disease: str) -> None:
    found = sq.resolve(label, "disease")
    assert found.term is not None
    assert found.term.id == disease


@pytest.mark.parametrize("label", ["GZMB CD8 T cell", "AP septum"])
def test_a_word_that_nobody_knows_makes_a_question_of_what_is_left(label: str) -> None:
    field = "cell_type" if "cell" in label else "tissue"
    assert sq.resolve(label, field).status == "ambiguous"


@pytest.mark.parametrize(
    ("label", "field", "term"),
    [
        ("Gastro-oesophageal reflux disease", "disease", "MONDO:0007186"),
        ("gastro-oesophageal junction", "tissue", "UBERON:0007650"),
        ("cervical intra-epithelial neoplasia", "disease", "MONDO:0022394"),
        ("extra-villous trophoblasts", "cell_type", "CL:0008036"),
    ],
)
def test_parts_of_words_that_the_ontology_writes_as_one_word_are_joined(
    label: str, field: str, term: str
) -> None:
    found = sq.resolve(label, field)
    assert found.term is not None
    assert found.term.id == term


@pytest.mark.parametrize(
    ("label", "disease"),
    [
        ("J45.9 Asthma", "asthma"),
        ("250.2 Type 2 diabetes", "type 2 diabetes mellitus"),
        ("Usher syndrome, type 2A, 276901", "Usher syndrome type 2A"),
    ],
)
def test_the_code_of_a_classification_beside_its_title_says_nothing_more(label: str, disease: str) -> None:
    found = sq.resolve(label, "disease")
    assert found.term is not None
    assert found.term.label == disease


def test_a_vitamin_is_no_code_of_a_classification() -> None:
    assert sq.resolve("B12 deficiency", "disease").candidates[0].term.label == "vitamin B12 deficiency"


def test_the_number_of_a_cluster_does_not_hide_the_cell_and_makes_a_question() -> None:
    found = sq.resolve("CD8 TEM_2", "cell_type")
    assert found.status == "ambiguous"
    assert found.candidates[0].term.label == "effector memory CD8-positive, alpha-beta T cell"
