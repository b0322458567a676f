"""What a code means: why it matters, a query that has the problem and the same one put right."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from synthquery.errors import UnknownCodeError
from synthquery.resources import load_toml
from synthquery.validation.codes import Code, codes
from synthquery.validation.own_rules import other_codes


def explain(name: str) -> dict[str, Any]:
    """All that is known of a code.

    Returns
    -------
    dict
        ``code``, ``severity``, ``title``, ``why``, ``note``, and ``failing`` and ``fixed``: two query files.

    Raises
    ------
    UnknownCodeError
        When there is no such code; the message lists near ones.

    Examples
    --------
    >>> explain("value.case")["title"]
    'A vocabulary word in the wrong case or spelling'
    """
    code = find_code(name)
    group, _, short = code.name.partition(".")
    example = load_toml("rule_examples.toml").get(group, {}).get(short, {})
    return {
        "code": code.name,
        "severity": code.severity.value,
        "title": code.title,
        "why": code.why,
        "note": code.note,
        "failing": example.get("failing", "").strip("\n"),
        "fixed": example.get("fixed", "").strip("\n"),
    }


def explanation(name: str) -> str:
    """`explain` as text for people."""
    about = explain(name)
    parts = [f"{about['code']} ({about['severity']}): {about['title']}", about["why"], about["note"]]
    parts += (
        f"{heading}:\n\n" + "\n".join(f"    {line}" for line in about[key].splitlines())
        for key, heading in (("failing", "A query with the problem"), ("fixed", "The same query, put right"))
        if about[key]
    )
    return "\n\n".join(part for part in parts if part)


def find_code(name: str) -> Code:
    """A code by its name, in any case and with blanks or brackets round it as logs show them."""
    wanted = name.strip(" []`'\"").casefold()
    found = codes().get(wanted) or other_codes().get(wanted)
    if found is not None:
        return found
    # A typo is as likely in the part after the dot, and people remember that part best.
    shorts = {each.partition(".")[2]: each for each in codes()}
    near = get_close_matches(wanted, codes(), n=3, cutoff=0.6)
    near += [shorts[each] for each in get_close_matches(wanted.rpartition(".")[2], shorts, n=2, cutoff=0.75)]
    inside = [each for each in codes() if each.partition(".")[0] == wanted]
    listed = list(dict.fromkeys([*inside, *near]))
    hint = f"did you mean {', '.join(listed)}?" if listed else "synthquery explain lists all codes"
    raise UnknownCodeError(f"no code is called {name[:80]!r}; {hint}")
