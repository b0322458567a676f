"""Tables of samples: what is wrong in which row and column, whatever program wrote the file."""

from __future__ import annotations

import codecs
import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import synthquery as sq
from synthquery.recipe.files import validate_files
from synthquery.recipe.fixing import fix_data
from synthquery.recipe.table_files import text_table
from synthquery.validation.formats import render
from tests.recipe.test_check import WORDS

CSV = """\
tissue,disease,sex,age,num_samples
liver,"hepatocellular
carcinoma",male,61 years,3

UBERON_0002107,healthy,Male,400,1
zzgrumpf,healthy,female,40,none
"""
EXPECTED = [
    ("id.noncanonical", "row 4, column tissue", 5),
    ("value.case", "row 4, column sex", 5),
    ("value.range", "row 4, column age", 5),
    ("term.unresolved", "row 5, column tissue", 6),
    ("structure.type", "row 5, column num_samples", 6),
]


def found(file: Path) -> list[tuple[str, str, int | None]]:
    return [(issue.code, issue.place, issue.line) for issue in sq.validate(file, "gem-1-bulk").issues]


def test_every_problem_has_its_row_and_column(tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    file.write_text(CSV, encoding="utf-8")
    assert found(file) == EXPECTED
    text = str(sq.validate(file, "gem-1-bulk"))
    assert "term.unresolved at row 5, column tissue (line 6, column 1)" in text
    assert "    6 | zzgrumpf,healthy" in text
    assert "      | ^^^^^^^^\n" in text


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("samples.tsv", lambda text: text.replace(",", "\t").encode()),
        ("samples.csv", lambda text: text.replace(",", ";").encode()),
        ("samples.csv", lambda text: text.replace("\n", "\r\n").encode()),
        ("samples.csv", lambda text: codecs.BOM_UTF8 + text.encode()),
        ("samples.csv", lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le")),
        ("samples.csv", lambda text: text.rstrip("\n").encode()),
        (
            "samples.csv",
            lambda text: text.replace("tissue", " tissue ").replace("Male,", ' "Male" ,').encode(),
        ),
    ],
    ids=["tabs", "semicolons", "CRLF", "BOM", "UTF-16", "no last line end", "blanks and quotes"],
)
def test_files_of_every_program_are_read_alike(tmp_path: Path, name: str, change: Any) -> None:
    file = tmp_path / name
    file.write_bytes(change(CSV))
    assert [(code, place) for code, place, _ in found(file)] == [(code, place) for code, place, _ in EXPECTED]


