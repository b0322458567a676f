"""Recipes checked as queries are: every problem with a code, a place and what to do.

What `build_recipe` refuses is an error. What it takes and writes another way (``Male``, ``UBERON_0002107``, ``24h``)
is a note with its fix. The query that comes out is checked like any other, and its problems are told where the recipe
says them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from synthquery.builder.words import PERTURBATION_WORDS, WORDS, Word, word_for
from synthquery.errors import Problem
from synthquery.identifiers import malformed, parse_identifier
from synthquery.recipe.kitchen import Described, Kitchen, Recipe
from synthquery.validation.body import document_order
from synthquery.validation.context import Context, Terms
from synthquery.validation.engine import report_of, run
from synthquery.validation.own_rules import OwnRule, with_rules
from synthquery.validation.placing import placed
from synthquery.validation.report import Issue, Path, Report, Severity, shown_value
from synthquery.validation.rule import Finding, Located
from synthquery.validation.rules import identifiers, standard_rules, values
from synthquery.validation.structure import wrong_type
from synthquery.validation.validate import unknown_model
from synthquery.wire import Document

_OF_WHOLE_SAMPLES: Final = ("coherence.duplicate-input", "coherence.perturbation-incomplete")
_UNRESOLVED: Final = "term.unresolved"
_WHOLE_NUMBERS: Final = ("num_samples", "seed", "total_count")
_PLAIN_AGE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]+)? years?")
_OF_WORD: Final[Mapping[str, Callable[[str, Any, Context], Iterator[Finding]]]] = {
    "age": values.age,
    "time": values.time,
    "dose": values.dose,
    "study": values.study,
    "developmental_stage": values.developmental_stage,
}


def is_recipe(body: Mapping[Any, Any]) -> bool:
    """True for an object that says what a recipe says and no query does."""
    return "inputs" not in body and ("samples" in body or "defaults" in body)


def check_recipe(
    document: Document,
    model_id: str | None = None,
    *,
    terms: Terms | None = None,
    rules: Sequence[OwnRule] = (),
) -> Report:
    """All problems of a recipe that was read, each with its line and column.

    Parameters
    ----------
    document
        The file.
    model_id
        Its model, where it names none.
    terms
        The ontologies to ask.
    rules
        Rules of one's own; they look at the query the recipe makes.
    """
    recipe = Recipe(document.body, document.name, document.duplicates)
    return placed(recipe_report(recipe, terms=terms, rules=rules, model_id=model_id), document)


def recipe_report(
    recipe: Recipe,
    *,
    terms: Terms | None = None,
    rules: Sequence[OwnRule] = (),
    model_id: str | None = None,
) -> Report:
    """All problems of a recipe, without their lines; parameters as for `check_recipe`."""
    content = recipe.content
    named = content.get("model", content.get("model_id"))
    if model_id and named is None:
        recipe = replace(recipe, content={**content, "model": model_id})
    asked = terms or Terms()
    kitchen = Kitchen(recipe)
    context = Context((kitchen.spec,), kitchen.spec.family, asked) if kitchen.spec else None
    refused = [_refused(kitchen, path, problem, context) for path, problem in kitchen.problems]
    told = {path for path, _ in kitchen.problems}
    found = [one for some in refused for one in some]
    if model_id and isinstance(named, str) and named != model_id:
        found.append(_mismatch("model" if "model" in content else "model_id", named, model_id))
    found += _notes(kitchen, context, told) if context else []
    own = report_of(content, found, asked)
    made = _of_query(kitchen, context, own, rules) if context else []
    order = document_order(content)
    return replace(
        own,
        issues=tuple(sorted((*own.issues, *made), key=lambda issue: order(issue.path))),
        model_id=kitchen.spec.model_id if kitchen.spec else None,
        releases=asked.releases(),
        n_inputs=len(kitchen.samples),
    )


def _mismatch(key: str, named: str, wanted: str) -> Located:
    message = f"the recipe is for {shown_value(named)}, and was to be checked for {shown_value(wanted)}"
    return Located((key,), named, Finding("model.mismatch", message, (str(shown_value(wanted)),)))


# --- what the builder refuses -----------------------------------------------------------------------------------


def _refused(kitchen: Kitchen, path: Path, problem: Problem, context: Context | None) -> list[Located]:
    """A problem of the builder, in the words that queries hear where they say more."""
    word, value = _word_at(path), problem.value
    if context and word and isinstance(value, str):
        found = [
            finding._replace(severity=Severity.ERROR) for finding in _as_of_a_query(word, problem, context)
        ]
        if found:
            given = _at(kitchen.content, path)
            paired = isinstance(given, Mapping) and "id" in given
            return [Located((*path, "id") if paired else path, value, finding) for finding in found]
    if problem.code == "model.unknown" and isinstance(value, str):
        return [Located(path, value, unknown_model(value))]
    if problem.code == "structure.type" and path[-1] in _WHOLE_NUMBERS:
        return [Located(path, value, wrong_type(str(path[-1]), value, "a whole number", required=True))]
    finding = Finding(problem.code or "value.format", problem.message, problem.suggestions)
    return [Located(path, value, finding)]


def _as_of_a_query(word: Word, problem: Problem, context: Context) -> list[Finding]:
    """What the rules of queries find in a value that the builder refused."""
    value = str(problem.value)
    if problem.code in (_UNRESOLVED, "value.enum", "value.format"):
        no_value = list(values.null_word(word.name, value, context)) if value.strip() else []
        if no_value:
            return no_value
    if problem.code == _UNRESOLVED:
        if parse_identifier(value) is None and malformed(value) is None:
            return []
        found = identifiers.identifier(word.key, value, context)
        return [one for one in found if one.code not in ("id.noncanonical", "id.unchecked")]
    if problem.code in ("value.enum", "value.format") and value.strip():
        return [
            one for one in _OF_WORD.get(word.name, values.word)(word.key, value, context) if one.fix is None
        ]
    return []


def _word_at(path: Path) -> Word | None:
    name = word_for(path[-1]) if path and isinstance(path[-1], str) else None
    return WORDS[name] if name else None


def _at(content: Any, path: Path) -> Any:
    for part in path:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return None
    return content


# --- what the builder takes and writes another way --------------------------------------------------------------


def _notes(kitchen: Kitchen, context: Context, told: set[Path]) -> Iterator[Located]:
    strategy = kitchen.content.get("sampling_strategy")
    if isinstance(strategy, str) and ("sampling_strategy",) not in told:
        yield from _noted(
            ("sampling_strategy",), strategy, values.word("sampling_strategy", strategy, context)
        )
    seen = set(told)
    for sample in kitchen.samples:
        for name, value in sample.words.items():
            path = sample.origin[name]
            if path in seen:
                continue
            seen.add(path)
            paired = isinstance(value, Mapping)
            text = value.get("id") if paired else value
            if isinstance(text, str):
                yield from _noted((*path, "id") if paired else path, text, _findings(name, text, context))


def _findings(name: str, value: str, context: Context) -> Iterator[Finding]:
    word = WORDS[name]
    if word.kind in ("term", "perturbation"):
        if parse_identifier(value) is not None or word.name == "perturbation":
            yield from identifiers.identifier(word.key, value, context)
    elif name == "age" and _PLAIN_AGE.fullmatch(value):
        return  # how people say it, and plain
    else:
        yield from _OF_WORD.get(name, values.word)(word.key, value, context)


def _noted(path: Path, value: str, findings: Iterator[Finding]) -> Iterator[Located]:
    for finding in findings:
        if finding.fix is not None:
            if finding.code == "term.obsolete":
                yield Located(path, value, finding._replace(severity=Severity.WARNING))
                continue
            message = f"{value[:80]!r} stands in the query as {finding.fix.value!r}"
            yield Located(path, value, finding._replace(message=message, severity=Severity.INFO))


# --- what is wrong with the query that comes out ----------------------------------------------------------------


def _of_query(kitchen: Kitchen, context: Context, own: Report, rules: Sequence[OwnRule]) -> Iterator[Issue]:
    if not kitchen.samples:
        return
    inputs = [{"metadata": one.metadata, "num_samples": one.num_samples or 1} for one in kitchen.samples]
    body = {**kitchen.settings, "inputs": inputs}
    report = with_rules(run(body, context, standard_rules()), body, rules)
    wrong = {path for path, _ in kitchen.problems}
    lacking = {path[1] if path[0] == "samples" and len(path) > 1 else None for path in wrong}
    told: set[Any] = {(issue.code, issue.path) for issue in own.issues}
    for issue in report.issues:
        path = _place_of(issue.path, kitchen)
        # A fault of the defaults is one fault, whatever the number of samples.
        if (issue.code, path) in told or path in wrong or (*path, "id") in wrong:
            continue
        if issue.code in _OF_WHOLE_SAMPLES and (None in lacking or issue.path[1] in lacking):
            continue  # what was refused may be what is missed here
        told.add((issue.code, path))
        yield replace(issue, path=path, fix=None)


def _place_of(path: Path, kitchen: Kitchen) -> Path:
    """Where the recipe says what stands at a path of the query."""
    if path[:1] != ("inputs",):
        return path
    if len(path) < 2 or not isinstance(path[1], int):
        return ("samples",)
    sample = kitchen.samples[path[1]]
    if len(path) < 3:
        return sample.path
    name = "num_samples" if path[2] == "num_samples" else _name_of(path[3] if len(path) > 3 else None, sample)
    found = sample.origin.get(name, sample.path) if name else sample.path
    return (*found, "id") if name and isinstance(sample.words.get(name), Mapping) else found


def _name_of(key: object, sample: Described) -> str | None:
    """The word of a sample that fills a metadata key."""
    fitting = [name for name in sample.words if WORDS[name].key == key]
    if not fitting and key == "perturbation_type":  # which the compound or the control word implied
        fitting = [name for name in PERTURBATION_WORDS if name in sample.words]
    return fitting[0] if fitting else None
