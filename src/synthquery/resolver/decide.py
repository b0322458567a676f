"""From ranked candidates to an answer: resolved, ambiguous or unresolved, and why."""

from __future__ import annotations

from functools import cache

from synthquery.resolver.codes import rank_of
from synthquery.resolver.engine import MOST_CANDIDATES, Engine, Scored
from synthquery.resolver.index import LABEL
from synthquery.resolver.readings import alternatives, is_opposite, names_several, says_nothing
from synthquery.resolver.trust import SMALLEST_LEAD, facts, forbidden, trust_of
from synthquery.resolver.types import Candidate, Resolution, Status
from synthquery.resources import load_toml

EXACT = {"label", "synonym", "normalised", "abbreviation"}


def decide(engine: Engine, label: str, ranked: list[Scored]) -> Resolution:
    """The answer to `label`."""
    if engine.field.style == "words" and ranked:
        sure, free = _assess(engine, label, ranked)
    else:
        sure, free = 0.0, True
    candidates = tuple(engine.candidate(each) for each in ranked[:MOST_CANDIDATES])
    status, reason = _verdict(engine, ranked, candidates, sure, free)
    barred = _barred(engine, label, ranked[0], candidates[0]) if status == "resolved" else ""
    if barred:
        status, reason = "ambiguous", barred
    term = candidates[0].term if status == "resolved" else None
    return Resolution(label, engine.field.name, status, term, candidates, reason)


def _assess(engine: Engine, label: str, ranked: list[Scored]) -> tuple[float, bool]:
    """Probability that the best candidate is right, and whether no rule forbids it; sets the candidates' scores."""
    field = engine.field.name
    row = facts(label, field, ranked)
    sure = trust_of(field).probability(row)
    share = max(ranked[0].probability, 1e-9)
    for each in ranked:  # the best has its probability; the others share what is left as their scores compare
        each.probability = min(each.probability / share * sure, sure)
    bare = says_nothing(label, field) and ranked[0].how not in EXACT
    return sure, not (bare or forbidden(row, field))


def _barred(engine: Engine, label: str, best: Scored, candidate: Candidate) -> str:
    """Why what resolved is a question all the same; empty when nothing speaks against it."""
    title = engine.field.title.lower()
    if _is_absent(engine, label):
        return f"It may say that there is no {title}; else it is {candidate.term}."
    if engine.field.style != "words" or best.how in ("label", "synonym"):
        return ""
    if is_opposite(label, candidate.matched, short=best.how == "abbreviation"):
        return f"One of it and “{candidate.matched}”, a name of {candidate.term}, says what the other denies."
    # "heart attack/myocardial infarction" is one thing
    if best.how not in EXACT and engine.field.name == "disease" and names_several(label):
        return "" if _all_mean(engine, label, best) else f"It names more than {candidate.term}."
    return ""


def _is_absent(engine: Engine, label: str) -> bool:
    """Whether a label says that there is none: "NA" is not available more often than the nasal artery.

    A disease of "none" is a healthy sample.
    """
    return engine.field.name != "disease" and label.strip().casefold() in _no_values()


def _all_mean(engine: Engine, label: str, best: Scored) -> bool:
    """Whether each of the things that a label names is the term."""
    ranked = engine.rank_all(alternatives(label))
    return bool(ranked) and all(each and each[0].term == best.term for each in ranked)


@cache
def _no_values() -> frozenset[str]:
    return frozenset(load_toml("null_words.toml")["words"])


def _verdict(
    engine: Engine, ranked: list[Scored], candidates: tuple[Candidate, ...], sure: float, free: bool
) -> tuple[Status, str]:
    title = engine.field.title.lower()
    if not ranked:
        return "unresolved", f"No {title} has a name like this."
    if engine.field.style != "words":
        return _code_verdict(engine, ranked, candidates)
    best = ranked[0]
    if free and sure >= trust_of(engine.field.name).threshold:
        return "resolved", _says(candidates[0])
    near = [each for each in ranked[1:MOST_CANDIDATES] if best.score - each.score < SMALLEST_LEAD]
    if near:
        return "ambiguous", f"Several terms fit equally well: {_list(candidates[: len(near) + 1])}."
    if sure >= 0.3 or best.how in EXACT:
        return (
            "ambiguous",
            f"The nearest is {candidates[0].term}, by its name “{candidates[0].matched}”, but it is not certain.",
        )
    return "unresolved", f"No {title} has a name near enough; the nearest is {candidates[0].term}."


_SURE_CODE = 6.8
_CLEAR_CODE = 0.35


def _code_verdict(
    engine: Engine, ranked: list[Scored], candidates: tuple[Candidate, ...]
) -> tuple[Status, str]:
    best = ranked[0]
    rival = ranked[1].score if len(ranked) > 1 else -1.0
    known_as = [
        f"{_RANKS[rank_of(engine.index.name_kind[each.name])]} {candidate.term}"
        for each, candidate in zip(ranked, candidates, strict=False)
        if engine.field.style == "symbols" and each.score > _SURE_CODE
    ]
    if best.score - rival < _CLEAR_CODE:
        if len(known_as) > 1 and engine.index.name_kind[best.name] != LABEL:
            return "ambiguous", f"“{candidates[0].matched}” is {' and '.join(known_as[:3])}."
        return "ambiguous", f"Several terms have a name like this: {_list(candidates)}."
    if best.score > _SURE_CODE:
        says = _says(candidates[0])
        kind = engine.index.name_kind[best.name]
        if known_as and rank_of(kind) and best.how in EXACT:
            says = f"“{candidates[0].matched}” is {known_as[0]}."
        return "resolved", f"{says[:-1]}; it is also {known_as[1]}." if len(known_as) > 1 else says
    return "ambiguous", f"No name matches exactly; the nearest are {_list(candidates)}."


_RANKS = ("the symbol of", "a former symbol of", "an alias of")


def _says(best: Candidate) -> str:
    how = best.how.split(" (")[0]
    what = {
        "label": f"It is the name of {best.term}",
        "synonym": f"“{best.matched}” is a synonym of {best.term}",
        "normalised": f"Apart from spelling it is “{best.matched}”, a name of {best.term}",
        "abbreviation": f"It is a common abbreviation of “{best.matched}”, a name of {best.term}",
        "context": f"In that tissue it is “{best.matched}”, a name of {best.term}",
        "part": f"It contains “{best.matched}”, a name of {best.term}",
        "fuzzy": f"It is very like “{best.matched}”, a name of {best.term}",
    }[how]
    replaced = best.how.partition("(replaces ")[2].rstrip(")")
    return f"{what}, which replaces the obsolete {replaced}." if replaced else f"{what}."


def _list(candidates: tuple[Candidate, ...]) -> str:
    return "; ".join(str(candidate.term) for candidate in candidates[:3])
