"""The edge as a process: history, live collection and upload side by side until a signal asks it to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from stamina.instrumentation import set_on_retry_hooks

from nenghao.drivers.clock import Clock
from nenghao.edge.collect import Collector
from nenghao.edge.config import EdgePlan, load_config
from nenghao.edge.history import HistoryReader
from nenghao.edge.ledger import KINDS, NEVER_MS, Ledger
from nenghao.edge.messages import config_fingerprint
from nenghao.edge.status import snapshot, write_json
from nenghao.edge.upload import Uploader
from nenghao.edge.windows import fill_years
from nenghao.errors import NenghaoError
from nenghao.periods import from_ms

STATUS_S = 0.5
PRUNE_S = 3600.0


def run(path: Path, *, until_idle: bool = False, status_json: Path | None = None) -> None:
    """Run the edge that the file describes.

    ``until_idle`` reads histories only and returns when they are read and everything is acknowledged or rejected by
    every destination; it does not wait for upload slots.
    SIGINT and SIGTERM end it after the transaction in hand.
    """
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # every failed read is in the ledger, with its reason
    set_on_retry_hooks([])  # so is every failed upload
    plan = load_config(path)
    ledger = Ledger(plan.ledger_path)
    try:
        prepare(plan, ledger)
        edge = Edge(plan, ledger, status_json, at_once=until_idle)
        asyncio.run(edge.run(until_idle=until_idle))
    except sqlite3.Error as error:
        raise NenghaoError(
            "ledger-failed", f"台账不能写入（{error}），已停止", f"the ledger cannot be written ({error}); stopped",
            record=str(plan.ledger_path), field="edge.ledger",
            mend_zh="检查磁盘空间和权限后重新启动；已提交的数据不会丢失",
            mend_en="check disk and permissions, then start again; what was committed is kept",
        ) from None  # fmt: skip
    finally:
        ledger.close()


def prepare(plan: EdgePlan, ledger: Ledger) -> None:
    """Bring the ledger to the configuration; items that are new get the past that the ledger holds."""
    ledger.apply(plan)
    fingerprint = "".join(config_fingerprint(plan, to) + to.realtime for to in plan.destinations.values())
    if ledger.word("config_applied") == fingerprint:
        return
    with ledger.transaction():
        for meter_id, meter in plan.meters.items():
            fill_years(ledger, meter, 0, NEVER_MS)
            for kind in range(len(KINDS)):
                ledger.fill_outbox(meter_id, kind, 0, NEVER_MS)
    ledger.set_words(config_applied=fingerprint)


class Edge:
    """The tasks of one edge."""

    def __init__(self, plan: EdgePlan, ledger: Ledger, status_json: Path | None, *, at_once: bool = False) -> None:
        self.plan, self.ledger, self.status_json = plan, ledger, status_json
        self.clock = Clock.of(plan.config.clock)
        self.uploaders = [Uploader(plan, ledger, to, self.clock, at_once=at_once) for to in plan.destinations.values()]
        self.history = HistoryReader(plan, ledger, self.clock, self._wake)

    async def run(self, *, until_idle: bool) -> None:
        """Run all tasks until a signal, or until idle when asked."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        uploads = [uploader.run() for uploader in self.uploaders]
        work = (*uploads, self._read(live=not until_idle), self._report(), self._prune())
        tasks = [asyncio.create_task(_stopping(step, stop)) for step in work]
        try:
            await (self._idle(stop) if until_idle else stop.wait())
        finally:
            await self._end(tasks)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        """Cancel what runs; a task is only ever cancelled between transactions. Pass on what made one fail."""
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self._write_status()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _read(self, *, live: bool) -> None:
        await self.history.run()
        if live:
            await Collector(self.plan, self.ledger, self.clock, self._wake).run()

    def _wake(self) -> None:
        for uploader in self.uploaders:
            uploader.wake()

    async def _idle(self, stop: asyncio.Event) -> None:
        while not stop.is_set() and not (self.history.done and not self._pending()):
            await asyncio.sleep(0.05)

    def _pending(self) -> bool:
        return any(uploader.book.has_pending() for uploader in self.uploaders)

    async def _report(self) -> None:
        while self.status_json is not None:
            self._write_status()
            await asyncio.sleep(STATUS_S)

    def _write_status(self) -> None:
        if self.status_json is None:
            return
        history = {"history_rows_total": self.history.rows_total, "history_done": self.history.done}
        clock = {"clock": from_ms(self.clock.now_ms()).isoformat()}
        write_json(self.status_json, {**snapshot(self.plan, self.ledger, self.clock.now_ms()), **history, **clock})

    async def _prune(self) -> None:
        while True:
            self.ledger.prune(self.plan.config.edge.keep_days)
            await asyncio.sleep(PRUNE_S)


async def _stopping(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Run ``work``; when it fails, ask the whole process to stop."""
    try:
        await work
    except Exception:
        stop.set()
        raise
