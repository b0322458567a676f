"""Write docs/issues.md from the tables of codes and examples.

python scripts/build_issues.py          write the page
python scripts/build_issues.py --check  exit 1 when the page is not what would be written
"""

from __future__ import annotations

import sys
from pathlib import Path

from synthquery.resources import load_toml
from synthquery.validation import Code, codes
from synthquery.validation.own_rules import other_codes

PAGE = Path(__file__).parent.parent / "docs" / "issues.md"
HEAD = """\
# Issue codes

Every problem that `synthquery validate` finds has a code. Codes do not change between releases, so tests,
scripts and reviews can rely on them; messages may.

- **error**: the query would fail, or answer something that was not asked. It is not sent.
- **warning**: the query can be sent; a person should look at it first.
- **info**: a note, or something that could not be checked and is neither right nor wrong.

In a recipe or a table, what `synthquery build` brings into the form of the service itself (`Male`, `UBERON_0002107`,
`24h`) is a note, whatever the severity below.

This page is written by `scripts/build_issues.py` from `rules.toml`, `rules_of_others.toml` and `rule_examples.toml` in
`src/synthquery/data/`.

| code | severity | what it is |
| --- | --- | --- |
"""


def every_code() -> dict[str, Code]:
    """The codes of bodies, then those that take settings, a rule or the service."""
    return {**codes(), **other_codes()}


def page() -> str:
    """The whole page."""
    rows = [
        f"| [`{code.name}`](#{anchor(code.name)}) | {code.severity} | {code.title} |"
        for code in every_code().values()
    ]
    return HEAD + "\n".join(rows) + "\n\n" + "\n".join(map(section, every_code()))


def anchor(name: str) -> str:
    """The address of a section, as MkDocs makes it from the heading."""
    return name.replace(".", "")


def section(name: str) -> str:
    """Why a code matters, a query that has the problem and one that has not."""
    code = every_code()[name]
    group, short = name.split(".")
    example = load_toml("rule_examples.toml").get(group, {}).get(short, {})
    note = f"\n{code.note}\n" if code.note else ""
    parts = [f"## {name}\n\n**{code.title}** ({code.severity}). {code.why}\n{note}"]
    if "vocabulary" in example:
        told = "With this list of the owner of `gem-1-bulk` (`synthquery vocab add gem-1-bulk FILE.json`):"
        parts.append(f"{told}\n\n```json\n{example['vocabulary']}```\n")
    if "settings" in example:
        parts.append(f"With these settings in `synthquery.toml`:\n\n```toml\n{example['settings']}```\n")
    if example:
        parts.append(f"```yaml\n{example['failing']}```\n\nFixed:\n")
        if "settings_fixed" in example:
            parts.append(f"```toml\n{example['settings_fixed']}```\n")
        else:
            parts.append(f"```yaml\n{example['fixed']}```\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
        print(
            "docs/issues.md is up to date" if same else "docs/issues.md differs: run scripts/build_issues.py"
        )
        return int(not same)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
