"""A label in the light of the tissue it was found in: "basal cell" of a lung, a prostate, the skin."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from synthquery.ontology import default_ontologies
from synthquery.resolver.features import IDENTICAL
from synthquery.resolver.index import BAG, Index, bag_of
from synthquery.resolver.store import index_for
from synthquery.resolver.words import vocabulary

if TYPE_CHECKING:
    from synthquery.resolver.engine import Scored
    from synthquery.resolver.lexicon import Lexicon
    from synthquery.resolver.narrow import Narrowing

_SAID = 0.9
"""Share of the label that a name has to say."""
_LEAD = 2.0
"""How far the term that holds for all of a place is put before those for its parts."""
_WIDEST = 5
"""How many times as many kinds a term may have as were found at the place to be taken for all of them."""


class _More(NamedTuple):
    """A term that is what the label says, and more: the words it adds, and the tissues these are names of."""

    scored: Scored
    words: frozenset[str]
    tissues: frozenset[str]


def at_place(
    index: Index, lexicon: Lexicon, found: Iterable[Scored], own: Collection[str], narrow: Narrowing
) -> list[Scored]:
    """Those of `found` that are what a label says, at the place of the sample.

    Parameters
    ----------
    index, lexicon
        Names of the field.
    found
        Terms whose names share words with the label and are not the label itself.
    own
        The words of the label, in standard form.
    narrow
        The place.

    Returns
    -------
    list of Scored
        Where one term holds for all of them ("respiratory basal cell" for those of the bronchioles), or says less of
        the place ("basal cell of epidermis", not "limb basal cell of epidermis"), it is far ahead.
    """
    more: dict[int, _More] = {}
    here: dict[int, Scored] = {}
    for each in found:
        words = lexicon.names.text(each.name)[0].split()
        extra = frozenset(word for word in words if word not in own)
        if each.values["label_covered"] < _SAID or not extra:
            continue
        tissues = _named(extra)
        if each.term not in more or tissues & narrow.place:
            more[each.term] = _More(each, extra, tissues)
        if tissues & narrow.place:
            here[each.term] = _explained(each)
    general = _most_general(index, here, more, narrow) if here else None
    if general is not None:
        chosen = here.setdefault(general, _explained(more[general].scored))
        chosen.score = max(each.score for each in here.values()) + _LEAD
    return list(here.values())


def _explained(scored: Scored) -> Scored:
    scored.how, scored.facts = "context", IDENTICAL  # the tissue explains what the label does not say
    return scored


def _named(words: Collection[str]) -> frozenset[str]:
    """Tissues with just these words as a name: ``cardiac tissue``, ``cardiac``, the heart."""
    tissues, known = index_for("tissue"), vocabulary("tissue")
    content = known.content(words)
    concepts = [known.concept(word) for word in content if word not in known.headless]
    forms = {bag_of(content), bag_of(concepts)}
    return frozenset(
        tissues.term_id(tissues.name_term[name]) for form in forms if form for name in tissues.find(BAG, form)
    )


def _most_general(
    index: Index, here: dict[int, Scored], more: dict[int, _More], narrow: Narrowing
) -> int | None:
    """The term that holds for all of `here`; None where there is none."""
    by_id = {index.term_id(term): term for term in more}
    store = default_ontologies().store(index.term(next(iter(here))).ontology)

    def above(term: int) -> set[int]:
        """The term and the more general ones that still say more than the label."""
        return {term, *(by_id[one] for one in store.ancestors(index.term_id(term)) if one in by_id)}

    @cache
    def width(term: int) -> int:
        return len(store.descendants(index.term_id(term)))

    common = set.intersection(*(above(term) for term in here))
    if len(here) == 1:  # of what is above it, what says part of the place and nothing else
        [only] = here
        common = {
            term
            for term in common
            if term == only or (more[term].words < more[only].words and _covers(more[term].tissues, narrow))
        }
        return max(common, key=lambda term: (width(term), term), default=None)
    common = {term for term in common if term in here or width(term) <= _WIDEST * len(here)}
    return min(common, key=lambda term: (width(term), term), default=None)


def _covers(tissues: Collection[str], narrow: Narrowing) -> bool:
    """Whether one of `tissues` is at the place, or of a kind that is: the epidermis of the skin."""
    store = default_ontologies().store("UBERON")
    return any(one in narrow.place or narrow.place.intersection(store.descendants(one)) for one in tissues)
