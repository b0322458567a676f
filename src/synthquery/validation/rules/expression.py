"""Counts that are well formed and still no raw counts in the order of the model's genes.

Nothing here looks at single genes: the models' own lists are not public. What is known of them (bulk is sorted
by Ensembl ID, single-cell is not) and what every library of reads has in common is enough for the two commonest
faults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.identifiers import canonical_id, kind_of
from synthquery.validation.body import Body, all_keys
from synthquery.validation.context import Context
from synthquery.validation.report import Path
from synthquery.validation.rule import Finding, Located

_NORMALISED: Final = "counts.looks-normalised"
_ORDER: Final = "counts.gene-order"
_MILLION: Final = 1_000_000  # the total of TPM and CPM
_ROUNDING: Final = 2_000  # by which their sum differs when tens of thousands of values are rounded
_TEN_THOUSAND: Final = 10_000  # the total that single-cell tools scale to
_HIGHEST_LOG: Final = 25  # log2(x + 1) of thirty million; the highest gene of a library has fewer reads
_DETECTED: Final = 8_000  # genes: with so many detected the highest has hundreds of reads in any library
_LOWEST_LOG: Final = 8  # ln(x + 1) of the highest gene; lower values are those of made-up counts
_MOST_DETECTED: Final = 0.85  # of all genes: no tissue expresses so many, made-up counts do
_MANY_BELOW: Final = 0.05
_DISTINCT: Final = 10
_NAMES: Final = ("gene_order", "gene_ids", "genes", "gene_names", "var_names")
_ASKED: Final = 20  # gene names that are looked at to know what kind of names they are


def looks_normalised(values: npt.NDArray[Any], given: Any, path: Path) -> Iterator[Located]:
    """Values that are TPM, CPM, logarithms or z-scores, rounded or not."""
    if not len(values) or values.dtype.kind not in "iuf":
        return
    kind = _centred(values) if values.min() < 0 else scaled(values)
    if kind:
        yield Located(
            path, given, Finding(_NORMALISED, f"these look like {kind}; the models take raw counts")
        )


def scaled(values: npt.NDArray[Any]) -> str | None:
    """What the values of one sample, none below zero, look like when it is not counts; None when they may be some."""
    whole = values.dtype.kind != "f"
    finite = values if whole else np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0)
    total, highest = float(finite.sum(dtype=np.float64)), float(finite.max())
    positive = finite > 0
    n_detected = int(np.count_nonzero(positive))
    if not n_detected:
        return None
    fractions = 0.0 if whole else float(np.mean(finite[positive] != np.floor(finite[positive])))
    if fractions > 0.5 and n_detected >= 100:
        if abs(total - _MILLION) <= _ROUNDING:
            return "TPM or CPM: they add up to a million"
        if abs(total - _TEN_THOUSAND) <= 1:
            return "scaled to 10,000 a cell: they add up to it"
        if highest <= _HIGHEST_LOG:
            return f"logarithms: the highest of {n_detected:,} genes is {highest:.3g}"
    if fractions == 0 and abs(total - _MILLION) <= _ROUNDING and total != _MILLION:
        return f"rounded TPM or CPM: they add up to {total:,.0f}, a million but for the rounding"
    if (
        _LOWEST_LOG <= highest <= _HIGHEST_LOG
        and _DETECTED <= n_detected <= _MOST_DETECTED * len(values)
        and len(np.unique(finite[positive][:50_000])) >= 6
        and float(np.mean(finite[positive])) >= 2
    ):
        return f"rounded logarithms: {n_detected:,} genes are detected and none has more than {highest:.0f} reads"
    return None


def _centred(values: npt.NDArray[Any]) -> str | None:
    """Z-scores and the like: so many values are below zero, and broken, that no single one is the fault."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values[:0]
    below = float(np.mean(finite < 0)) if len(finite) else 0.0
    if below <= _MANY_BELOW or float(np.mean(finite != np.floor(finite))) <= 0.5:
        return None
    return f"z-scores or log ratios: {below:.0%} are below zero"


def looks_sorted(values: npt.NDArray[Any], given: Any, path: Path) -> Iterator[Located]:
    """Values from high to low or from low to high: the order of a ranking, of no gene list."""
    if len(values) < 1_000 or values.dtype.kind not in "iuf" or values[0] == values[-1]:
        return
    falling = values[0] > values[-1]
    ahead, behind = (values[:-1], values[1:]) if falling else (values[1:], values[:-1])
    if bool(np.all(ahead >= behind)) and len(np.unique(values)) >= _DISTINCT:
        way = "high to low" if falling else "low to high"
        message = (
            f"the counts run from {way}: they were sorted, and are not in the order of the model's genes"
        )
        yield Located(path, given, Finding(_ORDER, message))


def named_order(given: Any, path: Path, context: Context) -> Iterator[Located]:
    """Counts that carry the names of their genes (a pandas column) in an order that is not the model's."""
    names = getattr(given, "index", None)
    if (
        names is None
        or isinstance(given, list | tuple | str)
        or not hasattr(names, "is_monotonic_increasing")
    ):
        return
    message = _wrong_order(names, context)
    if message:
        yield Located(path, given, Finding(_ORDER, message))


def listed_order(body: Body, context: Context) -> Iterator[Located]:
    """A list of gene names beside the counts, in the query or in an input, that is not the model's."""
    if not any(spec.has_counts for spec in context.specs):
        return
    given = [key for key in _NAMES if key in {*body.raw, *all_keys(body.inputs)}]
    if not given:
        return
    places: list[tuple[Path, Mapping[Any, Any]]] = [((), body.raw)]
    places += [(("inputs", at), one) for at, one in zip(body.rows, body.inputs, strict=True)]
    for path, one in places:
        for key in given:
            names = one.get(key)
            if isinstance(names, list | tuple) and names:
                message = _wrong_order(names, context)
                if message:
                    yield Located((*path, key), names, Finding(_ORDER, message))


def _wrong_order(names: Sequence[Any], context: Context) -> str | None:
    some = [names[at] for at in range(0, len(names), max(len(names) // _ASKED, 1))]
    texts = [name for name in some if isinstance(name, str)]
    if len(texts) < len(some):
        return None  # positions, not names
    genes = [name for name in texts if kind_of(canonical_id(name) or "") == "ensembl_gene"]
    if len(genes) * 2 < len(texts):
        return f"the counts are those of {texts[0][:40]!r}, {texts[-1][:40]!r} ...; the models order Ensembl IDs (ENSG)"
    everything = [name for name in names if isinstance(name, str)]
    if len(everything) < 2:
        return None
    return out_of_order(everything, context.gene_numbers.get(len(names)))


def out_of_order(genes: Sequence[str], modality: str | None) -> str | None:
    """Why Ensembl IDs cannot be in the order of the models of a modality; None when they may be."""
    in_order = all(one <= other for one, other in pairwise(genes))
    if modality == "bulk" and not in_order:
        return "the genes are not sorted by Ensembl ID, which is the order of the bulk models: reorder the counts"
    if modality == "single-cell" and in_order:
        return "the genes are sorted by Ensembl ID; the single-cell models have an order of their own (`gene_order`)"
    return None
