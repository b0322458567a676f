"""Where a function is to be found: the modules, classes and objects through which a script reaches it."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator, MutableMapping
from types import ModuleType
from typing import Any, Final

Put = Callable[[], None]
"""Puts things back as they were."""
Places = list[tuple[MutableMapping[str, Any], str]]
"""Namespaces and the name of a function in each."""


class ModuleSearch:
    """Finds every global name of a function in all loaded modules: ``from client import f as g`` is one.

    Looking through all names of all modules takes milliseconds; modules that have not grown since are only asked
    for the names that are known.
    """

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self._names: set[str] = set()
        self._lock = threading.Lock()

    def places(self, function: Callable[..., Any]) -> Places:
        """The namespaces that hold the function now, and its name in each; it is the same in every call."""
        found: Places = []
        with self._lock:
            for module in list(sys.modules.values()):
                names = getattr(module, "__dict__", None)
                if not isinstance(names, dict):
                    continue
                if self._sizes.get(id(names)) == len(names):
                    found += ((names, name) for name in self._names if names.get(name) is function)
                    continue
                # A list: another thread may be importing.
                here = [name for name, value in list(names.items()) if value is function]
                self._names.update(here)
                self._sizes[id(names)] = len(names)
                found += ((names, name) for name in here)
        return found


_searches: Final[weakref.WeakKeyDictionary[Any, ModuleSearch]] = weakref.WeakKeyDictionary()


def search_for(function: Callable[..., Any]) -> ModuleSearch:
    """The search for a function, the same one as long as the function lives."""
    try:
        return _searches.setdefault(function, ModuleSearch())
    except TypeError:  # an object that cannot be a key
        return ModuleSearch()


def replace_in(places: Places, new: Any) -> Iterator[Put]:
    """Put `new` into namespaces; what somebody else put there meanwhile stays when it is put back."""
    for names, name in places:
        old = names[name]
        names[name] = new

        def put_back(names: MutableMapping[str, Any] = names, name: str = name, old: Any = old) -> None:
            if names.get(name) is new:
                names[name] = old

        yield put_back


def replace_on(owner: Any, name: str, new: Any) -> Put:
    """Put `new` on an object or a class in place of its own or inherited attribute."""
    own = vars(owner) if hasattr(owner, "__dict__") else {}
    had, old = name in own, own.get(name)
    setattr(owner, name, new)

    def put_back() -> None:
        if vars(owner).get(name) is not new:
            return
        if had:
            setattr(owner, name, old)
        else:
            delattr(owner, name)

    return put_back


def is_module(target: Any) -> bool:
    """True for a module."""
    return isinstance(target, ModuleType)
