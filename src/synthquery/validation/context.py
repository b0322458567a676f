"""What rules may ask: which models the query can be for, and what the ontologies say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cache, cached_property

from synthquery.catalog import Family, ModelSpec
from synthquery.errors import VocabularyError
from synthquery.query.vocabularies import Vocabulary
from synthquery.resources import load_toml
from synthquery.validation.asking import OnlineLookup, Terms
from synthquery.vocab import ModelVocabulary, vocabulary_of

__all__ = ["Context", "IdKey", "OnlineLookup", "Terms", "id_keys"]


@dataclass(frozen=True)
class IdKey:
    """What a metadata key that takes an ID accepts; a row of ``data/id_keys.toml``."""

    what: str
    fields: tuple[str, ...]
    kinds: frozenset[str]
    offline: tuple[tuple[str, str], ...]
    ids: frozenset[str]
    unchecked: tuple[str, ...]
    words: frozenset[str]
    pattern: re.Pattern[str] | None


@cache
def id_keys() -> Mapping[str, IdKey]:
    """The keys that take an ID."""
    return {
        key: IdKey(
            what=row["what"],
            fields=tuple(row["fields"]),
            kinds=frozenset(row["kinds"]),
            offline=tuple(row["offline"].items()),
            ids=frozenset(row.get("ids", ())),
            unchecked=tuple(row.get("unchecked", ())),
            words=frozenset(row.get("words", ())),
            pattern=re.compile("|".join(row["patterns"])) if "patterns" in row else None,
        )
        for key, row in load_toml("id_keys.toml").items()
    }


@dataclass(frozen=True)
class Context:
    """What a query is checked against.

    Attributes
    ----------
    specs
        The models it can be for: one, or those of `family` when nothing tells which. Something is wrong only
        when it is wrong for all of them.
    family
        What is asked.
    terms
        The ontologies.
    """

    specs: tuple[ModelSpec, ...]
    family: Family
    terms: Terms
    _only_in: dict[tuple[str, str], Set[str]] = field(default_factory=dict, repr=False)
    _accepted: dict[str, Set[str] | None] = field(default_factory=dict, repr=False)

    @property
    def model_id(self) -> str | None:
        """The model, when there is only one it can be for."""
        return self.specs[0].model_id if len(self.specs) == 1 else None

    @property
    def shown(self) -> str:
        """The model or the kind of models, for messages."""
        return self.model_id or f"a {self.family} model"

    @cached_property
    def vocabularies(self) -> Mapping[str, Vocabulary]:
        """The vocabulary of each key that has one; open where one of the models has it open."""
        found: dict[str, Vocabulary] = {}
        for spec in self.specs:
            for key in (*spec.metadata_keys, *spec.parameters):
                vocabulary = spec.vocabulary(key)
                if vocabulary is not None and (key not in found or not vocabulary.closed):
                    found[key] = vocabulary
        return found

    def accepted(self, key: str) -> Set[str] | None:
        """Values of a metadata key that the owners of the models list; None where one of them lists none."""
        if key not in self._accepted:
            lists = self._lists if isinstance(self._lists, list) else []
            found = [listed.values.get(key) if listed else None for listed in lists]
            known = [values for values in found if values is not None]
            self._accepted[key] = frozenset().union(*known) if len(known) == len(found) > 0 else None
        return self._accepted[key]

    @property
    def list_failure(self) -> str | None:
        """Why the list of a model's values cannot be read; None when it can, or there is none."""
        return self._lists if isinstance(self._lists, str) else None

    @cached_property
    def _lists(self) -> list[ModelVocabulary | None] | str:
        """The lists of the models, looked for once a query; why they cannot be read."""
        try:
            return [vocabulary_of(spec.model_id) for spec in self.specs]
        except VocabularyError as error:
            return str(error)

    def only_in(self, sex: str, table: str) -> Set[str]:
        """IDs of the anatomy or the diseases that one sex has (``data/sexes.toml``)."""
        if (sex, table) not in self._only_in:
            row = load_toml("sexes.toml")[table]
            self._only_in[sex, table] = self.terms.below(row[sex]) - self.terms.below(row["except"])
        return self._only_in[sex, table]

    @cached_property
    def strategies(self) -> frozenset[str]:
        """Sampling strategies that one of the models accepts."""
        return frozenset(strategy for spec in self.specs for strategy in spec.strategies)

    @cached_property
    def gene_numbers(self) -> dict[int, str]:
        """Accepted lengths of counts and the modality each belongs to."""
        return {spec.n_genes: spec.modality for spec in self.specs}
