"""Run every target against hubs of this machine and print what happened: ``python -m tests.fuzz.run`` (``make fuzz``).

``NENGHAO_FUZZ_EXAMPLES`` is the number of examples of each call of a machine (10,000), ``NENGHAO_FUZZ_PAGE_EXAMPLES``
that of each page and method (a fortieth of it). ``--only WORD`` runs the targets whose name holds the word,
``--workers`` so many processes, each with a hub of its own in memory; with ``NENGHAO_DATABASE_URL`` there is one, in
that database. What is done is written to ``--json`` after every target; ``--resume`` goes on from there.
``--repeat REQUEST`` sends one request of a report to a new hub.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

REPOSITORY = Path(__file__).resolve().parents[2]
MEMORY_FOLDER = Path("/dev/shm")
MOST_MEMORY_MB = 3000
"""What a worker may have held at the end, after hundreds of thousands of calls."""
WORKERS_A_CORE = 2
"""While the requests of one wait for SQLite and the disk, the other one's are answered."""
NO_LIMITS = {
    "NENGHAO_API_REQUESTS_PER_MINUTE": "1000000000",
    "NENGHAO_REGISTRATIONS_PER_MINUTE": "1000000000",
    "NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE": "1000000000",
    "NENGHAO_REQUESTS_PER_MINUTE": "0",
    "NENGHAO_RECORDS_PER_MINUTE": "0",
    "NENGHAO_YUNNAN_TOKEN_S": "1000000",
    "NENGHAO_LOG_LEVEL": "ERROR",
    "NENGHAO_CHECKS": "0",
}
"""Rates have their own tests; here they would only hide what lies behind them."""
ROUNDS = (0.05, 0.25, 1.0)
"""The share of all examples that every target has had at the end of each round: the whole breadth comes early."""
COLUMNS = ("examples", "taken", "refused", "acknowledged", "present", "not_foreign", "foreign_refused", "faults")


@dataclass
class Asked:
    """What to run."""

    examples: int
    page_examples: int
    only: str = ""
    every: int = 1
    workers: int = 2
    number: int = 1
    done: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """Give the examples of a target."""
        return self.page_examples if name.startswith("page ") else self.examples

    def wanted(self, names: list[str]) -> list[tuple[str, int, int]]:
        """Give what is to be run, round by round: target, examples, seed; without what is done."""
        names = [name for place, name in enumerate(names) if self.only in name and place % self.every == 0]
        had = {name: self.done.get(name, {}).get("examples", 0) for name in names}
        pieces = []
        for share in ROUNDS:
            for name in names:
                more = round(self.count(name) * share) - had[name]
                if more > 0:
                    pieces.append((name, more, self.number * 1_000_000 + had[name]))
                    had[name] += more
        return pieces


