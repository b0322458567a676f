"""Labels of terms and symbols of genes, for predictions to show beside identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id
from synthquery.ontology import default_ontologies


def term_names(identifiers: Iterable[str]) -> Mapping[str, str]:
    """Name by identifier, from the ontologies in use; `synthquery.prediction.Names`.

    Identifiers may be in any spelling. What no ontology here has is left out, and so is everything when the
    ontologies cannot be read: a name is a help, an answer without names is still an answer. Text that is no
    identifier (``"dmso"``, ``"control"``) names itself.
    """
    wanted = dict.fromkeys(identifiers)
    canonical = {text: canonical_id(text) for text in wanted}
    try:
        found = default_ontologies().lookup_many(one for one in canonical.values() if one)
    except OntologyError:
        found = {}
    names: dict[str, str] = {}
    for text, identifier in canonical.items():
        answer = found.get(identifier) if identifier else None
        if answer is not None and answer.term is not None and answer.term.label:
            names[text] = answer.term.label
        elif identifier is None and ":" not in text:
            names[text] = text
    return names
