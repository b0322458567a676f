"""A prediction as a notebook shows it: what it is, and its first samples."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from synthquery.prediction.plain_metadata import as_text

if TYPE_CHECKING:
    from synthquery.prediction.result import Prediction

_SAMPLES: Final = 5


def as_html(prediction: Prediction) -> str:
    """See `Prediction`; everything that came from outside is escaped."""
    version = f" (version {prediction.model_version})" if prediction.model_version else ""
    facts = [_number(prediction.n_samples, "sample")]
    if prediction.n_genes:
        facts.append(_number(prediction.n_genes, "gene") + (", sparse" if prediction.is_sparse else ""))
    facts += [f"latents {name}: {array.shape[1]:,}" for name, array in prediction.latent_arrays.items()]
    facts += [
        f"{name}: {_number(len(one.labels), 'label')}" for name, one in prediction.probabilities.items()
    ]
    note = "<p><strong>Simulated values, not biology.</strong></p>" if prediction.simulated else ""
    return (
        f"<div><p><strong>{escape(prediction.model_id)}</strong>{escape(version)}: {prediction.kind}</p>{note}"
        f"<p>{escape('; '.join(facts))}</p>{_samples(prediction)}</div>"
    )


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _samples(prediction: Prediction) -> str:
    """The first samples: the columns of their metadata that say something, and their library sizes."""
    table = prediction.metadata.head(_SAMPLES)
    columns = [name for name in table.columns if any(as_text(value) for value in table[name])]
    head = [*map(str, columns), *(["reads"] if prediction.n_genes else [])]
    rows = [
        [str(number), *(str(table[name].iloc[number]) for name in columns)]
        + ([f"{prediction.reads[number]:,}"] if prediction.n_genes else [])
        for number in range(len(table))
    ]
    more = prediction.n_samples - len(rows)
    below = f"<p>and {more:,} more</p>" if more else ""
    body = "".join(_row("td", row) for row in rows)
    return f"<table><thead>{_row('th', ['', *head])}</thead><tbody>{body}</tbody></table>{below}"


def _row(cell: str, values: list[str]) -> str:
    return "<tr>" + "".join(f"<{cell}>{escape(value)}</{cell}>" for value in values) + "</tr>"
