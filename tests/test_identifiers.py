"""Identifiers in the spellings people use, and text that is none."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthquery.errors import IdentifierError
from synthquery.identifiers import (
    Kind,
    canonical_id,
    iri,
    kind_of,
    malformed,
    normalise_id,
    ontology_of,
    parse_identifier,
    taxon_id,
)
from synthquery.ontology import default_ontologies
from synthquery.resources import load_toml

SPELLINGS = {
    "UBERON:0002107": [
        "UBERON_0002107",
        "uberon:0002107",
        "Uberon:0002107",
        "obo:UBERON_0002107",
        "obo.UBERON_0002107",
        "http://purl.obolibrary.org/obo/UBERON_0002107",
        "https://purl.obolibrary.org/obo/UBERON_0002107",
        "https://bioregistry.io/uberon:0002107",
        "  UBERON:0002107\n",
    ],
    "CL:0000786": ["CL_0000786", "cl:0000786", "http://purl.obolibrary.org/obo/CL_0000786"],
    "MONDO:0011719": ["MONDO_0011719", "mondo:0011719", "https://monarchinitiative.org/MONDO:0011719"],
    "CVCL_0030": [
        "CVCL:0030",
        "cvcl_0030",
        "RRID:CVCL_0030",
        "rrid:cvcl_0030",
        "cellosaurus:0030",
        "cellosaurus:CVCL_0030",
        "Cellosaurus:CVCL_0030",
        "https://www.cellosaurus.org/CVCL_0030",
        "https://web.expasy.org/cellosaurus/CVCL_0030",
        "https://scicrunch.org/resolver/RRID:CVCL_0030",
    ],
    "ENSG00000141510": [
        "ENSG00000141510.17",
        "ensg00000141510",
        "ensembl:ENSG00000141510",
        "ensembl:ENSG00000141510.18",
        "http://identifiers.org/ensembl/ENSG00000141510",
        "https://www.ensembl.org/id/ENSG00000141510",
        "https://www.ensembl.org/Homo_sapiens/Gene/Summary?db=core;g=ENSG00000141510",
    ],
    "CHEBI:16681": [
        "CHEBI_16681",
        "ChEBI:16681",
        "chebi:16681",
        "CHEBI:CHEBI:16681",
        "http://purl.obolibrary.org/obo/CHEBI_16681",
        "https://identifiers.org/CHEBI:16681",
        "https://www.ebi.ac.uk/chebi/searchId.do?chebiId=CHEBI:16681",
    ],
    "CHEMBL25": [
        "chembl25",
        "CHEMBL:CHEMBL25",
        "chembl.compound:CHEMBL25",
        "https://www.ebi.ac.uk/chembl/compound_report_card/CHEMBL25",
    ],
    "NCBITAXON:9606": [
        "NCBITaxon:9606",
        "NCBITaxon_9606",
        "taxid:9606",
        "txid9606",
        "taxonomy:9606",
        "ncbi_taxid:9606",
        "http://purl.obolibrary.org/obo/NCBITaxon_9606",
        "https://identifiers.org/taxonomy/9606",
    ],
    "HsapDv:0000096": ["HSAPDV:0000096", "hsapdv_0000096"],
    "HANCESTRO:0005": ["hancestro_0005", "http://purl.obolibrary.org/obo/HANCESTRO_0005"],
    "PATO:0000461": ["PATO_0000461", "pato:0000461"],
    "PRJNA248302": ["prjna248302", "https://www.ncbi.nlm.nih.gov/bioproject/PRJNA248302"],
    "SRP012345": ["srp012345"],
    "GSE57872": ["gse57872"],
    "NCIT:C25464": ["ncit_c25464"],
    "EFO:0001187": ["http://www.ebi.ac.uk/efo/EFO_0001187"],
    "Orphanet:558": ["http://www.orpha.net/ORDO/Orphanet_558", "ORDO:558"],
}

NO_IDENTIFIERS = [
    *(
        "liver",
        "TP53",
        "CL-1",
        "HL-60",
        "U-937",
        "T47D",
        "CD4",
        "PATO",
        "CLL",
        "cl",
        "MF",
        "CL",
        "GSE1",
        "GO",
    ),
    *(
        "9606",
        "0002107",
        "",
        " ",
        ":",
        "_",
        "UBERON:",
        ":0002107",
        "CD8+, alpha-beta T cell",
        "type 2 diabetes",
    ),
    *(
        "UBERON:0002107 liver",
        "UBERON:0002107,UBERON:0000955",
        "https://example.org/UBERON_0002107",
        "\x00",
        "liver" * 99,
    ),
]


@pytest.mark.parametrize(
    ("canonical", "spelling"), [(key, each) for key in SPELLINGS for each in SPELLINGS[key]]
)
def test_every_spelling_gives_the_canonical_form(canonical: str, spelling: str) -> None:
    assert normalise_id(spelling) == canonical
    found = parse_identifier(spelling)
    assert found is not None
    assert (found.id, found.given, found.kind) == (canonical, spelling, kind_of(canonical))
    assert not found.is_canonical
    assert malformed(spelling) is None


@pytest.mark.parametrize("canonical", SPELLINGS)
def test_a_canonical_identifier_stays_as_it_is(canonical: str) -> None:
    assert normalise_id(canonical) == canonical
    found = parse_identifier(canonical)
    assert found is not None
    assert found.is_canonical
    assert normalise_id(iri(canonical)) == canonical


def test_a_removed_version_is_noted() -> None:
    found = parse_identifier("ENSG00000141510.17")
    assert found is not None
    assert found.note == "version .17 removed"
    plain = parse_identifier("ENSG00000141510")
    assert plain is not None
    assert plain.note is None


@pytest.mark.parametrize("text", NO_IDENTIFIERS)
def test_labels_symbols_and_numbers_are_no_identifiers(text: str) -> None:
    assert parse_identifier(text) is None
    assert malformed(text) is None
    with pytest.raises(IdentifierError, match="is no identifier"):
        normalise_id(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("UBERON:2107", "UBERON:0002107"),
        ("UBERON_2107", "UBERON:0002107"),
        ("http://purl.obolibrary.org/obo/UBERON_2107", "UBERON:0002107"),
        ("HANCESTRO:5", "HANCESTRO:0005"),
        ("UBERON:000210X", "seven digits"),
        ("UBERON:000210700", "seven digits"),
        ("CVCL_00", "four letters or digits"),
        ("CVCL_00300", "four letters or digits"),
        ("ENSG0000014151", "eleven digits"),
        ("ENSMUSG00000059552", "another species (mouse)"),
        ("ensembl:ENSMUSG00000059552.5", "another species (mouse)"),
        ("ENST00000269305", "a transcript, not a gene"),
        ("ENSP00000269305.4", "a protein, not a gene"),
        ("LRG_321", "Locus Reference Genomic"),
        ("CHEBI:x1", "digits"),
        ("WIBBLE:0001234", "does not know: WIBBLE"),
    ],
)
def test_what_was_meant_as_an_identifier_is_told_what_is_wrong(text: str, said: str) -> None:
    assert parse_identifier(text) is None
    message = malformed(text)
    assert message is not None
    assert said in message
    with pytest.raises(IdentifierError) as raised:
        normalise_id(text)
    assert str(raised.value) == message


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert canonical_id("UBERON:０００２１０７") is None
    assert canonical_id("CVCL_00٣0") is None


def test_megabytes_of_text_are_refused_at_once_and_not_echoed() -> None:
    with pytest.raises(IdentifierError) as raised:
        normalise_id("UBERON:" + "0" * 1_000_000)
    assert len(str(raised.value)) < 300


def test_bare_digits_are_a_taxon_only_where_a_taxon_is_asked_for() -> None:
    assert parse_identifier("9606") is None
    for spelling in ("9606", " 9606 ", "taxid:9606", "NCBITaxon_9606", "txid9606", "NCBITAXON:9606"):
        assert taxon_id(spelling) == "NCBITAXON:9606"
        assert taxon_id(spelling, prefixed=False) == "9606"
    for text in ("human", "UBERON:0002107", "-9606", "96061234567"):
        with pytest.raises(IdentifierError, match="no NCBI taxon"):
            taxon_id(text)


def test_ontologies_are_told_from_canonical_identifiers() -> None:
    expected = {
        "UBERON:0002107": "UBERON",
        "CVCL_0030": "CVCL",
        "ENSG00000141510": "ENSG",
        "AfPO:0000010": "HANCESTRO",
    }
    assert {identifier: ontology_of(identifier) for identifier in expected} == expected
    assert [ontology_of(text) for text in ("CHEMBL25", "HP:0000118", "uberon:0002107", "liver")] == [None] * 4


def test_kinds_in_the_table_and_in_the_type_are_the_same() -> None:
    assert {row["kind"] for row in load_toml("identifiers.toml")["identifier"]} == set(typing.get_args(Kind))


@pytest.mark.parametrize("name", default_ontologies().names)
def test_every_term_of_the_snapshot_has_a_canonical_identifier_of_its_ontology(name: str) -> None:
    for term in default_ontologies().store(name).terms():
        assert canonical_id(term.id) == term.id
        assert ontology_of(term.id) == name


@pytest.mark.parametrize("name", ["UBERON", "CL", "CVCL", "ENSG", "HsapDv", "HANCESTRO", "PATO"])
def test_no_name_of_the_snapshot_is_taken_for_an_identifier(name: str) -> None:
    texts = {row.text for row in default_ontologies().store(name).names()}
    assert [text for text in texts if canonical_id(text) or malformed(text)] == []


CANONICAL = st.one_of(
    st.from_regex(r"(UBERON|CL|MONDO|HsapDv|PATO):[0-9]{7}", fullmatch=True),
    st.from_regex(r"CHEBI:[0-9]{1,7}", fullmatch=True),
    st.from_regex(r"CVCL_[A-Z0-9]{4}", fullmatch=True),
    st.from_regex(r"ENSG[0-9]{11}", fullmatch=True),
    st.from_regex(r"CHEMBL[0-9]{1,9}", fullmatch=True),
)


@given(identifier=CANONICAL, data=st.data())
def test_spelling_a_canonical_identifier_otherwise_changes_nothing(
    identifier: str, data: st.DataObject
) -> None:
    respellings = [
        str.lower,
        str.upper,
        str.swapcase,
        lambda text: f"\t{text} ",
        lambda text: f"obo:{text}",
        lambda text: f"RRID:{text}",
        lambda text: f"https://identifiers.org/{text}",
        lambda text: f"http://purl.obolibrary.org/obo/{text}",
    ]
    if ":" in identifier:
        respellings.append(lambda text: text.replace(":", "_"))
    changed = data.draw(st.sampled_from(respellings))(identifier)
    assert normalise_id(changed) == identifier


@given(st.text(max_size=60))
def test_reading_any_text_is_safe_and_normalising_twice_is_normalising_once(text: str) -> None:
    found = canonical_id(text)
    if found is not None:
        assert normalise_id(found) == found
        assert kind_of(found) is not None
        assert malformed(text) is None
    else:
        malformed(text)
