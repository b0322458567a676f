"""``synthquery ontology``: which data answers, whether it is intact, and how to have other releases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthquery.cli import OK, PROBLEMS, UNCHECKED
from synthquery.cli.output import note, write, write_json, write_table
from synthquery.cli.terms import AsJson

if TYPE_CHECKING:
    from synthquery.ontology.snapshot import Entry
    from synthquery.ontology.updates import ReleaseDiff

Name = Annotated[str, typer.Argument(help="An ontology, as `synthquery ontology status` lists them.")]
_SHOWN = 20

ontology = typer.Typer(
    help="Which ontology releases answer, whether they are intact, and how to have others.",
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
        ("ontology", "title", "release", "from", "terms", "obsolete", "licence", "compiled"),
        [
            (
                row.name,
                row.title,
                row.release,
                row.origin,
                f"{row.n_terms:,}" if row.n_terms or not row.n_mappings else f"{row.n_mappings:,} mappings",
                f"{row.n_obsolete:,}",
                row.licence,
                "yes" if row.compiled else "at first use",
            )
            for row in rows
        ],
    )
    spare = [(row.name, release) for row in rows for release in row.others]
    if spare:
        note("also here: " + ", ".join(f"{name}@{release}" for name, release in spare))


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


@ontology.command(epilog="Example: synthquery ontology update MONDO CL")
def update(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME[@RELEASE]]...", help="Which ontologies; all that have official releases."
        ),
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A folder of release files to ask instead of the publishers."),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="What the file must have (with one NAME).")
    ] = None,
    locked: Annotated[
        Path | None,
        typer.Option(
            "--from-lock", metavar="FILE", help="Download what this lock file names and is not here."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download official releases and let them answer; what was in use stays until all went well."""
    from synthquery.cli.progress import download_bars
    from synthquery.errors import OntologyError
    from synthquery.ontology.updates import updatable, update_ontology

    if sha256 and (len(names or ()) != 1 or locked):
        raise typer.BadParameter("--sha256 belongs to one ontology: name it")
    if locked is not None:
        if names:
            raise typer.BadParameter("--from-lock names the ontologies: leave NAME out")
        wanted = _locked_releases(locked)
    else:
        wanted = [(*_name_and_release(one), sha256) for one in names or updatable()]
    done = []
    failed = 0
    for name, release, digest in wanted:
        try:
            with download_bars() as bars:
                found = update_ontology(name, release, mirror=mirror, sha256=digest, bars=bars)
        except OntologyError as error:
            failed += 1
            note(f"error: {error}")
            continue
        done.append(found)
        if not as_json:
            entry = found.entry
            was = f" (before: {found.before})" if found.before != entry.release else " already"
            write(f"{entry.name} {entry.release} is in use{was}: {entry.n_terms:,} terms")
    if as_json:
        write_json([{**_shown(one.entry), "before": one.before, "new": one.new} for one in done])
    raise typer.Exit(UNCHECKED if failed else OK)


@ontology.command(epilog="Example: synthquery ontology use MONDO@packaged")
def use(
    release: Annotated[
        str, typer.Argument(metavar="NAME@RELEASE", help="For example MONDO@v2026-05-05, or MONDO@packaged.")
    ],
) -> None:
    """Let another installed release answer, or the packaged one again."""
    from synthquery.ontology.updates import use_release

    name, at, wanted = release.partition("@")
    if not at or not wanted:
        raise typer.BadParameter("expected NAME@RELEASE; NAME@packaged is the one that came with synthquery")
    entry = use_release(name, wanted)
    write(f"{entry.name} {entry.release} ({entry.origin}) is in use")


