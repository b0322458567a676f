"""`guard`: every call of somebody's predict function is checked first, and nothing else changes."""

from __future__ import annotations

import functools
import inspect
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, TypeVar

from synthquery.errors import InvalidQueryError
from synthquery.guarding.calls import Asked, CallReader
from synthquery.guarding.places import Places, Put, is_module, replace_in, replace_on, search_for
from synthquery.resources import load_toml
from synthquery.validation import OwnRule, Report, validate
from synthquery.validation.context import OnlineLookup

_log: Final = logging.getLogger("synthquery.guard")
_lock: Final = threading.RLock()
_F = TypeVar("_F", bound=Callable[..., Any])

OnWarnings = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class Check:
    """How queries are checked: the settings of one guard."""

    online: OnlineLookup | None = None
    rules: tuple[OwnRule, ...] = ()
    on_warnings: OnWarnings | None = None

    def run(self, asked: Asked) -> None:
        """Check what a call asks; raises InvalidQueryError when it must not be sent."""
        if asked.model_id in load_toml("guard.toml")["unchecked_models"]:
            _log.info("a query for %s was not checked: nothing is documented of this model", asked.model_id)
            return
        model_id = asked.model_id if isinstance(asked.model_id, str) else None
        report = validate(asked.query, model_id, online=self.online, rules=self.rules)
        if report.errors:
            raise InvalidQueryError(report)
        if report.warnings:
            (self.on_warnings or _tell)(report)


def _tell(report: Report) -> None:
    _log.warning("the query is sent all the same\n%s", report.filter(least="warning"))


@dataclass(eq=False)
class _Guarded:
    """One function that is guarded, by how many, and how it is put back."""

    wrapper: Callable[..., Any]
    checks: list[Check] = field(default_factory=list)
    put_back: list[Put] = field(default_factory=list)


class Guard:
    """Checks every call of a client's predict function while it is active. `guard` makes it.

    It may be entered several times, also from several threads; the client is as it was when the last one has
    left. While it is active the calls of all threads are checked.
    """

    def __init__(self, target: Any, name: str | None, check: Check) -> None:
        self._target, self._check = target, check
        self._owner, self._name, self._function = _find(target, name)
        self._search = search_for(self._function) if self._owner is None or is_module(self._owner) else None
        self._key: tuple[int, str] = (
            (id(self._function), "") if self._search is not None else (id(self._owner), self._name)
        )

    def __repr__(self) -> str:
        return f"guard({getattr(self._target, '__name__', type(self._target).__name__)})"

    def __enter__(self) -> Any:
        """Begin to check.

        Returns
        -------
        What was given to `guard`; for a function the one to call in its place.
        """
        with _lock:
            guarded = _active.get(self._key)
            if guarded is None:
                guarded = _active[self._key] = self._put_on()
            elif self._search is not None:  # modules that were loaded since
                guarded.put_back += replace_in(self._places(), guarded.wrapper)
            guarded.checks.append(self._check)
            return guarded.wrapper if self._owner is None else self._target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            guarded = _active[self._key]
            guarded.checks.remove(self._check)
            if not guarded.checks:
                del _active[self._key]
                for put_back in reversed(guarded.put_back):
                    put_back()

    def __call__(self, function: _F) -> _F:
        """Decorate a function: the guard is active while it runs."""
        wrapped: Any
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapped(*arguments: Any, **named: Any) -> Any:
                with self:
                    return await function(*arguments, **named)

        elif inspect.isasyncgenfunction(function):

            @functools.wraps(function)
            async def wrapped(*arguments: Any, **named: Any) -> Any:
                with self:
                    async with aclosing(function(*arguments, **named)) as values:
                        sent = None
                        while True:
                            try:
                                value = await values.asend(sent)
                            except StopAsyncIteration:
                                return
                            sent = yield value

        elif inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def wrapped(*arguments: Any, **named: Any) -> Any:
                with self:
                    return (yield from function(*arguments, **named))

        else:

            @functools.wraps(function)
            def wrapped(*arguments: Any, **named: Any) -> Any:
                with self:
                    return function(*arguments, **named)

        result: _F = wrapped
        return result

    def _put_on(self) -> _Guarded:
        checks: list[Check] = []
        wrapper = _checking(self._function, checks)
        if self._search is not None:
            return _Guarded(wrapper, checks, list(replace_in(self._places(), wrapper)))
        kind = _kind_of_method(self._owner, self._name)
        return _Guarded(
            wrapper, checks, [replace_on(self._owner, self._name, kind(wrapper) if kind else wrapper)]
        )

    def _places(self) -> Places:
        return self._search.places(self._function) if self._search else []


