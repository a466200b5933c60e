"""CSV files of usage or registers: encoding, stamps at the start or the end of an interval, the midnight quirk.

Read in order, row by row, from any byte offset, so that a reader can go on after a restart. Usage is kept in whole
ticks (``10**-decimals`` of the unit): sums of any length are exact.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

import msgspec

from nenghao.drivers.base import Problem
from nenghao.errors import NenghaoError
from nenghao.periods import BEIJING, to_ms

DAY_MS = 86_400_000


class UsageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one column of one CSV file is read.

    ``content`` "usage": each row is what its interval used; "register": each row is a meter reading at its stamp.
    ``stamp`` says whether a stamp is the start or the end of its interval. ``midnight`` "same_date": a stamp of 00:00
    ends the day whose date it bears (the steel plant's file); "next_date": it is the first instant of its date.
    ``date_format`` is strptime's, or "iso". ``from_date``, ``days`` choose rows by the file's own dates, then
    ``shift_days`` moves them.
    """

    csv: str
    column: str
    interval_s: int = 900
    time_column: str = "date"
    date_format: str = "iso"
    content: Literal["usage", "register"] = "usage"
    stamp: Literal["start", "end"] = "start"
    midnight: Literal["next_date", "same_date"] = "next_date"
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    decimals: int = 3
    from_date: date | None = None
    days: int | None = None
    shift_days: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its interval [epoch ms], its ticks, where the next row begins; or the problem that it has."""

    start_ms: int
    end_ms: int
    ticks: int
    next_offset: int
    problem: Problem | None = None


class UsageReader:
    """Reads the rows of one :class:`UsageFile`; ``folder`` is where a relative path begins."""

    def __init__(self, config: UsageFile, folder: Path) -> None:
        self.config, self.path = config, folder / config.csv
        self._tick = Decimal(1).scaleb(config.decimals)
        self._first = self._bound(config.from_date) if config.from_date else None
        self._columns, self._body = self._read_header()
        if config.days is not None and self._first is None:
            self._first = self._first_midnight()
        self._last = self._first + config.days * DAY_MS if config.days is not None and self._first is not None else None

    @property
    def rows_total(self) -> int:
        """Rows that will be read when the file has no gaps."""
        with self.path.open("rb") as file:
            lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) - 1
        if self.config.days is None:
            return lines
        return min(lines, self.config.days * 86_400 // self.config.interval_s)

    def rows(self, offset: int | None = None) -> Iterator[Row]:
        """Yield the chosen rows from a byte offset (the first row for ``None``), in the file's order."""
        shift = self.config.shift_days * DAY_MS
        with self.path.open("rb") as file:
            file.seek(self._body if offset is None else offset)
            for line in iter(file.readline, b""):
                row = self._row(line, file.tell())
                if row is None or (row.problem is None and self._first is not None and row.start_ms < self._first):
                    continue
                if row.problem is None and self._last is not None and row.start_ms >= self._last:
                    return
                yield Row(row.start_ms + shift, row.end_ms + shift, row.ticks, row.next_offset, row.problem)

    def _bound(self, day: date) -> int:
        return to_ms(datetime.combine(day, time(), tzinfo=BEIJING))

    def _first_midnight(self) -> int | None:
        for row in UsageReader(msgspec.structs.replace(self.config, days=None, shift_days=0), self.path.parent).rows():
            if row.problem is None:
                return row.start_ms - (row.start_ms + 8 * 3_600_000) % DAY_MS
        return None

    def _read_header(self) -> tuple[tuple[int, int], int]:
        try:
            with self.path.open("rb") as file:
                header = next(csv.reader([self._text(file.readline())], delimiter=self.config.delimiter), [])
                body = file.tell()
        except OSError as error:
            raise NenghaoError(
                "history-unreadable", f"不能读取历史文件 {self.path}", f"history file {self.path} cannot be read",
                field="csv", mend_zh=str(error.strerror), mend_en=str(error.strerror),
            ) from None  # fmt: skip
        for name in (self.config.time_column, self.config.column):
            if name not in header:
                raise NenghaoError(
                    "history-column", f"文件 {self.path.name} 没有「{name}」列",
                    f"{self.path.name} has no column {name!r}",
                    record=str(self.path), field="column",
                    mend_zh="已有: " + "、".join(header), mend_en="it has: " + ", ".join(header),
                )  # fmt: skip
        return (header.index(self.config.time_column), header.index(self.config.column)), body

    def _text(self, line: bytes) -> str:
        return line.decode(self.config.encoding).rstrip("\r\n")

    def _row(self, line: bytes, next_offset: int) -> Row | None:
        try:
            text = self._text(line)
            if not text.strip():
                return None
            cells = next(csv.reader([text], delimiter=self.config.delimiter))
            start_ms, end_ms = self._interval(cells[self._columns[0]])
            return Row(start_ms, end_ms, self._ticks(cells[self._columns[1]]), next_offset)
        except (ValueError, IndexError, InvalidOperation, csv.Error, NenghaoError) as error:
            where = f"{self.path.name} @{next_offset - len(line)}: {line[:60]!r}"
            return Row(
                0, 0, 0, next_offset, Problem(where, f"该行不能使用（{error}）", f"row cannot be used ({error})")
            )

    def _interval(self, cell: str) -> tuple[int, int]:
        known = self.config.date_format
        stamp = datetime.fromisoformat(cell) if known == "iso" else datetime.strptime(cell, known)  # noqa: DTZ007
        if stamp.tzinfo is None:
            stamp = stamp.replace(tzinfo=BEIJING)
        if self.config.midnight == "same_date" and stamp.time() == time():
            stamp += timedelta(days=1)
        at_ms, length = to_ms(stamp), self.config.interval_s * 1000
        return (at_ms - length, at_ms) if self.config.stamp == "end" else (at_ms, at_ms + length)

    def _ticks(self, cell: str) -> int:
        ticks = Decimal(cell.strip()) * self._tick
        if not ticks.is_finite() or ticks < 0:
            raise ValueError(f"not a number of zero or more: {cell!r}")
        if ticks != ticks.to_integral_value():
            raise ValueError(f"more than {self.config.decimals} decimals: {cell!r}; set decimals higher")
        return int(ticks)
