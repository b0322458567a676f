"""Text as people write it, brought to forms that can be compared.

Every step is applied to the names of the ontology and to the label alike, so a step that is linguistically crude
(``leukaemia`` and ``leukemia`` both lose the digraph) still compares like with like.

Steps, mildest first:

`clean`     Unicode compatibility forms, Greek letters spelt out, one kind of dash and quote, no accents
`fold`      lower case, punctuation to spaces, a marker's ``+`` kept
`tokens`    words in the singular, US spelling, Arabic numerals, markers as ``cd8+``
`root`      a word without the ending that makes it noun or adjective (``mesonephric``, ``mesonephros``)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from synthquery.resources import data_file

LONGEST = 400
"""Characters of a label that are looked at; the longest name of the snapshot's ontologies people type is shorter."""

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_LETTERS = str.maketrans(
    {
        **{letter: f" {name} " for letter, name in _GREEK.items()},
        **{letter.upper(): f" {name} " for letter, name in _GREEK.items() if letter != "ς"},
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        **dict.fromkeys("‘’‛′`´ʼ", "'"),
        **dict.fromkeys("“”„″", '"'),
        "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d",
        "×": "x", "＋": "+", "⁺": "+", "⁻": "-",
    }
)  # fmt: skip


def clean(text: str) -> str:
    """`text` in plain characters: accents dropped, Greek letters spelt out, whitespace collapsed."""
    text = text[:LONGEST]
    if text.isascii():
        return " ".join(text.split())
    text = text.translate(_LETTERS)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(
        " " if unicodedata.category(c)[0] == "C" else c for c in text if not unicodedata.combining(c)
    )
    return " ".join(text.translate(_LETTERS).split())


_POSSESSIVE = re.compile(r"(?<=[a-z])'s\b|(?<=s)'(?=\s|$)")
_NEGATIVE_MARKER = re.compile(r"(?<![a-z0-9])(cd\d+[a-z]?)-(?=$|[\s,+/)]|cd\d)", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^a-z0-9+]+")
_LOOSE_PLUS = re.compile(r"(?<![a-z0-9])\++|\+(?=\+)")


def fold(text: str) -> str:
    """Lower case with punctuation as single spaces; possessives dropped; ``CD4+`` kept, ``CD4-`` spelt out."""
    text = _POSSESSIVE.sub("", _NEGATIVE_MARKER.sub(r"\1 negative ", clean(text)).casefold())
    text = _NOT_WORD.sub(" ", text).replace("+", "+ ")
    return " ".join(_LOOSE_PLUS.sub(" ", text).split())


_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def squeeze(text: str) -> str:
    """Letters and digits only, in lower case: ``NCI-H1299`` and ``nci h1299`` are the same."""
    return _NOT_ALPHANUMERIC.sub("", clean(text).casefold())


_ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12",
    "xiii": "13", "xiv": "14", "xv": "15", "xvi": "16", "xvii": "17", "xviii": "18", "xix": "19", "xx": "20",
}  # fmt: skip
_ROMAN_ALONE = {"i": "1", "v": "5", "x": "10"}
_COUNTED = {
    "type",
    "grade",
    "stage",
    "class",
    "group",
    "layer",
    "form",
    "variant",
    "segment",
    "complex",
    "factor",
}
_ROMAN_LETTERED = re.compile(r"(i{1,3}|iv|vi{0,3}|ix|x)([a-e]\d?)")
_SAFE = {"ii", "iii"}
"""Numerals that with a letter behind them are no word (``IIIB``; but ``via``, ``ia``)."""
_BEFORE_NUMERALS = _COUNTED | {"disease", "disorder", "syndrome"}
_UK = [
    (re.compile(r"(?<=[a-z])ae(?=[a-z])|^ae(?=[tgs])"), "e"),
    (re.compile(r"o+e(?=[a-z])"), "e"),  # two in "gastro-oesophageal" written as one word
    (re.compile(r"our(?=s?$|ed$|less$)"), "or"),
    (re.compile(r"(?<=[bt])re$"), "er"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"^grey"), "gray"),
    (re.compile(r"(?<=neur)one$"), "on"),
    (re.compile(r"phil(ic|e)$"), "phil"),
    (re.compile(r"is(ed|ing|ation)$"), r"iz\1"),
]


