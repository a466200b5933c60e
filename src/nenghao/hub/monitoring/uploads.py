"""Upload log (上传日志): did my data arrive, what was refused?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import Http404

from nenghao.errors import Language
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import SEES_A_REGION, visible_enterprises
from nenghao.hub.chain.models import Platform
from nenghao.hub.monitoring.span import Span
from nenghao.hub.registry.models import Device, Enterprise
from nenghao.readings import ReadingStore
from nenghao.readings.uploads import BatchEntry, RejectionEntry, batch_entry, batch_page, newest_batch, rejections

PAGE_SIZE = 30
EXPORT_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class UploadFilter:
    """What the log is narrowed to; all of it stands in the URL."""

    enterprise_code: str = ""
    device_id: str = ""
    only_rejected: bool = False
    span: Span | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One upload, with the names that belong to its numbers."""

    entry: BatchEntry
    enterprise: tuple[str, str] | None
    device: str
    """Identity of the device, or of the platform below, that sent it."""
    platform: str = ""
    """Name of the platform below, where one sent it."""

    @property
    def kilobytes(self) -> float:
        """Size of the request [kB]."""
        return self.entry.size_bytes / 1000


@dataclass(frozen=True, slots=True)
class UploadLog:
    """A page of the log."""

    rows: Sequence[UploadRow]
    count: int
    page: int
    pages: int
    devices: Sequence[tuple[str, str]]
    enterprises: Sequence[tuple[str, str]]


def sees_unidentified(account: Account) -> bool:
    """Whether uploads that named no known enterprise are shown: only to who sees the whole of this hub.

    They belong to no enterprise, so they hold nothing that another node may not see, but they are the hub's concern.
    """
    region = account.region
    return account.role in SEES_A_REGION and region is not None and region.level in ("nation", settings.NENGHAO_LEVEL)


def upload_log(*, store: ReadingStore, account: Account, chosen: UploadFilter, limit: int = PAGE_SIZE) -> UploadLog:
    """Give one page of the log, the newest first; an unknown enterprise or device in the filter gives an empty one."""
    seen = list(visible_enterprises(account).order_by("name").values_list("id", "code", "name"))
    names = {id_: (code, name) for id_, code, name in seen}
    own = Device.objects.filter(enterprise__in=visible_enterprises(account))
    devices = {pk: (device_id, name) for pk, device_id, name in own.values_list("pk", "device_id", "name")}
    ids = [id_ for id_, code, _name in seen if chosen.enterprise_code in ("", code)]
    device_pk = next((pk for pk, (device_id, _n) in devices.items() if device_id == chosen.device_id), -1)
    found = batch_page(
        store, enterprise_ids=ids, unidentified=sees_unidentified(account) and not chosen.enterprise_code,
        device_id=device_pk if chosen.device_id else None, only_with_rejections=chosen.only_rejected,
        start=chosen.span.start if chosen.span else None, end=chosen.span.end if chosen.span else None,
        limit=limit, offset=(chosen.page - 1) * limit,
    )  # fmt: skip
    platforms = _platforms({entry.platform_id for entry in found.entries if entry.platform_id})
    rows = [_row(entry, names, devices, platforms) for entry in found.entries]
    return UploadLog(
        rows, found.count, chosen.page, max(1, -(-found.count // limit)),
        sorted({(device_id, name) for device_id, name in devices.values()}),
        [(code, name) for _id, code, name in seen],
    )  # fmt: skip


def _platforms(pks: set[int]) -> dict[int, tuple[str, str]]:
    """Give identity and name of platforms below, by key."""
    rows = Platform.objects.filter(pk__in=pks).values_list("pk", "platform_id", "name") if pks else ()
    return {pk: (platform_id, name) for pk, platform_id, name in rows}


def _row(
    entry: BatchEntry,
    names: dict[int, tuple[str, str]],
    devices: dict[int, tuple[str, str]],
    platforms: dict[int, tuple[str, str]],
) -> UploadRow:
    platform = platforms.get(entry.platform_id or 0)
    sender = platform or devices.get(entry.device_id or 0)
    enterprise = names.get(entry.enterprise_id or 0)
    return UploadRow(entry, enterprise, sender[0] if sender else "", platform[1] if platform else "")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A rejected record in the reader's language."""

    record: RejectionEntry
    message: str
    mend: str


def rejected_rows(
    *, store: ReadingStore, account: Account, batch_id: int, language: Language, limit: int = 1000, offset: int = 0
) -> Sequence[RejectedRow]:
    """Give the rejected records of one upload that the account may see."""
    found = rejections(
        store, enterprise_ids=list(visible_enterprises(account).values_list("id", flat=True)), batch_id=batch_id,
        unidentified=sees_unidentified(account), limit=limit, offset=offset,
    )  # fmt: skip
    return [
        RejectedRow(row, row.message_zh, row.mend_zh)
        if language == "zh"
        else RejectedRow(row, row.message_en, row.mend_en)
        for row in found
    ]


def upload(*, store: ReadingStore, account: Account, batch_id: int) -> UploadRow:
    """Give one upload; 404 when there is none or the account may not see it."""
    found = batch_entry(
        store, enterprise_ids=list(visible_enterprises(account).values_list("id", flat=True)), batch_id=batch_id,
        unidentified=sees_unidentified(account),
    )  # fmt: skip
    if found is None:
        raise Http404("upload")
    enterprise = Enterprise.objects.filter(pk=found.enterprise_id).values_list("pk", "code", "name").first()
    device = Device.objects.filter(pk=found.device_id).values_list("pk", "device_id", "name").first()
    return _row(
        found,
        {enterprise[0]: (enterprise[1], enterprise[2])} if enterprise else {},
        {device[0]: (device[1], device[2])} if device else {},
        _platforms({found.platform_id} if found.platform_id else set()),
    )


def newest_mark(store: ReadingStore, ids: Sequence[int], now: datetime) -> str:
    """Give a word that changes when something has arrived, and each minute: rollups follow an arrival by a moment."""
    return f"{newest_batch(store, enterprise_ids=ids)}-{now:%H%M}"
