"""Values that are right and that this model does not accept: its owner's list has others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any, Final

from synthquery.identifiers import canonical_id
from synthquery.validation.body import Body
from synthquery.validation.context import Context, Terms
from synthquery.validation.rule import Finding, Located, ValueRule

_SUGGESTIONS: Final = 3  # of each kind of relative
_MOST_ASKED: Final = 3_000  # terms whose parents or children are asked for, for one value
_LET_PASS: Final = {"id.unchecked", "id.noncanonical"}  # neither says that the value is another one


def and_accepted(rule: ValueRule) -> ValueRule:
    """A rule, and after it, where it finds nothing that changes the value, whether the model accepts it."""

    def both(key: str, value: Any, context: Context) -> Iterator[Finding]:
        found = tuple(rule(key, value, context))
        yield from found
        if {finding.code for finding in found} <= _LET_PASS:
            yield from _accepted(key, value, context)

    return both


def unreadable_list(body: Body, context: Context) -> Iterator[Located]:  # noqa: ARG001
    """The list of a model that cannot be read: its values pass, and that they were not checked is said."""
    if context.list_failure is not None:
        message = f"whether {context.shown} accepts these values could not be checked: {context.list_failure}"
        yield Located((), None, Finding("model.unchecked", message))


def _accepted(key: str, value: Any, context: Context) -> Iterator[Finding]:
    accepted = context.accepted(key)
    if accepted is None or value in accepted:
        return
    identifier = canonical_id(value)
    if identifier in accepted:
        return
    if identifier is None:
        from difflib import get_close_matches

        near = tuple(get_close_matches(value[:100], sorted(accepted), n=_SUGGESTIONS, cutoff=0.6))
        hint = f"; near to it are {', '.join(near)}" if near else ""
        yield Finding("term.not-in-model", f"{context.shown} does not accept {value[:100]!r}{hint}", near)
        return
    relatives = nearest_accepted(identifier, accepted, context.terms)
    said = [
        f"{relation}: {', '.join(map(context.terms.named, identifiers))}"
        for relation, identifiers in relatives.items()
        if identifiers
    ]
    hint = f". Accepted are {'; '.join(said)}" if said else "; no relative of it is accepted either"
    suggestions = tuple(dict.fromkeys(one for identifiers in relatives.values() for one in identifiers))
    message = f"{context.shown} does not accept {context.terms.named(identifier)}{hint}"
    yield Finding("term.not-in-model", message, suggestions)


def nearest_accepted(identifier: str, accepted: Set[str], terms: Terms) -> dict[str, tuple[str, ...]]:
    """The accepted terms nearest to one that is not, by how they are related to it.

    Returns
    -------
    dict[str, tuple[str, ...]]
        ``"above it"`` (ancestors), ``"below it"`` (descendants) and ``"beside it"`` (other children of its
        parents), in this order; of ancestors and descendants those the fewest steps away.
    """
    above = _nearest(identifier, accepted, terms, "parents")
    below = _nearest(identifier, accepted, terms, "children")
    siblings = {
        child for parent in terms.steps(identifier, "parents") for child in terms.steps(parent, "children")
    }
    beside = (siblings & accepted) - {identifier, *above, *below}
    return {"above it": above, "below it": below, "beside it": tuple(sorted(beside))[:_SUGGESTIONS]}


def _nearest(start: str, accepted: Set[str], terms: Terms, way: str) -> tuple[str, ...]:
    """The accepted terms at the smallest number of steps one way; empty when there are none."""
    seen = {start}
    level: Iterable[str] = [start]
    while level and len(seen) < _MOST_ASKED:
        following = {step for each in level for step in terms.steps(each, way)} - seen
        found = following & accepted
        if found:
            return tuple(sorted(found))[:_SUGGESTIONS]
        seen |= following
        level = following
    return ()
