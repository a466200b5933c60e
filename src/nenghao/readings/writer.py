"""The one writer thread: commits groups of batches and then releases who waits for them.

A batch is acknowledged when its transaction is in the write-ahead log and the log is on disk (DuckDB calls
``fdatasync`` on it at every commit). Under load everything that arrived during the last commit forms the next group.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import duckdb
import pyarrow as pa

from nenghao.errors import NenghaoError
from nenghao.readings.batches import ReadingBatch
from nenghao.readings.marks import Marks
from nenghao.readings.memory import is_shortage
from nenghao.readings.tables import group_tables

GROUP_ROWS = 100_000
"""A group is closed at this many readings …"""
GROUP_WAIT_S = 0.05
"""… or as long after its first batch was taken up as the last commit took, but no longer than this: a commit per batch
costs throughput, and to wait for longer than a commit takes would only keep senders idle …"""
QUIET_S = 0.005
"""… or when nothing came for this long: whoever sends alone does not wait for company."""
QUEUE_ROWS = 400_000
"""More than this waiting, and ``submit`` blocks its caller: the pressure goes back to the sender."""
QUEUE_BATCHES = 20_000
SUBMIT_TIMEOUT_S = 30.0
SHORTAGE_WAIT_S = 20.0
"""A group that does not fit into DuckDB's memory is tried again for this long, after memory was released: uploads wait
rather than fail. Less than callers wait for their answer."""
SHORTAGE_REST_S = 0.25

_log = logging.getLogger(__name__)
_ORDER = ("reading", "dirty_cell", "unchecked_cell", "rejection", "batch")


class Promise(Protocol):
    """Who waits for a batch, as the writer sees it: what :class:`concurrent.futures.Future` has of this kind."""

    def set_running_or_notify_cancel(self) -> bool:
        """Tell whether the batch is still wanted; from here on it is stored."""
        ...

    def set_result(self, result: int, /) -> None:
        """Take the number of the batch, which is durable."""
        ...

    def set_exception(self, exception: BaseException, /) -> None:
        """Take the reason why the batch is not stored."""
        ...

    def done(self) -> bool:
        """Tell whether it has come to an end."""
        ...


@dataclass(slots=True)
class _Waiting:
    batch: ReadingBatch
    promise: Promise


class GroupWriter:
    """Takes batches from any thread and commits them in groups on its own thread and connection.

    ``committed`` is called after every durable group, for example to wake the rollups; ``make_room`` when a group does
    not fit into DuckDB's memory, before it is tried again. ``marks`` is locked while a group is stored.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, marks: Marks, *,
        committed: Callable[[], None], make_room: Callable[[], None],
    ) -> None:  # fmt: skip
        self._connection, self._marks, self._committed, self._make_room = connection, marks, committed, make_room
        self._queue: deque[_Waiting] = deque()
        self._rows = 0
        self._closing = self._idle = False
        self._wait_s = QUIET_S
        self._lock = threading.Lock()
        self._arrived, self._space = threading.Condition(self._lock), threading.Condition(self._lock)
        last = connection.execute("SELECT coalesce(max(id), 0), coalesce(max(last_version), 0) FROM batch").fetchall()
        self._last_batch_id, self._last_version = last[0]
        self._thread = threading.Thread(target=self._run, name="readings-writer")
        self._thread.start()

    def submit(self, batch: ReadingBatch, timeout_s: float = SUBMIT_TIMEOUT_S) -> Future[int]:
        """Queue a batch; the future gives its number once it is durable; cancelling it in time withdraws the batch.

        Blocks while the queue is full; raises ``store-busy`` after ``timeout_s`` and ``store-closed`` after closing.
        """
        future: Future[int] = Future()
        self.put(batch, future, timeout_s)
        return future

    def put(self, batch: ReadingBatch, promise: Promise, timeout_s: float = SUBMIT_TIMEOUT_S) -> None:
        """Queue a batch as :meth:`submit` does; ``promise`` is told, on the writer's thread, what became of it."""
        waiting = _Waiting(batch, promise)
        with self._lock:
            if not self._has_space() and not self._space.wait_for(
                lambda: self._closing or self._has_space(), timeout_s
            ):
                raise _busy()
            if self._closing:
                raise NenghaoError("store-closed", "读数库正在关闭", "the reading store is closing")
            self._queue.append(waiting)
            self._rows += len(batch)
            if self._idle or self._rows >= GROUP_ROWS:  # a writer that gathers a group looks by itself
                self._arrived.notify()

    @property
    def last_batch_id(self) -> int:
        """Number of the newest durable batch."""
        return self._last_batch_id

    @property
    def waiting(self) -> int:
        """Number of batches that are queued and not yet being committed."""
        return len(self._queue)

    def close(self) -> None:
        """Take no more batches, commit those that wait, stop the thread."""
        with self._lock:
            self._closing = True
            self._arrived.notify_all()
            self._space.notify_all()
        self._thread.join()
        self._connection.close()

    def _has_space(self) -> bool:
        return self._rows < QUEUE_ROWS and len(self._queue) < QUEUE_BATCHES

    def _run(self) -> None:
        wanted: list[_Waiting] = []
        try:
            while group := self._next_group():
                # From here on a future can no longer be cancelled; a batch that already was is not stored.
                wanted = [waiting for waiting in group if waiting.promise.set_running_or_notify_cancel()]
                if wanted:
                    self._commit_group(wanted)
        finally:
            self._release(wanted)

    def _release(self, group: Sequence[_Waiting]) -> None:
        """At the end, also at one that nobody foresaw: nobody waits for what no longer comes, and nobody is let in."""
        with self._lock:
            self._closing = True
            left = [waiting for waiting in (*group, *self._queue) if not waiting.promise.done()]
            self._queue.clear()
            self._space.notify_all()
        for waiting in left:
            waiting.promise.set_exception(_failure(RuntimeError("the writer has ended")))

    def _next_group(self) -> list[_Waiting]:
        """Wait for a batch, linger for company, take at most a group; an empty list means closed and drained."""
        with self._lock:
            self._idle = True
            self._arrived.wait_for(lambda: bool(self._queue) or self._closing)
            self._idle = False
            deadline, seen = time.monotonic() + self._wait_s, 0
            while self._lingers(seen, deadline):
                seen = len(self._queue)
                self._arrived.wait(QUIET_S)
            return self._take()

    def _lingers(self, seen: int, deadline: float) -> bool:
        """Tell whether the group stays open: not full, more came since the last look, and the time is not up."""
        more_came = len(self._queue) > seen
        return more_came and self._rows < GROUP_ROWS and not self._closing and time.monotonic() < deadline

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        rows = 0
        while self._queue and (not group or rows + len(self._queue[0].batch) <= GROUP_ROWS):
            group.append(self._queue.popleft())
            rows += len(group[-1].batch)
        self._rows -= rows
        self._space.notify_all()
        return group

    def _commit_group(self, group: list[_Waiting]) -> None:
        """Commit a group; when it fails, commit its batches one by one, so that only the bad one fails."""
        started = time.monotonic()
        try:
            first = self._insert_with_patience([waiting.batch for waiting in group])
        except Exception as error:  # whatever one batch provokes must not reach the others or end the thread
            _log.exception("a group of %d uploads was not stored", len(group))
            if is_shortage(error):
                for waiting in group:
                    waiting.promise.set_exception(_busy())
            elif len(group) > 1:
                for waiting in group:
                    self._commit_group([waiting])
            else:
                group[0].promise.set_exception(_failure(error))
            return
        self._wait_s = min(time.monotonic() - started, GROUP_WAIT_S)
        self._committed()
        for number, waiting in enumerate(group, start=first):
            waiting.promise.set_result(number)

    def _insert_with_patience(self, batches: Sequence[ReadingBatch]) -> int:
        """Insert; while DuckDB has no memory for it, have some released and try again. Meanwhile the queue fills."""
        give_up = time.monotonic() + SHORTAGE_WAIT_S
        while True:
            try:
                return self._insert(batches)
            except duckdb.Error as error:
                if not is_shortage(error) or time.monotonic() > give_up:
                    raise
                _log.warning("no memory to store %d uploads; releasing some", len(batches))
            self._make_room()
            time.sleep(SHORTAGE_REST_S)

    def _insert(self, batches: Sequence[ReadingBatch]) -> int:
        """Write the batches in one transaction and give the number of the first; durable on return."""
        first = self._last_batch_id + 1
        with self._marks.lock:
            tables = group_tables(batches, first, self._last_version, self._marks)
            self._connection.begin()
            try:
                for name in _ORDER:
                    if name in tables:
                        self._put(name, tables[name])
                self._connection.commit()
            except BaseException:
                _roll_back(self._connection)
                raise
            self._marks.keep()
        self._last_batch_id += len(batches)
        self._last_version += sum(map(len, batches))
        return first

    def _put(self, name: str, arriving: pa.Table) -> None:  # noqa: ARG002
        """Insert rows; DuckDB finds them by the name of the variable, which is cheaper than registering them."""
        self._connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM arriving")  # noqa: S608


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Roll back; a commit that failed has already ended its transaction."""
    try:
        connection.rollback()
    except duckdb.TransactionException:
        return


def _busy() -> NenghaoError:
    return NenghaoError(
        "store-busy", "读数库繁忙", "the reading store is busy", mend_zh="稍后重传", mend_en="send it again later"
    )


def _failure(error: Exception) -> NenghaoError:
    """Give the error of one batch. Without its cause: that one's frames hold the batch, whose future holds this error,
    and rings of this size wait long for the garbage collector. The log has it."""
    return NenghaoError(
        "store-failed", f"读数未能保存: {error}", f"the readings could not be stored: {error}",
        mend_zh="重传该批次；仍失败时联系平台管理员", mend_en="send the batch again; else ask the operator",
    )  # fmt: skip
