"""The formats that have an official schema conform to it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from synthquery.validation import codes
from synthquery.validation.formats import Results, render


@pytest.fixture
def sarif(schemas: Path) -> jsonschema.Draft7Validator:
    schema = json.loads((schemas / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


def test_sarif_conforms_to_its_schema(sarif: jsonschema.Draft7Validator, results: Results) -> None:
    sarif.validate(json.loads(render(results, "sarif")))
    sarif.validate(json.loads(render([], "sarif")))


def test_sarif_of_every_code_conforms_to_its_schema(sarif: jsonschema.Draft7Validator) -> None:
    from synthquery.validation import Issue, Report

    issues = tuple(
        Issue(code.name, code.severity, ("inputs", 0), None, code.why) for code in codes().values()
    )
    log = json.loads(render([("query.json", Report(issues=issues))], "sarif"))
    sarif.validate(log)
    assert len(log["runs"][0]["tool"]["driver"]["rules"]) == len(codes())


def test_a_sarif_result_points_to_its_rule_and_place(results: Results) -> None:
    run = json.loads(render(results, "sarif"))["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    first = run["results"][0]["locations"][0]
    assert first["physicalLocation"]["artifactLocation"]["uri"] == "queries/a%20liver.json"
    assert first["logicalLocations"][0]["fullyQualifiedName"] == "/inputs/0/metadata/tissue_ontology_id"
    assert run["invocations"][0]["executionSuccessful"] is False


def test_the_fingerprint_of_a_sarif_result_is_that_of_its_place(results: Results) -> None:
    def prints(some: Results) -> list[str]:
        found = json.loads(render(some, "sarif"))["runs"][0]["results"]
        return [one["partialFingerprints"]["synthquery/v1"] for one in found]

    assert len(set(prints(results))) == 4
    assert prints(results)[:3] == prints(results[:1])


def test_junit_conforms_to_its_schema(schemas: Path, results: Results) -> None:
    schema = etree.XMLSchema(etree.parse(schemas / "junit.xsd"))
    for some in (results, []):
        schema.assertValid(etree.fromstring(render(some, "junit").encode()))


def test_junit_fails_files_with_errors_and_passes_warnings(results: Results) -> None:
    suite = etree.fromstring(render(results, "junit").encode())[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "1")
    assert [[child.tag for child in case] for case in suite.iter("testcase")] == [
        ["failure"],
        [],
        [],
        ["error"],
    ]


class _Page(HTMLParser):
    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert "src" not in given, "the page must need no other file"
        self.links += [given["href"] or ""] if "href" in given else []
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_needs_no_other_file_and_links_to_terms(results: Results) -> None:
    page = _Page()
    page.feed(render(results, "html"))
    page.close()
    assert page.open == []
    assert "http://purl.obolibrary.org/obo/UBERON_0002107" in page.links
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
