"""Settings of a validation run: ``[tool.synthquery]`` of ``pyproject.toml``, or ``synthquery.toml``.

    select = ["id", "term"]                    # only these codes or groups of codes
    ignore = ["id.unchecked"]                  # not these
    severity = { "term.too-general" = "error" }
    least-severity = "warning"
    exclude = ["archive"]                      # folders and files that are not looked at
    model = "gem-1-bulk"                       # of queries that do not name theirs
    baseline = "synthquery-baseline.json"
    rules = ["checks/rules.py"]                # rules of your own: files, modules, module:function

    [per-file-ignores]
    "legacy/**" = ["legacy"]

    [study]                                    # see study.py
    required = ["sex"]

The nearest file above a query counts; ``synthquery.toml`` comes before ``pyproject.toml`` of the same folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from synthquery.errors import ConfigError
from synthquery.validation.own_rules import OwnRule, known_codes
from synthquery.validation.report import Severity
from synthquery.validation.rule_loading import load_rules
from synthquery.validation.selection import matches
from synthquery.validation.study import Study, study_of

_NAMES: Final = ("synthquery.toml", "pyproject.toml")


@dataclass(frozen=True)
class Config:
    """Settings of a run; paths and patterns of files are relative to `root`.

    Attributes
    ----------
    root
        Folder of the file the settings come from.
    source
        That file; None for settings that come from no file.
    select, ignore
        Codes or groups of codes: only these, and not these.
    severity
        Severity of codes in place of their own.
    least
        What matters less is not reported.
    per_file_ignores
        Codes to ignore, by pattern of files.
    exclude
        Patterns of files and folders that are not looked at when a folder is searched.
    model
        Model of the queries that do not tell theirs.
    baseline
        File of the issues that were there before.
    rules
        Names of rules of one's own.
    study
        What the study asks of every query.
    """

    root: Path = field(default_factory=Path)
    source: Path | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    least: Severity = Severity.INFO
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    model: str | None = None
    baseline: Path | None = None
    rules: tuple[str, ...] = ()
    study: Study = field(default_factory=Study)

    def own_rules(self) -> tuple[OwnRule, ...]:
        """The rules beside those of synthquery: of the study, of the settings, of installed packages."""
        return (*self.study.rules(), *load_rules(self.rules, self.root))

    def ignored_for(self, file: Path) -> tuple[str, ...]:
        """The codes that are ignored in a file."""
        extra = (codes for pattern, codes in self.per_file_ignores.items() if self._fits(file, pattern))
        return (*self.ignore, *(code for group in extra for code in group))

    def excludes(self, path: Path) -> bool:
        """True for a file or folder that is not looked at."""
        return any(self._fits(path, pattern) for pattern in self.exclude)

    def _fits(self, path: Path, pattern: str) -> bool:
        """As in ``.gitignore``, roughly: a name fits anywhere, a path from the root, with all below it."""
        try:
            relative = path.resolve().relative_to(self.root.resolve())
        except ValueError:
            return False
        plain = pattern.strip("/").removesuffix("/**")
        starts = [Path(*relative.parts[: at + 1]) for at in range(len(relative.parts))]
        if "/" not in plain:
            return any(fnmatchcase(start.name, plain) for start in starts)
        return any(fnmatchcase(start.as_posix(), plain) for start in starts)


def find_config(folder: Path) -> Config:
    """The settings for the files of a folder; the defaults where no file has any.

    Raises
    ------
    ConfigError
        When the nearest file has settings that cannot be used.
    """
    here = folder.resolve()
    for above in (here, *here.parents):
        for name in _NAMES:
            file = above / name
            if file.is_file() and (name != "pyproject.toml" or _table(file) is not None):
                return load_config(file)
    return Config()


def load_config(file: Path) -> Config:
    """The settings of a file.

    Raises
    ------
    ConfigError
        When it cannot be read, has an unknown setting or one that cannot be used.
    """
    table = _table(file)
    settings: dict[str, Any] = {"root": file.parent, "source": file}
    given = dict(table or {})
    # Loading rules makes their codes known, which the other settings may then name.
    for key, value in sorted(given.items(), key=lambda item: item[0] != "rules"):
        read = _READERS.get(key)
        if read is None:
            near = get_close_matches(key, _READERS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_READERS)}"
            raise ConfigError(f"{file}: no setting is called {key!r}; {hint}")
        name, convert = read
        try:
            settings[name] = convert(value)
            if key == "rules":
                load_rules(settings[name], file.parent)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{file}: {key}: {error}") from error
    if "baseline" in settings:
        settings["baseline"] = file.parent / settings["baseline"]
    return Config(**settings)


def _table(file: Path) -> Mapping[str, Any] | None:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    if file.name != "pyproject.toml":
        return content
    tool = content.get("tool")
    table = tool.get("synthquery") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def code_patterns(value: object) -> tuple[str, ...]:
    """Patterns of codes, each of which is for a code there is.

    Raises
    ------
    ValueError
        Naming near codes.
    """
    found = _texts(value)
    for pattern in found:
        check_pattern(pattern)
    return found


def check_pattern(pattern: str) -> None:
    """Raise ValueError when a pattern is for none of the codes there are."""
    known = [*known_codes(), *{code.partition(".")[0] for code in known_codes()}]
    if not any(matches(code, (pattern,)) for code in known):
        near = get_close_matches(pattern, known, n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else "synthquery explain lists all codes"
        raise ValueError(f"there is no code {pattern!r}; {hint}")


def severity_of(value: object) -> Severity:
    """A severity by its name.

    Raises
    ------
    ValueError
        Naming those there are.
    """
    if value not in [each.value for each in Severity]:
        raise ValueError(f"{value!r} is no severity; there are {', '.join(Severity)}")
    return Severity(str(value))


def _severities(value: object) -> dict[str, Severity]:
    given = _object(value)
    code_patterns(list(given))
    return {pattern: severity_of(each) for pattern, each in given.items()}


def _ignores(value: object) -> dict[str, tuple[str, ...]]:
    return {pattern: code_patterns(each) for pattern, each in _object(value).items()}


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise TypeError("expected a list of texts")
    return tuple(value)


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("expected a table")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("expected a text")
    return value


def _model(value: object) -> str:
    from synthquery.catalog import get_model
    from synthquery.errors import UnknownModelError

    try:
        return get_model(_text(value)).model_id
    except UnknownModelError as error:
        raise ValueError(str(error)) from error


_READERS: Final[Mapping[str, tuple[str, Callable[[object], Any]]]] = {
    "select": ("select", code_patterns),
    "ignore": ("ignore", code_patterns),
    "severity": ("severity", _severities),
    "least-severity": ("least", severity_of),
    "per-file-ignores": ("per_file_ignores", _ignores),
    "exclude": ("exclude", _texts),
    "model": ("model", _model),
    "baseline": ("baseline", _text),
    "rules": ("rules", _texts),
    "study": ("study", study_of),
}
