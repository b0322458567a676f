"""The numbers a label and a name are compared by."""

from __future__ import annotations

import numpy as np
import pytest

import synthquery as sq
from synthquery.resolver import _engine
from synthquery.resolver.comparing import Pairing
from synthquery.resolver.features import PLACE

LABELS = ("cortex of kidney", "renal cortex biopsy", "left kidney (cortex)", "vastus lateralis muscle_female")


def pairings(label: str) -> list[Pairing]:
    engine = _engine("tissue")
    return engine._pairings(label, engine.exact(label))


def numbers(label: str, name: str) -> dict[str, float]:
    """The numbers of the label as it stands beside one name."""
    engine = _engine("tissue")
    whole = pairings(label)[0]
    (position,) = [at for at, each in enumerate(whole.names) if engine.index.name(each) == name]
    row = engine.lexicon.names.table([whole])[position]
    return {feature: float(row[place]) for feature, place in PLACE.items()}


def test_labels_compared_together_have_the_numbers_they_have_alone() -> None:
    comparison = _engine("tissue").lexicon.names
    each = [pairing for label in LABELS for pairing in pairings(label)]
    alone = np.vstack([comparison.table([pairing]) for pairing in each])
    assert np.array_equal(comparison.table(each), alone)


def test_a_name_that_says_the_same_covers_all() -> None:
    found = numbers("renal cortex", "cortex of kidney")
    assert found["label_covered"] == pytest.approx(1.0)
    assert found["name_covered"] == pytest.approx(1.0)
    assert found["same_concepts"] == found["same_head"] == 1.0
    assert found["same_words"] < 1.0  # renal is not the very word
    assert found["in_order"] == 0.0


def test_words_that_the_name_lacks_are_counted() -> None:
    found = numbers("outer medulla of kidney biopsy", "outer medulla of kidney")
    assert found["words_added"] == 0.0
    assert 0.0 < found["words_missing"] < 0.5  # biopsy says little
    assert numbers("cortex of left kidney", "cortex of kidney")["known_missing"] == pytest.approx(1.0)


def test_a_number_that_the_name_lacks_is_counted() -> None:
    assert numbers("thoracic vertebra 5", "thoracic vertebra")["number_missing"] == 1.0
    assert numbers("thoracic vertebra", "thoracic vertebra 5")["number_added"] == 1.0


def test_many_labels_have_the_answers_they_have_one_by_one() -> None:
    labels = ["cortex of left kidney", "esophageal mucosa", "liver", "xyzzy", "UBERON:0002107", "", "Lungs"]
    assert sq.resolve_many([*labels, *labels], "tissue") == 2 * [
        sq.resolve(label, "tissue") for label in labels
    ]
