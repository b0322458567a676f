"""OBO files with one thing wrong: the rest is read, and the thing is reported with its line."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from synthquery.ontology import Ontology, load_ontology
from synthquery.ontology.readers.memory import Synonym

HEADER = "format-version: 1.2\ndata-version: releases/2026-04-01\nontology: uberon\n"
ORGAN = "[Term]\nid: UBERON:0000062\nname: organ\n"
LIVER = "[Term]\nid: UBERON:0002107\nname: liver\n"
FIRST_CLAUSE = 12  # the line of what `with_clause` puts into the liver


@pytest.fixture
def read(tmp_path: Path):
    def read(text: str | bytes) -> Ontology:
        path = tmp_path / "uberon.obo"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_ontology(path)

    return read


def with_clause(clause: str) -> str:
    return f"{HEADER}\n{ORGAN}\n{LIVER}{clause}\nis_a: UBERON:0000062 ! organ\n"


def test_a_well_formed_file_needs_no_repair(read) -> None:
    assert read(with_clause("xref: FMA:7197")).repairs == ()


@pytest.mark.parametrize(
    ("clause", "action"),
    [
        ("xref: :bony projection", "left out: not well formed"),
        (
            r"xref: http://en.wikipedia.org/wiki/File\:Gray793.png",
            "read as xref: http://en.wikipedia.org/wiki/File:Gray793.png",
        ),
        (r"xref: PMID:14699587 \n", "read as xref: PMID:14699587"),
        ("xref: FMA:7197 the liver", 'read as xref: FMA:7197 "the liver"'),
        ('xref: http://example.org/a"b', "read as xref: http://example.org/a%22b"),
        ("xref: ISBN 0080923437", "left out: not well formed"),
        ("xref_analog: FMA:7197", "read as xref: FMA:7197"),
        ('def: "A gland." [isbn 0080923437]', 'read as def: "A gland." []'),
        ('def: "A "large" gland." [MESH:D008099]', r'read as def: "A \"large\" gland." []'),
        ("is_obsolete: False", "read as is_obsolete: false"),
        ("creation_date: last year", "left out: not well formed"),
        ("property_value: no", "left out: not well formed"),
        ("xref: M{ESH:D008099", "left out: not well formed"),
        ("namespace: two words", "left out: not well formed"),
        ("is_a:", "left out: not well formed"),
        ("invented_tag: something", "left out: not well formed"),
        ("relationship: part_of", "left out: not well formed"),
        ("union_of: UBERON:0000062", "left out: union_of stands alone"),
        ("name: hepar", "left out: it has a name already"),
        ("stray words", "left out: it is no clause"),
        ("alt_id: UBERON:0002108 junk", "read as alt_id: UBERON:0002108"),
        ("is_a: UBERON:0009569 {x=y}", "read as is_a: UBERON:0009569"),
    ],
)
def test_a_clause_that_cannot_be_read_is_mended_or_left_out(read, clause: str, action: str) -> None:
    ontology = read(with_clause(clause))
    liver = ontology["UBERON:0002107"]
    assert (liver.label, liver.obsolete) == ("liver", False)
    assert "UBERON:0000062" in liver.parents
    repair = ontology.repairs[0]
    assert (repair.line, repair.clause, repair.action) == (FIRST_CLAUSE, clause, action)


@pytest.mark.parametrize(
    ("clause", "synonym"),
    [
        ('synonym: "iecur" []', Synonym("iecur", "RELATED")),
        ('synonym: "iecur" exact []', Synonym("iecur", "EXACT")),
        ('synonym: "iecur" BROAD [ISBN 12]', Synonym("iecur", "BROAD")),
        ('synonym: "iecur" EXACT', Synonym("iecur", "EXACT")),
        ('synonym: "the "iecur"" NARROW []', Synonym('the "iecur"', "NARROW")),
        ('synonym: "iecur" RELATE [MESH:D008099]', Synonym("iecur", "RELATED")),
        ('synonym: "iecur" EXA""CT []', Synonym("iecur", "RELATED")),
        ('exact_synonym: "iecur" []', Synonym("iecur", "EXACT")),
        ('related_synonym: "iecur" [MESH:D008099]', Synonym("iecur", "RELATED")),
    ],
)
def test_a_synonym_is_kept_with_its_scope(read, clause: str, synonym: Synonym) -> None:
    ontology = read(with_clause(clause))
    assert ontology.synonyms("UBERON:0002107") == (synonym,)
    assert ontology["UBERON:0002107"].synonyms == (synonym.text,)
    assert len(ontology.repairs) == 1


@pytest.mark.parametrize("name", ["liver {of a rat}", "liver {", 'liver "left"'])
def test_a_name_with_special_characters_is_kept(read, name: str) -> None:
    assert read(f"{HEADER}\n[Term]\nid: UBERON:0002107\nname: {name}\n")["UBERON:0002107"].label == name


def test_a_parent_that_the_file_does_not_define_is_left_out(read) -> None:
    ontology = read(with_clause("is_a: CARO:0001001 ! neuron projection bundle"))
    assert ontology["UBERON:0002107"].parents == ("UBERON:0000062",)
    (repair,) = ontology.repairs
    assert (repair.line, repair.action) == (FIRST_CLAUSE, "left out: the file does not define it")
    assert repair.clause == "is_a: CARO:0001001 ! neuron projection bundle"
    assert str(repair).startswith(f"line {FIRST_CLAUSE}: is_a: CARO:0001001")


def test_a_parent_may_be_defined_after_its_child(read) -> None:
    ontology = read(f"{HEADER}\n{LIVER}is_a: UBERON:0000062\n\n{ORGAN}")
    assert (ontology["UBERON:0002107"].parents, ontology.repairs) == (("UBERON:0000062",), ())


def test_a_parent_named_by_its_former_identifier_is_found(read) -> None:
    ontology = read(f"{HEADER}\n{ORGAN}alt_id: UBERON:0009569\n\n{LIVER}is_a: UBERON:0009569\n")
    assert ontology["UBERON:0002107"].parents == ("UBERON:0000062",)
    assert ontology.repairs[0].action == "read as UBERON:0000062, which took its place"


def test_an_alternative_identifier_leads_to_its_term(read) -> None:
    ontology = read(with_clause("alt_id: UBERON:0002108"))
    merged = ontology["UBERON:0002108"]
    assert (merged.obsolete, merged.replaced_by, merged.label) == (True, "UBERON:0002107", "")
    assert ontology.merged_into("UBERON:0002107") == ("UBERON:0002108",)


@pytest.mark.parametrize("relation", ["part_of", "BFO:0000050"])
def test_part_of_leads_upwards_also_where_the_relation_is_not_defined(read, relation: str) -> None:
    ontology = read(f"{HEADER}\n{ORGAN}\n{LIVER}relationship: {relation} UBERON:0000062\n")
    assert ontology["UBERON:0002107"].parents == ("UBERON:0000062",)


@pytest.mark.parametrize("qualifier", ['{all_only="true"}', '{cardinality="0"}', '{maxCardinality="0"}'])
def test_part_of_nothing_else_is_no_parent(read, qualifier: str) -> None:
    ontology = read(f"{HEADER}\n{ORGAN}\n{LIVER}relationship: part_of UBERON:0000062 {qualifier}\n")
    assert ontology["UBERON:0002107"].parents == ()


@pytest.mark.parametrize("header", ["date: 2019", "subsetdef: a b", "nonsense", 'synonymtypedef: x y "z'])
def test_a_clause_of_the_header_is_left_out(read, header: str) -> None:
    ontology = read(f"{HEADER}{header}\n\n{LIVER}")
    assert (ontology.release, ontology["UBERON:0002107"].label) == ("2026-04-01", "liver")
    assert [(repair.line, repair.clause) for repair in ontology.repairs] == [(4, header)]


def test_a_value_broken_over_lines_is_put_on_one(read) -> None:
    ontology = read(with_clause('synonym: "iecur\n of the Romans" EXACT []'))
    assert ontology["UBERON:0002107"].synonyms == ("iecur of the Romans",)
    assert ontology.repairs[0].action == "a value on 2 lines was put on one"


def test_a_quote_that_never_closes_does_not_swallow_the_rest(read) -> None:
    ontology = read(
        with_clause('comment: "no end') + f"\n{ORGAN.replace('0000062', '0000948').replace('organ', 'heart')}"
    )
    assert {term.label for term in ontology.terms()} == {"organ", "liver", "heart"}


def test_a_quote_that_is_cut_off_does_not_take_the_clause_below_with_it(read) -> None:
    ontology = read(with_clause('property_value: skos:prefLabel "liv\nsynonym: "iecur" EXACT []'))
    assert ontology["UBERON:0002107"].synonyms == ("iecur",)
    assert [(repair.line, repair.action) for repair in ontology.repairs] == [
        (FIRST_CLAUSE, "left out: not well formed")
    ]


def test_a_missing_stanza_header_is_added(read) -> None:
    ontology = read(f"{HEADER}\n{ORGAN}\nid: UBERON:0002107\nname: liver\n")
    assert ontology["UBERON:0002107"].label == "liver"
    assert ontology.repairs[0].action == "a [Term] line before it was missing: added"


def test_an_identifier_that_is_not_first_is_moved(read) -> None:
    ontology = read(f"{HEADER}\n[Term]\nname: liver\nid: UBERON:0002107\n")
    assert ontology["UBERON:0002107"].label == "liver"
    assert ontology.repairs[0].action == "moved to the start of its frame"


def test_a_term_without_identifier_is_left_out(read) -> None:
    ontology = read(f"{HEADER}\n{ORGAN}\n[Term]\nname: liver\n")
    assert [term.label for term in ontology.terms()] == ["organ"]
    assert str(ontology.repairs[0]) == "line 9: [Term] liver: left out: it has no id"


def test_comments_blank_lines_and_other_stanzas_do_no_harm(read) -> None:
    text = f"! a comment\n{HEADER}\n[Term] ! the organ\n\nid: UBERON:0000062\n! inside\nname: organ\n"
    others = "\n[Instance]\nid: x\n\n[Annotation]\nid: UBERON:0009569\n"
    ontology = read(f"{text}{others}\n{LIVER}")
    assert [term.label for term in ontology.terms()] == ["organ", "liver"]
    assert [repair.clause for repair in ontology.repairs] == ["[Annotation]"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_unicode_encoding_and_line_end_is_read(read, encoding: str) -> None:
    ontology = read(with_clause('synonym: "foie é" EXACT []').replace("\n", "\r\n").encode(encoding))
    assert (ontology["UBERON:0002107"].synonyms, ontology.repairs) == (("foie é",), ())


def test_latin_1_is_read_and_reported(read) -> None:
    ontology = read(with_clause('synonym: "Hépar" EXACT []').encode("latin-1"))
    assert ontology["UBERON:0002107"].synonyms == ("Hépar",)
    assert ontology.repairs[0].line == FIRST_CLAUSE


JUNK = (
    '"',
    "\\",
    "{",
    "}",
    "!",
    "[",
    "]",
    ":",
    " ",
    "\t",
    "é",
    "\0",
    "\x85",
    "<",
    '{a="b"}',
    "http://",
    "[Term]",
    "  ! x",
)


@pytest.mark.parametrize("seed", range(30))
def test_no_damage_to_other_clauses_costs_a_term_its_name(read, seed: int) -> None:
    chance = random.Random(seed)
    clauses = [
        'def: "A gland that secretes bile." [MESH:D008099]',
        'synonym: "iecur" EXACT [FMA:7197, ISBN:0]',
        "xref: http://en.wikipedia.org/wiki/Liver",
        'is_a: UBERON:0000062 {source="FMA"} ! organ',
        "relationship: part_of UBERON:0000062",
        'property_value: skos:prefLabel "liver" xsd:string',
        "intersection_of: UBERON:0000062",
        "intersection_of: part_of UBERON:0000062",
    ]
    stanzas = []
    for number in range(40):
        kept = list(clauses)
        for _ in range(3):
            place = chance.randrange(len(kept))
            cut = chance.randrange(kept[place].index(":") + 1, len(kept[place]) + 1)
            rest = kept[place][cut:] if chance.random() < 0.7 else ""
            kept[place] = kept[place][:cut] + chance.choice(JUNK) + rest
        stanzas.append(f"\n[Term]\nid: UBERON:1{number:06}\nname: organ {number}\n" + "\n".join(kept) + "\n")
    ontology = read(f"{HEADER}\n{ORGAN}{''.join(stanzas)}")
    labels = {term.id: term.label for term in ontology.terms() if term.label}
    assert labels == {"UBERON:0000062": "organ", **{f"UBERON:1{n:06}": f"organ {n}" for n in range(40)}}


def test_many_broken_clauses_are_all_reported_in_order(read) -> None:
    terms = "".join(f"\n[Term]\nid: UBERON:{n:07}\nname: organ {n}\nxref: :bad {n}\n" for n in range(2000))
    ontology = read(HEADER + terms)
    assert len(ontology) == len(ontology.repairs) == 2000
    assert [repair.line for repair in ontology.repairs] == list(range(8, 8 + 5 * 2000, 5))
