"""Transports by name, those of other packages among them."""

from __future__ import annotations

import importlib
import importlib.machinery
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from synthquery.client import Client
from synthquery.errors import MissingExtraError, TransportError, TransportOptionError
from synthquery.transport import (
    ArrowTransport,
    HttpTransport,
    ReplayTransport,
    SimulatorTransport,
    list_transports,
    make_transport,
)

OWN = ["simulator", "synthesize", "self-hosted", "pysynthbio", "replay"]
MODULE = '''
from synthquery.transport import SimulatorTransport


class Cluster:
    """The models of our own cluster.

    More about them.
    """

    needs = "a place in the queue"

    def __init__(self, queue="short"):
        self.queue = queue

    def predict(self, request):
        return SimulatorTransport(seed=1).predict(request)

    def close(self):
        pass


class Closed(Cluster):
    @staticmethod
    def why_unusable():
        return "the cluster is down"


class Confused(Cluster):
    @staticmethod
    def why_unusable():
        raise OSError("no such host")


class Leaving(Cluster):
    @staticmethod
    def why_unusable():
        raise SystemExit(9)


class Quiet(Cluster):
    needs = None


class Failing(Cluster):
    def __init__(self):
        raise ValueError("queue file missing")


class Half:
    def predict(self, request):
        return None


number = 5
'''
Install = Callable[..., None]


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SYNTHESIZE_"):
            monkeypatch.delenv(name)
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package that registers transports."""
    (tmp_path / "clustermodels.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "clustermodels", raising=False)

    def install(package: str = "clustermodels", **points: str) -> None:
        folder = tmp_path / f"{package}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name.replace('_', '-')} = {target}" for name, target in points.items()]
        (folder / "entry_points.txt").write_text("\n".join(["[synthquery.transports]", *lines, ""]))
        importlib.invalidate_caches()

    return install


def listed() -> dict[str, object]:
    return {one.name: one for one in list_transports()}


class TestOwn:
    def test_all_are_listed_in_a_fixed_order(self):
        assert [one.name for one in list_transports()][:5] == OWN
        assert all(one.title and one.needs for one in list_transports()[:5])

    @pytest.mark.parametrize(
        ("name", "options", "kind"),
        [
            ("simulator", {"seed": 3}, SimulatorTransport),
            ("synthesize", {"base_url": "http://localhost:8000", "timeout": 5}, HttpTransport),
            ("self-hosted", {}, ArrowTransport),
            ("replay", {"folder": "recordings"}, ReplayTransport),
        ],
    )
    def test_each_is_made_by_its_name(self, name, options, kind):
        made = make_transport(name, **options)
        assert isinstance(made, kind)
        made.close()

    def test_an_option_that_is_none_was_not_given(self):
        assert isinstance(make_transport("simulator", base_url=None), SimulatorTransport)

    def test_an_unknown_option_names_those_there_are_but_never_the_token(self):
        with pytest.raises(TransportError, match=r"no option 'url'; it takes base_url, timeout") as caught:
            make_transport("synthesize", url="http://localhost")
        assert "token" not in str(caught.value)

    def test_what_is_missing_is_said_at_once(self):
        with pytest.raises(
            TransportOptionError, match=r"needs a folder of recordings: folder=\.\.\. is missing"
        ):
            make_transport("replay")

    @pytest.mark.parametrize(
        ("name", "near"), [("synthesise", "synthesize"), ("selfhosted", "self-hosted"), ("Replay", "replay")]
    )
    def test_a_misspelt_name_is_told_the_right_one(self, name, near):
        with pytest.raises(TransportError, match=f"did you mean '{near}'"):
            make_transport(name)

    def test_any_other_name_is_told_all(self):
        with pytest.raises(TransportError, match="'simulator', 'synthesize', 'self-hosted'"):
            make_transport("pigeon")

    def test_the_switch_for_containers_turns_the_service_into_one(self, monkeypatch):
        monkeypatch.setenv("SYNTHESIZE_SELF_HOSTED", "1")
        assert isinstance(Client("synthesize").transport, ArrowTransport)


class TestUsable:
    def test_the_simulator_always_is(self):
        assert listed()["simulator"].usable
        assert listed()["simulator"].reason == ""

    def test_the_service_is_with_a_token(self, monkeypatch):
        assert not listed()["synthesize"].usable
        assert "SYNTHESIZE_API_KEY" in listed()["synthesize"].reason
        monkeypatch.setenv("SYNTHESIZE_API_KEY", "sk-planted-1")
        assert listed()["synthesize"].usable
        assert "sk-planted-1" not in str(list_transports())

    def test_a_token_that_cannot_be_one_is_the_reason(self, monkeypatch):
        monkeypatch.setenv("SYNTHESIZE_API_KEY", "two words")
        assert "blanks" in listed()["synthesize"].reason

    def test_a_server_of_ones_own_needs_none(self, monkeypatch):
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", "http://localhost:8000")
        assert listed()["synthesize"].usable
        assert listed()["self-hosted"].usable

    @pytest.mark.parametrize("name", ["SYNTHESIZE_API_BASE_URL__GEM_1_BULK", "SYNTHESIZE_ENDPOINT_GEM_1_SC"])
    def test_a_container_of_one_model_is_enough(self, monkeypatch, name):
        assert not listed()["self-hosted"].usable
        monkeypatch.setenv(name, "http://localhost:8000")
        assert listed()["self-hosted"].usable

    def test_a_package_that_is_not_installed_is_named_with_its_extra(self, monkeypatch):
        found = importlib.machinery.PathFinder.find_spec
        monkeypatch.setattr(
            "synthquery.transport.registry.find_spec", lambda name: None if name == "pyarrow" else found(name)
        )
        assert "synthquery[arrow]" in listed()["self-hosted"].reason
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(MissingExtraError):
            make_transport("self-hosted")


class TestOfOtherPackages:
    def test_it_is_listed_and_made(self, install):
        install(cluster="clustermodels:Cluster")
        one = listed()["cluster"]
        assert (one.title, one.needs, one.origin) == (
            "The models of our own cluster.",
            "a place in the queue",
            "clustermodels",
        )
        assert one.usable
        assert Client("cluster", queue="long").transport.queue == "long"

    def test_it_need_not_say_what_it_takes(self, install):
        install(cluster="clustermodels:Quiet")
        assert listed()["cluster"].needs == ""

    def test_it_may_say_why_it_cannot_be_used(self, install):
        install(cluster="clustermodels:Closed")
        assert listed()["cluster"].reason == "the cluster is down"

    @pytest.mark.parametrize(
        ("target", "reason"),
        [
            ("clustermodels:Absent", "Absent"),
            ("nowhere:Cluster", "nowhere"),
            ("clustermodels:number", "not a class or function"),
            ("clustermodels:Confused", "no such host"),
            ("clustermodels:Leaving", "SystemExit"),
        ],
    )
    def test_a_broken_one_is_reported_and_takes_no_other_down(self, install, target, reason):
        install(broken=target, cluster="clustermodels:Cluster")
        assert reason in listed()["broken"].reason
        assert not listed()["broken"].usable
        assert listed()["cluster"].usable
        assert isinstance(make_transport("simulator"), SimulatorTransport)

    @pytest.mark.parametrize(
        ("target", "word"),
        [
            ("nowhere:Cluster", "cannot be loaded"),
            ("clustermodels:number", "not a class or function"),
            ("clustermodels:Failing", "queue file missing"),
            ("clustermodels:Half", r"close\(\)"),
        ],
    )
    def test_a_broken_one_that_is_asked_for_is_a_transport_error(self, install, target, word):
        install(broken=target)
        with pytest.raises(TransportError, match=word):
            make_transport("broken")

    def test_it_does_not_take_the_name_of_one_of_ours(self, install):
        install(simulator="clustermodels:Cluster")
        assert isinstance(make_transport("simulator"), SimulatorTransport)
        (clash,) = (one for one in list_transports() if one.origin == "clustermodels")
        assert clash.reason == "the name is taken by synthquery"

    def test_of_two_with_one_name_the_first_by_package_counts(self, install):
        install("bmodels", cluster="clustermodels:Closed")
        install("amodels", cluster="clustermodels:Cluster")
        first, second = (one for one in list_transports() if one.name == "cluster")
        assert (first.origin, first.usable) == ("amodels", True)
        assert (second.origin, second.reason) == ("bmodels", "the name is taken by amodels")

    def test_near_names_are_found_among_them(self, install):
        install(gpu_cluster="clustermodels:Cluster")
        with pytest.raises(TransportError, match="did you mean 'gpu-cluster'"):
            make_transport("gpu-clutser")
