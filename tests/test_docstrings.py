"""Every example in a docstring gives what it says it gives."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import synthquery

MODULES = [
    info.name
    for info in pkgutil.walk_packages(synthquery.__path__, "synthquery.")
    if "__main__" not in info.name
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    module = import_module(name)
    assert doctest.testmod(module, globs=vars(module).copy(), optionflags=doctest.ELLIPSIS).failed == 0
