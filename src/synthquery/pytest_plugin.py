"""A pytest plugin: queries of a repository as tests.

    def test_our_query(assert_valid_query):
        assert_valid_query("queries/liver.json")

Files called ``*.query.yaml``, ``*.query.yml`` or ``*.query.json`` below the tested folders are tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from synthquery.query import Query
    from synthquery.validation import Report

    Check = Callable[..., Report]

_ENDINGS: Final = (".query.yaml", ".query.yml", ".query.json")


class InvalidQueryFileError(Exception):
    """A query file has errors; its text is the report."""


class QueryFile(pytest.File):
    """A file that holds one query."""

    def collect(self) -> Iterator[QueryItem]:
        """The one test of the file."""
        yield QueryItem.from_parent(self, name="valid")


class QueryItem(pytest.Item):
    """That the query of a file has no errors."""

    def runtest(self) -> None:
        """Validate the file with the settings that are nearest to it."""
        from synthquery.recipe.files import validate_files

        ((_, report),) = validate_files([self.path]).results
        if not report.ok:
            raise InvalidQueryFileError(str(report))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report without a traceback: what is wrong is in the file, not in Python."""
        if isinstance(excinfo.value, InvalidQueryFileError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """The file, and what is tested about it."""
        return self.path, None, f"query {self.path.name}"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> QueryFile | None:
    """Take the files that are called queries."""
    if file_path.name.endswith(_ENDINGS):
        return QueryFile.from_parent(parent, path=file_path)
    return None


@pytest.fixture(scope="session")
def assert_valid_query() -> Check:
    """A function that fails the test when a query has errors, and gives back its report."""

    def check(
        query: Query | Mapping[str, Any] | str | os.PathLike[str], model_id: str | None = None
    ) -> Report:
        __tracebackhide__ = True
        from synthquery.recipe.files import validate

        report = validate(query, model_id=model_id)
        if not report.ok:
            pytest.fail(str(report), pytrace=False)
        return report

    return check
