"""Nothing that can be in a body or a file makes validation raise, hang or crash."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from synthquery.errors import OntologyError, QueryFormatError, UnknownModelError
from synthquery.ontology import Ontologies
from synthquery.query.metadata import METADATA_KEYS
from synthquery.validation import Report, asking, validate
from synthquery.wire import parse_query

MODELS = [
    None,
    "gem-1-bulk",
    "gem-1-sc",
    "gem-1-bulk_reference-conditioning",
    "gem-1-sc_reference-conditioning",
    "gem-1-bulk_predict-metadata",
    "gem-1-sc_predict-metadata",
]

WORDS = [
    *[
        "liver",
        "UBERON:0002107",
        "UBERON_0002107",
        "UBERON:2107",
        "UBERON:0000027",
        "CL:0000182",
        "MONDO:0007256",
    ],
    *[
        "CVCL_0030",
        "RRID:CVCL_0030",
        "ENSG00000141510",
        "ENSG00000141510.17",
        "CHEBI:45783",
        "CHEMBL25",
        "9606",
    ],
    *[
        "PATO:0000461",
        "dmso",
        "male",
        "Male",
        "cell line",
        "PRJNA1",
        "24 hours",
        "24h",
        "10uM",
        "61",
        "61 years",
    ],
    *[
        "N/A",
        "",
        " ",
        "mean estimation",
        "sample generation",
        "bulk",
        "\ud800",
        "crispr",
        "chemical",
        "PolyA",
        "polya",
    ],
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(WORDS),
    st.just(10**400),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
metadata = st.dictionaries(
    st.one_of(st.sampled_from([*METADATA_KEYS, "tissue", "age", "tisue_ontology_id"]), st.text(max_size=8)),
    st.one_of(scalars, anything),
    max_size=8,
)
counts = st.one_of(
    anything,
    st.lists(st.one_of(st.integers(-2, 5), st.floats(), st.none()), max_size=8),
    st.just({"counts": [1, 2]}),
    st.sampled_from([[1] * 44_592, [1.0] * 37_125, np.arange(44_592), np.array([0.5, np.nan])]),
)
inputs = st.lists(
    st.one_of(
        anything,
        st.fixed_dictionaries(
            {}, optional={"metadata": st.one_of(metadata, anything), "num_samples": scalars, "counts": counts}
        ),
    ),
    max_size=4,
)


def _gem_2_item(described: dict[str, Any], other: Any) -> dict[str, Any]:
    perturbed = {
        "bioactive_entity_perturbations": [other, {"smiles": other, "entity_ontology_id": "CHEBI_16236"}]
    }
    return {"metadata": {**described, **perturbed}, "num_samples": other, "output_total": other}


gem_2 = st.fixed_dictionaries(
    {
        "operation": st.one_of(st.sampled_from(["predict-expression", "predict-metadata"]), scalars),
        "inputs": st.fixed_dictionaries(
            {
                "items": st.one_of(
                    st.lists(st.one_of(st.builds(_gem_2_item, metadata, anything), anything), max_size=3),
                    anything,
                )
            },
            optional={"modality": st.one_of(st.sampled_from(["bulk", "single-cell"]), scalars)},
        ),
    },
    optional={
        "options": anything,
        "seed": scalars,
        "model_id": st.sampled_from(["gem-2", "gem-2-bulk", "gem-2_x"]),
    },
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "inputs": st.one_of(inputs, anything),
        "sampling_strategy": scalars,
        "mode": scalars,
        "seed": scalars,
        "total_count": scalars,
        "fixed_total_count": scalars,
        "conditioning": st.one_of(scalars, st.lists(st.one_of(scalars, st.just("biological")), max_size=3)),
        "deterministic_latents": scalars,
        "model_id": st.one_of(scalars, st.sampled_from(MODELS)),
        "operation": scalars,
        "modality": scalars,
    },
)
RIGHT = {
    "tissue_ontology_id": "UBERON:0002107",
    "cell_type_ontology_id": "CL:0000182",
    "disease_ontology_id": "MONDO:0007256",
    "cell_line_ontology_id": "CVCL_0030",
    "perturbation_ontology_id": "ENSG00000141510",
    "perturbation_type": "crispr",
    "perturbation_time": "24 hours",
    "perturbation_dose": "10 um",
    "sample_type": "cell line",
    "sex": "male",
    "age_years": "61",
    "developmental_stage": "adult",
    "race": "white",
    "ethnicity": "hispanic or latino",
    "genotype": "wt",
    "study": "PRJNA248332",
    "library_selection": "PolyA",
    "library_layout": "PAIRED",
    "platform": "illumina",
}
nearly_right = st.fixed_dictionaries(
    {
        "sampling_strategy": st.sampled_from(["mean estimation", "sample generation"]),
        "inputs": st.lists(
            st.fixed_dictionaries(
                {
                    "metadata": st.fixed_dictionaries(
                        {},
                        optional={
                            key: st.one_of(st.just(value), st.just(value), st.sampled_from(WORDS), scalars)
                            for key, value in RIGHT.items()
                        },
                    ),
                    "num_samples": st.one_of(st.integers(1, 3), st.integers(1, 3), scalars),
                }
            ),
            min_size=1,
            max_size=2,
        ),
    },
    optional={
        "seed": st.integers(-1, 2**32),
        "total_count": st.integers(0, 10**20),
        "modality": st.just("bulk"),
    },
)
slow_machine = settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@slow_machine
@given(body=st.one_of(bodies, nearly_right, gem_2, anything), model=st.sampled_from(MODELS))
def test_no_body_makes_a_rule_raise_and_every_report_can_be_shown(body: Any, model: str | None) -> None:
    if isinstance(body, str):
        return  # a path
    report = validate(body, model)
    for shown in (str(report), report.to_json(), report.to_markdown(), report._repr_html_()):
        shown.encode("utf-8")


@slow_machine
@given(body=st.one_of(nearly_right, bodies), model=st.sampled_from(MODELS))
def test_validating_twice_gives_the_same_report(body: dict[str, Any], model: str | None) -> None:
    assert validate(body, model).to_json() == validate(body, model).to_json()


def parses(body: dict[str, Any], model: str | None) -> bool:
    try:
        parse_query(body, model)
    except (QueryFormatError, UnknownModelError):
        return False
    return True


@slow_machine
@given(body=st.one_of(nearly_right, bodies), model=st.sampled_from(MODELS[1:]))
def test_a_body_without_issues_is_a_query(body: dict[str, Any], model: str | None) -> None:
    assume("''" not in repr(body))  # empty text is how the service says "not set"
    if not validate(body, model).issues:
        assert parses(body, model)


@slow_machine
@given(body=st.one_of(nearly_right, bodies), model=st.sampled_from(MODELS[1:]))
def test_a_query_has_no_errors_of_structure(body: dict[str, Any], model: str | None) -> None:
    if parses(body, model):
        assert not [issue for issue in validate(body, model).errors if issue.code.startswith("structure")]


@slow_machine
@given(
    data=st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_no_file_makes_it_raise(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_bytes(data)
    report = validate(file)
    assert isinstance(report, Report)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "not valid JSON"),
        (b"[1, 2]", "a list"),
        (bytes(range(256)), "binary"),
        (b"\x1f\x8b\x08\x00rest", "gzip"),
        (b"[" * 100_000_000, "nested too deeply"),
        (b'{"seed": ' + b"9" * 5_000 + b"}", "digits"),
        ('{"seed": 1, "inputs": "µ"}'.encode("latin-1"), "UTF-8"),
    ],
    ids=["empty", "blank", "cut", "list", "binary", "gzip", "brackets", "digits", "latin-1"],
)
def test_a_file_that_is_no_query_gets_one_clear_message(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_bytes(content)
    report = validate(file)
    assert [issue.code for issue in report.issues] == ["structure.json"]
    assert says in report.issues[0].message
    assert not report.ok
    assert report.unreadable is None


def test_a_folder_and_a_missing_file_could_not_be_checked(tmp_path: Path) -> None:
    for path, says in ((tmp_path, "folder"), (tmp_path / "none.json", "no such file")):
        report = validate(path)
        assert report.unreadable is not None
        assert says in report.unreadable
        assert not report.issues
        assert not report.ok


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_forbidden_file_could_not_be_checked(tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_text("{}", encoding="utf-8")
    file.chmod(0)
    assert "permission" in (validate(file).unreadable or "")


def test_json_text_in_place_of_a_path_is_explained() -> None:
    assert "json.loads" in (validate('{"inputs": []}').unreadable or "")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_bytes(
        b"\xef\xbb\xbf"
        b'{"sampling_strategy": "mean estimation", "inputs": [{"metadata": {}, "num_samples": 1}]}'
    )
    assert not validate(file).issues


def test_keys_that_stand_twice_are_found_where_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_text(
        '{"seed": 1, "seed": 2, "sampling_strategy": "mean estimation", '
        '"inputs": [{"metadata": {"sex": "male", "sex": "female"}, "num_samples": 1}]}',
        encoding="utf-8",
    )
    issues = validate(file).issues
    assert [(issue.code, issue.pointer) for issue in issues] == [
        ("structure.duplicate-key", "/seed"),
        ("structure.duplicate-key", "/inputs/0/metadata/sex"),
    ]


def test_python_objects_that_json_cannot_hold_are_named() -> None:
    cyclic: dict[Any, Any] = {1: "x", None: 2, (3, 4): 5}
    cyclic["inputs"] = [cyclic, {"metadata": cyclic, "num_samples": {1, 2}, b"raw": 1}]
    report = validate(cyclic, "gem-1-bulk")
    assert {issue.code for issue in report.issues} >= {
        "structure.unknown-key",
        "structure.missing",
        "structure.type",
    }
    str(report)


def test_deep_nesting_is_not_followed() -> None:
    deep: Any = "bottom"
    for _ in range(100_000):
        deep = [deep]
    body = {"inputs": [{"metadata": {"sex": deep}, "counts": deep, "num_samples": deep}], "seed": deep}
    assert not validate(body).ok


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": [1] * 300_000},
        {"inputs": [{}] * 300_000},
        {f"key {at}": 1 for at in range(300_000)},
        {"inputs": [{"metadata": {f"key {at}": 1}, "num_samples": 1} for at in range(50_000)]},
        {
            "inputs": [
                {"metadata": {"tissue_ontology_id": f"part {at}"}, "num_samples": 1} for at in range(50_000)
            ]
        },
        {
            "inputs": [
                {"metadata": {"perturbation_dose": f"{at}uM"}, "num_samples": 1} for at in range(50_000)
            ]
        },
        {"inputs": [{"counts": [-0.5] * 1_000_000}]},
        {"inputs": [{"metadata": {"tissue_ontology_id": "U" * 20_000_000, "study": "P" * 20_000_000}}]},
    ],
    ids=["numbers", "objects", "keys", "keys-everywhere", "names", "doses", "counts", "text"],
)
def test_a_body_that_is_broken_throughout_does_not_hang(body: dict[str, Any]) -> None:
    start = time.perf_counter()
    report = validate(body)
    str(report)
    assert time.perf_counter() - start < 30
    assert not report.ok


def test_a_report_of_a_million_faults_is_bounded_and_says_so() -> None:
    report = validate({"inputs": ["x"] * 50_000}, "gem-1-bulk")
    assert len([issue for issue in report.issues if issue.code == "structure.type"]) == 20_000
    assert report.omitted == 30_000
    assert "30,000 more" in report.summary()


def test_ten_thousand_issues_are_all_listed() -> None:
    wrong = {"metadata": {"tissue_ontology_id": "UBERON_0002107"}, "num_samples": 1}
    report = validate({"sampling_strategy": "mean estimation", "inputs": [wrong] * 10_000}, "gem-1-bulk")
    assert len(report.errors) == 10_000
    assert report.errors[-1].pointer == "/inputs/9999/metadata/tissue_ontology_id"


def test_values_that_python_calls_equal_are_judged_one_by_one() -> None:
    ages = [1, True, 1.0, "1", -1, 0, False]
    inputs = [{"metadata": {"age_years": age}, "num_samples": 1} for age in ages]
    report = validate({"sampling_strategy": "mean estimation", "inputs": inputs}, "gem-1-bulk")
    assert [(issue.code, issue.path[1]) for issue in report.issues] == [
        ("structure.type", 1),
        ("value.range", 4),
        ("structure.type", 6),
    ]


def test_ids_are_not_called_wrong_when_the_ontology_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> Ontologies:
        raise OntologyError("the ontology snapshot is damaged")

    monkeypatch.setattr(asking, "default_ontologies", damaged)
    metadata = {"tissue_ontology_id": "UBERON:0002107", "cell_type_ontology_id": "CL_0000182", "sex": "male"}
    query = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": metadata, "num_samples": 1}]}
    report = validate(query, "gem-1-bulk")
    assert [issue.code for issue in report.issues] == ["id.unchecked", "id.noncanonical", "id.unchecked"]
    assert "damaged" in report.issues[0].message
    assert not report.releases
