"""The protocol of the hosted service: a call in, a reply out. How calls travel is the handler's business.

Source: pysynthbio 4.2.4 (paths, keys, statuses) and, for the order of checks, what its error classes tell apart.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from synthquery.catalog import ModelSpec, get_model, list_models
from synthquery.errors import MissingExtraError, QueryFormatError, UnknownModelError
from synthquery.prediction.extras import import_extra
from synthquery.resources import load_toml
from synthquery.simulator import example_query
from synthquery.web.answers import CONTENT_TYPES, Wire
from synthquery.web.jobs import Job, Jobs
from synthquery.web.refusals import judge
from synthquery.web.settings import Settings
from synthquery.wire.read import parse_document

_EXAMPLE: Final = re.compile(r"/api/models/([^/]+)/example-query")
_PREDICT: Final = re.compile(r"/api/models/([^/]+)/predict")
_STATUS: Final = re.compile(r"/api/model-queries/([^/]+)/status")
_RESULT: Final = re.compile(r"/results/([0-9a-f]+)/([\w-]+)\.json")


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes
    ----------
    path
        Without its query string.
    headers
        As they came; their names are found in any case.
    origin
        Scheme, host and port by which the caller knows the server.
    """

    method: str
    path: str
    headers: Message
    origin: str
    body: bytes = field(default=b"", repr=False)

    @property
    def predicts(self) -> bool:
        """True when it sends a query."""
        return self.method == "POST" and _PREDICT.fullmatch(self.path) is not None

    @property
    def shown_path(self) -> str:
        """The path as a log may have it: without what opens a result."""
        return re.sub(r"^(/results/[^/]*).*", r"\1", self.path)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request: its body is `content`, or a file."""

    status: int
    content: bytes = field(repr=False, default=b"")
    content_type: str = CONTENT_TYPES["json"]
    file: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    job: str | None = None


def said(status: int, payload: Mapping[str, Any], *, job: str | None = None, **headers: str) -> Reply:
    """A reply in JSON; an underscore in the name of a header is a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(payload, ensure_ascii=False).encode(), headers=named, job=job)


