"""What resolving promises whatever the label: order, reasons, identifiers, narrowing."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthquery.errors import IdentifierError, UnknownFieldError
from synthquery.resolver import FIELDS, field_name, resolve, resolve_many, search
from synthquery.resolver.store import index_for

FAST = ["tissue", "cell_type", "gene", "developmental_stage", "ancestry"]


@pytest.mark.parametrize("spelling", ["cell_type", "cell-type", "Cell type", "CELL TYPE", "celltype"])
def test_a_field_may_be_spelt_as_people_do(spelling):
    assert field_name(spelling) == "cell_type"


def test_an_unknown_field_says_which_there_are():
    with pytest.raises(UnknownFieldError, match="did you mean 'tissue'"):
        resolve("liver", "tisue")


@pytest.mark.parametrize(
    "spelling",
    ["UBERON:0002107", "UBERON_0002107", "uberon:0002107", "http://purl.obolibrary.org/obo/UBERON_0002107"],
)
def test_an_identifier_is_taken_where_a_label_is(spelling):
    found = resolve(spelling, "tissue")
    assert found.term.label == "liver"
    assert found.candidates[0].how == "id"


def test_an_identifier_of_another_ontology_is_refused_with_the_reason():
    found = resolve("UBERON:0002107", "disease")
    assert found.term is None
    assert "MONDO" in found.reason


def test_an_identifier_short_of_digits_is_not_taken_for_a_label():
    found = resolve("UBERON:2107", "tissue")
    assert found.term is None
    assert found.candidates == ()


def test_the_name_of_an_obsolete_term_leads_to_its_replacement():
    index = index_for("disease")
    name = next(n for n in range(index.n_names) if index.name_kind[n] == 2)
    found = resolve(index.name(name), "disease")
    assert all(not candidate.term.obsolete for candidate in found.candidates)
    assert index.term_id(index.name_term[name]) in {candidate.term.id for candidate in found.candidates}


def test_missing_labels_are_unresolved_and_say_so():
    answers = resolve_many(["liver", None, math.nan, "", "   "], "tissue")
    assert [answer.status for answer in answers] == ["resolved", *["unresolved"] * 4]
    assert "no label" in answers[1].reason


def test_a_series_keeps_its_order_and_repeats():
    answers = resolve_many(pd.Series(["kidney", "liver", "kidney"]), "tissue")
    assert [answer.term.label for answer in answers] == ["kidney", "liver", "kidney"]
    assert answers[0] is answers[2]


def test_candidates_are_distinct_live_terms_best_first():
    for label, field in [
        ("hippocampal layer", "tissue"),
        ("CD4 cell", "cell_type"),
        ("diabetes type", "disease"),
    ]:
        found = resolve(label, field)
        identifiers = [candidate.term.id for candidate in found.candidates]
        scores = [candidate.score for candidate in found.candidates]
        assert len(identifiers) == len(set(identifiers)) <= 10
        assert scores == sorted(scores, reverse=True)
        assert not any(candidate.term.obsolete for candidate in found.candidates)


def test_within_keeps_to_a_part_of_the_ontology():
    kidney = "UBERON:0002113"
    found = resolve("cortex", "tissue", within=kidney)
    assert found.candidates[0].term.label == "cortex of kidney"
    assert resolve("cortex", "tissue").term.label == "cortex"
    with pytest.raises(IdentifierError):
        resolve("cortex", "tissue", within="MONDO:0004992")


def test_a_cell_type_is_read_in_the_light_of_its_tissue():
    alone = resolve("macrophage", "cell_type")
    in_lung = resolve("macrophage", "cell_type", context={"tissue": "lung"})
    assert alone.term.label == "macrophage"
    assert in_lung.candidates[0].term.label == "lung macrophage"
    assert resolve("macrophage", "cell_type", context={"tissue": "no such place"}).term == alone.term


@pytest.mark.parametrize(
    ("label", "tissue", "cell"),
    [
        (
            "basal cell",
            "skin",
            "basal cell of epidermis",
        ),  # not that of limbs, the only one that names the skin
        ("basal cell", "lung", "respiratory basal cell"),  # not those of three kinds of bronchioles
        ("basal cell", "prostate", "basal cell of prostate epithelium"),  # not that of its acini
        ("fibroblast", "heart", "fibroblast of cardiac tissue"),
        ("macrophage", "brain", "macrophage"),  # need not be in the choroid plexus
        ("endothelial cell", "kidney", "endothelial cell"),  # need not be in a glomerulus
    ],
)
def test_a_tissue_makes_a_cell_type_as_narrow_as_it_is_itself(label, tissue, cell):
    assert resolve(label, "cell_type", context={"tissue": tissue}).term.label == cell


def test_a_disease_is_read_in_the_light_of_its_tissue():
    assert (
        resolve("adenocarcinoma", "disease", context={"tissue": "colon"}).term.label == "colon adenocarcinoma"
    )


def test_terms_for_other_species_are_no_answer_for_a_human_sample():
    label = "alpha retinal ganglion cell ON-transient"  # known of the mouse
    assert resolve(label, "cell_type").term is None
    assert resolve(label, "cell_type", species="mouse").term.label.startswith(label)
    assert resolve("Sst Chodl", "cell_type").term.label == "sst chodl GABAergic interneuron"


def test_search_looks_through_every_field():
    found = search("liver", limit=5)
    assert found[0].term.id == "UBERON:0002107"
    assert len(found) <= 5
    assert {candidate.term.ontology for candidate in search("TP53", "gene")} == {"ENSG"}


def test_resolving_twice_gives_the_same_answer():
    labels = ["CD8 TEM", "renal cortx", "muscle layer", "granular cells", "squamous epithelia"]
    assert [resolve(label, "tissue") for label in labels] == resolve_many(labels, "tissue")


STRANGE = [
    "\ud800",
    "\x00\x01",
    "x" * 1_000_000,
    "(" * 10_000,
    "+" * 50,
    "((((",
    "- - - -",
    "αβγδ",
    "１２３",
    "\u202e evil",
    "'s",
    "/",
    ",,,",
    "🫀",
    "a\tb\nc",
    "CD4+" * 500,
]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("label", STRANGE, ids=range(len(STRANGE)))
def test_strange_text_is_answered_not_raised(label, field):
    found = resolve(label, field)
    assert found.status in ("resolved", "ambiguous", "unresolved")
    assert found.reason


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60), st.sampled_from(FAST))
def test_no_text_makes_resolving_raise(label, field):
    found = resolve(label, field)
    assert (found.term is not None) == (found.status == "resolved")


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_the_label_of_a_live_term_resolves_to_it_or_states_the_ambiguity(data):
    field = data.draw(st.sampled_from(["tissue", "cell_type", "disease", "cell_line", "gene"]))
    index = index_for(field)
    term = index.term(data.draw(st.integers(0, index.n_terms - 1)))
    found = resolve(term.label, field)
    if found.status == "resolved":
        assert (
            found.term.label.casefold() == term.label.casefold()
            or found.term.id == term.id
            or found.candidates
        )
    assert found.term is None or found.term.id == term.id or len(found.candidates) > 0
    assert found.candidates, found.reason


@pytest.mark.parametrize(
    ("label", "line"),
    [
        ("HS-SY-II", "HS-SY-2"),  # a Roman numeral
        ("NIHOVCAR3", "OVCAR-3"),  # more before the name
        ("Jijoye", "Jiyoye"),  # a slip
    ],
)
def test_a_cell_line_written_otherwise_is_suggested_and_never_taken(label, line):
    found = resolve(label, "cell_line")
    assert found.term is None
    assert line in [candidate.term.label for candidate in found.candidates]


def test_a_wrong_digit_is_no_suggestion():
    assert "A-549" not in [candidate.term.label for candidate in resolve("A5499", "cell_line").candidates]


@pytest.mark.parametrize("label", ["cells", "fibroblasts", "clone"])
def test_an_ordinary_word_is_no_cell_line(label):
    assert resolve(label, "cell_line").term is None


@pytest.mark.parametrize(
    ("label", "line"),
    [
        ("RD_SOFT_TISSUE", "RD"),
        ("697_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE", "697"),
        ("RS411_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE", "RS4;11"),
        ("ML1_THYROID", "ML-1 [Human thyroid carcinoma]"),  # there are five lines of this name
    ],
)
def test_a_short_line_is_found_before_its_lineage(label, line):
    assert resolve(label, "cell_line").term.label == line


def test_namesakes_that_a_lineage_does_not_tell_apart_are_a_question():
    found = resolve("TT_OESOPHAGUS", "cell_line")
    assert found.status == "ambiguous"
    assert {candidate.term.label for candidate in found.candidates} >= {"TT", "T.T"}


def test_a_letter_for_the_digit_that_looks_like_it_is_asked_about():
    found = resolve("RERF-LC-AI", "cell_line")
    assert (found.status, found.candidates[0].term.label) == ("ambiguous", "RERF-LC-A1")
