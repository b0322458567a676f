"""How long the readers of local files take, and how much memory: Cellosaurus at its real size, then ontologies.

The Cellosaurus file is made up, record by record in the form of the real one: as many lines a record, as many
synonyms, cross-references, comments and parents. Each file is read in a process of its own, so that its peak
memory is that of the reader.

    python benchmarks/bench_readers.py                  # a table
    python benchmarks/bench_readers.py --check          # exit code 1 when Cellosaurus is above its limits
    python benchmarks/bench_readers.py FILE [FILE ...]  # these files too
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

N_RECORDS = 170_000
LIMIT_SECONDS, LIMIT_MEGABYTES = 60.0, 500.0
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SITES = (
    "Liver; UBERON=UBERON_0002107",
    "Uterus, cervix; UBERON=UBERON_0000002",
    "Blood; UBERON=UBERON_0000178",
)
_CELLS = ("Fibroblast of skin; CL=CL_0002620", "Keratinocyte; CL=CL_0000312", "B-cell; CL=CL_0000236")
_DISEASES = (
    "NCIt; C3728; Hepatoblastoma",
    "NCIt; C27677; Cervical adenocarcinoma",
    "ORDO; Orphanet_449; Hepatoblastoma",
)
_CATEGORIES = ("Cancer cell line", "Transformed cell line", "Induced pluripotent stem cell", "Hybridoma")
_MARKERS = ("Amelogenin", "CSF1PO", "D13S317", "TH01", "TPOX")
_DATABASES = (
    "ATCC",
    "BioSample",
    "CCLE",
    "ChEMBL-Cells",
    "DepMap",
    "EFO",
    "GEO",
    "Lonza",
    "PubChem_Cell_line",
    "Wikidata",
)


def records(n: int) -> Iterator[str]:
    """A file like ``cellosaurus.txt`` with `n` records."""
    chance = random.Random(20260601)
    yield "-" * 78 + "\n CALIPHO group at the SIB - Geneva\n" + "-" * 78 + "\n"
    yield " Description: Cellosaurus: a controlled vocabulary of cell lines\n Name: Cellosaurus\n Version: 56.0\n"
    yield " Last update: 06-Jun-2026\n\n" + "_" * 78 + "\n"
    for number in range(n):
        yield "\n".join(_record(number, chance)) + "\n//\n"


def _accession(number: int) -> str:
    digits = ""
    for _ in range(4):
        number, rest = divmod(number, len(_LETTERS))
        digits = _LETTERS[rest] + digits
    return f"CVCL_{digits}"


def _record(number: int, chance: random.Random) -> Iterator[str]:
    name = f"{chance.choice('ABCDEFGH')}{chance.choice('KLMN')}-{number}"
    yield f"ID   {name}"
    yield f"AC   {_accession(number)}"
    if number % 40 == 0:
        yield f"AS   {_accession(N_RECORDS * 2 + number)}"
    if chance.random() < 0.6:
        yield "SY   " + "; ".join(
            f"{name}{ending}" for ending in ("", " clone A", "/wt", "_2")[: chance.randint(1, 4)]
        )
    yield from (
        f"DR   {chance.choice(_DATABASES)}; {chance.randrange(10**8)}" for _ in range(chance.randint(1, 9))
    )
    for _ in range(chance.randint(0, 5)):
        yield f"RX   PubMed={chance.randrange(10**8)};"
    yield f"CC   From: Institute number {number % 300}; City; Country."
    if chance.random() < 0.05:
        yield f"CC   Problematic cell line: Contaminated. Shown to be a HeLa derivative (PubMed={number})."
    yield from (f"ST   {marker}: {chance.randint(5, 20)}" for marker in _MARKERS[: chance.randint(0, 5)])
    if chance.random() < 0.7:
        yield f"CC   Derived from site: In situ; {chance.choice(_SITES)}."
    if chance.random() < 0.4:
        yield f"CC   Cell type: {chance.choice(_CELLS)}."
    if chance.random() < 0.6:
        yield f"DI   {chance.choice(_DISEASES)}"
    yield "OX   NCBI_TaxID=9606; ! Homo sapiens (Human)"
    if number > 100 and chance.random() < 0.4:
        yield f"HI   {_accession(chance.randrange(number))} ! parent"
    yield f"SX   {chance.choice(('Female', 'Male', 'Sex unspecified'))}"
    yield f"AG   {chance.randint(0, 90)}Y"
    yield f"CA   {chance.choice(_CATEGORIES)}"
    yield "DT   Created: 04-04-12; Last updated: 10-04-25; Version: 43"


def measure(path: Path) -> dict[str, object]:
    """Read a file in a new process; seconds, peak megabytes and what it holds."""
    run = subprocess.run(
        [sys.executable, __file__, "--one", str(path)], capture_output=True, text=True, check=True
    )
    found: dict[str, object] = json.loads(run.stdout)
    return found


def read_one(path: str) -> None:
    """What `measure` starts."""
    from synthquery.ontology import load_ontology

    before = time.perf_counter()
    ontology = load_ontology(path)
    seconds = time.perf_counter() - before
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    facts = {"terms": len(ontology), "repairs": len(ontology.repairs)}
    print(json.dumps({"seconds": round(seconds, 2), "megabytes": round(megabytes), **facts}))


def main() -> int:
    """Print the table; with ``--check`` the exit code says whether the limits hold."""
    if sys.argv[1:2] == ["--one"]:
        read_one(sys.argv[2])
        return 0
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "cellosaurus.txt"
        with made.open("w", encoding="utf-8") as file:
            file.writelines(records(N_RECORDS))
        size = made.stat().st_size / 1e6
        found = measure(made)
    print(f"cellosaurus.txt ({N_RECORDS:,} records, {size:.0f} MB): {found}")
    for name in (each for each in sys.argv[1:] if not each.startswith("--")):
        print(f"{Path(name).name}: {measure(Path(name))}")
    too_much = (
        float(str(found["seconds"])) > LIMIT_SECONDS or float(str(found["megabytes"])) > LIMIT_MEGABYTES
    )
    return int("--check" in sys.argv and too_much)


if __name__ == "__main__":
    sys.exit(main())
