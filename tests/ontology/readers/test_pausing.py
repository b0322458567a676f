"""The collector pauses while a file is read, and runs again whatever happens."""

from __future__ import annotations

import gc

import pytest

from synthquery.ontology.readers.pausing import collector_paused


@collector_paused()
def fails() -> None:
    with collector_paused():
        assert not gc.isenabled()
    assert not gc.isenabled()
    raise ValueError("damaged")


def test_the_collector_runs_again_after_an_error_and_after_nested_pauses() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="damaged"):
        fails()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
