"""Where the values of a file stand: looked for only where somebody asks, so that a clean file costs nothing."""

from __future__ import annotations

from collections.abc import Iterable

from synthquery.wire.document import Document, Path
from synthquery.wire.places.location import Location, Span, locations
from synthquery.wire.places.wanted import Place, Places, tree_of

__all__ = ["Location", "Place", "Places", "Span", "find_places", "locations", "nearest"]


def find_places(document: Document, paths: Iterable[Path]) -> Places:
    """Where paths stand in the text of a document.

    Parameters
    ----------
    document
        A file that was read.
    paths
        Keys and indexes from its top.

    Returns
    -------
    Places
        Those of the paths that exist, and every path on the way to one; ``()`` always.
    """
    from synthquery.wire.places import in_json, in_toml, in_yaml

    wanted = tree_of(paths)
    if document.format == "json":
        return in_json.find(document.text, wanted)
    if document.format == "yaml":
        return in_yaml.find(document.text, wanted, document.nodes)
    return in_toml.find(document.text, wanted)


def nearest(places: Places, path: Path) -> Place:
    """Where a path stands, or else the innermost object or list that it should stand in."""
    for length in range(len(path), 0, -1):
        place = places.get(path[:length])
        if place is not None:
            return place if length == len(path) else Place(Span(place.value.start, place.value.start + 1))
    return places.get((), Place(Span(0, 0)))
