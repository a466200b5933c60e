"""The past first: chunks of a meter's history become samples, intervals, outbox rows and cursor in one transaction.

Killed at any moment, the next start goes on at the cursor: nothing is lost and nothing doubled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

from nenghao.drivers.base import HistoryChunk
from nenghao.drivers.clock import Clock
from nenghao.drivers.csv_history import CsvHistory
from nenghao.edge.config import EdgePlan, MeterPlan
from nenghao.edge.ledger import Ledger, SampleRows
from nenghao.edge.windows import recompute


class HistoryReader:
    """Reads the histories of all meters, a chunk of each in turn, so that all items of a day are sent together."""

    def __init__(self, plan: EdgePlan, ledger: Ledger, clock: Clock, wake: Callable[[], None]) -> None:
        self.ledger, self.clock, self._wake = ledger, clock, wake
        self._sources = {
            meter.section.id: (meter, _source(plan, meter)) for meter in plan.meters.values() if meter.section.history
        }
        self.rows_total = sum(source.rows_total for _, source in self._sources.values())

    @property
    def rows_read(self) -> int:
        """Rows taken into the ledger so far."""
        return sum(self.ledger.source(meter_id)[1] for meter_id in self._sources)

    @property
    def done(self) -> bool:
        """Whether every history has been read to its end."""
        return all(self.ledger.source(meter_id)[2] for meter_id in self._sources)

    async def run(self) -> None:
        """Read until every history is at its end."""
        left = {
            meter_id: source.chunks(cursor)
            for meter_id, (_, source) in self._sources.items()
            for cursor, _, done in [self.ledger.source(meter_id)]
            if not done
        }
        while left:
            for meter_id, chunks in list(left.items()):
                chunk = await anext(chunks, None)
                if chunk is None:
                    del left[meter_id]
                    self._finish(meter_id)
                else:
                    self._take(self._sources[meter_id][0], chunk)
                await asyncio.sleep(0)
            self._wake()

    def _take(self, meter: MeterPlan, chunk: HistoryChunk) -> None:
        received = np.full(len(chunk.ts_ms), self.clock.now_ms(), dtype=np.int64)
        with self.ledger.transaction():
            self.ledger.put_samples(meter.section.id, SampleRows(chunk.ts_ms, received, chunk.register, chunk.segment))
            self.ledger.put_source(meter.section.id, chunk.cursor, chunk.rows_read, done=False)
            self.ledger.put_problems(self.clock.now_ms(), chunk.problems)
            if len(chunk.ts_ms):
                recompute(self.ledger, meter, int(chunk.ts_ms.min()), int(chunk.ts_ms.max()))

    def _finish(self, meter_id: str) -> None:
        cursor, rows_read, _ = self.ledger.source(meter_id)
        with self.ledger.transaction():
            self.ledger.put_source(meter_id, cursor or "", rows_read, done=True)


def _source(plan: EdgePlan, meter: MeterPlan) -> CsvHistory:
    assert meter.section.history is not None
    return CsvHistory(
        meter.section.history, plan.folder, multiplier=meter.section.multiplier, modulus=meter.section.modulus,
        chunk_days=plan.config.edge.chunk_days,
    )  # fmt: skip
