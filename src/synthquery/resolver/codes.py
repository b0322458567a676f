"""Names that are codes: cell lines (``NCI-H1299``), gene symbols, compounds.

Words of a code cannot be reordered or corrected: one wrong digit is another cell line. What varies is punctuation,
case, what stands round the code (``NCIH1299_LUNG``, ``HeLa cells``) and what of its prefix or suffix is left out
(``H1299``).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from synthquery.resolver.index import FOLD, LABEL, OBSOLETE, PREVIOUS, RAW, SQUEEZED, USUAL, Index
from synthquery.resolver.normalise import clean, fold, squeeze, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthquery.resolver.words import Vocabulary

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")
_GENOTYPE = re.compile(r"[+-]/[+-]")
_SUBLINE = 1.5
"""Subtracted where a label goes on to name a clone, which may have an entry of its own."""
_OTHER_NUMBERS = 6.0
"""Score of a name that agrees in letters and digits but not in its numbers; not enough to win without asking."""
_ORDINARY = 6.0
"""Subtracted from the score of a line whose name is an ordinary word; it cannot win without asking."""
_LONGEST_SPAN = 6
_MOST_WORDS = 40
_MOST_EXTENSIONS = 12
_SHORTEST_SUGGESTED, _SHORTEST_MISSPELT = 5, 6
_WHOLE_WORDS = 0.8
"""Added when the words that a name has more than the label stand apart from it."""
_CCLE = re.compile(r"[A-Z0-9]+(?:_[A-Z]+)+")
_ALIKE = {"i": "1", "l": "1", "1": "i", "o": "0", "0": "o"}
_MOST_ALIKE = 4
_ROMAN_END = re.compile(r"i{1,3}$")


_RANK_STEP = 1.5
"""What a former symbol scores less than an approved one, and an alias less than that: as much as another case."""


def rank_of(kind: int) -> int:
    """0 for the symbol of a gene, or what people mean by a name; 1 for a former symbol; 2 for an alias.

    The order of HGNC: an approved symbol outranks a previous one, and that an alias.
    """
    if kind == LABEL or kind & USUAL:
        return 0
    return 1 if kind & (PREVIOUS | OBSOLETE) else 2


class Match(NamedTuple):
    """A name, how near it is (higher is nearer), the tier that found it, and whether it has long been in use."""

    name: int
    score: float
    how: str
    established: bool = False


def _parts_of(text: str) -> list[int]:
    """For each word of a label the number of what it stands in between blanks and underscores."""
    return [number for number, part in enumerate(re.split(r"[\s_]+", text)) for _ in _WORD.findall(part)]


def _numbers(text: str) -> list[str]:
    """The numbers of a code as they are written."""
    return _NUMBER.findall(text)


def _signs(text: str) -> list[str]:
    """Genotypes of a code: ``KRAS(+/-)`` is not ``KRAS(-/-)``."""
    return _GENOTYPE.findall(text)


def _weigh_namesakes(found: list[Match]) -> list[Match]:
    """Put a long-established line before a newer namesake that is written exactly as the label.

    ``PC3`` is the name of a little-known line and the usual way to write PC-3. Neither may win without asking.
    """
    best = max(found, key=lambda match: match.score, default=None)
    if best is None or best.established:
        return found
    return [match._replace(score=best.score + 0.1) if match.established else match for match in found]


class CodeMatcher:
    """Finds the names of a field of codes.

    Parameters
    ----------
    index
        Names of the field.
    vocabulary
        Words that may stand round a code without meaning (``noise``).
    symbols
        True for gene symbols: case and punctuation may vary, nothing else.
    """

    def __init__(self, index: Index, vocabulary: Vocabulary, *, symbols: bool) -> None:
        self.index = index
        self.noise = vocabulary.noise.keys() | vocabulary.stop
        self.related, self.sublines = vocabulary.related, vocabulary.subline
        self.symbols = symbols
        self._sorted = index.sorted_names("head")
        self._reversed = index.sorted_names("tail")

    def find(self, label: str) -> list[Match]:
        """Names that `label` may mean; unordered, a name more than once."""
        words = _WORD.findall(clean(label))[:_MOST_WORDS]
        found = _weigh_namesakes(list(self._whole(label)) or list(self._with_lineage(label)))
        if not self.symbols and all(self._is_quiet(word) for word in words):
            # "fibroblasts", "clone": an ordinary word, though somebody named a line so
            return [match._replace(score=match.score - _ORDINARY) for match in found]
        if self.symbols or any(match.score >= 9.0 for match in found):
            return found
        found += self._spans(words, _parts_of(clean(label)))
        if not found or max(match.score for match in found) < 7.0:
            core = [word for word in words if not self._is_quiet(word)] or words
            found += self._look_alikes(squeeze("".join(core)))
            found += self._extended(squeeze("".join(core)), fold(" ".join(core)))
            if len(core) > 1 and len(core[0]) > 3:
                found += [
                    match._replace(score=match.score - 1.0) for match in self._extended(squeeze(core[0]))
                ]
        if not found:
            found += self._suggested(squeeze("".join(core)))
        return found

    def _is_quiet(self, word: str) -> bool:
        plain = word.casefold()
        return plain in self.noise or token(plain) in self.noise

    def _whole(self, label: str) -> Iterator[Match]:
        index = self.index
        text = " ".join(label.split())
        bare = "".join(c for c in clean(label) if c.isalnum())
        seen: set[int] = set()
        for level, form, score in (
            (RAW, text, 12.0),
            (FOLD, fold(label), 10.5),
            (SQUEEZED, squeeze(label), 10.0),
        ):
            for name in index.find(level, form) if form else ():
                if name in seen:
                    continue
                seen.add(name)
                written = index.name(name)
                same_case = "".join(c for c in clean(written.partition(" [")[0]) if c.isalnum()) == bare
                local = self.index.term_id(index.name_term[name]).removeprefix("CVCL_")
                exact = level == RAW or (level == FOLD and text.casefold() == written.casefold())
                how = ("synonym" if index.name_kind[name] & 1 else "label") if exact else "normalised"
                likely = self._likely(name, written) + (0.4 if same_case else 0.0)
                plain = written.partition(" [")[0]
                if level == SQUEEZED and (_numbers(plain), _signs(plain)) != (_numbers(label), _signs(label)):
                    likely += _OTHER_NUMBERS - score  # A5.4 is not A54
                if self.symbols:
                    likely -= _RANK_STEP * rank_of(index.name_kind[name])
                if index.name_kind[name] & USUAL:
                    likely += 11.0 - score if exact else 10.2 - score
                yield Match(name, score + likely, how, same_case and local.isdigit())

    def _with_lineage(self, label: str) -> Iterator[Match]:
        """The line before the lineage of a CCLE name: ``RD_SOFT_TISSUE``, ``697_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE``.

        Of namesakes the one whose note speaks of that lineage comes first.
        """
        code, _, lineage = label.strip().partition("_")
        if self.symbols or not _CCLE.fullmatch(label.strip()):
            return
        said = [token(word.casefold()) for word in lineage.split("_")]
        if not all(self._is_quiet(word) for word in said):
            return
        meant = {other for word in said for other in (word, *self.related.get(word, ()))}
        for name in self.index.find(SQUEEZED, squeeze(code)):
            written = self.index.name(name)
            note = written.partition(" [")[2]
            fits = bool(meant.intersection(token(word.casefold()) for word in _WORD.findall(note)))
            yield Match(name, 10.0 + self._likely(name, written) + fits, "part")

    def _spans(self, words: list[str], part: list[int]) -> Iterator[Match]:
        """Names inside a longer label; the rest of the label must not be longer codes.

        `part` numbers what stands between blanks: "293 T" is not in "293 T-REx".
        """
        index = self.index
        quiet = [self._is_quiet(word) for word in words]
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + _LONGEST_SPAN) + 1):
                if end - start == len(words) or (quiet[start] and end - start == 1):
                    continue
                if part[start] != part[end - 1] and (
                    part[start - 1 : start] == [part[start]] or part[end : end + 1] == [part[end - 1]]
                ):
                    continue
                code = "".join(words[start:end]).casefold()
                mixed = not code.isalpha() and not code.isdigit()
                capitals = words[start].isupper() and not all(word.isupper() for word in words)
                if len(code) < (3 if mixed or capitals else 4) or code.isdigit():
                    continue
                names = index.find(SQUEEZED, code)
                if not names:
                    continue
                rest = sum(len(word) for i, word in enumerate(words) if not quiet[i] and not start <= i < end)
                score = 6.0 + 0.25 * min(len(code), 8) + (1.0 if mixed else 0.0) - 0.15 * min(rest, 12)
                score += 0.5 if start == 0 else 0.0
                score -= 0.5 * quiet[start] + 0.5 * quiet[end - 1]
                after = [word.casefold() for word in words[end : end + 1]]
                score -= _SUBLINE if len(words) > end + 1 and not self.sublines.isdisjoint(after) else 0.0
                if not mixed and words[start].islower():
                    score -= 1.5  # an ordinary word: "hits", "mino"
                for name in names:
                    yield Match(name, score + self._likely(name, index.name(name)), "part")

    def _extended(self, code: str, plain: str = "") -> Iterator[Match]:
        """Names that go on where the label ends, or begin before it: ``D425`` Med, NCI-``H1299``.

        `plain` is the label with its words apart: ``C4-2B`` is rather LNCaP ``C4-2B`` than UT-SC``C-42B``.
        """
        if len(code) < 4 or code.isdigit():
            return
        for table, text in ((self._sorted, code), (self._reversed, code[::-1])):
            for name, longer in table.starting_with(text, _MOST_EXTENSIONS):
                added = longer[len(text) :]
                if added[0].isdigit() and text[-1].isdigit():
                    continue
                score = 6.0 - 0.3 * len(added) + 0.2 * min(len(code), 8)
                if plain and f" {plain} " in f" {fold(self.index.name(name))} ":
                    score += _WHOLE_WORDS
                yield Match(name, score + self._likely(name, self.index.name(name)), "fuzzy")

    def _suggested(self, code: str) -> Iterator[Match]:
        """Names to ask about where nothing matches: a Roman numeral, more before or after a name, a slip."""
        if len(code) < _SHORTEST_SUGGESTED or not code.isalnum() or code.isdigit():
            return
        roman = _ROMAN_END.sub(lambda match: str(len(match[0])), code)
        for name in self.index.find(SQUEEZED, roman) if roman != code else ():
            yield Match(name, 5.5 + self._likely(name, self.index.name(name)), "fuzzy")
        for length in range(len(code) - 1, _SHORTEST_SUGGESTED - 2, -1):
            inside = [
                part
                for part, border in (
                    (code[:length], code[length - 1 : length + 1]),
                    (code[-length:], code[-length - 1 : 1 - length]),
                )
                if not part.isdigit() and not border.isdigit()  # A549 is not in A5499
            ]
            names = [name for part in inside for name in self.index.find(SQUEEZED, part)]
            for name in names:
                score = 5.0 - 0.3 * (len(code) - length)
                yield Match(name, score + self._likely(name, self.index.name(name)), "fuzzy")
            if names:
                break
        if len(code) >= _SHORTEST_MISSPELT:
            yield from self._misspelt(code)

    def _look_alikes(self, code: str) -> Iterator[Match]:
        """Names that only look other: a letter in place of a digit, or the other way round."""
        if len(code) >= _SHORTEST_SUGGESTED:
            for other in _look_alikes(code):
                for name in self.index.find(SQUEEZED, other):
                    yield Match(name, 5.8 + self._likely(name, self.index.name(name)), "fuzzy")

    def _misspelt(self, code: str) -> Iterator[Match]:
        """Names one letter away; one wrong digit is another cell line."""
        from rapidfuzz.distance import OSA

        numbers = [int(number) for number in _numbers(code)]
        for name, other in self._sorted.sharing(code[:2]):
            if abs(len(other) - len(code)) > 1 or OSA.distance(code, other, score_cutoff=1) > 1:
                continue
            if [int(number) for number in _numbers(other)] == numbers:
                yield Match(name, 5.0 + self._likely(name, self.index.name(name)), "fuzzy")

    def _likely(self, name: int, written: str) -> float:
        """A little more for names that are likelier to be meant: human lines, lines that have long been in use."""
        index = self.index
        likely = -0.6 if index.name_kind[name] & OBSOLETE else 0.0
        identifier = index.term_id(index.name_term[name])
        if identifier.startswith("CVCL_"):
            local = identifier[5:]
            # accessions are given in order: four digits first, then a letter and digits, then mixtures
            likely += 0.5 if local.isdigit() else 0.2 if local[1:].isdigit() else 0.0
            _, bracket, note = written.partition(" [")
            if bracket:
                likely += 0.1 if note.startswith("Human") else -0.8
        elif index.biotype(index.name_term[name]) == "protein_coding":
            likely += 0.8
        return likely


def _look_alikes(code: str) -> Iterator[str]:
    """`code` with one letter in place of the digit that looks like it, or the other way round: ``RERF-LC-AI``."""
    places = [place for place, character in enumerate(code) if character in _ALIKE]
    for place in places[-_MOST_ALIKE:]:
        yield code[:place] + _ALIKE[code[place]] + code[place + 1 :]


def probabilities(scores: list[float]) -> list[float]:
    """Scores as shares: twice as far ahead is much surer."""
    if not scores:
        return []
    top = max(scores)
    weights = [math.exp(2.5 * (score - top)) for score in scores]
    sure = 1 / (1 + math.exp(-1.2 * (top - 6.0)))
    return [weight / sum(weights) * sure for weight in weights]
