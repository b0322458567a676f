"""Commands about terms: ``resolve``, ``term`` and ``search``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from synthquery.cli import OK, PROBLEMS, UNCHECKED
from synthquery.cli.choose import DecisionsFile, Interactive, ask_all, open_decisions
from synthquery.cli.online import Online, online_sources
from synthquery.cli.output import note, write, write_json, write_table
from synthquery.errors import UnknownTermError

if TYPE_CHECKING:
    from synthquery.ontology import Term
    from synthquery.ontology.online import OnlineSources, Relation
    from synthquery.resolver import Decisions, Resolution

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SUGGESTIONS = 5


def resolve(
    field: Annotated[
        str, typer.Argument(help="What the labels name: tissue, cell-type, disease, cell-line, gene ...")
    ],
    labels: Annotated[
        list[str], typer.Argument(help="Labels or IDs; - reads them from standard input, one a line.")
    ],
    within: Annotated[
        str | None, typer.Option(metavar="ID", help="Only what is this term, or a kind or part of it.")
    ] = None,
    tissue: Annotated[
        str | None, typer.Option(help="Read cell types and diseases in the light of this tissue.")
    ] = None,
    species: Annotated[str | None, typer.Option(help="Species of the samples; human unless given.")] = None,
    limit: Annotated[int, typer.Option(help="Show at most so many candidates.", min=1)] = _SUGGESTIONS,
    interactive: Interactive = False,
    decisions_file: DecisionsFile = None,
    online: Online = False,
    as_json: AsJson = False,
) -> None:
    """Find the ontology term each label means. Exit code 1 when one of them does not clearly resolve."""
    if interactive and labels == ["-"]:
        raise typer.BadParameter(
            "--interactive reads the choices from standard input: give the labels as words"
        )
    wanted = sys.stdin.read().splitlines() if labels == ["-"] else labels
    path, decisions = open_decisions(decisions_file, interactive)
    narrow = _Narrow(within, species, {"tissue": tissue} if tissue else None)
    with online_sources(online) as services:
        answers = _answers(wanted, field, narrow, decisions, services)
        if interactive and decisions is not None and ask_all(answers, decisions, path):
            answers = _answers(wanted, field, narrow, decisions, services)
    if as_json:
        data = [answer.to_dict() for answer in answers]
        for row in data:
            row["candidates"] = row["candidates"][:limit]
        write_json(data)
    else:
        _show(answers, limit)
    failed = UNCHECKED if services is not None and services.failures else PROBLEMS
    raise typer.Exit(OK if all(answer.term for answer in answers) else failed)


def term(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="An ontology ID in any usual spelling.")],
    parents: Annotated[bool, typer.Option("--parents", help="List the parents.")] = False,
    children: Annotated[bool, typer.Option("--children", help="List the children.")] = False,
    ancestors: Annotated[bool, typer.Option("--ancestors", help="List all ancestors.")] = False,
    descendants: Annotated[bool, typer.Option("--descendants", help="List all descendants.")] = False,
    online: Online = False,
    as_json: AsJson = False,
) -> None:
    """Show a term: label, synonyms, what replaces it, its place in the ontology."""
    asked: dict[Relation, bool] = {
        "parents": parents,
        "children": children,
        "ancestors": ancestors,
        "descendants": descendants,
    }
    with online_sources(online) as services:
        found, related = _looked_up(identifier, [name for name, wanted in asked.items() if wanted], services)
    if as_json:
        write_json({**found.to_dict(), **{name: list(ids) for name, ids in related.items()}})
        return
    facts = {
        "ID": found.id,
        "label": found.label or "(none)",
        "ontology": f"{found.ontology} {found.release}",
        "biotype": found.biotype,
        "obsolete": "yes" if found.obsolete else None,
        "replaced by": found.replaced_by and _named(found.replaced_by),
        "consider": ", ".join(_named(other) for other in found.consider),
        "synonyms": "; ".join(found.synonyms),
        "parents": None if parents else ", ".join(_named(parent) for parent in found.parents),
    }
    write_table(("", ""), [(name, fact) for name, fact in facts.items() if fact])
    for name, ids in related.items():
        write(f"\n{name}: {len(ids)}")
        for other in ids:
            write(f"  {_named(other)}")


def search(
    text: Annotated[str, typer.Argument(help="Words to look for.")],
    field: Annotated[str | None, typer.Option(help="Look only at the terms of this field.")] = None,
    limit: Annotated[int, typer.Option(help="Show at most so many terms.", min=1)] = 10,
    online: Online = False,
    as_json: AsJson = False,
) -> None:
    """List the terms whose names come nearest to a text, best first. Exit code 1 when there is none.

    With --online also newer terms that have the very name.
    """
    from synthquery.resolver import search as search_terms

    found = search_terms(text, field=field, limit=limit)
    with online_sources(online) as services:
        if services is not None:
            from synthquery.resolver.online import search_online

            found = search_online(text, field, limit, found, services)
            for reason in dict.fromkeys(services.failures.values()):
                note(f"warning: {reason}")
    if as_json:
        write_json([candidate.to_dict() for candidate in found])
    elif found:
        rows = [(c.term.id, c.term.label, c.matched, c.how, f"{c.score:.2f}") for c in found]
        write_table(("ID", "term", "matched", "how", "score"), rows)
    else:
        write("nothing found")
    failed = UNCHECKED if services is not None and services.failures else PROBLEMS
    raise typer.Exit(OK if found else failed)


class _Narrow(NamedTuple):
    """What is known besides the labels."""

    within: str | None
    species: str | None
    context: dict[str, str] | None


def _answers(
    labels: list[str],
    field: str,
    narrow: _Narrow,
    decisions: Decisions | None,
    services: OnlineSources | None,
) -> list[Resolution]:
    from synthquery.resolver import resolve_many

    answers = resolve_many(
        labels,
        field,
        within=narrow.within,
        species=narrow.species,
        context=narrow.context,
        decisions=decisions,
    )
    if services is None:
        return answers
    from synthquery.resolver.online import resolve_online

    return resolve_online(answers, services, decisions=decisions)


def _looked_up(
    identifier: str, relations: list[Relation], services: OnlineSources | None
) -> tuple[Term, dict[str, tuple[str, ...]]]:
    """A term and its relatives, from the offline data or else from the services."""
    import synthquery as sq

    try:
        found = sq.term(identifier)
    except UnknownTermError:
        if services is None:
            raise
        found = services.term(identifier)
        return found, {name: services.relatives(found.id, name) for name in relations}
    return found, {name: getattr(sq, name)(found.id) for name in relations}


def _show(answers: list[Resolution], limit: int) -> None:
    """A row a label; below, what did not resolve or was replaced, with the reason and the candidates."""
    rows = []
    for answer in answers:
        if answer.term and answer.best:
            best = answer.best
            rows.append(
                (_shown(answer.label), answer.term.id, answer.term.label, best.how, f"{best.score:.2f}")
            )
        else:
            rows.append((_shown(answer.label), "-", answer.status, "", ""))
    write_table(("label", "ID", "term", "how", "score"), rows)
    for answer in answers:
        how = answer.best.how if answer.best else ""
        remarkable = " (replaces" in how or how == "bridge" or any(each in answer.reason for each in _REMARKS)
        if answer.term is None or remarkable:
            write(f"\n{_shown(answer.label)}: {answer.reason}")
        if answer.term is None:
            for candidate in answer.candidates[:limit]:
                write(f"  {candidate.score:.2f}  {candidate.term}  [{candidate.how}: {candidate.matched}]")


_REMARKS = (
    "problematic",
    "it is also",
)  # a line that is not what it was taken for; a symbol that genes share


def _shown(label: str) -> str:
    """A label as a person recognises it, also one of spaces only."""
    return label if label.strip() else f'"{label}"'


def _named(identifier: str) -> str:
    from synthquery.ontology import default_ontologies

    known = default_ontologies().get(identifier)
    return str(known) if known else identifier
