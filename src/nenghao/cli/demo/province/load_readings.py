"""Submits the uploads to the reading store, by the same door as the intake, and rolls them up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING

from nenghao.cli.demo.province.uploads import batches
from nenghao.hub.registry.sync import push_all
from nenghao.readings import ReadingBatch, ReadingStore

if TYPE_CHECKING:
    from nenghao.cli.demo.province.build import Steps
    from nenghao.cli.demo.province.generate import Province
    from nenghao.cli.demo.province.load_registry import Registered

AHEAD = 15_000
"""Batches that may wait for the writer; above it the oldest is waited for."""


def load_readings(
    store: ReadingStore, province: Province, registered: Registered, now: datetime, steps: Steps
) -> tuple[int, int]:
    """Submit all uploads that have arrived by ``now`` and roll them up, each month once."""
    with store.loading():
        push_all(store)
        arrived = batches(province.sent, registered.keys, now=now)
        counts = steps.run("uploads", "上传 uploads", lambda: submit_all(store, arrived))
        steps.start("rollups", "汇总 rollups")
    steps.stop()
    steps.run("checkpoint", "落盘 checkpoint", store.checkpoint)
    return counts


def submit_all(store: ReadingStore, arrived: Iterable[ReadingBatch]) -> tuple[int, int]:
    """Submit every batch and wait until all are durable; give the number of batches and of readings."""
    waiting: deque[Future[int]] = deque()
    count = readings = 0
    for batch in arrived:
        waiting.append(store.submit(batch, timeout_s=300.0))
        count, readings = count + 1, readings + len(batch)
        if len(waiting) > AHEAD:
            waiting.popleft().result()
    while waiting:
        waiting.popleft().result()
    return count, readings
