"""The compiled names of a field: hashes of every normal form, words and their postings, facts about terms.

`build_index` makes the file from terms, `Index` reads it. The file is mapped into memory; answering an exact name
touches a few pages of it and needs no numpy.

Levels of a name's normal form, mildest first (`KEYS`): the very string, case and punctuation aside (`fold`), words in
their standard form, the same words in any order without stop words, letters and digits only.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from synthquery.ontology.facts import Term
from synthquery.resolver.container import Container, write_container
from synthquery.resolver.normalise import fold, squeeze, tokens
from synthquery.resolver.words import Vocabulary, words_and_head

RAW, FOLD, WORDS, BAG, SQUEEZED = range(5)
KEYS = ("raw", "fold", "words", "bag", "squeezed")

LABEL, SYNONYM = 0, 1
USUAL = 4
"""Added to the kind of a name from the table of what people mean (``names.tsv``)."""
OBSOLETE = 2
"""Added to the kind of a name that belongs to an obsolete term; the name leads to the replacement."""


OTHER_SPECIES = 1
"""Flag of a term for a species other than human."""


class Name(NamedTuple):
    """A name on its way into the index."""

    text: str
    term: int
    kind: int
    via: str


def key_of(level: int, text: str) -> int:
    """64-bit hash of a normal form; levels never collide with one another."""
    data = text.encode("utf-8", "replace")
    return int.from_bytes(blake2b(data, digest_size=8, person=b"synthq%d" % level).digest(), "little")


def bag_of(words: Iterable[str]) -> str:
    """Words in any order, as one string."""
    return " ".join(sorted(words))


def _live_names(terms: Sequence[Term], extra: Iterable[tuple[str, str]]) -> tuple[list[Term], list[Name]]:
    """Live terms, and every name that leads to one of them; `extra` are (name, identifier) pairs."""
    live = [term for term in terms if not term.obsolete and term.label]
    position = {term.id: index for index, term in enumerate(live)}
    names: list[Name] = []
    seen: set[tuple[str, int]] = set()

    def add(text: str, term: int, kind: int, via: str = "") -> None:
        text = " ".join(text.split())
        if text and term >= 0 and (text, term) not in seen:
            seen.add((text, term))
            names.append(Name(text, term, kind, via))

    for term in live:
        add(term.label, position[term.id], LABEL)
    for text, identifier in extra:
        add(text, position.get(identifier, -1), SYNONYM | USUAL)
    for term in live:
        for synonym in term.synonyms:
            add(synonym, position[term.id], SYNONYM)
    for term, target in _replaced(terms):
        for number, text in enumerate((_without_mark(term.label), *term.synonyms)):
            add(text, position.get(target, -1), OBSOLETE + (SYNONYM if number else LABEL), term.id)
    return live, names


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

    live, names = _live_names(terms, extra)
    vocabulary = Vocabulary(field)
    keys, key_names = array("Q"), array("I")
    name_words: list[list[str]] = []
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
    arrays |= _texts("name_text", [name.text for name in names])
    arrays |= _texts("term_id", [term.id for term in live])
    arrays |= _texts("term_facts", [_facts(term) for term in live])
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
    """Other species: the label ends in one ("..., dog") or has one in brackets or after "sensu"."""
    label = term.label
    last = label.rpartition(", ")[2] if ", " in label else ""
    aside = " ".join(_ASIDE.findall(label))
    return OTHER_SPECIES if not vocabulary.species.isdisjoint(tokens(f"{last} {aside}")) else 0


_ASIDE = re.compile(r"\(([^()]*)\)")
_CELL, _ITEM = "\x1e", "\x1f"  # no name contains a control character


def _facts(term: Term) -> str:
    cells = (
        term.ontology,
        term.release,
        term.label,
        _ITEM.join(term.synonyms),
        _ITEM.join(term.parents),
        term.biotype or "",
    )
    return _CELL.join(cells)


def _texts(name: str, texts: Sequence[str]) -> dict[str, Any]:
    import numpy as np

    blobs = [text.encode("utf-8", "replace") for text in texts]
    offsets = np.zeros(len(blobs) + 1, dtype=np.uint32)
    np.cumsum([len(blob) for blob in blobs], out=offsets[1:])
    return {name: b"".join(blobs), f"{name}_at": offsets}


def _sorted_names(name: str, codes: Sequence[str]) -> dict[str, Any]:
    """Short codes in alphabetical order, to find those that start with some text."""
    import numpy as np

    order = sorted(
        (i for i, code in enumerate(codes) if 3 < len(code) <= 24), key=lambda i: codes[i].encode()
    )
    return {f"{name}_names": np.array(order, dtype=np.uint32), **_texts(name, [codes[i] for i in order])}


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
    stops = {index for word, index in words.items() if word in vocabulary.stop}
    share = {words[word]: part for word, part in vocabulary.optional.items() if word in words}
    totals = [
        sum(weight[word_concept[index]] * share.get(index, 1.0) for index in set(row) - stops) for row in rows
    ]
    return {
        "name_head": np.array([words.get(head, 2**32 - 1) for head in heads], dtype=np.uint32),
        "name_weight": np.array(totals, dtype=np.float32),
        "words": "\n".join(words).encode(),
        "concepts": "\n".join(concepts).encode(),
        "word_concept": np.array(word_concept, dtype=np.uint32),
        "word_count": np.array(word_count, dtype=np.uint32),
        "weight": weight.astype(np.float32),
        **_rows("post", lists),
        **_rows("row", rows),
    }


def _rows(name: str, lists: Sequence[Sequence[int]]) -> dict[str, Any]:
    import numpy as np

    offsets = np.zeros(len(lists) + 1, dtype=np.uint32)
    np.cumsum([len(each) for each in lists], out=offsets[1:])
    flat = np.fromiter((value for each in lists for value in each), dtype=np.uint32, count=int(offsets[-1]))
    return {name: flat, f"{name}_at": offsets}


class SortedNames:
    """Names in alphabetical order of their letters and digits."""

    def __init__(self, texts: memoryview, at: memoryview, names: memoryview) -> None:
        self._texts, self._at, self._names = texts, at, names

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, position: int) -> bytes:
        return bytes(self._texts[self._at[position] : self._at[position + 1]])

    def starting_with(self, text: str, most: int) -> list[tuple[int, str]]:
        """Names that start with `text` and go on, the shortest first."""
        start = text.encode()
        found = []
        for position in range(bisect_left(self, start), len(self)):
            entry = self[position]
            if not entry.startswith(start):
                break
            if len(entry) > len(start):
                found.append((self._names[position], entry.decode()))
            if len(found) >= 200:
                break
        found.sort(key=lambda each: len(each[1]))
        return found[:most]


class Index:
    """Names of one field, read from the compiled file."""

    def __init__(self, path: Path) -> None:
        self.file = Container(path)
        self.n_names: int = self.file.meta["names"]
        self.n_terms: int = self.file.meta["terms"]
        view = self.file.view
        self._keys = view("keys")
        self._key_names = view("key_names")
        self.name_term = view("name_term")
        self.name_kind = view("name_kind")
        self._name_text, self._name_at = view("name_text"), view("name_text_at")
        self._term_id, self._term_at = view("term_id"), view("term_id_at")
        self._facts, self._facts_at = view("term_facts"), view("term_facts_at")
        self._via, self._via_at = view("via"), view("via_at")
        self._name_via = view("name_via")
        if self.file.meta["style"] == "words":
            self.term_flags = view("term_flags")
            self.term_descendants = view("term_descendants")
            self.term_synonyms = view("term_synonyms")

    def find(self, level: int, form: str) -> list[int]:
        """Names whose normal form at `level` is `form`."""
        key = key_of(level, form)
        keys = self._keys
        at = bisect_left(keys, key)
        end = len(keys)
        found = []
        while at < end and keys[at] == key:
            found.append(self._key_names[at])
            at += 1
        return found

    def name(self, index: int) -> str:
        """A name as the ontology writes it."""
        return str(self._name_text[self._name_at[index] : self._name_at[index + 1]], "utf-8")

    def term_id(self, index: int) -> str:
        """Identifier of a term."""
        return str(self._term_id[self._term_at[index] : self._term_at[index + 1]], "utf-8")

    def biotype(self, index: int) -> str:
        """Biotype of a gene; empty for other terms."""
        facts = bytes(self._facts[self._facts_at[index] : self._facts_at[index + 1]])
        return facts[facts.rindex(_CELL.encode()) + 1 :].decode()

    def sorted_names(self, order: str) -> SortedNames:
        """Codes from their start (``head``) or their end (``tail``), alphabetically; none where not compiled."""
        if order not in self.file:
            return SortedNames(memoryview(b""), memoryview(b""), memoryview(b""))
        view = self.file.view
        return SortedNames(view(order), view(f"{order}_at"), view(f"{order}_names"))

    def term(self, index: int) -> Term:
        """A live term, with all its facts."""
        facts = str(self._facts[self._facts_at[index] : self._facts_at[index + 1]], "utf-8")
        ontology, release, label, synonyms, parents, biotype = facts.split(_CELL)
        return Term(
            id=self.term_id(index),
            label=label,
            ontology=ontology,
            release=release,
            synonyms=tuple(synonyms.split(_ITEM)) if synonyms else (),
            parents=tuple(parents.split(_ITEM)) if parents else (),
            biotype=biotype or None,
        )

    def via(self, name: int) -> str:
        """The obsolete term a name belongs to; empty when it belongs to a live one."""
        index = self._name_via[name]
        return str(self._via[self._via_at[index] : self._via_at[index + 1]], "utf-8")

    def names(self) -> Iterator[tuple[int, str]]:
        """Every name with its term."""
        for index in range(self.n_names):
            yield self.name_term[index], self.name(index)
