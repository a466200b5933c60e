"""``uploadEnergyData`` on the event loop: no thread of its own, none that sleeps until the upload is durable.

Most uploads are small, good, and of a device that is known; to check them takes less time than to hand them to a
thread and back. They are checked on the loop and given to the store's writer; when a group of them is on disk, the
loop is woken once and answers all of them. Whatever might have to wait, for the database, for room in the writer's
queue, for whoever refuses and logs it, goes to a thread, which does what :mod:`nenghao.hub.intake.views` does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils import timezone

from nenghao.errors import NenghaoError
from nenghao.hub.intake.addresses import NAMES, wire_name
from nenghao.hub.intake.calls import DURABLE_TIMEOUT_S, Call
from nenghao.hub.intake.energy import energy_outcome
from nenghao.hub.intake.guard import SIGNATURE_IN_META
from nenghao.hub.intake.snapshot import Snapshot, get_snapshot, snapshot_at_hand
from nenghao.hub.intake.views import ENCODER, announced_bytes, answer_of, base_url, encoded, refusal_of
from nenghao.hub.intake.wsgi import let_go_of_database
from nenghao.hub.proxies import client_address
from nenghao.readings import ReadingBatch

OPERATION = "uploadEnergyData"
MAX_BYTES = 65_536
"""A larger upload is checked on a thread: it would hold up the others."""

OnThread = Callable[..., asyncio.Future[Any]]
"""Runs a function with its arguments on a thread and gives what it returned."""


def may_be_at_once(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request is an upload for the loop: not large, and not signed, which takes long to verify."""
    name = wire_name(environ["PATH_INFO"])
    return (
        name is not None
        and NAMES.get(name) == OPERATION
        and environ["REQUEST_METHOD"] == "POST"
        and 0 < announced_bytes(environ) <= MAX_BYTES
        and SIGNATURE_IN_META not in environ
    )


class Uploads:
    """Answers uploads on one event loop; ``on_thread`` takes what has to wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_thread: OnThread) -> None:
        self._on_thread = partial(on_thread, _then_let_go)
        self._durable = Durable(loop)
        self._look: asyncio.Future[Snapshot] | None = None

    async def answer(self, environ: dict[str, Any], body: bytes) -> bytes | None:
        """Give the answer as JSON; ``None``, with nothing done, where the store or the registry cannot be looked at."""
        try:
            snapshot = await self._snapshot()
        except Exception:  # a thread may have more luck, else it says what is wrong
            return None
        call = _call(environ, body, snapshot)
        try:
            outcome = energy_outcome(call)
        except Exception:  # refused, or it would have to wait: the same call goes on where it may
            call.may_wait = True
            return await self._on_thread(encoded, partial(answer_of, call), OPERATION)
        try:
            outcome.answer.batch = await self._keep(snapshot, outcome.batch)
        except Exception as error:
            return await self._on_thread(encoded, partial(refusal_of, call, error), OPERATION)
        return ENCODER.encode(outcome.answer)

    async def _snapshot(self) -> Snapshot:
        """Give the snapshot; have one thread look for changes every second, waited for only where it takes long."""
        snapshot = snapshot_at_hand()
        if snapshot is not None and snapshot.is_fresh:
            return snapshot
        if self._look is None or self._look.done():
            self._look = self._on_thread(get_snapshot)
            self._look.add_done_callback(asyncio.Future.exception)  # whether or not somebody waits for it
        return await self._look if snapshot is None else snapshot

    async def _keep(self, snapshot: Snapshot, batch: ReadingBatch | None) -> int | None:
        if batch is None:
            return None
        try:
            future = snapshot.store.submit(batch, timeout_s=0)
        except NenghaoError as error:
            if error.code != "store-busy":
                raise
            future = await self._on_thread(snapshot.store.submit, batch)
        async with asyncio.timeout(DURABLE_TIMEOUT_S):
            return await self._durable.number(future)


def _call(environ: dict[str, Any], body: bytes, snapshot: Snapshot) -> Call:
    operation = environ["PATH_INFO"].rpartition("/")[2]
    return Call(
        operation=OPERATION, body=body, received_at=timezone.now(), remote_address=client_address(environ),
        base_url=lambda: base_url(WSGIRequest(environ), operation), snapshot=snapshot, meta=environ,
        size_bytes=len(body), may_wait=False,
    )  # fmt: skip


def _then_let_go(function: Callable[..., Any], /, *given: Any) -> Any:
    try:
        return function(*given)
    finally:
        let_go_of_database()


class Durable:
    """Awaits the writer's futures on an event loop, which is woken once for all that were released together."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._released: deque[tuple[asyncio.Future[int], Future[int]]] = deque()
        self._is_woken = False

    def number(self, future: Future[int]) -> asyncio.Future[int]:
        """Give an awaitable of the future's result."""
        waiter: asyncio.Future[int] = self._loop.create_future()
        future.add_done_callback(partial(self._release, waiter))
        return waiter

    def _release(self, waiter: asyncio.Future[int], future: Future[int]) -> None:
        """Note, on the writer's thread, that a future is done; wake the loop unless it is waking already."""
        self._released.append((waiter, future))
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._is_woken = False  # before looking: who is released from here on wakes the loop again
        while self._released:
            waiter, future = self._released.popleft()
            if waiter.done():  # it was given up
                continue
            error = future.exception()
            if error is None:
                waiter.set_result(future.result())
            else:
                waiter.set_exception(error)
