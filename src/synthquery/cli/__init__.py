"""The command line: parse, one library call, print."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

OK = 0
PROBLEMS = 1
USAGE = 2
UNCHECKED = 3
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0 fine, 1 problems found, 2 wrong usage, 3 could not be checked. Whatever goes wrong is one message on
    standard error; ``SYNTHQUERY_DEBUG=1`` shows the traceback as well.
    """
    from synthquery.cli.app import run
    from synthquery.cli.output import fail

    if os.environ.get("SYNTHQUERY_DEBUG") == "1":
        return run(arguments)
    try:
        return run(arguments)
    except KeyboardInterrupt:
        return fail("interrupted", code=INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) went away: nothing is wrong, but the interpreter must not flush to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except RecursionError:
        return fail("the input is nested too deeply to be read", code=PROBLEMS)
    except MemoryError:
        return fail("the input does not fit into memory", code=UNCHECKED)
    except Exception as error:
        return fail(
            f"something unexpected happened: {type(error).__name__}: {error}",
            hint="this is a fault of synthquery; run again with SYNTHQUERY_DEBUG=1 and report what it prints",
            code=UNCHECKED,
        )


def entry_point() -> None:
    """The ``synthquery`` script."""
    sys.exit(main())
