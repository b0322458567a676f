"""Labels that samples came with, held against what their counts say, through the hierarchy of the ontologies."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from synthquery.analysis.comparing import Compared, Comparison
from synthquery.analysis.fields import is_set, metadata_key, sample_names, short_name
from synthquery.analysis.relations import VERDICTS
from synthquery.errors import UnknownFieldError
from synthquery.prediction import SIMULATED_NOTE, Prediction
from synthquery.resolver import Decisions

if TYPE_CHECKING:
    import pandas as pd

_MISMATCHES: Final = ("sibling", "unrelated")
_COLUMNS: Final = (
    "sample",
    "field",
    "verdict",
    "provided",
    "provided_id",
    "provided_label",
    "predicted_id",
    "predicted_label",
    "predicted_probability",
    "provided_probability",
    "common_ancestor",
    "common_ancestor_label",
    "reason",
)


@dataclass(frozen=True, eq=False, repr=False)
class LabelCheck:
    """What came of holding labels against a prediction.

    Attributes
    ----------
    table
        One row a sample and field: ``sample``; ``field``; ``verdict``; ``provided`` as it was given, its
        ``provided_id`` and ``provided_label``; ``predicted_id`` and ``predicted_label``;
        ``predicted_probability`` and ``provided_probability`` (of the provided term and all below it), missing
        where the field has no probabilities; ``common_ancestor`` and ``common_ancestor_label``; ``reason``.
        Verdicts are ``"exact"``, ``"more specific"`` (what was predicted is a kind or a part of what was
        provided), ``"more general"``, ``"sibling"`` (near, but neither), ``"unrelated"`` and ``"not checked"``.
    simulated
        True when the prediction was made by the simulator.
    """

    table: pd.DataFrame
    simulated: bool = False

    @property
    def mismatches(self) -> pd.DataFrame:
        """The rows whose labels contradict the prediction: siblings and unrelated ones."""
        return self.table[self.table["verdict"].isin(_MISMATCHES)]

    def summary(self) -> pd.DataFrame:
        """How many samples of each field have each verdict: one row a field, one column a verdict."""
        import pandas as pd

        counts = pd.crosstab(self.table["field"], self.table["verdict"])
        order = list(dict.fromkeys(self.table["field"]))
        return counts.reindex(index=order, columns=list(VERDICTS), fill_value=0).rename_axis(columns=None)

    def confusion(self, field: str | None = None) -> pd.DataFrame:
        """How often each provided label (rows) was predicted as each label (columns); what was not checked is left out.

        Parameters
        ----------
        field
            The field; may be left out where there is only one.

        Raises
        ------
        ValueError
            When there are several fields and none is named, or the one named was not checked.
        """
        import pandas as pd

        rows = self.table[
            (self.table["field"] == self.field(field)) & (self.table["verdict"] != "not checked")
        ]
        return pd.crosstab(
            rows["provided_label"], rows["predicted_label"], rownames=["provided"], colnames=["predicted"]
        )

    def field(self, name: str | None = None) -> str:
        """The name of a checked field as `table` has it; of the only one when none is named."""
        there = list(dict.fromkeys(self.table["field"]))
        if name is None and len(there) == 1:
            return str(there[0])
        if name is not None:
            for known in (name, short_name(name), _short(name)):
                if known in there:
                    return str(known)
        raise ValueError(f"a field is wanted: one of {', '.join(map(str, there)) or 'none'}, not {name!r}")

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        counts = self.table["verdict"].value_counts()
        told = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in VERDICTS if verdict in counts)
        fields = ", ".join(dict.fromkeys(map(str, self.table["field"])))
        note = f"; {SIMULATED_NOTE.upper()}" if self.simulated else ""
        return f"<{type(self).__name__} of {fields or 'nothing'}: {told or 'no labels'}{note}>"

    def _repr_html_(self) -> str:
        html: str = self.summary().to_html()
        return html


def _short(name: str) -> str:
    try:
        return short_name(metadata_key(name))
    except UnknownFieldError:
        return name


def check_labels(
    provided: pd.DataFrame | pd.Series[Any] | Mapping[str, Any],
    prediction: Prediction,
    *,
    samples: Sequence[Hashable] | None = None,
    decisions: Decisions | None = None,
) -> LabelCheck:
    """Hold the labels that samples came with against what a model reads from their counts.

    Labels and identifiers alike are resolved to terms, and terms are compared through the hierarchy: a sample of
    "brain" whose counts say cerebellum is right, and more precise.

    Parameters
    ----------
    provided
        A table with one row a sample and a column a field (other columns are left alone), a column of one that
        is named like a field, or a mapping of fields to labels: a list with one a sample, or one label for all.
        Words for no value (``NA``, ``unknown``) are no labels. Fields are called ``tissue``,
        ``cell_type``, ``disease``, ``cell_line``, ``sex`` ... or by their metadata key; labels may be
        identifiers in any spelling.
    prediction
        The answer to a metadata prediction query, samples in the same order.
    samples
        Names of the samples; by default the index of a table, else their numbers.
    decisions
        What people decided about labels, as for ``sq.resolve``.

    Returns
    -------
    LabelCheck
        ``.table`` has a verdict for each sample and field, ``.mismatches`` those to look at, ``.confusion(field)``
        who was taken for whom.

    Raises
    ------
    ValueError
        When there are not as many labels as samples, or nothing to check.
    TypeError
        When labels come without the name of their field, or in no order (a set, a mapping by sample).
    UnknownFieldError
        When a mapping names something that is no field.
    """
    import pandas as pd

    if isinstance(provided, pd.Series) and provided.name is not None:
        provided = provided.to_frame()
    elif not isinstance(provided, pd.DataFrame | Mapping):
        raise TypeError('labels need the name of their field: {"tissue": [...]}, one label a sample')
    if samples is None and isinstance(provided, pd.DataFrame):
        samples = list(provided.index)
    columns = dict(_columns(provided, prediction))
    if not columns:
        told = ", ".join(map(str, getattr(provided, "columns", provided)))
        raise ValueError(f"nothing to check: none of {told or 'no columns'} is a metadata field")
    names = sample_names(prediction, samples)
    rows = [
        row for name, values in columns.items() for row in _rows(name, values, prediction, names, decisions)
    ]
    return LabelCheck(pd.DataFrame(rows, columns=list(_COLUMNS)), prediction.simulated)


def _columns(provided: Any, prediction: Prediction) -> Iterator[tuple[str, list[Any]]]:
    """The labels of each field, one a sample."""
    is_table = hasattr(provided, "columns")
    seen: dict[str, str] = {}
    for name in provided.columns if is_table else provided:
        try:
            key = metadata_key(str(name), [*prediction.probabilities, *prediction.sample_metadata[0]])
        except UnknownFieldError:
            if is_table:
                continue
            raise
        if key in seen:
            raise ValueError(f"{seen[key]!r} and {name!r} are the same field, {key}")
        seen[key] = str(name)
        yield str(name), _one_a_sample(str(name), provided[name], prediction.n_samples)


def _one_a_sample(name: str, values: Any, n_samples: int) -> list[Any]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        return [values] * n_samples
    if isinstance(values, Mapping | Set):
        raise TypeError(
            f"labels of {name} are a list with one a sample, in the order of the samples, not a {type(values).__name__}"
        )
    labels = list(values)
    if len(labels) != n_samples:
        raise ValueError(f"{len(labels):,} labels of {name} for {n_samples:,} samples")
    return labels


def _rows(
    name: str,
    values: Sequence[Any],
    prediction: Prediction,
    names: Sequence[Hashable],
    decisions: Decisions | None,
) -> Iterator[tuple[Any, ...]]:
    key = metadata_key(name, [*prediction.probabilities, *prediction.sample_metadata[0]])
    comparison = Comparison(name, key, [value for value in values if is_set(value)], decisions)
    table = prediction.probabilities.get(key)
    columns = {} if table is None else {label: at for at, label in enumerate(table.labels)}
    below: dict[str, list[int]] = {}
    for number, value in enumerate(values):
        told = prediction.sample_metadata[number].get(key, "")
        compared = comparison.of(value, told)
        predicted = expected = None
        if table is not None and columns:
            row = table.values[number]
            predicted = row[columns[str(told)]] if str(told) in columns else None
            if compared.provided_id:
                places = below.get(compared.provided_id)
                if places is None:
                    places = below[compared.provided_id] = comparison.columns_below(compared, columns)
                expected = row[places].sum() if places else None
        yield _row(names[number], short_name(key), value, compared, predicted, expected)


def _row(
    sample: Hashable, field: str, value: Any, compared: Compared, predicted: Any, expected: Any
) -> tuple[Any, ...]:
    ancestor = compared.relation.common_ancestor
    return (
        sample,
        field,
        compared.relation.verdict,
        value if is_set(value) else "",
        compared.provided_id,
        compared.provided_label,
        compared.predicted_id,
        compared.predicted_label,
        float("nan") if predicted is None else float(predicted),
        float("nan") if expected is None else float(expected),
        ancestor.id if ancestor else "",
        ancestor.label if ancestor else "",
        compared.reason,
    )
