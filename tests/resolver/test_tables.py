"""The tables a biologist may correct are well formed and speak of terms that exist."""

import json

import pytest

from synthquery.resolver.features import FEATURES
from synthquery.resolver.fields import FIELDS
from synthquery.resolver.store import index_for
from synthquery.resolver.trust import FACTS
from synthquery.resolver.words import Vocabulary, read_table
from synthquery.resources import data_file

COLUMNS = {
    "abbreviations.tsv": ["field", "short", "full"],
    "concepts.tsv": ["field", "concept", "words"],
    "names.tsv": ["field", "name", "id", "note"],
    "noise.tsv": ["field", "word", "weight"],
    "related.tsv": ["field", "word", "like", "likeness"],
}


@pytest.mark.parametrize("table", COLUMNS)
def test_every_row_is_whole_and_of_a_known_field(table):
    rows = list(read_table(table))
    assert rows
    for row in rows:
        assert list(row) == COLUMNS[table]
        assert all(row.values()), row
        assert row["field"] == "*" or set(row["field"].split(",")) <= set(FIELDS), row


def test_names_lead_to_live_terms():
    known = {}
    for row in read_table("names.tsv"):
        if row["field"] not in known:
            index = index_for(row["field"])
            known[row["field"]] = {index.term_id(n) for n in range(index.n_terms)}
        assert row["id"] in known[row["field"]], row


def test_no_abbreviation_is_listed_twice():
    seen = set()
    for row in read_table("abbreviations.tsv"):
        for short in row["short"].split("|"):
            assert (row["field"], short) not in seen, short
            seen.add((row["field"], short))


@pytest.mark.parametrize("field", FIELDS)
def test_the_vocabulary_of_every_field_can_be_read(field):
    assert Vocabulary(field).stop >= {"of", "the"}


def test_weights_cover_every_feature_and_fact():
    weights = json.loads(data_file("resolving/weights.json").read_text())
    trust = json.loads(data_file("resolving/trust.json").read_text())
    assert all(list(table) == list(FEATURES) for table in weights.values())
    assert all(list(table["weights"]) == list(FACTS) for table in trust.values())
    assert all(0.5 <= table["threshold"] < 1 for table in trust.values())
