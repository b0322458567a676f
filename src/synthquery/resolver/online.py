"""Labels that the offline data does not resolve, asked of services on the network.

A service counts only with a term that has the very name, but for case and blanks; nothing is guessed from its
order of hits. What could not be asked leaves an answer as it was, with a word about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from synthquery.errors import SourceUnavailableError
from synthquery.identifiers import canonical_id, ontology_of
from synthquery.ontology.readers.foreign import foreign_form
from synthquery.resolver.decisions import Decision, Decisions
from synthquery.resolver.fields import FIELDS, Field, field_name
from synthquery.resolver.types import Candidate, Resolution

if TYPE_CHECKING:
    from synthquery.ontology.online import Match, OnlineSources

_SCORES: Final = {"label": 1.0, "synonym": 0.95, "previous symbol": 0.95, "alias": 0.9}


def resolve_online(
    answers: Iterable[Resolution], online: OnlineSources, *, decisions: Decisions | None = None
) -> list[Resolution]:
    """The answers, with those asked again that no term has as its name offline, each label once.

    Parameters
    ----------
    answers
        What `resolve_many` gave.
    online
        The services.
    decisions
        Labels that a person has decided about are left alone.
    """
    known: dict[tuple[str, str], Resolution] = {}
    found = []
    for answer in answers:
        decided = decisions is not None and decisions.get(answer.label, answer.field) is not None
        if decided or _is_settled(answer):
            found.append(answer)
            continue
        key = (answer.label, answer.field)
        if key not in known:
            known[key] = _ask(answer, FIELDS[answer.field], online)
        found.append(known[key])
    return found


class OnlineDecisions(Decisions):
    """Decisions, and beside them what services answered about labels that the offline data does not resolve.

    What a builder or recipe is given as its decisions: labels it could not resolve are asked with `ask`, and
    resolve when it builds again.

    Parameters
    ----------
    decisions
        What people decided; it comes first, but where it names a term that the offline data does not have.
    """

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        super().__init__(decisions)
        self._answers: dict[tuple[str, str], Resolution] = {}

    def ask(self, answers: Iterable[Resolution], online: OnlineSources) -> int:
        """Ask the services about labels that did not resolve; how many of them resolve now."""
        found = 0
        for answer in answers:
            decision = self.get(answer.label, answer.field)
            if decision is not None and not decision.id:
                continue  # a person said that no term is meant
            asked = answer if decision is None else replace(answer, label=decision.id, candidates=())
            (heard,) = resolve_online([asked], online)
            if heard.term is not None:
                found += 1
            self._answers[answer.field, answer.label.strip()] = replace(heard, label=answer.label)
        return found

    def resolution(self, label: str, field: str) -> Resolution | None:
        """As `Decisions.resolution`; where that has no term, what a service said."""
        decided = super().resolution(label, field)
        if decided is not None and decided.term is not None:
            return decided
        return self._answers.get((field_name(field), label.strip()), decided)


def search_online(
    text: str, field: str | None, limit: int, found: Iterable[Candidate], online: OnlineSources
) -> list[Candidate]:
    """Candidates of the offline data, and before them the terms that have the very name and that it lacks.

    Parameters
    ----------
    text, field, limit
        As for `search`.
    found
        What `search` gave.
    online
        The services. A service that cannot be asked adds nothing; ``online.failures`` says so.
    """
    known = list(found)
    here = {candidate.term.id for candidate in known}
    fields = [FIELDS[field_name(field)]] if field else list(FIELDS.values())
    names = dict.fromkeys(ontology for one in fields for ontology in one.ontologies)
    new: dict[str, Candidate] = {}
    for ontology in names:
        try:
            matches = online.match(text, ontology)
        except SourceUnavailableError:
            continue  # it is among the failures
        for match in matches:
            if match.term.id not in here:
                score = _SCORES.get(match.how, 0.9)
                new.setdefault(match.term.id, Candidate(match.term, score, match.matched, match.how))
    return [*new.values(), *known][:limit]


def _is_settled(answer: Resolution) -> bool:
    """True when a service can add nothing: it resolved, is empty, or terms of the offline data share the name."""
    named = any(candidate.how in ("label", "synonym") for candidate in answer.candidates)
    return answer.term is not None or named or not answer.label.strip()


def _ask(answer: Resolution, field: Field, online: OnlineSources) -> Resolution:
    identifier = canonical_id(answer.label.strip())
    if identifier is not None:
        accepted = (*field.ontologies, *field.also_ids)
        return _by_identifier(answer, identifier, online) if ontology_of(identifier) in accepted else answer
    if foreign_form(answer.label) is not None:
        return answer  # an identifier of another ontology is nobody's name
    try:
        matches = [match for name in field.ontologies for match in online.match(answer.label, name)]
    except SourceUnavailableError as error:
        return replace(answer, reason=f"{answer.reason} {error}.")
    if not matches:
        return replace(answer, reason=f"{answer.reason} No term has this name online either.")
    return _decided(answer, matches)


def _decided(answer: Resolution, matches: list[Match]) -> Resolution:
    """One term of the best rank wins; several are ambiguous."""
    candidates = tuple(
        Candidate(match.term, _SCORES.get(match.how, 0.9), match.matched, match.how) for match in matches
    )
    best = [one for one in candidates if one.how == candidates[0].how]
    candidates = (*candidates, *answer.candidates)
    if len({one.term.id for one in best}) > 1:
        reason = f"Online {len(best)} terms have this name."
        return replace(answer, status="ambiguous", candidates=candidates, reason=reason)
    winner = best[0]
    reason = (
        f"It is the {winner.how} of {winner.term} in {winner.term.ontology} {winner.term.release}, online."
    )
    return replace(answer, status="resolved", term=winner.term, candidates=candidates, reason=reason)


def _by_identifier(answer: Resolution, identifier: str, online: OnlineSources) -> Resolution:
    found = online.lookup(identifier)
    term = found.term
    if found.outcome == "no_source":
        return replace(answer, reason=f"{answer.reason} {found.reason}.")
    if term is None:
        return replace(answer, reason=f"{answer.reason} Nor is it in {found.asked}.")
    how = "id"
    if term.obsolete:
        heir = online.lookup(term.replaced_by).term if term.replaced_by else None
        if heir is None or heir.obsolete:
            reason = f"{identifier} is obsolete in {found.asked} and nothing replaces it."
            return replace(answer, reason=reason)
        term, how = heir, f"id (replaces {identifier})"
    reason = f"It is the identifier of {term} in {found.asked}."
    if how != "id":
        reason = f"{identifier} is obsolete in {found.asked}; {term} replaces it."
    candidate = Candidate(term, 1.0, identifier, how)
    return replace(answer, status="resolved", term=term, candidates=(candidate,), reason=reason)
