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
from functools import lru_cache, partial
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

TOGETHER_S = 0.001
"""After the first promise of a group is kept, wait so long for the others: the thread that is woken takes its turn from
the one that is keeping them, and would else be woken for each."""

OnThread = Callable[..., asyncio.Future[Any]]
"""Runs a function with its arguments on a thread and gives what it returned."""


def may_be_at_once(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request is an upload for the loop: not large, and not signed, which takes long to verify."""
    return (
        environ["REQUEST_METHOD"] == "POST"
        and _operation(environ["PATH_INFO"]) == OPERATION
        and 0 < announced_bytes(environ) <= MAX_BYTES
        and SIGNATURE_IN_META not in environ
    )


@lru_cache(maxsize=64)
def _operation(path: str) -> str | None:
    name = wire_name(path)
    return None if name is None else NAMES.get(name)


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
        promise = self._durable.promise()
        try:
            await self._put(snapshot, batch, promise)
            return await promise.waiter
        finally:
            promise.waiter.cancel()  # no effect once it is done

    async def _put(self, snapshot: Snapshot, batch: ReadingBatch, promise: LoopPromise) -> None:
        try:
            snapshot.store.put(batch, promise, 0)
        except NenghaoError as error:
            if error.code != "store-busy":
                raise
            await self._on_thread(snapshot.store.put, batch, promise)


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
    """Makes promises that are awaited on an event loop, which is woken once for all that were kept together."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout_s: float = DURABLE_TIMEOUT_S) -> None:
        self._loop, self._timeout_s = loop, timeout_s
        self._kept: deque[LoopPromise] = deque()
        self._awaited: deque[LoopPromise] = deque()
        """The oldest first; who is done is dropped when he is the oldest."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_woken = False

    def promise(self) -> LoopPromise:
        """Give a promise for the writer; its ``waiter`` is what to await, for :data:`DURABLE_TIMEOUT_S` at most."""
        made = LoopPromise(self._loop.create_future(), self._loop.time() + self._timeout_s, self._keep)
        self._drop_done()
        self._awaited.append(made)
        if self._timer is None:  # one for all: a timer each would cost more than the wait
            self._timer = self._loop.call_at(made.until, self._give_up)
        return made

    def _keep(self, promise: LoopPromise) -> None:
        """Note, on the writer's thread, that a promise is kept; wake the loop unless it is waking already."""
        self._kept.append(promise)
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._loop.call_later, TOGETHER_S, self._hand_over)

    def _hand_over(self) -> None:
        self._is_woken = False  # before looking: who is kept from here on wakes the loop again
        while self._kept:
            promise = self._kept.popleft()
            if promise.waiter.done():  # it was given up
                continue
            if promise.error is None:
                promise.waiter.set_result(promise.number)
            else:
                promise.waiter.set_exception(promise.error)

    def _give_up(self) -> None:
        now = self._loop.time()
        while self._awaited and self._awaited[0].until <= now:
            waiter = self._awaited.popleft().waiter
            if not waiter.done():
                waiter.set_exception(TimeoutError())
        self._drop_done()
        self._timer = self._loop.call_at(self._awaited[0].until, self._give_up) if self._awaited else None

    def _drop_done(self) -> None:
        while self._awaited and self._awaited[0].waiter.done():
            self._awaited.popleft()


class LoopPromise:
    """What the writer is to tell of a batch (:class:`nenghao.readings.Promise`); lighter than a future of threads."""

    __slots__ = ("_kept", "_settled", "error", "number", "until", "waiter")

    def __init__(self, waiter: asyncio.Future[int], until: float, kept: Callable[[LoopPromise], None]) -> None:
        self.waiter, self.until, self._kept = waiter, until, kept
        self.number = 0
        self.error: BaseException | None = None
        self._settled = False

    def set_running_or_notify_cancel(self) -> bool:
        """Wanted always: what a caller no longer waits for is stored all the same, as on a thread."""
        return True

    def set_result(self, result: int, /) -> None:
        """Take the number of the batch, which is durable."""
        self.number, self._settled = result, True
        self._kept(self)

    def set_exception(self, exception: BaseException, /) -> None:
        """Take the reason why the batch is not stored."""
        self.error, self._settled = exception, True
        self._kept(self)

    def done(self) -> bool:
        """Tell whether the writer has told what became of it."""
        return self._settled
