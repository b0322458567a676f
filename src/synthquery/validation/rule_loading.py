"""Rules of others by name: a module, a file, ``module:function``, or an entry point ``synthquery.rules``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from synthquery.validation.own_rules import OwnRule, failure
from synthquery.validation.report import Severity

GROUP: Final = "synthquery.rules"


def load_rules(names: tuple[str, ...], folder: Path) -> tuple[OwnRule, ...]:
    """The rules that settings name, and those of installed packages.

    What cannot be loaded becomes a rule that fails: it is reported with each query, and takes no run down.

    Parameters
    ----------
    names
        ``"package.module"``, ``"package.module:rule"`` or ``"checks/rules.py"``.
    folder
        The folder that paths are relative to and where modules are looked for as well.
    """
    return (*_installed(), *(one for name in names for one in _named(name, folder)))


@cache
def _named(name: str, folder: Path) -> tuple[OwnRule, ...]:
    try:
        return _rules_in(_imported(name, folder), name)
    except (Exception, SystemExit) as error:  # importing runs code of somebody else
        return (_broken(name, error),)


@cache
def _installed() -> tuple[OwnRule, ...]:
    found: list[OwnRule] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            found += _rules_in(point.load(), point.name)
        except (Exception, SystemExit) as error:  # as above
            found.append(_broken(point.name, error))
    return tuple(found)


def _imported(name: str, folder: Path) -> Any:
    module, _, attribute = name.partition(":")
    if module.endswith(".py"):
        found = _from_file((folder / module).resolve())
    else:
        sys.path.insert(0, str(folder.resolve()))
        try:
            found = import_module(module)
        finally:
            sys.path.pop(0)
    return getattr(found, attribute) if attribute else found


def _from_file(file: Path) -> ModuleType:
    name = f"synthquery_rules_{sha256(str(file).encode()).hexdigest()[:12]}"
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up
    spec.loader.exec_module(module)
    return module


def _rules_in(thing: Any, name: str) -> tuple[OwnRule, ...]:
    found = (thing,) if isinstance(thing, OwnRule) else tuple(_members(thing))
    if not found:
        raise ImportError(f"{name} has no function with the decorator synthquery.rule")
    return found


def _members(thing: Any) -> Iterator[OwnRule]:
    yield from (one for one in vars(thing).values() if isinstance(one, OwnRule))


def _broken(name: str, error: BaseException) -> OwnRule:
    text = failure(name, error).message

    def fails(_body: Any) -> list[tuple[tuple[()], str]]:
        return [((), text)]

    return OwnRule("rule.failed", Severity.WARNING, "A rule could not be run", fails)
