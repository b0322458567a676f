from __future__ import annotations

import os
import threading
import time

import pytest

from synthquery.errors import TransportError
from synthquery.transport import HttpTransport
from synthquery.transport.http.addresses import (
    checked_url,
    container_url,
    is_loopback,
    is_private,
    self_hosted,
    service_url,
)
from synthquery.transport.http.pauses import BackOff, Deadline, asked_pause
from tests.transport.http.conftest import PREDICT, REQUEST, TAKEN

GPU = "http://gpu-box:8000"


class TestTheService:
    def test_argument_then_variable_then_the_service_itself(self, monkeypatch):
        assert service_url() == "https://app.synthesize.bio"
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", "https://staging.example/")
        assert service_url() == "https://staging.example"
        assert service_url(GPU) == GPU
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", "  ")
        assert service_url() == "https://app.synthesize.bio"

    @pytest.mark.parametrize(
        "url", ["app.synthesize.bio", "ftp://x", "https://", "https://[", "https://x:port", "  ", 8765]
    )
    def test_what_is_no_web_address_is_refused(self, url):
        with pytest.raises(TransportError, match="base_url"):
            HttpTransport(url)

    def test_a_password_in_an_address_is_refused_and_not_repeated(self):
        with pytest.raises(TransportError, match="SYNTHESIZE_API_KEY") as caught:
            HttpTransport("https://someone:s3cret@app.synthesize.bio")
        assert "s3cret" not in str(caught.value)

    @pytest.mark.parametrize("behind", ["?code=hunter2", "/models?code=hunter2", "#hunter2"])
    def test_what_would_be_lost_of_an_address_is_refused_and_not_repeated(self, behind):
        with pytest.raises(TransportError, match="behind its path") as caught:
            HttpTransport(f"https://models.example.org{behind}")
        assert "hunter2" not in str(caught.value)

    def test_a_path_before_the_api_stays(self):
        assert checked_url("https://proxy.example/models/", "base_url") == "https://proxy.example/models"


class TestContainers:
    @pytest.mark.parametrize(
        "model_id", ["gem-1-bulk", "gem-1-bulk_reference-conditioning", "gem-1-bulk_predict-metadata"]
    )
    def test_a_model_and_its_variants_have_one(self, monkeypatch, model_id):
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", "http://all:1")
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL__GEM_1_BULK", GPU)
        assert container_url(model_id) == GPU
        assert container_url("gem-1-sc") == "http://all:1"

    def test_other_endings_are_models_of_their_own(self, monkeypatch):
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL__GEM_1_BULK", GPU)
        with pytest.raises(
            TransportError, match="SYNTHESIZE_API_BASE_URL__GEM_1_BULK_CONDITION_ON_SAMPLE_IDS"
        ):
            container_url("gem-1-bulk_condition-on-sample-ids")

    def test_the_announced_variable_comes_before_the_older_ones(self, monkeypatch):
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL__GEM_1_SC", "http://older:1")
        monkeypatch.setenv("SYNTHESIZE_ENDPOINT_GEM_1_SC", GPU)
        assert container_url("gem-1-sc") == GPU

    def test_the_argument_comes_first(self, monkeypatch):
        monkeypatch.setenv("SYNTHESIZE_ENDPOINT_GEM_1_SC", GPU)
        assert container_url("gem-1-sc", "http://localhost:9/") == "http://localhost:9"

    def test_no_address_names_the_variables(self):
        with pytest.raises(TransportError, match="SYNTHESIZE_API_BASE_URL__GEM_1_SC"):
            container_url("gem-1-sc")

    @pytest.mark.parametrize(
        ("value", "on"),
        [("1", True), ("TRUE", True), (" yes ", True), ("on", True), ("0", False), ("", False)],
    )
    def test_the_switch(self, monkeypatch, value, on):
        monkeypatch.setenv("SYNTHESIZE_SELF_HOSTED", value)
        assert self_hosted() is on


