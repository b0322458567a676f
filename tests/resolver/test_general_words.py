"""Words too general to mean a term by themselves, and names that lead nowhere."""

import pytest

from synthquery.resolver import resolve
from synthquery.resolver.engine import Engine
from synthquery.resolver.normalise import fold
from synthquery.resolver.readings import is_opposite, readings, says_nothing, without_exceptions


@pytest.mark.parametrize("label", ["left side", "the left side", "right side"])
def test_a_side_of_nothing_is_no_tissue(label):
    assert resolve(label, "tissue").status != "resolved"


@pytest.mark.parametrize(
    ("label", "identifier"), [("left kidney", "UBERON:0004538"), ("kidney, left", "UBERON:0004538")]
)
def test_a_side_of_something_is_one(label, identifier):
    assert str(resolve(label, "tissue").term).startswith(identifier)


def test_a_general_word_is_no_reading_of_a_longer_label():
    assert "tissue" not in {reading.text.casefold() for reading in readings("lymphoid_tissue", "tissue")}
    assert says_nothing("the tissue", "tissue")
    assert not says_nothing("lymphoid tissue", "tissue")


def test_an_obsolete_disease_merged_into_disease_gives_it_no_name():
    found = resolve("hypercholesterolemia", "disease")  # "rare hypercholesterolemia" was merged into the root
    assert "MONDO:0000001" not in {candidate.term.id for candidate in found.candidates}


@pytest.mark.parametrize(
    ("label", "identifier"),
    [
        ("fetal brain", "UBERON:0000955"),
        ("foetal heart", "UBERON:0000948"),
        ("Brain - Putamen (basal ganglia)", "UBERON:0001874"),
        ("Skin - Sun Exposed (Lower leg)", "UBERON:0004264"),
        ("HAEMATOPOIETIC_AND_LYMPHOID_TISSUE", "UBERON:0002193"),
    ],
)
def test_labels_of_tissue_atlases_resolve(label, identifier):
    assert str(resolve(label, "tissue").term).startswith(identifier)


@pytest.mark.parametrize(
    ("label", "field", "identifier"),
    [
        ("PT-S1", "cell_type", "CL:4030009"),
        ("HSPC", "cell_type", "CL:0008001"),
        ("Vero E6", "cell_line", "CVCL_0574"),
        ("vero e6", "cell_line", "CVCL_0574"),
        ("adjacent normal tissue", "disease", "PATO:0000461"),
    ],
)
def test_short_forms_in_daily_use_resolve(label, field, identifier):
    assert str(resolve(label, field).term).startswith(identifier)


def test_na_is_no_nasal_artery_without_asking():
    assert resolve("NA", "tissue").status != "resolved"  # Uberon has it as a synonym
    assert str(resolve("nasal artery", "tissue", species="zebrafish").term).startswith("UBERON:2005085")


@pytest.mark.parametrize("label", ["organoid", "spheroid", "explant", "FFPE", "xenograft"])
def test_how_a_sample_was_kept_or_made_is_no_tissue(label):
    assert resolve(label, "tissue").term is None


def test_how_a_sample_was_kept_or_made_does_not_hide_its_tissue():
    assert str(resolve("colon organoids", "tissue").term) == "UBERON:0001155 (colon)"


def test_a_letter_tells_diseases_apart():
    assert resolve("hepatitis", "disease").candidates[0].term.label == "hepatitis"
    assert resolve("hepatitis A", "disease").candidates[0].term.label == "hepatitis A virus infection"


def test_on_is_a_kind_of_bipolar_cell_and_no_stop_word():
    assert str(resolve("bipolar cells", "cell_type").term) == "CL:0000748 (retinal bipolar neuron)"
    assert str(resolve("ON bipolar cells", "cell_type").term) == "CL:0000749 (ON-bipolar cell)"


@pytest.mark.parametrize(
    ("label", "field"), [("tenocytoma", "disease"), ("telacyte", "cell_type"), ("PASNC", "cell_type")]
)
def test_a_single_word_with_another_letter_is_a_question(label, field):
    assert resolve(label, field).term is None


def test_a_slip_of_the_keyboard_is_still_read():
    assert str(resolve("kidny", "tissue").term) == "UBERON:0002113 (kidney)"


