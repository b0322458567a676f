"""Compiling the names of a field into the file that `synthquery.resolver.index` reads."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synthquery.ontology.facts import Term
from synthquery.resolver.container import write_container
from synthquery.resolver.index import (
    BAG,
    CELL,
    CODE,
    FOLD,
    ITEM,
    LABEL,
    OBSOLETE,
    OTHER_SPECIES,
    PREVIOUS,
    RAW,
    SAYS_WHERE,
    SQUEEZED,
    STOP,
    SYNONYM,
    USUAL,
    WORDS,
    bag_of,
    key_of,
)
from synthquery.resolver.normalise import fold, squeeze, tokens
from synthquery.resolver.words import Vocabulary, is_code, words_and_head
from synthquery.resources import load_toml


class Name(NamedTuple):
    """A name on its way into the index."""

    text: str
    term: int
    kind: int
    via: str


def _live_names(
    terms: Sequence[Term], extra: Iterable[tuple[str, str]], style: str
) -> tuple[list[Term], list[Name]]:
    """Live terms, and every name that leads to one of them; `extra` are (name, identifier) pairs."""
    live = [term for term in terms if not term.obsolete and term.label]
    position = {term.id: index for index, term in enumerate(live)}
    names: list[Name] = []
    seen: set[tuple[str, int]] = set()

    def add(text: str, term: int, kind: int, via: str = "") -> None:
        text = " ".join(text.split())
        if text and term >= 0 and (text, term) not in seen and (kind == LABEL or not _LOCUS.search(text)):
            seen.add((text, term))
            names.append(Name(text, term, kind, via))

    for term in live:
        add(term.label, position[term.id], LABEL)
    for text, identifier in extra:
        add(text, position.get(identifier, -1), SYNONYM | USUAL)
    for term in live:
        for synonym in term.synonyms:
            former = PREVIOUS if synonym in term.previous else 0
            add(synonym, position[term.id], SYNONYM | former)
    roots = _roots(live) if style == "words" else set()
    for term, target in _replaced(terms):
        if target in roots:  # "rare hypercholesterolemia" was merged into "disease", and is no name of it
            continue
        for number, text in enumerate((_without_mark(term.label), *term.synonyms)):
            add(text, position.get(target, -1), OBSOLETE + (SYNONYM if number else LABEL), term.id)
    return live, names


_LOCUS = re.compile(r"\bQTL ?\d*$")
"""OMIM's name of a locus that has to do with a trait is no name of a disease: ``body mass index QTL16``."""


def _roots(live: Sequence[Term]) -> set[str]:
    """Terms above others and below none."""
    above = {parent for term in live for parent in term.parents}
    return {term.id for term in live if not term.parents and term.id in above}


def _without_mark(label: str) -> str:
    """The label of an obsolete term as it was before."""
    return label.removeprefix("obsolete_").removeprefix("obsolete ").removeprefix("OBSOLETE ")


def _replaced(terms: Sequence[Term]) -> Iterator[tuple[Term, str]]:
    """Obsolete terms with the live term that replaces each."""
    by_id = {term.id: term for term in terms}
    for term in terms:
        if term.obsolete:
            target = _replacement(term, by_id)
            if target is not None:
                yield term, target


def _replacement(term: Term, by_id: dict[str, Term]) -> str | None:
    """The live term at the end of a chain of replacements; a cycle has none."""
    passed = {term.id}
    current: Term | None = term
    while current is not None and current.obsolete:
        target = current.replaced_by
        if target is None or target in passed:
            return None
        passed.add(target)
        current = by_id.get(target)
    return current.id if current else None


def _descendant_counts(live: Sequence[Term]) -> list[int]:
    parents = {term.id: term.parents for term in live}
    counts: defaultdict[str, int] = defaultdict(int)
    for term in live:
        above: set[str] = set()
        stack = list(term.parents)
        while stack:
            parent = stack.pop()
            if parent not in above:
                above.add(parent)
                stack.extend(parents.get(parent, ()))
        above.discard(term.id)
        for ancestor in above:
            counts[ancestor] += 1
    return [counts[term.id] for term in live]