class Worker:
    """One process that fuzzes, with a copy of the world in a folder."""

    command: tuple[str, ...] = ("-W", "ignore", "-m", "tests.fuzz.worker", "run")

    def __init__(self, folder: Path) -> None:
        self.folder, self.memory_mb, self.wrong = folder, 0, []
        self.names: list[str] = []
        self.killed = False

    def start(self) -> None:
        """Start it and wait until it has told its targets."""
        self.process = subprocess.Popen(
            [sys.executable, *self.command], env=environment(self.folder), cwd=REPOSITORY, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.folder.with_suffix(".log").open("a"),
        )  # fmt: skip
        told = self._read()
        if told is None:
            raise RuntimeError(self.last_words())
        self.names = told["targets"]

    def run(self, name: str, examples: int, number: int) -> dict[str, Any]:
        """Run a target; a worker that ends over it is a fault of the target, and another is started."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"target": name, "examples": examples, "seed": number}) + "\n")
        self.process.stdin.flush()
        outcome: dict[str, Any] | None = None
        while (told := self._read()) is not None:
            outcome = told["outcome"]
            if not told.get("last"):
                return outcome
        code = self.process.wait()
        what = f"the worker ended with {code}: {self.last_words()[-1500:]}"
        if not self.killed:
            self.start()
        if outcome is None:
            outcome = {"target": name, "shown": [], "answers": {}, "seconds": 0, "cpu_s": 0, "slowest_s": 0}
            outcome |= dict.fromkeys(COLUMNS, 0)
        outcome["faults"] += 1
        outcome["shown"].append({"what": what, "request": None})
        return outcome

    def end(self) -> None:
        """Let it compare the closed store, and wait."""
        assert self.process.stdin
        self.process.stdin.close()
        told = self._read() or {"end": [f"the worker ended by itself: {self.last_words()[-500:]}"], "memory_mb": 0}
        self.wrong, self.memory_mb = told["end"], told["memory_mb"]
        if self.memory_mb > MOST_MEMORY_MB:
            self.wrong.append(f"a worker held {self.memory_mb} MB")
        self.process.wait(60)

    def kill(self) -> None:
        """End it at once, and start no other."""
        self.killed = True
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        """Give the end of its log."""
        return self.folder.with_suffix(".log").read_text(errors="replace")[-4000:]

    def _read(self) -> dict[str, Any] | None:
        assert self.process.stdout
        line = self.process.stdout.readline()
        return json.loads(line) if line else None


def environment(folder: Path) -> dict[str, str]:
    """Give the environment of a worker."""
    return {
        **os.environ, **NO_LIMITS, "NENGHAO_DATA_DIR": str(folder), "PYTHONPATH": str(REPOSITORY),
        "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings",
    }  # fmt: skip


def make_world(folder: Path) -> None:
    """Make the world that all workers begin with."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.fuzz.worker", "make"], env=environment(folder),
        capture_output=True, text=True, cwd=REPOSITORY, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])


Waiting = queue.SimpleQueue[tuple[str, int, int]]


