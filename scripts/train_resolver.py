"""Learn the weights of the resolver from tables of curated labels.

    python scripts/train_resolver.py EVAL_DIR [--fields tissue,...] [--weights] [--wrong] [--write]

EVAL_DIR holds tables with the columns set, ontology, label, gold, n, note (gold: identifiers joined by ``|``). Beside
them, names of the ontology itself serve as labels: a synonym is asked for with that synonym struck from the index, so
that the model learns from every other name of its term. Everything is deterministic; nothing of a table is kept but
the weights. Models are small and linear, so that each weight can be read (``data/resolving/weights.json``).

A label's candidates are compared by a conditional logit: the probability of a term is the softmax of the best of its
names' scores. Trust in the best candidate is a logistic model over a few facts about the ranking; it also sees labels
that mean nothing in the field (words of its names thrown together, compounds). Everything is judged twice on what it
did not learn from: by gold term, and by set (a whole source left out); thresholds are chosen where both are precise.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from synthquery.resolver.engine import MOST_CANDIDATES, Engine, Scored
from synthquery.resolver.features import FEATURES
from synthquery.resolver.index import FOLD, OTHER_SPECIES, SYNONYM, WORDS
from synthquery.resolver.normalise import fold, tokens
from synthquery.resolver.store import index_for
from synthquery.resolver.trust import FACTS, facts, forbidden, trust_of
from synthquery.resources import data_file

FIELD = {"UBERON": "tissue", "CL": "cell_type", "MONDO": "disease"}
FOLDS = 5
ROUNDS = 4
POOL = 40
"""Names compared with a label while learning; more than in use, so that near misses are learned from."""
STRENGTHS = (1.0, 3.0, 10.0, 30.0)
FIRMNESS = 1.0
"""How strongly the weights of the facts are held to zero."""
LEAST = {"tissue": 0.76}
"""Lowest thresholds, whatever is learned: adjectives of tissues ("limbic", "neural") look surer than they are."""
ENOUGH = 0.68
"""Share of labels that should be answered."""
_FOR = {"lead", "exact_label", "exact_synonym", "same_label", "same_synonym"}
_EITHER = {"constant", "abbreviation", "one_word"}
BOUNDS = [(None, None) if name in _EITHER else (0.0, None) if name in _FOR else (None, 0.0) for name in FACTS]
"""Which facts speak for an answer, which against it."""
STRANGE, STRANGE_WEIGHT = "strange", 0.15
STRANGE_LABELS = 500
STRUCK = 1500
"""Synonyms per field that serve as labels."""


@dataclass
class Case:
    """A label, its candidates' features, and which of them are right."""

    set: str
    label: str
    gold: frozenset[str]
    fold: int
    weight: float
    terms: np.ndarray
    values: np.ndarray
    right: np.ndarray

    def term_scores(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distinct terms and the row of the best name of each."""
        scores = self.values @ weights
        order = np.lexsort((-scores, self.terms))
        first = np.ones(len(order), dtype=bool)
        first[1:] = self.terms[order][1:] != self.terms[order][:-1]
        rows = order[first]
        return rows, scores[rows]


def fold_of(gold: frozenset[str]) -> int:
    return int(hashlib.sha256(min(gold).encode()).hexdigest(), 16) % FOLDS


def trace(
    engine: Engine, label: str, gold: frozenset[str], name: str, weight: float, struck: bool
) -> Case | None:
    """The candidates of a label; `struck` leaves out the names that are the label itself."""
    engine.trace = []
    label = engine.meant(label)
    same = engine.exact(label)
    if struck:
        own = set(engine.index.find(FOLD, fold(label)))
        same = {n: bits for n, bits in same.items() if n not in own}
    preferred = [] if struck else engine._preferred_name(same)
    if not preferred:
        engine._by_words(label, same)
    found, engine.trace = engine.trace, None
    found += [(each.term, each.name, "whole", each.facts) for each in preferred]
    if struck:
        found = [each for each in found if each[1] not in own]
    if not found:
        return None
    terms = np.array([each[0] for each in found])
    right = np.array([engine.index.term_id(each[0]) in gold for each in found])
    values = np.array([each[3] for each in found], dtype=float)
    return Case(name, label, gold, fold_of(gold), weight, terms, values, right)


def read_cases(engine: Engine, folder: Path) -> list[Case]:
    cases = []
    for path in sorted(folder.glob("*.tsv")):
        if path.stem.endswith("_broader"):
            continue
        with path.open(encoding="utf-8") as file:
            rows = [
                r
                for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                if r["note"] != "abbreviation"
            ]
        if not rows or FIELD.get(rows[0]["ontology"]) != engine.field.name:
            continue
        for row in rows:
            gold = frozenset(row["gold"].split("|"))
            # every set counts alike: a weight of one row of a set of 100
            case = trace(engine, row["label"], gold, path.stem, min(100 / len(rows), 3.0), struck=False)
            cases.append(case or Case(path.stem, row["label"], gold, fold_of(gold), 0.0, *_nothing()))
    return cases


def _nothing() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.zeros(0, dtype=int), np.zeros((0, len(FEATURES))), np.zeros(0, dtype=bool)


def struck_cases(engine: Engine, number: int) -> list[Case]:
    """Synonyms as labels, each struck from the index."""
    index = engine.index
    chooser = random.Random(17)
    synonyms = [
        n
        for n in range(index.n_names)
        if index.name_kind[n] == SYNONYM and not index.term_flags[index.name_term[n]] & OTHER_SPECIES
    ]
    cases = []
    for name in chooser.sample(synonyms, min(number, len(synonyms))):
        gold = frozenset([index.term_id(index.name_term[name])])
        case = trace(engine, index.name(name), gold, "names", 0.05, struck=True)
        if case is not None and case.right.any():
            cases.append(case)
    return cases


def strange_cases(engine: Engine, number: int) -> list[Case]:
    """Labels that mean nothing in the field: words of its names thrown together, and names of other things.

    Only trust is learned from them: whatever is nearest is no answer.
    """
    chooser = random.Random(23)
    words = [word for word in engine.lexicon.words if len(word) > 3 and word.isalpha()]
    fillers = [
        "unknown",
        "other",
        "mixed",
        "sample",
        "various",
        "nowhere",
        "purple",
        "available",
        "batch",
        "quick",
    ]
    labels = [
        " ".join(chooser.sample(words, chooser.choice((1, 2, 2, 3))) + chooser.sample(fillers, k))
        for k in chooser.choices((0, 1, 2), k=number)
    ]
    for other in ("compound", "developmental_stage"):
        index = index_for(other)
        labels += [index.name(name) for name in chooser.sample(range(index.n_names), number // 4)]
    cases = []
    for label in labels:
        case = trace(engine, label, frozenset([label]), STRANGE, STRANGE_WEIGHT, struck=False)
        if case is not None:
            exact = engine.index.find(FOLD, fold(label)) or engine.index.find(WORDS, " ".join(tokens(label)))
            if not exact:  # a word that is a name means it
                cases.append(case)
    return cases


def fit(cases: list[Case], start: np.ndarray, strength: float) -> np.ndarray:
    """Weights by penalised maximum likelihood; the best name of each term is chosen anew every round."""
    weights = start.copy()
    cases = [case for case in cases if case.right.any() and not case.right.all()]
    importance = np.array([case.weight for case in cases])
    for _ in range(ROUNDS):
        rows = [case.term_scores(weights)[0] for case in cases]
        matrix = np.vstack([case.values[chosen] for case, chosen in zip(cases, rows, strict=True)])
        gold = np.concatenate([case.right[chosen] for case, chosen in zip(cases, rows, strict=True)])
        sizes = [len(chosen) for chosen in rows]
        weights = maximise(matrix, gold, sizes, importance, start, weights, strength)
    return weights


def maximise(
    matrix: np.ndarray,
    gold: np.ndarray,
    sizes: list[int],
    weight: np.ndarray,
    start: np.ndarray,
    guess: np.ndarray,
    strength: float,
) -> np.ndarray:
    """Weights that make the right terms likeliest; `sizes` says which rows of `matrix` compete."""
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    owner = np.repeat(np.arange(len(sizes)), sizes)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        scores = matrix @ w
        scores -= np.maximum.reduceat(scores, starts)[owner]
        exps = np.exp(scores)
        total = np.add.reduceat(exps, starts)
        good = np.add.reduceat(exps * gold, starts)
        p_all = exps / total[owner]
        p_good = exps * gold / good[owner]
        value = float(weight @ (np.log(total) - np.log(good))) + strength * float((w - start) @ (w - start))
        slope = matrix.T @ ((p_all - p_good) * weight[owner]) + 2 * strength * (w - start)
        return value, slope

    return minimize(loss, guess, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x


def judge(cases: list[Case], weights_of: dict[int, np.ndarray]) -> dict[str, tuple[float, float, int]]:
    """Top-1 and top-5 of each set, every case under the weights of its fold."""
    hits: defaultdict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for case in cases:
        if not len(case.terms):
            hits[case.set].append((False, False))
            continue
        rows, scores = case.term_scores(weights_of[case.fold])
        ranked = case.right[rows[np.argsort(-scores, kind="stable")]]
        hits[case.set].append((bool(ranked[0]), bool(ranked[:5].any())))
    return {
        name: (float(np.mean([a for a, _ in each])), float(np.mean([b for _, b in each])), len(each))
        for name, each in sorted(hits.items())
    }


def choose_strength(
    cases: list[Case], extra: list[Case], start: np.ndarray
) -> tuple[float, dict[int, np.ndarray]]:
    """How strongly the weights are held to where they start, and the weights of each fold under it."""
    tried = {}
    for strength in STRENGTHS:
        folds = {n: fit([c for c in cases + extra if c.fold != n], start, strength) for n in range(FOLDS)}
        judged_sets = judge(cases, folds).values()
        hits = [float(np.mean([each[i] for each in judged_sets])) for i in (0, 1)]
        tried[strength] = (hits[0] + hits[1] / 2, folds)
    best = max(tried, key=lambda strength: (round(tried[strength][0], 3), strength))
    return best, tried[best][1]


def ranking(case: Case, weights: np.ndarray) -> list[Scored]:
    """The best terms of a case, as the engine would give them."""
    rows, scores = case.term_scores(weights)
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    return [
        Scored(int(case.terms[rows[i]]), 0, float(scores[i]), "", facts=tuple(case.values[rows[i]]))
        for i in order
    ]


@dataclass
class Judged:
    """What trust is learned from: one ranking a row."""

    facts: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    fold: np.ndarray
    set: np.ndarray
    field: np.ndarray


def judged(field: str, cases: list[Case], weights_of: Callable[[Case], np.ndarray]) -> Judged:
    """The rankings of a field, each under weights learned without its term, or without its set."""
    cases = [case for case in cases if len(case.terms)]
    rankings = [ranking(case, weights_of(case)) for case in cases]
    pairs = list(zip(cases, rankings, strict=True))
    return Judged(
        facts=np.array([facts(case.label, field, ranked) for case, ranked in pairs]),
        right=np.array([bool(case.right[case.terms == ranked[0].term].any()) for case, ranked in pairs]),
        weight=np.array([case.weight for case in cases]),
        fold=np.array([case.fold for case in cases]),
        set=np.array([case.set for case in cases]),
        field=np.array([field] * len(cases)),
    )


def joined(parts: list[Judged]) -> Judged:
    return Judged(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Judged.__annotations__)
    )


def logistic(data: Judged, rows: np.ndarray) -> np.ndarray:
    """Weights of the facts, from all fields alike. What speaks against an answer never speaks for it."""
    x, y, w = data.facts[rows], data.right[rows], data.weight[rows]

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        value = -float(w @ np.where(y, np.log(p + 1e-12), np.log(1 - p + 1e-12))) + FIRMNESS * float(
            b[1:] @ b[1:]
        )
        slope = x.T @ (w * (p - y))
        slope[1:] += 2 * FIRMNESS * b[1:]
        return value, slope

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", bounds=BOUNDS).x


def held_out(data: Judged, field: str, part: np.ndarray) -> np.ndarray:
    """How far each ranking of a field is trusted by a model that saw nothing of its `part` (a fold or a set)."""
    own = data.field == field
    found = np.zeros(len(data.right))
    for value in np.unique(part[own]):
        test = own & (part == value)
        found[test] = 1 / (1 + np.exp(-(data.facts[test] @ logistic(data, part != value))))
    found[[forbidden(row, field) for row in data.facts]] = 0.0
    return found


@dataclass
class Split:
    """Rankings of one field with their held-out trust, split by term or by set."""

    name: str
    trust: np.ndarray
    right: np.ndarray
    set: np.ndarray

    def shares(self, threshold: float) -> tuple[float, float, float]:
        """Share resolved and precision, both as means of the sets, and the precision of all answers together."""
        taken = self.trust >= threshold
        names = np.unique(self.set)
        share = [float(np.mean(taken[self.set == name])) for name in names]
        right = [self.right[taken & (self.set == name)] for name in names]
        precision = [float(np.mean(each)) for each in right if len(each)]
        return float(np.mean(share)), float(np.mean(precision or [0])), float(np.mean(self.right[taken]))


def learn_trust(field: str, by_term: Judged, by_set: Judged, aim: float) -> dict[str, object]:
    """Weights of the facts and the lowest threshold that is precise enough on terms and on sets not learned from."""
    splits = [
        Split(name, held_out(data, field, part)[own], data.right[own], data.set[own])
        for name, data, part in (("by term", by_term, by_term.fold), ("by set", by_set, by_set.set))
        for own in [(data.field == field) & ~np.isin(data.set, (STRANGE, "names"))]
    ]
    steps = [float(step) for step in np.round(np.arange(0.5, 0.99, 0.005), 3)]
    steps = [step for step in steps if all((split.trust >= step).any() for split in splits)]
    good = [step for step in steps if all(split.shares(step)[1] >= aim for split in splits)]
    enough = [step for step in steps if all(split.shares(step)[0] >= ENOUGH for split in splits)]
    good = [step for step in good if step >= LEAST.get(field, 0.0)]
    threshold = min(good, default=1.0)
    if threshold not in enough:  # the aim is out of reach: the most precise that still answers enough labels
        threshold = max(
            enough, key=lambda step: (round(min(split.shares(step)[1] for split in splits), 3), -step)
        )
    print(f"  {field}: resolved, precision (mean of sets), precision (all together)")
    for step in (threshold, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        if step <= steps[-1]:
            cells = (f"{split.name} " + " ".join(f"{x:.3f}" for x in split.shares(step)) for split in splits)
            print(f"    {'threshold' if step == threshold else 'at':9} {step:<5} " + "   ".join(cells))
    weights = logistic(by_term, np.ones(len(by_term.right), dtype=bool))
    return {
        "threshold": threshold,
        "never": [FACTS[fact] for fact in trust_of(field).never],
        "weights": {name: round(float(w), 3) for name, w in zip(FACTS, weights, strict=True)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fields", default="tissue,cell_type,disease")
    parser.add_argument("--aim", type=float, default=0.975, help="precision the threshold is chosen for")
    parser.add_argument("--write", action="store_true", help="write the weights")
    parser.add_argument("--wrong", action="store_true", help="show what cross-validation gets wrong")
    parser.add_argument("--weights", action="store_true", help="show the weights")
    options = parser.parse_args()
    path = data_file("resolving/weights.json")
    tables = json.loads(path.read_text())
    trust_path = data_file("resolving/trust.json")
    trusts = json.loads(trust_path.read_text())
    start = np.array([tables["default"][name] for name in FEATURES])
    by_term: list[Judged] = []
    by_set: list[Judged] = []
    for field in options.fields.split(","):
        engine = Engine(field)
        engine.pool = POOL
        cases = read_cases(engine, options.folder)
        extra = struck_cases(engine, STRUCK)
        print(
            f"{field}: {len(cases)} labels, {len(extra)} names; a right term among the candidates of "
            f"{np.mean([case.right.any() for case in cases]):.3f}"
        )
        strength, folds = choose_strength(cases, extra, start)
        everything = fit(cases + extra, start, strength)
        print(f"  weights held to where they start with strength {strength}")
        same = dict.fromkeys(range(FOLDS), everything)
        before = judge(cases, dict.fromkeys(range(FOLDS), start))
        crossed, fitted = judge(cases, folds), judge(cases, same)
        for name in crossed:
            print(
                f"  {name:32} n={crossed[name][2]:4} start {before[name][0]:.3f}  cross-validated "
                f"{crossed[name][0]:.3f} {crossed[name][1]:.3f}  fitted {fitted[name][0]:.3f}"
            )
        print(
            f"  {'mean':32}        start {np.mean([v[0] for v in before.values()]):.3f}  cross-validated "
            f"{np.mean([v[0] for v in crossed.values()]):.3f} {np.mean([v[1] for v in crossed.values()]):.3f}  "
            f"fitted {np.mean([v[0] for v in fitted.values()]):.3f}"
        )
        if options.weights:
            print("  " + ", ".join(f"{n} {w:.2f}" for n, w in zip(FEATURES, everything, strict=True)))
        if options.wrong:
            for case in cases:
                show_wrong(engine, case, folds[case.fold])
        sets = {
            name: fit([c for c in cases if c.set != name] + extra, start, strength)
            for name in {case.set for case in cases}
        }
        show_sets(cases, sets)
        seen = cases + extra + strange_cases(engine, STRANGE_LABELS)
        by_term.append(judged(field, seen, lambda case, folds=folds: folds[case.fold]))
        weights_of = dict.fromkeys({case.set for case in seen}, everything) | sets
        by_set.append(judged(field, seen, lambda case, weights_of=weights_of: weights_of[case.set]))
        tables[field] = {name: round(float(w), 3) for name, w in zip(FEATURES, everything, strict=True)}
    for field in options.fields.split(","):
        trusts[field] = learn_trust(field, joined(by_term), joined(by_set), options.aim)
    if options.write:
        trust_path.write_text(json.dumps(trusts, indent=1) + "\n")
        path.write_text(json.dumps(tables, indent=1) + "\n")


def show_sets(cases: list[Case], weights_of: dict[str, np.ndarray]) -> None:
    """Top-1 and top-5 of each set under weights that saw nothing of it."""
    found = {}
    for name, weights in sorted(weights_of.items()):
        own = [case for case in cases if case.set == name]
        found[name] = judge(own, dict.fromkeys(range(FOLDS), weights))[name]
    cells = [f"{name} {first:.3f} {five:.3f}" for name, (first, five, _) in found.items()]
    means = [float(np.mean([each[i] for each in found.values()])) for i in (0, 1)]
    print("  leaving a set out: " + ", ".join(cells) + f"; mean {means[0]:.3f} {means[1]:.3f}")


def show_wrong(engine: Engine, case: Case, weights: np.ndarray) -> None:
    if not len(case.terms):
        print("   ", case.set, repr(case.label), "-> nothing")
        return
    rows, scores = case.term_scores(weights)
    order = np.argsort(-scores, kind="stable")
    if case.right[rows[order[0]]]:
        return
    says = [f"{engine.index.term(int(case.terms[rows[i]])).label} {scores[i]:.1f}" for i in order[:3]]
    gold = [
        f"{engine.index.term(int(case.terms[rows[i]])).label} {scores[i]:.1f}"
        for i in order
        if case.right[rows[i]]
    ]
    print("   ", case.set, repr(case.label), "->", says, "GOLD", gold[:2] or sorted(case.gold))


if __name__ == "__main__":
    main()
