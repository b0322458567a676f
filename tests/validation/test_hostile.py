"""The first of the hostile bodies and files that ``benchmarks/hostile_validation.py`` tries by the hundred thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.recipe.files import validate
from tests.validation.hostile import Hostile, hostile

CHUNKS = range(0, 1_400, 49)
MONSTERS = [
    499 + 500 * at for at in (2, 3, 4, 5, 8)
]  # those that take little time: nesting, numbers, aliases, keys


@pytest.mark.parametrize("number", [*CHUNKS, *MONSTERS])
def test_nothing_ends_in_an_error_and_every_report_can_be_shown(number: int, tmp_path: Path) -> None:
    many = CHUNKS.step if number in CHUNKS else 1
    for one in map(hostile, range(number, number + many)):
        if one.kind in ("a list of a million", "a file with a million"):
            continue  # seconds each
        subject = one.body if one.data is None else written(one, tmp_path)
        report = validate(subject, one.model)
        for shown in (str(report), report.to_json(), report.to_markdown()):
            shown.encode("utf-8")


def written(one: Hostile, folder: Path) -> Path:
    assert one.data is not None
    file = folder / one.name
    file.write_bytes(one.data)
    return file


def test_a_number_of_the_series_is_the_same_in_every_run() -> None:
    assert [repr(hostile(number)) for number in range(60)] == [repr(hostile(number)) for number in range(60)]
    assert len({hostile(number).kind for number in range(200)}) >= 7
