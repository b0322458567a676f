"""Is an answer one to its request?"""

from __future__ import annotations

from synthquery.catalog import get_model
from synthquery.errors import ResultError
from synthquery.jobs.splitting import n_samples_of
from synthquery.prediction import Prediction
from synthquery.transport import Request


def check_answer(prediction: Prediction, request: Request) -> None:
    """Look at what came back.

    Raises
    ------
    ResultError
        When it is no prediction, of another model, or has another number of samples or genes.
    """
    if not isinstance(prediction, Prediction):
        raise ResultError(f"the transport answered with a {type(prediction).__name__}, not with a Prediction")
    if prediction.model_id != request.model_id:
        raise ResultError(f"{request.model_id} was asked, {prediction.model_id} answered")
    expected = n_samples_of(request.body)
    if expected is not None and prediction.n_samples != expected:
        raise ResultError(f"{expected:,} samples were asked for, the answer has {prediction.n_samples:,}")
    n_genes = get_model(request.model_id).n_genes
    if prediction.n_genes not in (0, n_genes):
        raise ResultError(f"{request.model_id} has {n_genes:,} genes, the answer has {prediction.n_genes:,}")
