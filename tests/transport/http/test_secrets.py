"""A token that is planted is found nowhere: not in output, logs, errors, recordings, files, nor at other hosts."""

from __future__ import annotations

import copy
import http.client
import io
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
import zipfile
from pathlib import Path

import pytest

from synthquery.client import Client
from synthquery.errors import AuthenticationError, ResultError, SynthQueryError, TransportError
from synthquery.transport import ArrowTransport, HttpTransport, ReplayTransport
from synthquery.transport.tokens import Token, scrub
from tests.servers.scripted import Say, Scripted
from tests.transport.http.conftest import (
    FILE,
    PREDICT,
    REQUEST,
    SIGNATURE,
    STATUS,
    TAKEN,
    TOKEN,
    failed,
    payload,
    ready,
)

ECHO = {"error": f"key Bearer {TOKEN} is not known", "errors": [{"path": "seed", "message": f"see {TOKEN}"}]}
TROUBLES = {
    "none": {},
    "refused token": {("POST", PREDICT): Say(401, ECHO)},
    "forbidden": {("POST", PREDICT): Say(403, f"<html>{TOKEN}</html>")},
    "refused query": {("POST", PREDICT): Say(422, ECHO)},
    "unknown model": {("POST", PREDICT): Say(404, ECHO)},
    "server error": {("POST", PREDICT): Say(500, f"{TOKEN}")},
    "not JSON": {("POST", PREDICT): Say(200, f"<html>{TOKEN}</html>")},
    "torn": {("POST", PREDICT): Say(reset=True)},
    "redirected": {("POST", PREDICT): Say(307, "", {"Location": f"https://elsewhere.example/?key={TOKEN}"})},
    "limited": {("POST", PREDICT): Say(429, ECHO, {"Retry-After": "9999"})},
    "question refused": {("GET", STATUS): Say(401, ECHO)},
    "question failed": {("GET", STATUS): Say(500, ECHO)},
    "job failed": {("GET", STATUS): failed(f"bad key {TOKEN}")},
    "download refused": {("GET", FILE): Say(403, TOKEN)},
    "download damaged": {("GET", FILE): Say(200, "{", announced=40)},
    "download torn": {("GET", FILE): Say(reset=True)},
}