@pytest.mark.parametrize(
    ("url", "loopback", "private"),
    [
        ("http://127.0.0.1:80", True, True),
        ("http://localhost", True, True),
        ("http://[::1]:8000", True, True),
        ("http://10.1.2.3", False, True),
        ("http://gpu-box:8000", False, True),
        ("http://gpu.internal", False, True),
        ("http://example.org", False, False),
        ("http://8.8.8.8", False, False),
    ],
)
def test_which_addresses_are_near(url, loopback, private):
    assert is_loopback(url) is loopback
    assert is_private(url) is private


class TestProxies:
    @pytest.fixture
    def proxy(self, server, monkeypatch):
        """The scripted service as a proxy of the environment."""
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                monkeypatch.delenv(name)
        monkeypatch.setenv("http_proxy", server.url)
        server.says("POST", f"http://models.internal:8000{PREDICT}", TAKEN)
        return server

    def test_those_of_the_environment_are_used(self, proxy, connect):
        assert connect("http://models.internal:8000").submit(REQUEST) == "q-1"
        assert proxy.asked[0].path == f"http://models.internal:8000{PREDICT}"

    def test_but_not_for_hosts_it_excepts(self, proxy, connect, monkeypatch):
        monkeypatch.setenv("no_proxy", "models.internal")
        with pytest.raises(TransportError, match="cannot be reached"):
            connect("http://models.internal:8000", attempts=1).submit(REQUEST)
        assert not proxy.asked

    def test_and_not_for_this_machine(self, proxy, connect):
        connect().submit(REQUEST)
        assert proxy.asked[0].path == PREDICT

    def test_one_that_is_not_there_has_passed_nothing_on(self, connect, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(TransportError, match="proxy") as caught:
            connect("http://models.internal:8000", attempts=1).submit(REQUEST)
        assert caught.value.submission == "none"


class TestPauses:
    def test_they_grow_to_the_longest_and_are_not_all_the_same(self):
        back_off = BackOff(1.0, 10.0)
        assert 0.6 <= back_off.pause(0) <= 1.0
        assert 6.0 <= back_off.pause(20) <= 10.0
        assert back_off.pause(100_000) <= 10.0
        assert len({back_off.pause(3) for _ in range(20)}) > 1

    def test_the_service_may_ask_for_more_but_not_for_less(self):
        assert BackOff(1.0, 10.0).pause(0, 30.0) == 30.0
        assert BackOff(1.0, 10.0).pause(0, 0.0) >= 0.6

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("5", 5.0),
            (" 2.5 ", 2.5),
            ("-3", 0.0),
            ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
            ("soon", None),
            ("", None),
            (None, None),
            ("nan", None),
        ],
    )
    def test_retry_after(self, header, seconds):
        assert asked_pause(header) == seconds

    @pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
    def test_a_date_is_one_of_utc_wherever_it_is_read(self, monkeypatch, zone):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        soon = time.time() + 100
        try:
            for form in (
                "%a, %d %b %Y %H:%M:%S GMT",
                "%a %b %d %H:%M:%S %Y",
            ):  # as it is written now, and was
                assert asked_pause(time.strftime(form, time.gmtime(soon))) == pytest.approx(100, abs=5)
        finally:
            monkeypatch.delenv("TZ")
            time.tzset()

    @pytest.mark.parametrize(
        "options",
        [
            {"timeout": 0},
            {"timeout": -1.0},
            {"timeout": "5"},
            {"read_timeout": float("nan")},
            {"connect_timeout": True},
            {"attempts": 0},
            {"poll": 2},
            {"poll": (1, 2, 3)},
            {"back_off": (0.0, 1.0)},
        ],
    )
    def test_what_is_no_time_is_refused(self, options):
        with pytest.raises(TransportError, match=next(iter(options))):
            HttpTransport("http://localhost:8000", **options)

    def test_who_would_wait_for_ever_may(self, server, connect):
        always = float("inf")
        options = {"timeout": always, "connect_timeout": always, "read_timeout": always, "attempts": always}
        assert connect(**options).predict(REQUEST).n_samples == 1

    def test_a_pause_longer_than_a_thread_can_wait_ends_when_the_transport_is_closed(self):
        closed = threading.Event()
        threading.Timer(0.05, closed.set).start()
        assert not Deadline(float("inf"), closed).sleep(1e12)