class Service:
    """Answers calls as the hosted service does, or a self-hosted container where Arrow is asked for."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self._settings, self._jobs = settings, jobs

    def reply(self, call: Call, *, lose_job: bool = False) -> Reply:
        """Answer a call.

        Parameters
        ----------
        call
            What came.
        lose_job
            A query that comes with it is to fail.
        """
        if found := _RESULT.fullmatch(call.path):
            return self._result(call, *found.groups())
        if not call.path.startswith("/api/"):
            return said(404, {"error": f"there is nothing at {call.path[:200]}"})
        if refusal := self._unauthorised(call):
            return refusal
        if call.path == "/api/models":
            return _only("GET", call) or said(200, {"models": [_model(spec) for spec in list_models()]})
        if found := _STATUS.fullmatch(call.path):
            return _only("GET", call) or self._status(call, unquote(found[1]))
        for pattern, method in ((_EXAMPLE, "GET"), (_PREDICT, "POST")):
            if found := pattern.fullmatch(call.path):
                return _only(method, call) or self._of_model(call, unquote(found[1]), lose_job=lose_job)
        return said(404, {"error": f"there is nothing at {call.path[:200]}"})

    def _of_model(self, call: Call, model_id: str, *, lose_job: bool) -> Reply:
        try:
            spec = get_model(model_id)
        except UnknownModelError as error:
            return said(404, {"error": str(error)})
        if call.method == "GET":
            return said(200, {"example_query": example_query(spec.model_id)})
        return self._predict(call, spec, lose_job=lose_job)

    def _unauthorised(self, call: Call) -> Reply | None:
        token = self._settings.token
        if token is None:
            return None
        given = call.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {token.strip()}".encode()):
            return None
        problem = "this API key is not known" if given else "an API key is needed"
        return said(401, {"error": f"Unauthorized: {problem}"}, WWW_Authenticate="Bearer")

    def _predict(self, call: Call, spec: ModelSpec, *, lose_job: bool) -> Reply:
        wire: Wire = "arrow" if CONTENT_TYPES["arrow"] in call.headers.get("Accept", "") else "json"
        if wire == "arrow":
            try:
                import_extra("pyarrow", "arrow", "Answering in Arrow")
            except MissingExtraError as error:
                return said(501, {"error": str(error)})
        key = call.headers.get("Idempotency-Key") or None
        mark = hashlib.sha256(f"{spec.model_id}\n".encode() + call.body).hexdigest()
        job = self._jobs.of_key(key)
        if job is None:
            made = self._job(call, spec, mark, wire, key, lose_job=lose_job)
            if isinstance(made, Reply):
                return made
            job = made
        if job.body != mark or (job.wire == "arrow") != (wire == "arrow"):
            return said(422, {"error": "this Idempotency-Key was used for another query"}, job=job.id)
        return self._arrow(job) if wire == "arrow" else said(200, {"modelQueryId": job.id}, job=job.id)

    def _job(
        self, call: Call, spec: ModelSpec, mark: str, wire: Wire, key: str | None, *, lose_job: bool
    ) -> Job | Reply:
        try:
            body = parse_document(call.body, name="the body", formats=("json",), arrays=True).body
        except QueryFormatError as error:
            return said(400, {"error": f"Malformed JSON: {error}"})
        verdict = judge(body, spec)
        if verdict.query is None:
            told = [error.to_dict() for error in verdict.errors]
            return said(422, {"error": load_toml("web.toml")["messages"]["refused"], "errors": told})
        if wire == "json" and body.get("source") in load_toml("web.toml")["clients"]["lists"]:
            wire = "lists"
        job, _ = self._jobs.take(
            verdict.query, body=mark, wire=wire, key=key, failure=verdict.failure, lost=lose_job
        )
        return job

    def _arrow(self, job: Job) -> Reply:
        """What a self-hosted container answers: the result itself, when it is there."""
        self._jobs.wait(job)
        if job.state == "ready":
            return Reply(200, content_type=CONTENT_TYPES["arrow"], file=job.path, job=job.id)
        if job.state == "failed":
            message = job.message.partition("\nTraceback")[0]
            return said(422 if job.failure else 500, {"error": message}, job=job.id)
        return said(503, {"error": "the server is going away"}, job=job.id)

    def _status(self, call: Call, job_id: str) -> Reply:
        job = self._jobs.get(job_id)
        if job is None:
            return said(404, {"error": f"no query has the ID {job_id[:80]}, or not any more"})
        self._jobs.wait(job, self._settings.hold)
        messages = load_toml("web.toml")["messages"]
        payload: dict[str, Any]
        match job.state:
            case "ready":
                url = f"{call.origin}/results/{job.id}/{job.signature}.json"
                payload = {"status": "ready", "downloadUrl": url}
            case "failed":
                payload = {"status": "failed", "message": job.message}
            case "warming":
                said_so = messages["warming_up"].format(model_id=job.model_id)
                payload = {"status": "running", "message": said_so}
            case "queued":
                payload = {"status": "running", "message": messages["queued"]}
            case "working":
                payload = {"status": "running", "message": messages["at_work"]}
        return said(200, payload, job=job.id)

    def _result(self, call: Call, job_id: str, signature: str) -> Reply:
        """A result at its signed address, which needs no token."""
        job = self._jobs.get(job_id)
        if job is None or job.state != "ready" or not hmac.compare_digest(signature, job.signature):
            return said(403, {"error": "the address is not signed, or no longer valid"})
        return _only("GET", call) or Reply(
            200, content_type=CONTENT_TYPES[job.wire], file=job.path, job=job.id
        )


def _only(method: str, call: Call) -> Reply | None:
    if call.method == method:
        return None
    return said(405, {"error": f"{call.method} is not possible here"}, Allow=method)


def _model(spec: ModelSpec) -> dict[str, Any]:
    return {
        "model_id": spec.model_id,
        "family": spec.family,
        "modality": spec.modality,
        "n_genes": spec.n_genes,
        "description": spec.description,
        "simulated": True,
    }
