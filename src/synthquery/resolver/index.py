"""The compiled names of a field, read: hashes of every normal form, words and their postings, facts about terms.

The file (`synthquery.resolver.compiling` makes it) is mapped into memory; answering an exact name touches a few pages
of it and needs no numpy.

Levels of a name's normal form, mildest first: the very string, case and punctuation aside (`fold`), words in their
standard form, the same words in any order without stop words, letters and digits only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from synthquery.ontology.facts import Term
from synthquery.resolver.container import Container

RAW, FOLD, WORDS, BAG, SQUEEZED = range(5)
KEYS = ("raw", "fold", "words", "bag", "squeezed")

LABEL, SYNONYM = 0, 1
USUAL = 4
"""Added to the kind of a name from the table of what people mean (``names.tsv``)."""
OBSOLETE = 2
"""Added to the kind of a name that belongs to an obsolete term; the name leads to the replacement."""


PREVIOUS = 8
"""Added to the kind of a synonym that was the label once, where the source says so: a gene's former symbol."""


OTHER_SPECIES = 1
"""Flag of a term for a species other than human."""

STOP, CODE, SAYS_WHERE = 1, 2, 4
"""Flags of a word: it is left out of comparisons; a number, letter or code; a place follows it ("of", "in")."""

CELL, ITEM = "\x1e", "\x1f"
"""Between facts, and between the items of one; no name contains a control character."""


def key_of(level: int, text: str) -> int:
    """64-bit hash of a normal form; levels never collide with one another."""
    data = text.encode("utf-8", "replace")
    return int.from_bytes(blake2b(data, digest_size=8, person=b"synthq%d" % level).digest(), "little")


def bag_of(words: Iterable[str]) -> str:
    """Words in any order, as one string."""
    return " ".join(sorted(words))


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

    def sharing(self, text: str) -> Iterator[tuple[int, str]]:
        """All names that start with `text`, in alphabetical order."""
        start = text.encode()
        for position in range(bisect_left(self, start), len(self)):
            entry = self[position]
            if not entry.startswith(start):
                break
            yield self._names[position], entry.decode()


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
        return facts[facts.rindex(CELL.encode()) + 1 :].decode()

    def sorted_names(self, order: str) -> SortedNames:
        """Codes from their start (``head``) or their end (``tail``), alphabetically; none where not compiled."""
        if order not in self.file:
            return SortedNames(memoryview(b""), memoryview(b""), memoryview(b""))
        view = self.file.view
        return SortedNames(view(order), view(f"{order}_at"), view(f"{order}_names"))

    def term(self, index: int) -> Term:
        """A live term, with all its facts."""
        facts = str(self._facts[self._facts_at[index] : self._facts_at[index + 1]], "utf-8")
        ontology, release, label, synonyms, parents, previous, biotype = facts.split(CELL)
        return Term(
            id=self.term_id(index),
            label=label,
            ontology=ontology,
            release=release,
            synonyms=tuple(synonyms.split(ITEM)) if synonyms else (),
            parents=tuple(parents.split(ITEM)) if parents else (),
            biotype=biotype or None,
            previous=tuple(previous.split(ITEM)) if previous else (),
        )

    def via(self, name: int) -> str:
        """The obsolete term a name belongs to; empty when it belongs to a live one."""
        index = self._name_via[name]
        return str(self._via[self._via_at[index] : self._via_at[index + 1]], "utf-8")

    def names(self) -> Iterator[tuple[int, str]]:
        """Every name with its term."""
        for index in range(self.n_names):
            yield self.name_term[index], self.name(index)
