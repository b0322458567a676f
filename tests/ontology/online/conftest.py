"""Local services in front of real terms, and sources that ask them without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from synthquery.ontology import default_ontologies
from synthquery.ontology.online import OnlineSources
from tests.servers.ontology_services import OntologyServices

Open = Callable[..., OnlineSources]


@pytest.fixture
def services() -> Iterator[OntologyServices]:
    """All services, with UBERON, CL and MONDO at OLS."""
    stores = {name.lower(): default_ontologies().store(name) for name in ("UBERON", "CL", "MONDO")}
    with OntologyServices(dict(stores)) as running:
        yield running


@pytest.fixture
def open_online(services: OntologyServices, tmp_path: Path) -> Iterator[Open]:
    """Sources that ask the local services; each call is a new program with the same cache."""
    opened: list[OnlineSources] = []

    def connect(**changes: Any) -> OnlineSources:
        settings = {"cache_folder": tmp_path / "cache", "per_second": 0, "read_timeout": 0.4, **changes}
        opened.append(OnlineSources(services.urls, **settings))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


@pytest.fixture
def online(open_online: Open) -> OnlineSources:
    return open_online()
