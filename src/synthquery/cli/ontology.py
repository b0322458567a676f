"""``synthquery ontology``: which data answers, and whether it is intact."""

from __future__ import annotations

import typer

from synthquery.cli import OK, PROBLEMS
from synthquery.cli.output import write, write_json, write_table
from synthquery.cli.terms import AsJson

ontology = typer.Typer(
    help="Which ontology releases answer, and whether they are intact.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@ontology.command(epilog="Example: synthquery ontology status")
def status(as_json: AsJson = False) -> None:
    """List the ontologies: release, number of terms, licence, and whether they are compiled in the cache."""
    from synthquery.ontology import status as ontology_status

    rows = ontology_status()
    if as_json:
        write_json([row.to_dict() for row in rows])
        return
    write_table(
        ("ontology", "title", "release", "terms", "obsolete", "licence", "compiled"),
        [
            (
                row.name,
                row.title,
                row.release,
                f"{row.n_terms:,}",
                f"{row.n_obsolete:,}",
                row.licence,
                "yes" if row.compiled else "at first use",
            )
            for row in rows
        ],
    )


@ontology.command(epilog="Example: synthquery ontology verify")
def verify(as_json: AsJson = False) -> None:
    """Compare every ontology table with the checksum in the manifest. Exit code 1 when one differs."""
    from synthquery.ontology import verify as verify_snapshot

    problems = verify_snapshot()
    intact = not any(problems.values())
    if as_json:
        write_json({"ok": intact, "problems": problems})
    else:
        write_table(("ontology", "result"), [(name, problem or "ok") for name, problem in problems.items()])
        write("all tables are intact" if intact else "some tables are damaged: reinstall synthquery")
    raise typer.Exit(OK if intact else PROBLEMS)
