"""The reading store (区间能耗数据库): every interval reading ever received, its rollups and the upload log.

One DuckDB file, owned by one process. A reading is never changed: a resend, a correction or an estimate is a later
version of the same key. :class:`ReadingStore` takes batches and answers once they are durable; the typed functions in
:mod:`nenghao.readings.energy` and :mod:`nenghao.readings.uploads` answer questions.
"""

from nenghao.readings.batches import FactorRow, ItemRow, ReadingBatch, RejectedRecord
from nenghao.readings.store import ReadingStore
from nenghao.readings.writer import Promise

__all__ = ["FactorRow", "ItemRow", "Promise", "ReadingBatch", "ReadingStore", "RejectedRecord"]
