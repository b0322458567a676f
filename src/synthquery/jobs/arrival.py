"""Is an answer one to its request?"""

from __future__ import annotations

from synthquery.errors import ResultError
from synthquery.prediction import Prediction
from synthquery.transport import Request
from synthquery.wire.arrival import complete
from synthquery.wire.asked import check_answer as check_against


def check_answer(prediction: Prediction, request: Request) -> None:
    """Look at what came back.

    Raises
    ------
    ResultError
        When it is no prediction, of another model, has another number of samples or genes, or samples that are not
        where they were asked for.
    """
    if not isinstance(prediction, Prediction):
        raise ResultError(f"the transport answered with a {type(prediction).__name__}, not with a Prediction")
    check_against(prediction, request.model_id, request.body)


def accepted(prediction: Prediction, request: Request) -> Prediction:
    """The answer, checked, with what was asked and names for its terms.

    Raises
    ------
    ResultError
        As `check_answer`.
    """
    check_answer(prediction, request)
    return complete(prediction, request.body)
