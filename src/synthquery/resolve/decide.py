"""From ranked candidates to an answer: resolved, ambiguous or unresolved, and why."""

from __future__ import annotations

from synthquery.resolve.engine import MOST_CANDIDATES, Engine, Scored
from synthquery.resolve.types import Candidate, Resolution, Status

EXACT = {"label", "synonym", "normalised", "abbreviation"}


def decide(engine: Engine, label: str, ranked: list[Scored]) -> Resolution:
    """The answer to `label`."""
    candidates = tuple(engine.candidate(each) for each in ranked[:MOST_CANDIDATES])
    status, reason = _verdict(engine, ranked, candidates)
    term = candidates[0].term if status == "resolved" else None
    return Resolution(label, engine.field.name, status, term, candidates, reason)


def _verdict(engine: Engine, ranked: list[Scored], candidates: tuple[Candidate, ...]) -> tuple[Status, str]:
    title = engine.field.title.lower()
    if not ranked:
        return "unresolved", f"No {title} has a name like this."
    best = candidates[0]
    if engine.field.style != "words":
        return _code_verdict(ranked, candidates)
    rivals = [each for each in ranked[1:] if each.how in EXACT and ranked[0].score - each.score < 0.8]
    if ranked[0].how in EXACT:
        if rivals:
            return "ambiguous", f"Several terms have this name: {_list(candidates[: len(rivals) + 1])}."
        return "resolved", _says(best)
    if ranked[0].probability > 0.8 and ranked[0].score > 10.0:
        return "resolved", _says(best)
    if ranked[0].score > 6.0:
        return "ambiguous", f"No name matches exactly; the nearest are {_list(candidates[:3])}."
    return "unresolved", f"No {title} has a name near enough; the nearest is {best.term}."


def _code_verdict(ranked: list[Scored], candidates: tuple[Candidate, ...]) -> tuple[Status, str]:
    best = ranked[0]
    rival = ranked[1].score if len(ranked) > 1 else -1.0
    if best.score - rival < 0.35:
        return "ambiguous", f"Several terms have a name like this: {_list(candidates)}."
    if best.score > 6.8:
        return "resolved", _says(candidates[0])
    return "ambiguous", f"No name matches exactly; the nearest are {_list(candidates)}."


def _says(best: Candidate) -> str:
    how = best.how.split(" (")[0]
    what = {
        "label": f"It is the name of {best.term}",
        "synonym": f"“{best.matched}” is a synonym of {best.term}",
        "normalised": f"Apart from spelling it is “{best.matched}”, a name of {best.term}",
        "abbreviation": f"It is a common abbreviation of “{best.matched}”, a name of {best.term}",
        "part": f"It contains “{best.matched}”, a name of {best.term}",
        "fuzzy": f"It is very like “{best.matched}”, a name of {best.term}",
    }[how]
    replaced = best.how.partition("(replaces ")[2].rstrip(")")
    return f"{what}, which replaces the obsolete {replaced}." if replaced else f"{what}."


def _list(candidates: tuple[Candidate, ...]) -> str:
    return "; ".join(str(candidate.term) for candidate in candidates[:3])
