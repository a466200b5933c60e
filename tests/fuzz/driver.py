"""Runs one target after the other and keeps the books: how many examples ran, what was answered, what was wrong."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from .served import ServedHub
from .world import SECRET_WORD

DEADLINE_S = 30.0
"""No call may take longer, on a machine that others use too."""


@dataclass
class Outcome:
    """One target: examples sent (records and requests), seconds, answers by kind, and what was wrong."""

    target: str
    examples: int = 0
    requests: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Give it as JSON holds it."""
        return asdict(self) | {"answers": dict(self.answers)}


class Caller:
    """Sends to the hub over kept connections; every answer passes the checks that hold everywhere."""

    def __init__(self, hub: ServedHub) -> None:
        self.hub = hub
        self.client = httpx.Client(base_url=hub.url, timeout=DEADLINE_S, trust_env=False)
        foreign = hub.world["enterprises"]
        self.hidden = [SECRET_WORD.encode(), json.dumps(SECRET_WORD)[1:-1].encode()] + [
            foreign[name][key].encode()
            for name in ("foreign", "other")
            for key in ("device_id", "secret_key")
            if foreign[name][key]
        ]

    def send(self, outcome: Outcome, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one request; it must be answered in time, without a 5xx and without anything foreign."""
        started = time.monotonic()
        answer = self.client.request(method, path, **more)
        took = time.monotonic() - started
        outcome.requests += 1
        outcome.slowest_s = max(outcome.slowest_s, took)
        outcome.answers[str(answer.status_code)] += 1
        assert answer.status_code < 500, f"{answer.status_code} {answer.text[:300]}"
        sent = f"{path} {more}"  # what was asked for may be repeated
        for word in self.hidden:
            assert word.decode() in sent or word not in answer.content, f"foreign {word.decode()!r} is in the answer"
        return answer


def run_target(
    target: str, strategy: st.SearchStrategy[Any], one: Callable[[Outcome, Any], int | None], examples: int, number: int
) -> Outcome:
    """Send ``examples`` examples; ``one`` sends a drawn value and says how many examples it was (1 if nothing)."""
    outcome = Outcome(target)

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(strategy)
    def explore(value: Any) -> None:
        try:
            outcome.examples += one(outcome, value) or 1
        except (httpx.HTTPError, AssertionError) as error:
            raise AssertionError(f"{type(error).__name__}: {error}\n  sent: {str(value)[:1500]!r}") from None

    started = time.monotonic()
    try:
        explore()
    except AssertionError as error:
        outcome.wrong.append(str(error)[:4000])
    except Exception as error:
        outcome.wrong.append(f"{type(error).__name__}: {error}"[:4000])
    outcome.seconds = round(time.monotonic() - started, 1)
    outcome.slowest_s = round(outcome.slowest_s, 3)
    return outcome
