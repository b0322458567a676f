"""Fixes: issues that have exactly one right answer, put right in place.

    fixed, report = synthquery.fix("query.yaml")
    print(fixed.diff())
    fixed.write()

A rule says what the right answer is by giving its finding a `Fix`. Here it becomes an edit: of a body in
memory, or of the characters of a file, of which everything else stays (layout, order of keys, comments, quotes).
A changed file is kept only when reading it gives exactly the body with the same edits.
"""

from __future__ import annotations

from synthquery.validation.fixes.fixing import FixedFile, fix, fix_data

__all__ = ["FixedFile", "fix", "fix_data"]
