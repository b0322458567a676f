"""Tables that are built: the query of their rows, and every problem by row and column."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

import synthquery as sq

ROWS = [["tissue", "Disease", "age", "num_samples"], ["liver", "hepatocellular carcinoma", "61 years", 3]]
WRONG = "tissue;tisue;age;num_samples\nliver;x;65,5;3\nxyzzy plugh;;;-2;extra\n;;;\nlung;;61;few\n"


def workbook(file: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(file)
    return file


def test_a_table_makes_the_query_of_the_recipe_that_says_the_same(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    table.write_text("\n".join(",".join(map(str, row)) for row in ROWS), encoding="utf-8")
    sample = {"tissue": "liver", "disease": "hepatocellular carcinoma", "age": "61 years", "num_samples": 3}
    built = sq.build_recipe(sq.load_recipe(table, "gem-1-bulk"))
    assert built.query == sq.build_recipe({"model": "gem-1-bulk", "samples": [sample]}).query
    assert [match.id for match in built.matches[:2]] == ["UBERON:0002107", "MONDO:0007256"]


def test_all_sheets_that_describe_samples_make_one_query(tmp_path: Path) -> None:
    other: list[list[object]] = [["sex", "tissue"], ["F", "lung"]]
    file = workbook(tmp_path / "w.xlsx", {"one": [*ROWS], "two": other, "notes": [["who"], ["me"]]})
    query = sq.build_recipe(sq.load_recipe(file, "gem-1-bulk")).query
    tissues = [one["metadata"]["tissue_ontology_id"] for one in query.to_dict()["inputs"]]
    assert tissues == ["UBERON:0002107", "UBERON:0002048"]


def test_every_problem_of_a_table_is_told_by_row_and_column(tmp_path: Path) -> None:
    table = tmp_path / "samples.csv"
    table.write_text(WRONG, encoding="utf-8")
    with pytest.raises(sq.RecipeError) as caught:
        sq.build_recipe(sq.load_recipe(table, "gem-1-bulk"))
    told = [(one.place, one.location.line if one.location else None) for one in caught.value.problems]
    assert told == [
        ("row 1, column tisue", 1),
        ("row 3", 3),
        ("row 2, column age", 2),
        ("row 3, column tissue", 3),
        ("row 3, column num_samples", 3),
        ("row 5, column num_samples", 5),
    ]


def test_a_problem_in_a_workbook_is_told_by_sheet_and_has_no_line(tmp_path: Path) -> None:
    file = workbook(tmp_path / "w.xlsx", {"one": [*ROWS], "two": [["tissue"], ["lung"], ["zzgrumpf"]]})
    with pytest.raises(sq.RecipeError) as caught:
        sq.build_recipe(sq.load_recipe(file, "gem-1-bulk"))
    (problem,) = caught.value.problems
    assert (problem.place, problem.location) == ("sheet two, row 3, column tissue", None)
    assert problem.resolution is not None


@pytest.mark.parametrize(
    ("content", "model", "said"),
    [
        ("tissue\nliver\n", None, "does not say which model"),
        ("tissue\n", "gem-1-bulk", "at least one"),
        ("", "gem-1-bulk", "empty"),
        ("tissue\nliver\n", "gem-1-bulks", "model: no model is called 'gem-1-bulks'"),
        ("tissue\nliver\n", "gem-1-sc_predict-metadata", "model: takes counts"),
        ('tissue\n"liver\n', "gem-1-bulk", "quot"),
    ],
)
def test_a_table_that_makes_no_query_says_why(
    tmp_path: Path, content: str, model: str | None, said: str
) -> None:
    table = tmp_path / "samples.csv"
    table.write_text(content, encoding="utf-8")
    with pytest.raises(sq.RecipeError, match=said):
        sq.build_recipe(sq.load_recipe(table, model))


def test_a_table_that_is_not_there_could_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(sq.RecipeError) as caught:
        sq.load_recipe(tmp_path / "none.csv", "gem-1-bulk")
    assert caught.value.unreadable


def test_a_recipe_that_names_no_model_takes_the_one_it_is_given_and_no_other(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("samples:\n- tissue: liver\n", encoding="utf-8")
    assert sq.build_recipe(sq.load_recipe(recipe, "gem-1-sc")).query.model_id == "gem-1-sc"
    recipe.write_text("model: gem-1-bulk\nsamples:\n- tissue: liver\n- tissue: xyzzy\n", encoding="utf-8")
    with pytest.raises(sq.RecipeError, match="is for 'gem-1-bulk'"):
        sq.load_recipe(recipe, "gem-1-sc")
    with pytest.raises(sq.RecipeError, match=r"line 4, column 11"):
        sq.build_recipe(sq.load_recipe(recipe, "gem-1-bulk"))
