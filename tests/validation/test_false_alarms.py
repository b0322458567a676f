"""Nothing is said against what is right: documented bodies, and all that builders make of labels people wrote."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from synthquery.builder import BulkQueryBuilder, SingleCellQueryBuilder
from synthquery.catalog import get_model, list_models
from synthquery.client import example_query
from synthquery.recipe.files import validate as validate_any
from synthquery.resolver import resolve_many
from synthquery.validation import Issue, Report, Severity, validate

SHARED = Path(__file__).parents[3] / "shared"
FIELDS = {
    "UBERON": ("tissue", "tissue_ontology_id"),
    "CL": ("cell_type", "cell_type_ontology_id"),
    "MONDO": ("disease", "disease_ontology_id"),
    "CVCL": ("cell_line", "cell_line_ontology_id"),
    "ENSG": ("gene", "perturbation_ontology_id"),
    "HGNC": ("gene", "perturbation_ontology_id"),
}

needs_tables = pytest.mark.skipif(
    not (SHARED / "eval").is_dir(), reason="the development tables are not here"
)
needs_contracts = pytest.mark.skipif(
    not (SHARED / "contracts" / "synthesize_api.json").is_file(), reason="the contracts are not here"
)


def contract(*path: str) -> dict[str, Any]:
    found = json.loads((SHARED / "contracts" / "synthesize_api.json").read_text(encoding="utf-8"))
    for part in path:
        found = found[part]
    body: dict[str, Any] = found
    return body


def with_counts(body: dict[str, Any], model: str) -> dict[str, Any]:
    for one in body["inputs"]:
        one["counts"] = [at % 7 for at in range(get_model(model).n_genes)]
    return body


@needs_contracts
def test_the_documented_bodies_are_clean() -> None:
    report = validate(contract("queries", "baseline_bulk"), "gem-1-bulk")
    assert not report.issues, str(report)
    body = with_counts(contract("queries", "reference_conditioning"), "gem-1-bulk_reference-conditioning")
    report = validate(body, "gem-1-bulk_reference-conditioning")
    assert {issue.code for issue in report.issues} <= {"id.unchecked"}, str(report)
    body = with_counts(contract("queries", "predict_metadata"), "gem-1-bulk_predict-metadata")
    report = validate(body, "gem-1-bulk_predict-metadata")
    assert {issue.code for issue in report.issues} <= {"legacy.key"}, str(report)
    assert report.ok


@needs_contracts
def test_the_example_of_the_service_is_right_but_for_its_old_key() -> None:
    body = contract("GET /api/models/{id}/example-query", "example", "example_query")
    report = validate(body, "gem-1-bulk")
    assert [issue.pointer for issue in report.issues] == ["/modality"]
    assert report.ok


@needs_contracts
def test_the_documented_gem_2_body_is_right() -> None:
    report = validate(contract("queries", "gem2"))
    assert [issue.code for issue in report.issues] == ["model.unchecked"], str(report)


def labels() -> Iterator[tuple[str, str, str]]:
    for table in sorted((SHARED / "eval").glob("*.tsv")):
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if row["ontology"] in FIELDS:
                    yield (*FIELDS[row["ontology"]], row["label"])


@needs_tables
@pytest.mark.parametrize("field", sorted({field for field, _ in FIELDS.values()}))
def test_what_labels_resolve_to_is_never_an_error(field: str) -> None:
    wanted = [(key, label) for of, key, label in labels() if of == field]
    if not wanted:
        pytest.skip(f"there are no labels of {field}")
    found = resolve_many([label for _, label in wanted], field)
    ids = dict.fromkeys(answer.term.id for answer in found if answer.term is not None)
    kind = {"perturbation_type": "crispr"} if field == "gene" else {}
    inputs = [{"metadata": {wanted[0][0]: one, **kind}, "num_samples": 1} for one in ids]
    report = validate({"sampling_strategy": "mean estimation", "inputs": inputs}, "gem-1-bulk")
    assert not report.errors, str(report)
    warned = Counter(issue.code for issue in report.issues if issue.severity is Severity.WARNING)
    # Labels such as "tissue" and lines such as CHO are in the tables: few of thousands.
    assert warned.total() <= max(len(ids) // 100, 3), str(report)


def meant(field: str) -> list[str]:
    """The development labels of a field that mean one term."""
    given = list(dict.fromkeys(label for of, _, label in labels() if of == field))
    found = resolve_many(given, field)
    return [label for label, answer in zip(given, found, strict=True) if answer.term is not None]


def untrue(report: Report, n_labels: int) -> list[Issue]:
    """Issues of a query from labels, without those that are true of a few labels: "tissue", and labels of one term."""
    assert not report.errors, str(report)
    general = [issue for issue in report.issues if issue.code == "term.too-general"]
    assert len({issue.value for issue in general}) <= max(n_labels // 200, 2)
    true = {"term.too-general", "coherence.duplicate-input", "coherence.cell-line-donor", "id.unchecked"}
    return [issue for issue in report.issues if issue.code not in true]


BUILDERS: list[Callable[..., Any]] = [BulkQueryBuilder, SingleCellQueryBuilder]


@needs_tables
@pytest.mark.parametrize("builder", BUILDERS, ids=["bulk", "single-cell"])
@pytest.mark.parametrize("field", sorted({field for field, _ in FIELDS.values()}))
def test_what_the_builders_make_of_labels_is_clean(builder: Callable[..., Any], field: str) -> None:
    words = {"perturbation_type": "crispr"} if field == "gene" else {}
    rows = [{field: label, **words} for label in meant(field)]
    query = builder(sampling_strategy="mean estimation").add_table(rows).build()
    assert not untrue(validate(query), len(rows))


@needs_tables
@pytest.mark.parametrize("field", sorted({field for field, _ in FIELDS.values()}))
def test_recipes_and_tables_of_the_same_labels_are_clean(field: str, tmp_path: Path) -> None:
    words = {"perturbation_type": "crispr"} if field == "gene" else {}
    rows = [{field: label, **words} for label in meant(field)]
    assert not untrue(validate_any({"model": "gem-1-bulk", "samples": rows}), len(rows))
    file = tmp_path / "samples.csv"
    with file.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert not untrue(validate_any(file, "gem-1-bulk"), len(rows))


@pytest.mark.parametrize("model", [spec.model_id for spec in list_models()])
def test_the_example_of_every_model_is_clean(model: str) -> None:
    report = validate(example_query(model), model)
    assert not report.issues, str(report)


def described(**metadata: str) -> dict[str, Any]:
    """A baseline query with one input of this metadata."""
    return {"sampling_strategy": "mean estimation", "inputs": [{"metadata": metadata, "num_samples": 1}]}


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("library_selection", ("cDNA", "polyA", "Oligo-dT")),
        ("library_layout", ("PAIRED", "SINGLE")),
        ("platform", ("illumina",)),
        ("sex", ("male", "female")),
        ("sample_type", ("cell line", "organoid", "other", "primary cells", "primary tissue", "xenograft")),
    ],
)
def test_no_value_that_the_documentation_names_is_an_error(key: str, values: tuple[str, ...]) -> None:
    for value in values:
        report = validate(described(**{key: value}), "gem-1-bulk")
        assert not [str(issue) for issue in report.issues if issue.severity is Severity.ERROR]


def test_the_documented_spelling_of_poly_a_is_doubtful_and_can_be_fixed() -> None:
    (issue,) = validate(described(library_selection="polyA"), "gem-1-bulk").issues
    assert (issue.code, issue.severity) == ("value.case", Severity.WARNING)
    assert issue.suggestions[0] == "PolyA"
    assert issue.fix is not None
    (other,) = validate(described(library_selection="polya"), "gem-1-bulk").issues
    assert other.severity is Severity.ERROR
