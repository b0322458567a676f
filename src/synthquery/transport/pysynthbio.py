"""pysynthbio, the client of the service's owner, as a transport."""

from __future__ import annotations

import warnings
from functools import partial

from synthquery.prediction.extras import import_extra
from synthquery.transport.callable import CallableTransport


class PysynthbioTransport(CallableTransport):
    """Sends queries with the installed pysynthbio, and undoes what a transport must not do.

    pysynthbio changes the query it is given, asks for a token in the terminal, and raises errors of its own: it
    gets a copy, is told not to ask, and its errors become ours. Token and addresses are those of its environment
    variables. `HttpTransport` speaks the same protocol without it, and loses no query when a connection breaks.

    Parameters
    ----------
    base_url
        Where the server is; by default what pysynthbio's environment variables say, or the service.
    poll
        Seconds between questions whether a query is ready; pysynthbio takes 2 by default and 1 at least.
    timeout
        Seconds to wait for an answer; pysynthbio takes 900 by default.
    self_hosted
        True for a container that answers in Arrow at once; by default what ``SYNTHESIZE_SELF_HOSTED`` says.

    Raises
    ------
    MissingExtraError
        When pysynthbio is not installed (``pip install "synthquery[pysynthbio]"``).
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        poll: int | None = None,
        timeout: int | None = None,
        self_hosted: bool | None = None,
    ) -> None:
        with warnings.catch_warnings():  # it warns on import where there is no keyring
            warnings.simplefilter("ignore")
            client = import_extra("pysynthbio", "pysynthbio", "The transport pysynthbio")
        options = {
            "api_base_url": base_url,
            "poll_interval_seconds": poll,
            "poll_timeout_seconds": timeout,
            "self_hosted": self_hosted,
        }
        given = {name: value for name, value in options.items() if value is not None}
        send = partial(client.predict_query, auto_authenticate=False, raw_response=True, **given)
        super().__init__(send, "pysynthbio", client=f"pysynthbio {client.__version__}")
