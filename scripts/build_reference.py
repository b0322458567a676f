"""Write docs/reference.md and docs/cli.md from the docstrings and the commands themselves.

python scripts/build_reference.py          write both pages
python scripts/build_reference.py --check  exit 1 when a page is not what would be written
"""

from __future__ import annotations

import inspect
import re
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import typer

import synthquery as sq
from synthquery.cli.app import app

DOCS = Path(__file__).parent.parent / "docs"
GROUPS = {
    "Labels and terms": "resolve resolve_many resolve_frame load_decisions Decisions Decision search term "
    "is_a parents children ancestors descendants load_ontology load_bridges load_cell_lines "
    "load_gene_names OnlineSources normalise_id parse_identifier",
    "Building queries": "BulkQueryBuilder SingleCellQueryBuilder ReferenceConditioningQueryBuilder "
    "MetadataPredictionQueryBuilder load_recipe build_recipe",
    "Queries and models": "BulkQuery SingleCellQuery ReferenceConditioningQuery MetadataPredictionQuery "
    "load_query save_query parse_query list_models get_model example_query",
    "Checking": "validate validate_files rule fix",
    "Counts in": "align_counts AlignedCounts AlignmentReport",
    "Predicting": "Client Outcomes Outcome Progress make_transport list_transports SimulatorTransport HttpTransport "
    "ArrowTransport PysynthbioTransport ReplayTransport wrap guard Transport",
    "Working with results": "load_prediction log_cpm annotate check_labels LabelCheck latents_frame batch_summary "
    "plot_probabilities plot_confusion plot_latents",
    "What comes back": "Term Candidate Resolution Identifier Issue Report FixedFile Prediction ModelSpec Request Query",
}


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # of functions in annotations: another one in every run


def signature(name: str, thing: Any) -> str:
    """``name(arguments)`` without the annotations of the return value's module."""
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return name
    try:
        return _ADDRESS.sub("", f"{name}{inspect.signature(thing)}")
    except (TypeError, ValueError):
        return name


def members(thing: Any) -> list[tuple[str, Any]]:
    """The public methods and properties a class defines itself or takes from a class of this package."""
    found = []
    for name, _ in inspect.getmembers(thing):
        if name.startswith("_"):
            continue
        owner = next((c for c in thing.__mro__ if name in vars(c)), None)
        if owner is None or not owner.__module__.startswith("synthquery"):
            continue
        member = inspect.getattr_static(thing, name)
        if isinstance(member, classmethod | staticmethod):
            member = member.__func__
        if isinstance(member, property | cached_property) or inspect.isfunction(member):
            found.append((name, member))
    return found


def entry(name: str) -> str:
    """The part of the page about one public name."""
    thing = getattr(sq, name)
    parts = [
        f"### `{name}`",
        f"```text\n{signature(name, thing)}\n```",
        f"```text\n{inspect.getdoc(thing)}\n```",
    ]
    if inspect.isclass(thing):
        for member_name, member in members(thing):
            documented = inspect.getdoc(member)
            if not documented:
                continue
            is_value = isinstance(member, property | cached_property)
            shown = member_name if is_value else signature(member_name, member)
            parts.append(f"- `.{shown}`: {documented.splitlines()[0]}")
    return "\n\n".join(parts)


def reference() -> str:
    """The page of all public names."""
    listed = {name for names in GROUPS.values() for name in names.split()}
    errors = [name for name in sq.__all__ if name.endswith("Error")]
    rest = set(sq.__all__) - listed - set(errors) - {"__version__"}
    assert not rest, f"in no group: {sorted(rest)}"
    page = [
        "# Reference",
        "Each name is `sq.NAME` after `import synthquery as sq`; `__version__` is the library's version.",
    ]
    for title, names in GROUPS.items():
        page += [f"## {title}", *(entry(name) for name in names.split())]
    page += ["## Errors", f"```text\n{inspect.getdoc(sys.modules['synthquery.errors'])}\n```"]
    page += [f"- `{name}`: {(inspect.getdoc(getattr(sq, name)) or '').splitlines()[0]}" for name in errors]
    return "\n\n".join(page) + "\n"


def command_line() -> str:
    """The page of all commands."""
    page = ["# Command line", f"{app.info.help} {app.info.epilog}"]

    def describe(command: Any, path: str) -> None:
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                describe(child, f"{path} {name}")
            return
        page.append(f"## `{path}`")
        page.append(f"{command.help}\n\n```sh\n{(command.epilog or '').removeprefix('Example: ')}\n```")
        rows = ["| argument or option | |", "| --- | --- |"]
        for parameter in command.params:
            if parameter.param_type_name == "option":
                spelling = ", ".join([*parameter.opts, *parameter.secondary_opts])
            else:
                spelling = str(parameter.metavar or parameter.name).upper()
            if parameter.name != "help":
                rows.append(f"| `{spelling}` | {getattr(parameter, 'help', '') or ''} |")
        page.append("\n".join(rows))

    describe(typer.main.get_command(app), "synthquery")
    return "\n\n".join(page) + "\n"


def main() -> int:
    stale = []
    for name, text in (("reference.md", reference()), ("cli.md", command_line())):
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    print(f"{'stale' if '--check' in sys.argv else 'written'}: {', '.join(stale) or 'nothing'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