@ontology.command(epilog="Example: synthquery ontology diff MONDO --queries queries/")
def diff(
    name: Name,
    old: Annotated[str | None, typer.Option(metavar="RELEASE", help="The packaged release.")] = None,
    new: Annotated[str | None, typer.Option(metavar="RELEASE", help="The release in use.")] = None,
    queries: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Say which of the queries here are touched.", exists=True, file_okay=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What changes between two releases. With --queries exit code 1 when it touches one of them."""
    from synthquery.ontology.updates import compare_releases, touched_files

    found = compare_releases(name, old, new)
    touched = touched_files(found, queries) if queries is not None else {}
    if as_json:
        write_json({**found.to_dict(), **({"queries": touched} if queries is not None else {})})
    else:
        _show_diff(found)
        for file, hits in touched.items():
            for identifier, fate in hits.items():
                write(f"{file}: {identifier}: {fate}")
        if queries is not None and not touched:
            write(f"none of the queries in {queries} is touched")
    raise typer.Exit(PROBLEMS if touched else OK)


@ontology.command(epilog="Example: synthquery ontology remove MONDO@v2026-05-05")
def remove(
    release: Annotated[
        str, typer.Argument(metavar="NAME[@RELEASE]", help="One installed release, or all of an ontology.")
    ],
) -> None:
    """Remove installed releases; the packaged one answers again where the removed one was in use."""
    from synthquery.ontology.updates import remove_release

    name, _, wanted = release.partition("@")
    for entry in remove_release(name, wanted or None):
        write(f"removed {entry.name} {entry.release}")


@ontology.command(epilog="Example: synthquery ontology add my-tissues.obo --name lab")
def add(
    file: Annotated[
        Path,
        typer.Argument(
            help="OBO, OWL, OBO-graph JSON, cellosaurus.txt, HGNC table, SSSOM table; plain or packed."
        ),
    ],
    name: Annotated[
        str | None, typer.Option(help="What to call it; MONDO makes it a release of MONDO.")
    ] = None,
    fields: Annotated[
        list[str] | None, typer.Option("--field", help="A field to search its terms for, such as disease.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a file of yours answer: new terms, more names for known terms, ways across from other ontologies.

    What had to be mended or left out in it is listed, with the line.
    """
    from synthquery.ontology.updates import add_ontology
    from synthquery.resolver import field_name

    found = add_ontology(file, name, [field_name(field) for field in fields or ()])
    entry = found.entry
    if as_json:
        repairs = [repair._asdict() for repair in found.repairs]
        came = {"before": found.before, "new": found.new, "repairs": repairs}
        write_json({**_shown(entry), **came, "collisions": list(found.collisions)})
        return
    _list_some("mended or left out", list(map(str, found.repairs)))
    _list_some("names that several genes share", list(found.collisions))
    held = [f"{entry.n_terms:,} terms"] if entry.n_terms else []
    held += [f"{entry.n_mappings:,} mappings"] if entry.n_mappings else []
    whole = entry.n_terms and not entry.prefixes
    how = f"a release of {entry.name}" if whole else "beside the packaged ontologies"
    write(f"{entry.name} {entry.release} is in use, {how}: {' and '.join(held)} from {file}")


def _list_some(title: str, lines: list[str]) -> None:
    """What a file had to be told of, on the side; nothing where there is nothing to tell."""
    if lines:
        note(f"{title}: {len(lines):,}")
    for line in lines[:_SHOWN]:
        note(f"  {line}")
    if len(lines) > _SHOWN:
        note(f"  ... and {len(lines) - _SHOWN:,} more (--json lists all)")


def _name_and_release(text: str) -> tuple[str, str | None]:
    name, _, release = text.partition("@")
    return name, release or None


def _locked_releases(path: Path) -> list[tuple[str, str | None, str | None]]:
    """Name, release and hash of what a lock file names and is not here."""
    from synthquery.lock import load_lock

    missing = load_lock(path).downloads()
    if not missing:
        note(f"everything official that {path} locks is here")
    return [(name, one.release.partition("+")[0], one.sha256) for name, one in missing.items()]


def _shown(entry: Entry) -> dict[str, object]:
    names = (
        *("name", "release", "origin", "source_url", "source_sha256", "sha256", "n_terms", "n_obsolete"),
        *("n_mappings", "n_records"),
    )
    return {name: getattr(entry, name) for name in names}


def _show_diff(found: ReleaseDiff) -> None:
    write(f"{found.name}: {found.old} -> {found.new}")
    groups = {
        "new": [str(term) for term in found.added],
        "obsoleted": [
            f"{term}, replaced by {term.replaced_by}" if term.replaced_by else str(term)
            for term in found.obsoleted
        ],
        "removed": [str(term) for term in found.removed],
        "renamed": [f"{old} -> {new.label}" for old, new in found.renamed],
    }
    for title, lines in groups.items():
        write(f"{len(lines):,} {title}")
        for line in lines[:_SHOWN]:
            write(f"  {line}")
        if len(lines) > _SHOWN:
            write(f"  ... and {len(lines) - _SHOWN:,} more (--json lists all)")