def _read_irregular() -> dict[str, str]:
    lines = data_file("resolving/plurals.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.partition("\t") for line in lines if not line.startswith("#")]
    return {plural: single for plural, _, single in rows[1:]}


_IRREGULAR = _read_irregular()
_PLURALS = (
    # ending, shortest word it applies to, letters to cut, letters to add; the first that fits decides
    ("ies", 5, 3, "y"),
    ("oses", 5, 2, "is"),
    ("yses", 5, 2, "is"),
    ("stases", 7, 2, "is"),
    ("eses", 5, 2, "is"),
    ("xes", 5, 2, ""),
    ("ches", 5, 2, ""),
    ("shes", 5, 2, ""),
    ("sses", 5, 2, ""),
    ("uses", 5, 2, ""),
    ("iases", 6, 2, ""),
    ("ae", 5, 1, ""),
    ("ss", 4, 0, ""),
    ("us", 4, 0, ""),
    ("is", 4, 0, ""),
    ("s", 4, 1, ""),
    ("ii", 4, 0, ""),
    ("ai", 4, 0, ""),
    ("ei", 4, 0, ""),
    ("i", 5, 1, "us"),
    ("ia", 6, 1, "um"),
)


def singular(word: str) -> str:
    """The singular of an English or Latin plural; words that only look like plurals stay."""
    known = _IRREGULAR.get(word)
    if known is not None:
        return known
    if len(word) < 4 or not word.isalpha():
        return word
    for ending, shortest, cut, add in _PLURALS:
        if word.endswith(ending) and len(word) >= shortest:
            return word[: len(word) - cut] + add
    return word


@lru_cache(maxsize=50_000)
def token(word: str) -> str:
    """One folded word in its standard form: singular, US spelling, Arabic numeral."""
    roman = _ROMAN.get(word)
    if roman is not None:
        return roman
    if word.isdigit():
        return word.lstrip("0") or "0"
    word = singular(word)
    if len(word) > 4:
        for pattern, standard in _UK:
            word = pattern.sub(standard, word)
    return word


_POSITIVE = {"positive", "pos", "+"}
_NEGATIVE = {"negative", "neg"}
_HIGH = {"hi", "high", "bright", "br"}
_LOW = {"lo", "low", "dim", "int", "intermediate"}
_MARKER = re.compile(
    r"^(cd\d+[a-z]?|hla|kit|sca1|cxcr\d|ccr\d|il\d+r?a?|ly6[cg])(hi|high|bright|dim|lo|low|pos|neg|int)$"
)
_STARTS_WITH_MARKER = re.compile(r"^(cd\d{1,3}[a-z]?)(?=(?:t|b|nk|mono|dc)$)")


def tokens(text: str) -> list[str]:
    """The words of `text` in their standard form, in order.

    Examples
    --------
    >>> tokens("CD4-positive, alpha-beta T cells")
    ['cd4+', 'alpha', 'beta', 't', 'cell']
    >>> tokens("Oesophageal tumours, type II")
    ['esophageal', 'tumor', 'type', '2']
    >>> tokens("a deficiency of vitamin A")
    ['a', 'deficiency', 'of', 'vitamin', 'A']
    """
    words = fold(text).split()
    found: list[str] = []
    last = len(words) - 1
    for position, word in enumerate(words):
        if found and word in _SIGNS and (found[-1][-1].isdigit() or len(found[-1]) > 2):
            sign = _SIGNS[word]
            marker = any(c.isdigit() for c in found[-1])
            if sign in "+-" or marker:
                found[-1] = found[-1].rstrip("+") + sign
                continue
        if word in _ROMAN_ALONE and (position == last or (found and found[-1] in _COUNTED)) and position:
            found.append(_ROMAN_ALONE[word])
            continue
        if word == "a" and not _is_article(words, position):
            found.append("A")
            continue
        lettered = _ROMAN_LETTERED.fullmatch(word)
        if lettered and (lettered[1] in _SAFE or (found and found[-1] in _BEFORE_NUMERALS)):
            found.append((_ROMAN_ALONE.get(lettered[1]) or _ROMAN[lettered[1]]) + lettered[2])
            continue
        glued = _MARKER.match(word)
        if glued:
            found.append(glued[1] + _SIGNS[glued[2]])
            continue
        found.append(token(word))
    return found


_BEFORE_ARTICLES = {"of", "in", "with", "without", "from", "by", "to", "for", "on", "at", "as", "and", "or"}


def _is_article(words: Sequence[str], position: int) -> bool:
    """Whether the "a" there is the article, and not the letter of ``hepatitis A`` or ``vitamin A deficiency``."""
    return position == 0 or words[position - 1] in _BEFORE_ARTICLES


_SIGNS = {
    **dict.fromkeys(_POSITIVE, "+"),
    **dict.fromkeys(_NEGATIVE, "-"),
    **dict.fromkeys(_HIGH, "hi"),
    **dict.fromkeys(_LOW, "lo"),
}

_ENDINGS = (
    # what is left of a word must have three letters; the longest ending that leaves them is cut
    "ically", "ergic", "ially", "ical", "ally", "eal", "ial", "ary", "ous", "ine", "ium", "ion", "al", "ar",
    "ic", "ia", "um", "us", "is", "os", "on", "ae", "ed", "ly", "a", "e", "y", "i", "o",
)  # fmt: skip


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """`word` without the ending that makes it noun or adjective; short words and codes stay whole.

    Examples
    --------
    >>> root("epididymal") == root("epididymis")
    True
    >>> root("steatotic") == root("steatosis")
    True
    """
    if len(word) < 4 or not word.isalpha():
        return word
    if word.endswith("otic"):
        return word[:-3] + "s"
    if word.endswith("osis"):
        return word[:-2]
    if word.endswith("ism") and len(word) > 7:  # embolism, embolic
        return word[:-3]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
