"""Small answers of metadata prediction, of real terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthquery.prediction import LabelProbabilities, Prediction

LIVER, BRAIN, CEREBELLUM, LUNG = "UBERON:0002107", "UBERON:0000955", "UBERON:0002037", "UBERON:0002048"
TISSUES = (LIVER, BRAIN, CEREBELLUM, LUNG)


def predicted(key: str, values: list[Any], **changes: Any) -> Prediction:
    """An answer that predicts one field of each sample."""
    parts: dict[str, Any] = {
        "model_id": "gem-1-bulk_predict-metadata",
        "kind": "metadata",
        "sample_metadata": [{key: value, "modality": "bulk"} for value in values],
    }
    return Prediction(**(parts | changes))


def tissues(*shares: tuple[float, ...]) -> Prediction:
    """An answer whose tissues have these probabilities: liver, brain, cerebellum, lung."""
    table = LabelProbabilities(TISSUES, np.array(shares))
    return predicted("tissue_ontology_id", list(table.best()), probabilities={"tissue_ontology_id": table})
