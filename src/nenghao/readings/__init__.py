"""The reading store (区间能耗数据库): every interval reading ever received, its rollups and the upload log.

One DuckDB file, owned by one process. A reading is never changed: a resend, a correction or an estimate is a later
version of the same key. :class:`ReadingStore` takes batches and answers once they are durable; the typed functions in
:mod:`nenghao.readings.energy` and :mod:`nenghao.readings.uploads` answer questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nenghao.readings.batches import FactorRow, ItemRow, ReadingBatch, RejectedRecord

if TYPE_CHECKING:
    from nenghao.readings.store import ReadingStore
    from nenghao.readings.writer import Promise

__all__ = ["FactorRow", "ItemRow", "Promise", "ReadingBatch", "ReadingStore", "RejectedRecord"]


def __getattr__(name: str) -> Any:
    """Load the store, and DuckDB and Arrow with it, when it is first asked for: a command that opens none is quick."""
    if name == "ReadingStore":
        from nenghao.readings.store import ReadingStore  # noqa: PLC0415

        return ReadingStore
    if name == "Promise":
        from nenghao.readings.writer import Promise  # noqa: PLC0415

        return Promise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
