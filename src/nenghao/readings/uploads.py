"""Questions about the upload log: batches, rejected records, what arrived from whom and when.

``enterprise_ids`` are those the asker may see. Uploads whose enterprise could not be identified belong to nobody and
are shown only with ``unidentified=True`` (an operator of the whole hub).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from nenghao.readings.results import Border, wall_border
from nenghao.readings.store import ReadingStore


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One upload in the log."""

    id: int
    device_id: int | None
    enterprise_id: int | None
    received_at: datetime
    source: str
    operation: str
    remote_address: str
    accepted: int
    rejected: int
    response_code: str
    response_message: str
    size_bytes: int
    duration_ms: float
    author: str
    reason: str
    platform_id: int | None = None
    """The platform below that sent it, instead of a device."""


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A page of the upload log, the newest first, and how many entries there are in all."""

    entries: tuple[BatchEntry, ...]
    count: int


@dataclass(frozen=True, slots=True)
class RejectionEntry:
    """One rejected record of an upload and the reason."""

    batch_id: int
    record_no: int
    data_code: str
    stat_type: str
    stat_date: str
    code: str
    field: str
    message_zh: str
    message_en: str
    mend_zh: str
    mend_en: str


@dataclass(frozen=True, slots=True)
class UploadSummary:
    """What one device, or one enterprise, has sent: ever, and on the day asked for."""

    id: int
    last_upload_at: datetime
    batches: int
    accepted: int
    rejected: int
    batches_on_day: int
    accepted_on_day: int
    rejected_on_day: int


@dataclass(frozen=True, slots=True)
class DeviceSummary(UploadSummary):
    """What one device has sent, and what it last said of itself; ``None`` where it never did.

    ``backlog`` is the number of records that waited at the gateway, ``clock_offset_s`` how far its clock was ahead [s].
    """

    backlog: int | None
    clock_offset_s: float | None


@dataclass(frozen=True, slots=True)
class DataDays:
    """On how many days of a range an enterprise has data, and the last of them."""

    enterprise_id: int
    days: int
    last_day: date


@dataclass(frozen=True, slots=True)
class UploadBounds:
    """The first and the last energy upload of an enterprise's devices of which readings were accepted."""

    enterprise_id: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """How one device has fared up to a moment: contacts, and what it sent from the start of a window on.

    ``days_with_data`` counts the days on which readings were accepted; ``backlog_before`` is what it said of its
    backlog before an earlier moment, so that growth shows. ``None`` where it never sent or said so.
    """

    id: int
    last_contact_at: datetime
    last_upload_at: datetime | None
    days_with_data: int
    accepted: int
    rejected: int
    backlog: int | None
    backlog_before: int | None
    clock_offset_s: float | None


@dataclass(frozen=True, slots=True)
class DeviceRefusals:
    """How often a device's calls were refused as a whole for one reason, with the words of the newest."""

    code: str
    calls: int
    last_at: datetime
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True)
class _Number:
    value: int


@dataclass(frozen=True, slots=True)
class _Day:
    day: date


def batch_page(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    unidentified: bool = False,
    device_id: int | None = None,
    only_with_rejections: bool = False,
    start: Border | None = None,
    end: Border | None = None,
    limit: int = 50,
    offset: int = 0,
) -> BatchPage:
    """Give a page of the upload log, filtered; ``start`` and ``end`` limit the time of receipt."""
    chosen = {
        "enterprise_ids": list(enterprise_ids), "unidentified": unidentified, "device_id": device_id,
        "only_with_rejections": only_with_rejections,
        "start": None if start is None else wall_border(start), "end": None if end is None else wall_border(end),
    }  # fmt: skip
    entries = store.rows("batches", BatchEntry, limit=limit, offset=offset, **chosen)
    return BatchPage(entries, store.rows("batch_count", _Number, **chosen)[0].value)


def batch_entry(
    store: ReadingStore, *, enterprise_ids: Iterable[int], batch_id: int, unidentified: bool = False
) -> BatchEntry | None:
    """Give one upload by its number; ``None`` when there is none, or it is not the asker's to see."""
    found = store.rows(
        "batch_entry", BatchEntry, enterprise_ids=list(enterprise_ids), unidentified=unidentified, batch_id=batch_id
    )
    return found[0] if found else None


