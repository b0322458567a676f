"""The application: every command, and how an error of the library becomes a message and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from synthquery import __version__
from synthquery.cli import UNCHECKED, USAGE
from synthquery.cli.align import align
from synthquery.cli.fix import fix
from synthquery.cli.jobs import jobs
from synthquery.cli.models import example, models, schema
from synthquery.cli.ontology import ontology
from synthquery.cli.output import exit_code, fail, progress_line, warnings_as_notes
from synthquery.cli.queries import build, predict
from synthquery.cli.serve import serve_simulator
from synthquery.cli.terms import resolve, search, term
from synthquery.cli.transports import transports
from synthquery.cli.validate import explain, validate
from synthquery.cli.vocab import vocab
from synthquery.errors import InvalidQueryError, SynthQueryError

app = typer.Typer(
    name="synthquery",
    help="Build, check and send queries for generative gene-expression models: labels in, ontology IDs out.",
    epilog="Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 could not be checked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command, usage in (
    (resolve, 'synthquery resolve tissue liver "vastus lateralis"'),
    (term, "synthquery term UBERON:0002107 --ancestors"),
    (search, 'synthquery search "hepatocellular" --field disease'),
    (build, "synthquery build recipe.yaml -o query.json"),
    (validate, "synthquery validate queries/ --format sarif -o problems.sarif"),
    (fix, "synthquery fix query.yaml --diff"),
    (predict, "synthquery predict query.json --transport simulator -o results"),
    (align, "synthquery align reads.h5ad --gene-order results -o query.json"),
    (transports, "synthquery transports"),
    (explain, "synthquery explain term.obsolete"),
    (models, "synthquery models"),
    (example, "synthquery example gem-1-bulk -o query.json"),
    (serve_simulator, "synthquery serve-simulator --port 8765 --latency 2"),
    (schema, "synthquery schema gem-1-bulk -o gem-1-bulk.schema.json"),
):
    app.command(epilog=f"Example: {usage}")(command)
app.add_typer(ontology, name="ontology")
app.add_typer(vocab, name="vocab")
app.add_typer(jobs, name="jobs")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"synthquery {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before the command."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors of the library become messages."""
    from synthquery.ontology.progress import set_progress

    before = set_progress(progress_line())
    try:
        with warnings_as_notes():
            app(args=None if arguments is None else list(arguments), prog_name="synthquery")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except InvalidQueryError as error:
        return fail(f"the query has errors, nothing was sent\n{error}", code=exit_code(error))
    except SynthQueryError as error:
        return fail(str(error), code=exit_code(error))
    except FileNotFoundError as error:
        return fail(f"{error.filename}: there is no such file or folder", code=USAGE)
    except IsADirectoryError as error:
        return fail(f"{error.filename}: is a folder, a file was expected", code=USAGE)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return fail(f"{where}{error.strerror or error}", code=UNCHECKED)
    finally:
        set_progress(before)  # whoever runs a command from Python is told nothing afterwards
    return 0
