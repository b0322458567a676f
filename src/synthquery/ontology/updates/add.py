"""`add_ontology`: a file of the user becomes a source that everything asks."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from synthquery.errors import OntologyError
from synthquery.identifiers import ontology_of
from synthquery.ontology.readers import Ontology, kind_of, load_bridges, load_gene_names, load_ontology
from synthquery.ontology.snapshot import manifest
from synthquery.ontology.updates.choose import choose, in_use
from synthquery.ontology.updates.install import Installed, Source, install_beside, install_release
from synthquery.ontology.updates.locks import one_writer

_MOST = 0.9  # of the packaged release's terms: a file with so many is a release, one with fewer an extract


def add_ontology(
    path: str | os.PathLike[str], name: str | None = None, fields: Sequence[str] = ()
) -> Installed:
    """Read an ontology file and let it answer from now on.

    Parameters
    ----------
    path
        OBO, OWL, OBO-graph JSON or another file `load_ontology` reads; or a table of mappings (SSSOM), which
        leads from identifiers of other ontologies to terms.
    name
        What to call it. The name of a packaged ontology (``MONDO``) makes the file a release of that one,
        instead of the one in use. Any other name, or none where the file is no whole release, makes it answer
        beside the packaged ones: for identifiers they do not have, and with more names for those they have.
    fields
        Fields its terms are searched for, besides the fields of the ontologies its identifiers belong to.

    Raises
    ------
    OntologyError
        When the file is no ontology, or a release by name but not by its terms.
    """
    file = Path(path)
    ontology, collisions = _read(file)
    with file.open("rb") as content:
        source = Source(
            str(file.absolute()), hashlib.file_digest(content, "sha256").hexdigest(), official=False
        )
    packaged = {each.casefold(): each for each in manifest()}
    given = name.strip() if name else ""
    release_of = packaged.get(given.casefold()) if given else _release_of(ontology)
    beside = given or file.name.partition(".")[0]
    if release_of is not None and not len(ontology):
        raise OntologyError(f"{file} is a table of mappings, no release of {release_of}: leave its name out")
    if release_of is None and beside.casefold() in packaged:
        beside += "-extract" if len(ontology) else "-mappings"
    called = release_of or beside
    before = in_use(called)
    with one_writer(called) as work:
        if release_of is not None:
            entry, new = install_release(ontology, release_of, source, work)
        else:
            entry, new = install_beside(ontology, beside, source, work, tuple(fields))
    choose(entry)
    return Installed(
        entry,
        before.release if before else "",
        new=new,
        url=source.url,
        repairs=ontology.repairs,
        collisions=collisions,
    )


def _read(file: Path) -> tuple[Ontology, tuple[str, ...]]:
    """What a file holds, and which of its names collide where it is a table of gene names."""
    kind = kind_of(file)
    if kind == "sssom":
        bridges = load_bridges(file)
        named = bridges.title, bridges.release
        return Ontology((), name=named[0], release=named[1], repairs=bridges.repairs, bridges=bridges), ()
    if kind == "hgnc":
        names = load_gene_names(file)
        return names.to_ontology(), tuple(map(str, names.collisions))
    return load_ontology(file), ()


def _release_of(ontology: Ontology) -> str | None:
    """The packaged ontology a file is a whole release of; None when it is none, or an extract."""
    entry = manifest().get(ontology.name)
    if entry is None or entry.name == "ENSG":
        return None
    own = sum(ontology_of(term.id) == entry.name for term in ontology.terms())
    return entry.name if own >= _MOST * entry.n_terms else None
