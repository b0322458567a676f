"""``align``: a file of counts as a query, its genes in the order of the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from synthquery.cli.output import note, write, write_json
from synthquery.cli.terms import AsJson

_MODEL = "gem-1-bulk_predict-metadata"


def align(
    data: Annotated[
        Path, typer.Argument(help="Counts: h5ad, CSV, TSV, parquet, a 10x folder or .h5, or a matrix.mtx.")
    ],
    gene_order: Annotated[
        str,
        typer.Option(
            help="The model's genes in their order: a saved prediction, a result file, a list of Ensembl IDs, "
            "or simulator."
        ),
    ],
    model: Annotated[str, typer.Option(help="A model that predicts metadata from counts.")] = _MODEL,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the query file here.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of an h5ad file, or raw.")] = None,
    round_expected: Annotated[
        bool, typer.Option("--round-expected", help="Round expected counts (RSEM, Salmon, kallisto).")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Seed of the model's draws.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put counts in the gene order of a model, say what became of every gene, and write the query."""
    from synthquery.alignment import align_counts
    from synthquery.builder import MetadataPredictionQueryBuilder
    from synthquery.catalog import get_model
    from synthquery.resources import write_atomically
    from synthquery.wire import save_query

    spec = get_model(model)
    if spec.family != "metadata-prediction":
        raise typer.BadParameter(
            f"{model} does not predict metadata; its queries are built in Python (see the builders)",
            param_hint="--model",
        )
    aligned = align_counts(data, model, gene_order=gene_order, layer=layer, round_expected=round_expected)
    report = {"samples": list(aligned.samples), **aligned.report.to_dict()}
    if output is not None:
        builder = MetadataPredictionQueryBuilder(modality=spec.modality, seed=seed).add(aligned)
        save_query(builder.build(), output)
        beside = output.with_suffix(".alignment.json")
        write_atomically(beside, json.dumps(report, indent=2, ensure_ascii=False) + "\n")
        note(f"wrote {output} and {beside}")
    if as_json:
        write_json(report)
    else:
        write(str(aligned.report))