class Fuzz:
    """A whole run: hands the targets to the workers and gathers what they find."""

    def __init__(self, folder: Path, asked: Asked, tell: Callable[[dict[str, Any]], None]) -> None:
        self.folder, self.asked, self.tell = folder, asked, tell
        self.lock = threading.Lock()
        self.outcomes: dict[str, dict[str, Any]] = dict(asked.done)
        self.started = time.monotonic()
        self.workers: list[Worker] = []

    def run(self) -> dict[str, Any]:
        """Run the targets and give the report."""
        make_world(self.folder / "world")
        shared = bool(os.environ.get("NENGHAO_DATABASE_URL"))
        for number in range(1 if shared else self.asked.workers):
            if shared:
                self.workers.append(Worker(self.folder / "world"))
            else:
                copy = shutil.copytree(self.folder / "world", self.folder / f"hub{number}")
                self.workers.append(Worker(Path(copy)))
        try:
            for worker in self.workers:
                worker.start()
            waiting: Waiting = queue.SimpleQueue()
            for piece in self.asked.wanted(self.workers[0].names):
                waiting.put(piece)
            threads = [
                threading.Thread(target=self._feed, args=(worker, waiting), daemon=True) for worker in self.workers
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            for worker in self.workers:
                worker.kill()
        return self.report()

    def report(self) -> dict[str, Any]:
        """Give what was found so far."""
        outcomes = list(self.outcomes.values())
        totals = {name: sum(one[name] for one in outcomes) for name in COLUMNS}
        return totals | {
            "seconds": round(time.monotonic() - self.started, 1),
            "seed": self.asked.number,
            "memory_mb": [worker.memory_mb for worker in self.workers],
            "wrong": [line for worker in self.workers for line in worker.wrong],
            "targets": outcomes,
        }

    def _feed(self, worker: Worker, waiting: Waiting) -> None:
        while True:
            try:
                name, examples, number = waiting.get_nowait()
            except queue.Empty:
                worker.end()
                return
            outcome = worker.run(name, examples, number)
            if worker.killed:
                return
            with self.lock:
                self.outcomes[name] = joined(self.outcomes.get(name), outcome)
                print_line(outcome)
                self.tell(self.report())


def joined(before: dict[str, Any] | None, more: dict[str, Any]) -> dict[str, Any]:
    """Add what a later round of a target found to what is known of it."""
    if before is None:
        return more
    sums = {name: before[name] + more[name] for name in COLUMNS}
    sums |= {name: round(before[name] + more[name], 1) for name in ("seconds", "cpu_s")}
    kinds = sorted(before["answers"].keys() | more["answers"].keys())
    answers = {kind: before["answers"].get(kind, 0) + more["answers"].get(kind, 0) for kind in kinds}
    slowest = max(before["slowest_s"], more["slowest_s"])
    return more | sums | {"answers": answers, "slowest_s": slowest, "shown": (before["shown"] + more["shown"])[:5]}


def print_line(one: dict[str, Any]) -> None:
    state = "FAILED" if one["faults"] else "ok"
    counts = " ".join(f"{name} {one[name]}" for name in COLUMNS if one[name])
    print(f"{state:6} {one['target']:44} {one['seconds']:>6.1f} s  {counts}", flush=True)
    for shown in one["shown"]:
        print(f"       {shown['what']}\n       --repeat '{json.dumps(shown['request'])}'", flush=True)


def show(report: dict[str, Any]) -> None:
    """Print the report as a table."""
    table = Table("target", *COLUMNS, "seconds", "slowest s", "answers")
    for one in report["targets"]:
        answers = " ".join(f"{kind}:{count}" for kind, count in sorted(one["answers"].items()))
        table.add_row(one["target"], *(str(one[name]) for name in (*COLUMNS, "seconds", "slowest_s")), answers)
    console = Console(width=220)
    console.print(table)
    console.print({name: value for name, value in report.items() if name != "targets"})


def is_wrong(report: dict[str, Any]) -> bool:
    """Tell whether anything was."""
    return bool(report["wrong"] or report["faults"])


def run(folder: Path, asked: Asked, tell: Callable[[dict[str, Any]], None] = lambda _report: None) -> dict[str, Any]:
    """Run the targets in a folder; ``tell`` is given the report after every target."""
    return Fuzz(folder, asked, tell).run()


def _write(path: Path, report: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)


def _done(path: Path) -> dict[str, dict[str, Any]]:
    """Give the targets of an earlier report that ran without a fault; others begin anew."""
    told = json.loads(path.read_text(encoding="utf-8"))["targets"] if path.exists() else []
    return {one["target"]: one for one in told if not one["faults"]}


def _repeat(folder: Path, request: str) -> int:
    make_world(folder / "world")
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.fuzz.worker", "repeat", request],
        env=environment(folder / "world"), cwd=REPOSITORY, check=False,
    ).returncode  # fmt: skip


def main() -> int:
    """Run from the command line; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--workers", type=int, default=WORKERS_A_CORE * (os.cpu_count() or 1))
    parser.add_argument("--json", type=Path, default=Path("fuzz-report.json"))
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--repeat", default="")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("NENGHAO_FUZZ_SEED", "1")))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))  # and take the workers along
    examples = int(os.environ.get("NENGHAO_FUZZ_EXAMPLES", "10000"))
    asked = Asked(
        examples=examples,
        page_examples=int(os.environ.get("NENGHAO_FUZZ_PAGE_EXAMPLES", str(max(1, examples // 40)))),
        only=given.only, workers=given.workers, number=given.seed, done=_done(given.json) if given.resume else {},
    )  # fmt: skip
    memory = MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="nenghao-fuzz-", dir=memory) as folder:
        if given.repeat:
            return _repeat(Path(folder), given.repeat)
        report = run(Path(folder), asked, lambda so_far: _write(given.json, so_far))
    _write(given.json, report)
    show(report)
    return 1 if is_wrong(report) else 0


if __name__ == "__main__":
    sys.exit(main())
