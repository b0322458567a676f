"""``synthquery serve-simulator``: a process that serves until it is told to end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.servers.simulator import serving


def get(url: str, token: str | None = None) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(tmp_path, number):
    with serving(tmp_path) as served:
        assert get(f"{served.url}/api/models") == 200
        served.process.send_signal(number)
        assert served.process.wait(timeout=30) == 0
        assert served.end()["requests"] == 1


def test_a_token_of_the_environment_is_wanted_and_never_written(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_TOKEN", "opensesame")
    with serving(tmp_path, "--token-env", "LAB_TOKEN") as served:
        assert get(f"{served.url}/api/models") == 401
        assert get(f"{served.url}/api/models", "opensesame") == 200
        served.end()
        assert "opensesame" not in served.log.read_text()


def test_faults_are_drawn_and_told(tmp_path):
    with serving(tmp_path, "--faults", "1", "--fault-kinds", "429", "--seed", "1") as served:
        assert get(f"{served.url}/api/models") == 429
        assert served.end()["faults"] == {"429": 1}


def test_the_log_is_read_line_by_line(tmp_path):
    with serving(tmp_path, "--rate-limit", "1/60") as served:
        assert [get(f"{served.url}/api/models") for _ in range(2)] == [200, 429]
        assert [entry["status"] for entry in served.entries()] == [200, 429]
    for line in served.log.read_text().splitlines():
        json.loads(line)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rate-limit", "often"], "10/60"),
        (["--token", "a", "--token-env", "B"], "not both"),
        (["--token-env", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE"),
        (["--faults", "2"], "0 to 1"),
        (["--fault-kinds", "earthquake"], "earthquake"),
        (["--queue", "0"], "at least 1"),
    ],
)
def test_what_it_cannot_be_told_is_wrong_usage(options, said):
    done = subprocess.run(
        [sys.executable, "-m", "synthquery", "serve-simulator", "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_address_is_said(tmp_path):
    with serving(tmp_path) as served:
        port = served.url.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "synthquery", "serve-simulator", "--port", port],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 3
    assert "in use" in done.stderr