_active: Final[dict[tuple[int, str], _Guarded]] = {}


def guard(
    target: Any,
    *,
    name: str | None = None,
    online: OnlineLookup | None = None,
    rules: Sequence[OwnRule] = (),
    on_warnings: OnWarnings | None = None,
) -> Guard:
    """Check the queries that an existing script sends, without changing the script.

    Parameters
    ----------
    target
        Whose calls are checked: a client module such as ``pysynthbio``, an object or class with a method
        ``predict_query`` or ``predict``, or the function itself.
    name
        The function or method, where it is called otherwise.
    online, rules
        As for `validate`.
    on_warnings
        Called with the report of a query that has warnings and no errors; it is sent all the same. By default
        they are logged (``synthquery.guard``, level WARNING), which Python shows on standard error.

    Returns
    -------
    Guard
        A context manager and a decorator. An invalid query raises `InvalidQueryError` with the report, and
        nothing is sent; everything else (arguments, answer, errors of the client) passes through untouched.

    Raises
    ------
    TypeError
        When `target` has no such function.

    Notes
    -----
    Names that modules have for the function (``from pysynthbio import predict_query as ask``) are guarded too.
    Copies elsewhere are not: in a list, a default argument, a closure, another process.

    Examples
    --------
    >>> import synthquery as sq
    >>> def predict_query(query, model_id):
    ...     return "sent"
    >>> with sq.guard(predict_query) as ask:
    ...     ask({"inputs": [{"metadata": {"sex": "Male"}, "num_samples": 1}]}, "gem-1-bulk")
    Traceback (most recent call last):
        ...
    synthquery.errors.InvalidQueryError: 2 errors (gem-1-bulk, 1 input)
    ...
    """
    return Guard(target, name, Check(online, tuple(rules), on_warnings))


def _find(target: Any, name: str | None) -> tuple[Any, str, Callable[..., Any]]:
    """Who has the function (None for a bare one), what it is called there, and the function."""
    wanted = [name] if name else load_toml("guard.toml")["functions"]
    for one in wanted:
        found = getattr(target, one, None)
        if callable(found):
            if _kind_of_method(target, one) is not None:
                found = inspect.getattr_static(target, one).__func__
            return target, one, getattr(found, "__synthquery_guarded__", found)
    if name is None and callable(target) and not inspect.isclass(target):
        return None, "", getattr(target, "__synthquery_guarded__", target)
    kind = getattr(target, "__name__", type(target).__name__)
    raise TypeError(f"{kind} has no function {' or '.join(wanted)} to guard; give its name as name=...")


def _checking(function: Callable[..., Any], checks: list[Check]) -> Callable[..., Any]:
    """`function`, with every call checked while there are checks."""
    reader = CallReader(function)

    @functools.wraps(function)
    def checked(*arguments: Any, **named: Any) -> Any:
        if checks:
            asked = reader.read(arguments, named)
            if asked is not None:
                _run(tuple(checks), asked)
        return function(*arguments, **named)

    checked.__synthquery_guarded__ = function  # type: ignore[attr-defined]
    return checked


def _run(checks: Sequence[Check], asked: Asked) -> None:
    for place, check in enumerate(checks):
        if check not in checks[:place]:
            check.run(asked)


def _kind_of_method(owner: Any, name: str) -> Any:
    """``staticmethod`` or ``classmethod`` where a class has the function as one; None otherwise."""
    if not inspect.isclass(owner):
        return None
    raw = inspect.getattr_static(owner, name)
    return type(raw) if isinstance(raw, staticmethod | classmethod) else None
