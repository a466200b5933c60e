"""History from CSV files: usage per interval becomes an exact cumulative register, in chunks with a cursor.

A missing or unusable row is a break: what was used there is unknown, so the samples after it carry a new segment
number and the interval stays missing, never zero.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import numpy as np

from nenghao.drivers.base import HistoryChunk, Problem
from nenghao.drivers.usage_file import Row, UsageFile, UsageReader

MAX_PROBLEMS = 100
"""Problems kept per chunk; a file that is wrong throughout must not fill the ledger."""


class Cursor(msgspec.Struct):
    """Where the reading stands: byte offset, rows so far, exact sum in ticks, continuity label, end of the last row."""

    offset: int | None = None
    rows: int = 0
    ticks: int = 0
    segment: int = 0
    end_ms: int | None = None


class CsvHistory:
    """Reads one column as the past of one meter.

    ``multiplier`` and ``modulus`` are the meter's: the register is energy ÷ multiplier, modulo the modulus.
    """

    def __init__(
        self,
        config: UsageFile,
        folder: Path,
        *,
        multiplier: float = 1.0,
        modulus: float | None = None,
        chunk_days: int = 7,
    ) -> None:
        self.config, self.multiplier, self.modulus = config, multiplier, modulus
        self._reader = UsageReader(config, folder)
        self._chunk_rows = max(1, chunk_days * 86_400 // config.interval_s)
        self._tick = 10**config.decimals

    @property
    def rows_total(self) -> int:
        """Rows that the source holds, for a progress bar."""
        return self._reader.rows_total

    async def chunks(self, after_cursor: str | None) -> AsyncIterator[HistoryChunk]:
        """Yield what follows the cursor, ``chunk_days`` of rows at a time."""
        cursor = msgspec.json.decode(after_cursor, type=Cursor) if after_cursor else Cursor()
        block: list[Row] = []
        for row in self._reader.rows(cursor.offset):
            block.append(row)
            if len(block) == self._chunk_rows:
                yield self._chunk(block, cursor)
                block = []
        if block:
            yield self._chunk(block, cursor)

    def _chunk(self, block: list[Row], cursor: Cursor) -> HistoryChunk:
        samples: list[tuple[int, float, int]] = []
        problems = [p for row in block if (p := self._take(row, cursor, samples))]
        cursor.offset, cursor.rows = block[-1].next_offset, cursor.rows + len(block)
        return HistoryChunk(
            np.array([s[0] for s in samples], dtype=np.int64), np.array([s[1] for s in samples], dtype=np.float64),
            np.array([s[2] for s in samples], dtype=np.int64), msgspec.json.encode(cursor).decode(), cursor.rows,
            tuple(problems[:MAX_PROBLEMS]),
        )  # fmt: skip

    def _take(self, row: Row, cursor: Cursor, samples: list[tuple[int, float, int]]) -> Problem | None:
        if row.problem is not None:
            return row.problem
        if self.config.content == "register":
            stamp = row.end_ms if self.config.stamp == "end" else row.start_ms
            samples.append((stamp, row.ticks / self._tick, cursor.segment))
            return None
        if cursor.end_ms is not None and row.start_ms < cursor.end_ms:
            return Problem(f"@{row.next_offset}", "时段重复或倒序，已跳过", "repeats or goes back; row skipped")
        if row.start_ms != cursor.end_ms:
            cursor.segment += 1
            samples.append((row.start_ms, self._register(cursor.ticks), cursor.segment))
        cursor.ticks, cursor.end_ms = cursor.ticks + row.ticks, row.end_ms
        samples.append((row.end_ms, self._register(cursor.ticks), cursor.segment))
        return None

    def _register(self, ticks: int) -> float:
        energy = ticks / self._tick / self.multiplier
        return energy % self.modulus if self.modulus else energy