def build_index(
    path: Path, field: str, style: str, terms: Sequence[Term], extra: Iterable[tuple[str, str]] = ()
) -> None:
    """Compile the names of `terms` for `field` into `path`.

    Parameters
    ----------
    path
        The file to write.
    field, style
        The field and how its labels are written (`synthquery.resolver.fields.Style`).
    terms
        All terms, obsolete ones too: their names lead to their replacements.
    extra
        Further names: pairs of a name and the identifier of a live term.
    """
    import numpy as np

    live, names = _live_names(terms, extra, style)
    vocabulary = Vocabulary(field)
    keys, key_names = array("Q"), array("I")
    name_words: list[Sequence[str]] = []
    heads: list[str] = []
    for position, name in enumerate(names):
        forms = [(RAW, name.text), (FOLD, fold(name.text)), (SQUEEZED, squeeze(name.text))]
        if style == "words":
            words, head = words_and_head(name.text, field)
            name_words.append(words)
            heads.append(words[head] if words else "")
            forms += [(WORDS, " ".join(words)), (BAG, bag_of(vocabulary.content(words)))]
        elif " [" in name.text:  # HEL [Human leukemia]: the brackets tell namesakes apart
            forms.append((SQUEEZED, squeeze(name.text.partition(" [")[0])))
        found = [key_of(level, form) for level, form in forms if form]
        keys.extend(found)
        key_names.extend([position] * len(found))
    hashes = np.frombuffer(keys, dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    arrays: dict[str, Any] = {
        "keys": hashes[order],
        "key_names": np.frombuffer(key_names, dtype=np.uint32)[order],
        "name_term": np.array([name.term for name in names], dtype=np.uint32),
        "name_kind": np.array([name.kind for name in names], dtype=np.uint8),
    }
    arrays |= _texts("name_text", (name.text for name in names))
    arrays |= _texts("term_id", (term.id for term in live))
    arrays |= _texts("term_facts", map(_facts, live))
    arrays |= _texts("via", sorted({name.via for name in names}))
    vias = {via: index for index, via in enumerate(sorted({name.via for name in names}))}
    arrays["name_via"] = np.array([vias[name.via] for name in names], dtype=np.uint32)
    if style == "words":  # facts that only the comparison of words weighs
        flags = [_flags(term, vocabulary) for term in live]
        arrays["term_flags"] = np.array(flags, dtype=np.uint8)
        arrays["term_descendants"] = np.array(_descendant_counts(live), dtype=np.uint32)
        arrays["term_synonyms"] = np.array([min(len(term.synonyms), 255) for term in live], dtype=np.uint8)
    if style == "codes":
        codes = [squeeze(name.text.partition(" [")[0]) for name in names]
        arrays |= _sorted_names("head", codes)
        if field == "cell_line":
            arrays |= _sorted_names("tail", [code[::-1] for code in codes])
    if style == "words":
        arrays |= _postings(vocabulary, name_words, heads)
    write_container(path, {"field": field, "style": style, "names": len(names), "terms": len(live)}, arrays)


def _flags(term: Term, vocabulary: Vocabulary) -> int:
    """Other species: the label ends in one ("..., dog") or has one in brackets or after "sensu", or the ID says so."""
    label = term.label
    if term.id.startswith(tuple(load_toml("resolving/anatomy.toml")["other_species"])):
        return OTHER_SPECIES
    last = label.rpartition(", ")[2] if ", " in label else ""
    aside = " ".join(_ASIDE.findall(label))
    return OTHER_SPECIES if not vocabulary.species.isdisjoint(tokens(f"{last} {aside}")) else 0


_ASIDE = re.compile(r"\(([^()]*)\)")


def _facts(term: Term) -> str:
    cells = (
        term.ontology,
        term.release,
        term.label,
        ITEM.join(term.synonyms),
        ITEM.join(term.parents),
        ITEM.join(term.previous),
        term.biotype or "",
    )
    return CELL.join(cells)


def _texts(name: str, texts: Iterable[str]) -> dict[str, Any]:
    import numpy as np

    joined, ends = bytearray(), array("I", [0])
    for text in texts:  # one at a time: all the compounds' facts at once are the peak of memory
        joined += text.encode("utf-8", "replace")
        ends.append(len(joined))
    return {name: bytes(joined), f"{name}_at": np.frombuffer(ends, dtype=np.uint32)}


def _sorted_names(name: str, codes: Sequence[str]) -> dict[str, Any]:
    """Short codes in alphabetical order, to find those that start with some text."""
    import numpy as np

    order = sorted(
        (i for i, code in enumerate(codes) if 3 < len(code) <= 24), key=lambda i: codes[i].encode()
    )
    return {f"{name}_names": np.array(order, dtype=np.uint32), **_texts(name, (codes[i] for i in order))}


def _postings(
    vocabulary: Vocabulary, name_words: Sequence[Sequence[str]], heads: Sequence[str]
) -> dict[str, Any]:
    """Words and concepts of the names: which concept a word has, which names hold a concept and the reverse."""
    import numpy as np

    words: dict[str, int] = {}
    concepts: dict[str, int] = {}
    word_concept: list[int] = []
    word_count: list[int] = []
    rows: list[list[int]] = []
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for position, name in enumerate(name_words):
        row = []
        for word in name:
            index = words.setdefault(word, len(words))
            if index == len(word_concept):
                concept = vocabulary.concept(word)
                word_concept.append(concepts.setdefault(concept, len(concepts)))
                word_count.append(0)
            word_count[index] += 1
            row.append(index)
        rows.append(row)
        for concept_index in {word_concept[index] for index in row}:
            holders[concept_index].append(position)
    lists = [holders[index] for index in range(len(concepts))]
    weight = np.log((len(name_words) + 1) / np.array([len(each) + 0.5 for each in lists]))
    flags = [_word_flags(word, vocabulary) for word in words]
    stops = {index for index, flag in enumerate(flags) if flag & STOP}
    share = {words[word]: part for word, part in vocabulary.optional.items() if word in words}
    totals = [
        sum(weight[word_concept[index]] * share.get(index, 1.0) for index in set(row) - stops) for row in rows
    ]
    return {
        "name_head": np.array([words.get(head, 2**32 - 1) for head in heads], dtype=np.uint32),
        "name_front": np.array([_front(row, flags) for row in rows], dtype=np.uint8),
        "word_flags": np.array(flags, dtype=np.uint8),
        "name_weight": np.array(totals, dtype=np.float32),
        "words": "\n".join(words).encode(),
        "concepts": "\n".join(concepts).encode(),
        "word_concept": np.array(word_concept, dtype=np.uint32),
        "word_count": np.array(word_count, dtype=np.uint32),
        "weight": weight.astype(np.float32),
        **_rows("post", lists),
        **_rows("row", rows),
    }


def _word_flags(word: str, vocabulary: Vocabulary) -> int:
    stop = STOP if word in vocabulary.stop else 0
    return stop | (CODE if is_code(word) else 0) | (SAYS_WHERE if word in _PLACES_FOLLOW else 0)


def _front(row: Sequence[int], flags: Sequence[int]) -> int:
    """How many content words stand before the first word that a place follows; 0 without one."""
    for position, word in enumerate(row):
        if position and flags[word] & SAYS_WHERE:
            return min(sum(not flags[each] & STOP for each in row[:position]), 255)
    return 0


_PLACES_FOLLOW = frozenset(("of", "in", "from", "at", "on"))


def _rows(name: str, lists: Sequence[Sequence[int]]) -> dict[str, Any]:
    import numpy as np

    offsets = np.zeros(len(lists) + 1, dtype=np.uint32)
    np.cumsum([len(each) for each in lists], out=offsets[1:])
    flat = np.fromiter((value for each in lists for value in each), dtype=np.uint32, count=int(offsets[-1]))
    return {name: flat, f"{name}_at": offsets}
