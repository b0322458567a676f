"""The public names: listed, importable, sorted; and importing them costs next to nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import synthquery

HEAVY = {
    "pandas",
    "pronto",
    "pyarrow",
    "numpy",
    "requests",
    "requests_cache",
    "rapidfuzz",
    "rich",
    "typer",
    "yaml",
    "pydantic",
}


def test_every_listed_name_can_be_imported() -> None:
    assert all(getattr(synthquery, name) is not None for name in synthquery.__all__)


def test_the_list_is_sorted_and_dir_shows_just_it() -> None:
    assert synthquery.__all__ == sorted(synthquery.__all__)
    assert dir(synthquery) == synthquery.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="resolv"):
        synthquery.resolv  # noqa: B018


def test_names_are_the_same_whatever_was_imported_first() -> None:
    """A subpackage must never hide the function of its name."""
    program = (
        "import synthquery.recipe, synthquery.validation, synthquery.cli.app, synthquery as sq; "
        + "; ".join(
            f"assert callable(sq.{name}), {name!r}"
            for name in ("resolve", "search", "term", "validate", "is_a")
        )
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_importing_loads_nothing_heavy() -> None:
    program = f"import sys, synthquery; print(sorted(set(sys.modules) & {HEAVY!r}))"
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert shown.strip() == "[]"


def test_each_name_knows_its_home() -> None:
    from synthquery import _HOME_OF

    assert set(_HOME_OF) | {"__version__"} == set(synthquery.__all__)
