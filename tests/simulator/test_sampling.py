from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import resource
from tests.simulator.asking import LIVER, ask, sample
made = ask("gem-1-bulk", sample({"tissue_ontology_id": LIVER}, 1000), sampling_strategy="sample generation")
assert made.counts.shape == (1000, 44592)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux only")
def test_a_thousand_bulk_samples_fit_in_two_gigabytes():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 2_000_000
