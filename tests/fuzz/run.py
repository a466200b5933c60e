"""Run every target against a served hub and print what happened: ``python -m tests.fuzz.run`` (``make fuzz``).

``NENGHAO_FUZZ_EXAMPLES`` is the number of examples of each call of a machine (10,000), ``NENGHAO_FUZZ_PAGE_EXAMPLES``
that of each page and method (a fortieth of it), ``--only WORD`` runs the targets whose name holds the word.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from . import open_api
from .driver import Caller, Outcome, run_target
from .pages import Pages
from .served import ServedHub
from .wire_a import DialectA
from .wire_b import DialectB

MOST_MEMORY_MB = 1500
"""What the hub's processes may hold at the end, after hundreds of thousands of calls."""
LAST_MINUTES = 5.0


def run(
    folder: Path,
    *,
    examples: int,
    page_examples: int,
    only: str = "",
    minutes: float = 0,
    number: int = 1,
    every: int = 1,
) -> dict[str, Any]:
    """Run the targets and give the report; with ``minutes`` no new target begins after so long.

    ``every`` leaves all but each n-th page and each n-th operation of dialect B out: for a quick look.
    """
    started = time.monotonic()
    with ServedHub(folder) as hub:
        caller = Caller(hub)
        dialect_a = DialectA(caller)
        targets = dialect_a.targets() | DialectB(caller).targets() | open_api.targets(caller) | Pages(caller).targets()
        outcomes = []
        for place, (name, (strategy, send)) in enumerate(targets.items()):
            if only not in name or (place % every and name.startswith(("page ", "B "))):
                continue
            if minutes and time.monotonic() - started > minutes * 60:
                outcomes.append(Outcome(name))
                continue
            count = (
                page_examples
                if name.startswith("page ")
                else -(-examples // 6)
                if name.endswith("records")
                else examples
            )
            outcomes.append(run_target(name, strategy, send, count, number))
            _print_line(outcomes[-1])
        memory_mb, alive = hub.memory_mb(), hub.running()
        hub.stop()
        wrong = dialect_a.settle() + [
            f"foreign {name} changed" for name, digest in hub.question("foreign").items() if digest != hub.before[name]
        ]
    if not alive:
        wrong.append("the hub ended by itself")
    if memory_mb > MOST_MEMORY_MB:
        wrong.append(f"the hub holds {memory_mb:.0f} MB")
    return {
        "examples": sum(one.examples for one in outcomes),
        "requests": sum(one.requests for one in outcomes),
        "seconds": round(time.monotonic() - started, 1),
        "memory_mb_before": round(hub.first_memory_mb),
        "memory_mb_after": round(memory_mb),
        "wrong": wrong,
        "targets": [one.plain() for one in outcomes],
        "acknowledged": {name: ledger.accepted for name, ledger in dialect_a.ledgers.items()},
        "keys_compared": {name: len(ledger.newest) for name, ledger in dialect_a.ledgers.items()},
    }


def _print_line(one: Outcome) -> None:
    state = "FAILED" if one.wrong else "ok"
    print(f"{state:6} {one.target:60} {one.examples:>8} examples {one.seconds:>7.1f} s", flush=True)
    for line in one.wrong:
        print(f"       {line[:1500]}", flush=True)


def show(report: dict[str, Any]) -> None:
    """Print the report as a table."""
    table = Table("target", "examples", "requests", "seconds", "slowest s", "answers", "wrong")
    for one in report["targets"]:
        answers = " ".join(f"{kind}:{count}" for kind, count in sorted(one["answers"].items()))
        table.add_row(
            one["target"],
            *(str(one[name]) for name in ("examples", "requests", "seconds", "slowest_s")),
            answers,
            str(len(one["wrong"]) or ""),
        )
    console = Console(width=180)
    console.print(table)
    console.print({name: value for name, value in report.items() if name != "targets"})


def main() -> int:
    """Run from the command line; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--json", type=Path, default=Path("fuzz-report.json"))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("NENGHAO_FUZZ_SEED", "1")))
    asked = parser.parse_args()
    examples = int(os.environ.get("NENGHAO_FUZZ_EXAMPLES", "10000"))
    page_examples = int(os.environ.get("NENGHAO_FUZZ_PAGE_EXAMPLES", str(max(1, examples // 40))))
    with tempfile.TemporaryDirectory(prefix="nenghao-fuzz-") as folder:
        report = run(
            Path(folder),
            examples=examples,
            page_examples=page_examples,
            only=asked.only,
            minutes=asked.minutes,
            number=asked.seed,
        )
    asked.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    show(report)
    return 1 if report["wrong"] or any(one["wrong"] for one in report["targets"]) else 0


if __name__ == "__main__":
    sys.exit(main())
