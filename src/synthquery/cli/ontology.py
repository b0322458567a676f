"""``synthquery ontology``: which data answers, and whether it is intact."""

from __future__ import annotations

import typer

from synthquery.cli import OK, PROBLEMS
from synthquery.cli.output import write, write_json, write_table
from synthquery.cli.terms import AsJson

ontology = typer.Typer(
    help="Which ontology releases answer, and whether they are intact.", no_args_is_help=True, rich_markup_mode=None
)


@ontology.command(epilog="Example: synthquery ontology status")
def status(as_json: AsJson = False) -> None:
    """List the ontologies: release, number of terms, licence, and whether they are compiled in the cache."""
    from synthquery.ontology import status as ontology_status

    rows = ontology_status()
    if as_json:
        write_json(rows)
        return
    write_table(
        ("ontology", "release", "terms", "obsolete", "licence", "compiled"),
        [
            (r["name"], r["release"], f"{r['n_terms']:,}", f"{r['n_obsolete']:,}", r["licence"], "yes" if r["compiled"] else "no")
            for r in rows
        ],
    )


@ontology.command(epilog="Example: synthquery ontology verify")
def verify(as_json: AsJson = False) -> None:
    """Compare every ontology file with the checksum in the manifest. Exit code 1 when one differs."""
    from synthquery.ontology import verify as verify_snapshot

    rows = verify_snapshot()
    if as_json:
        write_json(rows)
    else:
        write_table(("ontology", "file", "result"), [(r["name"], r["file"], "ok" if r["ok"] else r["problem"]) for r in rows])
        write("all files are intact" if all(r["ok"] for r in rows) else "some files are damaged; reinstall synthquery")
    raise typer.Exit(OK if all(r["ok"] for r in rows) else PROBLEMS)
