"""The server itself: connections, its log, its beginning and its end."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from synthquery.web import SimulatorServer
from tests.web.conftest import asking

ADDRESSES = [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1")]
if Path("/proc/net/if_inet6").exists():
    ADDRESSES.append(("::1", "[::1]"))


def test_a_connection_serves_many_requests(call):
    where = urlsplit(call.server.url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
    for _ in range(3):
        connection.request("GET", "/api/models")
        answer = connection.getresponse()
        answer.read()
        assert not answer.will_close
    local = connection.sock.getsockname()
    connection.request("POST", "/api/models/gem-1-sc/predict", json.dumps(asking()))
    assert connection.getresponse().read()
    assert connection.sock.getsockname() == local
    connection.close()


def test_an_address_that_is_none_is_refused(call):
    where = urlsplit(call.server.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as caller:
        caller.sendall(b"GET http://[::1/api/models HTTP/1.1\r\nHost: here\r\n\r\n")
        assert caller.makefile("rb").readline().startswith(b"HTTP/1.1 400 ")


def test_many_callers_at_once_are_all_answered(call):
    jobs: list[str] = []
    threads = [
        threading.Thread(target=lambda seed=seed: jobs.append(call.submit(asking(seed=seed))))
        for seed in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(jobs)) == 20
    assert {call.ended(job)["status"] for job in jobs} == {"ready"}


def test_one_key_from_many_callers_makes_one_job(call):
    jobs: list[str] = []
    threads = [
        threading.Thread(target=lambda: jobs.append(call.submit(asking(), Idempotency_Key="one")))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(jobs)) == 1
    assert call.server.summary()["jobs"]["taken"] == 1


def test_an_ended_server_is_gone_and_leaves_no_files():
    server = SimulatorServer()
    folder = Path(server._folder.name)
    server.start()
    where = urlsplit(server.url)
    idle = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
    idle.request("GET", "/api/models")
    idle.getresponse().read()
    server.close()
    server.close()
    idle.close()
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(where.hostname, where.port, timeout=20).request("GET", "/api/models")


def test_an_end_does_not_wait_for_what_is_at_work(serve):
    call = serve(latency=3_600)
    call.submit(asking())
    summary = call.server.close()
    assert summary["jobs"]["taken"] == 1
    assert "ready" not in summary["jobs"]


def test_the_log_has_every_request_and_a_summary_and_never_the_token(serve, tmp_path):
    log = tmp_path / "log.jsonl"
    call = serve(token="opensesame", log=log)
    bearer = {"Authorization": "Bearer opensesame"}
    job = call.submit(asking(), Idempotency_Key="key-1", **bearer)
    path = urlsplit(call.ended(job, **bearer)["downloadUrl"]).path
    call.get(path)
    call.get("/api/models", Authorization="Bearer guess")
    call.server.close()
    text = log.read_text(encoding="utf-8")
    assert "opensesame" not in text
    assert "guess" not in text
    assert path not in text
    entries = [json.loads(line) for line in text.splitlines()]
    sent = entries[0]
    assert (sent["method"], sent["path"]) == ("POST", "/api/models/gem-1-sc/predict")
    assert (sent["status"], sent["key"], sent["job"]) == (200, "key-1", job)
    assert any(entry["event"] == "job" and entry["job"] == job for entry in entries)
    assert any(entry.get("path") == f"/results/{job}" for entry in entries)
    summary = entries[-1]
    assert summary["event"] == "summary"
    assert summary["statuses"]["401"] == 1
    assert summary["requests"] == sum(entry["event"] == "request" for entry in entries)
    assert summary["jobs"] == {"taken": 1, "ready": 1, "lost": 0}


def test_an_address_that_is_taken_is_an_error(call):
    before = set(threading.enumerate())
    port = urlsplit(call.server.url).port
    with pytest.raises(OSError, match="in use") as caught:
        SimulatorServer(port=port)
    assert caught.value.filename == f"127.0.0.1:{port}"
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(("host", "shown"), ADDRESSES)
def test_it_listens_where_it_is_told(serve, host, shown):
    call = serve(host=host)
    assert call.server.url.startswith(f"http://{shown}:")
    assert call.get("/api/models").status == 200


def test_answers_that_nobody_asked_for_the_longest_make_room_for_others(serve):
    call = serve(keep=1)  # room for one: the newest is kept whatever its size
    folder = Path(call.server._folder.name)
    first = call.submit(asking(seed=1), Idempotency_Key="key-1")
    path = urlsplit(call.ended(first)["downloadUrl"]).path
    assert call.get(path).status == 200
    second = call.submit(asking(seed=2))
    assert call.ended(second)["status"] == "ready"
    assert call.get(f"/api/model-queries/{first}/status").status == 404
    assert call.get(path).status == 403
    assert call.get(urlsplit(call.ended(second)["downloadUrl"]).path).status == 200
    assert len(list(folder.iterdir())) == 1
    again = call.submit(asking(seed=1), Idempotency_Key="key-1")  # the key is free again
    assert again != first
    call.ended(again)
    summary = call.server.summary()
    assert summary["jobs"] == {"taken": 3, "ready": 3, "lost": 0}
    assert summary["run_twice"] == 1


def test_an_answer_that_is_asked_for_stays(serve):
    one = serve()
    one.ended(one.submit(asking(seed=1)))
    (file,) = Path(one.server._folder.name).iterdir()
    call = serve(keep=int(2.5 * file.stat().st_size))
    asked_for, left, newest = "", "", ""
    for seed in (1, 2, 3):
        asked_for, left, newest = asked_for or newest, newest, call.submit(asking(seed=seed))
        call.ended(newest)
        if asked_for:
            call.status(asked_for)
    statuses = [call.get(f"/api/model-queries/{job}/status").status for job in (asked_for, left, newest)]
    assert statuses == [200, 404, 200]
