"""The text of an OBO file, frame by frame: what stands where, before anyone asks whether it is well formed.

OBO 1.4 is a line a clause, and a blank line or a stanza header between frames (OBO Flat File Format 1.4,
section 2). Real files break lines inside quotes, leave stanza headers out, put comments and stray text
between clauses. Here the lines become frames of clauses that a parser can be asked about one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

from synthquery.ontology.readers.repairs import Repair, shown

_CLAUSE: Final = re.compile(r"([A-Za-z][\w.-]*)\s*:\s*(.*)", re.DOTALL)
_STANZA: Final = re.compile(r"\[\s*([A-Za-z]\w*)\s*\]\s*(?:!.*)?")
_KINDS: Final = {"term": "Term", "typedef": "Typedef"}
_QUOTE: Final = re.compile(r'(?<!\\)(?:\\\\)*"')
_LONGEST_VALUE: Final = 200  # lines one quoted value may run over before the quote is taken for a slip


class Clause(NamedTuple):
    """One clause: the line it starts on, its tag and its value."""

    line: int
    tag: str
    value: str

    def __str__(self) -> str:
        return f"{self.tag}: {self.value}"


@dataclass(slots=True)
class Frame:
    """A header (kind ``""``), ``Term`` or ``Typedef``: in a named frame the first clause is its ``id``."""

    kind: str
    line: int
    clauses: list[Clause] = field(default_factory=list)

    def __str__(self) -> str:
        head = f"[{self.kind}]\n" if self.kind else ""
        return head + "".join(f"{clause}\n" for clause in self.clauses)


def text_lines(file: BinaryIO, repairs: list[Repair]) -> Iterator[tuple[int, str]]:
    """Numbered lines of a file in UTF-8, or UTF-16 where it says so; bytes that are neither are Latin-1."""
    head = file.read(2)
    if head in {b"\xff\xfe", b"\xfe\xff"}:
        content = (head + file.read()).decode("utf-16", errors="replace")
        yield from enumerate(content.splitlines(), 1)
        return
    first = head + file.readline()
    for number, line in enumerate(_chain(first, file), 1):
        try:
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            text = line.decode("latin-1").strip()
            repairs.append(Repair(number, shown(text), "bytes that are not UTF-8 were read as Latin-1"))
            yield number, text


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def read_frames(lines: Iterable[tuple[int, str]], repairs: list[Repair]) -> Iterator[Frame]:
    """The header, then every term and typedef with an identifier; what is put right is reported."""
    first = Frame("", 1)
    frame: Frame | None = first
    for line, kind, clause in _parts(lines, repairs):
        if kind is not None:
            if frame is not None:
                yield from _whole(frame, first, repairs)
            frame = Frame(_KINDS[kind.lower()], line) if kind.lower() in _KINDS else None
            if frame is None and kind.lower() != "instance":
                repairs.append(
                    Repair(line, f"[{kind}]", "left out with what follows: not a kind of stanza of OBO")
                )
        elif clause is not None and frame is not None:
            if clause.tag == "id" and (not frame.kind or any(each.tag == "id" for each in frame.clauses)):
                yield from _whole(frame, first, repairs)
                repairs.append(Repair(line, shown(str(clause)), "a [Term] line before it was missing: added"))
                frame = Frame("Term", line)
            frame.clauses.append(clause)
    if frame is not None:
        yield from _whole(frame, first, repairs)


def _whole(frame: Frame, header: Frame, repairs: list[Repair]) -> Iterator[Frame]:
    """The frame with its identifier first; nothing when it has none."""
    if frame is header:
        yield frame
        return
    place = next((place for place, clause in enumerate(frame.clauses) if clause.tag == "id"), None)
    if place is None:
        label = next((clause.value for clause in frame.clauses if clause.tag == "name"), "")
        repairs.append(Repair(frame.line, shown(f"[{frame.kind}] {label}"), "left out: it has no id"))
        return
    if place:
        repairs.append(
            Repair(frame.clauses[place].line, str(frame.clauses[place]), "moved to the start of its frame")
        )
        frame.clauses.insert(0, frame.clauses.pop(place))
    yield frame


def _parts(
    lines: Iterable[tuple[int, str]], repairs: list[Repair]
) -> Iterator[tuple[int, str | None, Clause | None]]:
    """Stanza headers and clauses; a value that runs over several lines in its quotes is put on one."""
    waiting: Clause | None = None  # a clause with an open quote
    pieces: list[str] = []
    for number, text in lines:
        stanza = _STANZA.fullmatch(text) if text.startswith("[") else None
        match = None if stanza else _CLAUSE.fullmatch(text)
        if waiting is not None:
            if stanza is None and match is None and len(pieces) < _LONGEST_VALUE:
                pieces.append(text)
                if not _is_open("".join(pieces)):
                    yield waiting.line, None, _joined(waiting, pieces, repairs)
                    waiting = None
                continue
            yield waiting.line, None, _joined(waiting, pieces, repairs)
            waiting = None
        if stanza:
            yield number, stanza[1], None
        elif match:
            clause = Clause(number, match[1], match[2])
            if _is_open(clause.value):
                waiting, pieces = clause, [clause.value]
            else:
                yield number, None, clause
        elif text and not text.startswith("!"):
            repairs.append(Repair(number, shown(text), "left out: it is no clause"))
    if waiting is not None:
        yield waiting.line, None, _joined(waiting, pieces, repairs)


def _is_open(value: str) -> bool:
    """Whether a value that starts with a quote has an odd number of them."""
    return value.startswith('"') and len(_QUOTE.findall(value)) % 2 == 1


def _joined(clause: Clause, pieces: list[str], repairs: list[Repair]) -> Clause:
    if len(pieces) == 1:
        return clause
    repairs.append(Repair(clause.line, shown(str(clause)), f"a value on {len(pieces)} lines was put on one"))
    return clause._replace(value=" ".join(piece for piece in pieces if piece))
