"""Any function that answers queries as a transport: `wrap`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from synthquery.errors import ResultError, SynthQueryError
from synthquery.prediction import Prediction
from synthquery.transport.base import Request
from synthquery.transport.foreign import local_of, translated, unusable
from synthquery.transport.http.refusals import resume_hint
from synthquery.transport.plain import plain_copy

if TYPE_CHECKING:
    import pandas as pd

Answers = Callable[[dict[str, Any], str], Any]
_MARK: Final = b"\xef\xbb\xbf"


def wrap(predict: Answers, *, name: str | None = None) -> CallableTransport:
    """A transport from any function ``predict(query, model_id)``.

    Parameters
    ----------
    predict
        Gets a copy of the body, plain JSON values, and the model ID. It may answer with a `Prediction`, the
        result JSON of the service (a mapping with ``outputs``, or the list of outputs), a mapping of DataFrames
        as pysynthbio gives (``metadata``, ``expression``, ``latents``, ``classifier_probs``), or the bytes of such
        JSON or an Arrow stream. Calls come from several threads where queries are sent at once.
    name
        What messages call it; by default the function's own name.

    Returns
    -------
    CallableTransport
        To be given to `Client`.

    Examples
    --------
    >>> import synthquery as sq
    >>> def mine(query, model_id):
    ...     return {"gene_order": [], "outputs": [{"counts": [0] * 37125, "metadata": {}}]}
    >>> query = sq.SingleCellQueryBuilder().add(tissue="liver").build()
    >>> sq.Client(sq.wrap(mine)).predict(query).shape
    (1, 37125)
    """
    if not callable(predict):
        raise TypeError(f"wrap takes a function predict(query, model_id), not a {type(predict).__name__}")
    return CallableTransport(predict, name)


class CallableTransport:
    """A transport that calls a function; `wrap` makes it.

    Parameters
    ----------
    predict, name
        As for `wrap`.
    **provenance
        What answers say of how they came about, beside the name.
    """

    def __init__(self, predict: Answers, name: str | None = None, **provenance: str) -> None:
        self._predict = predict
        named = getattr(predict, "func", predict)  # of a functools.partial
        self.name: str = name or getattr(named, "__name__", "") or type(predict).__name__
        self._provenance = {"transport": self.name, **provenance}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    def predict(self, request: Request) -> Prediction:
        """Call the function. See `Transport.predict`.

        Raises
        ------
        TransportError
            When the function raises; what synthquery raises itself passes through. Errors of clients that use
            requests, as pysynthbio does, become `AuthenticationError`, `RejectedQueryError` (with a report),
            `RateLimitedError`, `JobFailedError` or `JobTimeoutError`. ``.submission`` says whether the service
            may have the query.
        ResultError
            When its answer is none, or does not fit the query.
        """
        trouble: SynthQueryError
        try:
            answer = self._predict(plain_copy(request.body), request.model_id)
            return answer_of(answer, request, self._provenance)
        except KeyboardInterrupt as end:  # the query goes on without whoever asked
            if isinstance(query_id := local_of(end, "model_query_id"), str):
                end.add_note(resume_hint(query_id))
            raise
        except ResultError as error:
            trouble = unusable(error, self.name)
        except SynthQueryError as error:
            trouble = error
        except Exception as error:  # whatever the function raises
            query_id = local_of(error, "model_query_id")
            trouble = translated(error, request, self.name, query_id if isinstance(query_id, str) else None)
        # Outside the except block: what a client raises may hold its token, and must not hang on ours.
        raise trouble

    def close(self) -> None:
        """Nothing to release."""


def answer_of(answer: Any, request: Request, about: Mapping[str, str]) -> Prediction:
    """A prediction from whatever a client answers. See `wrap`.

    Raises
    ------
    ResultError
        When it is none of the forms, or does not fit the query.
    """
    from synthquery.wire.arrow_results import read_arrow
    from synthquery.wire.raw_results import read_result
    from synthquery.wire.results import parse_result

    if isinstance(answer, Prediction):
        return answer
    if isinstance(answer, bytes | bytearray | memoryview):
        data = bytes(answer)
        first = data.removeprefix(_MARK).lstrip()[:1]
        if first not in (b"{", b"["):
            return read_arrow(data, request.model_id, request.body, provenance=about)
        try:
            answer = read_result(data if first == b"{" else b'{"outputs":' + data.removeprefix(_MARK) + b"}")
        except ValueError as error:
            raise ResultError(f"it is no JSON ({error})") from error
    if isinstance(answer, list):
        answer = {"outputs": answer}
    if isinstance(answer, Mapping) and "expression" in answer and "outputs" not in answer:
        answer = payload_of_frames(answer)
    if not isinstance(answer, Mapping):
        raise ResultError(
            "it is a Prediction, the result JSON, a mapping of DataFrames or bytes, "
            f"not a {type(answer).__name__}"
        )
    said = answer.get("provenance")
    provenance = {**(said if isinstance(said, Mapping) else {}), **about}
    return parse_result(answer, request.model_id, request.body, provenance=provenance)


def payload_of_frames(frames: Mapping[str, Any]) -> dict[str, Any]:
    """The result JSON of a mapping of DataFrames, counts as arrays.

    Raises
    ------
    ResultError
        When what should be a DataFrame is none, or they have different numbers of rows.
    """
    import pandas as pd

    given = {name: frame for name, frame in frames.items() if frame is not None}
    for name, frame in given.items():
        if not isinstance(frame, pd.DataFrame):
            raise ResultError(f"'{name}' is a {type(frame).__name__}, not a DataFrame")
    expression = given["expression"]
    number = len(expression)
    outputs: list[dict[str, Any]] = [{"counts": row} for row in expression.to_numpy()]
    for name in ("metadata", "latents", "classifier_probs"):
        frame = given.get(name)
        if frame is None or frame.shape[1] == 0:  # pysynthbio gives an empty one where there are none
            continue
        if len(frame) != number:
            raise ResultError(f"'{name}' has {len(frame):,} rows, 'expression' {number:,}")
        for output, row in zip(outputs, _rows(frame), strict=True):
            output[name] = row
    genes = [str(gene) for gene in expression.columns] if _named(expression) else None
    return {"gene_order": genes, "outputs": outputs}


def _named(frame: pd.DataFrame) -> bool:
    return all(isinstance(column, str) for column in frame.columns)


def _rows(frame: pd.DataFrame) -> Sequence[dict[str, Any]]:
    """A mapping a row; cells that are missing are left out."""
    rows: list[dict[str, Any]] = [{} for _ in range(len(frame))]
    for name in frame.columns:
        for row, value in zip(rows, frame[name].tolist(), strict=True):
            if not (value is None or (isinstance(value, float) and value != value)):  # noqa: PLR0124
                row[str(name)] = value
    return rows
