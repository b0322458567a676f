"""Ontology files as their publishers and users have them; the folder lies next to the repository, or not."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from synthquery.identifiers import canonical_id
from synthquery.ontology import Ontology, load_ontology

FOLDER = Path(__file__).parents[4] / "shared" / "ontologies"
FILES = (
    "blood_and_immune_upper_slim.json",
    "blood_and_immune_upper_slim.owl",
    "blood_and_immune_upper_slim.obo",
    "musculoskeletal.obo",
    "uberon_import.obo",
    "cl_import.obo",
    "efo-slim.json",
    "uberon-2018.obo.gz",
    "cl-2019.obo.gz",
)
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of real ontology files is not here")


@cache
def loaded(name: str) -> Ontology:
    return load_ontology(FOLDER / name)


def obo_stanzas(name: str) -> Iterator[tuple[str, list[str]]]:
    """Kind and lines of each stanza, by nothing but where the headers stand."""
    opened = gzip.open if name.endswith(".gz") else open
    with opened(FOLDER / name, "rt", encoding="utf-8") as file:
        kind, lines = "", []
        for line in file:
            if line.startswith("["):
                yield kind, lines
                kind, lines = line.strip(), []
            else:
                lines.append(line.rstrip("\n"))
        yield kind, lines


def named_terms(name: str) -> dict[str, str]:
    """Identifier and name of the terms with both, by a scan of the file that shares no code with the readers."""
    if name.endswith(".json"):
        nodes = [
            node for graph in json.loads((FOLDER / name).read_text())["graphs"] for node in graph["nodes"]
        ]
        return {
            spelled(node["id"]): node["lbl"]
            for node in nodes
            if node.get("type") == "CLASS" and node.get("lbl")
        }
    if name.endswith(".owl"):
        found = {}
        for element in (
            ElementTree.parse(FOLDER / name).getroot().iter("{http://www.w3.org/2002/07/owl#}Class")
        ):
            about = element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
            label = element.findtext("{http://www.w3.org/2000/01/rdf-schema#}label")
            if about and label:
                found[spelled(about)] = label
        return found
    found = {}
    for kind, lines in obo_stanzas(name):
        facts = dict(
            re.fullmatch(r"(\w+): ?(.*)", line).groups()
            for line in reversed(lines)
            if re.match(r"\w+:", line)
        )
        if kind == "[Term]" and facts.get("id") and facts.get("name"):
            found[spelled(facts["id"])] = facts["name"]
    return found


def spelled(identifier: str) -> str:
    start = "http://purl.obolibrary.org/obo/"
    found = canonical_id(identifier)
    if found is None and identifier.startswith(start):
        found = identifier.removeprefix(start).replace("_", ":", 1)
    return found or identifier


@pytest.mark.parametrize("name", FILES)
def test_every_term_with_an_identifier_and_a_name_is_loaded(name: str) -> None:
    expected = named_terms(name)
    ontology = loaded(name)
    assert len(expected) > 600
    assert {term.id for term in ontology.terms() if term.label} == set(expected)
    for identifier, label in expected.items():
        found = ontology[identifier].label
        assert found == " ".join(label.split()) or "\\" in label


@pytest.mark.parametrize("name", [each for each in FILES if ".obo" in each])
def test_is_a_parents_are_those_of_the_file_but_for_what_it_does_not_define(name: str) -> None:
    ontology = loaded(name)
    checked = 0
    for kind, lines in obo_stanzas(name):
        if kind != "[Term]" or not any(line.startswith("name:") for line in lines):
            continue
        identifier = spelled(lines[0].removeprefix("id: ").strip())
        written = {spelled(line.split()[1]) for line in lines if line.startswith("is_a:")}
        kept = {parent for parent in written if parent in ontology}
        assert kept - {identifier} <= set(ontology[identifier].parents)
        checked += len(written)
        for parent in written - kept:
            assert any(
                parent in spelled(repair.clause) and "define" in repair.action for repair in ontology.repairs
            )
    assert checked > 900


@pytest.mark.parametrize("name", [each for each in FILES if ".obo" in each])
def test_obsolete_terms_and_their_successors_are_those_of_the_file(name: str) -> None:
    ontology = loaded(name)
    for kind, lines in obo_stanzas(name):
        if kind != "[Term]":
            continue
        term = ontology.get(spelled(lines[0].removeprefix("id: ").strip()))
        if term is None:
            continue
        assert term.obsolete == ("is_obsolete: true" in lines)
        replaced = {spelled(line.split()[1]) for line in lines if line.startswith("replaced_by:")}
        consider = {spelled(line.split()[1]) for line in lines if line.startswith("consider:")}
        if len(replaced) == 1:
            assert (term.replaced_by, set(term.consider)) == (replaced.pop(), consider)
        else:
            assert (term.replaced_by, set(term.consider)) == (None, consider | replaced)
        for line in lines:
            if line.startswith("alt_id:"):
                assert spelled(line.split()[1]) in ontology


def test_one_ontology_in_three_formats_is_the_same() -> None:
    first, *others = (loaded(f"blood_and_immune_upper_slim.{ending}") for ending in ("json", "owl", "obo"))
    assert (first.name, first.release) == ("CL", "2026-06-08")
    for other in others:
        assert list(other.terms()) == list(first.terms())
        assert all(other.synonyms(term.id) == first.synonyms(term.id) for term in first.terms())


def test_the_release_is_the_date_of_the_version() -> None:
    releases = {name: loaded(name).release for name in FILES}
    assert releases["uberon_import.obo"] == releases["cl_import.obo"] == "2021-08-03"
    assert releases["uberon-2018.obo.gz"] == "2015-04-23"
    assert releases["musculoskeletal.obo"] == ""  # it does not say


@pytest.mark.parametrize(
    ("name", "line", "clause"),
    [
        ("musculoskeletal.obo", 34661, "xref: :bony projection"),
        (
            "blood_and_immune_upper_slim.obo",
            13875,
            "xref: http://neurolex.org/wiki/Category\\:Embryonic_organism",
        ),
        ("cl-2019.obo.gz", 18302, "xref: PMID:14699587 \\n"),
    ],
)
def test_what_was_mended_is_reported_with_its_line(name: str, line: int, clause: str) -> None:
    repairs = {repair.line: repair for repair in loaded(name).repairs}
    assert repairs[line].clause == clause
    opened = gzip.open if name.endswith(".gz") else open
    with opened(FOLDER / name, "rt", encoding="utf-8") as file:
        assert file.read().splitlines()[line - 1] == clause


def test_foreign_terms_keep_their_identifiers() -> None:
    prefixes = {term.id.partition(":")[0] for term in loaded("uberon_import.obo").terms()}
    assert {"UBERON", "BFO", "CL", "GO", "NCBITAXON"} <= prefixes
