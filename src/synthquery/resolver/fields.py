"""The fields a label can be resolved for, read from ``data/fields.toml``."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from synthquery.errors import UnknownFieldError
from synthquery.resources import load_toml

Style = Literal["words", "codes", "symbols"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field and the ontology that answers for it.

    Attributes
    ----------
    name, title
        Name used in code, and the one shown to people.
    ontologies
        Ontologies whose names are searched.
    also_ids
        Ontologies whose identifiers, but not names, are accepted as well.
    metadata_key
        The key of a query's metadata that takes the identifier.
    style
        How labels of the field are written: ``words``, ``codes`` or ``symbols``.
    spellings
        Other names of the field.
    """

    name: str
    title: str
    ontologies: tuple[str, ...]
    also_ids: tuple[str, ...]
    metadata_key: str
    style: Style
    spellings: tuple[str, ...]


def _read_fields() -> dict[str, Field]:
    return {
        name: Field(
            name=name,
            title=row["title"],
            ontologies=tuple(row["ontologies"]),
            also_ids=tuple(row["also_ids"]),
            metadata_key=row["metadata_key"],
            style=row["style"],
            spellings=tuple(row["spellings"]),
        )
        for name, row in load_toml("fields.toml").items()
    }


FIELDS: dict[str, Field] = _read_fields()


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


_NAMES = {_plain(word): field.name for field in FIELDS.values() for word in (field.name, *field.spellings)}


def field_name(text: str) -> str:
    """The field that `text` names; ``cell-type``, ``Cell type`` and ``cell_type`` are the same.

    Raises
    ------
    UnknownFieldError
        When there is no such field; the message lists the fields.
    """
    known = _NAMES.get(_plain(text)) if isinstance(text, str) else None
    if known is not None:
        return known
    near = difflib.get_close_matches(_plain(str(text)), _NAMES, n=1)
    hint = f"; did you mean {_NAMES[near[0]]!r}?" if near else ";"
    raise UnknownFieldError(f"there is no field {text!r:.60}{hint} the fields are {', '.join(FIELDS)}")