def test_what_is_excepted_is_not_meant():
    assert resolve("headaches (not migraine)", "disease").candidates[0].term.label == "headache disorder"
    kidney = resolve("C64 Malignant neoplasm of kidney, except renal pelvis", "disease")
    assert kidney.candidates[0].term.label == "kidney cancer"


def test_terms_from_the_anatomy_of_fishes_are_no_answer_for_a_human_sample():
    assert resolve("central artery", "tissue").term is None


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("CD4- T cell", "cell_type"),
        ("not T cells", "cell_type"),
        ("atopic asthma", "disease"),
        ("non-ischemic stroke", "disease"),
        ("HIV negative", "disease"),
        ("not liver", "tissue"),
    ],
)
def test_nothing_resolves_to_its_opposite(label, field):
    assert resolve(label, field).term is None


@pytest.mark.parametrize(
    ("label", "term"),
    [
        ("diabetes (not gestational)", "diabetes mellitus"),
        ("non-Hodgkin lymphoma", "non-Hodgkin lymphoma"),
        ("NSCLC", "non-small cell lung carcinoma"),
        ("heart attack/myocardial infarction", "myocardial infarction"),
        ("Cleft lip/palate", "cleft lip/palate"),
    ],
)
def test_what_is_denied_in_a_name_or_beside_it_is_understood(label, term):
    assert resolve(label, "disease").term.label == term


@pytest.mark.parametrize("label", ["COPD/asthma", "hypothyroidism/hyperthyroidism"])
def test_several_diseases_are_a_question(label):
    assert resolve(label, "disease").status == "ambiguous"


@pytest.mark.parametrize("label", ["N/A", "NA", "null", "ND"])
def test_words_for_no_value_are_no_cell_line(label):
    assert resolve(label, "cell_line").term is None


def test_a_clone_of_a_line_and_half_a_word_are_no_line():
    assert resolve("Jurkat clone E6-1", "cell_line").status == "ambiguous"
    assert resolve("293 T-REx", "cell_line").term is None


@pytest.mark.parametrize("label", ["body mass index", "LDL cholesterol level"])
def test_a_trait_is_no_disease(label):
    assert resolve(label, "disease").term is None


@pytest.mark.parametrize(
    ("label", "term"), [("obese subject", "obesity disorder"), ("diabetic", "diabetes mellitus")]
)
def test_who_has_a_disease_is_named_by_it(label, term):
    assert resolve(label, "disease").candidates[0].term.label == term


@pytest.mark.parametrize(
    ("label", "field", "term"),
    [
        ("Skin - Not Sun Exposed (Suprapubic)", "tissue", "UBERON:0036149"),
        ("acute myeloid leukemia not otherwise specified", "disease", "MONDO:0015667"),
        ("pancreatic cancer (not islets)", "disease", "MONDO:0005192"),
        ("astrocytoma (excluding glioblastoma) of brain", "disease", "MONDO:0021631"),
    ],
)
def test_a_name_that_excepts_something_is_a_name(label, field, term):
    assert resolve(label, field).term.id == term


def test_no_name_that_excepts_something_resolves_to_another_term():
    for field in ("tissue", "disease"):
        index = Engine(field).index
        for place in range(index.n_names):
            name, own = index.name(place), index.term_id(index.name_term[place])
            if without_exceptions(name) != name:
                found = resolve(name, field).term
                assert found is None or found.id == own or fold(name) in map(fold, found.synonyms), name


def test_a_hyphen_between_parts_of_a_word_denies_nothing():
    assert not is_opposite("pre- and postcentral gyrus", "postcentral gyrus", short=False)
    assert is_opposite("ER- tumor", "ER positive tumor", short=False)


@pytest.mark.parametrize(
    ("label", "field", "why"),
    [
        ("HIV negative", "disease", "says what the other denies"),
        ("not T cells", "cell_type", "says what the other denies"),
        ("COPD/asthma", "disease", "names more than"),
        ("N/A", "cell_line", "there is no cell line"),
    ],
)
def test_why_what_is_so_like_a_name_is_a_question_is_said(label, field, why):
    assert why in resolve(label, field).reason
