"""The blocks of ``corpus/files.txt``: files, and what is wrong in which of their lines."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import Final

from tests.validation.cases import FOLDER

_MARK: Final = re.compile(r" *(?=#! )")
_HEADS: Final = {
    "@bulk": "model_id: gem-1-bulk\nsampling_strategy: mean estimation\n\ninputs:",
    "@sc": "model_id: gem-1-sc\nsampling_strategy: mean estimation\n\ninputs:",
}
_COUNTS: Final = re.compile(r"\$(\d?)")


@dataclass(frozen=True)
class FileCase:
    """One block.

    Attributes
    ----------
    code
        What it is an example of.
    near
        True for a near miss.
    name, text, model, online
        The file, the model it is checked for, and whether a service of the network is asked.
    others
        Further files of its folder, by name.
    expected
        Code, pointer, line (None where it has none) and first suggestion (None where the block states none).
    fixed
        What `fix` makes of the file.
    """

    code: str
    near: bool
    name: str
    text: str
    model: str | None = None
    online: bool = False
    others: dict[str, str] = field(default_factory=dict)
    expected: tuple[tuple[str, str, int | None, str | None], ...] = ()
    fixed: str = ""

    def __str__(self) -> str:
        return f"{'near ' if self.near else ''}{self.code}: {self.name}".replace(" ", "-")


def file_cases() -> list[FileCase]:
    """All blocks."""
    text = (FOLDER / "files.txt").read_text(encoding="utf-8")
    return [_case(*block.split("\n", 1)) for block in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]]


def _case(head: str, rest: str) -> FileCase:
    about, _, name = head.partition(": ")
    name, options = _options(name)
    first, *parts = re.split(r"^--- (.+)\n", rest.rstrip("\n") + "\n", flags=re.MULTILINE)
    files = {"file": first, **dict(zip(parts[::2], parts[1::2], strict=True))}
    counts = int(options["counts"]) if "counts" in options else 0
    text, expected = _read(files.pop("file"), counts)
    fixed = _read(files.pop("fixed"), counts)[0] if "fixed" in files else text
    return FileCase(
        about.removeprefix("near "),
        about.startswith("near "),
        name,
        text,
        options.get("model"),
        "online" in options,
        files,
        tuple(expected),
        fixed,
    )


def _options(name: str) -> tuple[str, dict[str, str]]:
    match = re.fullmatch(r"(.+\.[a-z]+)((?: [a-z]+(?:=\S+)?)*)", name)
    assert match, name
    return match[1], dict(one.partition("=")[::2] for one in match[2].split())


def _read(marked: str, counts: int) -> tuple[str, list[tuple[str, str, int | None, str | None]]]:
    """The text without its marks, and what they say."""
    lines: list[str] = []
    expected = []
    for line in marked.split("\n"):
        text, *marks = re.split(r" *#! ", line)
        lines += _HEADS.get(text, text).split("\n")
        for mark in marks:
            what, _, suggestion = mark.partition(" -> ")
            code, pointer, *at = shlex.split(what)
            number = len(lines) if not at else None if at[1] == "-" else int(at[1])
            meant = suggestion[1:-1] if suggestion[:1] == suggestion[-1:] == "'" else suggestion
            expected.append((code, pointer, number, meant or None))
    return _with_counts("\n".join(lines), counts), expected


def _with_counts(text: str, counts: int) -> str:
    """`text` with ``$`` written out: as many further counts, none of them remarkable, as a sample of the model has."""
    if not counts:
        return text
    given = text[text.index("[", text.index('"counts"')) : text.index("$")].count(",")
    return _COUNTS.sub(lambda m: ", ".join(m[1] or str(1 + at % 3) for at in range(counts - given)), text)
