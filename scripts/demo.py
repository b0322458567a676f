"""The main job from end to end: labels -> validated query -> prediction by the embedded simulator.

    python scripts/demo.py FOLDER

Runs the very commands a user would type and leaves their files in FOLDER.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

RECIPE = Path(__file__).parent.parent / "examples" / "liver.yaml"


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo-output")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(RECIPE, folder / "recipe.yaml")
    query = folder / "query.json"
    for command in (
        ["build", str(folder / "recipe.yaml"), "-o", str(query)],
        ["validate", str(query)],
        ["predict", str(query), "--transport", "simulator", "-o", str(folder / "prediction")],
    ):
        print(f"\n$ synthquery {shlex.join(command)}", flush=True)
        code = subprocess.run([sys.executable, "-m", "synthquery", *command]).returncode
        if code != 0:
            return code
    print(f"\nfiles in {folder}:")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        print(f"  {path.relative_to(folder)}  {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
