"""pronto's parsers, made to go on where a file refers to what it does not define.

pronto reads a whole file or nothing: a parent that is not in the file is a KeyError at the very end
(its issues 80 and 131). The parsers here hold what they were given and leave the check to `convert`, which
drops such parents and says so. They are called directly, not by pronto's own choice of parser, which also
guesses the encoding from the first few kilobytes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, Final, cast
from xml.etree import ElementTree

from pronto.ontology import Ontology as ProntoOntology
from pronto.parsers.obo import OboParser
from pronto.parsers.rdfxml import RdfXMLParser
from pronto.utils.meta import typechecked

from synthquery.ontology.readers.cross_references import Found, of_owl
from synthquery.ontology.readers.repairs import Repair, shown

_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_OWL: Final = "{http://www.w3.org/2002/07/owl#}"
_RDFS: Final = "{http://www.w3.org/2000/01/rdf-schema#}"


@contextmanager
def quietly() -> Iterator[None]:
    """Without pronto's warnings of every construct that it does not model, and its checks of every type."""
    with warnings.catch_warnings(), typechecked.disabled():
        warnings.simplefilter("ignore")
        yield


class FrameParser(OboParser):
    """Takes frames that fastobo has parsed, of OBO or of an OBO graph."""

    def __init__(self) -> None:
        super().__init__(ProntoOntology())

    def add_header(self, header: Any) -> None:
        """Take the header of the file."""
        self.ont.metadata = self.extract_metadata(header)

    def add(self, frames: Iterable[Any], refused: Callable[[str, Exception], None]) -> None:
        """Take frames; one that pronto cannot hold is passed to `refused` by its identifier."""
        for frame in frames:
            try:
                self.extract_entity(frame)
            except Exception as error:  # whatever pronto raises, it is about one frame
                refused(str(frame.id), error)


class OwlParser(RdfXMLParser):
    """Takes OWL in RDF/XML; an element that pronto cannot read is left out, its class keeps the rest.

    Attributes
    ----------
    references
        What the classes say of terms of other ontologies.
    """

    def __init__(self, repairs: list[Repair]) -> None:
        super().__init__(ProntoOntology())
        self._repairs = repairs
        self.references: list[Found] = []

    def read(self, file: BinaryIO) -> ProntoOntology:
        """Read a whole file.

        Raises
        ------
        xml.etree.ElementTree.ParseError
            When it is no XML.
        """
        tree = ElementTree.parse(file)  # noqa: S314  # expat bounds the expansion of entities itself
        root = tree.getroot()
        _spell_out(root)
        self.references += of_owl(root)
        header = root.find(f"{_OWL}Ontology")
        if header is not None:
            self._take(self._take_header, header)
        curies = self._make_curies(cast(Any, tree))
        for tag, take in (
            ("ObjectProperty", self._extract_object_property),
            ("Class", self._extract_term),
            ("Axiom", self._process_axiom),
        ):
            for element in root.iterfind(f"{_OWL}{tag}"):
                self._take(partial(take, curies=curies), element)
        return self.ont

    def _take_header(self, element: ElementTree.Element) -> None:
        self.ont.metadata = self._extract_meta(element)

    def _take(self, take: Callable[[ElementTree.Element], object], element: ElementTree.Element) -> None:
        try:
            take(element)
            return
        except Exception as error:  # dates, data types, sources: whatever pronto raises is about this element
            problem = error
        about = element.get(f"{_RDF}about", "")
        if not about:
            self._report(element, None, about, problem)
            return
        whole = list(element)
        for child in whole:
            element[:] = [child]
            try:
                take(element)
            except Exception as error:  # as above
                self._report(element, child, about, error)
                whole = [each for each in whole if each is not child]
        element[:] = whole
        take(element)

    def _report(
        self, element: ElementTree.Element, child: ElementTree.Element | None, about: str, error: Exception
    ) -> None:
        told = element if child is None else child
        value = told.get(f"{_RDF}resource") or (told.text or "").strip()
        clause = f"{about} {told.tag.rpartition('}')[2]} {value}".strip()
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        self._repairs.append(Repair(None, shown(clause), f"left out: not well formed ({shown(said)})"))


def _spell_out(root: ElementTree.Element) -> None:
    """Give RDF the shape that pronto expects: elements named by their type, restrictions inside their class.

    ``rdf:Description`` with a type is what general RDF libraries write; a restriction that stands apart, with
    a node ID, is what the OWL API writes when the axiom has a source.
    """
    for element in root.iterfind(f"{_RDF}Description"):
        for kind in element.findall(f"{_RDF}type"):
            namespace, _, name = kind.get(f"{_RDF}resource", "").rpartition("#")
            if f"{{{namespace}#}}" == _OWL:
                element.tag = f"{_OWL}{name}"
                element.remove(kind)
                break
    apart = {node.get(f"{_RDF}nodeID"): node for node in root.iterfind(f"{_OWL}Restriction")}
    for element in root.iterfind(f"{_OWL}Class") if apart else ():
        for step in element.findall(f"{_RDFS}subClassOf"):
            restriction = apart.get(step.get(f"{_RDF}nodeID", ""))
            if restriction is not None:
                step.append(restriction)
