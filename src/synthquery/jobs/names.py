"""What the results of each query are called: the stem of its file, made unique."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Final

_STRANGE: Final = re.compile(r"[^\w.+=@-]+")
_LONGEST: Final = 80
_LONGEST_BYTES: Final = (
    200  # of 255 that file systems take; while it is written a folder has more in its name
)
_OWN: Final = frozenset({"jobs", "index"})
"""Files of the folder of results start with these."""


def stem_of(label: str) -> str:
    """A name for files: the stem of a path, or the label itself, without what file systems do not like."""
    stem = PurePath(label).stem if PurePath(label).suffix.lower() in _SUFFIXES else label
    name = _STRANGE.sub("_", PurePath(stem).name).strip("._")[:_LONGEST]
    return name.encode()[:_LONGEST_BYTES].decode(errors="ignore") or "query"


_SUFFIXES: Final = frozenset({".json", ".yaml", ".yml", ".toml"})


def unique_names(
    wanted: Iterable[tuple[str, str]], taken: Mapping[str, str], occupied: Iterable[str] = ()
) -> dict[str, str]:
    """A name for each query that has none yet.

    Parameters
    ----------
    wanted
        Label and hash of each query.
    taken
        Hash -> name of the queries that have one; they keep it.
    occupied
        Names of whatever else the folder of results holds.

    Returns
    -------
    dict
        Hash -> name. Where several queries have the same stem, each gets the first digits of its hash behind it,
        so that a name does not depend on the order of the queries; so does one whose stem is in use.
    """
    first: dict[str, str] = {}
    for label, query_hash in wanted:
        if query_hash not in taken:
            first.setdefault(query_hash, stem_of(label))
    used = {name.casefold() for name in (*taken.values(), *occupied)}
    often = Counter(stem.casefold() for stem in first.values())
    return {
        query_hash: f"{stem}-{query_hash[:8]}"
        if often[stem.casefold()] > 1 or stem.casefold() in used or _is_ours(stem)
        else stem
        for query_hash, stem in first.items()
    }


def _is_ours(stem: str) -> bool:
    return stem.casefold().partition(".")[0] in _OWN