@pytest.fixture
def all_that_is_logged(monkeypatch):
    """Everything that any logger of the process is told, at the most talkative level there is."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def everything_about(error: BaseException) -> str:
    """What a program could print of an error: it, what led to it, and what hangs on it."""
    seen: list[str] = traceback.format_exception(error)
    at: BaseException | None = error
    while at is not None:
        seen += [str(at), repr(at), repr(vars(at)), repr(at.args)]
        seen += [repr(getattr(request, "headers", "")) for request in [getattr(at, "request", None)]]
        report = getattr(at, "report", None)
        seen.append(report.to_json() if report is not None else "")
        at = at.__cause__ or at.__context__
    return "\n".join(seen)


def text_of(folder: Path) -> str:
    """All files below a folder, archives unpacked, and their names."""
    found = []
    for path in sorted(folder.rglob("*")):
        found.append(str(path))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found += [archive.read(name).decode("latin-1") for name in archive.namelist()]
        elif path.is_file():
            found.append(path.read_bytes().decode("latin-1"))
    return "\n".join(found)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_happens_the_token_and_the_signature_are_not_told(
    server, connect, all_that_is_logged, capfd, tmp_path, monkeypatch, trouble
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for (method, path), said in TROUBLES[trouble].items():
        server.says(method, path, said)
    transport = connect(attempts=2, on_progress=lambda progress: logging.info("%r", progress))
    recording = ReplayTransport(tmp_path / "recordings", transport, mode="record")
    told = [repr(transport), repr(vars(transport)), repr(recording)]
    try:
        answer = recording.predict(REQUEST)
        told += [repr(answer), json.dumps(dict(answer.provenance))]
        assert trouble == "none"
    except SynthQueryError as error:
        assert trouble != "none"
        told.append(everything_about(error))
    told += [all_that_is_logged.getvalue(), *capfd.readouterr(), text_of(tmp_path)]
    sent = [asked.headers.get("Authorization") for asked in server.asked]
    assert f"Bearer {TOKEN}" in sent  # it was there to be told
    assert TOKEN not in "\n".join(told)
    assert SIGNATURE not in "\n".join(told)


def test_the_loggers_of_the_network_library_speak_otherwise(connect, all_that_is_logged):
    connect().predict(REQUEST)
    assert f"POST {PREDICT}" in all_that_is_logged.getvalue()


def test_an_answer_that_repeats_the_token_is_recorded_without_it(server, connect, tmp_path):
    answer = json.loads(json.dumps(payload()))
    answer["model_version"] = f"for {TOKEN}"
    answer["provenance"] = {"asked with": f"Bearer {TOKEN}"}
    server.says("GET", FILE, Say(200, answer))
    ReplayTransport(tmp_path, connect(), mode="record").predict(REQUEST)
    assert TOKEN not in text_of(tmp_path)
    assert ReplayTransport(tmp_path).predict(REQUEST).model_version == "for ***"


@pytest.mark.parametrize(
    "said",
    [{"error": f"no key {TOKEN}"}, {"outputs": [{"counts": [1], "metadata": {"age_years": TOKEN}}]}],
    ids=["a failure", "an echo"],
)
def test_an_answer_that_cannot_be_used_is_told_without_the_token_it_repeats(server, connect, said):
    server.says("GET", FILE, Say(200, said))
    with pytest.raises(ResultError, match="cannot be used") as caught:
        connect().predict(REQUEST)
    assert TOKEN not in everything_about(caught.value)


@pytest.mark.parametrize("token", ["x", "e", "t", "answer", "sha256", "true"])
def test_a_token_that_is_a_part_of_other_words_damages_no_recording(server, connect, tmp_path, token):
    answer = {**payload(), "provenance": {"asked with": f"Bearer {token}", "key": f"?key={token}&x_{token}"}}
    server.says("GET", FILE, Say(200, answer))
    recorded = ReplayTransport(tmp_path, connect(token=token), mode="record").predict(REQUEST)
    replayed = ReplayTransport(tmp_path).predict(REQUEST)
    assert replayed.provenance["asked with"] == "Bearer ***"
    assert "***&" in replayed.provenance["key"]
    assert replayed.sample_metadata == recorded.sample_metadata
    assert replayed.gene_order == recorded.gene_order
    assert replayed.model_version == recorded.model_version


def test_a_download_does_not_carry_the_token_not_even_to_the_same_host(server, connect):
    connect().predict(REQUEST)
    (download,) = (asked for asked in server.asked if asked.path.startswith(FILE))
    assert "Authorization" not in download.headers
    assert TOKEN not in str(download)


def test_another_host_of_files_does_not_see_it_and_neither_does_where_it_sends_on(server, connect):
    with Scripted() as files:
        files.says("GET", "/a.json", Say(302, "", {"Location": f"{server.url}{FILE}"}))
        server.says("GET", STATUS, Say(200, {"status": "ready", "downloadUrl": f"{files.url}/a.json"}))
        connect().predict(REQUEST)
        assert TOKEN not in str(files.asked)
    assert "Authorization" not in server.asked[-1].headers


def test_a_question_that_is_sent_on_to_another_host_is_not_asked_there(server, connect):
    with Scripted() as other:
        other.says("GET", "/status", ready(server))
        server.says("GET", STATUS, Say(302, "", {"Location": f"{other.url}/status"}))
        with pytest.raises(TransportError, match="not followed"):
            connect().predict(REQUEST)
        assert not other.asked


def test_a_question_that_is_sent_on_within_the_service_is_asked_there(server, connect):
    server.says("GET", STATUS, Say(302, "", {"Location": "/v2/status"}))
    server.says("GET", "/v2/status", ready(server))
    assert connect().predict(REQUEST).n_samples == 1
    (asked,) = (asked for asked in server.asked if asked.path == "/v2/status")
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_netrc_of_the_user_is_not_sent_in_its_place(server, connect, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password from-netrc\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    connect(token=None).predict(REQUEST)
    assert all("Authorization" not in asked.headers for asked in server.asked)


def test_cookies_are_not_kept(server, connect):
    server.says("POST", PREDICT, Say(200, TAKEN.body, {"Set-Cookie": "session=1; Path=/"}))
    connect().predict(REQUEST)
    assert all("Cookie" not in asked.headers for asked in server.asked)


@pytest.mark.parametrize("url", ["http://models.example.org", "http://8.8.8.8:8000"])
def test_it_does_not_travel_through_the_internet_unencrypted(connect, url):
    with pytest.raises(TransportError, match=r"unencrypted.*https://"):
        connect(url).submit(REQUEST)


class TestToken:
    def test_it_shows_itself_nowhere(self):
        token = Token(TOKEN)
        shown = [repr(token), str(token), f"{token}", f"{token!r:>40}", repr([token]), repr({"token": token})]
        assert TOKEN not in "".join(shown)

    def test_it_is_not_pickled(self):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(Token(TOKEN))
        with pytest.raises(TypeError, match="not pickled"):
            copy.deepcopy(Token(TOKEN))

    @pytest.mark.parametrize("value", ["", "   ", "two words", "line\nend", "ключ", "\x00"])
    def test_what_cannot_be_one_is_refused_and_not_shown(self, value):
        with pytest.raises(SynthQueryError) as caught:
            HttpTransport("http://localhost:1", token=value)
        assert not value.strip() or value not in str(caught.value)

    def test_what_surrounds_it_in_a_file_is_dropped(self):
        assert Token(f" {TOKEN}\n").reveal() == TOKEN

    @pytest.mark.parametrize(
        "text", ["<TOKEN>", "Bearer <TOKEN>", '{"key": "<TOKEN>"}', "?key=<TOKEN>", "&lt;<TOKEN>&gt;"]
    )
    def test_it_is_taken_out_however_it_is_written(self, text):
        odd = 'se"cr\\et&<key>'
        for value in (TOKEN, odd):
            for written in (value, json.dumps(value)[1:-1], value.replace("&", "&amp;").replace("<", "&lt;")):
                cleaned = scrub(text.replace("<TOKEN>", written), Token(value))
                assert value not in cleaned
                assert TOKEN not in cleaned

    def test_addresses_without_a_signature_stay_as_they_are(self):
        address = "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GSM1234"
        assert scrub(address, None) == address
        assert (
            scrub("https://files.example/a.json?X-Amz-Signature=12&b=c", None)
            == "https://files.example/a.json?***"
        )


class TestWhereItComesFrom:
    def test_the_argument_comes_first(self, server, connect, monkeypatch):
        monkeypatch.setenv("SYNTHESIZE_API_KEY", "from-the-environment")
        connect(token="from-the-argument").submit(REQUEST)
        assert server.asked[0].headers["Authorization"] == "Bearer from-the-argument"

    def test_then_the_environment(self, server, connect, monkeypatch):
        monkeypatch.setenv("SYNTHESIZE_API_KEY", "from-the-environment\n")
        connect(token=None).submit(REQUEST)
        assert server.asked[0].headers["Authorization"] == "Bearer from-the-environment"

    def test_then_what_pysynthbio_stored_in_the_keyring(self, server, connect, monkeypatch):
        monkeypatch.setitem(
            sys.modules, "keyring", Keyring({("pysynthbio", "api_token"): "from-the-keyring"})
        )
        connect(token=None).submit(REQUEST)
        assert server.asked[0].headers["Authorization"] == "Bearer from-the-keyring"

    def test_a_keyring_that_fails_is_as_good_as_none(self, server, connect, monkeypatch):
        monkeypatch.setitem(sys.modules, "keyring", Keyring({}, broken=True))
        connect(token=None).submit(REQUEST)
        assert "Authorization" not in server.asked[0].headers

    def test_a_keyring_that_would_ask_for_a_password_is_left_alone(self, server, connect, monkeypatch):
        keyring = EncryptedKeyring({("pysynthbio", "api_token"): "from-the-keyring"})
        monkeypatch.setitem(sys.modules, "keyring", keyring)
        connect(token=None).submit(REQUEST)
        assert "Authorization" not in server.asked[0].headers

    @pytest.mark.parametrize("given", [b"sk-canary", 7, ["sk-canary"]])
    def test_what_is_no_text_is_no_token_and_not_shown(self, server, given):
        with pytest.raises(AuthenticationError, match="a token is text") as caught:
            HttpTransport(server.url, token=given)
        assert "canary" not in str(caught.value)

    def test_a_chain_of_keyrings_is_gone_through_without_those_that_ask_or_fail(
        self, server, connect, monkeypatch
    ):
        entry = ("pysynthbio", "api_token")
        chain = [
            EncryptedKeyring({entry: "one"}),
            Keyring({}, broken=True),
            Keyring({}),
            Keyring({entry: "last"}),
        ]
        monkeypatch.setitem(sys.modules, "keyring", Chain(chain))
        connect(token=None).submit(REQUEST)
        assert server.asked[0].headers["Authorization"] == "Bearer last"

    def test_nobody_is_asked(self, server, connect, monkeypatch):
        server.says("POST", PREDICT, Say(401, {"error": "no key"}))
        for name in ("builtins.input", "getpass.getpass"):
            monkeypatch.setattr(name, lambda *_: pytest.fail("it asked"))
        for transport in (connect(token=None), ArrowTransport(server.url)):
            with pytest.raises(TransportError):
                transport.predict(REQUEST)


class Keyring:
    """A keyring with some entries."""

    def __init__(self, entries: dict[tuple[str, str], str], broken: bool = False) -> None:
        self._entries, self._broken = entries, broken

    def get_keyring(self) -> object:
        return self

    def get_password(self, service: str, user: str) -> str | None:
        if self._broken:
            raise RuntimeError("the keyring is locked")
        return self._entries.get((service, user))


class EncryptedKeyring(Keyring):
    """A keyring that asks for its password in the terminal."""


class Chain(Keyring):
    """All the keyrings of a system, as the package keyring puts them together."""

    def __init__(self, backends: list[Keyring]) -> None:
        super().__init__({})
        self.backends = backends


@pytest.mark.parametrize("trouble", ["none", "refused token", "job failed", "download damaged"])
def test_the_command_line_leaves_it_nowhere(server, tmp_path, trouble):
    for (method, path), said in TROUBLES[trouble].items():
        server.says(method, path, said)
    query = tmp_path / "query.json"
    query.write_text(json.dumps({"model_id": REQUEST.model_id, **REQUEST.body}))
    environment = {
        **os.environ,
        "SYNTHESIZE_API_KEY": TOKEN,
        "SYNTHESIZE_API_BASE_URL": server.url,
        "TMPDIR": str(tmp_path),
        "SYNTHQUERY_DEBUG": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = ["predict", "query.json", "--transport", "synthesize", "-o", "out", "--record", "recordings"]
    done = subprocess.run(
        [sys.executable, "-m", "synthquery", *command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) == (trouble == "none"), done.stderr
    assert any(asked.headers.get("Authorization") == f"Bearer {TOKEN}" for asked in server.asked)
    told = done.stdout + done.stderr + text_of(tmp_path)
    assert TOKEN not in told
    assert SIGNATURE not in told


def test_a_client_shows_nothing_either(server, monkeypatch):
    monkeypatch.setenv("SYNTHESIZE_API_KEY", TOKEN)
    with Client("synthesize", base_url=server.url) as client:
        client.predict({"model_id": REQUEST.model_id, **REQUEST.body})
        assert TOKEN not in repr(vars(client)) + repr(vars(client.transport))
