"""Validate hundreds of thousands of hostile bodies and files: none may crash, hang or fill the memory.

python benchmarks/hostile_validation.py [NUMBER [FIRST]]

Works through the series of ``tests/validation/hostile.py`` (200,000 by default) in a process of its own, which is
started again behind a body that ends it. A body counts against us when `validate` raises, when its report cannot be
shown, when it takes more than 5 s of processor time, or when the process passes 1 GB. Exit code 1 when one does.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SECONDS = 5.0
BYTES = 2**30
HARD = 3 * BYTES  # address space at which the process is stopped: what is mapped is more than what is used


def work(first: int, end: int, log: Path) -> None:
    """Validate the bodies of a range; each is named in the log before it is tried."""
    sys.path.insert(0, str(ROOT))
    from tests.validation.hostile import hostile

    from synthquery import resolve
    from synthquery.resolver import FIELDS

    for field in FIELDS:  # the index of names is prepared once for a machine, and no body's doing
        resolve("liver", field)
    resource.setrlimit(resource.RLIMIT_AS, (HARD, HARD))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder, log.open("a", encoding="utf-8", buffering=1) as out:
        for number in range(first, end):
            one = hostile(number)
            out.write(f"{number}\t{one.kind}")
            start = time.process_time()
            try:
                outcome = tried(one, Path(folder))
            except BaseException as error:
                outcome = (
                    f"raised {type(error).__name__}: {error}"[:300].replace("\n", " ").replace("\t", " ")
                )
            taken = time.process_time() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            out.write(f"\t{taken:.3f}\t{peak}\t{outcome}\n")
            if peak > BYTES:
                return  # the peak of a process never falls: the next body gets a new one


def tried(one: Any, folder: Path) -> str:
    """The outcome for one body: ``clean``, ``issues`` or ``unreadable``; its report is shown in every way."""
    from synthquery import validate

    subject = one.body
    if one.data is not None:
        subject = folder / one.name
        subject.write_bytes(one.data)
    report = validate(subject, one.model)
    for shown in (str(report), report.to_json(), report.to_markdown()):
        shown.encode("utf-8")
    return "unreadable" if report.unreadable else "issues" if report.issues else "clean"


def main(number: int, first: int) -> int:
    """Run the series and print the counts."""
    end = first + number
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.tsv"
        at = first
        while at < end:
            done = subprocess.run(
                [sys.executable, __file__, "--work", str(at), str(end), str(log)], check=False
            )
            rows = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]
            last = rows[-1] if rows else [str(at - 1), "nothing"]
            if len(last) < 5:
                with log.open("a", encoding="utf-8") as out:
                    out.write(f"\t0\t0\tended the process ({done.returncode})\n")
            at = int(last[0]) + 1
            print(f"{at - first:,} of {number:,}", file=sys.stderr, flush=True)
        rows = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]
    return told(rows)


def told(rows: list[list[str]]) -> int:
    """Print the counts and every body that counts against us."""
    outcomes = Counter(row[4].split(" ")[0] for row in rows)
    slowest = max(rows, key=lambda row: float(row[2]))
    largest = max(rows, key=lambda row: int(row[3]))
    bad = [
        row
        for row in rows
        if row[4] not in ("clean", "issues", "unreadable") or float(row[2]) > SECONDS or int(row[3]) > BYTES
    ]
    print(
        f"{len(rows):,} bodies: " + ", ".join(f"{count:,} {what}" for what, count in outcomes.most_common())
    )
    print(
        "kinds: "
        + ", ".join(f"{count:,} {kind}" for kind, count in Counter(row[1] for row in rows).most_common())
    )
    print(f"slowest {float(slowest[2]):.2f} s ({slowest[1]}, number {slowest[0]}), "
          f"peak {int(largest[3]) / 1e6:,.0f} MB ({largest[1]}, number {largest[0]})")  # fmt: skip
    print(f"{len(bad):,} against us")
    for row in bad[:50]:
        print("  " + "  ".join(row))
    return int(bool(bad))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
        sys.exit()
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(given[0] if given else 200_000, given[1] if len(given) > 1 else 0))
