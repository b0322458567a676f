"""Write docs/issues.md from the tables of codes and examples.

python scripts/build_issues.py          write the page
python scripts/build_issues.py --check  exit 1 when the page is not what would be written
"""

from __future__ import annotations

import sys
from pathlib import Path

from synthquery.resources import load_toml
from synthquery.validation import codes

PAGE = Path(__file__).parent.parent / "docs" / "issues.md"
HEAD = """\
# Issue codes

Every problem that `synthquery validate` finds has a code. Codes do not change between releases, so tests,
scripts and reviews can rely on them; messages may.

- **error**: the query would fail, or answer something that was not asked. It is not sent.
- **warning**: the query can be sent; a person should look at it first.
- **info**: something could not be checked. It is neither right nor wrong.

This page is written by `scripts/build_issues.py` from `rules.toml` and `rule_examples.toml` in
`src/synthquery/data/`.

| code | severity | what it is |
| --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    rows = [
        f"| [`{code.name}`](#{anchor(code.name)}) | {code.severity} | {code.title} |"
        for code in codes().values()
    ]
    return HEAD + "\n".join(rows) + "\n\n" + "\n".join(section(name) for name in codes())


def anchor(name: str) -> str:
    """The address of a section, as MkDocs makes it from the heading."""
    return name.replace(".", "")


def section(name: str) -> str:
    """Why a code matters, a query that has the problem and one that has not."""
    code = codes()[name]
    group, short = name.split(".")
    example = load_toml("rule_examples.toml")[group][short]
    note = f"\n{code.note}\n" if code.note else ""
    listed = (
        f"With this list of the owner of `gem-1-bulk` (`synthquery vocab add gem-1-bulk FILE.json`):\n\n"
        f"```json\n{example['vocabulary']}```\n\n"
        if "vocabulary" in example
        else ""
    )
    return (
        f"## {name}\n\n**{code.title}** ({code.severity}). {code.why}\n{note}\n{listed}"
        f"```yaml\n{example['failing']}```\n\nFixed:\n\n```yaml\n{example['fixed']}```\n"
    )


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
