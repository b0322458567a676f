"""Optional packages: imported when they are wanted, named when they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from synthquery.errors import MissingExtraError


def import_extra(package: str, extra: str, purpose: str) -> Any:
    """An optional package.

    Raises
    ------
    MissingExtraError
        When it is not installed; the message names the extra of synthquery that installs it.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise MissingExtraError(
            f'{purpose} needs the package {package}: pip install "synthquery[{extra}]"'
        ) from error
