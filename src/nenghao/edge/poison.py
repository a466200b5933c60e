"""Some platforms refuse a whole batch for one bad record and do not say which. This finds the record.

A batch is only taken apart when the platform takes other data at that moment: a value that it has acknowledged before
is sent again (equal values replace themselves), or, by a new device, a few of the batch one by one. Otherwise it
refuses everything, as it does before approval, and no record is to blame.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from nenghao.edge.book import Book, OutboxRow
from nenghao.edge.uplinks.base import BatchRefusedError

PROBES = 4
Send = Callable[[Sequence[OutboxRow]], Awaitable[dict[int, str]]]


async def isolate(rows: Sequence[OutboxRow], refused: BatchRefusedError, book: Book, send: Send) -> None:
    """Send what can be sent of a refused batch and mark what cannot; raise ``refused`` when no record is to blame."""
    if not await _takes_others(rows, book, send):
        raise refused
    await _halve(rows, book, send)


async def _takes_others(rows: Sequence[OutboxRow], book: Book, send: Send) -> bool:
    known = book.acknowledged_sample()
    probes = [known] if known else list(rows[:: max(1, len(rows) // PROBES)])[:PROBES] if len(rows) > 1 else []
    for probe in probes:
        try:
            await send([probe])
        except BatchRefusedError:
            continue
        return True
    return False


async def _halve(rows: Sequence[OutboxRow], book: Book, send: Send) -> None:
    """Send both halves, and the halves of what is refused, down to single records; refused twice alone is rejected."""
    try:
        book.settle(rows, await send(rows))
    except BatchRefusedError as refused:
        if len(rows) == 1:
            await _last_chance(rows, book, send, refused)
            return
        for part in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
            await _halve(part, book, send)


async def _last_chance(rows: Sequence[OutboxRow], book: Book, send: Send, refused: BatchRefusedError) -> None:
    try:
        book.settle(rows, await send(rows))
    except BatchRefusedError:
        book.settle(rows, {0: refused.reasons.get(0) or refused.both().replace("\n", " / ")})