def rejections(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    batch_id: int,
    unidentified: bool = False,
    limit: int = 1000,
    offset: int = 0,
) -> tuple[RejectionEntry, ...]:
    """Give the rejected records of one upload, in the order sent; ``BatchEntry.rejected`` counts them."""
    return store.rows(
        "rejections", RejectionEntry, enterprise_ids=list(enterprise_ids), unidentified=unidentified,
        batch_id=batch_id, limit=limit, offset=offset,
    )  # fmt: skip


def device_summaries(store: ReadingStore, *, enterprise_ids: Iterable[int], day: date) -> tuple[DeviceSummary, ...]:
    """Give the upload summary of every device that has sent something; ``id`` is the device's."""
    return store.rows("device_summaries", DeviceSummary, enterprise_ids=list(enterprise_ids), day=day)


def enterprise_summaries(store: ReadingStore, *, enterprise_ids: Iterable[int], day: date) -> tuple[UploadSummary, ...]:
    """Give the upload summary of every enterprise that has sent something; ``id`` is the enterprise's."""
    return store.rows("enterprise_summaries", UploadSummary, enterprise_ids=list(enterprise_ids), day=day)


def connected_enterprises(store: ReadingStore, *, enterprise_ids: Iterable[int], day: date) -> frozenset[int]:
    """Give the enterprises of which readings were accepted on ``day`` (今日在线)."""
    rows = store.rows("connected_enterprises", _Number, enterprise_ids=list(enterprise_ids), day=day)
    return frozenset(row.value for row in rows)


def data_days(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> tuple[DataDays, ...]:
    """Count the days of the range for which an enterprise has energy data; none for one without."""
    return store.rows("data_days", DataDays, enterprise_ids=list(enterprise_ids), start=start, end=end)


def last_data_day(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> date | None:
    """Give the newest day of the range on which one of the enterprises has energy data."""
    rows = store.rows("last_data_day", _Day, enterprise_ids=list(enterprise_ids), start=start, end=end)
    return rows[0].day if rows else None


def upload_bounds(
    store: ReadingStore, *, enterprise_ids: Iterable[int], after_batch: int = 0
) -> tuple[UploadBounds, ...]:
    """Give the first and last accepted energy upload of each enterprise, looking only at batches after one."""
    return store.rows("upload_bounds", UploadBounds, enterprise_ids=list(enterprise_ids), after_batch=after_batch)


def newest_batch(store: ReadingStore, *, enterprise_ids: Iterable[int] | None = None) -> int:
    """Give the number of the newest upload, or of the newest of some enterprises; 0 where there is none."""
    if enterprise_ids is None:
        return store.rows("newest_batch", _Number)[0].value
    return store.rows("newest_batch_of", _Number, enterprise_ids=list(enterprise_ids))[0].value


def device_health(
    store: ReadingStore, *, enterprise_ids: Iterable[int], start: Border, end: Border, earlier: Border
) -> tuple[DeviceHealth, ...]:
    """Give the health of every device that was in contact before ``end``, with its counts in ``[start, end)``.

    ``earlier`` lies before ``end``: the backlog told before it is given as ``backlog_before``.
    """
    return store.rows(
        "device_health", DeviceHealth, enterprise_ids=list(enterprise_ids), start=wall_border(start),
        end=wall_border(end), earlier=wall_border(earlier),
    )  # fmt: skip


def device_refusals(
    store: ReadingStore, *, enterprise_ids: Iterable[int], device_id: int, start: Border
) -> tuple[DeviceRefusals, ...]:
    """Count the calls of a device that were refused as a whole since ``start``, by reason, the most frequent first."""
    return store.rows(
        "device_refusals", DeviceRefusals, enterprise_ids=list(enterprise_ids), device_id=device_id,
        start=wall_border(start),
    )  # fmt: skip


def dirty_cell_count(store: ReadingStore) -> int:
    """Give the number of (item, day) cells that wait to be rolled up."""
    return store.rows("dirty_cell_count", _Number)[0].value
