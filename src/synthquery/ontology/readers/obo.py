"""OBO files: their frames, mended where need be, to pronto."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO, Final

import fastobo
from pronto.ontology import Ontology as ProntoOntology

from synthquery.ontology.readers.cross_references import Found, of_frame
from synthquery.ontology.readers.obo_repair import mend_frame, tidy
from synthquery.ontology.readers.obo_text import Frame, read_frames, text_lines
from synthquery.ontology.readers.pronto_parsers import FrameParser
from synthquery.ontology.readers.repairs import Repair, shown, sieve

_BATCH: Final = 64  # frames parsed together: a call costs as much as a few frames


class OboReader:
    """Reads one OBO file.

    Parameters
    ----------
    repairs
        Where every change is written down.

    Attributes
    ----------
    mentions
        Line and text of each clause that names a parent before the file defines it, by identifiers of child and
        parent: when all is read, those of parents that it never defines.
    references
        What the terms say of those of other ontologies.
    """

    def __init__(self, repairs: list[Repair]) -> None:
        self._repairs = repairs
        self._defined: set[str] = set()
        self._waiting: dict[str, dict[str, tuple[int, str]]] = {}
        self.references: list[Found] = []

    def read(self, file: BinaryIO) -> ProntoOntology:
        """Read a whole file, a few frames in memory at a time besides what pronto keeps."""
        parser = FrameParser()
        frames = read_frames(text_lines(file, self._repairs), self._repairs)
        parser.add_header(self._header(next(frames)))
        while batch := list(islice(frames, _BATCH)):
            for frame in batch:
                tidy(frame, self._repairs)
            parser.add(self._parsed(batch), self._refused)
        return parser.ont

    @property
    def mentions(self) -> dict[tuple[str, str], tuple[int, str]]:
        return {(child, parent): at for parent, found in self._waiting.items() for child, at in found.items()}

    def _header(self, frame: Frame) -> Any:
        document = parse([frame])
        if document is None:
            mended = mend_frame(frame, _reads, self._repairs)
            document = parse([mended] if mended else [])
        return (fastobo.loads("") if document is None else document).header

    def _parsed(self, batch: Sequence[Frame]) -> Iterator[Any]:
        def mend(frame: Frame) -> Frame | None:
            mended = mend_frame(frame, _reads, self._repairs)
            if mended is not None and not _reads(mended):
                mended = self._grown(mended)
            if mended is None:
                self._repairs.append(Repair(frame.line, shown(str(frame)), "left out: its id cannot be read"))
            return mended

        document = parse(batch)
        if document is None:
            batch = sieve(batch, lambda frames: parse(frames) is not None, mend)
            document = parse(batch)
        for frame in batch:
            self._note(frame)
            self.references += of_frame(frame)
        yield from document or ()

    def _grown(self, frame: Frame) -> Frame:
        """A frame whose clauses can be read one by one, without those that cannot be read together."""
        grown = Frame(frame.kind, frame.line, frame.clauses[:1])
        for clause in frame.clauses[1:]:
            if _reads(Frame(frame.kind, frame.line, [*grown.clauses, clause])):
                grown.clauses.append(clause)
            else:
                self._repairs.append(Repair(clause.line, shown(str(clause)), "left out: not well formed"))
        return grown

    def _refused(self, identifier: str, error: Exception) -> None:
        self._repairs.append(Repair(None, identifier, f"read in part: {shown(str(error))}"))

    def _note(self, frame: Frame) -> None:
        """Remember where parents are named that are not defined yet."""
        if frame.kind != "Term":
            return
        identifier = _first_word(frame.clauses[0].value)
        self._defined.add(identifier)
        self._waiting.pop(identifier, None)
        for clause in frame.clauses:
            if clause.tag in {"is_a", "relationship"}:
                words = clause.value.split(None, 2)
                parent = words[clause.tag == "relationship"] if len(words) > 1 or clause.tag == "is_a" else ""
                if parent not in self._defined:
                    found = self._waiting.setdefault(parent, {})
                    found.setdefault(identifier, (clause.line, shown(str(clause))))


def parse(frames: Sequence[Frame]) -> Any | None:
    """The frames as fastobo has them; None when it refuses them."""
    try:
        return fastobo.loads("\n".join(map(str, frames)), threads=1)
    except Exception:  # SyntaxError, ValueError: it is asked whether it can
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a slip in its Rust code arrives here
            raise
        return None


def _reads(frame: Frame) -> bool:
    return parse([frame]) is not None


def _first_word(text: str) -> str:
    return text.split(None, 1)[0] if text else ""
