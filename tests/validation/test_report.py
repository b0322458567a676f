"""What a report says, to people and to machines."""

from __future__ import annotations

import json

import pytest

from synthquery.errors import InvalidQueryError
from synthquery.validation import Issue, Report, Severity, codes, validate

TWO_FAULTS = {
    "sampling_strategy": "mean estimation",
    "inputs": [
        {"metadata": {"tissue_ontology_id": "UBERON_0002107", "race": "Martian"}, "num_samples": 1},
        {"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 1},
        {"metadata": {"tissue_ontology_id": "UBERON_0002107"}, "num_samples": 1},
    ],
}


@pytest.fixture
def report() -> Report:
    return validate(TWO_FAULTS, "gem-1-bulk")


def test_errors_make_a_report_not_ok_and_warnings_do_not(report: Report) -> None:
    assert [issue.code for issue in report.errors] == ["id.noncanonical", "id.noncanonical"]
    assert [issue.code for issue in report.warnings] == ["value.enum"]
    assert not report.ok
    assert Report(issues=report.warnings).ok


def test_issues_come_in_the_order_of_their_places(report: Report) -> None:
    assert [issue.pointer for issue in report.issues] == [
        "/inputs/0/metadata/tissue_ontology_id",
        "/inputs/0/metadata/race",
        "/inputs/2/metadata/tissue_ontology_id",
    ]


def test_keys_of_a_place_keep_the_order_of_the_query() -> None:
    metadata = {"sex": "F", "age_years": "x", "disease_ontology_id": "flu?"}
    query = {"inputs": [{"num_samples": 0, "metadata": metadata}], "sampling_strategy": "mean", "seed": -1}
    places = [issue.path[-1] for issue in validate(query, "gem-1-bulk").issues]
    assert places == ["num_samples", "sex", "age_years", "disease_ontology_id", "sampling_strategy", "seed"]


def test_a_report_names_the_releases_that_were_asked(report: Report) -> None:
    assert list(report.releases) == ["UBERON"]
    assert report.releases["UBERON"].startswith("v20")


def test_a_clean_report_names_the_releases_too() -> None:
    clean = {
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": {"tissue_ontology_id": "CL:0000084"}, "num_samples": 1}],
    }
    assert list(validate(clean, "gem-1-sc").releases) == ["CL"]


def test_the_text_tells_the_same_fault_once(report: Report) -> None:
    text = str(report)
    assert text.splitlines()[0] == "2 errors, 1 warning (gem-1-bulk, 3 inputs)"
    assert text.count("id.noncanonical") == 1
    assert "also at /inputs/2/metadata/tissue_ontology_id" in text
    assert "suggestion: UBERON:0002107" in text


def test_the_text_of_a_clean_report_says_so() -> None:
    assert str(Report(model_id="gem-1-sc", n_inputs=1)) == "no problems (gem-1-sc, 1 input)"


def test_what_could_not_be_checked_is_neither_right_nor_wrong() -> None:
    metadata = {"perturbation_type": "compound", "perturbation_ontology_id": "CHEMBL25"}
    query = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": metadata, "num_samples": 1}]}
    found = validate(query, "gem-1-bulk")
    assert found.ok
    assert [issue.code for issue in found.unchecked] == ["id.unchecked"]
    assert str(found).startswith("1 not checked (")


def test_json_holds_everything(report: Report) -> None:
    data = json.loads(report.to_json())
    assert data["counts"] == {"error": 2, "warning": 1, "info": 0}
    assert data["issues"][0] == {
        "code": "id.noncanonical",
        "severity": "error",
        "pointer": "/inputs/0/metadata/tissue_ontology_id",
        "path": ["inputs", 0, "metadata", "tissue_ontology_id"],
        "value": "UBERON_0002107",
        "message": "'UBERON_0002107' is written UBERON:0002107",
        "line": None,
        "column": None,
        "cell": None,
        "fix": {"kind": "replace", "value": "UBERON:0002107"},
        "suggestions": ["UBERON:0002107"],
    }


def test_json_is_strict_json_whatever_the_values_are() -> None:
    query = {"\ud800": float("nan"), "seed": float("inf"), "inputs": [{"metadata": {"sex": "\udc00"}}]}
    text = validate(query, "gem-1-bulk").to_json()
    text.encode("utf-8")
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_markdown_is_one_table_whatever_the_values_are() -> None:
    query = {"sampling_strategy": "a|b`\n# c", "inputs": [{"metadata": {"a|`\nb": 1}, "num_samples": 1}]}
    lines = validate(query, "gem-1-bulk").to_markdown().strip().splitlines()
    assert len(lines) == 6
    assert all(line.startswith("|") for line in lines[2:])


def test_the_notebook_view_escapes_what_is_in_the_query() -> None:
    query = {"sampling_strategy": "<script>alert(1)</script>", "inputs": []}
    assert "<script" not in validate(query, "gem-1-bulk")._repr_html_()


def test_the_text_cannot_steer_a_terminal() -> None:
    query = {"sampling_strategy": "\x1b[31mred\r", "inputs": []}
    assert "\x1b" not in str(validate(query, "gem-1-bulk"))


def test_raising_is_a_last_explicit_step(report: Report) -> None:
    with pytest.raises(InvalidQueryError, match=r"id\.noncanonical") as caught:
        report.raise_for_errors()
    assert caught.value.report is report
    Report(issues=report.warnings).raise_for_errors()


def test_a_report_keeps_no_copy_of_the_data() -> None:
    query = {"sampling_strategy": "x" * 10_000, "inputs": {"counts": [1] * 10}, "seed": 10**5_000}
    values = {issue.path: issue.value for issue in validate(query, "gem-1-bulk").issues}
    assert len(str(values[("sampling_strategy",)])) == 120
    assert values[("inputs",)] == "an object of 1 keys"
    assert values[("seed",)] == "an integer of 16,610 bits"


def test_a_pointer_escapes_slashes_and_tildes() -> None:
    assert (
        Issue("structure.unknown-key", Severity.ERROR, ("inputs", 0, "a/b~c"), 1, "").pointer
        == "/inputs/0/a~1b~0c"
    )


def test_every_code_has_a_title_and_a_reason() -> None:
    for code in codes().values():
        assert code.title
        assert code.why.endswith(".")
        assert not code.title.endswith(".")
