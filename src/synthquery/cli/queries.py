"""Commands about queries: ``build`` and ``predict``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthquery.cli import locking
from synthquery.cli.choose import DecisionsFile, Interactive, ask_all, open_decisions
from synthquery.cli.output import note, write, write_json, write_table
from synthquery.cli.terms import AsJson
from synthquery.cli.validate import ModelId, verdict
from synthquery.resources import write_atomically

if TYPE_CHECKING:
    from synthquery.recipe import BuiltRecipe, Recipe
    from synthquery.resolver import Decisions


def build(
    recipe: Annotated[Path, typer.Argument(help="A recipe of labels: YAML, JSON or TOML.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the query here, and beside it where every ID came from."),
    ] = None,
    interactive: Interactive = False,
    decisions_file: DecisionsFile = None,
    lock: locking.Write = False,
    locked: locking.Locked = False,
    lock_file: locking.File = locking.DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Turn a recipe of labels into a query of ontology IDs, and say how every label was matched."""
    from synthquery.recipe import load_recipe
    from synthquery.validation import validate as check
    from synthquery.wire import query_text, save_query

    path, decisions = open_decisions(decisions_file, interactive)
    with locking.following(lock_file, write=lock, strict=locked) as kept:
        decisions = kept.decisions(decisions)
        built = _built(load_recipe(recipe), decisions, path if interactive else None)
        report = check(built.query)
        kept.built(recipe, built, output, decisions)
    if output is not None:
        save_query(built.query, output)
        provenance = output.with_suffix(".provenance.json")
        write_atomically(provenance, json.dumps(_provenance(built), indent=2, ensure_ascii=False) + "\n")
        note(f"wrote {output} and {provenance}")
    if as_json:
        write_json({"query": built.query.to_dict(), **_provenance(built), "report": report.to_dict()})
    else:
        columns = ("where", "label", "ID", "term", "how", "score", "release")
        rows = [
            (m.place, m.label, m.id, m.term_label, m.how, f"{m.score:.2f}", m.release) for m in built.matches
        ]
        write_table(columns, rows, to_stderr=output is None)
        if output is None:
            write(query_text(built.query).rstrip("\n"))
        if report.issues:
            note(str(report))
    raise typer.Exit(verdict([report]))


def predict(
    file: Annotated[Path, typer.Argument(help="A query file, JSON or YAML.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the results; made if missing.")],
    transport: Annotated[str, typer.Option(help="What answers: simulator.")] = "simulator",
    model: ModelId = None,
    as_json: AsJson = False,
) -> None:
    """Check a query, send it, and save metadata, expression, the query and the report."""
    from synthquery.cli.predicted import show
    from synthquery.client import Client
    from synthquery.validation import validate as check
    from synthquery.wire import load_query, save_query

    with Client(transport=transport) as client:
        report = check(file, model_id=model)
        if not report.ok or report.unreadable:
            note(f"{file}: {report}")
            note("nothing was sent")
            raise typer.Exit(verdict([report]))
        query = load_query(file, model_id=model)
        prediction = client.predict(query)
    saved = prediction.save(output)
    save_query(query, output / "query.json")
    write_atomically(output / "report.json", report.to_json() + "\n")
    files = [*saved, output / "query.json", output / "report.json"]
    if as_json:
        write_json({**prediction.summary(), "files": [str(path) for path in files]})
    else:
        show(prediction)
        write(f"saved in {output}: {', '.join(path.name for path in files)}")


def _built(recipe: Recipe, decisions: Decisions | None, ask_and_keep: Path | None) -> BuiltRecipe:
    """The query of a recipe; given a path, a person is asked about the labels that do not resolve."""
    from synthquery.errors import RecipeError
    from synthquery.recipe import build_recipe

    try:
        return build_recipe(recipe, decisions=decisions)
    except RecipeError as error:
        if ask_and_keep is None or decisions is None:
            raise
        open_labels = [one.resolution for one in error.problems if one.resolution is not None]
        if not ask_all(open_labels, decisions, ask_and_keep):
            raise
    return build_recipe(recipe, decisions=decisions)


def _provenance(built: BuiltRecipe) -> dict[str, Any]:
    return {
        "model_id": built.query.model_id,
        "releases": built.releases,
        "matches": [match.to_dict() for match in built.matches],
    }
