"""The option ``--online``: services on the network where the offline data has no answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from synthquery.ontology.online import OnlineSources

Online = Annotated[
    bool,
    typer.Option(
        "--online", help="Ask OLS, Ensembl, HGNC and Cellosaurus where the offline data has no answer."
    ),
]


@contextmanager
def online_sources(wanted: bool) -> Iterator[OnlineSources | None]:
    """The services, connected when something is asked; None when they are not wanted."""
    if not wanted:
        yield None
        return
    from synthquery.ontology.online import OnlineSources  # loads the HTTP client

    with OnlineSources() as online:
        yield online
