"""Build the wheel, install it alone in an empty environment, use it outside the source tree without network.

python scripts/check_wheel.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIMIT = 12 * 2**20
RECIPE = """
model: gem-1-bulk
sampling_strategy: mean estimation
seed: 1
samples:
  - {tissue: liver, disease: hepatocellular carcinoma, sex: male, age: 61 years, num_samples: 2}
"""
BROKEN = """
{"model_id": "gem-1-bulk", "sampling_strategy": "mean estimation",
 "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:9999999"}, "num_samples": 1}]}
"""


def run(command: list[str | Path], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], text=True, **options)  # type: ignore[call-overload]


def without_network() -> list[str]:
    """A prefix that takes the network away where the system allows it; a dead proxy does the rest."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") and run([*prefix, "true"], capture_output=True).returncode == 0:
        return prefix
    return []


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(
            [sys.executable, "-m", "build", "--outdir", folder / "dist", ROOT],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (wheel,) = (folder / "dist").glob("*.whl")
        size = wheel.stat().st_size
        assert size < LIMIT, f"the wheel has {size:,} bytes"
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        assert "synthquery/data/ontologies/manifest.json" in names, "the wheel lacks the ontology snapshot"
        assert "synthquery/py.typed" in names, "the wheel lacks py.typed"
        print(f"built {wheel.name}, {size:,} bytes, {len(names)} files")

        run([sys.executable, "-m", "venv", folder / "env"], check=True)
        scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        run(
            [scripts / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel],
            check=True,
        )

        (folder / "recipe.yaml").write_text(RECIPE)
        (folder / "broken.json").write_text(BROKEN)
        dead = "http://127.0.0.1:9"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "http_proxy": dead,
            "https_proxy": dead,
            "COLUMNS": "120",
        }
        for words, expected_code, expected_text in (
            ("resolve tissue liver", 0, "UBERON:0002107"),
            ("resolve gene TP53", 0, "ENSG00000141510"),
            ("term CVCL_0030", 0, "HeLa"),
            ("build recipe.yaml -o query.json", 0, "MONDO:0007256"),
            ("validate query.json", 0, ""),
            ("validate broken.json", 1, "id.unknown"),
            ("predict query.json -o results", 0, "44592"),
            ("ontology verify", 0, "intact"),
        ):
            command = [*without_network(), scripts / "synthquery", *words.split()]
            done = run(command, cwd=folder, env=environment, capture_output=True)
            shown = done.stdout + done.stderr
            print(f"$ synthquery {words}\n{shown.rstrip()}")
            assert done.returncode == expected_code, f"exit code {done.returncode}, {expected_code} expected"
            assert expected_text in shown.replace(",", ""), f"{expected_text!r} was expected in the output"
    print("the wheel works on its own, offline")
    return 0


if __name__ == "__main__":
    sys.exit(main())
