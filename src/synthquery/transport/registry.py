"""Transports by name: those of this package, and those that other packages register.

A package registers one as an entry point of the group ``synthquery.transports``: a name, and a class or function
that makes the transport from keyword options. It may have two attributes: ``needs``, a text that says what it takes
to use it, and ``why_unusable()``, which says what is missing here or gives None.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, Final

from synthquery.errors import MissingExtraError, SynthQueryError, TransportError, TransportOptionError
from synthquery.resources import load_toml
from synthquery.transport.base import Transport

GROUP: Final = "synthquery.transports"
_Maker = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class TransportInfo:
    """One transport that can be asked for by name.

    Attributes
    ----------
    name
        For ``Client(transport=name)`` and ``synthquery predict --transport name``.
    title, needs
        What answers, and what it takes to use it.
    origin
        The package it comes from.
    usable
        True when nothing it needs is known to be missing here. Nobody is asked over the network.
    reason
        What is missing; empty when nothing is.
    """

    name: str
    title: str
    needs: str
    origin: str
    usable: bool = field(init=False)
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "usable", not self.reason)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def list_transports() -> list[TransportInfo]:
    """Every transport that can be asked for by name, and whether it can be used here.

    Those of this package come first, then those of other packages by name. A broken one is listed with the
    reason, and takes no other down.
    """
    own = [
        TransportInfo(name, row["title"], row["needs"], "synthquery", _missing(name, row))
        for name, row in _own().items()
    ]
    return own + [_describe(point, clash) for point, clash in _foreign()]


def make_transport(name: str, **options: Any) -> Transport:
    """A transport by its name.

    Parameters
    ----------
    name
        ``"simulator"``, ``"synthesize"``, ``"self-hosted"``, ``"pysynthbio"``, ``"replay"``, or the name of one
        that another package registers. With ``SYNTHESIZE_SELF_HOSTED`` set, ``"synthesize"`` is ``"self-hosted"``.
    **options
        Arguments of the transport, for example ``seed=1`` or ``base_url="http://localhost:8000"``. None stands
        for an argument that was not given.

    Raises
    ------
    TransportError
        When there is no such transport, it does not take an option, or it cannot be made.
    MissingExtraError
        When an optional package that it needs is not installed.
    """
    made = _made(name, {key: value for key, value in options.items() if value is not None})
    if not isinstance(made, Transport):
        raise TransportError(
            f"the transport {name!r} is a {type(made).__name__}, which has not both predict(request) and close()"
        )
    return made


def _made(name: str, options: dict[str, Any]) -> Any:
    maker = _maker(name)
    _check_options(name, maker, options)
    try:
        return maker(**options)
    except SynthQueryError:
        raise
    except (Exception, SystemExit) as error:
        raise TransportError(
            f"the transport {name!r} could not be made: {type(error).__name__}: {error}"
        ) from error


def _maker(name: str) -> _Maker:
    own = _own()
    if name == "synthesize" and _self_hosted():
        name = "self-hosted"
    if name in own:
        module, _, attribute = own[name]["home"].partition(":")
        found: _Maker = getattr(import_module(module), attribute)
        return found
    points = {point.name: point for point, clash in _foreign() if not clash}
    if name in points:
        return _load(points[name])
    raise TransportOptionError(_unknown(name, [*own, *points]))


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]!r}?" if near else ";"
    return (
        f"the transport {name!r} does not exist{hint} there is {', '.join(map(repr, known))}, "
        "and any object with the methods predict(request) and close() will do"
    )


def _check_options(name: str, maker: _Maker, options: Mapping[str, Any]) -> None:
    try:
        parameters = inspect.signature(maker).parameters
    except (TypeError, ValueError):  # a maker that does not tell what it takes
        return
    if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        return
    for option in options:
        if option not in parameters:
            taken = ", ".join(one for one in parameters if one != "token") or "no options"
            raise TransportOptionError(f"the transport {name!r} takes no option {option!r}; it takes {taken}")
    for option, parameter in parameters.items():
        positional = parameter.kind in {parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL}
        if option not in options and parameter.default is parameter.empty and not positional:
            needed = _own().get(name, {}).get("needs") or f"the option {option!r}"
            raise TransportOptionError(f"the transport {name!r} needs {needed}: {option}=... is missing")


def _own() -> dict[str, dict[str, str]]:
    return load_toml("transports.toml")


def _foreign() -> list[tuple[EntryPoint, str]]:
    """Entry points of other packages, and what each clashes with; in an order that does not change."""
    found = sorted(entry_points(group=GROUP), key=lambda point: (point.name, _origin(point), point.value))
    taken = dict.fromkeys(_own(), "synthquery")
    listed: list[tuple[EntryPoint, str]] = []
    for point in found:
        owner = taken.get(point.name)
        taken.setdefault(point.name, _origin(point))
        listed.append((point, f"the name is taken by {owner}" if owner else ""))
    return listed


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unknown package"


def _load(point: EntryPoint) -> _Maker:
    try:
        found = point.load()
    except (Exception, SystemExit) as error:  # whatever somebody else's module raises when it is imported
        raise TransportError(
            f"the transport {point.name!r} of {_origin(point)} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if not callable(found):
        raise TransportError(
            f"the transport {point.name!r} of {_origin(point)} is a {type(found).__name__}, not a class or function"
        )
    made: _Maker = found
    return made


def _describe(point: EntryPoint, clash: str) -> TransportInfo:
    title, needs, reason = "", "", clash
    if not clash:
        try:
            maker = _load(point)
            title = (inspect.getdoc(maker) or "").partition("\n")[0]
            needs = str(getattr(maker, "needs", None) or "")
            ask = getattr(maker, "why_unusable", None)
            reason = str((ask() if callable(ask) else None) or "")
        except TransportError as error:
            reason = str(error)
        except (Exception, SystemExit) as error:  # somebody else's why_unusable
            reason = f"it could not be asked whether it can be used: {type(error).__name__}: {error}"
    return TransportInfo(point.name, title, needs, _origin(point), reason)


def _missing(name: str, row: Mapping[str, str]) -> str:
    """What a transport of this package lacks here; empty when nothing is known to be missing."""
    package = row.get("package")
    if package and find_spec(package) is None:
        return f'{package} is not installed: pip install "synthquery[{row["extra"]}]"'
    try:
        return _REQUIREMENTS.get(name, str)()
    except (TransportError, MissingExtraError) as error:
        return str(error)


def _no_token() -> str:
    from synthquery.transport.http.addresses import is_hosted, service_url
    from synthquery.transport.tokens import find_token

    if find_token() is None and is_hosted(service_url()):
        return f"there is no token: set {load_toml('hosted.toml')['variables']['token']}, or store it in the keyring"
    return ""


def _no_container() -> str:
    import os

    from synthquery.transport.http.addresses import container_variables

    exact, double, all_models = container_variables("")
    prefixes = (exact.rstrip("_"), double.rstrip("_"))
    if any(name.startswith(prefixes) and value.strip() for name, value in os.environ.items()):
        return ""
    return f"no address of a container: set {all_models}, or give base_url"


def _self_hosted() -> bool:
    from synthquery.transport.http.addresses import self_hosted

    return self_hosted()


_REQUIREMENTS: Final[Mapping[str, Callable[[], str]]] = {
    "synthesize": _no_token,
    "self-hosted": _no_container,
    "pysynthbio": _no_token,
}
