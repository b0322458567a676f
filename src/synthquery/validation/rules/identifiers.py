"""Values of metadata keys that take an ID: well formed, canonical, of the right ontology, known, alive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from synthquery.identifiers import Identifier, canonical_id, kind_of, malformed, ontology_of, parse_identifier
from synthquery.ontology import Lookup, Term, the_same
from synthquery.ontology.readers.foreign import foreign_form
from synthquery.query.vocabularies import vocabulary
from synthquery.validation.context import Context, IdKey, id_keys
from synthquery.validation.remedy import Fix
from synthquery.validation.report import Severity
from synthquery.validation.rule import Finding
from synthquery.validation.rules.newer import asked_online

_TOO_LONG: Final = 8  # digits, of IDs that have seven
_LONGEST_NAME: Final = 200
_MOST_OPTIONS: Final = 3
_BRIDGED: Final = frozenset({"uberon", "cl", "mondo"})  # what mappings lead to
_SHORT_OF_ZEROS: Final = re.compile(r"\s*([A-Za-z]+)[:_\s]?\s*([0-9]{1,6})\s*")
_SEPARATORS: Final = re.compile(r"\s*[;,|/+]\s*|\s+")
_APART: Final = re.compile(r"\s*([A-Za-z]+)[\s:_-]*([0-9]{1,12})?\s*")
_BARE_DIGITS: Final = re.compile(r"[0-9]{3,8}")


def identifier(key: str, value: Any, context: Context) -> Iterator[Finding]:
    """Whatever is wrong with a value where an ID belongs."""
    takes = id_keys()[key]
    if value in takes.words:
        return
    if takes.pattern is not None and takes.pattern.fullmatch(value):
        yield _unchecked(value, "its catalogue is not part of the offline data")
        return
    found = parse_identifier(value)
    if found is not None:
        yield from _known_form(key, takes, found, context)
        return
    foreign = foreign_form(value)
    if foreign is not None:
        message = f"{foreign} is an ID of {foreign.partition(':')[0]}; {key} takes {takes.what}"
        yield _of_another_ontology(message, foreign, takes, context)
        return
    problem = malformed(value)
    if problem is not None:
        yield Finding("id.malformed", problem, _with_zeros(value, context))
    elif _BARE_DIGITS.fullmatch(value.strip()):
        message = f"{value.strip()!r} lacks its prefix; {key} takes {takes.what}"
        yield Finding("id.malformed", message, _with_prefix(value.strip(), takes, context))
    else:
        yield from _name(key, value, takes, context)


def _known_form(key: str, takes: IdKey, found: Identifier, context: Context) -> Iterator[Finding]:
    accepted = found.kind in takes.kinds or found.id in takes.ids
    elsewhere = found.id.startswith(takes.unchecked) if takes.unchecked else False
    if not accepted and not elsewhere:
        what = context.terms.named(found.id)
        message = f"{what} is {_nature(found)}; {key} takes {takes.what}{_home(found)}"
        yield _of_another_ontology(message, found.id, takes, context)
        return
    if not found.is_canonical:
        also = f" ({found.note})" if found.note else ""
        message = f"{_short(found.given)} is written {found.id}{also}"
        yield Finding("id.noncanonical", message, (found.id,), fix=Fix("replace", found.id))
    if elsewhere:
        answer = Lookup(found.id, "no_source", reason="its ontology is not part of the offline data")
    else:
        answer = context.terms.lookup(found.id)
    online = None if answer.term is not None else context.terms.lookup_online(found.id)
    if online is not None and online.term is not None and online.term.obsolete:
        finding = _obsolete(online.term, takes, context)
        if found.kind == "ensembl_gene":
            # what a model learned from an older Ensembl release may be a gene that was retired since
            finding = finding._replace(severity=Severity.WARNING, fix=None)
        yield finding
    elif online is not None:
        yield from asked_online(answer, online)
    elif answer.outcome == "no_source":
        reason = answer.reason or context.terms.failure or "its source is not part of the offline data"
        yield _unchecked(found.id, reason)
    elif answer.term is None:
        yield _unknown(found, answer, context)
    elif answer.term.obsolete:
        yield _obsolete(answer.term, takes, context)


def _of_another_ontology(message: str, given: str, takes: IdKey, context: Context) -> Finding:
    """The terms that mappings lead to from an ID of another ontology, where some do."""
    bridges = [
        bridge
        for bridge in context.terms.bridges(given)
        if kind_of(bridge.term.id) in takes.kinds or bridge.term.id in takes.ids
    ]
    if not bridges:
        across = foreign_form(given) is not None and takes.kinds & _BRIDGED
        how = "; `synthquery ontology add` a table of mappings (SSSOM) to have its counterpart named"
        return Finding("id.wrong-ontology", message + how if across else message)
    best = the_same(bridges)
    options = tuple(bridge.term.id for bridge in bridges[:_MOST_OPTIONS])
    if best is not None:
        return Finding("id.wrong-ontology", f"{message}. {best}", options, fix=Fix("replace", best.term.id))
    listed = "; ".join(map(str, bridges[:_MOST_OPTIONS]))
    return Finding("id.wrong-ontology", f"{message}. Near it: {listed}", options)


def _unknown(found: Identifier, answer: Lookup, context: Context) -> Finding:
    if found.kind == "ensembl_gene":
        message = (
            f"{found.id} is not in {answer.asked}; the models know Ensembl release 111, which may have it"
        )
        return Finding("id.unknown", message, (), Severity.WARNING)
    message = f"{found.id} is not in {answer.asked}: mistyped, or made up"
    prefix, _, number = found.id.partition(":")
    shorter = f"{prefix}:{number.removeprefix('0')}"
    if len(number) == _TOO_LONG and number.startswith("0") and _live(shorter, context):
        return Finding("id.unknown", f"{message}; with a zero less it is {shorter}", (shorter,))
    return Finding("id.unknown", message)


def _obsolete(term: Term, takes: IdKey, context: Context) -> Finding:
    named = f"{term.id} ({term.label})" if term.label else term.id
    heir = context.terms.replacement(term)
    if heir is not None:
        message = f"{named} is obsolete; {heir} takes its place"
        kind = kind_of(heir.id)
        fix = Fix("replace", heir.id) if kind in takes.kinds or heir.id in takes.ids else None
        return Finding("term.obsolete", message, (heir.id,), fix=fix)
    options = tuple(option for option in term.consider if _live(option, context))
    if options:
        listed = ", ".join(context.terms.named(option) for option in options)
        return Finding(
            "term.obsolete", f"{named} is obsolete without a replacement; consider {listed}", options
        )
    if term.replaced_by:
        gone = f"its replacement {term.replaced_by} is no live term of the offline data"
        return Finding("term.obsolete", f"{named} is obsolete; {gone}")
    return Finding(
        "term.obsolete", f"{named} is obsolete without a replacement in {term.ontology} {term.release}"
    )


def _name(key: str, value: str, takes: IdKey, context: Context) -> Iterator[Finding]:
    if key == "perturbation_ontology_id":
        controls = vocabulary("perturbation_control")
        if value in controls.values:
            return
        meant = controls.canonical(value)
        if meant is not None:
            message = f"the control word is written {meant!r}"
            yield Finding("value.case", message, (meant,), fix=Fix("replace", meant))
            return
    strange = _strange_form(value, takes, context)
    if strange is not None:
        yield strange
        return
    message = f"{_short(value)} is a name; {key} takes the ID of {takes.what}"
    terms: tuple[Term, ...] = ()
    if len(value) <= _LONGEST_NAME and value.isprintable():
        for field in takes.fields:
            terms = context.terms.meant_by(value.strip(), field)
            if terms:
                break
    if len(terms) == 1:
        message += f": {terms[0]}"
    elif terms:
        message += f"; it may be {' or '.join(map(str, terms))}"
    yield Finding("term.label-instead-of-id", message, tuple(term.id for term in terms))


def _strange_form(value: str, takes: IdKey, context: Context) -> Finding | None:
    """What is to be said of text that is no name either: several IDs, half an ID, an ID with a blank in it."""
    several = [one for one in _SEPARATORS.split(value[:_LONGEST_NAME]) if one.strip()]
    if len(several) > 1 and all(parse_identifier(one) is not None for one in several):
        message = f"{_short(value)} holds {len(several)} IDs; a sample has one here: make an input for each"
        return Finding("id.malformed", message)
    prefixes = {"uberon", "cl", "mondo", "cvcl", "chebi", "ensg", "chembl", "ncbitaxon"}
    match = _APART.fullmatch(value)
    if match is None or match[1].casefold() not in prefixes:
        return None
    if not match[2]:
        return Finding("id.malformed", f"{_short(value)} is half an ID: the number is missing")
    whole = canonical_id(f"{match[1]}:{match[2]}")
    meant = (whole,) if whole and _live(whole, context) and kind_of(whole) in takes.kinds else ()
    return Finding(
        "id.malformed", f"{_short(value)} is no ID: prefix and number are joined by a colon", meant
    )


def _with_zeros(value: str, context: Context) -> tuple[str, ...]:
    """The ID that was meant where zeros are missing: only one that exists."""
    match = _SHORT_OF_ZEROS.fullmatch(value)
    if match is None:
        return ()
    whole = canonical_id(f"{match[1]}:{match[2].zfill(7)}")
    return (whole,) if whole and _live(whole, context) else ()


def _with_prefix(digits: str, takes: IdKey, context: Context) -> tuple[str, ...]:
    prefixes = {"uberon": "UBERON", "cl": "CL", "mondo": "MONDO"}
    options = (
        canonical_id(f"{prefixes[kind]}:{digits.zfill(7)}") for kind in sorted(takes.kinds & prefixes.keys())
    )
    return tuple(option for option in options if option and _live(option, context))


def _live(identifier: str, context: Context) -> bool:
    term = context.terms.lookup(identifier).term
    return term is not None and not term.obsolete


def _unchecked(identifier: str, reason: str) -> Finding:
    return Finding("id.unchecked", f"{identifier} could not be checked: {reason}")


def _nature(found: Identifier) -> str:
    natures = {
        "uberon": "an anatomical structure",
        "cl": "a cell type",
        "mondo": "a disease",
        "cellosaurus": "a cell line",
        "ensembl_gene": "a gene",
        "chebi": "a chemical",
        "chembl": "a ChEMBL entry",
        "ncbitaxon": "an organism",
        "hsapdv": "a stage of life",
        "hancestro": "an ancestry",
        "pato": "a quality",
        "bioproject": "a study",
        "sra_study": "a study",
        "geo_series": "a study",
        "biosample": "a sample",
    }
    return natures.get(found.kind) or f"an ID of {found.id.partition(':')[0]}"


def _home(found: Identifier) -> str:
    """Where an ID that stands under the wrong key belongs."""
    homes = [key for key, takes in id_keys().items() if found.kind in takes.kinds]
    if ontology_of(found.id) == "CL":
        homes = ["cell_type_ontology_id"]
    return f". Its place is {homes[0]}" if homes else ""


def _short(value: str) -> str:
    return repr(value if len(value) <= 80 else value[:77] + "...")
