"""Draws examples, sends them to the hub of this process many at a time, and keeps the books of each call.

A call is fuzzed by Hypothesis, which draws eight examples at once, since most of its time goes into beginning one; what
is drawn is sent from many threads, as gateways do, so that the store commits many uploads together. What must hold of
a single answer is looked at at once; what must hold of the hub (nothing acknowledged lost, nothing foreign changed) is
asked once per block, for all of it together.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

BLOCK = 500
"""Examples after which the books are compared with the hub."""
DRAWN_AT_ONCE = 8
MOST_SHOWN = 5
"""Faults of a call that are kept with their bytes; the others are counted."""
MOST_ROUNDS = 200
BACKEND = "fresh"
AVAILABLE_PROVIDERS[BACKEND] = HypothesisProvider
"""Hypothesis as it is, but under another name: then it does not make five of six examples by copying parts of one."""


@dataclass
class Outcome:
    """One call: examples, answers by kind, what was acknowledged and found again, and every fault.

    ``taken`` and ``refused`` are answers that say so (HTTP 2xx and 3xx or else, on the wire ``responseCode``);
    ``acknowledged`` records or configurations of which ``present`` were found in the hub; ``not_foreign`` answers in
    which nothing of anybody else stood; ``foreign_refused`` requests for another's records, which all must be.
    """

    target: str
    examples: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    slowest_s: float = 0.0
    taken: int = 0
    refused: int = 0
    acknowledged: int = 0
    present: int = 0
    not_foreign: int = 0
    foreign_refused: int = 0
    faults: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    shown: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock = threading.Lock()

    def plain(self) -> dict[str, Any]:
        """Give it as JSON holds it."""
        return asdict(self) | {"answers": dict(self.answers)}

    def answered(self, kind: str, *, taken: bool, took_s: float, not_foreign: bool = True) -> None:
        """Count an answer."""
        with self.lock:
            self.answers[kind] += 1
            self.taken += taken
            self.refused += not taken
            self.not_foreign += not_foreign
            self.slowest_s = max(self.slowest_s, round(took_s, 3))

    def add(self, **counts: int) -> None:
        """Add to counts."""
        with self.lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)

    def fault(self, what: str, request: dict[str, Any] | None = None) -> None:
        """Count a fault; the first of each kind are kept with the request that repeats them."""
        with self.lock:
            self.faults += 1
            is_new = all(one["what"][:80] != what[:80] for one in self.shown)
            if is_new and len(self.shown) < MOST_SHOWN:
                self.shown.append({"what": what[:3000], "request": request})


@dataclass(frozen=True)
class Target:
    """One call: ``strategy`` draws an example, ``send`` sends it on any thread, ``check`` looks at a block of them."""

    name: str
    strategy: st.SearchStrategy[Any]
    send: Callable[[Outcome, Any], None]
    check: Callable[[Outcome], list[str]] = lambda _outcome: []
    threads: int = 64


class Run:
    """One target under way: gathers what Hypothesis draws and sends it by the handful."""

    def __init__(
        self, target: Target, outcome: Outcome, *, examples: int, pool: Executor | None,
        always: Callable[[], Sequence[str]], request: Callable[[], dict[str, Any] | None],
    ) -> None:  # fmt: skip
        self.target, self.outcome, self.wanted, self.pool = target, outcome, examples, pool
        self.always, self.request = always, request
        self.waiting: list[Any] = []
        self.drawn = self.checked = 0

    def take(self, values: list[Any]) -> None:
        """Take drawn values; send when there are enough."""
        values = values[: self.wanted - self.drawn]
        self.drawn += len(values)
        self.waiting += values
        if len(self.waiting) >= (self.target.threads if self.pool else 1) or self.drawn == self.wanted:
            self.flush()

    def flush(self) -> None:
        """Send what waits and, after a block, compare the books."""
        values, self.waiting = self.waiting, []
        list(self.pool.map(self._one, values) if self.pool else map(self._one, values))
        self.outcome.examples += len(values)
        if self.outcome.examples - self.checked >= BLOCK or self.drawn == self.wanted:
            self.checked = self.outcome.examples
            for line in [*self.target.check(self.outcome), *self.always()]:
                self.outcome.fault(line)

    def _one(self, value: Any) -> None:
        try:
            self.target.send(self.outcome, value)
        except Exception as error:  # an error of the application is a 5xx; one of ours is to be seen as well
            self.outcome.fault(f"{type(error).__name__}: {error}", self.request())


def run_target(
    target: Target,
    outcome: Outcome,
    *,
    examples: int,
    number: int,
    pool: Executor | None,
    always: Callable[[], Sequence[str]],
    request: Callable[[], dict[str, Any] | None],
) -> None:
    """Send ``examples`` examples of a target, drawn from the seed ``number``; its books are kept in ``outcome``.

    Faults do not end it. ``always`` is asked after every block besides the target's own check, ``request`` gives what
    this thread sent last.
    """
    run = Run(target, outcome, examples=examples, pool=pool, always=always, request=request)
    started, cpu = time.monotonic(), time.process_time()
    for round_number in range(MOST_ROUNDS):  # Hypothesis ends early where there is little to draw
        left = examples - run.drawn
        if left <= 0:
            break
        _explore(run, number + 1000 * round_number, -(-left // DRAWN_AT_ONCE))
    if run.waiting:
        run.flush()
    outcome.seconds = round(time.monotonic() - started, 1)
    outcome.cpu_s = round(time.process_time() - cpu, 1)


def _explore(run: Run, number: int, times: int) -> None:
    @seed(number)
    @settings(
        max_examples=times,
        backend=BACKEND,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
        print_blob=False,
    )
    @given(st.lists(run.target.strategy, min_size=DRAWN_AT_ONCE, max_size=DRAWN_AT_ONCE))
    def explore(values: list[Any]) -> None:
        run.take(values)

    explore()
