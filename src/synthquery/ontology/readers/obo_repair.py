"""Clauses of OBO that no parser takes, and readings of them that one does.

A clause is never judged here: a parser is asked. When it refuses, the readings below are tried, the gentlest
first; when it refuses all of them the clause is left out and the term keeps the rest. The patterns come from
files that people reported to the parsers they broke (pronto issues 80, 123, 131, 146, 236) and from the tags
of OBO 1.0 and 1.2 that OBO 1.4 no longer has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

from synthquery.ontology.readers.obo_text import Clause, Frame
from synthquery.ontology.readers.repairs import Repair, shown

_SCOPES: Final = ("EXACT", "NARROW", "BROAD", "RELATED")
# OBO 1.0 and 1.2: the tag of today, and for synonyms the scope
_FORMER_TAGS: Final = {
    "exact_synonym": ("synonym", "EXACT"),
    "narrow_synonym": ("synonym", "NARROW"),
    "broad_synonym": ("synonym", "BROAD"),
    "related_synonym": ("synonym", "RELATED"),
    "xref_analog": ("xref", ""),
    "xref_unk": ("xref", ""),
    "xref_unknown": ("xref", ""),
    "use_term": ("consider", ""),
    "obsolete": ("is_obsolete", ""),
}
_ONE_IDENTIFIER: Final = {"is_a", "alt_id", "consider", "replaced_by", "disjoint_from", "equivalent_to", "id"}
_TWO_OR_MORE: Final = {"union_of", "intersection_of"}  # one alone says nothing (OBO 1.4, section 4.2)
_BOOLEAN: Final = {"is_obsolete", "is_anonymous", "builtin", "is_transitive", "is_symmetric", "is_cyclic"}
_NEXT: Final = Clause(0, "def", '"x" []')  # a quote that does not close runs into the clause below
_MEANT: Final = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}
_QUALIFIERS: Final = re.compile(r"\s+\{[^{}]*\}?\s*$")
_COMMENT: Final = re.compile(r"\s+!(?:\s.*)?$")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SCOPE: Final = re.compile(rf'(?:"|^|\s)({"|".join(_SCOPES)})\b', re.IGNORECASE)
_IDENTIFIER: Final = re.compile(r"[A-Za-z][\w.-]*[:_][\w.-]*\w|https?://\S+")
# "only" and "none" say nothing about a parent (OBO 1.4, section 5.3)
_NO_LINK: Final = re.compile(r'\{[^{}]*(all_only="true"|[Cc]ardinality="0")')


def tidy(frame: Frame, repairs: list[Repair]) -> None:
    """Put right what a parser takes and a reader stumbles over: a second name, half of a pair."""
    if not frame.kind:
        return
    tags = [clause.tag for clause in frame.clauses]
    if tags.count("name") > 1:
        first = tags.index("name")
        for clause in [
            each for place, each in enumerate(frame.clauses) if each.tag == "name" and place != first
        ]:
            frame.clauses.remove(clause)
            repairs.append(Repair(clause.line, shown(str(clause)), "left out: it has a name already"))
    for tag in _TWO_OR_MORE:
        if tags.count(tag) == 1:
            clause = next(each for each in frame.clauses if each.tag == tag)
            frame.clauses.remove(clause)
            repairs.append(Repair(clause.line, shown(str(clause)), f"left out: {tag} stands alone"))
    if "relationship" in tags:
        frame.clauses = [
            clause
            for clause in frame.clauses
            if clause.tag != "relationship"
            or not _NO_LINK.search(clause.value)
            or 'all_some="true"' in clause.value
        ]


def mend_frame(frame: Frame, reads: Callable[[Frame], bool], repairs: list[Repair]) -> Frame | None:
    """The frame with every clause that the parser refuses read another way or left out.

    Parameters
    ----------
    frame
        A frame that the parser refuses.
    reads
        Whether the parser takes a frame.
    repairs
        Where each change is written down.

    Returns
    -------
    Frame | None
        None when not even its identifier can be read.
    """
    kept: list[Clause] = []
    clauses = frame.clauses
    after: list[Clause] = []
    if frame.kind:
        first = mend_clause(
            clauses[0], lambda clause: reads(Frame(frame.kind, frame.line, [clause])), repairs
        )
        if first is None:
            return None
        kept, clauses, after = [first], clauses[1:], [_NEXT]
    start = list(kept)
    for clause in clauses:
        mended = mend_clause(
            clause, lambda each: reads(Frame(frame.kind, frame.line, [*start, each, *after])), repairs
        )
        if mended is not None:
            kept.append(mended)
    whole = Frame(frame.kind, frame.line, kept)
    tidy(whole, repairs)
    return whole


def mend_clause(clause: Clause, reads: Callable[[Clause], bool], repairs: list[Repair]) -> Clause | None:
    """The clause, or another reading of it that the parser takes; None when there is none."""
    if reads(clause):
        return clause
    for reading in _readings(clause):
        if reading != clause and reads(reading):
            repairs.append(Repair(clause.line, shown(str(clause)), f"read as {shown(str(reading))}"))
            return reading
    repairs.append(Repair(clause.line, shown(str(clause)), "left out: not well formed"))
    return None


def _readings(clause: Clause) -> Iterator[Clause]:
    tag, scope = _FORMER_TAGS.get(clause.tag, (clause.tag, ""))
    bare = _bare(clause.value)
    if not bare:
        return
    yield clause._replace(tag=tag)
    if tag in {"name", "comment"}:  # braces there are meant: qualifiers, when they are some, can be read
        yield clause._replace(value=re.sub(r"([{}\"])", r"\\\1", clause.value.replace("\\", "")))
    yield clause._replace(tag=tag, value=bare)
    if tag == "synonym":
        yield clause._replace(tag=tag, value=_synonym(clause.value, scope))
    elif tag == "def":
        yield clause._replace(value=f'"{_quotable(_inside_quotes(clause.value))}" []')
    else:
        for value in _values(tag, bare):
            yield clause._replace(tag=tag, value=value)


def _values(tag: str, bare: str) -> Iterator[str]:
    """Readings of a value that is an identifier, an address, a relation or a yes."""
    words = bare.split()
    if tag == "xref":
        yield from _xrefs(bare)
    elif tag in _BOOLEAN and bare.lower() in _MEANT:
        yield _MEANT[bare.lower()]
    elif tag in _ONE_IDENTIFIER and (match := _IDENTIFIER.match(bare)):
        yield match[0]
    elif tag == "relationship" and len(words) > 2 and _IDENTIFIER.fullmatch(words[1]):
        yield " ".join(words[:2])


def _bare(value: str) -> str:
    """A value without the comment and the qualifiers after it."""
    if value.startswith('"'):
        quoted = _QUOTED.match(value)
        after = value[quoted.end() :] if quoted else ""
        head = quoted[0] if quoted else value
        return head + _QUALIFIERS.sub("", _COMMENT.sub("", after))
    return _QUALIFIERS.sub("", _COMMENT.sub("", value)).strip()


def _synonym(value: str, scope: str) -> str:
    """A synonym without its type and sources; RELATED where it has no scope (OBO 1.2)."""
    if not value.startswith('"'):
        text, rest = value, ""
    elif match := re.match(rf'"(.*)"\s*(?:{"|".join(_SCOPES)})\b', value, re.IGNORECASE):
        text, rest = match[1], value[match.end(1) :]
    elif match := _QUOTED.match(value):
        text, rest = match[1], value[match.end() :]
    else:
        text, rest = _inside_quotes(value), value
    found = _SCOPE.search(rest)
    return f'"{_quotable(text)}" {scope or (found[1].upper() if found else "RELATED")} []'


def _inside_quotes(value: str) -> str:
    """What stands between the first quote and the one that closes it: the last before the sources."""
    text = re.sub(r"\s*\[[^\[]*$", "", _QUALIFIERS.sub("", value)).strip()
    return text.removeprefix('"').removesuffix('"')


def _quotable(text: str) -> str:
    return re.sub(r'(?<!\\)"', r"\"", re.sub(r'\\(?!["\\])', "", text)).rstrip("\\")


def _xrefs(value: str) -> Iterator[str]:
    """An address or identifier without backslashes, its odd characters encoded, its description in quotes."""
    plain = re.sub(r"\\[ntW]", " ", value).replace("\\", "").strip()
    first, _, rest = plain.partition(" ")
    if not _IDENTIFIER.match(first):
        return
    yield plain
    target = quote(first, safe=":/?#[]@!$&'()*+,;=%~._-") if "://" in first else first
    description = _quotable(rest.strip().strip('"'))
    yield f'{target} "{description}"' if description else target
