"""``synthquery vocab``: what a model accepts, as its owner publishes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthquery.cli import OK, PROBLEMS
from synthquery.cli.output import note, write, write_json, write_table
from synthquery.cli.terms import AsJson

vocab = typer.Typer(
    help="The values a model accepts: add the list its owner publishes, and validation follows it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model ID, as `synthquery models` lists them.")]


@vocab.command(epilog="Example: synthquery vocab add gem-1-bulk accepted.json")
def add(
    model: Model,
    file: Annotated[Path, typer.Argument(help="JSON: an object of fields, each with a list of its values.")],
    as_json: AsJson = False,
) -> None:
    """Keep the list of a model; an earlier one is replaced."""
    from synthquery.vocab import add_vocabulary

    found = add_vocabulary(model, file)
    if as_json:
        write_json(found.to_dict())
        return
    counts = ", ".join(f"{key} {len(values):,}" for key, values in found.values.items())
    write(f"validation for {found.model_id} follows {file}: {counts}")


@vocab.command("list", epilog="Example: synthquery vocab list")
def show(as_json: AsJson = False) -> None:
    """List the vocabularies that were added."""
    from synthquery.vocab import list_vocabularies

    found = list_vocabularies()
    if as_json:
        write_json([vocabulary.to_dict() for vocabulary in found])
    elif found:
        rows = [
            (vocabulary.model_id, key, f"{len(values):,}", vocabulary.source)
            for vocabulary in found
            for key, values in vocabulary.values.items()
        ]
        write_table(("model", "key", "values", "from"), rows)
    else:
        write("no vocabulary was added: real terms of the right ontology pass for every model")


@vocab.command(epilog="Example: synthquery vocab remove gem-1-bulk")
def remove(model: Model) -> None:
    """Forget the list of a model. Exit code 1 when there is none."""
    from synthquery.vocab import remove_vocabulary

    if remove_vocabulary(model):
        write(f"validation for {model} follows the ontologies alone")
        raise typer.Exit(OK)
    note(f"there is no vocabulary of {model}")
    raise typer.Exit(PROBLEMS)
