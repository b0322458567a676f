"""How a value or a key is written in place of another: in the quotes of the one before, where it may."""

from __future__ import annotations

import json
import re
from typing import Final

import yaml

from synthquery.wire.read import Format
from synthquery.wire.yaml_reader import LOADER

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./:+-]*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def written(value: str | float | bool | None, before: str, kind: Format) -> str | None:
    """`value` as text of a format, in the style of what stood there; None when that cannot be kept."""
    if not isinstance(value, str) or kind == "json":
        return json.dumps(value, ensure_ascii=False)
    quote = before[:1]
    if kind == "yaml" and quote in {"|", ">"}:
        return None  # where a block ends and a comment begins is not for us to say
    if quote == "'" and "'" not in value and value.isprintable():
        return f"'{value}'"
    if kind == "yaml" and quote not in {"'", '"'} and _is_plain(value):
        return value
    return "".join(['"', *map(_escaped, value), '"'])


def _escaped(character: str) -> str:
    """A character between double quotes of YAML or TOML, which take no control characters as they are."""
    if character.isprintable():
        return json.dumps(character, ensure_ascii=False)[1:-1]
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def written_key(name: str, before: str, kind: Format) -> str | None:
    """The name of a key, as `written`."""
    bare = before[:1] not in {"'", '"'}
    return name if kind == "toml" and bare and _BARE_KEY.fullmatch(name) else written(name, before, kind)


def _is_plain(value: str) -> bool:
    """True for text that YAML reads as the same text without quotes, in a list in brackets too."""
    return bool(_PLAIN.fullmatch(value)) and bool(yaml.load(value, Loader=LOADER) == value)  # noqa: S506 (a safe loader)
