"""Device health (设备健康): does each gateway still send, on time, all of it, with the right clock?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nenghao.hub.access_progress.limits import Limits, LimitsBook
from nenghao.hub.registry.models import Device
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.periods import PeriodKind, to_beijing
from nenghao.readings import ReadingStore
from nenghao.readings.uploads import DeviceHealth, device_health

WINDOW_DAYS = 30
GROWTH_HOURS = 24
"""A backlog is compared with what the device said a day before (本平台设定)."""
FLAGS: dict[str, str | Promise] = {
    "silent": _("静默"), "never": _("从未上传"), "backlog": _("积压增长"), "clock": _("时钟偏差"),
    "rejects": _("有拒绝记录"),
}  # fmt: skip
PROBLEMS = frozenset({"silent", "never", "backlog", "clock"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRow:
    """One device; ``None`` where it never said so. Counts are those of the last 30 days, today included."""

    device: Device
    health: DeviceHealth | None
    silent_hours: float | None
    flags: tuple[str, ...]

    @property
    def last_upload_at(self) -> datetime | None:
        """The newest upload of which readings were accepted."""
        return self.health.last_upload_at if self.health else None

    @property
    def days_with_data(self) -> int:
        """Days of the window on which readings were accepted [d]."""
        return self.health.days_with_data if self.health else 0

    @property
    def backlog(self) -> int | None:
        """Records waiting at the gateway."""
        return self.health.backlog if self.health else None

    @property
    def backlog_growth(self) -> int | None:
        """How much the backlog grew in a day."""
        if self.health is None or self.health.backlog is None or self.health.backlog_before is None:
            return None
        return self.health.backlog - self.health.backlog_before

    @property
    def clock_offset_s(self) -> float | None:
        """How far the gateway's clock is ahead [s]."""
        return self.health.clock_offset_s if self.health else None

    @property
    def rejected_ratio(self) -> float | None:
        """Rejected ÷ all records of the window; ``None`` where nothing came."""
        sent = self.health.accepted + self.health.rejected if self.health else 0
        return self.health.rejected / sent if self.health and sent else None

    @property
    def rank(self) -> tuple[int, float]:
        """What needs care comes first."""
        return (-len(PROBLEMS.intersection(self.flags)), -(self.silent_hours or 0))


def health_rows(*, store: ReadingStore, devices: QuerySet[Device], now: datetime) -> list[HealthRow]:
    """Give the health of the approved devices, the worst first: one query and one look at the upload log."""
    members = list(devices.filter(status=DeviceStatus.APPROVED).select_related("enterprise__region"))
    start = PeriodKind.DAY.floor(now) - timedelta(days=WINDOW_DAYS - 1)
    known = {
        row.id: row
        for row in device_health(
            store, enterprise_ids={device.enterprise_id for device in members}, start=start,
            end=to_beijing(now) + timedelta(seconds=1), earlier=to_beijing(now) - timedelta(hours=GROWTH_HOURS),
        )
    }  # fmt: skip
    limits = LimitsBook.load()
    rows = [_row(device, known.get(device.pk), limits.at(device.enterprise.region.path), now) for device in members]
    return sorted(rows, key=lambda row: (row.rank, row.device.pk))


def _row(device: Device, health: DeviceHealth | None, limits: Limits, now: datetime) -> HealthRow:
    last = health.last_upload_at if health else None
    hours = (now - last).total_seconds() / 3600 if last else None
    row = HealthRow(device=device, health=health, silent_hours=hours, flags=())
    return HealthRow(device=device, health=health, silent_hours=hours, flags=_flags(row, limits))


def _flags(row: HealthRow, limits: Limits) -> tuple[str, ...]:
    growth = row.backlog_growth
    found = {
        "silent": row.silent_hours is not None and row.silent_hours > limits.silence_hours,
        "never": row.last_upload_at is None,
        "backlog": growth is not None and growth > 0 and (row.backlog or 0) > limits.backlog_limit,
        "clock": row.clock_offset_s is not None and abs(row.clock_offset_s) > limits.clock_limit_s,
        "rejects": bool(row.rejected_ratio),
    }
    return tuple(name for name, applies in found.items() if applies)


def flag_counts(rows: Sequence[HealthRow]) -> dict[str, int]:
    """Count the devices under each flag, and under ``fine`` those without a problem."""
    counts = {name: sum(name in row.flags for row in rows) for name in FLAGS}
    return counts | {"fine": sum(not PROBLEMS.intersection(row.flags) for row in rows)}
