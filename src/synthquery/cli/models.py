"""Commands about models: ``models``, ``example`` and ``schema``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from synthquery.cli.output import note, write, write_json, write_table
from synthquery.cli.terms import AsJson


def models(as_json: AsJson = False) -> None:
    """List the models that queries can be built for."""
    from synthquery.catalog import list_models

    known = list_models()
    if as_json:
        write_json([model.to_dict() for model in known])
        return
    rows = [
        (m.model_id, m.family, m.modality, f"{m.n_genes:,}", ", ".join(m.strategies) or "-") for m in known
    ]
    write_table(("model", "family", "modality", "genes", "sampling strategies"), rows)


def example(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model ID, as `synthquery models` lists them.")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the query file here.")] = None,
) -> None:
    """Print a query that the model accepts, to start from."""
    from synthquery.client import example_query
    from synthquery.wire import parse_query, save_query

    body = example_query(model)
    if output is None:
        write(json.dumps(body, indent=2))
        return
    save_query(parse_query(body, model), output)
    note(f"wrote {output}")


def schema(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model ID, as `synthquery models` lists them.")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the schema here.")] = None,
) -> None:
    """Print the JSON Schema of a model's queries: editors complete and check with it."""
    from synthquery.resources import write_atomically
    from synthquery.validation.schema import query_schema

    text = json.dumps(query_schema(model), indent=2, ensure_ascii=False)
    if output is None:
        write(text)
        return
    write_atomically(output, text + "\n")
    note(f"wrote {output}")
