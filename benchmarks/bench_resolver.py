"""The resolver beside other ways to match labels: accuracy and speed on tables of curated labels, in one run.

    python benchmarks/bench_resolver.py [EVAL_DIR] [--sets REGEX] [--sample N] [--json FILE]

EVAL_DIR (or ``SYNTHQUERY_EVAL_DIR``, or ``../shared/eval``) holds tables with the columns set, ontology, label, gold,
n, note. Everybody gets the same names: labels and synonyms of the live terms of the snapshot. Peers: rapidfuzz's
``process.extract`` with ``token_sort_ratio`` and with ``WRatio``; text2term (its TF-IDF mapper) and gilda where they
are installed (``pip install text2term gilda``). Slow peers see the first N labels of a set (--sample); the resolver
sees the same ones, and all of them in the columns "all" and "speed"; no answer is kept between them.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from synthquery import resolver
from synthquery.resolver import resolve_many
from synthquery.resolver.index import OBSOLETE, USUAL
from synthquery.resolver.store import index_for

FIELD = {"UBERON": "tissue", "CL": "cell_type", "MONDO": "disease", "CVCL": "cell_line"}
_IRI = "http://purl.obolibrary.org/obo/"
Matcher = Callable[[Sequence[str]], list[list[str]]]
"""Labels -> identifiers of each, the likeliest first."""


def ours(field: str) -> Matcher:
    def match(labels: Sequence[str]) -> list[list[str]]:
        resolver._recent.clear()  # every label is looked for anew
        return [
            [candidate.term.id for candidate in found.candidates] for found in resolve_many(labels, field)
        ]

    return match


def names_of(field: str) -> tuple[list[str], list[str]]:
    """Names and their terms as the ontology has them: without the tables of the resolver."""
    index = index_for(field)
    rows = [n for n in range(index.n_names) if not index.name_kind[n] & (OBSOLETE | USUAL)]
    return [index.name(n) for n in rows], [index.term_id(index.name_term[n]) for n in rows]


def by_rapidfuzz(scorer: Callable[..., float]) -> Callable[[str], Matcher]:
    def prepare(field: str) -> Matcher:
        names, terms = names_of(field)
        choices = [utils.default_process(name) for name in names]

        def match(labels: Sequence[str]) -> list[list[str]]:
            found = []
            for label in labels:
                near = process.extract(utils.default_process(label), choices, scorer=scorer, limit=15)
                found.append(list(dict.fromkeys(terms[position] for _, _, position in near))[:5])
            return found

        return match

    return prepare


def by_gilda(field: str) -> Matcher:
    from gilda import make_grounder
    from gilda.process import normalize
    from gilda.term import Term

    names, terms = names_of(field)
    entries = [
        Term(normalize(name), name, "X", term, name, "name", "synthquery")
        for name, term in zip(names, terms, strict=True)
    ]
    grounder = make_grounder(entries)

    def match(labels: Sequence[str]) -> list[list[str]]:
        return [[each.term.id for each in grounder.ground(label)] for label in labels]

    return match


def by_text2term(field: str) -> Matcher:
    from text2term.term import OntologyTerm  # type: ignore[import-not-found]
    from text2term.tfidf_mapper import TFIDFMapper  # type: ignore[import-not-found]

    names, terms = names_of(field)
    named: defaultdict[str, list[str]] = defaultdict(list)
    for name, term in zip(names, terms, strict=True):
        named[_IRI + term.replace(":", "_")].append(name)
    term_of = {_IRI + term.replace(":", "_"): term for term in terms}
    ontology = {iri: OntologyTerm(iri, [labels[0]], synonyms=labels[1:]) for iri, labels in named.items()}
    mapper = TFIDFMapper(ontology)

    def match(labels: Sequence[str]) -> list[list[str]]:
        ids = [str(number) for number in range(len(labels))]
        table = mapper.map(list(labels), ids, max_mappings=5, min_score=0.1)
        found: defaultdict[str, list[str]] = defaultdict(list)
        for _, row in table.iterrows():
            found[str(row["Source Term ID"])].append(term_of[row["Mapped Term IRI"]])
        return [found[number] for number in ids]

    return match


MATCHERS: dict[str, Callable[[str], Matcher]] = {
    "synthquery": ours,
    "token_sort": by_rapidfuzz(fuzz.token_sort_ratio),
    "WRatio": by_rapidfuzz(fuzz.WRatio),
}
if importlib.util.find_spec("text2term"):
    MATCHERS["text2term"] = by_text2term
if importlib.util.find_spec("gilda"):
    MATCHERS["gilda"] = by_gilda


def default_folder() -> Path:
    return Path(os.environ.get("SYNTHQUERY_EVAL_DIR", Path(__file__).parents[2] / "shared" / "eval"))


def read_sets(folder: Path, pattern: str) -> dict[str, list[dict[str, str]]]:
    sets = {}
    for path in sorted(folder.glob("*.tsv")):
        if path.stem.endswith("_broader") or not re.search(pattern, path.stem):
            continue
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        rows = [row for row in rows if row["note"] != "abbreviation" and row["ontology"] in FIELD]
        if rows:
            sets[path.stem] = rows
    return sets


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=default_folder())
    parser.add_argument("--sets", default="", help="only sets whose name matches")
    parser.add_argument("--sample", type=int, default=60, help="labels a set for the peers; 0 for all")
    parser.add_argument("--json", type=Path, help="write the table here too")
    options = parser.parse_args()
    if not options.folder.is_dir():
        print(f"no tables of curated labels at {options.folder}; name their folder to run this benchmark")
        return
    sets = read_sets(options.folder, options.sets)
    prepared: dict[tuple[str, str], Matcher] = {}
    table: dict[str, dict[str, dict[str, float]]] = {}
    print(f"{'set':30} {'n':>5} {'all':>6} {'speed':>9} " + " ".join(f"{name:>18}" for name in MATCHERS))
    for name, rows in sets.items():
        field = FIELD[rows[0]["ontology"]]
        sample = rows[: options.sample or None]
        table[name] = {}
        for matcher, prepare in MATCHERS.items():
            if (matcher, field) not in prepared:
                prepared[matcher, field] = prepare(field)
                prepared[matcher, field](["warm up"])
            table[name][matcher] = measure(prepared[matcher, field], sample)
        everything = measure(prepared["synthquery", field], rows)
        cells = [f"{each['top1']:.3f} {each['per_second']:>8,.0f}/s" for each in table[name].values()]
        print(
            f"{name:30} {len(sample):5} {everything['top1']:6.3f} {everything['per_second']:7,.0f}/s "
            + " ".join(f"{cell:>18}" for cell in cells),
            flush=True,
        )
    summarise(sets, table)
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def measure(match: Matcher, rows: Sequence[dict[str, str]]) -> dict[str, float]:
    started = time.perf_counter()
    answers = match([row["label"] for row in rows])
    seconds = time.perf_counter() - started
    golds = [row["gold"].split("|") for row in rows]
    pairs = list(zip(answers, golds, strict=True))
    return {
        "top1": sum(bool(found) and found[0] in gold for found, gold in pairs) / len(rows),
        "top5": sum(any(each in gold for each in found[:5]) for found, gold in pairs) / len(rows),
        "per_second": len(rows) / seconds,
    }


def summarise(sets: dict[str, list[dict[str, str]]], table: dict[str, dict[str, dict[str, float]]]) -> None:
    """The mean over the sets of each field."""
    for field in dict.fromkeys(FIELD[rows[0]["ontology"]] for rows in sets.values()):
        names = [name for name, rows in sets.items() if FIELD[rows[0]["ontology"]] == field]
        means = [sum(table[name][matcher]["top1"] for name in names) / len(names) for matcher in MATCHERS]
        print(f"{'mean: ' + field:30} {'':5} {'':6} {'':9} " + " ".join(f"{each:>18.3f}" for each in means))


if __name__ == "__main__":
    main()