def test_a_clean_table_has_no_problems(tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    file.write_text(
        "Tissue,Cell Line,Sample type\nliver,,primary tissue\n,HeLa,cell line\n", encoding="utf-8"
    )
    report = sq.validate(file, "gem-1-bulk")
    assert not report.issues, str(report)
    assert report.n_inputs == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tissue,batch\nliver,3\n", ("structure.unknown-key", "row 1, column batch")),
        ("tissue,Tissue\nliver,heart\n", ("structure.duplicate-key", "row 1, column Tissue")),
        ("tissue\nliver,male\n", ("structure.type", "row 2")),
        ("tissue,sex\n", ("structure.empty", "the top")),
    ],
)
def test_a_header_that_does_not_fit_is_told_at_its_cell(
    tmp_path: Path, text: str, expected: tuple[str, str]
) -> None:
    file = tmp_path / "samples.csv"
    file.write_text(text, encoding="utf-8")
    report = sq.validate(file, "gem-1-bulk")
    code, place = expected
    assert [(issue.code, issue.place) for issue in report.issues if place != "the top"] in ([expected], [])
    assert code in {issue.code for issue in report.issues}


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b'tissue\n"liver\n', b"PK\x03\x04 zip", b"tissue\n\xff\xfe\n"]
)
def test_what_is_no_table_is_one_clear_problem(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "samples.csv"
    file.write_bytes(data)
    assert [issue.code for issue in sq.validate(file, "gem-1-bulk").issues] == ["structure.json"]
    assert sq.validate(tmp_path / "none.csv").unreadable


def test_a_number_of_thousands_of_digits_is_no_number_of_samples(tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    file.write_text(f"tissue,num_samples\nliver,{'9' * 5_000}\n", encoding="utf-8")
    assert [issue.code for issue in sq.validate(file, "gem-1-bulk").issues] == ["structure.type"]


def test_a_workbook_names_sheet_row_and_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    book.active.append(["made by", "the lab"])
    sheet = book.create_sheet("Batch 2")
    sheet.append(["tissue", "age", "num_samples"])
    sheet.append(["liver", 61, 2])
    sheet.append(["nowhere", 400, 1.5])
    book.save(tmp_path / "samples.xlsx")
    report = sq.validate(tmp_path / "samples.xlsx", "gem-1-bulk")
    assert [(issue.code, issue.place) for issue in report.issues] == [
        ("term.unresolved", "sheet Batch 2, row 3, column tissue"),
        ("value.range", "sheet Batch 2, row 3, column age"),
        ("structure.type", "sheet Batch 2, row 3, column num_samples"),
    ]
    assert "nowhere" in str(report)
    assert [issue.line for issue in report.issues] == [3, 3, 3]
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    assert [issue.code for issue in sq.validate(tmp_path / "broken.xlsx").issues] == ["structure.json"]


def test_every_format_of_reports_has_the_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("samples.csv").write_text(CSV, encoding="utf-8")
    results = validate_files(["samples.csv"], model_id="gem-1-bulk").results
    (row,) = json.loads(render(results, "json"))
    assert row["issues"][0]["cell"] == {"sheet": "", "row": 4, "column": "tissue"}
    region = json.loads(render(results, "sarif"))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert region["region"] == {"startLine": 5, "startColumn": 1}
    for to in ("github", "junit", "markdown", "html"):
        assert "row 5, column tissue" in render(results, to), to
    assert "line=6" in render(results, "github")


def test_fix_changes_the_cells_and_nothing_else(tmp_path: Path) -> None:
    before = b'\xef\xbb\xbftissue;sex;time\r\n"UBERON_0002107"; Male ;"24h"\r\nliver;;\r\n;F;3 d'
    fixed, _ = fix_data(before, "samples.csv", "gem-1-bulk")
    assert fixed.after == before.replace(b'"UBERON_0002107"', b"UBERON:0002107").replace(
        b"Male", b"male"
    ).replace(b'"24h"', b"24 hours").replace(b";F;3 d", b";female;3 days")
    again, _ = fix_data(fixed.after, "samples.csv", "gem-1-bulk")
    assert not again.changed


rows = st.fixed_dictionaries(
    {
        word: st.sampled_from(["", *(str(value) for value in values if not isinstance(value, dict))])
        for word, values in WORDS.items()
        if word not in ("Sex", "colour")
    }
)


@settings(max_examples=100, deadline=None)
@given(
    table=st.lists(rows, min_size=1, max_size=4),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_fixed_table_has_none_of_its_fixed_problems_and_stays(
    table: list[dict[str, str]], delimiter: str, quoting: int
) -> None:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(table[0]), delimiter=delimiter, quoting=quoting)
    writer.writeheader()
    writer.writerows(table)
    fixed, report = fix_data(sink.getvalue().encode(), "samples.csv", "gem-1-bulk")
    gone = {(issue.code, issue.pointer) for issue in fixed.fixed}
    assert not gone & {(issue.code, issue.pointer) for issue in report.issues}
    assert not fix_data(fixed.after, "samples.csv", "gem-1-bulk")[0].changed
    changed = {issue.path[1:] for issue in fixed.fixed}
    after = list(csv.DictReader(io.StringIO(fixed.after.decode(), newline=""), delimiter=delimiter))
    before = [{word: value.strip() for word, value in row.items()} for row in table]
    kept = [row for row in before if any(row.values())]
    at = 0
    for row in after:
        if not any(row.values()):
            continue
        differing = {word for word in row if row[word].strip() != kept[at][word]}
        assert differing <= {str(path[1]) for path in changed if path[0] == at}
        at += 1


@settings(max_examples=100, deadline=None)
@given(
    cells=st.lists(
        st.lists(st.text("ab ,;\"\n\r\t'é", max_size=4), min_size=1, max_size=4), min_size=1, max_size=4
    )
)
def test_text_is_read_as_the_csv_module_reads_it(cells: list[list[str]]) -> None:
    sink = io.StringIO()
    csv.writer(sink, quoting=csv.QUOTE_ALL).writerows([["tissue", "x", "y", "z"], *cells])
    table = text_table(sink.getvalue().encode(), "samples.csv")
    expected = [
        {at: cell.strip() for at, cell in enumerate(row) if cell.strip()}
        for row in csv.reader(io.StringIO(sink.getvalue(), newline=""))
    ]
    read = [{entry.position: entry.text for entry in row} for row in (table.header, *table.rows)]
    assert read == [row for row in expected if row]
