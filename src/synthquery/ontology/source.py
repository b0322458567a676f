"""What every source of terms answers, wherever it has them from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from synthquery.ontology.facts import Term


class Name(NamedTuple):
    """One string that names a term."""

    term_id: str
    text: str
    kind: Literal["label", "synonym"]
    obsolete: bool


@runtime_checkable
class OntologySource(Protocol):
    """The terms of one release of one ontology.

    Identifiers are canonical on the way in and out. A question about an identifier that the release does
    not have is answered by None or an empty tuple, never by an error. Relatives are sorted, leave out the
    term itself, and are finite even where the ontology has a cycle.
    """

    @property
    def name(self) -> str:
        """Short name of the ontology, for example ``UBERON``."""
        ...

    @property
    def release(self) -> str:
        """Release, as its publisher names it."""
        ...

    def __len__(self) -> int: ...

    def __contains__(self, identifier: object) -> bool: ...

    def get(self, identifier: str) -> Term | None:
        """The term with this identifier; None when the release has none."""
        ...

    def terms(self) -> Iterator[Term]:
        """All terms, sorted by identifier, obsolete ones among them."""
        ...

    def names(self) -> Iterator[Name]:
        """All strings that name a term, term by term: the label first, then the synonyms."""
        ...

    def parents(self, identifier: str) -> tuple[str, ...]:
        """One step up."""
        ...

    def children(self, identifier: str) -> tuple[str, ...]:
        """One step down."""
        ...

    def ancestors(self, identifier: str) -> tuple[str, ...]:
        """Any number of steps up."""
        ...

    def descendants(self, identifier: str) -> tuple[str, ...]:
        """Any number of steps down."""
        ...


def names_of(terms: Iterable[Term]) -> Iterator[Name]:
    """The names of terms, in their order."""
    for term in terms:
        if term.label:
            yield Name(term.id, term.label, "label", term.obsolete)
        for synonym in term.synonyms:
            yield Name(term.id, synonym, "synonym", term.obsolete)
