"""Record the answers of any transport, and replay them without network, account or waiting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from synthquery.errors import RejectedQueryError, TransportError
from synthquery.transport.base import JobStatus, JobTransport, Request, Transport
from synthquery.transport.canonical import canonical_query, query_hash
from synthquery.transport.recordings import Recordings
from synthquery.transport.tokens import Account, Token, token_to_hide

if TYPE_CHECKING:
    from synthquery.prediction import Prediction

Mode = Literal["replay", "record", "auto"]
_DIFFERENCES_SHOWN: Final = 3


class ReplayTransport:
    """Answers from recordings in a folder, which may be committed to a repository.

    Parameters
    ----------
    folder
        Where recordings are; made when the first one is written.
    transport
        What answers when something is recorded: a transport, or the name of one.
    mode
        ``"replay"`` answers from recordings only; ``"record"`` always asks `transport` and records its answer;
        ``"auto"`` asks it only for what is not recorded yet.

    Raises
    ------
    TransportError
        When there is no such mode, or nothing to record from.

    Notes
    -----
    A recording is found by the hash of model and body: the same query finds it whether its counts are lists or
    arrays. Tokens, signed addresses and IDs of single runs are not recorded.
    """

    name = "replay"

    def __init__(
        self,
        folder: str | os.PathLike[str],
        transport: Transport | str | None = None,
        mode: Mode = "replay",
    ) -> None:
        if mode not in get_args(Mode):
            raise TransportError(f"mode is 'replay', 'record' or 'auto', not {mode!r}")
        if mode != "replay" and transport is None:
            raise TransportError(
                f"mode={mode!r} needs a transport to record from: ReplayTransport(folder, 'synthesize', mode={mode!r})"
            )
        if isinstance(transport, str):
            from synthquery.transport.registry import make_transport

            transport = make_transport(transport) if mode != "replay" else None
        self.mode = mode
        self._recordings = Recordings(Path(folder))
        self._transport = transport
        if mode == "record" and isinstance(transport, JobTransport):
            # A service with jobs stays one while its answers are recorded: a run over many comes back for them.
            self.submit, self.status = transport.submit, transport.status
            self.keeps_keys = getattr(transport, "keeps_keys", lambda: False)
            self.fetch = partial(self._fetch_and_record, transport)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._recordings.folder)!r}, {self._transport!r}, mode={self.mode!r})"

    @property
    def repeatable(self) -> bool:
        """True when asking twice costs nothing: nobody else is asked."""
        return self.mode == "replay" or getattr(self._transport, "repeatable", False) is True

    @property
    def recorded(self) -> Transport | None:
        """What answers where every answer is recorded; None where recordings answer, too."""
        return self._transport if self.mode == "record" else None

    def predict(self, request: Request) -> Prediction:
        """Replay an answer, or record it. See `Transport.predict`.

        Raises
        ------
        RejectedQueryError
            When the query is not recorded; the message names the hash, the nearest recording and how to record.
        TransportError
            When its recording is damaged, or an answer could not be recorded.
        """
        query = canonical_query(request)
        if self.mode != "record" and (found := self._recordings.read(query)) is not None:
            recorded_from = found.provenance.get("transport")
            return found.replace(
                provenance={**found.provenance, "transport": self.name, "recorded_from": recorded_from}
            )
        if self.mode == "replay" or self._transport is None:
            raise RejectedQueryError(self._not_recorded(query))
        return self._record(query, self._transport.predict(request), self._transport)

    def _fetch_and_record(
        self, transport: JobTransport, query_id: str, request: Request, *, status: JobStatus | None = None
    ) -> Prediction:
        answer = transport.fetch(query_id, request, status=status)
        return self._record(canonical_query(request), answer, transport)

    def _record(self, query: dict[str, Any], prediction: Prediction, transport: Transport) -> Prediction:
        try:
            self._recordings.write(query, prediction, _token_of(transport))
        except TransportError as error:  # the answer came: asking again would run the query twice
            query_id = prediction.provenance.get("query_id")
            error.query_id, error.submission = query_id if isinstance(query_id, str) else None, "done"
            raise
        return prediction

    def close(self) -> None:
        """Close the transport that answers. See `Transport.close`."""
        if self._transport is not None:
            self._transport.close()

    def _not_recorded(self, query: Mapping[str, Any]) -> str:
        folder = self._recordings.folder
        model = query["model_id"]
        lines = [f"{folder} has no recording of this query for {model} (hash {query_hash(query)[:20]})"]
        recorded = list(self._recordings.queries())
        same_model = [(path, one) for path, one in recorded if one["model_id"] == model]
        if same_model:
            path, nearest = min(same_model, key=lambda pair: len(_differences(query, pair[1])))
            shown = _differences(query, nearest)
            more = f" and {len(shown) - _DIFFERENCES_SHOWN:,} more" if len(shown) > _DIFFERENCES_SHOWN else ""
            lines.append(f"the nearest is {path.name}; {'; '.join(shown[:_DIFFERENCES_SHOWN])}{more}")
        elif recorded:
            models = sorted({one["model_id"] for _, one in recorded})
            lines.append(f"it has recordings for {', '.join(models)}")
        else:
            lines.append("it has no recordings at all" if folder.is_dir() else "there is no such folder")
        lines.append(
            f"to record it: ReplayTransport({str(folder)!r}, 'synthesize', mode='auto'), "
            f"or `synthquery predict FILE --transport synthesize --record {folder}`"
        )
        return "\n".join(lines)


def _token_of(transport: Transport) -> Token | None:
    """The token an answer may repeat: that of the transport, or that of the environment."""
    account = getattr(transport, "account", None)
    return account.token() if isinstance(account, Account) else token_to_hide()


def _differences(asked: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    """Where two canonical queries differ, by JSON pointer."""
    one, other = (dict(_leaves(query["body"], "")) for query in (asked, recorded))
    return [
        f"{place or 'the query'} is {_shown(one, place)}, recorded is {_shown(other, place)}"
        for place in dict.fromkeys([*one, *other])
        if (place in one) != (place in other)
        or repr(one.get(place)) != repr(other.get(place))  # 7 is not 7.0
    ]


def _shown(leaves: Mapping[str, Any], place: str) -> str:
    return repr(leaves[place])[:80] if place in leaves else "not set"


def _leaves(value: Any, place: str) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping) and "sha256" not in value:
        return [leaf for key, one in value.items() for leaf in _leaves(one, f"{place}/{key}")]
    if isinstance(value, list):
        return [leaf for number, one in enumerate(value) for leaf in _leaves(one, f"{place}/{number}")]
    if isinstance(value, Mapping):
        return [
            (
                place,
                f"{value['numbers']:,} numbers with the sum {value['sum']:,}" + f" ({value['sha256'][:8]})",
            )
        ]
    return [(place, value)]
