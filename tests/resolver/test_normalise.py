"""Text is brought to forms that compare like with like."""

import pytest

from synthquery.resolver.normalise import clean, fold, root, singular, squeeze, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CD4-positive, alpha-beta T cells", ["cd4+", "alpha", "beta", "t", "cell"]),
        ("CD16-negative, CD56-bright natural killer cell", ["cd16-", "cd56hi", "natural", "killer", "cell"]),
        ("NK_CD56hi", ["nk", "cd56hi"]),
        ("CD16- monocyte", ["cd16-", "monocyte"]),
        ("Oesophageal tumours, type II", ["esophageal", "tumor", "type", "2"]),
        ("Crohn's disease", ["crohn", "disease"]),
        ("TGF-β1", ["tgf", "beta", "1"]),
        ("lymphoïd tissue", ["lymphoid", "tissue"]),
        ("X-linked", ["x", "linked"]),
        ("albinism, type IB", ["albinism", "type", "1b"]),
        ("mucopolysaccharidosis IIIC", ["mucopolysaccharidosis", "3c"]),
        ("biopsy via catheter", ["biopsy", "via", "catheter"]),
        ("hepatitis A", ["hepatitis", "A"]),
        ("inflammation of a joint", ["inflammation", "of", "a", "joint"]),
    ],
)
def test_words_have_one_standard_form(text, words):
    assert tokens(text) == words


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("leukaemia", "leukemia"),
        ("oedema", "edema"),
        ("haemorrhage", "hemorrhage"),
        ("tumour", "tumor"),
        ("foetal", "fetal"),
    ],
)
def test_british_and_american_spelling_are_one(british, american):
    assert tokens(british) == tokens(american)


@pytest.mark.parametrize(
    ("plural", "single"),
    [
        ("biopsies", "biopsy"),
        ("alveoli", "alveolus"),
        ("epithelia", "epithelium"),
        ("ganglia", "ganglion"),
        ("metastases", "metastasis"),
        ("feet", "foot"),
        ("vertebrae", "vertebra"),
        ("cells", "cell"),
        ("diabetes", "diabetes"),
        ("pancreas", "pancreas"),
        ("plexus", "plexus"),
        ("abscess", "abscess"),
        ("hepatitis", "hepatitis"),
    ],
)
def test_plurals_become_singular_and_other_words_stay(plural, single):
    assert singular(plural) == single


@pytest.mark.parametrize(
    ("adjective", "noun"),
    [
        ("epididymal", "epididymis"),
        ("mesonephric", "mesonephros"),
        ("glomerular", "glomerulus"),
        ("glial", "glia"),
        ("steatotic", "steatosis"),
    ],
)
def test_adjective_and_noun_share_a_root(adjective, noun):
    assert root(adjective) == root(noun)


def test_folding_keeps_only_what_tells_names_apart():
    assert fold("  Heart – Left\u00a0Ventricle ") == "heart left ventricle"
    assert squeeze("NCI-H1299") == squeeze("nci h1299") == "ncih1299"
    assert clean("α-SMA") == "alpha -SMA"


def test_what_is_only_like_a_thing_does_not_share_its_root():
    assert root("organoid") != root("organ")
    assert root("lymphoid") != root("lymph")
