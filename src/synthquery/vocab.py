"""Vocabularies of models: a model accepts fewer terms than its ontologies have.

The owner of a model publishes which values it was trained with, as JSON: field -> list of values. Once such a
file is added for a model, validation asks two things of a value: that the term is real, and that this model
accepts it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from synthquery.catalog import get_model, list_models
from synthquery.errors import VocabularyError
from synthquery.identifiers import canonical_id
from synthquery.query.metadata import METADATA_KEYS
from synthquery.resources import load_toml, write_atomically

_SEPARATORS: Final = re.compile(r"[\s-]+")
_WRAPPERS: Final = ("fields", "vocabulary", "vocabularies")
_VALUE_KEYS: Final = ("id", "ontology_id", "value", "name")
_SHOWN: Final = 60


@dataclass(frozen=True)
class ModelVocabulary:
    """The values that one model accepts.

    Attributes
    ----------
    model_id
        The model.
    values
        Metadata key -> its values, identifiers in canonical form. What a key that is not named takes is not
        known.
    source
        Path of the file it was read from.
    sha256
        Of the bytes of that file.
    """

    model_id: str
    values: Mapping[str, frozenset[str]]
    source: str
    sha256: str

    def accepts(self, key: str, value: str) -> bool:
        """Whether the model takes a value; True where nothing is known about the key."""
        known = self.values.get(key)
        return known is None or value in known or canonical_id(value) in known

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; the number of values of each key, not the values."""
        return {
            "model_id": self.model_id,
            "source": self.source,
            "sha256": self.sha256,
            "values": {key: len(values) for key, values in self.values.items()},
        }


def add_vocabulary(model_id: str, path: str | os.PathLike[str]) -> ModelVocabulary:
    """Keep the vocabulary of a model for this user, in place of an earlier one.

    Parameters
    ----------
    model_id
        A model of the catalog.
    path
        JSON: an object of fields and lists of values. A field is a metadata key (``tissue_ontology_id``) or
        the name of a field (``tissue``); a value is text, or an object with an ``id``.

    Raises
    ------
    UnknownModelError
        When the catalog does not know the model.
    VocabularyError
        When the file is no vocabulary; the message names the field and the value.
    OSError
        When it cannot be read, or not be kept.
    """
    model = get_model(model_id)
    data = Path(path).read_bytes()
    values = _parse(data, str(path))
    alien = [key for key in values if key not in model.metadata_keys]
    if alien:
        raise VocabularyError(f"{path}: {model.model_id} takes no {', '.join(alien)}")
    digest = hashlib.sha256(data).hexdigest()
    source = str(Path(path).absolute())
    kept = {
        "model_id": model.model_id,
        "source": source,
        "sha256": digest,
        "values": {key: sorted(found) for key, found in values.items()},
    }
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(_file(model.model_id), json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    return ModelVocabulary(model.model_id, values, source, digest)


def list_vocabularies() -> list[ModelVocabulary]:
    """The vocabularies that were added, in the order of the catalog."""
    found = (vocabulary_of(model.model_id) for model in list_models())
    return [vocabulary for vocabulary in found if vocabulary is not None]


def remove_vocabulary(model_id: str) -> bool:
    """Forget the vocabulary of a model; False when it had none."""
    model = get_model(model_id)
    try:
        _file(model.model_id).unlink()
    except FileNotFoundError:
        return False
    return True


def vocabulary_of(model_id: str) -> ModelVocabulary | None:
    """What was added for a model; None when nothing was.

    Raises
    ------
    VocabularyError
        When what was kept is damaged.
    """
    path = _file(model_id)
    try:
        found = path.stat()
    except OSError:
        return None
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int, _size: int) -> ModelVocabulary:
    try:
        kept = json.loads(path.read_bytes())
        values = {key: frozenset(listed) for key, listed in kept["values"].items()}
        return ModelVocabulary(kept["model_id"], values, kept["source"], kept["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise VocabularyError(f"{path} is damaged; add the vocabulary again") from error


def _file(model_id: str) -> Path:
    return _folder() / f"{model_id}.json"


def _folder() -> Path:
    """``vocabularies`` below ``SYNTHQUERY_DATA_DIR``, or below where the platform has this user's data."""
    given = os.environ.get("SYNTHQUERY_DATA_DIR")
    if given:
        return Path(given).absolute() / "vocabularies"
    import platformdirs

    return Path(platformdirs.user_data_dir("synthquery", appauthor=False)) / "vocabularies"


def _parse(data: bytes, name: str) -> dict[str, frozenset[str]]:
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise VocabularyError(f"{name}: is no JSON ({str(error)[:80]})") from error
    while isinstance(content, dict) and len(content.keys() & set(_WRAPPERS)) == 1:
        content = content[next(iter(content.keys() & set(_WRAPPERS)))]
    if not isinstance(content, dict) or not content:
        raise VocabularyError(f"{name}: expected an object of fields, each with a list of its values")
    values: dict[str, frozenset[str]] = {}
    for field, listed in content.items():
        key = _key(field, name)
        if not isinstance(listed, list | dict) or not listed:
            raise VocabularyError(f"{name}: {field}: expected a list of values, at least one")
        # Genes and compounds are values of one key: what several fields list is accepted together.
        values[key] = values.get(key, frozenset()) | frozenset(_values(listed, f"{name}: {field}"))
    return values


def _values(listed: Any, place: str) -> Iterator[str]:
    for number, one in enumerate(listed):
        value = next((one[key] for key in _VALUE_KEYS if key in one), None) if isinstance(one, dict) else one
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            raise VocabularyError(f"{place}[{number}]: {one!r:.{_SHOWN}} is no value; expected text")
        yield canonical_id(value) or value


def _key(field: str, name: str) -> str:
    """The metadata key of a field, however it is called."""
    if field in METADATA_KEYS:
        return field
    plain = _SEPARATORS.sub("_", field.strip().casefold())
    for row_name, row in load_toml("fields.toml").items():
        if plain == row_name or plain in row["spellings"] or field in row["spellings"]:
            return str(row["metadata_key"])
    if plain in METADATA_KEYS:
        return plain
    raise VocabularyError(
        f"{name}: there is no field {field!r:.{_SHOWN}}; fields are {', '.join(METADATA_KEYS)}"
    )
